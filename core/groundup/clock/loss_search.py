"""Losses that explain late stamps: searched for, then again with what was learnt from them.

Which losses explain the stamps best is searched among all that are possible (`groundup_ext._losses`): first with the
phase of the sampling followed on the way, then against a smooth curve through all that was found, with what was learnt
of how late stamps are (`delay_model`) and how many samples this device loses at a time.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from groundup.clock.bursts import BLURRED, HARDLY_LATE, Packets
from groundup.clock.delay_model import Lateness, assumed, independence, learnt, trend
from groundup.clock.smoother import Floats
from groundup_ext import _losses, _median

SAME_INTERVAL = 1e-4
"""As a share: the search finds as much by itself."""
FEWEST = 8
"""Packets that tell anything by themselves."""
RESTART_S = 0.2
"""A device that restarts needs longer."""
_WALK = 5e-7  # s/s per square root of a second, by which a crystal drifts
_ROUNDS = 4
_TUNINGS = 5
_BEGUN = 20.0  # what it costs that the sampling began anew, with a phase and a slope of its own
_NEVER = (1e9, 0, 0.0)
_INDEPENDENT, _IN_RUNS = 0.8, 0.6
_BEAM = 16.0
_SIZES, _LEAST = 20.0, 9.0  # losses are of so many sizes, and one of a size that is not usual costs no less
_SHOWN = 4.0
_BETTER = 0.5  # what makes an explanation another one (in logarithms)
_NEAR = 0.05  # by how much less likely a packet may be in an explanation that is worth another look
_SUSPECTED = 6.0  # cheaper than any loss would be in the end
_TELLING = 200  # packets that show whether their lateness comes in runs
_IN_PART = 3.0  # what it costs that a loss is not of whole packets, where they are all of one size
_CRYSTAL, _SPREADS = 1e-3, 3.0  # by which a rate may differ from the stated one, and an end from what it would be
_FASTER, _NO_ROOM = 3e-4, 0.7  # by which losses make it faster, and what is left of it without them
_BLUR, _LEAST_NEIGHBOURS, _MOST_NEIGHBOURS = 12.0, 3, 400  # packets beside a loss, so many that their middles are known
_UNSURE = 5.0  # spreads of a stamp, by the root of their number, by which the mean step may be wrong
_LEVEL, _MOSTLY = 0.4, 0.3  # of a loss, and of the losses
_GAINS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0)  # parts of a surprise that may stay
_NEAREST, _FURTHEST, _RARE = 11.0, 29.0, 1e-4  # spreads between which surprises are; how often one is not
_RARELY = 5e-5  # losses of one size a sample, when nothing is known of them yet


@dataclass(frozen=True)
class Explanation:
    """Losses that explain the stamps, and what they taught.

    Attributes
    ----------
    score : float
        Logarithm of its likelihood.
    interval : float
        In s.
    place, count : ndarray of int, shape (L,)
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
    place: NDArray[np.int64]
    count: NDArray[np.int64]
    level: Floats
    late: Floats
    lateness: Lateness
    independent: float
    cost: float
    usual: int
    usual_cost: float

    def same_as(self, other: "Explanation") -> bool:
        """Whether it is of the same losses."""
        return _same(self.place, other.place) and _same(self.count, other.count)

    @property
    def mean_score(self) -> float:
        """Of a packet."""
        return self.score / len(self.late)


def search_losses(
    packets: Packets, rest: Floats, interval: float, lateness: Lateness, costs: tuple[float, int, float], noise: float
) -> tuple[float, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The likeliest losses; with a noise, the phase is followed on the way."""
    step = np.diff(packets.last, prepend=packets.last[0]) * interval
    cost, usual, usual_cost = costs
    return _losses.likeliest(
        rest, step, interval, lateness.log, lateness.lowest, lateness.width, cost, usual, usual_cost, noise,
        SAME_INTERVAL, _WALK, max(1, int(RESTART_S / interval)), _BEAM,
    )  # fmt: skip


def initial_costs(packets: Packets, interval: float, noise: float) -> tuple[float, int, float]:
    """Costs of losses when none are known yet: where stamps are hardly late, each that is missing shows."""
    if noise < HARDLY_LATE * interval:
        return _SHOWN, 0, 0.0
    cost = float(np.clip(-np.log(_RARELY * packets.size), 5.0, 10.0))
    return (cost + _IN_PART, packets.usual, cost) if packets.usual > 1 else (cost, 0, 0.0)


def best_explanation(packets: Packets, interval: float) -> Explanation:
    """The best explanation, searched again with what was learnt, and with a sample more or less in every loss."""
    best = explain_losses(packets, interval, None)
    for _ in range(_TUNINGS if len(best.place) else 0):
        again = explain_losses(packets, best.interval, best)
        now = best = again if again.score > best.score else best
        often = len(now.place) / max(int(packets.last[-1]), 1)
        for times in (-1, 1):
            if not packets.possible[0] < now.interval * (1.0 + times * often):
                continue
            other = explain_losses(packets, now.interval * (1.0 + times * often), now, rounds=1)
            if other.score > best.score - _NEAR * len(other.late) and not other.same_as(now):
                other = explain_losses(packets, other.interval, other)
            best = other if other.score > best.score + _BETTER else best
        if best.same_as(now):
            break
    return best


def with_fewer_losses(packets: Packets, best: Explanation) -> Explanation:
    """The same, or one with fewer losses where stamps are late together: then many say no more than a few."""
    independent = independence(best.late)
    if not len(best.place) or independent > _INDEPENDENT or packets.noise(best.interval) < BLURRED * best.interval:
        return best
    usual = int(np.count_nonzero(best.count == best.usual))
    cost = usual * best.usual_cost + (len(best.count) - usual) * best.cost
    stretch = packets.mean_interval
    none = explain_losses(packets, stretch, None, lossless=True)
    if independent * (best.score + cost - none.score) < max(cost, _LEAST * len(best.count)):
        return none
    return explain_losses(packets, best.interval, best, independent)


def explain_losses(
    packets: Packets,
    interval: float,
    known: Explanation | None,
    independent: float = 1.0,
    *,
    lossless: bool = False,
    rounds: int = _ROUNDS,
) -> Explanation:
    """Losses searched for on the way first, then against the smooth curve that those before leave."""
    rest, noise = packets.rest(interval), packets.noise(interval)
    lateness = assumed(noise) if known is None else known.lateness
    costs = initial_costs(packets, interval, noise) if known is None else (known.cost, known.usual, known.usual_cost)
    costs = _NEVER if lossless else costs
    score, place, count, anew = search_losses(packets, rest, interval, lateness, costs, noise)
    parts = _parts(anew, len(rest))
    for _ in range(rounds):
        lost = np.zeros(len(rest))
        lost[place] = count
        lost = np.cumsum(lost)
        level = rest - lost * interval
        elapsed = (packets.last + lost) * interval
        curve = np.concatenate([trend(elapsed[part], level[part], noise) for part in parts])
        late = level - curve
        lateness = learnt(late, interval, noise, independent)
        costs = _NEVER if lossless else _costs(count, len(rest), _least(noise / interval), packets.usual)
        before = place, count
        score, place, count, _ = search_losses(packets, rest - curve, interval, lateness, costs, 0.0)
        score += _uneventful(len(rest), len(place)) - _BEGUN * (len(parts) - 1)
        if _same(place, before[0]) and _same(count, before[1]):
            break
    rise = sum(float(curve[part][-1] - curve[part][0]) for part in parts)
    slope = rise / max(sum(float(elapsed[part][-1] - elapsed[part][0]) for part in parts) / interval, 1.0)
    level = level - slope * (packets.last + lost)
    return Explanation(score, interval + slope, place, count, level, late, lateness, independent, *costs)


def is_lasting_delay(packets: Packets, best: Explanation, rate: float) -> bool:
    """Whether the stamps are better explained by lateness that lasts, and nothing lost, than by losses.

    Losses, too, move what follows. But where as many samples came as the stated rate says, there is no room for them,
    and each stamp lies near to the one before it, less near to those before that: its surprises are small.
    """
    stretch = packets.mean_interval
    noise = packets.noise(best.interval)
    if not len(best.place) or abs(stretch * rate - 1.0) > _CRYSTAL + _SPREADS * noise / max(packets.stamp[-1], 1e-9):
        return False
    rest = packets.rest(stretch)
    return max(_surprised(_losses.surprises(rest, gain), best.interval, noise) for gain in _GAINS) > best.score


def is_spurious(packets: Packets, best: Explanation, rate: float) -> bool:
    """Whether losses are none, because nothing steps where they are said to be, or no rate has room for them.

    A loss moves all that follow at once and for good. Lateness that lasts rises for a while, and falls again; what was
    taken for losses then makes the device faster than it says, by just as much as is said to be lost.
    """
    stretch = packets.mean_interval
    noise = packets.noise(best.interval)
    if not len(best.place):
        return False
    stated, found = abs(stretch * rate - 1.0), abs(best.interval * rate - 1.0)
    if stated > _CRYSTAL + _SPREADS * float(np.ptp(best.late)) / max(packets.stamp[-1], 1e-9):
        return False
    no_room = noise > HARDLY_LATE * best.interval and found > _FASTER and stated < _NO_ROOM * found
    return no_room or _as_stated(packets, best, noise) or _unsteady(packets, best, noise) > _MOSTLY


def _as_stated(packets: Packets, best: Explanation, noise: float) -> bool:
    """Whether samples lie as far apart between the losses as without any: then nothing shows another rate."""
    stretch = packets.mean_interval
    between = np.delete(np.arange(1, len(packets.last)), best.place[best.place > 0] - 1) - 1
    if abs(best.interval / stretch - 1.0) < _FASTER or not len(between):
        return False
    apart = float(np.diff(packets.stamp)[between].sum()) / int(np.diff(packets.last)[between].sum())
    unsure = _UNSURE * noise / packets.size / float(np.sqrt(len(between)))
    return abs(apart - stretch) + unsure < abs(apart - best.interval)


def _unsteady(packets: Packets, best: Explanation, noise: float) -> float:
    """Share of the losses at which the level is not the same just before and just after, with them taken off."""
    lost = np.zeros(len(packets.last))
    lost[best.place] = best.count
    level = packets.rest(best.interval) - np.cumsum(lost) * best.interval
    unsteady = 0
    for k, count in zip(best.place.tolist(), best.count.tolist(), strict=True):
        size = count * best.interval
        neighbours = int(np.clip((_BLUR * noise / size) ** 2, _LEAST_NEIGHBOURS, _MOST_NEIGHBOURS))
        before, after = level[max(0, k - neighbours) : k], level[k : k + neighbours]
        if k > 0:
            unsure = noise * np.sqrt(1.0 / len(before) + 1.0 / len(after))
            unsteady += abs(float(np.median(after) - np.median(before))) > _LEVEL * size + 3.0 * unsure
    return unsteady / max(len(best.place), 1)


def _surprised(off: Floats, interval: float, noise: float) -> float:
    """Logarithm of the likelihood of such surprises."""
    off = off - _median.median(off)
    spread = max(1.48 * _median.median(np.abs(off)), 0.5 * noise)
    near = off[(off > -_NEAREST * spread) & (off < _FURTHEST * spread)]
    law = learnt(near, interval, noise)
    likely = np.interp(near, law.lowest + (np.arange(len(law.log)) + 0.5) * law.width, law.log)
    return float(likely.sum()) + (len(off) - len(near)) * float(np.log(_RARE / spread))


def lossless_interval(packets: Packets, interval: float) -> float | None:
    """The interval, where stamps look like even sampling and independent lateness, and nothing like a loss; or None.

    A wrong interval, or losses that the curve follows, leave lateness that comes in runs.
    """
    if len(packets.last) < _TELLING:
        return None
    rest, noise = packets.rest(interval), packets.noise(interval)
    costs = min(_SUSPECTED, initial_costs(packets, interval, noise)[0]), 0, 0.0
    if len(search_losses(packets, rest, interval, assumed(noise), costs, noise)[1]):
        return None
    curve = trend(np.asarray(packets.last * interval), rest, noise)
    late = rest - curve
    if independence(late) < _IN_RUNS:
        return None
    _, place, _, _ = search_losses(packets, late, interval, learnt(late, interval, noise), costs, 0.0)
    return None if len(place) else interval + float(curve[-1] - curve[0]) / float(packets.last[-1] - packets.last[0])


def _same(one: NDArray[np.int64], other: NDArray[np.int64]) -> bool:
    return bool(np.array_equal(one, other))


def _least(noise: float) -> float:
    """What a loss costs at least, where stamps are late by so many intervals."""
    return float(np.interp(noise, (HARDLY_LATE, BLURRED), (_SHOWN, _LEAST)))


def _uneventful(packets: int, events: int) -> float:
    """Logarithm of the likelihood that nothing is lost before the others: where much is, little would not be likely."""
    return (packets - events) * float(np.log1p(-events / packets)) if events < packets else 0.0


def _parts(anew: NDArray[np.int64], count: int) -> list[slice]:
    """Packets between one beginning of the sampling and the next; a few of them tell no phase of their own."""
    edges = [0]
    for place in [*anew.tolist(), count]:
        if place - edges[-1] >= FEWEST:
            edges.append(place)
    edges[-1 if len(edges) > 1 else len(edges) :] = [count]
    return [slice(a, b) for a, b in pairwise(edges)]


def _costs(count: NDArray[np.int64], packets: int, least: float, size: int) -> tuple[float, int, float]:
    """Cost of a loss, the usual number of samples in one (0 for none), and its cost; packets may be of one size."""
    often = max(len(count), 1) / packets
    if len(count) >= 8:
        sizes, times = np.unique(count, return_counts=True)
        usual, share = int(sizes[times.argmax()]), float(times.max()) / len(count)
        if share <= 0.4 and size > 1:
            usual, share = size, float(np.mean(np.round(count / size) == 1.0))
        if share > 0.4:
            rest = max(1.0 - share, 1.0 / len(count))
            return max(-float(np.log(often * rest / _SIZES)), least), usual, -float(np.log(often * share))
    return max(-float(np.log(often / _SIZES)), least), 0, 0.0
