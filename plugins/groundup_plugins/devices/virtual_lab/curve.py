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
