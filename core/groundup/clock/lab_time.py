"""A stream's time on the lab clock, worked out in pieces: what is held is a few hundred points, whatever its length."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundup.clock.sample_counting import Elapsed
from groundup.clock.sample_order import Order
from groundup.clock.smoother import Floats
from groundup.clock.stamps import PIECE, Readable, Stamps


@dataclass(frozen=True)
class Line:
    """Some samples, and points that a straight line from each to the next joins.

    Attributes
    ----------
    start, stop : int
        Sample numbers.
    along : ndarray, shape (K,)
        Increasing: elapsed time where there is one, else time stamps, in s.
    lab : ndarray, shape (K,)
        Lab time there: as such, or less the time stamp, in s.
    sd : ndarray, shape (K,)
        Its standard deviation, in s.
    """

    start: int
    stop: int
    along: Floats
    lab: Floats
    sd: Floats


@dataclass(frozen=True)
class LabTime:
    """Lab time of every sample of a stream.

    Attributes
    ----------
    stamps : Stamps, shape (N,)
        As sent.
    lines : tuple of Line
        In order. A sample on none has the time of its stamp.
    elapsed : Elapsed or None
        Where the samples lie in even sampling, if their times go by that: they then never go back.
    latency_s : float
        Taken off.
    order : Order or None
        In which the samples were taken, where that is not as they were sent: samples of lines and of even sampling are
        then numbered in it.
    """

    stamps: Stamps
    lines: tuple[Line, ...]
    elapsed: Elapsed | None
    latency_s: float
    order: Order | None = None

    @classmethod
    def shifted(cls, timestamps: Readable, offset: float, latency_s: float) -> "LabTime":
        """The time stamps with an offset, known no better."""
        stamps = Stamps(timestamps)
        line = Line(0, len(stamps), np.zeros(1), np.array([offset]), np.array([np.nan]))
        return cls(stamps, (line,), None, latency_s)

    def of(self, index: NDArray[np.int64]) -> Floats:
        """Time of some samples on the lines, in order, shape (n,)."""
        if self.elapsed is None:
            raise ValueError("only samples of even sampling can be asked for one by one")
        along = self.elapsed.of(index)
        time = np.empty(len(index))
        for line in self.lines:
            mine = slice(*np.searchsorted(index, [line.start, line.stop]).tolist())
            time[mine] = np.interp(along[mine], line.along, line.lab)
        return np.asarray(np.maximum.accumulate(time) - self.latency_s)

    def pieces(self, size: int = PIECE) -> Iterator[tuple[slice, Floats, Floats]]:
        """Time and its standard deviation from the first sample to the last, `size` samples at a time."""
        latest = -np.inf
        for begin in range(0, len(self.stamps), size):
            part = slice(begin, min(begin + size, len(self.stamps)))
            time, sd = self._piece(part.start, part.stop)
            if self.elapsed is not None and self.order is None:
                time[0] = max(time[0], latest)
                if bool(np.any(time[1:] < time[:-1])):
                    np.maximum.accumulate(time, out=time)
                latest = float(time[-1])
            time -= self.latency_s
            yield part, time, sd

    def _piece(self, start: int, stop: int) -> tuple[Floats, Floats]:
        if self.elapsed is not None and self.order is not None:
            return self._ordered(self.elapsed, self.order.places(start, stop))
        even = self.elapsed is not None
        along = self.elapsed.between(start, stop) if self.elapsed is not None else self.stamps[start:stop]
        time, sd = along.copy(), np.full(stop - start, np.nan)
        for line in self.lines:
            a, b = max(line.start, start) - start, min(line.stop, stop) - start
            if a >= b:
                continue
            lab = np.interp(along[a:b], line.along, line.lab)
            time[a:b] = lab if even else along[a:b] + lab
            sd[a:b] = np.interp(along[a:b], line.along, line.sd)
        return time, sd

    def _ordered(self, elapsed: Elapsed, places: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Time of samples by their places in the order of time, NaN of those without."""
        time, sd = np.full(len(places), np.nan), np.full(len(places), np.nan)
        known = np.flatnonzero(places >= 0)
        along = elapsed.of(places[known])
        for line in self.lines:
            mine = (places[known] >= line.start) & (places[known] < line.stop)
            time[known[mine]] = np.interp(along[mine], line.along, line.lab)
            sd[known[mine]] = np.interp(along[mine], line.along, line.sd)
        return time, sd
