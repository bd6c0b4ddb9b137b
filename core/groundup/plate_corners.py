"""What the corners of a force plate must be: a rectangle of a size that plates have."""

import numpy as np
from numpy.typing import ArrayLike

SHORTEST_M, LONGEST_M = 0.05, 5.0
"""Sides between which plates are: of a pedal, of a treadmill."""
_OPEN = 0.05  # of the longer side: corners are measured with markers
_SKEW = 0.1  # cosine of the angle at a corner: 6 degrees


def corners_flaw(corners_m: ArrayLike) -> str:
    """Say why four points are not the corners of a plate, going round it; empty if they are.

    Parameters
    ----------
    corners_m : array_like, shape (4, 3)
        In m.

    Returns
    -------
    str
        For the place after "they": ``are no rectangle``.
    """
    corners = np.asarray(corners_m, np.float64)
    if corners.shape != (4, 3):
        return "are not four points"
    if not np.isfinite(corners).all():
        return "are no numbers"
    length, width = corners[0] - corners[1], corners[0] - corners[3]
    with np.errstate(over="ignore"):
        sides = np.linalg.norm([length, width], axis=1)
    if sides.min() < SHORTEST_M or sides.max() > LONGEST_M:
        return f"make a plate of {sides[0]:.3g} m by {sides[1]:.3g} m"
    closing = np.linalg.norm(length - (corners[3] - corners[2]))
    if closing > _OPEN * sides.max() or abs(length @ width) > _SKEW * sides[0] * sides[1]:
        return "are no rectangle in this order"
    return ""
