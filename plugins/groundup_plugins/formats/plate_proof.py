"""Whether the forces of a file are those of the plate whose corners it names: its own centre of pressure tells.

Moments about the middle of the top surface of a plate give its centre of pressure, (-My / Fz, Mx / Fz). Programs
write forces in the axes of the plate or of the lab, and moments about one point or another, and do not say which.
"""

from collections.abc import Sequence

import numpy as np

from groundup.plugin import Floats, Plate, corners_flaw

_LOADED_N = 50.0
_NEAR_M = 2e-3
_SOME = 10  # loaded samples, to tell by


def plate_of(corners_m: Sequence[Sequence[float]], wrench: Floats, cop_m: Floats) -> tuple[Plate | None, str]:
    """The plate, if forces, moments and centre of pressure agree that the channels are in its own axes.

    Parameters
    ----------
    corners_m : sequence, shape (4, 3)
        In the order of the C3D standard.
    wrench : ndarray, shape (N, 6)
        Fx, Fy, Fz (N), Mx, My, Mz (N·m).
    cop_m : ndarray, shape (N, 2)
        As the file has it: from the middle of the plate in its axes, or in the lab.

    Returns
    -------
    Plate or None
        Of type 2, its moments about the middle of its surface.
    str
        Why not.
    """
    flaw = corners_flaw(corners_m)
    if flaw:
        return None, f"the corners that it names {flaw}"
    corners = np.asarray(corners_m, np.float64)
    loaded = np.isfinite(wrench).all(axis=1) & np.isfinite(cop_m).all(axis=1) & (np.abs(wrench[:, 2]) > _LOADED_N)
    if loaded.sum() < _SOME:
        return None, "the plate is hardly loaded, and nothing tells in which axes its forces are"
    force, moment = wrench[loaded, :3], wrench[loaded, 3:]
    own = np.column_stack([-moment[:, 1] / force[:, 2], moment[:, 0] / force[:, 2]])
    middle, x, y = corners.mean(axis=0), corners[0] - corners[1], corners[0] - corners[3]
    x, y = x / np.linalg.norm(x), y / np.linalg.norm(y)
    in_lab = middle + own[:, :1] * x + own[:, 1:] * y
    given = cop_m[loaded]
    apart = [float(np.median(np.linalg.norm(where - given, axis=1))) for where in (own, in_lab[:, :2])]
    if min(apart) > _NEAR_M:
        return None, (
            "its forces, moments and centre of pressure do not agree in the axes of the plate "
            f"({1000 * min(apart):.3g} mm apart): they may be in the axes of the lab"
        )
    return Plate(2, tuple((float(a), float(b), float(c)) for a, b, c in corners)), ""
