"""Strides as cycles of a fixed number of points, stance and swing apart, and their mean."""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Floats, NotComputableError, Stride, Trace

POINTS = 100
"""Of stance, and of swing."""
MOST_OF_ONE = 0.6
"""Share that one stride may have in the peak of a mean cycle; of three alike it is a third."""


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
        With fewer strides, and where the peak of a muscle's mean is that of one stride.
    """
    whole = [(stride, traces) for stride, traces in strides if not math.isnan(stride.foot_off)]
    if len(whole) < least:
        reason = "nothing saw when the foot left the ground" if strides and not whole else f"only {len(whole)} will do"
        raise NotComputableError(f"it needs {least} strides with a foot off, and {reason}")
    sites = sorted(set.intersection(*(set(traces) for _, traces in whole)))
    total, greatest = np.zeros((len(sites), 2 * points)), np.zeros((len(sites), 2 * points))
    of = np.zeros(total.shape, np.int64)
    for number, (stride, traces) in enumerate(whole):
        at = grid(stride, points)
        values = np.array([np.interp(at, traces[site].time, traces[site].values) for site in sites])
        of = np.where(values > greatest, number, of)
        total, greatest = total + values, np.maximum(greatest, values)
    _refuse_one_stride(sites, total, greatest, of, [stride for stride, _ in whole])
    return sites, total / len(whole)


def _refuse_one_stride(
    sites: Sequence[str], total: Floats, greatest: Floats, of: NDArray[np.int64], strides: Sequence[Stride]
) -> None:
    """A hit on a cable in one stride is the peak of the mean, and would be the muscle's only activity."""
    for row, site in enumerate(sites):
        peak = int(np.argmax(total[row]))
        if greatest[row, peak] > MOST_OF_ONE * total[row, peak]:
            stride = strides[of[row, peak]]
            share = 100.0 * greatest[row, peak] / total[row, peak]
            raise NotComputableError(
                f"one stride of {len(strides)} is {share:.0f} % of the peak of the mean cycle of {site}: "
                "it may hold an artefact",
                (stride.t0, stride.t1),
            )
