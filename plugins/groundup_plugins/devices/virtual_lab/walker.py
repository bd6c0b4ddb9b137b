"""The virtual walker: who touches the ground when, as a function of absolute time.

Step n lands at n step times plus a jitter that depends on (seed, n) alone. So every process that simulates a sensor of
this walker, started whenever, agrees on the movement without a word.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from groundup_plugins.devices.virtual_lab import chance
from groundup_plugins.devices.virtual_lab.curve import quintic
from groundup_plugins.devices.virtual_lab.strategy import STRATEGIES, StrategyName
from groundup_plugins.devices.virtual_lab.taps import Taps

Floats = NDArray[np.float64]
Foot = Literal["L", "R"]

GRAVITY = 9.81
STEP_S = 0.55
"""Mean step time; a stride is two."""
_STEP_JITTER_S = 0.0155  # a stride then varies by sqrt(2) of it: 2 % of 1.1 s
DOUBLE_SUPPORT_S = 0.132
"""Mean; with it, stance is 62 % of the stride."""
_DOUBLE_SUPPORT_CV = 0.05
_IMPACT_CV = 0.08


@dataclass(frozen=True)
class Step:
    """One step: contact, foot off, and how hard the foot lands.

    Attributes
    ----------
    number : int
        Even for the left foot, odd for the right; it counts from the clock's zero.
    side : {"L", "R"}
    contact, foot_off : float
        Seconds on the LSL clock.
    impulse_s : float
        Vertical impulse in body weight seconds: half the time from the contact before to the contact after, so that
        the sum over any walk carries the body, no more and no less.
    impact : float
        Strength of the impact at contact, around 1.
    """

    number: int
    side: Foot
    contact: float
    foot_off: float
    impulse_s: float
    impact: float


class Walker:
    """A person on a split-belt treadmill who has always walked and will never stop, but to tap the sensors.

    Parameters
    ----------
    strategy : {"ground_up", "proximal"}
    seed : int
        Another seed is another walk of the same person.
    mass_kg : float
    taps : Taps, optional
        When the sensors are tapped instead; never, if not given.
    """

    def __init__(
        self, strategy: StrategyName = "ground_up", seed: int = 1, mass_kg: float = 70.0, taps: Taps | None = None
    ) -> None:
        self.strategy: StrategyName = strategy
        self.seed = seed
        self.mass_kg = mass_kg
        self.taps = taps or Taps(seed)
        self.style = STRATEGIES[strategy]
        self.step = lru_cache(maxsize=1024)(self._step)

    @property
    def weight(self) -> float:
        """Body weight in N."""
        return self.mass_kg * GRAVITY

    def steps(self, t0: float, t1: float) -> list[Step]:
        """All steps whose stance touches t0 to t1, in order."""
        # No stance is longer than two step times, no jitter longer than a quarter of one.
        numbers = range(math.floor(t0 / STEP_S) - 2, math.ceil(t1 / STEP_S) + 2)
        return [
            step
            for step in map(self.step, numbers)
            if step.contact <= t1 and step.foot_off >= t0 and not self.taps.away(step.contact, step.foot_off)
        ]

    def contacts(self, t0: float, t1: float) -> list[Step]:
        """All steps whose initial contact lies in t0 to t1, in order."""
        return [step for step in self.steps(t0, t1) if step.contact >= t0]

    def own_steps(self, t0: float, t1: float, side: Foot) -> list[Step]:
        """All steps of one foot whose stance or swing touches t0 to t1, in order, even while nobody walks."""
        numbers = range(math.floor(t0 / STEP_S) - 3, math.ceil(t1 / STEP_S) + 2)
        return [step for step in map(self.step, numbers) if step.side == side]

    def step_number(self, time: Floats) -> Floats:
        """How many steps were made: the whole number of a step at its contact, and smooth (twice) in between."""
        if len(time) == 0:
            return np.empty(0)
        first, last = math.floor(time[0] / STEP_S) - 2, math.ceil(time[-1] / STEP_S) + 2
        contacts = np.array([self.step(n).contact for n in range(first - 1, last + 2)])
        speed, contacts = 2.0 / (contacts[2:] - contacts[:-2]), contacts[1:-1]
        number = np.empty(len(time))
        edges = np.searchsorted(time, contacts)
        for n, (i, j) in enumerate(pairwise(edges)):
            lasts = contacts[n + 1] - contacts[n]
            begins, ends = np.array([first + n, speed[n], 0.0]), np.array([first + n + 1, speed[n + 1], 0.0])
            number[i:j] = quintic((time[i:j] - contacts[n]) / lasts, lasts, begins, ends)
        return number

    def phase(self, time: Floats, side: Foot) -> Floats:
        """How far into its stride a foot is: 0 at its contact, towards 1 at its next."""
        if len(time) == 0:
            return np.empty(0)
        first, last = math.floor(time[0] / STEP_S) - 3, math.ceil(time[-1] / STEP_S) + 3
        first += (first + (side == "R")) % 2
        contacts = np.array([self.step(n).contact for n in range(first, last + 1, 2)])
        i = np.searchsorted(contacts, time, side="right") - 1
        phase: Floats = (time - contacts[i]) / (contacts[i + 1] - contacts[i])
        return phase

    def _step(self, number: int) -> Step:
        after, before = self._contact(number + 1), self._contact(number - 1)
        overlap = DOUBLE_SUPPORT_S * (1.0 + _DOUBLE_SUPPORT_CV * self._draw("double support", number))
        return Step(
            number=number,
            side="R" if number % 2 else "L",
            contact=self._contact(number),
            foot_off=after + overlap,
            impulse_s=(after - before) / 2.0,
            impact=1.0 + _IMPACT_CV * self._draw("impact", number),
        )

    def _contact(self, number: int) -> float:
        return number * STEP_S + _STEP_JITTER_S * self._draw("contact", number)

    def _draw(self, what: str, number: int) -> float:
        return float(chance.normal(self.seed, what, np.array([number]))[0])
