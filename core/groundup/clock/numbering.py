"""Which sample is which: how many were lost before each, told from late stamps.

A sample's stamp is the moment it was taken plus a delay that is never negative (the driver, the operating system). Lost
samples leave a step in the stamps that stays; a late packet leaves one that goes away. So the earliest stamps tell: the
lower envelope of what is left of the stamps when even sampling is taken off goes up by whole intervals where samples
were lost, and nowhere else.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d

from groundup.clock.sampling_rate import RATE_CHANGE, Unstraightenable, rate_changes, sampling_interval
from groundup.clock.smoother import Floats

_LOOK_S = 0.25  # how far to look on each side of a step, to tell a loss from a late packet
_LOOK_MOST_S = 4.0
_LATE_SAMPLES = 30.0  # so many times the square of jitter over interval have one that is on time to a tenth of it
_PASSES = 12
_ROUNDS = 3
_RECOUNTS = 20
_FAR = 6.0
_COMPARE_S = 5.0  # stretches whose means are compared across a gap
_COUNT_MOST_S = 30.0  # after a longer gap the samples are not counted on: the clock of the sampling may have restarted
_RESTART_S = 0.2  # a device that restarts needs longer


@dataclass(frozen=True)
class Numbered:
    """Samples with their place in even sampling.

    Attributes
    ----------
    elapsed : ndarray, shape (N,)
        Seconds of even sampling since the first sample, the lost ones counted in.
    intervals : tuple of (int, float)
        Sampling interval in s, and the sample from which on it holds.
    gaps : tuple of (int, int)
        Index of the first sample after each gap, and how many were lost there.
    restarts : tuple of int
        Where the sampling began anew: not a whole number of intervals after what was before.
    """

    elapsed: Floats
    intervals: tuple[tuple[int, float], ...]
    gaps: tuple[tuple[int, int], ...]
    restarts: tuple[int, ...]


def number(stamps: Floats, rate: float) -> Numbered:
    """Count the samples, lost ones included.

    Parameters
    ----------
    stamps : ndarray, shape (N,)
        N >= 2, finite.
    rate : float
        Nominal rate in Hz; not believed where the stamps say otherwise.

    Raises
    ------
    Unstraightenable
        If the stamps are not those of a regular stream.
    """
    edges = [0, *_changes(stamps, rate), len(stamps)]
    elapsed = np.empty(len(stamps))
    intervals: list[tuple[int, float]] = []
    gaps: list[tuple[int, int]] = []
    restarts: list[int] = []
    begin = 0.0
    for a, b in pairwise(edges):
        part = stamps[a:b]
        interval, jitter = sampling_interval(part, rate)
        interval, steps = _steps(part, interval, jitter)
        mine = np.arange(b - a, dtype=np.float64)
        for index, lost, restarted in steps:
            mine[index:] += lost
            gaps.append((a + index, max(1, round(lost))))
            if restarted:
                restarts.append(a + index)
        elapsed[a:b] = begin + mine * interval
        intervals.append((a, interval))
        if b < len(stamps):
            restarts.append(b)
            begin = float(elapsed[b - 1]) + max(float(stamps[b] - stamps[b - 1]), 0.0)
    return Numbered(elapsed, tuple(intervals), tuple(gaps), tuple(sorted(set(restarts))))


def _changes(stamps: Floats, rate: float) -> list[int]:
    """Where the sampling rate changes for good; losses that come close together only look so."""
    edges = [*rate_changes(stamps, rate), len(stamps)]
    changes = [0]
    for edge, end in pairwise(edges):
        before, _ = sampling_interval(stamps[changes[-1] : edge], rate)
        after, _ = sampling_interval(stamps[edge:end], rate)
        if abs(after / before - 1.0) > RATE_CHANGE / 2.0:
            changes.append(edge)
    return changes[1:]


def _steps(stamps: Floats, interval: float, jitter: float) -> tuple[float, list[tuple[int, float, bool]]]:
    """Interval; and index, samples lost, and whether the sampling restarted, of each gap."""
    differences = np.diff(stamps)
    if differences.max() < 1.4 * interval and differences.min() > 0.6 * interval:
        return interval, []
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
        spreads.append(float(np.median(np.abs(change - np.median(change)))))
    return spreads[0] > 2.5 * interval and spreads[1] > 1.5 * spreads[0]


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
    spread = 1.48 * float(np.median(np.abs(late)))
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
    apart = np.abs(differences - np.median(differences)) > 0.02 * min(interval, max(jitter, 1e-6))
    return 1.0 / max(float(np.mean(apart)), 1e-3)


def _rises(rest: Floats, interval: float, window: int, differences: Floats) -> list[tuple[int, int]]:
    """Where the lower envelope goes up for good, and by how many samples."""
    ahead = minimum_filter1d(rest, window, origin=-(window // 2), mode="nearest")  # of [k, k + window)
    behind = np.concatenate([rest[:1], minimum_filter1d(rest, window, origin=(window - 1) // 2, mode="nearest")[:-1]])
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


def _weighed(
    level: Floats, interval: float, gaps: NDArray[np.int64], lost: Floats, packet: float
) -> list[tuple[int, float, bool]]:
    """The counts checked against the middle of many stamps on both sides: sharper than the earliest alone."""
    if len(gaps) == 0:
        return []
    look = max(16, round(_COMPARE_S / interval))
    # Over seconds first; then over less, as far as so few stamps can tell, for a count that is off here and back there.
    spread = 1.48 * float(np.median(np.abs(level - np.median(level))))
    for few in (look, look // 5, look // 20, look):
        if few == look or (few >= 16 and 4.0 * spread * np.sqrt(2.0 * packet / few) < 0.5 * interval):
            level, lost = _recounted(level, interval, gaps, lost, few)
            spread = min(spread, 1.48 * float(np.median(np.abs(level - np.median(level)))))
    lost = _together(lost, gaps, round(8.0 * packet) if spread > 0.2 * interval else 0)
    steps: list[tuple[int, float, bool]] = []
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
            steps.append((index, total, restarted))
    return steps


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
    spread = 1.48 * float(np.median(np.abs(level - np.median(level))))
    lost, level = lost.copy(), level.copy()
    starts, stops = np.maximum(gaps - look, 0), np.minimum(gaps + look, len(level))
    for _ in range(_RECOUNTS):
        middle = float(np.median(level))
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
        spread = min(spread, 1.48 * float(np.median(np.abs(level - np.median(level)))))
    return level, lost


def _middle(values: Floats) -> tuple[float, float]:
    """Median and its standard error, from eight parts of the stretch: samples of one packet are late together."""
    if len(values) < 16:
        return float(np.median(values)), float("inf")
    parts = np.median(values[: len(values) // 8 * 8].reshape(8, -1), axis=1)
    return float(np.median(values)), 1.5 * float(np.std(parts)) / np.sqrt(8.0) + 1e-9
