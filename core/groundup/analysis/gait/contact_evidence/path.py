"""The path of a centre of pressure: along which way it goes, and how far it gets along and across it."""

import numpy as np

from groundup.model.signals import Floats


def ways(path: Floats) -> tuple[Floats, Floats]:
    """Unit vectors along the straight line that fits a path, shape (n, 2), best, and across it."""
    along, across = np.linalg.svd(path - path.mean(axis=0), full_matrices=False)[2]
    return along, across


def reach(path: Floats, way: Floats) -> float:
    """How far a path gets in a direction, without its ends: from 5 to 95 % (m)."""
    low, high = np.percentile(path @ way, [5, 95])
    return float(high - low)
