"""Whether the force of a plate is what carries this person: their weight, and the way it leans with the pelvis.

The middle of the pelvis stands for the centre of mass. While one foot stands alone, its impulse is that of the weight
and of the change of momentum (Newton); and a force that carries a body upright leans with the line from its centre of
pressure to that body, since else it would turn it over.
"""

from dataclasses import dataclass

import numpy as np

from groundup.plugin import Floats, NotComputableError, Stance
from groundup_plugins.dynamics.force_and_foot import (
    LONGEST_STEP_S,
    MIDDLE,
    WALKING_S,
    FootAndHip,
    PlateForce,
    part_of,
)
from groundup_plugins.dynamics.segments import rate_of_change
from groundup_plugins.metrics.ground_reaction import GRAVITY

_SWINGS_M_S = 0.5
"""Heel and toe of the other foot are faster than this over the ground while it is in the air."""
_LEAST_S = 0.25
_MASS = 0.12
"""By as much of the person's mass may what was weighed differ: the pelvis is not the centre of mass, and its vertical
velocity is that to 0.1 m/s (3 % of the impulse of 0.35 s); measured -0.06 to +0.03."""
_ALONG, _ACROSS = (0.5, 1.1), 0.15
"""How far the force leans for what the body leans: along the foot measured 0.60 to 0.90, to the side 0.3 to 1.0."""
_LEAST_RANGE, _LEAST_ACROSS = 0.2, 0.02
_LOADED = 0.2


@dataclass(frozen=True)
class Body:
    """The rest of the person, at the times of the markers.

    Attributes
    ----------
    mass_kg : float
        NaN where it is not known.
    middle : ndarray, shape (n, 3), optional
        Of the pelvis, m; None where its markers are missing.
    other_heel, other_toe : ndarray, shape (n, 3), optional
        Of the other foot, m, NaN where it was not seen; None where it has no such marker.
    """

    mass_kg: float
    middle: Floats | None
    other_heel: Floats | None
    other_toe: Floats | None


def must_carry_this_person(time: Floats, foot: FootAndHip, body: Body, stance: Stance, plate: PlateForce) -> None:
    """Refuse a force that does not carry the person whose markers are above it.

    Parameters
    ----------
    time : ndarray, shape (n,)
        Of the markers, s.
    foot : FootAndHip
    body : Body
    stance : Stance
        In walking: what is shorter or longer is not looked at.
    plate : PlateForce

    Raises
    ------
    NotComputableError
        If it does not; with what was measured.
    """
    middle = part_of(time, stance, MIDDLE)
    if not WALKING_S <= stance.t1 - stance.t0 <= LONGEST_STEP_S or middle.stop - middle.start < 3:
        return
    if body.middle is None or stance.t0 < time[0] or stance.t1 > time[-1]:
        return
    stood = part_of(time, stance, (0.0, 1.0))
    force = np.column_stack([np.interp(time[stood], plate.time, column) for column in plate.force.T])
    _must_weigh(time, foot, body, body.middle, stood, middle, force)
    _must_lean(time, foot, body.middle, stood, middle, force, plate)


def _must_weigh(
    time: Floats, foot: FootAndHip, body: Body, pelvis: Floats, stood: slice, middle: slice, force: Floats
) -> None:
    alone = _alone(time, foot, body, stood, middle)
    if alone is None or not body.mass_kg > 0:
        return
    at = time[stood][alone]
    rises = rate_of_change(pelvis[:, 2], _rate(time))[stood][alone]
    lasts = float(at[-1] - at[0])
    weighed = float(np.trapezoid(force[alone, 2], at)) / (GRAVITY * lasts + float(rises[-1] - rises[0]))
    if abs(weighed / body.mass_kg - 1.0) > _MASS:
        raise NotComputableError(
            f"the plate carries {weighed:.0f} kg while this foot stands alone, and the person's mass is "
            f"{body.mass_kg:.0f} kg: one of the two is wrong, or the plate's scale"
        )


def _alone(time: Floats, foot: FootAndHip, body: Body, stood: slice, middle: slice) -> slice | None:
    """The longest part of a stance in which the other foot is in the air; None where that was not seen."""
    if body.other_heel is None or body.other_toe is None:
        return None
    rate = _rate(time)
    belt = np.median(rate_of_change((foot.heel + foot.toe) / 2, rate)[middle], axis=0)
    speeds = [np.linalg.norm(rate_of_change(m, rate)[stood] - belt, axis=1) for m in (body.other_heel, body.other_toe)]
    swings = np.concatenate([[False], np.minimum(*speeds) > _SWINGS_M_S, [False]])  # False where NaN
    edges = np.flatnonzero(np.diff(swings.astype(int)))
    if not len(edges):
        return None
    first, last = max(zip(edges[::2], edges[1::2], strict=True), key=lambda run: run[1] - run[0])
    return slice(int(first), int(last)) if (last - first) / rate >= _LEAST_S else None


def _must_lean(
    time: Floats, foot: FootAndHip, pelvis: Floats, stood: slice, middle: slice, force: Floats, plate: PlateForce
) -> None:
    seen = np.isfinite(plate.centre).all(axis=1)
    centre = [np.interp(time[stood], plate.time[seen], column[seen]) for column in plate.centre.T]
    arm = pelvis[stood] - np.column_stack([*centre, np.full(len(force), plate.height)])
    use = (force[:, 2] > _LOADED * force[:, 2].max()) & (arm[:, 2] > 0)
    if use.sum() < 5:
        return
    ahead = np.median((foot.toe - foot.heel)[middle, :2], axis=0)
    ahead /= np.linalg.norm(ahead)
    aside = np.array([-ahead[1], ahead[0]])
    body_leans, force_leans = arm[use, :2] / arm[use, 2:], force[use, :2] / force[use, 2:]
    along, across = body_leans @ ahead, body_leans @ aside
    # Where markers and plates lie to each other has its own check: only how the lean changes counts.
    if np.ptp(along) > _LEAST_RANGE:
        turn = along - along.mean()
        ratio = float(turn @ (force_leans @ ahead)) / float(turn @ turn)
        if not _ALONG[0] <= ratio <= _ALONG[1]:
            _refuse(ratio, "forwards")
    if float(np.sqrt(np.mean(across**2))) > _LEAST_ACROSS:
        ratio = float(across @ (force_leans @ aside)) / float(across @ across)
        if ratio < _ACROSS:
            _refuse(ratio, "sideways")


def _refuse(ratio: float, where: str) -> None:
    raise NotComputableError(
        f"the force leans {ratio:.2f} times as far {where} as the body above it: horizontal axes of the plate are "
        "taken for each other, reversed or wrongly scaled, or markers and plates are not in one lab frame"
    )


def _rate(time: Floats) -> float:
    return (len(time) - 1) / float(time[-1] - time[0])
