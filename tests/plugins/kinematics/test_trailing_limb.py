"""The trailing limb: a leg of known lean, real steps, and markers that are wrong."""

from dataclasses import replace

import numpy as np
import pytest
from real_files import of_c3d

from groundup.analysis.pipeline import run_pipeline
from groundup.plugin import Channel, Gait, NotComputableError, Signal, Stance, Subject
from groundup_plugins.kinematics.trailing_limb import TrailingLimb, TrailingLimbSettings, groundup_metrics
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.force_plate import ForcePlate

STANCES = [Stance(1.0, 1.6, "L", "plate:1")]


def leaning(heading=0.0, unit="m", rate=100.0, most_deg=25.0):
    """A straight leg of 0.9 m that goes from -20 degrees to `most_deg` over its toe."""
    time = np.arange(0.5, 2.5, 1.0 / rate)
    share = np.clip((time - 1.0) / 0.6, 0.0, 1.0)
    angle = np.radians(-20.0 + (most_deg + 20.0) * (1.0 - np.cos(np.pi * share)) / 2.0)
    ahead = np.array([np.cos(heading), np.sin(heading), 0.0])
    toe = np.tile([0.3, 0.2, 0.05], (len(time), 1))
    hip = toe + 0.9 * (np.sin(angle)[:, None] * ahead + np.cos(angle)[:, None] * [0.0, 0.0, 1.0])
    columns = {"LHIP": hip, "LHEE": toe - 0.2 * ahead, "LTOE": toe}
    channels = tuple(Channel(f"{name}.{axis}", unit) for name in columns for axis in "xyz")
    return Signal("mocap", "mocap", time, np.hstack(list(columns.values())), channels, rate)


def made(signal, stances=STANCES):
    return TrailingLimb(TrailingLimbSettings()).with_steps(signal, Gait([signal], stances, [], Subject())).signals


@pytest.mark.parametrize("heading", [0.0, 1.0, -2.8])
@pytest.mark.parametrize("most", [5.0, 25.0])
def test_it_is_the_lean_of_the_leg_at_push_off(heading, most):
    (found,) = made(leaning(heading, most_deg=most))
    assert np.degrees(np.nanmax(found.samples[:, 0])) == pytest.approx(most, abs=0.3)
    assert np.isnan(found.samples[found.time > 1.61]).all()


@pytest.mark.parametrize(
    ("signal", "stances", "why"),
    [
        (leaning(unit="mm"), STANCES, "unit are wrong"),
        (leaning(), [Stance(1.0, 4.0, "L", "x")], "standing"),
        (leaning(), [Stance(2.2, 3.0, "L", "x")], "gap"),
        (replace(leaning(), samples=np.full((200, 9), np.nan)), STANCES, "not seen"),
        (replace(leaning(), samples=-leaning().samples), STANCES, "below it"),
    ],
)
def test_markers_that_cannot_be_are_refused_with_a_reason(signal, stances, why):
    found = made(signal, stances)
    assert not np.isfinite(found[0].samples).any()
    assert why in " ".join(str(text) for text in found[1].attrs.values())


def test_too_slow_markers_are_refused_and_others_left_alone():
    with pytest.raises(NotComputableError, match="too slowly"):
        made(leaning(rate=30.0))
    signal = leaning()
    assert not made(replace(signal, channels=tuple(replace(c, label=f"x{c.label}") for c in signal.channels)))
    assert not made(signal, [])


@pytest.mark.parametrize("name", ["HC002D06", "HC030A05"])
def test_walkers_trail_by_twenty_degrees_or_so(shared, name):
    signals, events, subject = of_c3d(shared / "walk_overground_c3d" / f"{name}.c3d")
    result = run_pipeline(signals, events, subject, [ForcePlate, Contacts, TrailingLimb], list(groundup_metrics()))
    found = [row.value for row in result.rows if row.status == "ok"]
    assert len(found) >= 2
    assert all(12.0 < value < 32.0 for value in found)
