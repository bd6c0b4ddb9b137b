"""Where a foot rests on the ground, by how little it turns."""

from bisect import bisect_left
from itertools import pairwise

import numpy as np
from scipy.ndimage import uniform_filter1d

from groundup.plugin import Floats

TURNING = 1.5  # rad/s; a foot that never turns faster does not walk
_WINDOW_S = 0.1
_LEAST_S = 0.05
# Of how fast the foot turns in swing. A rest is a stretch of `_WOBBLING` that is `_QUIET` somewhere: a sensor that is
# not tied well wobbles in the middle of stance.
_QUIET, _WOBBLING = 0.25, 0.5
_MISSING = 1.5  # usual swings; where the foot moves for longer, a rest must have been


def rests(speed: Floats, rate: float) -> list[tuple[int, int]]:
    """Where a foot rests.

    Parameters
    ----------
    speed : ndarray, shape (n,)
        How fast it turns, rad/s.
    rate : float
        Hz.

    Returns
    -------
    list of (int, int)
        First sample of each rest, and the one behind its last. Empty when the foot never walks.
    """
    # A running sum leaves a little less than nothing behind, where a foot lies still to the last bit.
    mean = np.sqrt(np.maximum(uniform_filter1d(speed**2, max(1, round(_WINDOW_S * rate))), 0.0))
    moving = mean[mean > TURNING / 2]
    if len(moving) == 0:
        return []
    swing = float(np.percentile(moving, 90))
    quiet = [part for part in _stretches(mean < _QUIET * swing) if part[1] - part[0] >= _LEAST_S * rate]
    calm = _stretches(mean < _WOBBLING * swing)
    firsts = [first for first, _ in quiet]
    found = [(a, b) for a, b in calm if bisect_left(firsts, a) < bisect_left(firsts, b)]
    return _with_missing(found, calm, rate)


def _with_missing(found: list[tuple[int, int]], calm: list[tuple[int, int]], rate: float) -> list[tuple[int, int]]:
    """The rests, and in each movement that is too long for one swing the longest stretch that is calm."""
    if len(found) < 3:
        return found
    longest = _MISSING * float(np.median([b[0] - a[1] for a, b in pairwise(found)]))
    more = []
    for (_, begin), (end, _) in pairwise(found):
        if end - begin > longest:
            inside = [(a, b) for a, b in calm if begin < a and b < end and b - a >= _WINDOW_S * rate]
            more += [max(inside, key=lambda part: part[1] - part[0])] if inside else []
    return sorted(found + more)


def _stretches(here: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], here, [False]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
