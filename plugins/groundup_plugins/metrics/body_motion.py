"""How the centre of mass moves in a stride, by the forces of the ground alone, and what each leg does to it.

The forces over the mass, less gravity, are the acceleration. Its integral is a velocity up to a constant. A steady
stride gives that: the body goes forward at the speed of the stride, and neither up nor sideways in the mean.
"""

import math
from dataclasses import dataclass

import numpy as np

from groundup.plugin import Floats, NotComputableError, Stride, Subject, Trace
from groundup_plugins.metrics.found_once import found_once
from groundup_plugins.metrics.ground_reaction import GRAVITY, body_weight

WEIGHT_WITHIN = 0.04
"""Of body weight: how far the mean force over a stride may be from it; a foot beside the plates takes a quarter."""
MOST_CHANGE = 0.2
"""m/s by which a steady stride may end faster or slower than it began, sideways or forward."""
Legs = tuple[Trace, Trace]
PARAMETERS: dict[str, float | str] = {
    "gravity_m_s2": GRAVITY,
    "mean_force_within_body_weights": WEIGHT_WITHIN,
    "most_change_of_speed_m_s": MOST_CHANGE,
    "velocity_constant": "mean over the stride: its speed forward, 0 sideways and up",
}
"""Stored with every value."""


@dataclass(frozen=True)
class BodyMotion:
    """Of the centre of mass in one stride.

    Attributes
    ----------
    time : ndarray, shape (n,)
        s.
    velocity : ndarray, shape (n, 3)
        Forward, to the left, up, m/s; relative to the ground that the feet stand on, which may be a belt.
    height : ndarray, shape (n,)
        Over its mean, m.
    own, other : ndarray, shape (n,)
        Power of the leg that the stride is of, and of the other, on the centre of mass: force times velocity, W/kg.
    """

    time: Floats
    velocity: Floats
    height: Floats
    own: Floats
    other: Floats


def body_motion(time: Floats, own: Floats, other: Floats, mass_kg: float, speed: float) -> BodyMotion:
    """Integrate the forces of a steady stride.

    Parameters
    ----------
    time : ndarray, shape (n,)
        s.
    own, other : ndarray, shape (n, 3)
        Force of each leg, forward, to the left, up, N.
    mass_kg, speed : float
        kg; m/s relative to the ground under the feet.

    Raises
    ------
    NotComputableError
        If the forces are not those of a steady stride of one who is so heavy and stands on nothing else.
    """
    lasts = float(time[-1] - time[0])
    force = (own + other) / mass_kg
    mean: Floats = np.asarray(np.trapezoid(force, time, axis=0)) / lasts
    carried = float(mean[2]) / GRAVITY
    if abs(carried - 1.0) > WEIGHT_WITHIN:
        raise NotComputableError(
            f"the plates carry {carried:.2f} body weights in the mean of the stride: a foot was on the ground beside "
            "them, or the mass is wrong"
        )
    change = float(np.hypot(mean[0], mean[1])) * lasts
    if change > MOST_CHANGE:
        raise NotComputableError(
            f"the body is {change:.2f} m/s faster, slower or turned at the end of the stride: it is not steady"
        )
    # In the mean of a steady stride nothing changes. What is left is a mass that is a little wrong, and plates that do
    # not lie level: these take a share of each leg's load for a force along the ground.
    level = [_levelled(leg, mean) / (mass_kg * carried) for leg in (own, other)]
    velocity = _integral(time, level[0] + level[1] - np.array([0.0, 0.0, GRAVITY]))
    velocity += np.array([speed, 0.0, 0.0]) - np.trapezoid(velocity, time, axis=0) / lasts
    height = _integral(time, velocity[:, 2])
    height -= np.trapezoid(height, time) / lasts
    powers = [np.einsum("ij,ij->i", leg, velocity) for leg in level]
    return BodyMotion(time, velocity, height, *powers)


def _levelled(leg: Floats, mean: Floats) -> Floats:
    """The force of a leg as plates would give it that lie level: those in which the mean force points up."""
    tilt = np.array([mean[0] / mean[2], mean[1] / mean[2], 0.0])
    return np.asarray(leg - leg[:, 2:] * tilt)


@found_once
def motion_of(stride: Stride, legs: Legs, distance: float, subject: Subject) -> BodyMotion:
    """The motion in a stride, by what a metric needs for it: LEGS, DISTANCE and SUBJECT."""
    body_weight(subject)  # there is a mass
    own, other = legs
    return body_motion(own.time, own.values, other.values, subject.mass_kg, distance / (stride.t1 - stride.t0))


@dataclass(frozen=True)
class Phases:
    """Work of one leg on the centre of mass in its stance, J/kg: of collision and preload at most 0."""

    collision: float
    rebound: float
    preload: float
    push_off: float


@found_once
def phases_of(stride: Stride, legs: Legs, distance: float, subject: Subject) -> Phases:
    """The four phases of a leg's work, before and after the body is highest in single support."""
    if math.isnan(stride.foot_off) or math.isnan(stride.other_contact):
        raise NotComputableError("no sure foot off, or no one sure contact of the other foot, was seen in it")
    if stride.foot_off < stride.other_contact:
        raise NotComputableError("both feet are off the ground at once: collision and push-off are phases of walking")
    if math.isnan(stride.other_foot_off):
        raise NotComputableError("nothing saw when the other foot left the ground")
    motion = motion_of(stride, legs, distance, subject)
    return leg_phases(motion, stride.foot_off, stride.other_foot_off, stride.other_contact)


def leg_phases(motion: BodyMotion, foot_off: float, other_foot_off: float, other_contact: float) -> Phases:
    """Work of the leg that a stride is of, by phase; times in s."""
    a, b, end = (int(n) for n in np.searchsorted(motion.time, [other_foot_off, other_contact, foot_off]))
    if b - a < 2:
        raise NotComputableError("the single support has too few samples of force")
    top = a + int(np.argmax(motion.height[a:b]))
    early, late = slice(0, top + 1), slice(top, end + 1)
    return Phases(
        collision=work(motion, motion.own, early, negative=True),
        rebound=work(motion, motion.own, early),
        preload=work(motion, motion.own, late, negative=True),
        push_off=work(motion, motion.own, late),
    )


def work(motion: BodyMotion, power: Floats, part: slice = slice(None), *, negative: bool = False) -> float:
    """Integral of the power above 0, or below it: J/kg."""
    one = np.minimum(power[part], 0.0) if negative else np.maximum(power[part], 0.0)
    return float(np.trapezoid(one, motion.time[part]))


def _integral(time: Floats, values: Floats) -> Floats:
    """Running integral by the trapezoidal rule, 0 at the beginning; along the first axis."""
    step = np.diff(time).reshape(-1, *(1,) * (values.ndim - 1))
    return np.concatenate([np.zeros_like(values[:1]), np.cumsum(step * (values[1:] + values[:-1]) / 2, axis=0)])
