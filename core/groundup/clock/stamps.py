"""Time stamps that are read in pieces: of an array, or of a dataset in a file that is longer than memory."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundup.clock.smoother import Floats
from groundup.model.clock_limits import REACH_S

PIECE = 1 << 18
"""Samples that are held at once; a stream that is no longer is looked at as a whole."""
_LEAST_S = 1e-200  # what is nearer to 0, and not 0, was never a time


def plausible(stamps: Floats) -> NDArray[np.bool_]:
    """Which stamps can be times in seconds."""
    size = np.abs(stamps)
    return np.asarray((size <= REACH_S) & ((size >= _LEAST_S) | (size == 0)))


class Readable(Protocol):
    """An array, or a dataset: what has a length and is read in slices, shape (N,)."""

    def __len__(self) -> int: ...

    def __getitem__(self, key: slice, /) -> Floats: ...


class Samples(Protocol):
    """An array, or a dataset, of samples, shape (N, C): what is read in slices."""

    def __getitem__(self, key: slice, /) -> ArrayLike: ...


class Stamps:
    """A stretch of a stream's time stamps, read when it is sliced.

    Parameters
    ----------
    source : Readable, shape (N,)
        Float64.
    start, stop : int
        Which of them; all by default.
    shifts : sequence of (int, float)
        What is added from which sample of the source on, in s: in order, the first from 0 on.
    """

    def __init__(
        self, source: Readable, start: int = 0, stop: int | None = None, shifts: Sequence[tuple[int, float]] = ()
    ) -> None:
        self._source, self._start = source, start
        self._stop = len(source) if stop is None else stop
        self._from = np.array([index for index, _ in shifts], np.int64)
        self._shift = np.array([seconds for _, seconds in shifts])

    def __len__(self) -> int:
        return self._stop - self._start

    def __getitem__(self, part: slice) -> Floats:
        begin, end, _ = part.indices(len(self))
        a, b = self._start + begin, self._start + max(begin, end)
        values = np.asarray(self._source[a:b])
        if len(self._from) <= 1:
            return values
        return np.asarray(values + self._shift[np.searchsorted(self._from, np.arange(a, b), "right") - 1])

    def at(self, index: int) -> float:
        """One of them."""
        index += len(self) if index < 0 else 0
        return float(self[index : index + 1][0])

    def these(self, index: NDArray[np.int64]) -> Floats:
        """Some of them, by their numbers in order."""
        found = np.empty(len(index))
        for begin in range(0, len(self), PIECE):
            mine = slice(*np.searchsorted(index, [begin, begin + PIECE]).tolist())
            if mine.start < mine.stop:
                found[mine] = self[begin : begin + PIECE][index[mine] - begin]
        return found

    def part(self, start: int, stop: int) -> "Stamps":
        """Those from `start` to `stop`."""
        made = Stamps(self._source, self._start + start, self._start + stop)
        made._from, made._shift = self._from, self._shift
        return made

    def shifted(self, shifts: Sequence[tuple[int, float]]) -> "Stamps":
        """The same with something added from some samples on; of stamps that are whole and not shifted yet."""
        return Stamps(self._source, self._start, self._stop, shifts)

    def pieces(self, overlap: int = 0) -> Iterator[tuple[int, Floats]]:
        """Index and stamps of each piece; each but the first begins with the last `overlap` of the one before."""
        for begin in range(0, len(self), PIECE):
            first = max(0, begin - overlap)
            yield first, self[first : begin + PIECE]

    def first(self) -> float:
        """The first that can be a time; 0 if there is none."""
        for _, values in self.pieces():
            known = values[plausible(values)]
            if len(known):
                return float(known[0])
        return 0.0

    def unknown(self) -> int:
        """How many are no times."""
        return sum(int(np.count_nonzero(~plausible(values))) for _, values in self.pieces())
