"""Rises from a chair on plates whose force is made: counted, timed, and told from walking and from shifting weight."""

import numpy as np
import pytest
from people import LASTS_S, MASS_KG, PEAK_BW, SEAT_OFF_S, SEATED, chair, plate, rising, walking

from groundup.analysis.gait.sit_to_stand import cut_rises
from groundup.analysis.pipeline import run_pipeline
from groundup.model.events import Event
from groundup.plugin import Subject
from groundup_plugins.metrics.sit_to_stand import groundup_metrics
from groundup_plugins.metrics.symmetry import sit_to_stand_symmetry
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.force_plate import ForcePlate
from groundup_plugins.processors.sit_to_stand import SitToStandEvents

PROCESSORS = [ForcePlate, Contacts, SitToStandEvents]
METRICS = [*groundup_metrics(), sit_to_stand_symmetry]
WEIGHT = MASS_KG * 9.80665


def measured(signals):
    result = run_pipeline(signals, [], Subject(MASS_KG), PROCESSORS, METRICS)
    return result, {m.name: [r.value for r in result.rows if r.name == m.name and r.status == "ok"] for m in METRICS}


def noisy(force, seed=0):
    return WEIGHT * force + np.random.default_rng(seed).normal(0, 1.0, len(force))


def test_a_rise_is_timed_and_weighed():
    _, values = measured(chair())
    assert values["sit_to_stand_duration"] == pytest.approx([LASTS_S], abs=0.12)
    assert values["sit_to_stand_flexion_time"] == pytest.approx([SEAT_OFF_S], abs=0.08)
    assert values["sit_to_stand_extension_time"] == pytest.approx([LASTS_S - SEAT_OFF_S], abs=0.08)
    assert values["sit_to_stand_peak_force"] == pytest.approx([PEAK_BW * WEIGHT], rel=0.01)
    assert values["sit_to_stand_symmetry"] == pytest.approx([20.0], abs=0.5)


@pytest.mark.parametrize("rate", [100.0, 1000.0, 2000.0])
@pytest.mark.parametrize("period", [4.0, 6.0])
def test_five_times_sit_to_stand_is_five_rises(rate, period):
    begins = [2.0 + period * n for n in range(5)]
    force = rising(begins, [t + period - 0.4 for t in begins], 2.0 + 5 * period + 2, rate)
    result, values = measured([plate("p", noisy(force), rate)])
    assert len(result.rises) == 5
    assert [rise.t0 for rise in result.rises] == pytest.approx(begins, abs=0.15)
    assert [rise.seat_off for rise in result.rises] == pytest.approx([t + SEAT_OFF_S for t in begins], abs=0.05)
    assert values["sit_to_stand_duration"] == pytest.approx([LASTS_S] * 5, abs=0.25)
    kinds = [event.kind for event in result.events if event.kind in ("seat_off", "seat_on")]
    assert kinds == ["seat_off", "seat_on"] * 5


def test_sitting_down_is_no_rise():
    force = rising([3.0], [], 12.0, 500.0)[::-1]
    result, _ = measured([plate("p", noisy(np.ascontiguousarray(force)), 500.0)])
    assert len(result.rises) == 0
    assert [e.kind for e in result.events if e.kind.startswith("seat")] == ["seat_on", "seated"]


def test_a_slow_rise_without_much_push_is_seen():
    time = np.arange(0, 15, 0.001)
    force = np.interp(time, [4.0, 6.5, 7.0, 7.5, 8.0], [0.3, 1.0, 1.05, 0.97, 1.0])
    result, _ = measured([plate("p", noisy(force), 1000.0)])
    assert [rise.seat_off for rise in result.rises] == pytest.approx([6.5], abs=0.1)


@pytest.mark.rig
def test_walking_standing_and_jumping_are_no_rises():
    time = np.arange(0, 10, 0.001)
    jump = np.interp(time, [3, 3.3, 3.6, 3.8, 3.81, 4.2, 4.21, 4.4, 5], [1, 0.55, 2.2, 1.8, 0, 0, 2.5, 1.2, 1])
    for signals in (
        [s for s in walking() if s.kind == "plate"],
        [plate("p", noisy(np.ones(10_000)), 1000.0)],
        [plate("p", noisy(jump), 1000.0)],
    ):
        assert len(measured(signals)[0].rises) == 0


def test_shifting_weight_from_foot_to_foot_is_no_rise():
    time = np.arange(0, 20, 0.001)
    left = np.interp(time, [5, 6, 9, 10, 14, 15], [0.8, 0.2, 0.2, 0.8, 0.8, 0.2])
    signals = [plate("l", noisy(left), 1000.0, "L"), plate("r", noisy(1 - left, 1), 1000.0, "R")]
    assert len(measured(signals)[0].rises) == 0


def test_a_gap_in_the_rise_makes_no_wrong_rise():
    from dataclasses import replace

    (left, right, _) = chair()
    keep = (left.time < 3.4) | (left.time > 3.6)
    lossy = [replace(s, time=s.time[keep], samples=s.samples[keep]) for s in (left, right)]
    result, values = measured(lossy)
    assert len(result.rises) == 0
    assert not any(values.values())


def event(time, kind, source, confidence=1.0):
    return Event(time, kind, "", source, confidence)


def test_a_rise_needs_all_three_moments_of_one_source():
    whole = [event(1.0, "seated", "a"), event(1.6, "seat_off", "a"), event(2.5, "standing", "a")]
    assert [(r.t0, r.seat_off, r.t1) for r in cut_rises(whole)] == [(1.0, 1.6, 2.5)]
    assert cut_rises(whole[1:]) == []
    assert cut_rises([*whole[:2], event(2.5, "standing", "b")]) == []
    assert cut_rises([*whole[:2], event(2.5, "standing", "a", 0.3)]) == []


def test_a_plate_is_believed_before_a_sensor_and_two_plates_are_averaged():
    def seen(source, late):
        return [
            event(1 + late, "seated", source),
            event(2 + late, "seat_off", source),
            event(3 + late, "standing", source),
        ]

    (rise,) = cut_rises([*seen("plate:1", 0.0), *seen("plate:2", 0.1), *seen("imu:pelvis", 0.4)])
    assert (rise.t0, rise.t1, rise.source) == (pytest.approx(1.05), pytest.approx(3.05), "plate:1 plate:2")
    (alone,) = cut_rises(seen("imu:pelvis", 0.4))
    assert alone.source == "imu:pelvis"


def test_the_feet_of_a_sitting_person_carry_a_quarter():
    assert rising([], [], 1.0, 10.0).tolist() == [SEATED] * 10
