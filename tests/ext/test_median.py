"""Medians: what NumPy says, to the bit."""

import numpy as np
import pytest

from groundup_ext import _median


@pytest.mark.parametrize("seed", range(5))
def test_the_median_is_numpys(seed):
    random = np.random.default_rng(seed)
    for count in random.integers(1, 300, 100).tolist():
        values = random.choice([random.normal(size=count), np.round(random.normal(size=count))])  # many are equal
        assert _median.median(values) == np.median(values)


@pytest.mark.parametrize("count", [59, 60, 61, 1000, 1001, 20_000])
@pytest.mark.parametrize("digits", [0, 1, 12])
def test_so_it_is_of_many_values_in_any_order(count, digits):
    values = np.round(np.random.default_rng(count).normal(size=count), digits)
    for ordered in (values, np.sort(values), np.sort(values)[::-1].copy(), np.append(np.zeros(count), values)):
        assert _median.median(ordered) == np.median(ordered)


def test_medians_of_rows_leave_the_rows_alone():
    rows = np.random.default_rng(1).gamma(2.0, 1.0, (7, 501))
    before = rows.copy()
    assert np.array_equal(_median.medians(rows), np.median(rows, axis=1))
    assert np.array_equal(rows, before)


def test_of_nothing_there_is_none():
    with pytest.raises(ValueError, match="no median"):
        _median.median(np.empty(0))
