"""Taps: before or after walking, all sensors are held together and knocked on the plates, at known moments.

While this is done nobody walks. What each device makes of the same knock is its own: a step that rings on a plate, an
oscillation in an IMU, a spike of the cables in the EMG. All of them begin at the same moment.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundup_plugins.devices.virtual_lab import chance
from groundup_plugins.devices.virtual_lab.trials import seated

Floats = NDArray[np.float64]
Shape = Callable[[Floats], Floats]
"""What a device makes of a tap, over the time since it, in s."""

_QUIET_S = 0.8  # nobody walks from this long before the first tap to this long after the last
_FADE_S = 0.3  # how long it takes to stand still
_LASTS_S = 0.6  # after this a tap is over in every device
_STRENGTH_CV = 0.15


@dataclass(frozen=True)
class Taps:
    """When the sensors are tapped.

    Attributes
    ----------
    seed : int
        How strong each tap is.
    at : tuple of float
        Seconds after every full `every_s` of the LSL clock.
    every_s : float
    trials_every_s : float
        How often the trials come in which nobody walks either (`virtual_lab.trials`); 0: never.
    """

    seed: int = 1
    at: tuple[float, ...] = ()
    every_s: float = 30.0
    trials_every_s: float = 0.0

    def times(self, t0: float, t1: float) -> list[float]:
        """Moments of all taps from t0 to t1, seconds on the LSL clock."""
        found = [cycle * self.every_s + at for cycle in self._cycles(t0, t1) for at in self.at]
        return sorted(time for time in found if t0 <= time <= t1)

    def away(self, t0: float, t1: float) -> bool:
        """Whether at some time between these nobody walks, or not as usual."""
        return any(start - _FADE_S < t1 and end + _FADE_S > t0 for start, end in self._breaks(t0, t1))

    def walking(self, time: Floats) -> Floats:
        """1 while the walker walks, 0 while the sensors are tapped, and smooth in between."""
        share = np.ones(len(time))
        if len(time) == 0:
            return share
        for start, end in self._breaks(float(time[0]), float(time[-1])):
            outside = np.clip(np.maximum(start - time, time - end) / _FADE_S, 0.0, 1.0)
            share = np.minimum(share, 0.5 - 0.5 * np.cos(np.pi * outside))
        return share

    def plate(self, time: Floats) -> Floats:
        """Force on a plate, N: it rises within milliseconds, rings at 95 Hz, and is let go."""
        return 180.0 * self._felt(time, _step)

    def spike(self, time: Floats) -> Floats:
        """What the cables of an EMG amplifier pick up, V: one spike with an undershoot."""
        return 1.2e-3 * self._felt(time, _spike)

    def ringing(self, time: Floats, hertz: float) -> Floats:
        """Acceleration of an IMU, m/s²: a damped oscillation, as its filter lets it through."""
        return 60.0 * self._felt(
            time, lambda since: _filtered(since) * np.cos(2 * np.pi * hertz * since) * np.exp(-since / 0.03)
        )

    def _felt(self, time: Floats, shape: Shape) -> Floats:
        total = np.zeros(len(time))
        if len(time) == 0:
            return total
        for moment in self.times(float(time[0]) - _LASTS_S, float(time[-1])):
            i, j = np.searchsorted(time, [moment, moment + _LASTS_S])
            number = np.array([round(moment * 1000.0)])
            strength = 1.0 + _STRENGTH_CV * float(chance.normal(self.seed, "tap", number)[0])
            total[i:j] += strength * shape(time[i:j] - moment)
        return total

    def _breaks(self, t0: float, t1: float) -> list[tuple[float, float]]:
        sitting = seated(self.trials_every_s, t0, t1)
        if not self.at:
            return sitting
        first, last = min(self.at) - _QUIET_S, max(self.at) + _QUIET_S
        return [*sitting, *((c * self.every_s + first, c * self.every_s + last) for c in self._cycles(t0, t1))]

    def _cycles(self, t0: float, t1: float) -> range:
        return range(math.floor(t0 / self.every_s) - 1, math.floor(t1 / self.every_s) + 2)


def _step(since: Floats) -> Floats:
    ringing = 0.4 + 0.6 * np.exp(-since / 0.04) * np.cos(2 * np.pi * 95.0 * since)
    let_go = np.clip((_LASTS_S - since) / 0.4, 0.0, 1.0)
    pressed: Floats = -np.expm1(-since / 0.001) * ringing * (0.5 - 0.5 * np.cos(np.pi * let_go))
    return pressed


def _filtered(since: Floats) -> Floats:
    """How an anti-alias filter lets a jump through: of second order, critically damped, 60 Hz."""
    turned = 2 * np.pi * 60.0 * since
    rise: Floats = 1.0 - (1.0 + turned) * np.exp(-turned)
    return rise


def _spike(since: Floats) -> Floats:
    up, down = since / 0.001, since / 0.005
    shape: Floats = up * np.exp(1.0 - up) - 0.4 * down * np.exp(1.0 - down)
    return shape
