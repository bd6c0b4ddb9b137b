"""Which sample is which: the samples counted, lost ones included, whatever the length of the stream.

A stream that is too long to be held is counted in pieces that overlap, each by itself (`losses`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from groundup.clock.bursts import Packets
from groundup.clock.losses import Found, Losses, likely_interval, losses, steady
from groundup.clock.sampling_rate import RATE_CHANGE, IrregularTimestampsError, rate_changes, sampling_interval
from groundup.clock.smoother import Floats
from groundup.clock.stamps import PIECE, Stamps

_OVERLAP_S = 12.0  # what decides about a loss lies within less on both sides of it
_OVERLAP_SAMPLES = 512
_NEIGHBOURS = 1 << 16  # samples on each side of a change of rate that are looked at


@dataclass(frozen=True)
class Elapsed:
    """Seconds of even sampling, of any sample: straight lines, one between each loss and the next.

    Attributes
    ----------
    first : ndarray of int, shape (K,)
        Sample from which each line holds; the first is 0.
    begin, lost, interval : ndarray, shape (K,)
        Sample k of a line has ``begin + (k + lost) * interval``, in s.
    """

    first: NDArray[np.int64]
    begin: Floats
    lost: Floats
    interval: Floats

    @staticmethod
    def joined(parts: Sequence["Elapsed"]) -> "Elapsed":
        """That of some pieces, in order."""
        columns = zip(*((part.first, part.begin, part.lost, part.interval) for part in parts), strict=True)
        return Elapsed(*(np.concatenate(column) for column in columns))

    def of(self, index: NDArray[np.int64]) -> Floats:
        """Of these samples, shape (n,)."""
        line = np.searchsorted(self.first, index, "right") - 1
        return np.asarray(self.begin[line] + (index + self.lost[line]) * self.interval[line])

    def at(self, index: int) -> float:
        """Of one sample."""
        return float(self.of(np.array([index]))[0])

    def interval_at(self, index: int) -> float:
        """Sampling interval of one sample, in s."""
        return float(self.interval[np.searchsorted(self.first, index, "right") - 1])

    def between(self, start: int, stop: int) -> Floats:
        """Of the samples from `start` to `stop`, shape (stop - start,)."""
        a, b = (int(np.searchsorted(self.first, k, "right")) - 1 for k in (start, stop - 1))
        if np.any(self.begin[a : b + 1] != self.begin[a]):  # the rate changes
            return self.of(np.arange(start, stop))
        place = np.arange(start, stop, dtype=np.float64)
        place += np.repeat(self.lost[a : b + 1], np.diff([start, *self.first[a + 1 : b + 1], stop]))
        place *= self.interval[a]
        return np.asarray(place + self.begin[a])


@dataclass(frozen=True)
class CountedSamples:
    """Samples with their place in even sampling.

    Attributes
    ----------
    elapsed : Elapsed
        Seconds of even sampling since the first sample, the lost ones counted in.
    intervals : tuple of (int, float)
        Sampling interval in s, and the sample from which on it holds.
    gaps : ndarray of int, shape (L, 2)
        Index of the first sample after each gap, and how many were lost there.
    restarts : tuple of int
        Where the sampling began anew: not a whole number of intervals after what was before.
    hidden_losses : bool
        Whether lateness that lasts would hide losses of some samples.
    """

    elapsed: Elapsed
    intervals: tuple[tuple[int, float], ...]
    gaps: NDArray[np.int64]
    restarts: tuple[int, ...]
    hidden_losses: bool = False


def count_samples(stamps: Stamps, rate: float, *, lossless: bool = False) -> CountedSamples:
    """Count the samples, lost ones included.

    Parameters
    ----------
    stamps : Stamps, shape (N,)
        N >= 2, finite.
    rate : float
        Nominal rate in Hz; not believed where the stamps say otherwise.
    lossless : bool
        Whether nothing is taken for lost.

    Raises
    ------
    IrregularTimestampsError
        If the stamps are not those of a regular stream.
    """
    if lossless:
        mean = (stamps.at(-1) - stamps.at(0)) / max(len(stamps) - 1, 1)
        even = Elapsed(np.zeros(1, np.int64), np.zeros(1), np.zeros(1), np.full(1, mean))
        return CountedSamples(even, ((0, mean),), np.empty((0, 2), np.int64), ())
    edges = [0, *_changes(stamps, rate), len(stamps)]
    lines: list[Elapsed] = []
    intervals: list[tuple[int, float]] = []
    losses: list[Losses] = []
    restarts: list[int] = []
    begin, hidden_losses = 0.0, False
    for a, b in pairwise(edges):
        part = stamps.part(a, b)
        interval, found, hidden = _losses(part, sampling_interval(part, rate)[0], rate)
        hidden_losses = hidden_losses or hidden
        intervals.append((a, interval))
        losses.append(found.later(a))
        lost = np.append(0.0, np.cumsum(found.lost))
        first = np.append(a, losses[-1].index)
        lines.append(Elapsed(first, np.full(len(first), begin), lost - a, np.full(len(first), interval)))
        if b < len(stamps):
            restarts.append(b)
            begin += (b - 1 - a + float(lost[-1])) * interval + max(stamps.at(b) - stamps.at(b - 1), 0.0)
    every = Losses.joined(losses)
    restarts += every.index[every.restarted].tolist()
    gaps = np.column_stack([every.index, np.maximum(np.round(every.lost), 1.0).astype(np.int64)])
    gaps = gaps[gaps[:, 0] > 0]  # what was before the first, nobody knows
    return CountedSamples(Elapsed.joined(lines), tuple(intervals), gaps, tuple(sorted(set(restarts))), hidden_losses)


def _changes(stamps: Stamps, rate: float) -> list[int]:
    """Where the sampling rate changes for good; losses that come close together only look so."""
    edges = [*rate_changes(stamps, rate), len(stamps)]
    changes = [0]
    after = 1.0 / rate
    for edge, end in pairwise(edges):
        before = _interval(stamps.part(max(changes[-1], edge - _NEIGHBOURS), edge), rate, after)
        after = _interval(stamps.part(edge, min(edge + _NEIGHBOURS, end)), rate, before)
        if abs(after / before - 1.0) > RATE_CHANGE / 2.0:
            changes.append(edge)
    return changes[1:]


def _interval(stamps: Stamps, rate: float, perhaps: float) -> float:
    """Interval of some samples; `perhaps` if the stamps fit it well."""
    some = stamps[:]
    if len(some) > 1 and Packets.of(some, perhaps).fit(perhaps):
        return perhaps
    return likely_interval(some, sampling_interval(stamps, rate)[0], rate)


def _losses(stamps: Stamps, interval: float, rate: float) -> tuple[float, Losses, bool]:
    """Interval and losses of a stream of any length, and whether lateness hides some."""
    if all(steady(values, interval) for _, values in stamps.pieces(overlap=1)):
        return interval, Losses.none(), False
    if len(stamps) <= 2 * PIECE:
        all_of_it = losses(stamps[:], interval, rate)
        return all_of_it.interval, all_of_it.losses, all_of_it.hidden_losses
    overlap = max(_OVERLAP_SAMPLES, round(_OVERLAP_S / interval))
    size = max(PIECE, 8 * overlap)
    found: list[Losses] = []
    local = Found(interval, Losses.none())
    total, at_random, edge, hidden_losses = 0.0, 0, 0, False
    while edge < len(stamps):
        a, b = max(0, edge - overlap), edge + size + overlap
        b = b if b + size // 2 < len(stamps) else len(stamps)
        try:
            local = losses(stamps[a:b], interval, rate, local.taught)
        except IrregularTimestampsError:
            local = Found(interval, Losses.none())
            at_random += b - a
        hidden_losses = hidden_losses or local.hidden_losses
        mine = local.losses.later(a)
        following = b if b == len(stamps) else _quiet(mine, b - 2 * overlap, b - overlap // 2)
        found.append(mine.between(edge, following))
        total += local.interval * (following - edge)
        edge = following
    if 2 * at_random > len(stamps):
        raise IrregularTimestampsError("its samples come at no steady rate")
    return total / len(stamps), Losses.joined(found), hidden_losses


def _quiet(losses: Losses, start: int, stop: int) -> int:
    """The sample between `start` and `stop` that lies farthest from a loss: both pieces then agree about each."""
    edges = np.concatenate([[start], losses.between(start + 1, stop).index, [stop]])
    longest = int(np.argmax(np.diff(edges)))
    return int(edges[longest] + edges[longest + 1]) // 2
