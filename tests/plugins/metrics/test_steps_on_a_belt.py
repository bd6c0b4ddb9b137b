"""Steps by heel markers and on belts: beside where the toes of the other foot still stand when a foot lands."""

from itertools import pairwise

import numpy as np
import pytest
from people import MASS_KG, walking
from real_files import of_c3d

from groundup.analysis.pipeline import run_pipeline
from groundup.model.subject import Treadmill
from groundup.plugin import Subject
from groundup_plugins.devices.virtual_lab.forces import BELT_SPEED
from groundup_plugins.devices.virtual_lab.walker import STEP_S
from groundup_plugins.metrics.steps import step_length, step_width
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.force_plate import ForcePlate

TREADMILL = "walk_splitbelt_c3d/treadmill_events.c3d"
# The people of turns_c3d do not walk straight. How steps are measured was not chosen by them, though by which of their
# contacts are whole was: these are no strangers.
FLOOR = [f"walk_overground_c3d/{name}.c3d" for name in ("HC002D06", "HC030A05", "HC031A06", "HC036A10")]
TURNS = ["turns_c3d/HC031A23.c3d", "turns_c3d/HC032A18.c3d"]
SPEED = 1.09  # of both belts, by the markers of feet that stand


def measured(signals, events, belt=None):
    subject = Subject(MASS_KG, treadmill=belt or Treadmill())
    return run_pipeline(signals, events, subject, [ForcePlate, Contacts], [step_length, step_width])


def lengths(result):
    return {(row.side, row.t0): row.value for row in result.rows if row.name == "step_length" and row.status == "ok"}


def by_toes(signals, stance):
    """The step without any speed: the toes of the foot behind stand where they did, and so its heel stood."""
    (mocap,) = [signal for signal in signals if signal.kind == "mocap"]
    labels = [channel.label for channel in mocap.channels]
    toes = "TOE" if "LTOE.x" in labels else "MT2"

    def at(label, time):
        columns = [labels.index(f"{label}.{axis}") for axis in "xy"]
        return np.array([np.interp(time, mocap.time, mocap.samples[:, c]) for c in columns]) / 1000.0

    other, flat = {"L": "R", "R": "L"}[stance.side], stance.other_contact + 0.17
    behind = at(other + toes, stance.t0) - (at(other + toes, flat) - at(other + "HEE", flat))
    here = at(stance.side + "HEE", stance.t0)
    way = here - at(stance.side + "HEE", stance.other_contact)
    return float((here - behind) @ way / np.linalg.norm(way))


@pytest.mark.parametrize("name", [TREADMILL, *FLOOR, *TURNS])
def test_a_step_by_heel_markers_is_as_long_as_it_is_to_the_toes_that_still_stand(shared, name):
    signals, events, _ = of_c3d(shared / name)
    result = measured(signals, events)
    found = lengths(result)
    walked = [s for s in result.stances if not np.isnan(s.other_contact)]
    assert len(found) == len(walked) > 1
    errors = np.array([found[s.side, s.t0] - by_toes(signals, s) for s in walked])
    # The heel still goes forward by 1 to 2 cm when it touches the ground, before it stands.
    assert (np.abs(errors) < 0.04).all()
    assert errors.std() < 0.015


def test_the_speed_of_the_belt_that_is_told_gives_the_same_as_the_markers(shared):
    signals, events, _ = of_c3d(shared / TREADMILL)
    unknown, told = lengths(measured(signals, events)), lengths(measured(signals, events, Treadmill(SPEED)))
    assert told.keys() == unknown.keys()
    assert list(told.values()) == pytest.approx(list(unknown.values()), abs=0.01)


def test_a_belt_that_is_told_to_go_as_the_feet_do_not_has_no_steps(shared):
    signals, events, _ = of_c3d(shared / TREADMILL)
    wrong = measured(signals, events, Treadmill(1.6))
    assert not lengths(wrong)
    assert any("told to go at 1.6" in row.reason for row in wrong.rows)


def test_the_plates_of_a_treadmill_give_the_steps_of_its_markers_with_the_speed_of_the_belt(shared):
    signals, events, _ = of_c3d(shared / TREADMILL)
    plates = [signal for signal in signals if signal.kind != "mocap"]
    by_markers, by_plates = lengths(measured(signals, events)), lengths(measured(plates, events, Treadmill(SPEED)))
    assert len(by_plates) >= 3
    for step, length in by_plates.items():
        assert length == pytest.approx(by_markers[step], abs=0.04)
    assert not lengths(measured(plates, events))


@pytest.mark.rig
def test_two_steps_on_a_made_belt_are_a_stride():
    plates = [signal for signal in walking(seconds=6.0) if signal.kind == "plate"]
    result = measured(plates, [], Treadmill(BELT_SPEED))
    found = lengths(result)
    order = sorted(found, key=lambda step: step[1])
    assert len(order) > 6
    for before, after in pairwise(order):
        (stride,) = [s for s in result.strides if s.side == before[0] and abs(s.t0 - before[1]) < 1e-9] or [None]
        if stride is not None and stride.t0 < after[1] < stride.t1 and (before[0], stride.t1) in found:
            went = found[after] + found[before[0], stride.t1]
            assert went == pytest.approx(2 * STEP_S * BELT_SPEED, abs=0.02)  # this walker's steps are all as long


def test_on_plates_in_the_floor_a_belt_that_is_told_to_go_is_refused(shared):
    signals, events, _ = of_c3d(shared / FLOOR[0])
    plates = [signal for signal in signals if signal.kind != "mocap"]
    assert lengths(measured(plates, events))
    wrong = measured(plates, events, Treadmill(1.2))
    assert not lengths(wrong)
    assert any("overground trial" in row.reason for row in wrong.rows)
