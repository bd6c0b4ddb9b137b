"""The band in which the mean curve of one more person lies with 95 %: percent by percent, or with the whole curve.

Percent by percent: Student's t at each of them. With the whole curve: by how far each person leaves the others at the
worst percent, in SD of a further one; that of a further person is among the smallest 95 % of these with 95 %, whatever
the curves are like (conformal prediction: Vovk, Gammerman & Shafer 2005, Algorithmic Learning in a Random World).
"""

import math

import numpy as np
from scipy.stats import t

from groundup.model.signals import Floats
from groundup.plugin.norm_regression import COVERAGE

LEAST_SIMULTANEOUS = 19
"""With fewer people the 95 % of a further one are more than everybody."""


def pointwise(curves: Floats) -> Floats:
    """The band at each percent by itself.

    Parameters
    ----------
    curves : ndarray, shape (people, points)

    Returns
    -------
    ndarray, shape (points, 2)
        Low and high.
    """
    return _band(curves, float(t.ppf(0.5 + COVERAGE / 2, len(curves) - 1)))


def simultaneous(curves: Floats) -> Floats:
    """The band of whole curves; shape and arguments as `pointwise`, of 19 people or more."""
    farthest = np.sort(worst(curves))
    place = math.ceil(COVERAGE * (len(curves) + 1))
    return _band(curves, float(farthest[place - 1]))


def worst(curves: Floats) -> Floats:
    """How far each person is from the mean of the others at the worst percent, in SD of a further one; (people,)."""
    away: Floats = np.array([np.abs(curve - middle) / sd for curve, middle, sd in _others(curves)])
    found: Floats = away.max(axis=1)
    return found


def inside_of_others(curves: Floats, whole: bool) -> tuple[float, float]:
    """Each person held against the band of all others: share of points that lie inside, and of whole curves.

    The band of whole curves of the others needs 19 of them.
    """
    found = []
    for index in range(len(curves)):
        others = np.delete(curves, index, axis=0)
        low, high = (simultaneous(others) if whole else pointwise(others)).T
        found.append((curves[index] >= low) & (curves[index] <= high))
    return float(np.mean(found)), float(np.mean(np.all(found, axis=1)))


def _band(curves: Floats, factor: float) -> Floats:
    n = len(curves)
    middle = curves.mean(axis=0)
    half = factor * curves.std(axis=0, ddof=1) * math.sqrt(1 + 1 / n)
    return np.column_stack([middle - half, middle + half])


def _others(curves: Floats) -> list[tuple[Floats, Floats, Floats]]:
    """Each curve, with the mean of all others and the SD of a further one about it."""
    n = len(curves)
    found = []
    for index, curve in enumerate(curves):
        others = np.delete(curves, index, axis=0)
        found.append((curve, others.mean(axis=0), others.std(axis=0, ddof=1) * math.sqrt(1 + 1 / (n - 1))))
    return found
