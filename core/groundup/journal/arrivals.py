"""When samples of a file arrived, as far as the file tells: beside which moments of the lab clock they were written.

Our recorder notes with each of its cycles between which two moments what it wrote was read. In anybody else's file a
measurement of a clock says when it was made, and lies behind the samples that had been written by then. A file that
another program has put together, all measurements in one place or stream by stream, tells nothing of the kind.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from groundup.clock.clock_offsets import in_order
from groundup.model.source import ARRIVAL

_EVERY_S = 0.5  # a stream's arrivals are kept no closer
_HELD_S = 0.5  # LabRecorder writes what has come so often
_BEHIND_S, _FEW = 1.0, 0.1  # by which hardly any measurement lies behind one before it, in a file written as it came

Moment = tuple[int, float, float]
"""Byte of a file, and two lab times: what was written since the moment before was read after the one, by the other."""


class Arrivals:
    """Collects moments and the samples beside them, a stretch of the file at a time."""

    def __init__(self) -> None:
        self._ours: dict[int, list[tuple[int, float, float]]] = {}
        self._others: dict[int, list[tuple[int, int]]] = {}
        self._newest: dict[int, tuple[int, float, float]] = {}
        self._measured: list[float] = []
        self._written: list[int] = []

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
        self._written += counts.in_all([place for place, _ in moments]).tolist()
        for number in counts.streams if moments else ():
            had = counts.at(number, [place for place, _ in moments]).tolist()
            self._others.setdefault(number, []).extend(zip(had, range(begin, len(self._measured)), strict=True))

    def of(self, number: int, count: int) -> NDArray[np.void]:
        """What is known of a stream of so many samples, as `groundup.model.source.ARRIVAL`."""
        if self._ours.get(number):
            return np.array(self._ours[number], ARRIVAL)
        lab = np.nan_to_num(np.array(self._measured), nan=np.inf)
        good = in_order(lab) & np.isfinite(lab)
        if not self._as_it_came(lab, good):
            return np.empty(0, ARRIVAL)
        rows: list[tuple[int, float, float]] = []
        before, since = 0, np.nan  # what had been written at the last measurement, and when that was
        for had, index in [(had, index) for had, index in self._others.get(number, ()) if good[index]]:
            if had > before:
                rows += [(before, since - _HELD_S, np.nan)] if np.isfinite(since) else []
                rows.append((had - 1, np.nan, lab[index]))
            before, since = had, lab[index]
        rows += [(before, since - _HELD_S, np.nan)] if before < count and np.isfinite(since) else []
        return np.array(rows, ARRIVAL)

    def _as_it_came(self, lab: NDArray[np.float64], good: NDArray[np.bool_]) -> bool:
        """Whether the measurements stand where they were made: in order, and with samples in between."""
        if not good.any() or np.mean(np.maximum.accumulate(lab[good]) - lab[good] > _BEHIND_S) > _FEW:
            return False
        first, last = np.flatnonzero(good)[[0, -1]]
        return bool(lab[last] - lab[first] < 2.0 * _HELD_S or self._written[first] < self._written[last])


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

    def in_all(self, places: Sequence[int]) -> NDArray[np.int64]:
        """Samples of all streams before each byte, shape (n,)."""
        return sum((self.at(number, places) for number in self.streams), np.zeros(len(places), np.int64))

    def at(self, number: int, places: Sequence[int]) -> NDArray[np.int64]:
        """Samples before each byte, shape (n,)."""
        if number not in self._chunks:
            return np.full(len(places), self.before(number))
        had = np.append(self.before(number), np.concatenate(self._behind[number]))
        return np.asarray(had[np.searchsorted(np.concatenate(self._chunks[number]), places)])
