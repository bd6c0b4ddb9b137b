"""The border of a plate, and how far inside of it something is."""

from functools import lru_cache

import numpy as np

from groundup.model.signals import Floats
from groundup.model.streams import Plate

Border = tuple[Floats, Floats]
"""Corners (4, 2) in m, and the inward normal of the edge that begins at each."""


@lru_cache(maxsize=64)
def border_of(plate: Plate | None) -> Border | None:
    """The border of a plate; None where its four corners are not known."""
    corners = np.array(plate.corners_m, float) if plate is not None else np.empty(0)
    if corners.shape != (4, 3):
        return None
    edges = np.roll(corners[:, :2], -1, axis=0) - corners[:, :2]
    normals = np.column_stack([-edges[:, 1], edges[:, 0]]) / np.maximum(np.linalg.norm(edges, axis=1), 1e-9)[:, None]
    inward = ((corners[:, :2].mean(axis=0) - corners[:, :2]) * normals).sum(axis=1) > 0
    return corners[:, :2], np.where(inward[:, None], normals, -normals)


def depth_in(at: Floats, border: Border) -> Floats:
    """How far inside of a plate some points (n, 2 or 3) are (m); negative outside."""
    corners, normals = border
    return np.asarray(((at[:, None, :2] - corners) * normals).sum(axis=2).min(axis=1))
