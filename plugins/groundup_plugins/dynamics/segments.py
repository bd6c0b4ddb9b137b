"""Segments of the leg as rigid rods: mass, centre of mass, radius of gyration, axes, how they turn.

Table: Winter 1990, Biomechanics and Motor Control of Human Movement, 2nd ed., table 3.1 (after Dempster).
"""

from dataclasses import dataclass

import numpy as np

from groundup.plugin import Floats
from groundup_plugins.dynamics.joint_centres import cross, lengths, median, unit


@dataclass(frozen=True)
class Rod:
    """One row of the table.

    Attributes
    ----------
    mass : float
        Share of body mass.
    centre : float
        Of its length, from the proximal end.
    gyration : float
        Radius of gyration about its centre of mass, across the rod, of its length; along the rod 0.
    """

    mass: float
    centre: float
    gyration: float


RODS = {"foot": Rod(0.0145, 0.5, 0.475), "shank": Rod(0.0465, 0.433, 0.302), "thigh": Rod(0.100, 0.433, 0.323)}
TABLE = "Winter 1990, table 3.1"


@dataclass(frozen=True)
class Segment:
    """One segment in motion.

    Attributes
    ----------
    proximal : ndarray, shape (n, 3)
        Centre of its proximal joint, m.
    axes : ndarray, shape (n, 3, 3)
        Columns: forward, to the left, up, fixed in it.
    turning : ndarray, shape (n, 3)
        Angular velocity, rad/s, lab frame.
    centre : ndarray, shape (n, 3)
        Its centre of mass, m.
    length : float
        m.
    mass : float
        kg, for each kg of the body.
    force, moment : ndarray, shape (n, 3)
        Rate of change of its momentum (N/kg), and of its angular momentum about its centre of mass (N·m/kg).
    """

    proximal: Floats
    axes: Floats
    turning: Floats
    centre: Floats
    length: float
    mass: float
    force: Floats
    moment: Floats


def upright_axes(proximal: Floats, distal: Floats, left: Floats) -> Floats:
    """Axes of a rod that hangs down: z along it, y as near to `left` as can be. Shape (n, 3, 3)."""
    up = unit(proximal - distal)
    forward = unit(cross(left, up))
    return np.stack([forward, cross(up, forward), up], axis=2)


def flat_axes(heel: Floats, toe: Floats, left: Floats) -> Floats:
    """Axes of a foot: x from heel to toe, y as near to `left` as can be. Shape (n, 3, 3)."""
    forward = unit(toe - heel)
    up = unit(cross(forward, left))
    return np.stack([forward, cross(up, forward), up], axis=2)


def rate_of_change(values: Floats, rate: float) -> Floats:
    """Central differences along the first axis, a second; at the ends to the next sample. n at least 2.

    As `numpy.gradient`, which takes several times as long on what is so small.
    """
    change = np.empty_like(values)
    change[1:-1] = (values[2:] - values[:-2]) * (rate / 2.0)
    change[0], change[-1] = (values[1] - values[0]) * rate, (values[-1] - values[-2]) * rate
    return change


def turning_of(axes: Floats, rate: float) -> Floats:
    """Angular velocity (rad/s, lab frame) of axes, shape (n, 3): the skew part of dR/dt times R transposed."""
    spin = np.einsum("nij,nkj->nik", rate_of_change(axes, rate), axes)
    skew = (spin - spin.transpose(0, 2, 1)) / 2
    return np.stack([skew[:, 2, 1], skew[:, 0, 2], skew[:, 1, 0]], axis=1)


def moving(rod: Rod, proximal: Floats, distal: Floats, axes: Floats, rate: float) -> Segment:
    """A rod of which two ends and the axes are known, at `rate` (Hz)."""
    line = distal - proximal
    length = median(lengths(line))
    centre = proximal + rod.centre * line
    turning = turning_of(axes, rate)
    # A rod has no moment of inertia about itself: only what turns it end over end counts.
    across = turning - (turning * unit(line)).sum(axis=1, keepdims=True) * unit(line)
    inertia = rod.mass * (rod.gyration * length) ** 2
    acceleration = rate_of_change(rate_of_change(centre, rate), rate)
    return Segment(
        proximal,
        axes,
        turning,
        centre,
        length,
        rod.mass,
        rod.mass * acceleration,
        rate_of_change(inertia * across, rate),
    )
