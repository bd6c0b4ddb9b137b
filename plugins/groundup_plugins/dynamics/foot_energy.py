"""Whether the ground does to the foot what it can: a foot has no motor under it, it gives energy off and gets none.

The power of the ground on a rigid foot is that of its force and moment on what the foot moves (Siegel, Kepple &
Caldwell 1996, J Biomech 29:823; Takahashi, Kepple & Stanhope 2012, J Biomech 45:2662). A sole and toes that bend take a
little; they store nothing that they could give in landing or push-off. A force that lies too far back, a marker that
lies too far in front, and a plate that is late make it give: an error of the ankle's work in the same joules.
"""

import numpy as np

from groundup.plugin import Floats, NotComputableError, Stance
from groundup_plugins.dynamics.force_and_foot import (
    LONGEST_STEP_S,
    WALKING_S,
    FootAndHip,
    PlateForce,
    part_of,
)
from groundup_plugins.dynamics.joint_centres import cross
from groundup_plugins.dynamics.segments import rate_of_change

_FLAT = (0.25, 0.5)
"""Of a stance, before any heel rises."""
_GAINS_J_KG = 0.02
"""More than this the ground gives to no foot, in either half of a stance; measured -0.25 to -0.01."""
_LOSES_J_KG = 0.28
"""More than this is lost in no walker's foot, in either half of a stance."""


def ground_must_give_no_energy(
    time: Floats, foot: FootAndHip, turning: Floats, stance: Stance, plate: PlateForce, mass_kg: float
) -> None:
    """Refuse a force that does to the foot what no ground does.

    Parameters
    ----------
    time : ndarray, shape (n,)
        Of the markers, s.
    foot : FootAndHip
    turning : ndarray, shape (n, 3)
        Angular velocity of the foot, rad/s.
    stance : Stance
        In walking: what is shorter or longer is not looked at.
    plate : PlateForce
    mass_kg : float
        NaN where it is not known: then nothing is looked at.

    Raises
    ------
    NotComputableError
        If it does; with the energy.
    """
    if not mass_kg > 0 or not WALKING_S <= stance.t1 - stance.t0 <= LONGEST_STEP_S:
        return
    stood, flat = part_of(time, stance, (0.0, 1.0)), part_of(time, stance, _FLAT)
    if flat.stop - flat.start < 3 or stance.t0 < time[0] or stance.t1 > time[-1]:
        return
    at, toe = time[stood], foot.toe
    velocity = rate_of_change(toe, (len(time) - 1) / float(time[-1] - time[0]))
    velocity[:, :2] -= np.median(velocity[flat, :2], axis=0)  # of the belt
    force, moment = (
        np.column_stack([np.interp(at, plate.time, column) for column in values.T])
        for values in (plate.force, plate.moment)
    )
    about_toe = moment - cross(toe[stood], force)
    power = ((force * velocity[stood]).sum(axis=1) + (about_toe * turning[stood]).sum(axis=1)) / mass_kg
    half = len(at) // 2
    for part, when in ((slice(0, half + 1), "first"), (slice(half, None), "second")):
        given = float(np.trapezoid(power[part], at[part]))
        if given > _GAINS_J_KG:
            raise NotComputableError(
                f"the ground would give the foot {given:.2f} J/kg in the {when} half of the stance, and can give none: "
                "markers and plates are not in one lab frame or not on one clock, or a marker of the foot is not where "
                "its name says"
            )
        if given < -_LOSES_J_KG:
            raise NotComputableError(
                f"the foot would lose {-given:.2f} J/kg to the ground in the {when} half of the stance, more than "
                "soles and toes take: markers and plates are not in one lab frame or not on one clock, or a marker of "
                "the foot is not where its name says"
            )
