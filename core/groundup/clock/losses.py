"""Where samples were lost and how many, told from late stamps.

A stamp is late by a time that differs from one packet to the next; a loss moves all that follow by whole intervals, for
good. Where nothing of that kind shows, nothing was lost; else those losses are searched for that explain the stamps
best (`explanation`).
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from groundup.clock.bursts import HARDLY_LATE, Packets
from groundup.clock.delay_model import independence
from groundup.clock.interval_search import find_interval
from groundup.clock.loss_search import (
    RESTART_S,
    Explanation,
    best_explanation,
    explain_losses,
    is_lasting_delay,
    is_spurious,
    lossless_interval,
    with_fewer_losses,
)
from groundup.clock.sampling_rate import IrregularTimestampsError
from groundup.clock.smoother import Floats
from groundup.clock.transient_delay import count_delayed_start, is_delayed_start, lasting_losses

_TRIED_ON = 10_000  # packets by which the interval is chosen finely
_ROUNDS = 1  # where much is known already
_WORSE = 0.1  # by how much less likely a packet may be than in the piece before
_SINGLE = 1.01  # samples in a packet: then a loss cannot hide as a smaller one
_STATED = 5e-4  # nor does it where the interval is the stated one
_AS_STATED = 0.05
_OFTEN, _EVENTS = 0.03, 0.45  # events at random are explained by more losses a packet, and are less independent
_FEWEST_EVEN, _EVENLY, _RARELY_LOST = 32, 1e-3, 0.1  # steps; of an interval; of the steps
_COMPARE_S = 5.0  # stretches whose stamps are compared across a gap
_COUNT_MOST_S = 30.0  # after a longer gap the samples are not counted on: the clock of the sampling may have restarted


@dataclass(frozen=True)
class Losses:
    """Places where samples were lost, in order.

    Attributes
    ----------
    index : ndarray of int, shape (L,)
        The first sample after each.
    lost : ndarray, shape (L,)
        How many; whole numbers unless the sampling began anew.
    restarted : ndarray of bool, shape (L,)
        Whether it did: not a whole number of intervals after what was before.
    """

    index: NDArray[np.int64]
    lost: Floats
    restarted: NDArray[np.bool_]

    @staticmethod
    def none() -> "Losses":
        """No loss."""
        return Losses(np.empty(0, np.int64), np.empty(0), np.empty(0, bool))

    @staticmethod
    def joined(parts: Sequence["Losses"]) -> "Losses":
        """Those of some pieces, in order."""
        columns = zip(*((part.index, part.lost, part.restarted) for part in parts), strict=True)
        return Losses(*(np.concatenate(column) for column in columns)) if parts else Losses.none()

    def later(self, samples: int) -> "Losses":
        """The same in a stream that begins so many samples before."""
        return Losses(self.index + samples, self.lost, self.restarted)

    def between(self, start: int, stop: int) -> "Losses":
        """Those before samples from `start` on, and before `stop`."""
        some = slice(*np.searchsorted(self.index, [start, stop]).tolist())
        return Losses(self.index[some], self.lost[some], self.restarted[some])


def likely_interval(stamps: Floats, interval: float, rate: float) -> float:
    """Sampling interval of a piece of a stream, in s, where losses may make `interval` look longer."""
    return interval if steady(stamps, interval) else find_interval(Packets.of(stamps, interval), interval, rate)


def steady(stamps: Floats, interval: float) -> bool:
    """Whether the stamps follow each other so evenly that none can be missing."""
    if len(stamps) < 2:
        return True
    differences = np.diff(stamps)
    return bool(differences.max() < 1.4 * interval and differences.min() > 0.6 * interval)


@dataclass(frozen=True)
class Found:
    """Losses in a piece of a stream.

    Attributes
    ----------
    interval : float
        Between samples, in s, as the stretches between the losses tell it.
    losses : Losses
    taught : Explanation or None
        What the next piece need not learn again.
    hidden_losses : bool
        Whether samples may be lost that lateness hides.
    """

    interval: float
    losses: Losses
    taught: Explanation | None = None
    hidden_losses: bool = False


def losses(stamps: Floats, interval: float, rate: float, taught: Explanation | None = None) -> Found:
    """Find the losses in a piece of a stream.

    Parameters
    ----------
    stamps : ndarray, shape (N,)
        N >= 2, finite.
    interval : float
        Sampling interval, roughly, in s.
    rate : float
        As the device states it, in Hz.
    taught : Explanation or None
        By the piece before.

    Returns
    -------
    Found

    Raises
    ------
    IrregularTimestampsError
        If the samples come at random.
    """
    sure = evident(stamps)
    if sure is not None:
        return sure
    packets = Packets.of(stamps, interval)
    first = count_delayed_start(packets)
    if first:
        begin = int(packets.begin[first])
        with suppress(IrregularTimestampsError):
            found = _of_packets(stamps[begin:], Packets.of(stamps[begin:], interval), interval, rate, taught)
            if is_delayed_start(packets, first, found.interval):
                return replace(found, losses=found.losses.later(begin), hidden_losses=True)
    return _of_packets(stamps, packets, interval, rate, taught)


def _of_packets(stamps: Floats, packets: Packets, interval: float, rate: float, taught: Explanation | None) -> Found:
    """Losses between packets of which the first are no later than the others."""
    if len(packets.last) < 2:
        return Found(interval, Losses.none())
    if packets.size < _SINGLE or abs(interval * rate - 1.0) < _STATED:
        lossless = lossless_interval(packets, interval)
        if lossless is not None:
            return Found(lossless, Losses.none(), taught)
    if taught is not None:
        best = explain_losses(packets, taught.interval, taught, taught.independent, rounds=_ROUNDS)
        if best.mean_score > taught.mean_score - _WORSE:
            return _believed(packets, best, rate)
    likely = find_interval(packets, interval, rate)
    falls = packets.falls(likely) if packets.back() else []
    if not falls:
        return _searched(packets, likely, rate)
    found: list[Losses] = []
    total = 0.0
    for a, b in pairwise([0, *falls, len(stamps)]):
        packets = Packets.of(stamps[a:b], interval)
        mine = _searched(packets, find_interval(packets, interval, rate), rate)
        found.append(mine.losses.later(a))
        total += mine.interval * (b - a)
    return Found(total / len(stamps), Losses.joined(found))


def evident(stamps: Floats) -> Found | None:
    """Losses between stamps so even that each step is a whole number of intervals; None where any is not.

    Taken together as packets, few of these would hide a single loss in an interval that is hardly longer.
    """
    steps = np.diff(stamps)
    usual = float(np.median(steps)) if len(steps) >= _FEWEST_EVEN else 0.0
    if usual <= 0.0 or not float(steps.min()) > 0.5 * usual or float(steps.max()) > RESTART_S + usual:
        return None
    times = np.round(steps / usual)
    one = times == 1.0
    if float(np.abs(steps - times * usual).max()) > _EVENLY * usual or float(np.mean(one)) < 1.0 - _RARELY_LOST:
        return None
    place = np.flatnonzero(~one)
    return Found(float(steps[one].mean()), Losses(place + 1, times[place] - 1.0, np.zeros(len(place), bool)))


def _searched(packets: Packets, interval: float, rate: float) -> Found:
    """Losses where the stamps never fall back for good."""
    if len(packets.last) < 2:
        return Found(interval, Losses.none())
    some = packets.first(_TRIED_ON)
    best = best_explanation(some, interval)
    if is_lasting_delay(some, best, rate) or is_spurious(some, best, rate):
        return _with_hidden_losses(packets)
    if _at_random(some, best, rate):
        raise IrregularTimestampsError("its samples come at no steady rate")
    best = with_fewer_losses(some, best)
    if len(packets.last) > _TRIED_ON:
        best = explain_losses(packets, best.interval, best, best.independent, rounds=_ROUNDS)
    return _believed(packets, best, rate)


def _with_hidden_losses(packets: Packets) -> Found:
    """No loss, where lateness that lasts would hide one."""
    return Found(packets.mean_interval, Losses.none(), hidden_losses=True)


def _believed(packets: Packets, best: Explanation, rate: float) -> Found:
    """The losses that were found, unless they are lateness."""
    if is_spurious(packets, best, rate):
        return _with_hidden_losses(packets)
    those = _lasting(packets, best)
    hidden = len(those.place) < len(best.place)
    return Found(best.interval, _restarts(packets, those), those, hidden_losses=hidden)


def _lasting(packets: Packets, best: Explanation) -> Explanation:
    """The same less the losses that the stamps fall back from."""
    kept = lasting_losses(packets, best.level, best.place, best.count, best.interval)
    if kept.all():
        return best
    undone = np.zeros(len(best.level))
    undone[best.place[~kept]] = best.count[~kept]
    level = best.level + np.cumsum(undone) * best.interval
    return replace(best, place=best.place[kept], count=best.count[kept], level=level)


def _at_random(packets: Packets, best: Explanation, rate: float) -> bool:
    """Whether they come like events: not at the stated rate but with losses everywhere, and late one after another."""
    if packets.noise(best.interval) < HARDLY_LATE * best.interval or abs(best.interval * rate - 1.0) < _AS_STATED:
        return False
    return len(best.place) > _OFTEN * len(best.late) and independence(best.late) < _EVENTS


def _restarts(packets: Packets, best: Explanation) -> Losses:
    """Losses, and where after a long one the sampling began anew."""
    away = best.count * best.interval
    lost, restarted = best.count.astype(float), away > _COUNT_MOST_S
    for i in np.flatnonzero(away > RESTART_S).tolist():
        place = int(best.place[i])
        b = np.searchsorted(packets.stamp, packets.stamp[place] + _COMPARE_S)
        a = np.searchsorted(packets.stamp, packets.stamp[place - 1] - _COMPARE_S) if place else 0
        before, noise_before = _middle(best.level[a:place])
        after, noise_after = _middle(best.level[place:b])
        part = (after - before) / best.interval
        if abs(part) > 5.0 * float(np.hypot(noise_before, noise_after)) / best.interval + 0.05:
            restarted[i] = True
        if restarted[i]:
            lost[i] += part
    return Losses(packets.begin[best.place], lost, restarted)


def _middle(values: Floats) -> tuple[float, float]:
    """Median and its standard error."""
    if len(values) < 4:
        return float(np.median(values)) if len(values) else 0.0, float("inf")
    middle = float(np.median(values))
    return middle, 2.0 * float(np.median(np.abs(values - middle))) / np.sqrt(len(values)) + 1e-9
