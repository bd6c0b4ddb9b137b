"""Whether the force of a plate can be that under the foot of the markers: in place, height, direction and time.

Markers and plates in two frames, an axis of a plate turned round, or one of both late give moments that look like any
others. A limit is what anatomy or mechanics allow and some margin; `docs/decisions/inverse-dynamics.md` has what true
stances of four labs show, and which faults are refused. The sentences say what they measured.
"""

from dataclasses import dataclass

import numpy as np

from groundup.plugin import Floats, NotComputableError, Stance
from groundup_plugins.dynamics.joint_centres import median
from groundup_plugins.dynamics.segments import rate_of_change

MIDDLE = (0.25, 0.75)
"""Of a stance: there the whole foot is on the ground."""
WALKING_S, LONGEST_STEP_S = 0.4, 1.5
"""A stance that is shorter may be running, one that lasts longer is standing, whose end tells nothing."""
_BESIDE = 0.25
"""Of the length from heel to toe marker: half the breadth of a foot, beyond which no force is under it."""
_ABOVE_M = (-0.04, 0.11)
"""Of the lower one of heel and toe above the plate in the middle of stance; measured 0.02 to 0.05."""
_FIRST, _LAST = (0.05, 0.15), (0.85, 0.95)
_BEHIND, _BEFORE = 0.0, 0.35
"""Of the length from heel to toe marker: behind the heel is no foot, and before the toe marker only toes."""
_LEAST_LAST = 0.45
"""Where from heel to toe the force is at least before the foot leaves the ground; measured 0.95 to 1.25."""
_LEAST_LEAN, _LEAST_RATIO = 0.08, 0.25
"""A leg leans by this (horizontal over vertical) before the force has to lean with it; measured ratio 0.6 to 0.75."""
_LOADED = 0.2  # of the greatest vertical force: below it the direction is noise
_LANDED_M_S, _LEFT_M_S, _NEAR_S = 0.5, 1.0, 0.12
_EARLY_S, _LATE_S = -0.024, 0.017
"""Mean of two times: when the heel slows down to 0.5 m/s after the load begins, and when the toe is faster than 1 m/s
after it ends; measured -0.015 to 0.013."""


@dataclass(frozen=True)
class FootAndHip:
    """Heel, toe and hip centre of one leg, m, shape (n, 3) each, smoothed."""

    heel: Floats
    toe: Floats
    hip: Floats


@dataclass(frozen=True)
class PlateForce:
    """What a plate measured of a stance.

    Attributes
    ----------
    time : ndarray, shape (k,)
        s.
    force, moment : ndarray, shape (k, 3)
        N; about the origin of the lab, N·m. Smoothed.
    centre : ndarray, shape (k, 2)
        Centre of pressure, m; NaN where hardly loaded.
    height : float
        Of the surface, m.
    """

    time: Floats
    force: Floats
    moment: Floats
    centre: Floats
    height: float


def must_be_of_the_foot(time: Floats, foot: FootAndHip, stance: Stance, plate: PlateForce) -> None:
    """Refuse a force that cannot be that under this foot.

    Parameters
    ----------
    time : ndarray, shape (n,)
        Of the markers, s.
    foot : FootAndHip
    stance : Stance
    plate : PlateForce

    Raises
    ------
    NotComputableError
        If it cannot; with what was measured.
    """
    _must_be_beside(time, foot, stance, plate)
    _must_be_at_its_height(time, foot, stance, plate)
    _must_go_from_heel_to_toe(time, foot, stance, plate)
    _must_lean_with_the_leg(time, foot, stance, plate)
    _must_be_in_time(time, foot, stance)


def part_of(time: Floats, stance: Stance, shares: tuple[float, float]) -> slice:
    """The samples of a part of a stance: none where the markers were not seen then."""
    lasts = stance.t1 - stance.t0
    first, last = np.searchsorted(time, [stance.t0 + shares[0] * lasts, stance.t0 + shares[1] * lasts])
    return slice(int(first), int(last))


def _centre_at(time: Floats, plate: PlateForce) -> Floats:
    return np.column_stack([np.interp(time, plate.time, column) for column in plate.centre.T])


def _along(foot: FootAndHip, part: slice, centre: Floats) -> tuple[Floats, Floats]:
    """Where the centre of pressure is on the line from heel (0) to toe (1), and how far from that line (m)."""
    start, line = foot.heel[part, :2], (foot.toe - foot.heel)[part, :2]
    share = ((centre - start) * line).sum(axis=1) / (line**2).sum(axis=1)
    return share, np.linalg.norm(centre - start - np.clip(share, 0.0, 1.0)[:, None] * line, axis=1)


def _median(values: Floats, otherwise: float) -> float:
    finite = values[np.isfinite(values)]
    return median(finite) if len(finite) else otherwise


def _must_be_beside(time: Floats, foot: FootAndHip, stance: Stance, plate: PlateForce) -> None:
    middle = part_of(time, stance, MIDDLE)
    off = _median(_along(foot, middle, _centre_at(time[middle], plate))[1], 0.0)
    if off > _BESIDE * _length(time, foot, stance):
        raise NotComputableError(
            f"the centre of pressure lies {off:.2f} m beside the foot: its side is wrong, or markers and plates are "
            "not in one lab frame"
        )


def _length(time: Floats, foot: FootAndHip, stance: Stance) -> float:
    """From heel to toe, seen from above, while the whole foot is on the ground; NaN where it was not seen."""
    line = (foot.toe - foot.heel)[part_of(time, stance, MIDDLE), :2]
    return _median(np.linalg.norm(line, axis=1), np.nan)


def _must_be_at_its_height(time: Floats, foot: FootAndHip, stance: Stance, plate: PlateForce) -> None:
    middle = part_of(time, stance, MIDDLE)
    above = _median(np.minimum(foot.heel[middle, 2], foot.toe[middle, 2]) - plate.height, 0.0)
    if not _ABOVE_M[0] <= above <= _ABOVE_M[1]:
        where = "above" if above > 0 else "below"
        raise NotComputableError(
            f"the foot stands {abs(above):.2f} m {where} the plate: markers and plates are not in one lab frame"
        )


def _must_go_from_heel_to_toe(time: Floats, foot: FootAndHip, stance: Stance, plate: PlateForce) -> None:
    if stance.t1 - stance.t0 > LONGEST_STEP_S:
        return
    line = np.linalg.norm((foot.toe - foot.heel)[:, :2], axis=1)
    whole = _length(time, foot, stance)

    def from_heel(shares: tuple[float, float]) -> tuple[Floats, Floats]:
        """How far the force is before the heel and before the toe, over the length of the foot."""
        part = part_of(time, stance, shares)
        # Seen from above, a foot whose heel rises is shorter.
        along = _along(foot, part, _centre_at(time[part], plate))[0] * line[part] / whole
        return along, along - line[part] / whole

    first = _median(from_heel(_FIRST)[0], _LEAST_LAST)
    heel, toe = from_heel(_LAST)
    last, before = _median(heel, 1.0), _median(toe, 0.0)
    if first < _BEHIND:
        raise NotComputableError(
            f"the foot lands with the centre of pressure {-first * whole:.2f} m behind the heel: markers and plates "
            "are not in one lab frame"
        )
    if before > _BEFORE:
        raise NotComputableError(
            f"the foot leaves with the centre of pressure {before * whole:.2f} m before the toe marker: the plate "
            "feels another foot, too, or markers and plates are not in one lab frame"
        )
    if last < max(_LEAST_LAST, first):
        raise NotComputableError(
            f"the centre of pressure goes from {first:.0%} to {last:.0%} of the line from heel to toe: markers and "
            "plates are not in one lab frame, an axis of the plate's moments is reversed, or the heel does not rise"
        )


def _must_lean_with_the_leg(time: Floats, foot: FootAndHip, stance: Stance, plate: PlateForce) -> None:
    """The force points roughly to the hip: what leans otherwise has its horizontal axes turned."""
    stood = part_of(time, stance, (0.0, 1.0))
    if not len(time[stood]):
        return
    force = np.column_stack([np.interp(time[stood], plate.time, column) for column in plate.force.T])
    leg = foot.hip[stood] - np.column_stack([_centre_at(time[stood], plate), np.full(len(force), plate.height)])
    use = np.isfinite(leg).all(axis=1) & (force[:, 2] > _LOADED * force[:, 2].max()) & (leg[:, 2] > 0)
    if use.sum() < 3:
        return
    leans, force_leans = leg[use, :2] / leg[use, 2:], force[use, :2] / force[use, 2:]
    if float(np.sqrt((leans**2).sum(axis=1).mean())) < _LEAST_LEAN:
        return
    ratio = float((leans * force_leans).sum() / (leans**2).sum())
    if ratio < _LEAST_RATIO:
        raise NotComputableError(
            f"the force leans {ratio:.2f} times as far as the leg that stands on it: horizontal axes of the plate are "
            "taken for each other or reversed, or markers and plates are not in one lab frame"
        )


def _must_be_in_time(time: Floats, foot: FootAndHip, stance: Stance) -> None:
    """The heel comes to rest when the foot is loaded, and the toe leaves when it is no longer."""
    middle = part_of(time, stance, MIDDLE)
    if not WALKING_S <= stance.t1 - stance.t0 <= LONGEST_STEP_S or middle.stop - middle.start < 3:
        return
    landed = _crossing(time, _speed(time, foot.heel, middle), stance.t0, _LANDED_M_S, rising=False)
    left = _crossing(time, _speed(time, foot.toe, middle), stance.t1, _LEFT_M_S, rising=True)
    apart = (landed + left) / 2
    if not np.isnan(apart) and not _EARLY_S <= apart <= _LATE_S:
        raise NotComputableError(
            f"the foot comes to rest {1e3 * abs(landed):.0f} ms {_when(landed)} the plate is loaded, and leaves "
            f"{1e3 * abs(left):.0f} ms {_when(left)} it is not: plates and markers are not on one clock, or the load "
            "is of something else"
        )


def _when(lag: float) -> str:
    return "after" if lag > 0 else "before"


def _speed(time: Floats, marker: Floats, middle: slice) -> Floats:
    """Of a marker over the ground or the belt, m/s."""
    velocity = rate_of_change(marker, _rate(time))
    return np.asarray(np.linalg.norm(velocity - np.median(velocity[middle], axis=0), axis=1))


def _rate(time: Floats) -> float:
    return (len(time) - 1) / float(time[-1] - time[0])


def _crossing(time: Floats, speed: Floats, near: float, level: float, *, rising: bool) -> float:
    """When a speed first rises above, or last falls below, a level near a moment: s after that; NaN where it does not.

    It is NaN, too, where the markers were not seen that long.
    """
    if near - _NEAR_S < time[0] - 0.5 * _NEAR_S or near + _NEAR_S > time[-1] + 0.5 * _NEAR_S:
        return float("nan")
    i, j = np.searchsorted(time, [near - _NEAR_S, near + _NEAR_S])
    at, above = time[i:j], speed[i:j] >= level
    found = np.flatnonzero(~above[:-1] & above[1:] if rising else above[:-1] & ~above[1:])
    if not len(found):
        return float("nan")
    k = int(found[0] if rising else found[-1])
    part = (level - speed[i + k]) / (speed[i + k + 1] - speed[i + k])
    return float(at[k] + part * (at[k + 1] - at[k]) - near)
