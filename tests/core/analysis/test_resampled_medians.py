"""Medians drawn by rank: distributed as those of resamples that are drawn value by value."""

import numpy as np
import pytest

from groundup.analysis.profile.resampled_medians import resampled_medians
from groundup.analysis.profile.spread import spread_of
from groundup.analysis.profile.strategy_profile import bootstrap_interval


@pytest.mark.parametrize("n", [21, 200, 1001])
@pytest.mark.parametrize("odd", [0, 1])
def test_they_spread_like_those_of_drawn_resamples(n, odd):
    random = np.random.default_rng(n)
    values = random.lognormal(size=n - n % 2 + odd)
    drawn = np.median(values[random.integers(0, len(values), (20_000, len(values)))], axis=1)
    ranked = resampled_medians(values, 20_000, random)
    scale = drawn.std()
    assert ranked.mean() == pytest.approx(drawn.mean(), abs=0.05 * scale)
    for share in (2.5, 25, 75, 97.5):
        assert np.percentile(ranked, share) == pytest.approx(np.percentile(drawn, share), abs=0.15 * scale)


def test_of_an_hour_the_interval_holds_the_median_and_is_as_wide_as_theory_says():
    values = np.random.default_rng(1).normal(5.0, 2.0, 6000)
    low, high = bootstrap_interval(values.tolist(), [""] * len(values))
    assert low < np.median(values) < high
    # Standard error of the median of normal values: 1.2533 SD / sqrt(n).
    assert high - low == pytest.approx(2 * 1.96 * 1.2533 * 2.0 / np.sqrt(6000), rel=0.15)


def test_of_an_hour_left_and_right_are_held_apart_as_of_a_minute():
    random = np.random.default_rng(2)
    values = np.concatenate([random.normal(1.00, 0.02, 3000), random.normal(1.01, 0.02, 3000)])
    found = spread_of(values, ["L"] * 3000 + ["R"] * 3000, [""] * 6000)
    assert found.difference == pytest.approx(0.01, abs=0.002)
    assert found.difference_low < found.difference < found.difference_high
    assert found.difference_high - found.difference_low == pytest.approx(
        2 * 1.96 * 1.2533 * 0.02 * np.sqrt(2 / 3000), rel=0.15
    )
