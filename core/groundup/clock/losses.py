"""Where samples were lost and how many, told from late stamps.

A stamp is late by a time that differs from one packet to the next; a loss moves all that follow by whole intervals, for
good. Which losses explain the stamps best is searched among all that are possible (`groundup_ext._losses`): first with
the phase of the sampling followed on the way, then against a smooth curve through all that was found, with what was
learnt of how late stamps are (`lateness`) and how many samples this device loses at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from groundup.clock.lateness import Lateness, assumed, independence, learnt, noise_of, resolution, trend
from groundup.clock.sampling_rate import Unstraightenable
from groundup.clock.smoother import Floats
from groundup_ext import _losses

_BURST = 0.3  # of an interval: stamps that follow each other faster are of one packet, and its last is the least late
_EVEN = 0.02  # of an interval: stamps that follow each other as exactly are deduced from one
_OFTEN_EVEN = 0.3  # of the stamps follow each other so, where packets are deduced
_LONGEST = 256  # stamps that are taken as one
_MANY = 16
_FEWEST = 8
_LOOKED_AT, _TRIED_ON = 4000, 20_000  # packets by which the interval is chosen, roughly and finely
_STRETCH_PACKETS = 200.0  # over which the mean interval is hardly wrong by lateness, and seldom by an outage
_SAME_INTERVAL = 1e-4  # as a share: the search finds as much by itself
_MOST_LOST = 0.3  # of the samples, outages apart: with more, lateness and losses cannot be told apart
_NOMINAL = 5e-4  # an interval so close to the stated one ...
_STATED = 30.0  # ... is so much likelier beforehand (in logarithms)
_WALK = 5e-7  # s/s per square root of a second, by which a crystal drifts
_ROUNDS = 4
_TUNINGS = 5
_BEGUN = 20.0  # what it costs that the sampling began anew, with a phase and a slope of its own
_NEVER = (1e9, 0, 0.0)
_INDEPENDENT = 0.8
_AS_STATED = 0.05
_BLURRED = 0.5  # of an interval: from here on, runs of late packets may look like losses
_OFTEN, _EVENTS = 0.03, 0.45  # events at random are explained by more losses a packet, and are less independent
_HARDLY_LATE = 0.15  # of an interval: then every single loss shows
_FALL, _FALL_S = 10.0, 2e-3  # in units of noise, and in s, by which stamps are earlier after the clock was set back
_BESIDE = 20  # packets before and after
_BEAM = 16.0
_SIZES, _LEAST = 20.0, 9.0  # losses are of so many sizes, and one of a size that is not usual costs no less
_SHOWN = 4.0
_RARELY = 5e-5  # losses of one size a sample, when nothing is known of them yet
_COMPARE_S = 5.0  # stretches whose stamps are compared across a gap
_COUNT_MOST_S = 30.0  # after a longer gap the samples are not counted on: the clock of the sampling may have restarted
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


def likely_interval(stamps: Floats, interval: float, rate: float) -> float:
    """Sampling interval of a piece of a stream, in s, where losses may make `interval` look longer."""
    return interval if steady(stamps, interval) else _chosen(_Packets.of(stamps, interval), interval, rate)


def steady(stamps: Floats, interval: float) -> bool:
    """Whether the stamps follow each other so evenly that none can be missing."""
    if len(stamps) < 2:
        return True
    differences = np.diff(stamps)
    return bool(differences.max() < 1.4 * interval and differences.min() > 0.6 * interval)


def losses(stamps: Floats, interval: float, rate: float) -> tuple[float, list[Loss]]:
    """Find the losses in a piece of a stream.

    Parameters
    ----------
    stamps : ndarray, shape (N,)
        N >= 2, finite.
    interval : float
        Sampling interval, roughly, in s.
    rate : float
        As the device states it, in Hz.

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
    packets = _Packets.of(stamps, interval)
    edges = [0, *packets.falls(_chosen(packets, interval, rate)), len(stamps)] if packets.back() else [0, len(stamps)]
    found: list[Loss] = []
    total = 0.0
    for a, b in pairwise(edges):
        mine, more = _found(packets if b - a == len(stamps) else _Packets.of(stamps[a:b], interval), interval, rate)
        found += [replace(loss, index=a + loss.index) for loss in more]
        total += mine * (b - a)
    return total / len(stamps), found


def _found(packets: "_Packets", interval: float, rate: float) -> tuple[float, list[Loss]]:
    """Interval and losses where the stamps never fall back for good."""
    if len(packets.last) < 2:
        return interval, []
    some = packets.first(_TRIED_ON)
    best = _tuned(some, _chosen(packets, interval, rate))
    if _at_random(some, best, rate):
        raise Unstraightenable("its samples come at no steady rate")
    best = _doubted(some, best)
    if len(packets.last) > _TRIED_ON:
        best = _explained(packets, best.interval, best, best.independent)
    return best.interval, _restarts(packets, best)


@dataclass(frozen=True)
class _Packets:
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
    def of(stamps: Floats, interval: float) -> "_Packets":
        apart = np.diff(stamps)
        near = apart[(apart > 0.5 * interval) & (apart < 1.5 * interval)]
        even = float(np.median(near)) if len(near) else interval
        burst = apart < _BURST * interval
        edge = ~(burst | (np.abs(apart - even) < _EVEN * interval))
        starts = np.append(0, np.flatnonzero(edge) + 1)
        place = np.arange(len(stamps)) - np.repeat(starts, np.diff(np.append(starts, len(stamps))))
        # Runs that are no packets of the device are cut, so that many stamps tell, even of few exact ones.
        longest = _LONGEST if len(starts) >= _MANY else int(np.clip(len(stamps) // (2 * _MANY), 1, _LONGEST))
        edge |= (place[1:] % longest == 0) & ~burst
        last = np.append(np.flatnonzero(edge), len(stamps) - 1)
        alike = float(np.mean(np.abs(apart - even) < _EVEN * interval)) > _OFTEN_EVEN
        return _Packets(
            np.append(0, last[:-1] + 1),
            last,
            stamps[last] - stamps[0],
            even if alike else 0.0,
            resolution(stamps[last], last),
        )

    def first(self, count: int) -> "_Packets":
        return _Packets(self.begin[:count], self.last[:count], self.stamp[:count], self.even, self.resolution)

    @property
    def size(self) -> float:
        """Samples in each, in the mean."""
        return float(self.last[-1] + 1) / len(self.last)

    def rest(self, interval: float) -> Floats:
        """Stamps less even sampling."""
        rest = self.stamp - self.last * interval
        return np.asarray(rest - np.median(rest[:3]))

    def possible(self) -> tuple[float, float]:
        """Bounds of the sampling interval, in s."""
        far = max(1, min(len(self.last) // 8, round(_STRETCH_PACKETS)))
        usual = float(np.median((self.stamp[far:] - self.stamp[:-far]) / (self.last[far:] - self.last[:-far])))
        least = (1.0 - _MOST_LOST) * usual
        return min(least, 0.99 * self.even) if self.even > 0.0 else least, 1.01 * usual

    def refined(self, interval: float) -> float:
        """An interval near this one of which stamps that are hardly late lie whole numbers apart."""
        for lag in (1, 4, 16, 64):
            if 4 * lag > len(self.stamp):
                break
            far = self.stamp[lag:] - self.stamp[:-lag]
            times = np.maximum(np.round(far / interval), 1.0)
            off = far - times * interval
            if float(np.median(np.abs(off))) > _HARDLY_LATE * interval:
                break
            interval += float(np.median(off / times))
        return interval

    def noise(self, interval: float) -> float:
        """Spread of how late they are, in s."""
        sizes = np.diff(np.append(-1, self.last))
        return noise_of(self.stamp - self.last * interval, sizes, interval, self.resolution)

    def back(self) -> bool:
        """Whether any is stamped earlier than the one before."""
        return bool(np.any(np.diff(self.stamp) < -_FALL_S))

    def falls(self, interval: float) -> list[int]:
        """Samples from which on all stamps are earlier than any before: the clock was set back."""
        rest = self.rest(interval)
        limit = max(0.6 * interval, _FALL * self.noise(interval), _FALL_S)
        found: list[int] = []
        for place in (np.flatnonzero((np.diff(rest) < -limit) & (np.diff(self.stamp) < -_FALL_S)) + 1).tolist():
            before, after = rest[max(0, place - _BESIDE) : place], rest[place : place + _BESIDE]
            if len(after) >= 2 and float(after.max()) < float(before.min()) - limit:
                found.append(int(self.begin[place]))
        return found


@dataclass(frozen=True)
class _Explanation:
    """Losses that explain the stamps, and what they taught.

    Attributes
    ----------
    score : float
        Logarithm of its likelihood.
    interval : float
        In s.
    place, count : list of int
        Packet before which samples were lost, and how many.
    level : ndarray, shape (K,)
        Stamps of the packets less even sampling and losses, in s.
    late : ndarray, shape (K,)
        The same less the smooth curve, in s.
    lateness : Lateness
    independent : float
        As how many stamps one counts, at most 1.
    cost, usual_cost : float
        Of a loss, and of one of `usual` samples.
    usual : int
    """

    score: float
    interval: float
    place: list[int]
    count: list[int]
    level: Floats
    late: Floats
    lateness: Lateness
    independent: float
    cost: float
    usual: int
    usual_cost: float


def _search(
    packets: _Packets, rest: Floats, interval: float, lateness: Lateness, costs: tuple[float, int, float], noise: float
) -> tuple[float, list[int], list[int], list[int]]:
    """The likeliest losses; with a noise, the phase is followed on the way."""
    step = np.diff(packets.last, prepend=packets.last[0]) * interval
    cost, usual, usual_cost = costs
    return _losses.likeliest(
        rest, step, interval, lateness.log, lateness.lowest, lateness.width, cost, usual, usual_cost, noise,
        _SAME_INTERVAL, _WALK, max(1, int(_RESTART_S / interval)), _BEAM,
    )  # fmt: skip


def _unknown(packets: _Packets, interval: float, noise: float) -> tuple[float, int, float]:
    """Costs of losses when none are known yet: where stamps are hardly late, each that is missing shows."""
    if noise < _HARDLY_LATE * interval:
        return _SHOWN, 0, 0.0
    return float(np.clip(-np.log(_RARELY * packets.size), 5.0, 10.0)), 0, 0.0


def _chosen(packets: _Packets, interval: float, rate: float) -> float:
    """The interval with which few losses explain the stamps best, of all that may be meant."""
    some = packets.first(_LOOKED_AT)
    apart = np.diff(some.stamp) / np.diff(some.last)
    shortest, longest = packets.possible()
    stretch = float(packets.stamp[-1] / max(packets.last[-1], 1))
    tried: dict[float, tuple[float, float]] = {}

    def attempt(candidate: float) -> None:
        if not shortest < candidate < longest or any(abs(candidate / t - 1.0) < _SAME_INTERVAL for t in tried):
            return
        noise = some.noise(candidate)
        score, place, *_ = _search(
            some, some.rest(candidate), candidate, assumed(noise), _unknown(some, candidate, noise), noise
        )
        score -= len(some.last) * np.log(noise)
        score += _STATED if abs(candidate * rate - 1.0) < _NOMINAL else 0.0
        tried[candidate] = score, len(place) / max(int(some.last[-1]), 1)

    for candidate in (interval, 1.0 / rate, stretch, longest / 1.01, float(np.median(apart)), packets.even):
        attempt(candidate)
        attempt(packets.refined(candidate) if candidate > 0.0 else candidate)
    for _ in range(_TUNINGS):
        best = max(tried, key=lambda t: tried[t][0])
        for times in (-2, -1, 1, 2):  # so many more samples in every loss look nearly the same
            attempt(best * (1.0 + times * tried[best][1]))
        if best == max(tried, key=lambda t: tried[t][0]):
            break
    return best


def _tuned(packets: _Packets, interval: float) -> _Explanation:
    """The best explanation, searched again with what was learnt, and with a sample more or less in every loss."""
    best = _explained(packets, interval, None)
    for _ in range(_TUNINGS):
        now, often = best, len(best.place) / max(int(packets.last[-1]), 1)
        for times in (0, -1, 1) if now.place else ():
            if not packets.possible()[0] < now.interval * (1.0 + times * often):
                continue
            other = _explained(packets, now.interval * (1.0 + times * often), now)
            best = other if other.score > best.score else best
        if best is now:
            break
    return best


def _doubted(packets: _Packets, best: _Explanation) -> _Explanation:
    """The same, or one with fewer losses where stamps are late together: then many say no more than a few."""
    independent = independence(best.late)
    if not best.place or independent > _INDEPENDENT or packets.noise(best.interval) < _BLURRED * best.interval:
        return best
    usual = sum(1 for count in best.count if count == best.usual)
    cost = usual * best.usual_cost + (len(best.count) - usual) * best.cost
    stretch = float(packets.stamp[-1] / max(packets.last[-1], 1))
    none = _explained(packets, stretch, None, lossless=True)
    if independent * (best.score + cost - none.score) < max(cost, _LEAST * len(best.count)):
        return none
    return _explained(packets, best.interval, best, independent)


def _explained(
    packets: _Packets, interval: float, known: _Explanation | None, independent: float = 1.0, *, lossless: bool = False
) -> _Explanation:
    """Losses searched for on the way first, then against the smooth curve that those before leave."""
    rest, noise = packets.rest(interval), packets.noise(interval)
    lateness = assumed(noise) if known is None else known.lateness
    costs = _unknown(packets, interval, noise) if known is None else (known.cost, known.usual, known.usual_cost)
    costs = _NEVER if lossless else costs
    score, place, count, anew = _search(packets, rest, interval, lateness, costs, noise)
    parts = _parts(anew, len(rest))
    for _ in range(_ROUNDS):
        lost = np.zeros(len(rest))
        np.add.at(lost, place, count)
        lost = np.cumsum(lost)
        level = rest - lost * interval
        elapsed = (packets.last + lost) * interval
        curve = np.concatenate([trend(elapsed[part], level[part], noise) for part in parts])
        late = level - curve
        lateness = learnt(late, interval, noise, independent)
        costs = _NEVER if lossless else _costs(count, len(rest), _SHOWN if noise < _HARDLY_LATE * interval else _LEAST)
        before = place, count
        score, place, count, _ = _search(packets, rest - curve, interval, lateness, costs, 0.0)
        score -= _BEGUN * (len(parts) - 1)
        if (place, count) == before:
            break
    rise = sum(float(curve[part][-1] - curve[part][0]) for part in parts)
    slope = rise / max(sum(float(elapsed[part][-1] - elapsed[part][0]) for part in parts) / interval, 1.0)
    level = level - slope * (packets.last + lost)
    return _Explanation(score, interval + slope, place, count, level, late, lateness, independent, *costs)


def _parts(anew: Sequence[int], count: int) -> list[slice]:
    """Packets between one beginning of the sampling and the next; a few of them tell no phase of their own."""
    edges = [0]
    for place in [*anew, count]:
        if place - edges[-1] >= _FEWEST:
            edges.append(place)
    edges[-1 if len(edges) > 1 else len(edges) :] = [count]
    return [slice(a, b) for a, b in pairwise(edges)]


def _costs(count: Sequence[int], packets: int, least: float) -> tuple[float, int, float]:
    """Cost of a loss, the usual number of samples in one (0 for none), and its cost."""
    often = max(len(count), 1) / packets
    if len(count) >= 8:
        sizes, times = np.unique(count, return_counts=True)
        share = float(times.max()) / len(count)
        if share > 0.4:
            rest = max(1.0 - share, 1.0 / len(count))
            usual = int(sizes[times.argmax()])
            return max(-float(np.log(often * rest / _SIZES)), least), usual, -float(np.log(often * share))
    return max(-float(np.log(often / _SIZES)), least), 0, 0.0


def _at_random(packets: _Packets, best: _Explanation, rate: float) -> bool:
    """Whether they come like events: not at the stated rate but with losses everywhere, and late one after another."""
    if packets.noise(best.interval) < _HARDLY_LATE * best.interval or abs(best.interval * rate - 1.0) < _AS_STATED:
        return False
    return len(best.place) > _OFTEN * len(best.late) and independence(best.late) < _EVENTS


def _restarts(packets: _Packets, best: _Explanation) -> list[Loss]:
    """Losses, and where after a long one the sampling began anew."""
    found = []
    for place, count in zip(best.place, best.count, strict=True):
        part, restarted = 0.0, count * best.interval > _COUNT_MOST_S
        if count * best.interval > _RESTART_S:
            a, b = np.searchsorted(packets.stamp, packets.stamp[place] + np.array([-1.0, 1.0]) * _COMPARE_S)
            a = np.searchsorted(packets.stamp, packets.stamp[place - 1] - _COMPARE_S) if place else 0
            before, noise_before = _middle(best.level[a:place])
            after, noise_after = _middle(best.level[place:b])
            part = (after - before) / best.interval
            restarted |= abs(part) > 5.0 * float(np.hypot(noise_before, noise_after)) / best.interval + 0.05
        found.append(Loss(int(packets.begin[place]), count + (part if restarted else 0.0), restarted))
    return found


def _middle(values: Floats) -> tuple[float, float]:
    """Median and its standard error."""
    if len(values) < 4:
        return float(np.median(values)) if len(values) else 0.0, float("inf")
    middle = float(np.median(values))
    return middle, 2.0 * float(np.median(np.abs(values - middle))) / np.sqrt(len(values)) + 1e-9
