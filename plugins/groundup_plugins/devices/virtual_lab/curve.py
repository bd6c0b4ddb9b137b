"""Smooth curves through given points with given slopes: the shapes of a stance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """A piecewise cubic (Hermite) curve on 0 to 1.

    Where a slope of zero is given at an extreme, the curve has its peak exactly there and at exactly that height.

    Attributes
    ----------
    at, values, slopes : tuple of float
        Knots (increasing, from 0 to 1), the values there and the slopes there.
    """

    at: tuple[float, ...]
    values: tuple[float, ...]
    slopes: tuple[float, ...]

    def __call__(self, where: Floats) -> Floats:
        """The curve's values; beyond 0 and 1 those at the ends."""
        at, values, slopes = np.asarray(self.at), np.asarray(self.values), np.asarray(self.slopes)
        where = np.clip(where, 0.0, 1.0)
        i = np.clip(np.searchsorted(at, where, side="right") - 1, 0, len(at) - 2)
        width = at[i + 1] - at[i]
        u = (where - at[i]) / width
        rise = values[i + 1] - values[i]
        start, end = slopes[i] * width - rise, rise - slopes[i + 1] * width
        result: Floats = values[i] + u * rise + u * (1.0 - u) * ((1.0 - u) * start + u * end)
        return result

    def integral(self) -> float:
        """Area under the curve from 0 to 1."""
        at, values, slopes = np.asarray(self.at), np.asarray(self.values), np.asarray(self.slopes)
        width = np.diff(at)
        return float(np.sum(width * (values[:-1] + values[1:]) / 2 + width**2 * (slopes[:-1] - slopes[1:]) / 12))


def quintic(part: Floats, lasts: float, begins: Floats, ends: Floats) -> Floats:
    """A polynomial that begins and ends with a given value, speed and acceleration.

    Parameters
    ----------
    part : ndarray, shape (n,)
        0 at its beginning, 1 at its end.
    lasts : float
        s.
    begins, ends : ndarray, shape (3,)
        Value, its rate of change a second, and that of the rate.
    """
    (x, v, a), (to, v1, a1) = begins * (1.0, lasts, lasts**2), ends * (1.0, lasts, lasts**2)
    left = to - x
    third = 10.0 * left - 6.0 * v - 4.0 * v1 - 1.5 * a + 0.5 * a1
    fourth = -15.0 * left + 8.0 * v + 7.0 * v1 + 1.5 * a - a1
    fifth = 6.0 * left - 3.0 * (v + v1) - 0.5 * (a - a1)
    result: Floats = x + part * (v + part * (0.5 * a + part * (third + part * (fourth + part * fifth))))
    return result
