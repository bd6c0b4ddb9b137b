"""Arrays that lie in files, as long signals do: read a part at a time, so that no more of them is in memory."""

import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PIECE = 1 << 18
"""Rows that are read at a time."""


def mapped_file(values: NDArray[Any]) -> mmap.mmap | None:
    """The file that an array's memory is, behind all views; None where it is in memory."""
    owner: object = values
    while isinstance(owner, np.ndarray | memoryview):
        owner = owner.base if isinstance(owner, np.ndarray) else owner.obj
    return owner if isinstance(owner, mmap.mmap) else None


def let_go(file: mmap.mmap) -> None:
    """Let what was read of a file leave the memory; it is read again when somebody looks at it."""
    advice = getattr(mmap, "MADV_DONTNEED", None)
    if advice is not None:
        file.madvise(advice)


def column_of(values: NDArray[np.float64], column: int) -> NDArray[np.float64]:
    """A copy of one column of an array of shape (n, columns), of which nothing else stays in memory."""
    file = mapped_file(values)
    if file is None:
        return values[:, column].copy()
    copy = np.empty(len(values))
    for first in range(0, len(values), _PIECE):
        part = slice(first, first + _PIECE)
        copy[part] = values[part, column]
        let_go(file)
    return copy


def rows_not_finite(values: NDArray[np.float64]) -> NDArray[np.intp]:
    """Numbers of the rows that hold NaN or infinity, of which no more than a piece stays in memory."""
    file, found = mapped_file(values), [np.zeros(0, np.intp)]
    for first in range(0, len(values), _PIECE):
        finite = np.isfinite(values[first : first + _PIECE])
        if not finite.all():
            found.append(first + np.flatnonzero(~finite.all(axis=1)))
        if file is not None:
            let_go(file)
    return np.concatenate(found)
