"""When samples of a file arrived, as far as the file tells: beside which moments of the lab clock they were written.

Our recorder notes with each of its cycles between which two moments what it wrote was read. In anybody else's file a
measurement of a clock says when it was made, and lies behind the samples that had been written by then.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from groundup.clock.probes import in_order
from groundup.source import ARRIVAL

_EVERY_S = 0.5  # a stream's arrivals are kept no closer
_HELD_S = 0.5  # LabRecorder writes what has come so often

Moment = tuple[int, float, float]
"""Byte of a file, and two lab times: what was written since the moment before was read after the one, by the other."""


class Arrivals:
    """Collects moments and the samples beside them, a stretch of the file at a time."""

    def __init__(self) -> None:
        self._ours: dict[int, list[tuple[int, float, float]]] = {}
        self._others: dict[int, list[tuple[int, int]]] = {}
        self._newest: dict[int, tuple[int, float, float]] = {}
        self._measured: list[float] = []

    def cycles(self, moments: Sequence[Moment], counts: "Counts") -> None:
        """Take in cycles of our recorder."""
        for number in counts.streams if moments else ():
            had, kept = counts.at(number, [place for place, *_ in moments]), self._ours.setdefault(number, [])
            for index in np.flatnonzero(np.diff(had, prepend=counts.before(number)) > 0).tolist():
                _, after, by = moments[index]
                mark, before = (int(had[index]) - 1, after, by), self._newest.get(number)
                if kept and before is not None and before != kept[-1] and by > before[2] + _EVERY_S:
                    kept.append(before)  # the last before nothing came for a while
                if not kept or by >= kept[-1][2] + _EVERY_S:
                    kept.append(mark)
                self._newest[number] = mark

    def measurements(self, moments: Sequence[tuple[int, float]], counts: "Counts") -> None:
        """Take in measurements of clocks, of whichever stream: the byte of each, and its lab time."""
        begin = len(self._measured)
        self._measured += [lab for _, lab in moments]
        for number in counts.streams if moments else ():
            had = counts.at(number, [place for place, _ in moments]).tolist()
            self._others.setdefault(number, []).extend(zip(had, range(begin, len(self._measured)), strict=True))

    def of(self, number: int, count: int) -> NDArray[np.void]:
        """What is known of a stream of so many samples, as `groundup.source.ARRIVAL`."""
        if self._ours.get(number):
            return np.array(self._ours[number], ARRIVAL)
        lab = np.nan_to_num(np.array(self._measured), nan=np.inf)
        good = in_order(lab) & np.isfinite(lab)
        rows: list[tuple[int, float, float]] = []
        for had, index in self._others.get(number, ()):
            if good[index]:
                rows += [(had - 1, np.nan, lab[index])] if had > 0 else []
                rows += [(had, lab[index] - _HELD_S, np.nan)] if had < count else []
        return np.array(rows, ARRIVAL)


class Counts:
    """How many samples lie before a byte, in a stretch of a file.

    Parameters
    ----------
    before : mapping
        Number of a stream to how many it has before the stretch.
    """

    def __init__(self, before: Mapping[int, int]) -> None:
        self._before = dict(before)
        self._chunks: dict[int, list[NDArray[np.int64]]] = {}
        self._behind: dict[int, list[NDArray[np.int64]]] = {}

    def add(self, number: int, chunks: NDArray[np.generic], samples: NDArray[np.generic], before: int) -> None:
        """Take in chunks of a stream: the byte of each and how many samples are in it, and how many came before."""
        self._chunks.setdefault(number, []).append(chunks.astype(np.int64))
        self._behind.setdefault(number, []).append(before + np.cumsum(samples, dtype=np.int64))

    @property
    def streams(self) -> list[int]:
        """Their numbers."""
        return sorted({*self._before, *self._chunks})

    def before(self, number: int) -> int:
        """Samples before the stretch."""
        return self._before.get(number, 0)

    def at(self, number: int, places: Sequence[int]) -> NDArray[np.int64]:
        """Samples before each byte, shape (n,)."""
        if number not in self._chunks:
            return np.full(len(places), self.before(number))
        had = np.append(self.before(number), np.concatenate(self._behind[number]))
        return np.asarray(had[np.searchsorted(np.concatenate(self._chunks[number]), places)])
