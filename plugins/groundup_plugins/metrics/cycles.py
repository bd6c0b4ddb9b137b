"""Strides as cycles of a fixed number of points, stance and swing apart, and their mean."""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from groundup.plugin import Floats, NotComputableError, Stride, Trace

POINTS = 100
"""Of stance, and of swing."""


def grid(stride: Stride, points: int = POINTS) -> Floats:
    """Times of a stride: `points` from contact to foot off and as many to the next contact (s)."""
    stance = np.linspace(stride.t0, stride.foot_off, points)
    swing = np.linspace(stride.foot_off, stride.t1, points + 1)[1:]
    times: Floats = np.concatenate([stance, swing])
    return times


def runs(strides: Iterable[Stride]) -> bool:
    """Whether these are strides of a run: a foot is on the ground for less than half of one, so both are off at times.

    Of strides in which nothing saw a foot off, it is not known, and False.
    """
    shares = [(s.foot_off - s.t0) / (s.t1 - s.t0) for s in strides if not math.isnan(s.foot_off)]
    return bool(shares) and float(np.median(shares)) < 0.5


def mean_cycle(
    strides: Sequence[tuple[Stride, Mapping[str, Trace]]], least: int, points: int = POINTS
) -> tuple[list[str], Floats]:
    """Mean of muscles over strides, stance and swing of `points` each.

    Parameters
    ----------
    strides : sequence of (Stride, dict of site to Trace)
    least : int
        How many strides with a foot off it takes.

    Returns
    -------
    sites : list of str
        In alphabetical order.
    cycle : ndarray, shape (muscles, 2 * points)

    Raises
    ------
    NotComputableError
        With fewer strides.
    """
    whole = [(stride, traces) for stride, traces in strides if not math.isnan(stride.foot_off)]
    if len(whole) < least:
        seen = "nothing saw when the foot left the ground" if strides and not whole else f"only {len(whole)} will do"
        raise NotComputableError(f"it needs {least} strides with a foot off, and {seen}")
    sites = sorted(set.intersection(*(set(traces) for _, traces in whole)))
    total = np.zeros((len(sites), 2 * points))
    for stride, traces in whole:
        at = grid(stride, points)
        total += [np.interp(at, traces[site].time, traces[site].values) for site in sites]
    return sites, total / len(whole)
