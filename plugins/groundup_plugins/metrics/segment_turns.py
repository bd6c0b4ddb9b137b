"""How a segment of the leg turns forwards and backwards in a stride, whatever way its sensor is mounted."""

from collections.abc import Mapping

import numpy as np

from groundup.plugin import Floats, NotComputableError, Stride, Trace
from groundup_plugins.metrics.found_once import found_once

LEAST_RATE = 50.0
_LEAST_SPEED = 0.2  # rad/s
_LEAST_BACK = 0.05  # of the fastest turn, on average in stance
_STANCE = (0.1, 0.45)
"""The part of the stride that is stance for certain: the body moves on over the foot, thigh and shank turn back."""
PROXIMAL, DISTAL = "thigh", "shank"


def forward_turning(stride: Stride, turning: Trace) -> Floats:
    """Angular velocity of a leg segment about its left-right axis, rad/s; the turn forwards of swing is positive.

    The axis is the one about which the segment turns most in the stride. Its sense is told by stance.

    Parameters
    ----------
    stride : Stride
    turning : Trace
        Values of shape (n, 3).

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    NotComputableError
        If the sensor is too slow, or the segment hardly turns.
    """
    if turning.rate < LEAST_RATE * 0.99:
        raise NotComputableError(
            f"the {turning.site} sensor is sampled at {turning.rate:.0f} Hz, and {LEAST_RATE:.0f} Hz is the least"
        )
    axis = np.linalg.eigh(turning.values.T @ turning.values)[1][:, -1]
    about: Floats = turning.values @ axis
    share = (turning.time - stride.t0) / (stride.t1 - stride.t0)
    back = float(about[(share >= _STANCE[0]) & (share <= _STANCE[1])].mean())
    fastest = float(np.abs(about).max())
    if fastest < _LEAST_SPEED or abs(back) < _LEAST_BACK * fastest:
        raise NotComputableError(
            f"the {turning.site} hardly turns back in stance, so which way is forward is not known"
        )
    return about if back < 0 else -about


@found_once
def leg_turning(stride: Stride, segments: Mapping[str, Trace], points: int) -> tuple[Floats, Floats]:
    """Forward turning of thigh and shank at evenly spread points of the stride, each of shape (points,), rad/s.

    Raises
    ------
    NotComputableError
        Without gyroscopes on both.
    """
    missing = [segment for segment in (PROXIMAL, DISTAL) if segment not in segments]
    if missing:
        raise NotComputableError(
            f"it needs gyroscopes on thigh and shank, and there is none on the {' and the '.join(missing)}"
        )
    at = stride.t0 + (np.arange(points) + 0.5) / points * (stride.t1 - stride.t0)
    thigh, shank = (
        np.interp(at, segments[segment].time, forward_turning(stride, segments[segment]))
        for segment in (PROXIMAL, DISTAL)
    )
    return thigh, shank
