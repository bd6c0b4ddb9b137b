"""Columns of a table without a copy where they lie beside each other: a long file is as large as memory."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def columns_of(table: NDArray[Any], places: Sequence[int]) -> NDArray[Any]:
    """Some columns of a table.

    Parameters
    ----------
    table : ndarray, shape (N, C)
    places : sequence of int, length P

    Returns
    -------
    ndarray, shape (N, P)
        A view where the columns follow each other, else one copy.
    """
    if len(places) and list(places) == list(range(places[0], places[0] + len(places))):
        return table[:, places[0] : places[0] + len(places)]
    return np.take(table, places, axis=1)  # table[:, places] would lie by columns, and be copied once more


def stacked(pieces: list[NDArray[Any]]) -> NDArray[Any]:
    """Pieces of rows below each other, each let go once it is there.

    Parameters
    ----------
    pieces : list of ndarray, shape (N_k, C)
        At least one; empty afterwards.
    """
    table = np.empty((sum(map(len, pieces)), pieces[0].shape[1]), pieces[0].dtype)
    begin = 0
    while pieces:
        piece = pieces.pop(0)
        table[begin : begin + len(piece)] = piece
        begin += len(piece)
    return table
