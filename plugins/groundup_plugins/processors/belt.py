"""Plates under the belt of a treadmill: known by their length, and by what force a foot is on them."""

import numpy as np

from groundup.plugin import Plate

FLOOR_N, BELT_N = 20.0, 50.0
"""A foot is on the plate above this vertical force: on a belt more, whose motor and drift reach 20 N in swing."""
_LEAST_M = 1.3  # plates in a floor are up to 1.2 m long; a belt to walk on is 1.4 m at least


def is_belt(plate: Plate | None) -> bool:
    """Whether a plate is as long as only belts are; one whose corners are not known is none."""
    corners = np.array(plate.corners_m, dtype=np.float64) if plate is not None else np.empty(0)
    if corners.shape != (4, 3):
        return False
    return bool(np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1).max() >= _LEAST_M)


def contact_threshold(plate: Plate | None) -> float:
    """Vertical force (N) above which a foot is on this plate, where nobody sets one."""
    return BELT_N if is_belt(plate) else FLOOR_N
