"""How the pelvis moves over the ground, by one IMU that may be mounted in any way: up, forward, sideways, and yaw."""

from dataclasses import dataclass

import numpy as np
from scipy.signal import hilbert

from groundup.plugin import Floats
from groundup_plugins.processors.worn_imus import band_pass, low_pass, upwards

_UP_HZ = 0.3
_STILL_UP_HZ = 0.1
_STEP_BAND_HZ = (0.6, 4.0)


@dataclass(frozen=True)
class PelvisMovement:
    """Movement of the pelvis in level axes.

    Attributes
    ----------
    vertical, forward, sideways : ndarray, shape (n,)
        Specific force in m/s². `forward` may point backwards; `sideways` points to the left of it.
    yaw : ndarray, shape (n,) or (0,)
        Turning about the vertical, positive to the left, in rad/s; empty without a gyroscope.
    parts, quick_parts : tuple of ndarray, shape (n, 3)
        Acceleration, and turning where it was measured, without what is quicker than steps; in the sensor's axes. And
        the same without what is slower.
    rate : float
        Hz.
    """

    vertical: Floats
    forward: Floats
    sideways: Floats
    yaw: Floats
    parts: tuple[Floats, ...]
    quick_parts: tuple[Floats, ...]
    rate: float


def pelvis_movement(acceleration: Floats, turning: Floats, rate: float) -> PelvisMovement:
    """Movement in level axes.

    Parameters
    ----------
    acceleration : ndarray, shape (n, 3)
        m/s².
    turning : ndarray, shape (n, 3) or (0, 3)
        rad/s.
    rate : float
        Hz.
    """
    up = _up(acceleration, turning, rate)
    forward = _forward(acceleration, up, rate)
    sideways = np.cross(up, forward)
    sideways /= np.maximum(np.linalg.norm(sideways, axis=1, keepdims=True), 1e-9)
    given = (acceleration, turning) if len(turning) else (acceleration,)
    return PelvisMovement(
        vertical=(acceleration * up).sum(axis=1),
        forward=(acceleration * np.cross(sideways, up)).sum(axis=1),
        sideways=(acceleration * sideways).sum(axis=1),
        yaw=(turning * up).sum(axis=1) if len(turning) else np.empty(0),
        parts=tuple(low_pass(part, _STEP_BAND_HZ[1], rate) for part in given),
        quick_parts=tuple(band_pass(part, _STEP_BAND_HZ, rate) for part in given),
        rate=rate,
    )


def _up(acceleration: Floats, turning: Floats, rate: float) -> Floats:
    """Unit vectors upwards, shape (n, 3): what is slow by gravity, what is quick by turning.

    By gravity alone a pelvis that tilts with each step seems to be pushed sideways.
    """
    if not len(turning):
        return upwards(acceleration, _UP_HZ, rate)
    slow = upwards(acceleration, _STILL_UP_HZ, rate)
    tilt = np.cumsum(np.cross(slow, turning), axis=0) / rate
    up = slow + tilt - low_pass(tilt, _STILL_UP_HZ, rate)
    unit: Floats = up / np.maximum(np.linalg.norm(up, axis=1, keepdims=True), 1e-9)
    return unit


def _forward(acceleration: Floats, up: Floats, rate: float) -> Floats:
    """The level axis of progression in the sensor's axes; unit vector, either way along it.

    Forward acceleration is a quarter of a step beside the vertical one in walking, for the body rises and slows down
    over the leg it stands on, and falls and gets faster after it; and sideways there is no such movement at each step.
    """
    vertical = (acceleration * up).sum(axis=1)
    level = acceleration - vertical[:, None] * up
    waves = hilbert(band_pass(np.column_stack([vertical, level]), _STEP_BAND_HZ, rate), axis=0)
    along: Floats = (waves[:, 1:] * np.conj(waves[:, :1])).mean(axis=0).imag
    return along / max(float(np.linalg.norm(along)), 1e-12)
