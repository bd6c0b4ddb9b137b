"""Arrays that lie in files, as long signals do: read a part at a time, so that no more of them is in memory."""

import mmap
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PIECE = 1 << 18
"""Rows that are read at a time."""
LEAST_BYTES = 16 << 20
"""What is smaller stays in memory."""
_TOGETHER = 4  # columns that are written at once: every page of the file is looked at once for each so many
_folder: ContextVar[Path | None] = ContextVar("folder", default=None)


@contextmanager
def long_arrays_in(folder: Path) -> Iterator[None]:
    """Have `from_columns` keep long arrays in files without a name in a folder."""
    token = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(token)


def from_columns(columns: Iterable[NDArray[np.float64]], rows: int, width: int) -> NDArray[np.float64]:
    """An array of columns that are made one after the other: the whole of a long one is never in memory.

    Parameters
    ----------
    columns : iterable of ndarray, shape (rows,)
        As many as `width`.
    rows, width : int

    Returns
    -------
    ndarray, shape (rows, width)
        In a file, while a recording is analysed and it is long.
    """
    made = _empty(rows, width)
    file = mapped_file(made)
    waiting: list[NDArray[np.float64]] = []
    for last, column in enumerate(columns, 1):
        waiting.append(column)
        if file is not None and len(waiting) < _TOGETHER and last < width:
            continue
        for begin in range(0, rows, _PIECE):
            part = slice(begin, begin + _PIECE)
            for number, values in enumerate(waiting, last - len(waiting)):
                made[part, number] = values[part]
            if file is not None:
                let_go(file)
        waiting.clear()
    return made


def _empty(rows: int, width: int) -> NDArray[np.float64]:
    size, folder = 8 * rows * width, _folder.get()
    if folder is None or size < LEAST_BYTES:
        return np.empty((rows, width))
    try:
        with tempfile.TemporaryFile(dir=folder, prefix=".groundup-") as file:
            _reserve(file.fileno(), size)
            mapped = mmap.mmap(file.fileno(), size)
    except OSError:
        return np.empty((rows, width))
    return np.frombuffer(mapped, dtype=np.float64).reshape(rows, width)


def _reserve(file: int, size: int) -> None:
    """Take the room on the disk now, so that a full one is an error here and not a crash at the first look."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
        return
    zeros = bytes(1 << 20)
    for begin in range(0, size, len(zeros)):
        os.write(file, zeros[: size - begin])


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


def every_row(values: NDArray[np.float64], step: int) -> NDArray[np.float64]:
    """A copy of every so many rows, ``values[::step]``, while no more than a piece of the others stays in memory."""
    file, copy = mapped_file(values), np.empty((-(-len(values) // step), *values.shape[1:]))
    piece = max(1, _PIECE // step)
    for first in range(0, len(copy), piece):
        part = values[first * step : (first + piece) * step : step]
        copy[first : first + len(part)] = part
        if file is not None:
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
