"""Runs of samples that are numbers, and the nearest sample that reaches a level."""

import numpy as np

from groundup.plugin import Floats

_FIRST_LOOK = 1024


def finite_runs(values: Floats) -> list[slice]:
    """Where one channel's samples, shape (n,), are numbers, run by run."""
    good = np.concatenate(([False], np.isfinite(values), [False]))
    edges = np.flatnonzero(good[1:] != good[:-1])
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def first_reaching(values: Floats, level: float, start: int) -> int | None:
    """The first sample from `start` on that is `level` or more; None where none is.

    Looks no further than it must: from each step of an hour to the end of the hour would be looked thousands of times.
    """
    size = _FIRST_LOOK
    while start < len(values):
        found = np.flatnonzero(values[start : start + size] >= level)
        if len(found):
            return start + int(found[0])
        start, size = start + size, 2 * size
    return None


def last_below(values: Floats, level: float, stop: int) -> int | None:
    """The last sample before `stop` that is less than `level`; None where none is. Looks as `first_reaching` does."""
    size = _FIRST_LOOK
    while stop > 0:
        begin = max(0, stop - size)
        found = np.flatnonzero(values[begin:stop] < level)
        if len(found):
            return begin + int(found[-1])
        stop, size = begin, 2 * size
    return None
