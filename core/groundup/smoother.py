"""A smoothed curve through measurements of a clock: offset and drift, with their uncertainty.

The state is an offset and its drift; the drift wanders (a clock warms up, the room cools). Forward Kalman filter and
Rauch-Tung-Striebel smoother, after Rauch, Tung & Striebel, AIAA J. 3(8), 1965; an outlier is given less weight by its
distance from the curve (Huber's weights), in a few rounds.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_ROUNDS = 3
_HUBER = 2.0
_NO_DRIFT_KNOWN = 1e-3  # a clock that is off by more than 1000 ppm is broken


@dataclass(frozen=True)
class Curve:
    """An offset that changes smoothly with time.

    Attributes
    ----------
    time : ndarray, shape (K,)
        Where the curve is known, increasing.
    offset, drift, sigma : ndarray, shape (K,)
        Offset (s), its rate of change (s/s), and the standard deviation of the offset (s).
    """

    time: Floats
    offset: Floats
    drift: Floats
    sigma: Floats

    def at(self, time: Floats) -> Floats:
        """Offset at any time: cubic (Hermite) between the knots, straight on beyond the ends."""
        t, o, d = self.time, self.offset, self.drift
        if len(t) == 1:
            return np.asarray(o[0] + d[0] * (time - t[0]))
        i = np.clip(np.searchsorted(t, time) - 1, 0, len(t) - 2)
        h = t[i + 1] - t[i]
        u = (time - t[i]) / h
        a, b = o[i] + d[i] * (time - t[i]), o[i + 1] + d[i + 1] * (time - t[i + 1])
        v = np.clip(u, 0.0, 1.0)
        w = v * v * (3.0 - 2.0 * v)
        return np.asarray(a * (1.0 - w) + b * w)

    def sigma_at(self, time: Floats) -> Floats:
        """Standard deviation at any time; it grows beyond the ends by what the drift may do there."""
        sigma = np.interp(time, self.time, self.sigma)
        outside = np.maximum(self.time[0] - time, 0.0) + np.maximum(time - self.time[-1], 0.0)
        return np.asarray(sigma + outside * 1e-5)


def smooth(time: Floats, offset: Floats, sigma: Floats, drift_walk: float) -> Curve:
    """Fit a `Curve` to measurements.

    Parameters
    ----------
    time, offset : ndarray, shape (K,)
        K >= 1 measurements, time strictly increasing.
    sigma : ndarray, shape (K,)
        Standard deviation of each.
    drift_walk : float
        How much the drift may change, in (s/s) per square root of a second.

    Returns
    -------
    Curve
        With a knot at each measurement.
    """
    if len(time) == 1:
        return Curve(time, offset, np.zeros(1), sigma.copy())
    weight = np.ones(len(time))
    curve = _pass(time, offset, sigma, drift_walk)
    for _ in range(_ROUNDS):
        distance = np.abs(offset - curve.offset) / np.hypot(sigma, curve.sigma)
        weight = np.minimum(1.0, _HUBER / np.maximum(distance, 1e-12))
        curve = _pass(time, offset, sigma / weight, drift_walk)
    return curve


def _pass(time: Floats, offset: Floats, sigma: Floats, drift_walk: float) -> Curve:
    n = len(time)
    dt = np.diff(time, prepend=time[0])
    x, p = np.empty((n, 2)), np.empty((n, 2, 2))
    x_ahead, p_ahead = np.empty((n, 2)), np.empty((n, 2, 2))
    state = np.array([offset[0], 0.0])
    cov = np.diag([sigma[0] ** 2 + _NO_DRIFT_KNOWN**2, _NO_DRIFT_KNOWN**2])
    for k in range(n):
        step = np.array([[1.0, dt[k]], [0.0, 1.0]])
        state = step @ state
        cov = step @ cov @ step.T + _walk(dt[k], drift_walk)
        x_ahead[k], p_ahead[k] = state, cov
        gain = cov[:, 0] / (cov[0, 0] + sigma[k] ** 2)
        state = state + gain * (offset[k] - state[0])
        cov = cov - np.outer(gain, cov[0])
        x[k], p[k] = state, cov
    for k in range(n - 2, -1, -1):
        step = np.array([[1.0, dt[k + 1]], [0.0, 1.0]])
        back = p[k] @ step.T @ np.linalg.inv(p_ahead[k + 1])
        x[k] += back @ (x[k + 1] - x_ahead[k + 1])
        p[k] += back @ (p[k + 1] - p_ahead[k + 1]) @ back.T
    return Curve(time, x[:, 0].copy(), x[:, 1].copy(), np.sqrt(np.maximum(p[:, 0, 0], 0.0)))


def _walk(dt: float, drift_walk: float) -> Floats:
    """Covariance that a wandering drift adds over `dt`."""
    q = drift_walk**2
    return np.array([[q * dt**3 / 3.0, q * dt**2 / 2.0], [q * dt**2 / 2.0, q * dt]])
