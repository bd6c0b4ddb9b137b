"""Samples that are late together: the packets of a device, each told by the stamp of its last sample."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from groundup.clock.delay_model import few, noise_of, resolution
from groundup.clock.smoother import Floats
from groundup_ext import _median

HARDLY_LATE = 0.15
"""Of an interval: where stamps are late by less, every single loss shows."""
BLURRED = 0.5
"""Of an interval: where they are late by more, runs of late packets may look like losses."""
_BURST = 0.3  # of an interval: stamps that follow each other faster are of one packet, and its last is the least late
_EVEN = 0.02  # of an interval: stamps that follow each other as exactly are deduced from one
_OFTEN_EVEN = 0.3  # of the stamps follow each other so, where packets are deduced
_WHOLE = 0.95  # of the packets are of the usual size, or several of these, where the device sends no other
_LONGEST = 256  # stamps that are taken as one
_MANY = 16
_STRETCH_PACKETS = 200.0  # over which the mean interval is hardly wrong by lateness, and seldom by an outage
_MOST_LOST = 0.3  # of the samples, outages apart: with more, lateness and losses cannot be told apart
_CLOSE = 2e-3
_FALL, _FALL_S = 10.0, 2e-3  # in units of noise, and in s, by which stamps are earlier after the clock was set back
_NEIGHBOURS = 20  # packets before and after


@dataclass(frozen=True)
class Packets:
    """Samples that are late together, and the stamp of the last of each.

    Attributes
    ----------
    begin, last : ndarray of int, shape (K,)
        First and last sample of each.
    stamp : ndarray, shape (K,)
        Of the last sample, in s since the very first.
    even : float
        How far the stamps within a packet are apart, in s; 0 where they bear one.
    resolution : float
        Of the stamps, in s; 0 if they are fine.
    """

    begin: NDArray[np.int64]
    last: NDArray[np.int64]
    stamp: Floats
    even: float
    resolution: float

    @staticmethod
    def of(stamps: Floats, interval: float) -> "Packets":
        """Those of a piece of a stream, shape (N,), whose interval is roughly this."""
        apart = np.diff(stamps)
        near = apart[(apart > 0.5 * interval) & (apart < 1.5 * interval)]
        even = _median.median(few(near)) if len(near) else interval
        burst = apart < _BURST * interval
        alike = np.abs(apart - even) < _EVEN * interval
        edge = ~(burst | alike)
        starts = np.append(0, np.flatnonzero(edge) + 1)
        if len(starts) < len(stamps):
            place = np.arange(len(stamps)) - np.repeat(starts, np.diff(np.append(starts, len(stamps))))
            # Runs that are no packets of the device are cut, so that many stamps tell, even of few exact ones.
            longest = _LONGEST if len(starts) >= _MANY else int(np.clip(len(stamps) // (2 * _MANY), 1, _LONGEST))
            edge |= (place[1:] % longest == 0) & ~burst
        last = np.append(np.flatnonzero(edge), len(stamps) - 1)
        often = float(np.mean(alike)) > _OFTEN_EVEN
        since = stamps[last] - stamps[0]
        return Packets(np.append(0, last[:-1] + 1), last, since, even if often else 0.0, resolution(since, last))

    def first(self, count: int) -> "Packets":
        """The first so many of them."""
        return Packets(self.begin[:count], self.last[:count], self.stamp[:count], self.even, self.resolution)

    @cached_property
    def size(self) -> float:
        """Samples in each, in the mean."""
        return float(self.last[-1] + 1) / len(self.last)

    @property
    def mean_interval(self) -> float:
        """Between samples from the first packet to the last, in s."""
        return float(self.stamp[-1] - self.stamp[0]) / max(int(self.last[-1] - self.last[0]), 1)

    @cached_property
    def usual(self) -> int:
        """Samples that the device sends at a time, or 0 if that is not seen: some packets are late as one."""
        sizes = np.diff(np.append(-1, self.last))
        size = int(np.bincount(sizes).argmax())
        is_constant = len(sizes) > 4 * _MANY and size < _LONGEST  # not what runs were cut into
        return size if is_constant and float(np.mean(sizes % size == 0)) > _WHOLE else 0

    def rest(self, interval: float) -> Floats:
        """Stamps less even sampling."""
        rest = self.stamp - self.last * interval
        return np.asarray(rest - np.median(rest[:3]))

    @cached_property
    def possible(self) -> tuple[float, float]:
        """Bounds of the sampling interval, in s; of one packet, none are known."""
        if len(self.last) < 2:
            return 0.0, np.inf
        far = max(1, min(len(self.last) // 8, round(_STRETCH_PACKETS)))
        stretches = (self.stamp[far:] - self.stamp[:-far]) / (self.last[far:] - self.last[:-far])
        usual = _median.median(few(stretches))
        least = (1.0 - _MOST_LOST) * usual
        return min(least, 0.99 * self.even) if self.even > 0.0 else least, 1.01 * usual

    def refined(self, interval: float) -> float:
        """An interval near this one of which stamps that are hardly late lie whole numbers apart."""
        for lag in (1, 4, 16, 64):
            if 4 * lag > len(self.stamp):
                break
            far = few(self.stamp[lag:] - self.stamp[:-lag])
            times = np.maximum(np.round(far / interval), 1.0)
            off = far - times * interval
            if _median.median(np.abs(off)) > HARDLY_LATE * interval:
                break
            interval += _median.median(off / times)
        return interval

    @cached_property
    def _neighbours(self) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
        """How far some stamps are from the one before, in s and in samples, and the smaller packet of both."""
        sizes = np.diff(np.append(-1, self.last))
        smaller = np.minimum(sizes[1:], sizes[:-1])
        return few(np.diff(self.stamp)), few(sizes[1:]), few(smaller)

    def noise(self, interval: float) -> float:
        """Spread of how late they are, in s."""
        apart, samples, weight = self._neighbours
        return noise_of(apart - samples * interval, weight, interval, self.resolution)

    def fit(self, interval: float) -> bool:
        """Whether they are hardly late where the interval is this one."""
        shortest, longest = self.possible
        close = abs(self.refined(interval) / interval - 1.0) < _CLOSE
        return shortest < interval < longest and close and self.noise(interval) < HARDLY_LATE * interval

    def back(self) -> bool:
        """Whether any is stamped earlier than the one before."""
        return bool(np.any(np.diff(self.stamp) < -_FALL_S))

    def falls(self, interval: float) -> list[int]:
        """Samples from which on all stamps are earlier than any before: the clock was set back."""
        rest = self.rest(interval)
        limit = max(0.6 * interval, _FALL * self.noise(interval), _FALL_S)
        found: list[int] = []
        for place in (np.flatnonzero((np.diff(rest) < -limit) & (np.diff(self.stamp) < -_FALL_S)) + 1).tolist():
            before, after = rest[max(0, place - _NEIGHBOURS) : place], rest[place : place + _NEIGHBOURS]
            if len(after) >= 2 and float(after.max()) < float(before.min()) - limit:
                found.append(int(self.begin[place]))
        return found
