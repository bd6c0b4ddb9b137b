"""How a transient may begin in a device that was at rest: what strikes it, through a filter of its own.

Gaussian processes that are zero before the onset. What a tap does to a sensor is a jump or a slope that then wanders,
or a mode that rings; what the sensor shows of it went through a low-pass of some order and corner (of order 0: none;
then the samples may even have nothing to do with each other). Nothing here is one device's.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import signal as filters

from groundup.model.signals import Floats

PER_UNIT = 16
"""Points of the tables in a unit of time; a unit is the device's interval, or a sixth of a rise that takes longer."""
LONGEST = 18
"""Units that a table is long."""
_ORDERS = (0, 1, 2, 4)
_CORNERS = (0.05, 0.08, 0.14, 0.25, 0.42)  # per unit
_MODES = (0.05, 0.10, 0.17, 0.25, 0.35)  # per unit
_FADES = 4.0  # a mode falls to 1/e in so many units
_WANDERS, _MODE_WANDERS = 1.0, 0.3  # in a unit, against the jump
_STRENGTHS, _MODE_STRENGTHS = (0.6, 1.5, 4.0), (2.0,)
_UNFILTERED, _WHITE, _RINGS = 0.15, 0.5, 0.5  # chance of no filter, of that without any order, and of a mode
_EARLY = 3 * PER_UNIT  # the strength of a process is that of its first three units


@dataclass(frozen=True)
class OnsetModel:
    """A Gaussian process that starts from nothing.

    Attributes
    ----------
    chance : float
        Logarithm of its prior probability.
    waves : ndarray, shape (W, n)
        What its strength alone is unknown of, on a grid of PER_UNIT points in a unit from the onset on.
    driven : ndarray, shape (n, n)
        Covariance of how it wanders, on the same grid.
    wanders : float
        The share of that in it; with it the largest early variance is 1.
    strengths : tuple of float
        Standard deviations it may have, against the largest sample that is seen.
    """

    chance: float
    waves: Floats
    driven: Floats
    wanders: float
    strengths: tuple[float, ...]

    def covariance(self, since: NDArray[np.int_]) -> Floats:
        """Between samples at these grid points, shape (..., N, N) of (..., N); nothing moves at the onset or before."""
        total = self.wanders * self.driven[since[..., :, None], since[..., None, :]]
        for wave in self.waves[:, since]:
            total += wave[..., :, None] * wave[..., None, :]
        return total


@cache
def onset_models() -> tuple[OnsetModel, ...]:
    """Every way to begin, the more likely ones not first."""
    return tuple(_every())


def _every() -> Iterator[OnsetModel]:
    since = np.arange(LONGEST * PER_UNIT + 1) / PER_UNIT
    for order in _ORDERS:
        corners = _CORNERS if order else (math.inf,)
        share = (1.0 - _UNFILTERED) / (len(_ORDERS) - 1) if order else _UNFILTERED * (1.0 - _WHITE)
        for corner in corners:
            jump = _step_response(order, corner, since)
            slope = _integral(jump)
            rough = math.log(share / len(corners) * (1.0 - _RINGS) / 2.0)
            for pushed in (jump, slope / 2.0):
                yield _beginning(rough, pushed[None], _driven(pushed), _WANDERS, _STRENGTHS)
            driven = _driven(jump)
            rings = math.log(share / len(corners) * _RINGS / len(_MODES))
            for mode in _MODES:
                turned, fades = 2.0 * np.pi * mode * since, np.exp(-since / _FADES)
                struck = [_filtered(jump, wave * fades, order) for wave in (np.cos(turned), np.sin(turned))]
                yield _beginning(rings, np.array(struck), driven, _MODE_WANDERS, _MODE_STRENGTHS)
    apart = np.abs(np.arange(len(since))[:, None] - np.arange(len(since)))
    white = np.maximum(1.0 - apart / (PER_UNIT / 2.0), 0.0)  # no two samples of a device are nearer than one unit
    white[0] = white[:, 0] = 0.0
    yield _beginning(math.log(_UNFILTERED * _WHITE), np.zeros((0, len(since))), white, 1.0, _STRENGTHS)


def _beginning(
    chance: float, waves: Floats, driven: Floats, wanders: float, strengths: tuple[float, ...]
) -> OnsetModel:
    top = float(((waves**2).sum(axis=0) + wanders**2 * driven.diagonal())[: _EARLY + 1].max())
    scaled = waves / math.sqrt(top)
    scaled[:, 0] = 0.0
    return OnsetModel(chance, scaled, driven, wanders**2 / top, strengths)


def _step_response(order: int, corner: float, since: Floats) -> Floats:
    """Of first order, critically damped of second, Butterworth's of fourth: they begin as other low-passes do."""
    if order == 0:
        return np.ones(len(since))
    turned = 2.0 * np.pi * corner * since
    if order == 1:
        return np.asarray(-np.expm1(-turned))
    if order == 2:
        turned = turned / math.sqrt(math.sqrt(2.0) - 1.0)  # so that the corner is at half the power
        return np.asarray(1.0 - (1.0 + turned) * np.exp(-turned))
    zeros, poles, gain = filters.buttap(order)
    return np.asarray(filters.step(filters.ZerosPolesGain(zeros, poles, gain), T=turned)[1], np.float64)


def _integral(values: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum((values[1:] + values[:-1]) / 2.0)]) / PER_UNIT


def _filtered(jump: Floats, wave: Floats, order: int) -> Floats:
    if order == 0:
        return wave
    return np.asarray(np.convolve(np.diff(jump, prepend=0.0), wave)[: len(wave)], np.float64)


def _driven(response: Floats) -> Floats:
    """Covariance of what a Wiener process drives, ∫ r(s - u) r(t - u) du / 2, from the response to a jump."""
    middle = np.concatenate([[0.0], (response[1:] + response[:-1]) / 2.0])
    total = np.outer(middle, middle) / (2.0 * PER_UNIT)
    for i in range(1, len(middle)):
        total[i, 1:] += total[i - 1, :-1]
    return total
