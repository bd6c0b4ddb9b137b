"""How the walker's legs move: feet that stand on a belt, a pelvis that goes where the forces push it, and a swing.

A leg is three rods in one plane that tilts sideways about the line of progression. While the foot stands, it is where
the centre of pressure is, and hip and ankle leave the knee one place. In swing each angle goes on as a polynomial that
has the angle, its speed and its acceleration at foot off, and those of the next contact.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from groundup_plugins.devices.virtual_lab.curve import quintic
from groundup_plugins.devices.virtual_lab.forces import BELT_SPEED, HALF_STEP_WIDTH, heel_at, mean_force
from groundup_plugins.devices.virtual_lab.strategy import StrategyName
from groundup_plugins.devices.virtual_lab.walker import STEP_S, Foot, Step, Walker

Floats = NDArray[np.float64]

HEIGHT_M = 1.75
THIGH_M, SHANK_M = 0.245 * HEIGHT_M, 0.246 * HEIGHT_M
"""Drillis & Contini 1966, by Winter 1990."""
ANKLE_M = 0.075
"""Of the ankle over the sole."""
_HEEL_M, _BALL_M = -0.055, 0.135  # on the sole, from under the ankle forward
HEEL_FROM_ANKLE_M, TOE_FROM_ANKLE_M = np.array([_HEEL_M, 0.0, -0.03]), np.array([_BALL_M, 0.0, -0.03])
"""The markers of heel and toe on a foot that stands flat: forward, left, up."""
HALF_HIPS_M = 0.10
_HIPS_RISE = 1.35  # times as far as the centre of mass: the legs below do not rise with them
_HARMONICS = 6  # of the stride: the body does not move faster
_STEP_OF_TIME_S = 2e-4  # for rates of change


@dataclass(frozen=True)
class PelvisPath:
    """The pelvis in the lab (x forward, y left, z up), arrays over time.

    Attributes
    ----------
    centre : ndarray, shape (n, 3)
        Midway between the hips, m.
    turn : ndarray, shape (n,)
        About the vertical, to the left positive, rad.
    """

    centre: Floats
    turn: Floats

    def hip(self, side: Foot) -> Floats:
        """Centre of a hip, m, shape (n, 3)."""
        outwards = HALF_HIPS_M if side == "L" else -HALF_HIPS_M
        still = np.zeros_like(self.turn)
        return self.centre + outwards * np.column_stack([-np.sin(self.turn), np.cos(self.turn), still])


def pelvis_path(walker: Walker, time: Floats) -> PelvisPath:
    """Where the pelvis is: as far from its mean place as both legs' forces take a body in a steady stride."""
    steps = walker.step_number(time)
    turned = np.pi * steps  # contacts of the left foot at full turns
    centre = np.zeros((len(time), 3))
    for number, along in enumerate(_sway(walker.strategy), start=1):
        wave = np.exp(1j * number * turned)
        for axis in range(3):
            centre[:, axis] += along[axis].real * wave.real - along[axis].imag * wave.imag
    style = walker.style.legs
    centre += np.array([style.hips_forward_m, 0.0, style.hips_high_m])
    centre[:, 0] += BELT_SPEED * (STEP_S * steps - time)  # who is late is carried back
    return PelvisPath(centre, -style.pelvis_turns * np.cos(turned))


@lru_cache(maxsize=8)
def _sway(strategy: StrategyName) -> NDArray[np.complex128]:
    """Harmonics of the body's movement in a steady stride, m, shape (harmonics, 3): its acceleration, integrated."""
    count = 2048
    one = mean_force(strategy, np.arange(count, dtype=np.float64) * (2.0 * STEP_S / count))
    both = one + np.roll(one, count // 2, axis=0) * np.array([1.0, -1.0, 1.0])
    harmonic = np.arange(1, _HARMONICS + 1)
    parts = np.fft.rfft(both, axis=0)[1 : _HARMONICS + 1] * (2.0 / count)
    return np.asarray(-parts / (harmonic * np.pi / STEP_S)[:, None] ** 2 * (1.0, 1.0, _HIPS_RISE))


@dataclass(frozen=True)
class LegAngles:
    """How the segments of a leg are turned, rad, shape (n,) each.

    Attributes
    ----------
    roll : ndarray
        Of the plane of the leg about the line of progression, from upright.
    thigh, shank : ndarray
        In that plane, from hanging straight down, the lower end forward positive.
    foot : ndarray
        Toe down positive; 0 on flat ground.
    """

    roll: Floats
    thigh: Floats
    shank: Floats
    foot: Floats


def leg_angles(walker: Walker, time: Floats, side: Foot) -> LegAngles:
    """The angles of a leg at these increasing times, as if nobody ever stopped to tap sensors or to sit."""
    angles = np.zeros((4, len(time)))
    if len(time) == 0:
        return LegAngles(*angles)
    hip = pelvis_path(walker, time).hip(side)
    for step in walker.own_steps(float(time[0]), float(time[-1]), side):
        after = walker.step(step.number + 2)
        i, j, k = np.searchsorted(time, [step.contact, step.foot_off, after.contact])
        if j > i:
            angles[:, i:j] = _standing(walker, step, time[i:j], hip[i:j])
        if k > j:
            angles[:, j:k] = _swinging(walker, step, after, time[j:k])
    return LegAngles(*angles)


def _standing(walker: Walker, step: Step, time: Floats, hip: Floats) -> Floats:
    """Angles while the foot stands, shape (4, n); a little before and after it, the same movement goes on."""
    ankle, foot = _foot_on_belt(walker, step, time)
    line = ankle - hip
    down = np.hypot(line[:, 1], line[:, 2])
    roll = np.arctan2(line[:, 1], -line[:, 2])
    far = np.hypot(line[:, 0], down)
    leans = np.arctan2(line[:, 0], down)
    thigh = leans + _corner(THIGH_M, far, SHANK_M)
    return np.stack([roll, thigh, leans - _corner(SHANK_M, far, THIGH_M), foot])


def _corner(one: float, other: Floats, across: float) -> Floats:
    """The angle between two sides of a triangle, by its three sides."""
    return np.asarray(np.arccos((one**2 + other**2 - across**2) / (2.0 * one * other)))


def _foot_on_belt(walker: Walker, step: Step, time: Floats) -> tuple[Floats, Floats]:
    """Where the ankle is, shape (n, 3), and how far the toe points down: on the heel, flat, and on the ball."""
    style = walker.style.legs
    part = (time - step.contact) / (step.foot_off - step.contact)
    onto_heel = style.toe_up * np.maximum(1.0 - part / style.flat_at, 0.0) ** 3
    onto_ball = style.heel_up * np.maximum((part - style.heel_rises_at) / (1.0 - style.heel_rises_at), 0.0) ** 3
    foot = onto_ball - onto_heel
    pivot = np.where(foot > 0.0, _BALL_M, _HEEL_M)
    cos, sin = np.cos(foot), np.sin(foot)
    ankle = np.empty((len(time), 3))
    ankle[:, 0] = heel_at(step, time) + (pivot - _HEEL_M) - pivot * cos + ANKLE_M * sin
    ankle[:, 1] = HALF_STEP_WIDTH if step.side == "L" else -HALF_STEP_WIDTH
    ankle[:, 2] = pivot * sin + ANKLE_M * cos
    return ankle, foot


def _swinging(walker: Walker, step: Step, after: Step, time: Floats) -> Floats:
    """Angles from foot off to the next contact, shape (4, n)."""
    begins, ends = (_motion(walker, one, at) for one, at in ((step, step.foot_off), (after, after.contact)))
    lasts = after.contact - step.foot_off
    part = (time - step.foot_off) / lasts
    angles = np.stack([quintic(part, lasts, begins[:, n], ends[:, n]) for n in range(4)])
    style = walker.style.legs
    lifted = (4.0 * part * (1.0 - part)) ** 3
    angles[1] += style.swing_thigh * lifted
    angles[2] -= style.swing_shank * lifted
    return angles


@lru_cache(maxsize=256)  # for one packet after the other
def _motion(walker: Walker, step: Step, moment: float) -> Floats:
    """Angles of the standing leg, their speeds and accelerations at a moment, shape (3, 4)."""
    at = moment + _STEP_OF_TIME_S * np.array([-1.0, 0.0, 1.0])
    before, now, then = _standing(walker, step, at, pelvis_path(walker, at).hip(step.side)).T
    speed, acceleration = (then - before) / (2 * _STEP_OF_TIME_S), (then - 2 * now + before) / _STEP_OF_TIME_S**2
    return np.stack([now, speed, acceleration])
