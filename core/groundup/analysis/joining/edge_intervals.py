"""What edges leave open of the line between two clocks.

Each lies between two samples of either file, and one line must suit them all. This is no estimate: where edges always
fall on the same part of a sample, no number of them averages that.
"""

import numpy as np
from scipy.optimize import linprog

from groundup.analysis.joining.line_fit import ClockLine
from groundup.clock.joint import MOST_DRIFT_PPM
from groundup.model.signals import Floats

_SURE_S = 5e-6
_US = 1e6


def line_of_edges(time: Floats, lag: Floats, half: Floats, pivot: float) -> ClockLine:
    """The lines within all intervals; where none is, the intervals are widened until there is, and again as much.

    Parameters
    ----------
    time, lag, half : ndarray, shape (n,)
        When each was on the file's clock, what to add, and by how much that may be off, in s.
    pivot : float
        Where the offset is told, on the file's clock, in s.
    """
    along = time - pivot
    middle = float(np.median(lag))
    off, wide = (lag - middle) * _US, half * _US  # in us and ppm all numbers are of one size
    rows = np.column_stack([np.ones(len(along)), along, -np.ones(len(along))])
    above, below = rows, rows * np.array([-1.0, -1.0, 1.0])
    table, limits = np.vstack([above, below]), np.concatenate([off + wide, wide - off])
    bounds = [(None, None), (-MOST_DRIFT_PPM, MOST_DRIFT_PPM)]
    least = linprog([0.0, 0.0, 1.0], table, limits, bounds=[*bounds, (0.0, None)], method="highs")
    slack = float(least.x[2]) if least.success else float(np.ptp(off))
    limits = limits + 2.0 * slack + 1e-3
    ends = []
    for goal in ([1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]):
        found = linprog(goal, table[:, :2], limits, bounds=bounds, method="highs")
        ends.append(float(found.x[0 if goal[0] else 1]))
    low, high, slow, fast = ends
    offset, drift = (low + high) / 2.0 / _US + middle, (slow + fast) / 2.0 / _US
    spread = float(np.std(lag - offset - drift * along))
    return ClockLine(pivot, offset, (high - low) / 2.0 / _US + _SURE_S, drift, (fast - slow) / 2.0 / _US, spread)
