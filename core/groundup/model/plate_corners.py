"""What the corners of a force plate must be: a rectangle of a size that plates have.

Without NumPy: a recorder reads lab.toml (``docs/decisions/memory-of-the-recorder.md``).
"""

import math
from collections.abc import Iterable, Sequence

SHORTEST_M, LONGEST_M = 0.05, 5.0
"""Sides between which plates are: of a pedal, of a treadmill."""
_OPEN = 0.05  # of the longer side: corners are measured with markers
_SKEW = 0.1  # cosine of the angle at a corner: 6 degrees


def corners_flaw(corners_m: Iterable[Iterable[float]]) -> str:
    """Say why four points are not the corners of a plate, going round it; empty if they are.

    Parameters
    ----------
    corners_m : array_like or nested sequences, shape (4, 3)
        In m.

    Returns
    -------
    str
        For the place after "they": ``are no rectangle``.
    """
    try:
        corners = [[float(number) for number in point] for point in corners_m]
    except (TypeError, ValueError):
        return "are not four points"
    if len(corners) != 4 or any(len(point) != 3 for point in corners):
        return "are not four points"
    if not all(math.isfinite(number) for point in corners for number in point):
        return "are no numbers"
    length, width = _from(corners[1], corners[0]), _from(corners[3], corners[0])
    sides = math.hypot(*length), math.hypot(*width)
    if min(sides) < SHORTEST_M or max(sides) > LONGEST_M:
        return f"make a plate of {sides[0]:.3g} m by {sides[1]:.3g} m"
    closing = math.dist(length, _from(corners[2], corners[3]))
    if (
        closing > _OPEN * max(sides)
        or abs(sum(a * b for a, b in zip(length, width, strict=True))) > _SKEW * sides[0] * sides[1]
    ):
        return "are no rectangle in this order"
    return ""


def _from(one: Sequence[float], other: Sequence[float]) -> list[float]:
    return [b - a for a, b in zip(one, other, strict=True)]
