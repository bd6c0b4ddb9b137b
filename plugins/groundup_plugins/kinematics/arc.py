"""The circle that fits a path, and how well."""

from dataclasses import dataclass

import numpy as np

from groundup.plugin import Floats


@dataclass(frozen=True)
class Arc:
    """A path as an arc of a circle.

    Attributes
    ----------
    radius : float
        In the unit of the path.
    length : float
        From one end of the path to the other along the circle.
    off : float
        RMS distance of the path from the circle.
    upward : bool
        Whether the centre lies above the path, as that of what rolls on the ground.
    """

    radius: float
    length: float
    off: float
    upward: bool


def fit_arc(x: Floats, y: Floats) -> Arc:
    """The circle of least squares (algebraic: Kasa 1976, IEEE Trans Instrum Meas 25:8).

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        A path, in order; n of at least 3. On a straight line the radius is infinite.
    """
    # Of numbers near 0, so that a small arc far from the origin loses nothing.
    mean_x, mean_y = float(x.mean()), float(y.mean())
    u, v = x - mean_x, y - mean_y
    design = np.column_stack([2.0 * u, 2.0 * v, np.ones(len(u))])
    (a, b, c), _, rank, _ = np.linalg.lstsq(design, u * u + v * v, rcond=None)
    square = c + a * a + b * b
    if rank < 3 or not square > 0:
        return Arc(np.inf, float(np.hypot(u[-1] - u[0], v[-1] - v[0])), np.inf, upward=False)
    radius = float(np.sqrt(square))
    turned = np.unwrap(np.arctan2(u - a, b - v))
    off = float(np.sqrt(np.mean((np.hypot(u - a, v - b) - radius) ** 2)))
    return Arc(radius, radius * float(np.ptp(turned)), off, upward=bool(b > 0))
