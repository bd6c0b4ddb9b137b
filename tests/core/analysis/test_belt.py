"""What a treadmill's belt goes in a stride, by its stream or by lab.toml, against integrals by hand."""

import numpy as np
import pytest

from groundup.analysis.gait.belt import belt_distance
from groundup.analysis.metrics.needs import Resolver
from groundup.lab.tables import LabError, parse_lab
from groundup.model.events import Stride
from groundup.model.signals import Signal
from groundup.model.streams import Channel, StreamSpec
from groundup.model.subject import Subject, Treadmill
from groundup.plugin.need_functions import DISTANCE
from groundup.plugin.not_computable import NotComputableError

STRIDE = Stride(2.0, 3.1, 2.7, "L", 0, "fast")
TIME = np.arange(0.0, 10.0, 0.1)


def belt(speed: np.ndarray, *channels: Channel, time: np.ndarray = TIME) -> Signal:
    samples = np.column_stack([speed] * len(channels)) if speed.ndim == 1 else speed
    return Signal("belt", "treadmill", time, samples, channels, 10.0)


def marker(shift: float) -> Signal:
    path = np.column_stack([np.interp(TIME, [2.0, 3.1], [0.0, shift]), 0 * TIME, 0 * TIME])
    return Signal("m", "mocap", TIME, path, tuple(Channel(a, "m", "foot", "L") for a in "xyz"), 10.0)


@pytest.mark.parametrize(("told", "distance"), [
    (Treadmill(1.3), 1.3 * 1.1),
    (Treadmill(1.3, {"fast": 1.8}), 1.8 * 1.1),
    (Treadmill(trials={"fast": 1.8}), 1.8 * 1.1),
    (Treadmill(trials={"slow": 0.9}), None),
    (Treadmill(1.3, {"fast": 0.0}), None),
    (Treadmill(), None),
])  # fmt: skip
def test_what_lab_toml_tells_holds_for_its_trial(told: Treadmill, distance: float | None) -> None:
    found = belt_distance([], told, STRIDE)
    assert found == (None if distance is None else pytest.approx(distance))


@pytest.mark.parametrize(("unit", "worth"), [("m/s", 1.0), ("km/h", 1 / 3.6), ("mm/s", 1e-3), ("mph", 0.44704)])
def test_a_stream_is_believed_before_lab_toml_in_its_own_unit(unit: str, worth: float) -> None:
    found = belt_distance([belt(np.full(100, 1.2 / worth), Channel("v", unit))], Treadmill(9.0), STRIDE)
    assert found == pytest.approx(1.2 * 1.1)


def test_a_belt_that_speeds_up_goes_the_integral_of_its_speed() -> None:
    ramp = belt(0.5 + 0.2 * TIME, Channel("v", "m/s"))
    assert belt_distance([ramp], Treadmill(), STRIDE) == pytest.approx(0.5 * 1.1 + 0.1 * (3.1**2 - 2.0**2), rel=0.01)


def test_each_side_of_a_split_belt_has_its_own_speed() -> None:
    both = np.column_stack([np.full(100, 1.5), np.full(100, 0.75)])
    split = belt(both, Channel("r", "m/s", side="R"), Channel("l", "m/s", side="L"))
    assert belt_distance([split], Treadmill(), STRIDE) == pytest.approx(0.75 * 1.1)


def test_a_belt_that_runs_backwards_in_its_own_sign_goes_as_far() -> None:
    assert belt_distance([belt(np.full(100, -1.2), Channel("v", "m/s"))], Treadmill(), STRIDE) == pytest.approx(1.32)


def test_a_belt_that_stands_still_is_a_floor() -> None:
    assert belt_distance([belt(np.zeros(100), Channel("v", "m/s"))], Treadmill(1.3), STRIDE) is None


@pytest.mark.parametrize("lost", [slice(5, 60), slice(0, 25), slice(22, 100)])
def test_a_belt_that_says_nothing_there_is_not_guessed_at(lost: slice) -> None:
    keep = np.ones(100, bool)
    keep[lost] = False
    one = belt(np.full(int(keep.sum()), 1.2), Channel("v", "m/s"), time=TIME[keep])
    if lost == slice(22, 100):  # what it said last holds for a while
        assert belt_distance([one], Treadmill(), STRIDE) == pytest.approx(1.32)
    else:
        with pytest.raises(NotComputableError, match="says no speed"):
            belt_distance([one], Treadmill(), STRIDE)


def test_a_belt_without_a_unit_of_speed_says_which_key_to_set() -> None:
    with pytest.raises(NotComputableError, match=r"\[streams\.belt\.channels\]"):
        belt_distance([belt(np.full(100, 3.0), Channel("v", "V"))], Treadmill(1.3), STRIDE)


def test_a_foot_that_leaves_its_place_was_not_on_the_belt() -> None:
    on = Subject(treadmill=Treadmill(1.3))
    assert Resolver([marker(0.06)], subject=on).resolve(DISTANCE, STRIDE, "L") == pytest.approx(1.43)
    with pytest.raises(NotComputableError, match=r"\[treadmill\.trials\]"):
        Resolver([marker(1.4)], subject=on).resolve(DISTANCE, STRIDE, "L")
    assert Resolver([marker(1.4)]).resolve(DISTANCE, STRIDE, "L") == pytest.approx(1.4)
    with pytest.raises(NotComputableError, match=r"under \[treadmill\] in lab.toml"):
        Resolver([marker(0.06)]).resolve(DISTANCE, STRIDE, "L")


def test_lab_toml_tells_the_belt_with_the_person() -> None:
    lab = parse_lab('[participant]\nmass_kg = 70.0\n[treadmill]\nspeed_m_s = 1.3\n[treadmill.trials]\n"fast" = 2\n')
    assert lab.subject.treadmill.speed("any") == 1.3
    assert lab.subject.treadmill.speed("fast") == 2.0
    assert lab.subject.over(Subject(60.0)).treadmill == lab.subject.treadmill
    assert Subject(60.0).over(lab.subject).treadmill == lab.subject.treadmill
    with pytest.raises(LabError, match="speed_m_s"):
        parse_lab("[treadmill]\nspeed_m_s = 50\n")
    with pytest.raises(LabError, match=r'"sped_m_s".*speed_m_s'):
        parse_lab("[treadmill]\nsped_m_s = 1\n")


@pytest.mark.parametrize("type_", ["Treadmill", "treadmill", "Belt"])
def test_a_stream_of_that_type_is_a_treadmill(type_: str) -> None:
    assert StreamSpec("t", type_, 10.0, "float32", (Channel("v", "m/s"),)).kind == "treadmill"
