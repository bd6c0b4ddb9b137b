"""Values that go round, such as a moment of the cycle or a direction: how far they are apart, and their middle.

0.98 and 0.02 of a cycle lie 0.04 apart, and 0 is between them: their mean as plain numbers, 0.5, is opposite of both.
With a period of None everything here is as of plain numbers.
"""

from typing import Any

import numpy as np

from groundup.model.signals import Floats


def difference(one: Any, other: Any, period: float | None) -> Any:
    """How far it is from `one` to `other`, the short way round: from -period / 2 to period / 2."""
    way = np.asarray(other) - np.asarray(one)
    return way if period is None else way - period * np.round(way / period)


def wrapped(values: Any, period: float | None) -> Any:
    """The same places, from 0 up to, and without, the period."""
    if period is None:
        return np.asarray(values)
    found = np.asarray(values) % period
    # What is just under 0 becomes the period itself by rounding.
    return np.where(found >= period, 0.0, found)


def unrolled(values: Any, period: float, axis: int = -1) -> Floats:
    """The same places on a straight line: the circle, cut open opposite the mean direction of the values.

    What is not moved over 0 keeps its number to the last digit.
    """
    values = np.asarray(values, np.float64)
    centre = np.expand_dims(direction(values, period, axis), axis)
    laid: Floats = values - period * np.round((values - centre) / period)
    return laid


def median(values: Any, period: float | None = None, axis: int = -1) -> Floats:
    """Median along an axis; of values that go round, of the circle cut open opposite their mean direction.

    Of values within half a circle it is the median of Fisher 1993 (Statistical Analysis of Circular Data, 2.3.2): the
    point from which the way to all of them, the short way round, is least.

    Parameters
    ----------
    values : ndarray
    period : float, optional
    axis : int

    Returns
    -------
    ndarray
        From 0 up to the period; one dimension less.
    """
    laid = np.asarray(values, np.float64) if period is None else unrolled(values, period, axis)
    middle: Floats = wrapped(np.median(laid, axis=axis), period)
    return middle


def direction(values: Floats, period: float, axis: int = -1) -> Floats:
    """Mean direction: that of the sum of all values as unit vectors, from 0 up to the period."""
    turned = np.exp(2j * np.pi / period * values).sum(axis=axis)
    found: Floats = wrapped(np.angle(turned) * period / (2 * np.pi), period)
    return found


def percentiles(values: Any, shares: list[float], period: float | None) -> list[float]:
    """Percentiles of values; of those that go round, counted from opposite their mean direction on.

    Then the lower may be the larger number: from 0.97 by 0 to 0.03.
    """
    found: list[float] = wrapped(
        np.percentile(values if period is None else unrolled(values, period), shares), period
    ).tolist()
    return found
