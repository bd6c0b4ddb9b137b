"""Packets put in order again: each waits until no earlier one can come any more."""

import heapq
from collections.abc import Sequence
from itertools import count

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.generic] | Sequence[Sequence[str]]
Packet = tuple[NDArray[np.float64], Samples, float]
"""Numbers of its samples, the samples, and when it was there, in s."""

_RESTARTED_S = 5.0  # no packet is so late
_FOLLOWS = 1.5  # steps: what lies so near behind the one before is the next


class PacketOrder:
    """Holds packets back that have come before an earlier one.

    What follows the packet before is passed on at once; behind a hole a packet waits for what is missing.

    Parameters
    ----------
    wait_s : float
        How long it waits.
    rate : float
        Numbers a second.
    step : float
        How much the numbers grow from sample to sample; 0: not known, so that all wait.
    """

    def __init__(self, wait_s: float, rate: float, step: float = 0.0) -> None:
        self.wait_s = wait_s
        self._restarted = max(_RESTARTED_S, 3.0 * wait_s) * rate
        self._step = step
        self._held: list[tuple[float, int, Packet]] = []
        self._anew: list[Packet] = []
        self._last = self._newest = -np.inf
        self._order = count()

    @property
    def newest(self) -> float:
        """The greatest number that has come since the counter began."""
        return self._newest

    def take(self, numbers: NDArray[np.float64], samples: Samples, arrived: float) -> int:
        """Take a packet; how many of its samples are too late, because later ones were passed on already."""
        if self._newest - float(numbers[-1]) > self._restarted:  # the counter began anew: what is held is of before
            self._anew = [packet for _, _, packet in sorted(self._held, key=lambda held: held[:2])]
            self._held, self._last, self._newest = [], -np.inf, -np.inf
        self._newest = max(self._newest, float(numbers[-1]))
        late = int(np.searchsorted(numbers, self._last, side="right"))
        if late < len(numbers):
            packet = numbers[late:], samples[late:], arrived
            heapq.heappush(self._held, (float(packet[0][0]), next(self._order), packet))
        return late

    def release_ready(self, now: float) -> list[Packet]:
        """The packets that may be passed on, in order."""
        passed, self._anew = self._anew, []
        while self._held:
            first, _, packet = self._held[0]
            follows = self._step > 0 and first - self._last <= _FOLLOWS * self._step
            waited = now - min(arrived for _, _, (_, _, arrived) in self._held) >= self.wait_s
            if not follows and not waited:
                break
            heapq.heappop(self._held)
            passed.append(packet)
            self._last = float(packet[0][-1])
        return passed
