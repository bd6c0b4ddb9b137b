"""What a quaternion tells of a sensor without its heading: where up is, and how it turns, in the sensor's own axes."""

import numpy as np

from groundup.plugin import Floats


def upwards(quaternions: Floats) -> Floats:
    """Where up lies in the axes of the sensor.

    Parameters
    ----------
    quaternions : ndarray, shape (n, 4)
        w, x, y, z: turn a vector of the sensor into a frame whose z is up.

    Returns
    -------
    ndarray, shape (n, 3)
        Of length 1.
    """
    w, x, y, z = quaternions.T
    return np.stack([2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)], axis=1)


def turning(quaternions: Floats, rate: float) -> Floats:
    """Angular velocity in the axes of the sensor (rad/s), from each sample to the next.

    Parameters
    ----------
    quaternions : ndarray, shape (n, 4)
        As of `upwards`.
    rate : float
        Hz.

    Returns
    -------
    ndarray, shape (n - 1, 3)
    """
    a, b, c, d = quaternions[:-1].T
    w, x, y, z = quaternions[1:].T
    # The conjugate of the one before times this one, for small angles; which of the two quaternions it is, is no turn.
    turned = np.stack([a * x - b * w - c * z + d * y, a * y + b * z - c * w - d * x, a * z - b * y + c * x - d * w], 1)
    same = np.where(a * w + b * x + c * y + d * z < 0, -1.0, 1.0)
    velocity: Floats = 2.0 * rate * same[:, None] * turned
    return velocity
