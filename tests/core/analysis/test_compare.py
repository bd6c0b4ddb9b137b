"""A comparison says what it saw, by how much and how surely, and that nothing was seen where nothing was."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.profile.differences import HIGHER, LOWER, SAME, Values, cliffs_delta, compare, within
from groundup.model.events import Stride, Trial
from groundup.plugin import metric


@metric("share", of=Stride, unit="1", axis="gluteal role")
def share(stride):
    """Share of what is shared."""
    return 0.0


def rows(values, sides="LR", trial="", why=""):
    sides = (sides * len(values))[: len(values)]
    return [
        MetricRow("share", n, n + 1.0, trial, n, side, float(value), "1", "not_computable" if why else "ok", why)
        for n, (value, side) in enumerate(zip(values, sides, strict=True))
    ]


def compared(before, after, made=({}, {})):
    (found,) = compare(
        Values("before", before, {"share": made[0]}), Values("after", after, {"share": made[1]}), [share]
    )  # fmt: skip
    return found


def test_the_effect_is_that_of_the_definition():
    assert cliffs_delta(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0])) == pytest.approx((1 + 0 - 1 + 3) / 6)
    random = np.random.default_rng(2)
    one, other = random.normal(size=40), random.normal(0.5, 1.0, 30).round(1)
    u = mannwhitneyu(other, one).statistic
    assert cliffs_delta(one, other) == pytest.approx(2 * u / (40 * 30) - 1)


def test_a_difference_is_seen_with_its_direction_and_its_size():
    random = np.random.default_rng(3)
    found = compared(rows(random.normal(0, 1, 40)), rows(random.normal(3, 1, 30)))
    assert found.verdict == HIGHER
    assert found.effect_low <= found.effect <= found.effect_high
    assert found.effect == pytest.approx(0.966, abs=0.06)  # 2 Phi(3 / sqrt 2) - 1
    assert found.change_low < 3.0 < found.change_high
    assert (found.strides_before, found.strides_after) == (40, 30)
    turned = compared(rows(random.normal(3, 1, 30)), rows(random.normal(0, 1, 40)))
    assert turned.verdict == LOWER


@pytest.mark.rig
def test_two_draws_of_the_same_are_told_apart_about_as_rarely_as_the_interval_promises():
    random = np.random.default_rng(4)
    for count in (6, 15):
        verdict = [
            compared(rows(random.normal(size=count)), rows(random.normal(size=count))).verdict for _ in range(200)
        ]
        assert set(verdict) <= {SAME, HIGHER, LOWER}
        assert np.mean([one != SAME for one in verdict]) < 0.11


def test_more_strides_of_one_side_are_no_difference():
    before = rows([1.0, 1.1, 0.9, 1.05] * 6, "L") + rows([5.0, 5.1, 4.9], "R")
    after = rows([1.0, 1.1, 0.9], "L") + rows([5.0, 5.1, 4.9, 5.05] * 6, "R")
    assert compared(before, after).verdict == SAME
    legs = compared(rows([1.0] * 8, "L"), rows([5.0] * 8, "R"))
    assert "left leg only" in legs.verdict
    assert not legs.compared


def test_under_six_values_nothing_is_compared():
    found = compared(rows([1.0] * 5), rows([2.0] * 20))
    assert found.verdict == "not compared, because there are 5 and 20 values, and 6 of each are the least"
    assert (found.before, found.after) == (1.0, 2.0)
    assert math.isnan(found.effect)


def test_what_is_not_computable_is_no_value():
    bad = rows([math.nan] * 9, why="it rained")
    assert not compared(bad, bad).valued
    assert compared(rows([1.0] * 9) + bad, rows([1.0] * 9)).strides_before == 9


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({"emg_envelope.envelope_hz": 6.0}, {"emg_envelope.envelope_hz": 20.0}, "emg envelope.envelope hz"),
        ({"muscles_left": "soleus"}, {"muscles_left": "soleus, tibialis_anterior"}, "tibialis"),
        ({"lag": "zero"}, {"lag": "causal"}, "causal after"),
        ({"normalisation": "% of MVIC: the mean in 'mvic 1'"}, {"normalisation": "none: no MVIC"}, "normalisation"),
    ],
)
def test_what_was_made_in_another_way_is_not_compared(before, after, words):
    found = compared(rows([1.0] * 9), rows([2.0] * 9), (before, after))
    assert found.verdict.startswith("not compared, because")
    assert words in found.verdict
    assert not found.compared


def test_trials_of_another_day_have_other_names_and_are_compared():
    made = [
        {"normalisation": f"% of MVIC: the largest 0.5 s mean of the envelope in '{name}'"} for name in ("a", "b 2")
    ]
    assert compared(rows([1.0] * 9), rows([2.0] * 9), made).verdict == HIGHER


def test_strides_are_resampled_within_their_trials():
    before = rows([1.0] * 6, trial="a") + rows([9.0] * 6, trial="b")
    found = compared(before, rows([1.0] * 6, trial="a") + rows([9.0] * 6, trial="b"))
    assert (found.effect_low, found.effect_high) == (0.0, 0.0)


def test_a_condition_has_the_strides_that_lie_in_its_trials():
    trials = [Trial(0.0, 4.0, "one", "usual"), Trial(4.0, 9.0, "two", "squeeze"), Trial(9.0, 12.0, "three", "usual")]
    every = rows(range(12))
    assert [row.value for row in within(every, trials, "usual")] == [0.0, 1.0, 2.0, 3.0, 9.0, 10.0, 11.0]
    assert [row.value for row in within(every, trials, "squeeze")] == [4.0, 5.0, 6.0, 7.0, 8.0]


@pytest.mark.rig
@given(st.lists(st.floats(-1e6, 1e6), min_size=6, max_size=20), st.lists(st.floats(-1e6, 1e6), min_size=6, max_size=20))
def test_before_and_after_turned_turn_the_sign_and_nothing_else(one, other):
    here, there = compared(rows(one, "L"), rows(other, "L")), compared(rows(other, "L"), rows(one, "L"))
    assert here.effect == pytest.approx(-there.effect)
    assert -1.0 <= here.effect_low <= here.effect_high <= 1.0


@pytest.mark.parametrize("word", ["improv", "worse", "better", "normal", "significan", "large", "small effect"])
def test_it_describes_and_never_judges(word):
    from groundup.analysis.profile.axes import COMPARED

    assert word not in COMPARED.lower()
    assert all(word not in verdict for verdict in (SAME, HIGHER, LOWER))
