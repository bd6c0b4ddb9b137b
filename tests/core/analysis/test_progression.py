"""The direction of progression, for people who walk any way across plates or on a belt."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from walks import plate, step

from groundup.analysis.gait.progression import progression
from groundup.model.events import Stance
from groundup.model.signals import Signal


def walk(angle: float, belt: bool = False, push: float = 120.0) -> tuple[list[Signal], list[Stance]]:
    plates = [plate("plate:1", 4.0), plate("plate:2", 4.0)]
    forward, left = np.array([math.cos(angle), math.sin(angle)]), np.array([-math.sin(angle), math.cos(angle)])
    stances = []
    for n in range(5):
        side = 1 if n % 2 else -1
        at = left * 0.1 * side + (0 if belt else 0.6 * n) * forward
        on = plates[n % 2]
        stances.append(step(on, 0.5 + 0.6 * n, 1.15 + 0.6 * n, angle, (at[0], at[1]), push=push, ml=-40.0 * side))
    return plates, stances


@pytest.mark.parametrize("belt", [False, True], ids=["overground", "treadmill"])
@settings(max_examples=30, deadline=None)
@given(st.floats(-math.pi, math.pi))
def test_a_walk_goes_its_own_way_however_the_labs_axes_lie(belt: bool, angle: float) -> None:
    found = progression(*walk(angle, belt))
    assert found is not None
    assert math.hypot(*found) == pytest.approx(1.0)
    assert apart(found, angle) <= 1.0


def apart(found: tuple[float, float] | None, angle: float) -> float:
    """Degrees between a direction and the true one."""
    assert found is not None
    return math.degrees(math.acos(min(1.0, found[0] * math.cos(angle) + found[1] * math.sin(angle))))


def test_who_marches_on_the_spot_goes_nowhere() -> None:
    assert progression(*walk(0.0, push=0.0)) is None


def test_without_a_stance_there_is_no_direction() -> None:
    plates, _ = walk(0.0)
    assert progression(plates, []) is None
    assert progression([], [Stance(0.5, 1.1, "", "plate:1")]) is None


def test_who_walks_back_and_forth_has_no_one_direction_but_each_pass_has() -> None:
    plates = [plate("plate:1", 20.0)]
    there = [step(plates[0], 1.0 + n, 1.6 + n, 0.0, (0, 0)) for n in range(3)]
    back = [step(plates[0], 11.0 + n, 11.6 + n, math.pi, (0, 0)) for n in range(2)]
    assert progression(plates, there + back) is None
    assert apart(progression(plates, there), 0.0) <= 1.0
    assert apart(progression(plates, back), math.pi) <= 1.0


def test_a_gap_or_a_missing_value_in_one_stance_leaves_the_others() -> None:
    plates, stances = walk(0.0)
    plates[0].samples[600:610, 0] = np.nan
    assert apart(progression(plates, stances), 0.0) <= 3.0
