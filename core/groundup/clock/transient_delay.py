"""Lateness that ends at the edge of a piece: a loss moves all that follow for good, so what falls back was late.

In the middle of a piece many stamps on both sides say so. At its beginning the first stamps set the phase, and what is
only caught up looks as if all that follow came early, which no loss explains and a wrong interval with many may seem
to; near its end, too few follow to speak against a loss.
"""

import numpy as np
from numpy.typing import NDArray

from groundup.clock.bursts import Packets
from groundup.clock.smoother import Floats
from groundup_ext import _median

_LONGEST_S = 10.0  # from the beginning, or to the end
_NEIGHBOURS, _NEIGHBOURS_S, _AT_LAST = (
    20,
    0.3,
    3,
)  # packets for a level, and s; packets at the end
_FALL, _NOISES, _FALL_S = 0.6, 8.0, 2e-3  # of an interval, in units of noise, and in s
_UNDONE = 0.5  # of a loss


def count_delayed_start(packets: Packets) -> int:
    """How many packets at the beginning are late together, and later than those that follow; 0 for none."""
    packets = packets.first(2 * int(np.searchsorted(packets.stamp, _LONGEST_S)))
    if len(packets.last) < 4 * _NEIGHBOURS:
        return 0
    size = min(max(_NEIGHBOURS, int(np.searchsorted(packets.stamp, _NEIGHBOURS_S))), len(packets.last) // 4)
    far = (packets.stamp[size:] - packets.stamp[:-size]) / (packets.last[size:] - packets.last[:-size])
    usual = _median.median(far)
    rest = packets.rest(usual)
    following = np.lib.stride_tricks.sliding_window_view(rest, size)[:, :: size // _NEIGHBOURS]
    after = np.median(following, axis=1)
    most = len(rest) // 2
    # Losses make the usual interval too long: then stamps fall wherever none are, in the other half as well.
    elsewhere = float((following[most:-size].min(axis=1) - after[most + size :]).max())
    limit = _limit(packets, usual) + max(elsewhere, 0.0)
    lowest = np.minimum.accumulate(rest)
    falls = np.flatnonzero(after[1 : most + 1] < lowest[:most] - limit) + 1
    if not len(falls):
        return 0
    last = int(falls[-1])  # where most that follow are earlier than all before; from the first of these on, all are
    return last + int(np.argmax(rest[last : last + size] < after[last] + limit / 2.0))


def is_delayed_start(packets: Packets, first: int, interval: float) -> bool:
    """Whether all packets before the `first` are late, now that the interval is known: no loss makes stamps fall."""
    rest = packets.rest(interval)
    size = max(_NEIGHBOURS, int(np.searchsorted(packets.stamp, _NEIGHBOURS_S)))
    return float(rest[:first].min() - np.median(rest[first : first + size])) > _limit(packets, interval) / 4.0


def _limit(packets: Packets, interval: float) -> float:
    return max(_FALL * interval, _NOISES * packets.noise(interval), _FALL_S)


def lasting_losses(
    packets: Packets, level: Floats, place: NDArray[np.int64], count: NDArray[np.int64], interval: float
) -> NDArray[np.bool_]:
    """Which losses the stamps do not fall back from until the next or the end; of those long before it, each stays.

    Parameters
    ----------
    packets : Packets
        K of them.
    level : ndarray, shape (K,)
        Stamps of the packets less even sampling and losses, in s.
    place, count : ndarray of int, shape (L,)
        Packet before which samples were lost, and how many.
    interval : float
        Between samples, in s.
    """
    noise = packets.noise(interval)
    edges = np.concatenate([[0], place, [len(level)]])
    kept = np.ones(len(place), bool)
    for i in np.flatnonzero(packets.stamp[-1] - packets.stamp[place] < _LONGEST_S).tolist():
        begin, start, stop = edges[i : i + 3].tolist()
        before = level[max(begin, start - _NEIGHBOURS) : start]
        after = level[max(start, stop - _AT_LAST) : stop]
        if min(len(before), len(after)) >= _AT_LAST:
            unsure = 3.0 * noise * float(np.sqrt(1.0 / len(before) + 1.0 / len(after)))
            kept[i] = _median.median(before) - _median.median(after) < _UNDONE * float(count[i]) * interval + unsure
    return kept
