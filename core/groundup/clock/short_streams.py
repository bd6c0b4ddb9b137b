"""Few samples: an even line at the stated rate, as sure as they are even, because they tell no more.

A device whose stamps are late and a program that samples when it stamps look alike in a few dozen samples, and lateness
that lasts for a second bends all of a stream that is shorter. So the stated rate is believed unless the stamps clearly
have another, nothing is counted as lost but what clearly is, and times may be off by as far as the stamps lie apart.
"""

from itertools import pairwise

import numpy as np

from groundup.clock.bursts import Packets
from groundup.clock.losses import evident
from groundup.clock.sample_counting import CountedSamples, Elapsed, count_samples
from groundup.clock.sampling_rate import IrregularTimestampsError
from groundup.clock.smoother import Curve, Floats, smooth
from groundup.clock.stamps import Stamps

FEWEST = 64
"""Packets that tell how late they are, whether for long, and who paces them."""
_LONGEST = 32  # samples in a packet; more that are even are stamps of their own
_BURST, _EVEN = 0.3, 1e-3  # of an interval: stamps that follow each other faster, or as exactly, are of one packet
_FASTER, _SLOWER = 0.5, 2.0  # a rate that differs by more is a queue that empties, or anything
_HALF = 0.5  # of the packets
_CLEARLY = 0.1  # of how far stamps lie apart at the stated rate, at another one that is believed
_SMALL_SAMPLE = 6.0
_HOLE, _HOLE_S = 5.0, 1.0  # lateness, or s
_NEIGHBOURS, _WHOLE = 5, 5e-3  # packets before and after a shorter hole, unless it is whole intervals to this part
_SEARCHED = 16  # samples
_CLEARLY_EVEN, _OFTEN = 0.5, 3  # of an interval; samples for each loss
_EVIDENT = 3.5  # logarithm of how much less likely pauses are whole
_SIGMA_S = 1e-9
_CRYSTAL = 2e-4  # by which it runs faster or slower
_GOES_ON = 0.7  # of an interval between samples behind one; less is a queue that empties
_LEAST_HZ, _MOST_HZ, _LONGEST_S = 1e-3, 1e7, 1e7


def is_short(stamps: Stamps, rate: float) -> bool:
    """Whether the stamps of a regular stream are too few to tell how late they are.

    Parameters
    ----------
    stamps : Stamps, shape (N,)
        Finite.
    rate : float
        Nominal, in Hz.
    """
    if len(stamps) >= FEWEST * _LONGEST:
        return False
    some = stamps[:]
    if evident(some) is not None or not _LEAST_HZ <= rate <= _MOST_HZ or float(np.ptp(some)) > _LONGEST_S:
        return False  # a rate, or a time, that no device has is no guide to anything
    return _packets(some, 1.0 / rate) <= FEWEST


def _packets(stamps: Floats, interval: float) -> int:
    """How many samples, or packets of some, bear a stamp of their own."""
    steps = np.diff(stamps) / interval
    own = steps >= _BURST
    counted_back = np.abs(steps - np.median(steps)) < _EVEN if len(steps) else np.empty(0, bool)
    edges = np.flatnonzero(own & ~counted_back) + 1
    sizes = np.diff(edges, prepend=0)
    usual = int(np.bincount(sizes).argmax()) if len(sizes) else 0
    # Stamps that are even but for a few late ones, or losses, are not counted back: no packets are of one size.
    packets = usual > 1 and float(np.mean(sizes % usual == 0)) > _HALF
    return (len(edges) if packets or not len(edges) else int(np.count_nonzero(own))) + 1


def interval_of(stamps: Floats, rate: float) -> tuple[float, float]:
    """Sampling interval of a few samples, and how far they may be off even sampling by it, in s.

    Parameters
    ----------
    stamps : ndarray, shape (N,)
    rate : float
        Nominal, in Hz: believed unless another fits far better.
    """
    count = len(stamps)
    number = np.arange(count)
    stated = float(np.ptp(stamps - number / rate)) if count else 0.0
    if count <= 3:
        return 1.0 / rate, stated
    other = float(np.polyfit(number, stamps - stamps[0], 1)[0])
    off = float(np.ptp(stamps - number * other)) * (1.0 + _SMALL_SAMPLE / (count - 2))
    believed = _FASTER < other * rate < _SLOWER and off < _CLEARLY * stated
    return (other, off) if believed else (1.0 / rate, stated)


def count_short(stamps: Stamps, rate: float) -> CountedSamples:
    """Count a few samples: what is missing is what clearly is, by whole intervals or for long, and nothing else.

    Parameters
    ----------
    stamps : Stamps, shape (N,)
        N >= 2, finite.
    rate : float
        Nominal, in Hz.

    Raises
    ------
    IrregularTimestampsError
        If the stamps do not go forward.
    """
    some = stamps[:]
    try:
        searched = count_samples(stamps, rate) if len(some) >= _SEARCHED else None
    except IrregularTimestampsError:
        searched = None
    return searched if searched is not None and _whole(some, searched) else _outages(some, rate)


def _whole(some: Floats, found: CountedSamples) -> bool:
    """Whether what is said to be lost makes all stamps even, by so nearly whole intervals that no pause would."""
    interval, lost = found.intervals[0][1], found.gaps[:, 1]
    if len(found.intervals) > 1 or not len(lost) or _OFTEN * len(lost) > len(some):
        return False
    rest = some - found.elapsed.between(0, len(some))
    edges = pairwise([0, *found.restarts, len(some)])
    apart = max(float(np.ptp(rest[a:b])) for a, b in edges)
    size = Packets.of(some, interval).usual
    unit = size if size > 1 and not np.any(lost % size) else 1
    evidence = len(lost) * float(np.log(unit * interval / max(2.0 * apart, _SIGMA_S)))
    return apart < _CLEARLY_EVEN * interval and evidence > _EVIDENT


def _outages(stamps: Floats, rate: float) -> CountedSamples:
    """Samples with none missing but in whole outages."""
    if stamps[-1] <= stamps[0]:
        raise IrregularTimestampsError("its stamps stand still, or run backwards")
    holes = _holes(stamps, 1.0 / rate, 0)
    parts = list(pairwise([0, *holes, len(stamps)]))
    a, b = max(parts, key=lambda part: part[1] - part[0])
    interval = interval_of(stamps[a:b], rate)[0]
    lost = np.array([max((stamps[k] - stamps[k - 1]) / interval - 1.0, 1.0) for k in holes])
    first = np.array([0, *holes], np.int64)
    elapsed = Elapsed(first, np.zeros(len(first)), np.append(0.0, np.cumsum(lost)), np.full(len(first), interval))
    gaps = np.column_stack([first[1:], np.round(lost).astype(np.int64)])
    return CountedSamples(elapsed, ((0, interval),), gaps, tuple(holes))


def _holes(stamps: Floats, interval: float, start: int) -> list[int]:
    """Samples before which some are missing for longer than any is late."""
    if len(stamps) < 2:
        return []
    k = int(np.argmax(np.diff(stamps))) + 1
    before, after = stamps[:k], stamps[k:]
    hole = float(stamps[k] - stamps[k - 1]) - interval
    late = max(float(np.ptp(part - np.arange(len(part)) * interval)) for part in (before, after))
    # A few packets do not show how late others may be; but lateness is seldom a whole number of intervals.
    few = min(_packets(part, interval) for part in (before, after)) < _NEIGHBOURS
    whole = abs(hole / interval - round(hole / interval)) < _WHOLE
    queue = len(after) > 1 and float(np.median(np.diff(after[:_NEIGHBOURS]))) < _GOES_ON * interval
    unsure = few and hole < _HOLE_S and not whole
    if hole < interval / 2.0 or hole < _HOLE * late or queue or unsure:
        return []
    return [*_holes(before, interval, start), start + k, *_holes(after, interval, start + k)]


def line(time: Floats, rest: Floats, seed: int) -> Curve:
    """An even line through the middle of a few samples.

    Parameters
    ----------
    time, rest : ndarray, shape (N,)
        Seconds of even sampling, and stamps less these.
    seed : int
        Of the draws from what is not known: a crystal is not quite even with the clock beside it.
    """
    middle = np.array([(time[0] + time[-1]) / 2.0]), np.array([float(np.median(rest))])
    return smooth(*middle, np.full(1, _SIGMA_S), slope=0.0, slope_sd=_CRYSTAL, seed=seed)
