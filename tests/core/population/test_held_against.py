"""Who is like the people of a norm is held against it at their own speed and age; who is outside is not, and why."""

import math

import pytest

from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.profile.circumstances import Circumstances
from groundup.analysis.profile.detectable import Detectable
from groundup.analysis.profile.norms import compared_with, norm_sentences
from groundup.model.events import Stride, Trial
from groundup.model.subject import Subject
from groundup.plugin import Norm, metric
from groundup.plugin.norm_regression import Regression
from groundup.workflows.held_against import told_apart

FIT = Regression(
    ("speed", "age_years"), (1.2, 40.0), (0.6, 0.3, -0.001), ((0.05, 0, 0), (0, 0.5, 0), (0, 0, 0.001)), 0.02, 37
)
RANGES = {"speed": (0.8, 1.8), "age_years": (20.0, 70.0)}


@metric("step_length", of=Stride, unit="m")
def step_length(stride: Stride) -> float:
    """How long."""
    return 0.0


def norm(**more: object) -> Norm:
    low, high = FIT.widest(RANGES)
    known: dict[str, object] = {"regression": FIT, "people_from_to": RANGES, "unit": "m", "remark": "tried"}
    return Norm("step_length", low, high, 40, "our people", "ours", **(known | more))  # type: ignore[arg-type]


def held(one: Norm, *, speed: float = 1.0, age: float = 30.0, sex: str = "", called: str = "", unit: str = "m"):
    rows = {"step_length": [MetricRow("step_length", k, k + 1.0, "", k, "L", 0.55, unit) for k in range(6)]}
    person = Circumstances(called, ((-1.0, 99.0),), Subject(age_years=age), "walking", speed, sex)
    (found,) = compared_with(step_length, [one], {"step_length": {}}, rows, [person])
    return found


def test_a_person_like_them_is_held_against_the_interval_at_their_speed_and_age() -> None:
    found = held(norm())
    line, half = 0.6 - 0.2 * 0.3 + 10 * 0.001, 2.026 * 0.02 * math.sqrt(1 + 0.05 + 0.5 * 0.04 + 0.001 * 100)
    assert (found.low, found.high) == pytest.approx((line - half, line + half), abs=1e-4)
    (sentence,) = norm_sentences([found], "{:.3f}".format)
    assert "30 years old, at 1.00 m/s" in sentence
    assert sentence.endswith("tried")


def test_two_trials_of_one_name_are_of_the_condition_that_each_has() -> None:
    trials = [Trial(0.0, 5.0, "walk", "usual"), Trial(5.5, 9.0, "walk", "fast")]
    rows = [MetricRow("step_length", t, t + 1.0, "walk", k, "L", 0.55, "m") for k, t in enumerate((1.0, 6.0))]
    study = [Detectable("step_length", "m", "fast", 0.05, 0.04, 0.09)]
    assert told_apart(study, rows, trials, {"step_length": "m"}) == {}
    assert told_apart(study, rows[1:], trials, {"step_length": "m"}) == {"step_length": study[0]}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"speed": 2.0}, "0.8 to 1.8 m/s are its people, and this one, 2.00 m/s, is outside"),
        ({"age": 71.0}, "20 to 70 years are its people, and this one, 71, is outside"),
        ({"age": math.nan}, "give participant.age_years"),
        ({"speed": math.nan}, "nothing tells how fast"),
    ],
)
def test_who_is_outside_is_not_extrapolated_to(more: dict[str, float], said: str) -> None:
    assert said in held(norm(), **more).why


def test_sex_condition_and_unit_must_be_theirs() -> None:
    assert "give participant.sex" in held(norm(sex="F")).why
    assert "is of women" in held(norm(sex="F"), sex="M").why
    assert held(norm(sex="F"), sex="F").known
    assert "condition 'fast walk'" in held(norm(condition="Fast walk 2"), called="slow walk").why
    assert held(norm(condition="Fast walk 2"), called="fast walk, corridor").known
    assert "is in 'cm'" in held(norm(unit="cm")).why
