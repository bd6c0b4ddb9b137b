"""Made jumps whose velocities are known: pushes are half sines, whose impulse is amplitude x 2 / pi x duration."""

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Trace

GRAVITY = 9.80665
MASS_KG = 70.0
WEIGHT = MASS_KG * GRAVITY
Floats = NDArray[np.float64]


def still(seconds: float, rate: float) -> Floats:
    """Quiet standing, with the sway of the load that people show."""
    time = np.arange(round(seconds * rate)) / rate
    return WEIGHT + 2.0 * np.sin(2 * np.pi * 1.3 * time) * np.sin(np.pi * time / max(seconds, 1e-9))


def push(velocity: float, seconds: float, rate: float) -> Floats:
    """A half sine over the weight that changes the velocity by so much (m/s)."""
    time = (np.arange(round(seconds * rate)) + 0.5) / rate
    return WEIGHT + MASS_KG * velocity * np.pi / 2 / seconds * np.sin(np.pi * time / seconds)


def air(seconds: float, rate: float) -> Floats:
    """Nothing on the plates."""
    return np.zeros(round(seconds * rate))


def flight(velocity: float) -> float:
    """How long a body is in the air that leaves the ground at some velocity, s."""
    return 2 * velocity / GRAVITY


def countermovement(velocity: float, rate: float = 1000.0, before: float = 2.0, after: float = 2.0) -> Trace:
    """Standing, down at 1 m/s, a push up to the velocity, flight, landing, standing."""
    return _trace([
        still(before, rate), push(-1.0, 0.3, rate), push(1.0 + velocity, 0.4, rate), air(flight(velocity), rate),
        push(velocity, 0.35, rate), still(after, rate),
    ], rate)  # fmt: skip


def drops(fall: float, velocities: list[float], contact: float, rate: float = 1000.0) -> Trace:
    """A fall onto the plates at a velocity, jumps one after the other with contacts of one length, and standing."""
    parts, down = [air(1.5, rate)], fall
    for velocity in velocities:
        parts += [push(down + velocity, contact, rate), air(flight(velocity), rate)]
        down = velocity
    return _trace([*parts, push(down, 0.35, rate), still(2.0, rate)], rate)


def _trace(parts: list[Floats], rate: float) -> Trace:
    force = np.concatenate(parts)
    return Trace(np.arange(len(force)) / rate, force, rate, "N")
