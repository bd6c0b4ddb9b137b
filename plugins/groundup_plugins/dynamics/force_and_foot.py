"""Whether the force of a plate can be that under the foot of the markers: in place, height, direction and time.

Markers and plates in two frames, an axis of a plate turned round, or one of both late give moments that look like any
others. Each limit here is beyond what 20 stances of three labs (floor, turns, split belt) show, and the sentences say
what they measured.
"""

from dataclasses import dataclass

import numpy as np

from groundup.plugin import Floats, NotComputableError, Stance

_BESIDE_M = 0.08
"""Farther than this from the line between heel and toe, the centre of pressure is under no foot of that line."""
_MIDDLE = (0.25, 0.75)  # of a stance: there the whole foot is on the ground
_ABOVE_M = (-0.04, 0.11)
"""Of the lower one of heel and toe above the plate in the middle of stance; measured 0.02 to 0.05."""
_FIRST, _LAST = (0.05, 0.15), (0.85, 0.95)
_LAST_SHARE = (0.45, 1.4)
"""Where from heel to toe the force is before the foot leaves the ground; measured 0.75 to 1.15, less at first."""
_LONGEST_STEP_S = 1.5
"""A stance that lasts longer is standing, whose end tells nothing."""
_LEAST_LEAN, _LEAST_RATIO = 0.08, 0.25
"""A leg leans by this (horizontal over vertical) before the force has to lean with it; measured ratio 0.6 to 0.75."""
_LOADED = 0.2  # of the greatest vertical force: below it the direction is noise
_WALKING_S, _LANDING_S, _SLIDING_M_S = 0.4, 0.02, 0.9
"""In walking, the foot moves no faster than this in the first 0.02 s of load; measured 0.05 to 0.45 m/s."""


@dataclass(frozen=True)
class FootAndHip:
    """Heel, toe and hip centre of one leg, m, shape (n, 3) each."""

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
    force : ndarray, shape (k, 3)
        N.
    centre : ndarray, shape (k, 2)
        Centre of pressure, m; NaN where hardly loaded.
    height : float
        Of the surface, m.
    """

    time: Floats
    force: Floats
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
    _must_leave_by_the_toe(time, foot, stance, plate)
    _must_lean_with_the_leg(time, foot, stance, plate)
    _must_land_in_time(time, foot, stance)


def _part(time: Floats, stance: Stance, shares: tuple[float, float]) -> slice:
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
    return float(np.median(finite)) if len(finite) else otherwise


def _must_be_beside(time: Floats, foot: FootAndHip, stance: Stance, plate: PlateForce) -> None:
    middle = _part(time, stance, _MIDDLE)
    off = _median(_along(foot, middle, _centre_at(time[middle], plate))[1], 0.0)
    if off > _BESIDE_M:
        raise NotComputableError(
            f"the centre of pressure lies {off:.2f} m beside the foot: its side is wrong, or markers and plates are "
            "not in one lab frame"
        )


def _must_be_at_its_height(time: Floats, foot: FootAndHip, stance: Stance, plate: PlateForce) -> None:
    middle = _part(time, stance, _MIDDLE)
    above = _median(np.minimum(foot.heel[middle, 2], foot.toe[middle, 2]) - plate.height, 0.0)
    if not _ABOVE_M[0] <= above <= _ABOVE_M[1]:
        where = "above" if above > 0 else "below"
        raise NotComputableError(
            f"the foot stands {abs(above):.2f} m {where} the plate: markers and plates are not in one lab frame"
        )


def _must_leave_by_the_toe(time: Floats, foot: FootAndHip, stance: Stance, plate: PlateForce) -> None:
    if stance.t1 - stance.t0 > _LONGEST_STEP_S:
        return
    line = (foot.toe - foot.heel)[:, :2]
    # Seen from above, a foot whose heel rises is shorter.
    whole = _median(np.linalg.norm(line[_part(time, stance, _MIDDLE)], axis=1), np.nan)

    def share_in(shares: tuple[float, float], otherwise: float) -> float:
        part = _part(time, stance, shares)
        found = _along(foot, part, _centre_at(time[part], plate))[0]
        return _median(found * np.linalg.norm(line[part], axis=1) / whole, otherwise)

    first, share = share_in(_FIRST, 0.0), share_in(_LAST, 1.0)
    if not max(_LAST_SHARE[0], first) <= share <= _LAST_SHARE[1]:
        raise NotComputableError(
            f"the centre of pressure goes from {first:.0%} to {share:.0%} of the line from heel to toe: markers and "
            "plates are not in one lab frame, an axis of the plate's moments is reversed, or the heel does not rise"
        )


def _must_lean_with_the_leg(time: Floats, foot: FootAndHip, stance: Stance, plate: PlateForce) -> None:
    """The force points roughly to the hip: what leans otherwise has its horizontal axes turned."""
    stood = _part(time, stance, (0.0, 1.0))
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


def _must_land_in_time(time: Floats, foot: FootAndHip, stance: Stance) -> None:
    middle = _part(time, stance, _MIDDLE)
    if stance.t1 - stance.t0 < _WALKING_S or not len(time[middle]) or stance.t0 < time[0]:
        return
    speeds = []
    for marker in (foot.heel, foot.toe):
        velocity = np.gradient(marker[:, :2], time, axis=0)
        velocity -= np.median(velocity[middle], axis=0)  # of the belt
        at = np.linspace(stance.t0, stance.t0 + _LANDING_S, 5)
        speeds.append(np.hypot(*(np.interp(at, time, column) for column in velocity.T)))
    sliding = float(np.median(np.min(speeds, axis=0)))
    if sliding > _SLIDING_M_S:
        raise NotComputableError(
            f"the foot still moves at {sliding:.1f} m/s when the plate is loaded: plates and markers are not on one "
            "clock, or the load is of something else"
        )
