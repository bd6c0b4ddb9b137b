"""The sampling interval of a piece of a stream: the one with which few losses explain its stamps best."""

import numpy as np

from groundup.clock.bursts import Packets
from groundup.clock.delay_model import assumed
from groundup.clock.loss_search import SAME_INTERVAL, initial_costs, search_losses
from groundup.clock.sampling_rate import IrregularTimestampsError

_LOOKED_AT = 4000  # packets by which it is chosen
_NOMINAL = 5e-4  # an interval so close to the stated one ...
_STATED = 30.0  # ... is so much likelier beforehand (in logarithms)
_TUNINGS = 5


def find_interval(packets: Packets, interval: float, rate: float) -> float:
    """The interval with which few losses explain the stamps best, of all that may be meant.

    Raises
    ------
    IrregularTimestampsError
        If there is none: the stamps do not go forward.
    """
    some = packets.first(_LOOKED_AT)
    apart = np.diff(some.stamp) / np.diff(some.last)
    shortest, longest = packets.possible
    stretch = packets.mean_interval
    tried: dict[float, tuple[float, float]] = {}

    def attempt(candidate: float) -> None:
        if not shortest < candidate < longest or any(abs(candidate / t - 1.0) < SAME_INTERVAL for t in tried):
            return
        noise = some.noise(candidate)
        score, place, *_ = search_losses(
            some, some.rest(candidate), candidate, assumed(noise), initial_costs(some, candidate, noise), noise
        )
        score -= len(some.last) * np.log(noise)
        score += _STATED if abs(candidate * rate - 1.0) < _NOMINAL else 0.0
        tried[candidate] = score, len(place) / max(int(some.last[-1]), 1)

    for candidate in (interval, 1.0 / rate, stretch, longest / 1.01, float(np.median(apart)), packets.even):
        attempt(candidate)
        attempt(packets.refined(candidate) if candidate > 0.0 else candidate)
    if not tried:
        raise IrregularTimestampsError("its stamps do not go forward as samples do")
    for _ in range(_TUNINGS):
        best = max(tried, key=lambda t: tried[t][0])
        for times in (-2, -1, 1, 2):  # so many more samples in every loss look nearly the same
            attempt(best * (1.0 + times * tried[best][1]))
        if best == max(tried, key=lambda t: tried[t][0]):
            break
    return best
