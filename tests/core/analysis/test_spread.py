"""Variability and asymmetry of any metric, from its values: what is put in is read back, and the interval holds it."""

import math

import numpy as np
import pytest

from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.profile.spread import spread


def rows(left, right=(), trial="walk", why="", middle=()):
    return [
        MetricRow("m", n, n + 1.0, trial, n, side, float(value), "s", "not_computable" if why else "ok", why)
        for side, values in (("L", left), ("R", right), ("", middle))
        for n, value in enumerate(values)
    ]


def drawn(mean, sd, n, seed):
    return np.random.default_rng(seed).normal(mean, sd, n)


def test_asymmetry_and_variability_of_a_limp_are_what_was_put_in():
    found = spread(rows(drawn(0.60, 0.02, 400, 1), drawn(0.66, 0.02, 400, 2)))
    assert found.difference == pytest.approx(0.06, abs=0.005)
    assert found.asymmetry == pytest.approx(100 * 0.06 / 0.63, abs=0.8)
    assert found.sd == pytest.approx(0.02, rel=0.1)
    assert found.cv == pytest.approx(100 * 0.02 / 0.63, rel=0.1)
    assert found.difference_low < 0.06 < found.difference_high
    assert found.asymmetry_low < 100 * 0.06 / 0.63 < found.asymmetry_high


def test_the_interval_holds_no_difference_about_as_often_as_it_says():
    inside = [
        (lambda s: s.difference_low <= 0.0 <= s.difference_high)(
            spread(rows(drawn(1.0, 0.1, 20, seed), drawn(1.0, 0.1, 20, 1000 + seed)))
        )
        for seed in range(60)
    ]
    assert 0.87 <= np.mean(inside) <= 1.0


def test_sides_swapped_turn_its_sign_and_nothing_else():
    left, right = drawn(1.0, 0.1, 30, 1), drawn(1.2, 0.1, 30, 2)
    one, other = spread(rows(left, right)), spread(rows(right, left))
    assert other.difference == pytest.approx(-one.difference)
    assert other.asymmetry == pytest.approx(-one.asymmetry)
    assert (other.sd, other.cv) == pytest.approx((one.sd, one.cv))


def test_a_difference_between_sides_or_trials_is_no_variability():
    steady = [*rows([1.0] * 5, [2.0] * 5), *rows([3.0] * 5, [4.0] * 5, trial="fast")]
    assert spread(steady).sd == 0.0


def test_what_has_no_natural_zero_has_a_difference_and_no_percent():
    found = spread(rows([-0.1, 0.1, 0.0, -0.2, 0.1, 0.0], [0.2, 0.3, 0.1, 0.2, 0.2, 0.3]))
    assert found.difference == pytest.approx(0.2)
    assert math.isnan(found.asymmetry)
    assert math.isnan(found.cv)


def test_negative_values_keep_the_sign_of_the_larger_side():
    # A braking impulse: the right brakes more.
    assert spread(rows([-0.2] * 6, [-0.3] * 6)).asymmetry == pytest.approx(40.0)


def test_values_that_go_round_differ_and_vary_the_short_way():
    found = spread(rows([99.0, 98.0, 0.0, 99.0, 1.0, 97.0], [2.0, 3.0, 1.0, 2.0, 4.0, 0.0]), 100.0)
    assert found.difference == pytest.approx(3.0)
    assert found.sd < 2.0
    assert math.isnan(found.asymmetry)


def test_few_values_one_side_and_values_that_are_none_are_not_spread_out():
    few = spread(rows([1.0, 1.1], [1.2, 1.3]))
    assert few.difference == pytest.approx(0.2)
    assert math.isnan(few.difference_low)
    assert math.isnan(few.sd)
    assert math.isnan(spread(rows([1.0] * 10)).difference)
    assert math.isnan(spread(rows([math.nan] * 10, [math.nan] * 10, why="x")).sd)
    assert spread([]) is not None
    assert spread(rows([], middle=[1.0, 1.1] * 5)).sd == pytest.approx(0.0527, abs=1e-3)
