"""The trials of a session: rest, greatest effort, a reference walk and a usual one, again and again on the LSL clock.

So every process that simulates a sensor of this person, started whenever, agrees on them; and whoever records for a
cycle and three quarters has each of them whole. In rest and effort the person sits beside the treadmill: nobody walks.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CYCLE_S = 25.0
"""How often a session's trials come again."""
BLOCK_S = 17.5
"""From the beginning of rest to the end of the reference."""
LEAST_CYCLE_S = 20.0
EFFORT = 4.0
"""How much stronger a muscle is in its greatest effort than at its usual peak in walking."""
_SEATED = (-0.5, 9.0)  # nobody walks
_RAMP_S = 0.4


@dataclass(frozen=True)
class PlannedTrial:
    """One trial of the cycle: from and until which second, its name and its condition."""

    start: float
    end: float
    name: str
    condition: str


TRIALS = (
    PlannedTrial(0.0, 4.0, "sitting", "rest"),
    PlannedTrial(4.5, 8.5, "all muscles", "mvic"),
    PlannedTrial(9.5, BLOCK_S, "walk", "reference"),
    PlannedTrial(18.0, 24.4, "walk", "usual"),
)


def seated(every_s: float, t0: float, t1: float) -> list[tuple[float, float]]:
    """When nobody walks, from before t0 to after t1, s on the LSL clock; never where there are no trials."""
    return [(begin + _SEATED[0], begin + _SEATED[1]) for begin in _cycles(every_s, t0, t1)]


def effort(every_s: float, time: Floats) -> Floats:
    """1 in the greatest effort, 0 outside, and smooth in between."""
    share = np.zeros(len(time))
    if len(time) == 0:
        return share
    strong = next(planned for planned in TRIALS if planned.condition == "mvic")
    for begin in _cycles(every_s, float(time[0]), float(time[-1])):
        inside = np.minimum(time - begin - strong.start, begin + strong.end - time) / _RAMP_S
        share = np.maximum(share, 0.5 - 0.5 * np.cos(np.pi * np.clip(inside, 0.0, 1.0)))
    return share


def messages(every_s: float, after: float) -> Iterator[tuple[float, str]]:
    """What a control stream says of trials from a moment on: when, and one JSON object; endless."""
    cycle = math.floor(after / every_s) if every_s else 0
    while every_s:
        for planned in TRIALS:
            control = {"event": "trial_start", "name": planned.name, "condition": planned.condition}
            for at, message in ((planned.start, control), (planned.end, {"event": "trial_stop"})):
                moment = cycle * every_s + at
                if moment > after:
                    yield moment, json.dumps(message)
        cycle += 1


def _cycles(every_s: float, t0: float, t1: float) -> list[float]:
    if not every_s:
        return []
    return [k * every_s for k in range(math.floor(t0 / every_s) - 1, math.floor(t1 / every_s) + 2)]
