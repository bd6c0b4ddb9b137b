"""Where samples were lost and how many, told from late stamps.

A sample's stamp is the moment it was taken plus a delay that is never negative (the driver, the operating system). Lost
samples leave a step in the stamps that stays; a late packet leaves one that goes away. So the earliest stamps tell: the
lower envelope of what is left of the stamps when even sampling is taken off goes up by whole intervals where samples
were lost, and nowhere else.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from groundup.clock.sampling_rate import Unstraightenable
from groundup.clock.smoother import Floats
from groundup_ext import _sliding

_LOOK_S = 0.25  # how far to look on each side of a step, to tell a loss from a late packet
_LOOK_MOST_S = 4.0
_LATE_SAMPLES = 30.0  # so many times the square of jitter over interval have one that is on time to a tenth of it
_PASSES = 12
_ROUNDS = 3
_RECOUNTS = 20
_FAR = 6.0
_COMPARE_S = 5.0  # stretches whose means are compared across a gap
_COUNT_MOST_S = 30.0  # after a longer gap the samples are not counted on: the clock of the sampling may have restarted
_ENOUGH = 20_000  # values for a median
_RESTART_S = 0.2  # a device that restarts needs longer


@dataclass(frozen=True)
class Loss:
    """Samples that were lost in one place.

    Attributes
    ----------
    index : int
        The first sample after them.
    lost : float
        How many; a whole number unless the sampling began anew.
    restarted : bool
        Whether it did: not a whole number of intervals after what was before.
    """

    index: int
    lost: float
    restarted: bool


def steady(stamps: Floats, interval: float) -> bool:
    """Whether the stamps follow each other so evenly that none can be missing."""
    if len(stamps) < 2:
        return True
    differences = np.diff(stamps)
    return bool(differences.max() < 1.4 * interval and differences.min() > 0.6 * interval)


def losses(stamps: Floats, interval: float, jitter: float) -> tuple[float, list[Loss]]:
    """Find the losses in a piece of a stream.

    Parameters
    ----------
    stamps : ndarray, shape (N,)
        N >= 2, finite.
    interval : float
        Sampling interval, roughly, in s.
    jitter : float
        How much the lateness of the stamps differs, in s.

    Returns
    -------
    interval : float
        As the stretches between the losses tell it.
    found : list of Loss

    Raises
    ------
    Unstraightenable
        If the samples come at random.
    """
    if steady(stamps, interval):
        return interval, []
    differences = np.diff(stamps)
    for _ in range(_ROUNDS):
        level, lost = _levelled(stamps, differences, interval, jitter)
        slope = _slope(level, lost)
        interval += slope
        if abs(slope) * _COMPARE_S < 0.1 * interval**2:
            break
    level -= slope * np.arange(len(level))
    gaps = np.flatnonzero(lost)
    if _at_random(level, interval):
        raise Unstraightenable("its samples come at no steady rate")
    return interval, _weighed(level, interval, gaps, lost, _packet(differences, interval, jitter))


def _at_random(level: Floats, interval: float) -> bool:
    """Whether lateness piles up, as it does for events: a late sample of a device does not make the next one late."""
    spreads = []
    for lag in (64, 256):
        if 4 * lag > len(level):
            return False
        change = level[lag:] - level[:-lag]
        spreads.append(_spread(change)[1])
    return spreads[0] > 3.7 * interval and spreads[1] > 1.5 * spreads[0]


def _levelled(stamps: Floats, differences: Floats, interval: float, jitter: float) -> tuple[Floats, Floats]:
    """What is left of the stamps without even sampling and losses, and how many were lost before each."""
    rest = stamps - stamps[0] - np.arange(len(stamps)) * interval
    window = _window(differences, interval, jitter)
    lost = np.zeros(len(rest))
    for _ in range(_PASSES):  # of losses close to each other, each pass finds the first
        found = _rises(rest, interval, window, differences)
        if not found:
            break
        steps = np.zeros(len(rest))
        for index, count in found:
            steps[index] += count
        rest -= np.cumsum(steps) * interval
        lost += steps
    return rest, lost


def _slope(level: Floats, lost: Floats) -> float:
    """Common slope of the stretches between losses, a sample: the losses themselves do not count, right or wrong."""
    starts = np.unique(np.append(0, np.flatnonzero(lost)))
    lengths = np.diff(np.append(starts, len(level)))
    place = np.arange(len(level)) - np.repeat(starts + (lengths - 1) / 2.0, lengths)
    middle = np.repeat(np.add.reduceat(level, starts) / lengths, lengths)
    late = level - middle
    spread = _spread(late)[1]
    late = np.clip(late, -5.0 * spread, 5.0 * spread)
    return float(np.dot(place, late) / np.dot(place, place)) if len(starts) > 1 else 0.0


def _window(differences: Floats, interval: float, jitter: float) -> int:
    """How many samples to look at on each side: enough that some are hardly late.

    Of a packet whose stamps are deduced from one, all are late together, so that it counts as one.
    """
    packet = _packet(differences, interval, jitter)
    jumps = np.flatnonzero(differences > 1.5 * interval)
    bunch = (
        float(np.median(np.diff(jumps)))
        if len(jumps) > 2 and float(np.mean(differences < 0.1 * interval)) > 0.3
        else 0.0
    )
    late = max(_LATE_SAMPLES * (jitter / interval) ** 2, _LATE_SAMPLES / 2.0 if jitter > 0.1 * interval else 0.0)
    look = max(8.0, _LOOK_S / interval, late * packet, 4.0 * bunch)
    return int(min(look, max(8.0, _LOOK_MOST_S / interval), max(8, len(differences) // 4)))


def _packet(differences: Floats, interval: float, jitter: float) -> float:
    """How many samples are late together, usually."""
    apart = np.abs(differences - _spread(differences)[0]) > 0.02 * min(interval, max(jitter, 1e-6))
    return 1.0 / max(float(np.mean(apart)), 1e-3)


def _rises(rest: Floats, interval: float, window: int, differences: Floats) -> list[tuple[int, int]]:
    """Where the lower envelope goes up for good, and by how many samples."""
    ahead = _ahead(rest, window)
    behind = np.concatenate([rest[:1], _ahead(rest[::-1], window)[:0:-1]])  # of [k - window, k)
    high = np.concatenate([[False], (ahead - behind)[1:] > 0.6 * interval])
    begins = high & ~np.concatenate([[False], high[:-1]])
    begins[1:] |= high[1:] & (np.diff(ahead) > 0.6 * interval)
    found: list[tuple[int, int]] = []
    since = 0
    # At the ends, the few stamps that are left may all be late.
    begins[
        (ahead - behind < 2.6 * interval) & _at_ends(len(rest), window // 2 if window > _LOOK_S / interval else 0)
    ] = False
    close = _usually_late(rest, ahead, interval)
    for first, last in _groups(np.flatnonzero(begins), close):
        if first <= since:
            continue
        # What came before the last gap lies lower; what comes behind the next one lies higher and does not count.
        before = float(rest[max(since, first - window) : first].min())
        lost = round((float(ahead[last]) - before) / interval)
        if lost > window // 2:
            # Held up as a whole, and delivered together? Then the stamps come back after as many samples.
            lost = round((float(rest[last : last + 2 * lost + window].min()) - before) / interval)
        if lost >= 1:
            at = first + int(np.argmax(differences[first - 1 : last]))
            if found and at - since < close:  # too close to be told apart: one loss, where the stamps jump most
                at, lost = max((found[-1][1], since), (lost, at))[1], found.pop()[1] + lost
            found.append((at, lost))
            since = at
    return found


def _ahead(rest: Floats, window: int) -> Floats:
    """Lowest of [k, k + window)."""
    lowest = np.empty(len(rest))
    _sliding.minimum_ahead(np.ascontiguousarray(rest), window, lowest)
    return lowest


def _at_ends(count: int, some: int) -> NDArray[np.bool_]:
    place = np.arange(count)
    return np.asarray((place < some) | (place >= count - some))


def _usually_late(rest: Floats, ahead: Floats, interval: float) -> int:
    """How many samples in a row may all be so late that a loss seems to begin before it does."""
    share = float(np.mean(rest - ahead > 0.5 * interval))
    return 1 if share < 1e-3 else int(np.ceil(np.log(1e-4) / np.log(min(share, 0.9))))


def _groups(indices: NDArray[np.int64], close: int) -> list[tuple[int, int]]:
    """First and last of each run of indices that lie less than `close` apart."""
    if len(indices) == 0:
        return []
    edges = np.flatnonzero(np.diff(indices) >= close) + 1
    starts, stops = np.append(0, edges), np.append(edges, len(indices))
    return list(zip(indices[starts].tolist(), indices[stops - 1].tolist(), strict=True))


def _weighed(level: Floats, interval: float, gaps: NDArray[np.int64], lost: Floats, packet: float) -> list[Loss]:
    """The counts checked against the middle of many stamps on both sides: sharper than the earliest alone."""
    if len(gaps) == 0:
        return []
    look = max(16, round(_COMPARE_S / interval))
    # Over seconds first; then over less, as far as so few stamps can tell, for a count that is off here and back there.
    spread = _spread(level)[1]
    for few in (look, look // 5, look // 20, look):
        if few == look or (few >= 16 and 4.0 * spread * np.sqrt(2.0 * packet / few) < 0.5 * interval):
            level, lost = _recounted(level, interval, gaps, lost, few)
            spread = min(spread, _spread(level)[1])
    lost = _together(lost, gaps, round(8.0 * packet) if spread > 0.2 * interval else 0)
    found: list[Loss] = []
    for index in gaps.tolist():
        seconds, part = lost[index] * interval, 0.0
        restarted = seconds > _COUNT_MOST_S
        if seconds > _RESTART_S:
            before, noise_before = _middle(level[max(0, index - look) : index])
            after, noise_after = _middle(level[index : index + look])
            part = (after - before) / interval
            restarted |= abs(part) > 5.0 * float(np.hypot(noise_before, noise_after)) / interval + 0.05
        total = float(lost[index]) + (part if restarted else 0.0)
        if total > 0.5:
            found.append(Loss(index, total, restarted))
    return found


def _together(lost: Floats, gaps: NDArray[np.int64], close: int) -> Floats:
    """A sample or two found lost right beside a larger loss belong to it: late stamps blur where it was."""
    lost = lost.copy()
    for a, b in pairwise(gaps.tolist()):
        small, large = (a, b) if lost[a] < lost[b] else (b, a)
        if b - a < close and 0 < lost[small] <= 2 and lost[large] > 2:
            lost[large] += lost[small]
            lost[small] = 0.0
    return lost


def _recounted(
    level: Floats, interval: float, gaps: NDArray[np.int64], lost: Floats, look: int
) -> tuple[Floats, Floats]:
    """Counts that leave the level the same for seconds before and after: one that is off shows for good."""
    spread = _spread(level)[1]
    lost, level = lost.copy(), level.copy()
    starts, stops = np.maximum(gaps - look, 0), np.minimum(gaps + look, len(level))
    for _ in range(_RECOUNTS):
        middle = _spread(level)[0]
        total = np.append(0.0, np.cumsum(np.clip(level - middle, -_FAR * spread, _FAR * spread)))
        before = (total[gaps] - total[starts]) / np.maximum(gaps - starts, 1)
        after = (total[stops] - total[gaps]) / np.maximum(stops - gaps, 1)
        off = (after - before) / interval
        off[(gaps - starts < look // 8) | (stops - gaps < look // 8)] = 0.0
        change = np.zeros(len(level))
        for place in np.argsort(-np.abs(off)).tolist():
            if abs(off[place]) < 0.5:
                break
            # The worst of all whose stretches overlap; the others are looked at again without it.
            a, b = starts[place], stops[place]
            if not change[a:b].any():
                change[gaps[place]] = max(float(np.round(off[place])), -lost[gaps[place]])
        if not change.any():
            break
        lost += change
        level -= np.cumsum(change) * interval
        spread = min(spread, _spread(level)[1])
    return level, lost


def _middle(values: Floats) -> tuple[float, float]:
    """Median and its standard error, from eight parts of the stretch: samples of one packet are late together."""
    if len(values) < 16:
        return float(np.median(values)), float("inf")
    parts = np.median(values[: len(values) // 8 * 8].reshape(8, -1), axis=1)
    return float(np.median(values)), 1.5 * float(np.std(parts)) / np.sqrt(8.0) + 1e-9


def _spread(values: Floats) -> tuple[float, float]:
    """Median and standard deviation, by the median distance from it; of enough of the values."""
    some = values[:: max(1, len(values) // _ENOUGH) | 1]
    middle = float(np.median(some))
    return middle, 1.48 * float(np.median(np.abs(some - middle)))
