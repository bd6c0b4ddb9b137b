"""Columns of a long table are not copied without need."""

import numpy as np

from groundup_plugins.formats.columns import columns_of, stacked


def test_columns_beside_each_other_are_not_copied_and_others_lie_by_rows() -> None:
    table = np.arange(20.0).reshape(4, 5)
    assert np.shares_memory(columns_of(table, [1, 2, 3]), table)
    apart = columns_of(table, [4, 0])
    assert apart.flags.c_contiguous
    np.testing.assert_array_equal(apart, table[:, [4, 0]])
    assert columns_of(table, []).shape == (4, 0)


def test_pieces_are_let_go_once_they_are_below_each_other() -> None:
    pieces = [np.full((n, 2), float(n)) for n in (1, 3)]
    np.testing.assert_array_equal(stacked(pieces), [[1, 1], [3, 3], [3, 3], [3, 3]])
    assert pieces == []
