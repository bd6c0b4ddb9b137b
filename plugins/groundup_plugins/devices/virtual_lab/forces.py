"""What the ground does to the walker: force and centre of pressure under one foot."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from groundup_plugins.devices.virtual_lab.curve import Curve
from groundup_plugins.devices.virtual_lab.strategy import STRATEGIES, StrategyName
from groundup_plugins.devices.virtual_lab.walker import DOUBLE_SUPPORT_S, GRAVITY, STEP_S, Foot, Step, Walker

Floats = NDArray[np.float64]

BELT_SPEED = 1.25
"""Speed of both belts, m/s: the walking speed."""

# Contact and foot off are sudden: the force is there within a few ms, as heel strike transients are.
_RISE_S = 0.004
_FALL_S = 0.003

_BRAKE = Curve((0.0, 0.16, 0.52, 1.0), (0.0, -1.0, 0.0, 0.0), (0.0, 0.0, 3.0, 0.0))
_PUSH = Curve((0.0, 0.52, 0.86, 1.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 0.0))
_TO_MIDLINE = Curve((0.0, 0.05, 0.25, 0.5, 0.75, 1.0), (0.0, -0.02, 0.05, 0.035, 0.05, 0.0), (0.0,) * 6)
_FREE_MOMENT = Curve((0.0, 0.25, 0.5, 0.75, 1.0), (0.0, 3.0, 0.0, -4.0, 0.0), (0.0, 0.0, -30.0, 0.0, 0.0))  # N·m
_ROLL = Curve((0.0, 0.15, 0.5, 0.85, 1.0), (0.0, 0.05, 0.11, 0.19, 0.22), (0.45, 0.2, 0.2, 0.25, 0.1))  # heel to toe, m
_ARCH = Curve((0.0, 0.6, 1.0), (0.0, 0.012, -0.01), (0.0, 0.0, -0.06))  # away from the midline, m
LANDS_AT = 0.30
"""How far before the middle of the belt the heel lands if its step is in time, m."""
HALF_STEP_WIDTH = 0.10


@dataclass(frozen=True)
class Reaction:
    """Ground reaction under one foot, arrays of shape (n,); all zero while it is in the air.

    Attributes
    ----------
    forward, left, up : ndarray
        Force on the walker, N.
    cop_forward, cop_left : ndarray
        Centre of pressure in the lab, m, from the middle of the treadmill.
    free_moment : ndarray
        Moment about the vertical through the centre of pressure, N·m, counter-clockwise seen from above positive.
    """

    forward: Floats
    left: Floats
    up: Floats
    cop_forward: Floats
    cop_left: Floats
    free_moment: Floats


def ground_reaction(walker: Walker, time: Floats, side: Foot) -> Reaction:
    """Ground reaction under one foot at these (increasing) times."""
    out = np.zeros((6, len(time)))
    outward = 1.0 if side == "L" else -1.0
    steps = walker.steps(float(time[0]), float(time[-1])) if len(time) else []
    for step in (step for step in steps if step.side == side):
        i, j = np.searchsorted(time, [step.contact, step.foot_off])
        since = time[i:j] - step.contact
        where = since / (step.foot_off - step.contact)
        newton = walker.weight * strength(walker, step)
        out[0, i:j] = newton * walker.style.braking * (_BRAKE(where) + _push_gain() * _PUSH(where))
        out[1, i:j] = newton * -outward * _TO_MIDLINE(where)
        out[2, i:j] = newton * _shape(walker, step, since)
        out[3, i:j] = heel_at(step, time[i:j]) + _ROLL(where)
        out[4, i:j] = outward * (HALF_STEP_WIDTH + _ARCH(where))
        out[5, i:j] = outward * _FREE_MOMENT(where)
    return Reaction(*out)


def heel_at(step: Step, time: Floats) -> Floats:
    """How far before the middle of the treadmill the heel is that has landed, m: steps are all as long on the belt."""
    return LANDS_AT - BELT_SPEED * (time - step.number * STEP_S)


def mean_force(strategy: StrategyName, since: Floats) -> Floats:
    """Force of the left foot over a steady stride, for each kg: forward, left, up, N/kg, shape (n, 3).

    Parameters
    ----------
    strategy : {"ground_up", "proximal"}
    since : ndarray, shape (n,)
        Since its contact, s.
    """
    style, lasts = STRATEGIES[strategy], STEP_S + DOUBLE_SUPPORT_S
    where, stands = since / lasts, since < lasts
    along = style.braking * (_BRAKE(where) + _push_gain() * _PUSH(where))
    up = _vertical(style.peaks, lasts, np.minimum(since, lasts))
    force = np.stack((along, -_TO_MIDLINE(where), up), axis=1) * stands[:, None]
    return np.asarray(force * (GRAVITY * _strength(style.peaks, lasts, STEP_S)))


def strength(walker: Walker, step: Step) -> float:
    """How much stronger than the standard shape this stance pushes, to carry the body through its share of time."""
    return _strength(walker.style.peaks, step.foot_off - step.contact, step.impulse_s)


@lru_cache(maxsize=1024)
def _strength(peaks: tuple[float, float], duration: float, impulse_s: float) -> float:
    since = (np.arange(4000, dtype=np.float64) + 0.5) * (duration / 4000)
    area = float(np.mean(_vertical(peaks, duration, since))) * duration
    return impulse_s / area


def _shape(walker: Walker, step: Step, since: Floats) -> Floats:
    return _vertical(walker.style.peaks, step.foot_off - step.contact, since)


def _vertical(peaks: tuple[float, float], duration: float, since: Floats) -> Floats:
    """The double hump in body weights, with its sudden start and end."""
    hump = _hump(peaks)(since / duration)
    sudden: Floats = -np.expm1(-since / _RISE_S) * -np.expm1(-(duration - since) / _FALL_S)
    return hump * sudden


@lru_cache(maxsize=8)
def _hump(peaks: tuple[float, float]) -> Curve:
    first, second = peaks
    return Curve((0.0, 0.25, 0.5, 0.77, 1.0), (0.18, first, 0.72, second, 0.10), (3.2, 0.0, 0.0, 0.0, -4.5))


@lru_cache(maxsize=1)
def _push_gain() -> float:
    """Propulsion pays back what braking took: the walker neither gains nor loses speed in a step."""
    return -_BRAKE.integral() / _PUSH.integral()
