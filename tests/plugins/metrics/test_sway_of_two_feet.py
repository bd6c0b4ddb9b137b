"""Sway forwards and sideways of somebody on two plates: made sines, at any angle to the lab."""

import numpy as np
import pytest
from people import plate

from groundup.analysis.pipeline import run_pipeline
from groundup.plugin import Subject, Trial
from groundup_plugins.metrics.sway import sway_sd_ap, sway_sd_ml, sway_velocity_ap, sway_velocity_ml
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.force_plate import ForcePlate

RATE, SECONDS = 100.0, 20.0
TIME = np.arange(int(RATE * SECONDS)) / RATE
METRICS = [sway_velocity_ap, sway_velocity_ml, sway_sd_ap, sway_sd_ml]
AP_M, AP_HZ, SHIFT, ML_HZ, HALF_M = 0.01, 0.5, 0.1, 0.25, 0.1


def standing(turned_deg, sides=("L", "R")):
    """Both feet roll forwards and backwards by a sine, and take over load from each other by a slower one."""
    angle = np.radians(turned_deg)
    forward = np.array([np.cos(angle), np.sin(angle)])
    left = np.array([-forward[1], forward[0]])
    rolled = AP_M * np.sin(2 * np.pi * AP_HZ * TIME)[:, None] * forward
    taken = SHIFT * np.sin(2 * np.pi * ML_HZ * TIME)
    return [
        plate(name, 350.0 * (1 + sign * taken), RATE, side, rolled + sign * HALF_M * left)
        for name, side, sign in zip(("one", "two"), sides, (1, -1), strict=True)
    ]


def measured(signals):
    rows = run_pipeline(
        signals, [], Subject(71.4), [ForcePlate, Contacts], METRICS, trials=[Trial(0.1, 19.9, "still")]
    ).rows
    return {row.name: row for row in rows}


@pytest.mark.parametrize("turned_deg", [0.0, 30.0, 90.0, 200.0])
def test_each_direction_is_what_was_put_in_however_the_person_faces(turned_deg):
    found = {name: row.value for name, row in measured(standing(turned_deg)).items()}
    across = HALF_M * SHIFT
    assert found["sway_velocity_ap"] == pytest.approx(4 * AP_M * AP_HZ, rel=0.02)
    assert found["sway_velocity_ml"] == pytest.approx(4 * across * ML_HZ, rel=0.02)
    assert found["sway_sd_ap"] == pytest.approx(AP_M / np.sqrt(2), rel=0.02)
    assert found["sway_sd_ml"] == pytest.approx(across / np.sqrt(2), rel=0.02)


def test_without_a_plate_for_each_foot_nobody_knows_which_way_the_person_faces():
    for row in measured([standing(0.0)[0]]).values():
        assert row.reason.startswith("which way the person faces is not known")
    for row in measured(standing(0.0, sides=("", ""))).values():
        assert "its side" in row.reason
