"""Loading rate, stiffness, rate of force development, symmetry and step times against curves whose truth is known."""

from pathlib import Path

import numpy as np
import pytest

from groundup.analysis.gait.strides import cut_stances
from groundup.analysis.pipeline import run_pipeline
from groundup.model.events import Event
from groundup.plugin import NotComputableError, Signal, Stance, Stride, Subject, Trace, Trial
from groundup_plugins.formats.c3d.plugin import C3DImporter
from groundup_plugins.metrics.force_development import groundup_metrics as force_development
from groundup_plugins.metrics.gait import cadence, step_time, swing_time
from groundup_plugins.metrics.ground_reaction import GRAVITY
from groundup_plugins.metrics.loading_rate import loading_rate_average, loading_rate_peak
from groundup_plugins.metrics.symmetry import propulsion_symmetry, symmetry_index
from groundup_plugins.metrics.vertical_stiffness import vertical_stiffness
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.force_plate import ForcePlate

WHO = Subject(70.0)
WEIGHT = 70.0 * GRAVITY
STANCE = Stance(1.0, 1.25, "R", "plate:1")


def trace(time, values):
    return Trace(time, np.asarray(values, float), 1000.0, "N")


def ramp(slope_bw_s, until_s, then):
    """A force that grows evenly until an impact peak, falls a little and grows again to the main peak."""
    time = np.linspace(1.0, 1.25, 251)
    at = time - 1.0
    knots = [0, until_s, until_s + 0.015, 0.12, 0.25]
    return trace(time, WEIGHT * np.interp(at, knots, [0, slope_bw_s * until_s, slope_bw_s * until_s - 0.3, then, 0]))


@pytest.mark.parametrize("slope", [40.0, 60.0, 80.0])
def test_the_loading_rate_of_a_ramp_is_its_slope(slope):
    assert loading_rate_average(STANCE, ramp(slope, 0.03, 2.8), WHO) == pytest.approx(slope, rel=0.02)
    assert loading_rate_peak(STANCE, ramp(slope, 0.03, 2.8), WHO) == pytest.approx(slope, rel=0.06)


@pytest.mark.parametrize("slope", [60.0, 90.0])
def test_an_impact_peak_that_is_the_greatest_force_has_a_loading_rate_too(slope):
    """As in running down a slope, where it is greatest."""
    assert loading_rate_average(STANCE, ramp(slope, 0.03, 1.2), WHO) == pytest.approx(slope, rel=0.02)
    assert loading_rate_peak(STANCE, ramp(slope, 0.03, 1.2), WHO) == pytest.approx(slope, rel=0.06)


@pytest.mark.parametrize("peak_s", [0.055, 0.07])
def test_a_push_that_is_greatest_early_is_no_impact(peak_s):
    time = np.linspace(1.0, 1.25, 251)
    push = 2.4 * np.where(time < 1 + peak_s, np.sin(np.pi * (time - 1) / 2 / peak_s), 1.0)
    push *= np.where(time < 1 + peak_s, 1.0, np.cos(np.pi / 2 * (time - 1 - peak_s) / (0.25 - peak_s)))
    with pytest.raises(NotComputableError, match="no impact peak"):
        loading_rate_peak(STANCE, trace(time, WEIGHT * push), WHO)


def test_without_an_impact_peak_there_is_no_loading_rate():
    time = np.linspace(1.0, 1.25, 251)
    smooth = trace(time, 2.5 * WEIGHT * np.sin(np.pi * (time - 1.0) / 0.25))
    with pytest.raises(NotComputableError, match="no impact peak"):
        loading_rate_average(STANCE, smooth, WHO)


@pytest.mark.parametrize(("stiffness", "speed"), [(20_000.0, 0.7), (30_000.0, 0.5), (60_000.0, 0.9)])
def test_a_mass_on_a_spring_has_the_stiffness_of_the_spring(stiffness, speed):
    """It lands with a downward speed, and leaves the ground where the spring is long again."""
    omega = np.sqrt(stiffness / 70.0)
    sag = WEIGHT / stiffness
    time = np.linspace(0, 0.6, 60_001)
    height = -sag + sag * np.cos(omega * time) - speed / omega * np.sin(omega * time)
    off = np.flatnonzero((height > 0) & (time > 1e-3))[0]
    time, height = time[:off:20], height[:off:20]
    stance = Stance(time[0], time[-1], "R", "plate:1")
    found = vertical_stiffness(stance, Trace(time, -stiffness * height, 5000.0), WHO)
    assert found == pytest.approx(stiffness, rel=0.01)


def test_walking_and_standing_have_no_vertical_stiffness():
    time = np.linspace(1.0, 1.6, 601)
    with pytest.raises(NotComputableError, match="no flight phase"):
        vertical_stiffness(Stance(1.0, 1.6, "R", "plate:1"), trace(time, np.full(601, 0.8 * WEIGHT)), WHO)


@pytest.mark.parametrize("metric", force_development(), ids=lambda m: m.name)
def test_the_rate_of_force_development_of_a_ramp_is_its_slope(metric):
    time = np.linspace(1.0004, 1.2504, 251)
    assert metric(STANCE, trace(time, 20.0 + 5000.0 * (time - 1.0))) == pytest.approx(5000.0, rel=1e-9)
    with pytest.raises(NotComputableError, match="over within"):
        metric(STANCE, trace(time[:40], np.zeros(40)))


def test_the_symmetry_index_is_the_difference_over_the_mean():
    def stances(side, *peaks):
        return [
            (Stance(n, n + 0.6, side, "plate:1"), trace(np.linspace(n, n + 0.6, 3), [0, p, 0]))
            for n, p in enumerate(peaks)
        ]

    both = {"L": stances("L", 880.0, 920.0), "R": stances("R", 1100.0)}
    assert symmetry_index(Trial(0, 9), both) == pytest.approx(20.0)


def test_the_symmetry_of_propulsion_is_of_what_pushes_forward_only():
    """A push of a half sine has the impulse 2 / pi x peak x time; how much the leg brakes before does not count."""
    time = np.linspace(0.0, 0.6, 601)

    def stances(side, peak, brake):
        pushes = np.where(time < 0.3, -brake, peak) * np.abs(np.sin(np.pi * time / 0.3))
        return [(Stance(0.0, 0.6, side, "plate:1"), trace(time, pushes))]

    both = {"L": stances("L", 100.0, 300.0), "R": stances("R", 140.0, 50.0)}
    assert propulsion_symmetry(Trial(0, 9), both) == pytest.approx(100 * 40 / 120, rel=1e-3)
    both["L"] = [(Stance(0.0, 60.0, "L", "plate:1"), both["L"][0][1])]
    with pytest.raises(NotComputableError, match="standing and no step"):
        propulsion_symmetry(Trial(0, 9), both)


def contact(time, side, kind="IC", confidence=1.0):
    return Event(time, kind, side, f"plate:{1 + (side == 'R')}", confidence)


def steps(*events):
    offs = [contact(e.time + 0.6, e.side, "FO", e.confidence) for e in events]
    return {(s.side, s.t0): s for s in cut_stances([*events, *offs])}


def test_a_step_is_from_the_other_foots_contact_to_this_ones():
    found = steps(contact(1.0, "L"), contact(1.5, "R"), contact(2.05, "L"))
    assert step_time(found["R", 1.5]) == pytest.approx(0.5)
    assert step_time(found["L", 2.05]) == pytest.approx(0.55)
    with pytest.raises(NotComputableError, match="other foot"):
        step_time(found["L", 1.0])


def test_a_step_is_not_computable_when_a_contact_may_be_missing():
    for events in (
        (contact(1.0, "L"), contact(1.5, "R", confidence=0.3), contact(2.05, "R")),  # one that cannot be trusted
        (contact(1.0, "L"), contact(1.5, "R"), contact(2.6, "R")),  # the left one between was not seen
        (contact(1.0, "L"), contact(3.0, "R")),  # too long ago
    ):
        found = steps(*events)
        with pytest.raises(NotComputableError):
            step_time(found[max(found, key=lambda key: key[1])])


def test_swing_and_cadence():
    assert swing_time(Stride(1.0, 2.2, 1.7, "L", 0)) == pytest.approx(0.5)
    assert cadence(Stride(1.0, 2.2, 1.7, "L", 0)) == pytest.approx(100.0)
    with pytest.raises(NotComputableError, match="left the ground"):
        swing_time(Stride(1.0, 2.2, float("nan"), "L", 0))


def test_two_plates_in_a_row_give_a_step_though_no_stride(shared: Path) -> None:
    imported = C3DImporter().read(shared / "walk_two_plates_emg_c3d" / "Gait.c3d")
    signals = [
        Signal(s.id, "plate", s.timestamps, np.asarray(s.samples, float), s.spec.channels, s.spec.rate, s.spec.plate)
        for s in imported.streams
        if s.spec.plate is not None
    ]
    result = run_pipeline(signals, [], WHO, [ForcePlate, Contacts], [step_time, symmetry_index])
    values = [row.value for row in result.rows if row.name == "step_time" and row.status == "ok"]
    assert values == pytest.approx([2.569 - 2.084], abs=0.018)
    assert len(result.strides) == 0


def test_runners_on_a_drifting_treadmill_have_a_stiffness_and_no_valley(shared: Path) -> None:
    from people import plate

    from groundup_plugins.metrics.ground_reaction import grf_valley

    vertical = np.loadtxt(shared / "run_treadmill_grf" / "custom_drift_S001runT25.csv", delimiter=",")
    result = run_pipeline(
        [plate("p", vertical, 300.0)], [], WHO, [ForcePlate, Contacts], [vertical_stiffness, grf_valley]
    )
    stiffness = [row.value for row in result.rows if row.name == "vertical_stiffness" and row.status == "ok"]
    assert len(stiffness) >= 76
    # Running adults show 15 to 50 kN/m (McMahon & Cheng 1990; Brughelli & Cronin 2008).
    assert 15_000 < np.median(stiffness) < 50_000
    assert not [row for row in result.rows if row.name == "grf_valley" and row.status == "ok"]
