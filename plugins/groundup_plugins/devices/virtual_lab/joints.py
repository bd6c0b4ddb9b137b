"""What is true of the walker's joints: where they are, and the moments and powers that its movement and forces ask for.

The moments are of the whole part of the leg below a joint at once: what its mass and its turning need, less what the
ground and gravity do to it (d'Alembert). Inverse dynamics goes another way, from segment to segment up from the foot,
and of markers and plates.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundup_plugins.devices.virtual_lab.forces import ground_reaction
from groundup_plugins.devices.virtual_lab.legs import (
    SHANK_M,
    THIGH_M,
    TOE_FROM_ANKLE_M,
    LegAngles,
    PelvisPath,
    leg_angles,
    pelvis_path,
)
from groundup_plugins.devices.virtual_lab.walker import GRAVITY, Foot, Walker

Floats = NDArray[np.float64]
JOINTS = ("ankle", "knee", "hip")

_STEP_OF_TIME_S = 5e-4
_BODIES = {"foot": (0.0145, 0.5, 0.475), "shank": (0.0465, 0.433, 0.302), "thigh": (0.100, 0.433, 0.323)}
"""Mass over that of the body, centre of mass from the upper end and radius of gyration over length: Winter 1990."""
_BELOW = {"ankle": ("foot",), "knee": ("foot", "shank"), "hip": ("foot", "shank", "thigh")}


@dataclass(frozen=True)
class LegPose:
    """One leg in the lab, m.

    Attributes
    ----------
    hip, knee, ankle, toe : ndarray, shape (n, 3)
    thigh, shank, foot, pelvis : ndarray, shape (n, 3, 3)
        Axes: columns forward, left, up.
    """

    hip: Floats
    knee: Floats
    ankle: Floats
    toe: Floats
    thigh: Floats
    shank: Floats
    foot: Floats
    pelvis: Floats


@dataclass(frozen=True)
class JointTruth:
    """What a joint does.

    Attributes
    ----------
    moment : ndarray, shape (n, 3)
        Of the upper segment on the lower one, lab axes, N·m/kg.
    power : ndarray, shape (n,)
        W/kg.
    """

    moment: Floats
    power: Floats


def leg_pose(walker: Walker, time: Floats, side: Foot) -> LegPose:
    """A leg and the pelvis at these times."""
    return pose_of(pelvis_path(walker, time), leg_angles(walker, time, side), side)


def pose_of(pelvis: PelvisPath, angles: LegAngles, side: Foot) -> LegPose:
    """A leg that hangs on this pelvis with these angles."""
    rolled = _about_x(angles.roll)
    thigh, shank = rolled @ _about_y(-angles.thigh), rolled @ _about_y(-angles.shank)
    foot = _about_y(angles.foot)
    hip = pelvis.hip(side)
    knee = hip - THIGH_M * thigh[:, :, 2]
    ankle = knee - SHANK_M * shank[:, :, 2]
    return LegPose(hip, knee, ankle, ankle + foot @ TOE_FROM_ANKLE_M, thigh, shank, foot, _about_z(pelvis.turn))


def joint_truth(walker: Walker, time: Floats, side: Foot) -> dict[str, JointTruth]:
    """Moments and powers of ankle, knee and hip at these increasing times."""
    before, now, after = (leg_pose(walker, time + step, side) for step in (-_STEP_OF_TIME_S, 0.0, _STEP_OF_TIME_S))
    ground = ground_reaction(walker, time, side)
    force = np.stack([ground.forward, ground.left, ground.up], axis=1) / walker.mass_kg
    under = np.stack([ground.cop_forward, ground.cop_left, np.zeros_like(ground.up)], axis=1)
    free = np.zeros_like(force)
    free[:, 2] = ground.free_moment / walker.mass_kg
    bodies = {body: (_centre(now, body), *_needs(before, now, after, body)) for body in _BODIES}
    found = {}
    for joint, upper, lower in zip(JOINTS, ("shank", "thigh", "pelvis"), ("foot", "shank", "thigh"), strict=True):
        place = getattr(now, joint)
        moment = -np.cross(under - place, force) - free
        for body in _BELOW[joint]:
            centre, pull, turning = bodies[body]
            moment += np.cross(centre - place, pull) + turning
        turns = _turning(before, after, lower) - _turning(before, after, upper)
        found[joint] = JointTruth(moment, np.einsum("ij,ij->i", moment, turns))
    return found


def _ends(pose: LegPose, body: str) -> tuple[Floats, Floats]:
    return {"foot": (pose.ankle, pose.toe), "shank": (pose.knee, pose.ankle), "thigh": (pose.hip, pose.knee)}[body]


def _centre(pose: LegPose, body: str) -> Floats:
    upper, lower = _ends(pose, body)
    return np.asarray(upper + _BODIES[body][1] * (lower - upper))


def _needs(before: LegPose, now: LegPose, after: LegPose, body: str) -> tuple[Floats, Floats]:
    """The force that carries and accelerates a rod (N/kg), and the change of its angular momentum (N·m/kg)."""
    mass, _, gyration = _BODIES[body]

    def second(of: tuple[Floats, Floats, Floats]) -> Floats:
        return np.asarray((of[0] - 2.0 * of[1] + of[2]) / _STEP_OF_TIME_S**2)

    poses = (before, now, after)
    acceleration = second(tuple(_centre(pose, body) for pose in poses))  # type: ignore[arg-type]
    lines = tuple(lower - upper for upper, lower in (_ends(pose, body) for pose in poses))
    turning = mass * gyration**2 * np.cross(lines[1], second(lines))  # type: ignore[arg-type]
    return mass * (acceleration + np.array([0.0, 0.0, GRAVITY])), turning


def _turning(before: LegPose, after: LegPose, body: str) -> Floats:
    """Angular velocity, rad/s, lab axes."""
    turn = getattr(after, body) @ getattr(before, body).transpose(0, 2, 1)
    skew = (turn - turn.transpose(0, 2, 1)) / (4.0 * _STEP_OF_TIME_S)
    return np.stack([skew[:, 2, 1], skew[:, 0, 2], skew[:, 1, 0]], axis=1)


def _about_x(angle: Floats) -> Floats:
    return _rotation(angle, 1, 2)


def _about_y(angle: Floats) -> Floats:
    return _rotation(angle, 2, 0)


def _about_z(angle: Floats) -> Floats:
    return _rotation(angle, 0, 1)


def _rotation(angle: Floats, first: int, second: int) -> Floats:
    """Turns axis `first` towards axis `second`, shape (n, 3, 3)."""
    turned = np.tile(np.eye(3), (len(angle), 1, 1))
    turned[:, first, first] = turned[:, second, second] = np.cos(angle)
    turned[:, second, first] = np.sin(angle)
    turned[:, first, second] = -np.sin(angle)
    return turned
