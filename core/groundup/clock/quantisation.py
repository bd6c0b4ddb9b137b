"""Stamps that are counted in coarse ticks (of 15.6 ms, of whole milliseconds, of a 32-bit float): what that hides.

Such stamps are exact where they lie and wrong by up to a tick. To a search for losses a beat of ticks and samples looks
like samples that are lost now and then, because each stamp is exactly a whole number of ticks. So each tick is moved by
a random part of it: what remains is lateness like any other. What no averaging takes away is how far the sampling may
be shifted with every stamp still in its tick; that is in the bound.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundup.clock.smoother import Floats
from groundup.clock.stamps import Stamps

_LOOKED_AT = 1 << 17
_FEWEST = 32
_LEAST_S, _LEAST = 5e-5, 0.02  # a finer tick, in s or of an interval, matters to nobody
_SAME = 1e-3  # of a tick
_ROUNDING = 4.0
_ROUNDS = 12
_SHORT, _HARDLY_SHORT = 0.3, 0.02  # of a tick, by which a step is shorter than its samples take
_OUTAGE = 4.0  # steps; a longer one says nothing of the rate
_AS_STATED = 3e-3  # nearly nothing is lost
_CRYSTAL = 3e-4  # nor is the rate another one
_OFTEN = 0.05  # of the steps of one tick are of more or fewer samples than the others
_WINDOW_S = 10.0
_WINDOWS, _IN_ONE = 40, 2000


@dataclass(frozen=True)
class Dithered:
    """Stamps of which each tick is moved by a part of it, always the same: `groundup.clock.stamps.Readable`.

    Attributes
    ----------
    stamps : Stamps, shape (N,)
    tick : float
        In s.
    """

    stamps: Stamps
    tick: float

    def __len__(self) -> int:
        return len(self.stamps)

    def __getitem__(self, part: slice, /) -> Floats:
        stamps = self.stamps[part]
        return np.asarray(stamps + self.tick * (_random(np.round((stamps - self.stamps.at(0)) / self.tick)) - 0.5))


def quantisation_step(stamps: Stamps, rate: float) -> float:
    """The tick in which the stamps of a regular stream are counted, in s; 0 where it is fine, or does not show.

    Parameters
    ----------
    stamps : Stamps, shape (N,)
        Finite.
    rate : float
        Nominal, in Hz.
    """
    some = stamps[:_LOOKED_AT]
    if len(some) < _FEWEST:
        return 0.0
    edge = np.append(np.flatnonzero(np.diff(some) != 0.0), len(some) - 1)  # the last of each that bear one stamp
    apart, samples = np.diff(some[edge]), np.diff(edge)
    least = max(_LEAST_S, _LEAST / rate)
    if len(apart) < _FEWEST // 2 or float(apart.min()) < least:
        return 0.0
    rounding = _ROUNDING * float(np.spacing(np.abs(some).max()))
    found = float(apart.min())
    for _ in range(_ROUNDS):
        rest = np.abs(apart - np.round(apart / found) * found)
        if float(rest.max()) <= max(_SAME * found, rounding):
            break
        found = float(rest[rest > max(_SAME * found, rounding)].min())
        if found < least:
            return 0.0
    else:
        return 0.0
    times = np.round(apart / found)
    step = float(np.median(times))
    if step > 1.0 and bool(np.any(times[samples == np.median(samples)] % step != 0.0)):
        return found  # no lost samples make such a step
    # Stamps without ticks, of a sender that loses samples, are never nearer than their samples.
    together = apart < _OUTAGE * float(np.median(apart))
    mean = float(apart[together].sum()) / int(samples[together].sum())
    off = abs(mean * rate - 1.0)
    short = _HARDLY_SHORT if off < _AS_STATED else _SHORT
    usual = float(np.median(apart / (samples * mean)))
    if off < _CRYSTAL and usual < 1.0 - 2.0 * _CRYSTAL:  # nothing is lost, and no crystal is so fast
        return found
    near = times == 1.0
    uneven = bool(near.any()) and float(np.mean(samples[near] != np.median(samples[near]))) > _OFTEN
    return found if uneven or bool(np.any(apart - samples * mean < -short * found)) else 0.0


def hidden_shift(tick: float, count: int, at: Callable[[NDArray[np.int64]], Floats]) -> float:
    """How far the sampling may be shifted with no stamp in another tick, in s: half the widest hole between phases.

    Parameters
    ----------
    tick : float
        In s.
    count : int
        Samples.
    at : callable
        Time of some of these on the clock of their stamps.
    """
    holes = []
    for begin in np.linspace(0, max(count - _IN_ONE, 0), _WINDOWS).astype(np.int64).tolist():
        time = at(np.arange(begin, min(begin + _IN_ONE, count)))
        time = time[time < time[0] + _WINDOW_S]
        phase = np.sort(np.mod(time / tick, 1.0))
        holes.append(float(np.diff(phase, append=phase[0] + 1.0).max()))
    return tick * float(np.percentile(holes, 90)) / 2.0


def _random(number: Floats) -> Floats:
    """A number between 0 and 1 for each, by splitmix64."""
    mixed = number.astype(np.int64).view(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    for shift, times in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(times)
    return np.asarray((mixed ^ (mixed >> np.uint64(31))) / 2.0**64)
