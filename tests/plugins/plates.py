"""Plates and people for the tests: what a plate of each type would read for a known force at a known point."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Channel, Plate, Signal

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Laid:
    """A plate in the lab: C3D corners, and the rotation from its axes (z down) to the lab's (z up)."""

    corners: Floats
    axes: Floats
    middle: Floats


def lay(angle: float, middle: tuple[float, float, float], length: float, width: float) -> Laid:
    """Lay a plate flat, turned by an angle about the vertical; its own z points down, as the C3D standard has it."""
    c, s = np.cos(angle), np.sin(angle)
    axes = np.array([[c, s, 0], [s, -c, 0], [0, 0, -1.0]])
    corners = [(1, 1), (-1, 1), (-1, -1), (1, -1)]
    own = np.array([(length / 2 * i, width / 2 * j, 0.0) for i, j in corners])
    return Laid(own @ axes.T + middle, axes, np.array(middle, float))


def plate_signal(
    kind: int,
    laid: Laid,
    force: Floats,
    cop: Floats,
    free: Floats,
    *,
    action: bool = True,
    origin: tuple[float, float, float] = (0.001, -0.002, -0.04),
    flipped_origin: bool = False,
    moments: str = "Nm",
    rate: float = 1000.0,
) -> Signal:
    """What a plate of the type reads while the ground pushes `force` (N, lab) at `cop` (m, lab) with a free moment.

    Derived from the statics of a rigid plate, not from the code under test: the foot pushes -force at the point
    cop; its moment about the sensors' origin, in plate axes, is r x F.
    """
    sign = -1.0 if action else 1.0
    own = sign * force @ laid.axes
    at = (np.column_stack([cop, np.full(len(cop), laid.middle[2])]) - laid.middle) @ laid.axes
    twist = sign * np.column_stack([np.zeros((len(free), 2)), free]) @ laid.axes
    if kind == 1:
        raw = np.column_stack([own, at[:, :2], twist[:, 2]])
        units = ["N", "N", "N", "m", "m", "Nm"]
        return _signal(raw, units, Plate(1, _tuples(laid.corners)), rate)
    if kind == 3:
        a, b, az0 = 0.12, 0.2, -0.045
        moment = np.cross(at + np.array([0, 0, az0]), own) + twist
        raw = _kistler(own, moment, a, b)
        return _signal(raw, ["N"] * 8, Plate(3, _tuples(laid.corners), (a, b, -az0 if flipped_origin else az0)), rate)
    moment = np.cross(at + np.array(origin), own) + twist
    raw = np.column_stack([own, moment * (1000.0 if moments != "Nm" else 1.0)])
    matrix = None
    if kind == 4:
        mixing = np.random.default_rng(1).normal(scale=0.05, size=(6, 6)) + np.diag([2.0, 3.0, 10.0, 1.5, 1.2, 0.9])
        raw = raw @ np.linalg.inv(mixing).T
        matrix = tuple(tuple(float(v) for v in row) for row in mixing)
    stored = tuple(-v for v in origin) if flipped_origin else origin
    plate = Plate(kind, _tuples(laid.corners), (stored[0], stored[1], stored[2]), matrix)
    return _signal(raw, ["N"] * 3 + [moments] * 3, plate, rate)


def _kistler(force: Floats, moment: Floats, a: float, b: float) -> Floats:
    """Split a wrench over the four pillars: least-norm channels that add up to it."""
    rows = np.array(
        [
            [1, 1, 0, 0, 0, 0, 0, 0],
            [0, 0, 1, 1, 0, 0, 0, 0],
            [0, 0, 0, 0, 1, 1, 1, 1],
            [0, 0, 0, 0, b, b, -b, -b],
            [0, 0, 0, 0, -a, a, a, -a],
            [-b, b, a, -a, 0, 0, 0, 0],
        ],
        dtype=float,
    )
    return np.column_stack([force, moment]) @ np.linalg.pinv(rows).T


def _tuples(corners: Floats) -> tuple[tuple[float, float, float], ...]:
    return tuple((float(x), float(y), float(z)) for x, y, z in corners)


def _signal(raw: Floats, units: list[str], plate: Plate, rate: float) -> Signal:
    channels = tuple(Channel(f"c{i}", unit, "plate:1") for i, unit in enumerate(units))
    return Signal("plate_1", "plate", np.arange(len(raw)) / rate, raw, channels, rate, plate)


def vertical_plate(fz: Floats, rate: float, plate: Plate | None = None) -> Signal:
    """A type-2 plate in the lab's own axes that reads only a vertical force."""
    raw = np.zeros((len(fz), 6))
    raw[:, 2] = fz
    return _signal(raw, ["N"] * 3 + ["Nm"] * 3, plate or Plate(2, ()), rate)


def walking_force(duration: float, rate: float, weight: float) -> Floats:
    """A stance of walking, shape (n, 3): x forward (brakes, then propels), y to the left, z up with two humps."""
    s = np.linspace(0, 1, round(duration * rate))
    vertical = weight * (1.35 * np.sin(np.pi * s) + 0.45 * np.sin(3 * np.pi * s))
    return np.column_stack([-0.2 * weight * np.sin(2 * np.pi * s), 0.03 * weight * np.sin(np.pi * s), vertical])
