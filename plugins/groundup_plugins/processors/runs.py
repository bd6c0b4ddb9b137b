"""Runs of samples that are numbers."""

import numpy as np

from groundup.plugin import Floats


def finite_runs(values: Floats) -> list[slice]:
    """Where one channel's samples, shape (n,), are numbers, run by run."""
    good = np.concatenate(([False], np.isfinite(values), [False]))
    edges = np.flatnonzero(good[1:] != good[:-1])
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
