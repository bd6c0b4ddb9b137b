"""What the legs do to the centre of mass in a stride, by the plates alone: work by phase, and what is saved.

The work of the individual legs is their force times the velocity of the centre of mass. It holds what muscles and
tendons of a whole leg do against the body's motion; what moves limbs about the centre of mass, and what muscles do
against each other, is in no plate. Who walks on a slope, or carries a load that moves, is not meant.

The power of a leg is P = F · v, F its force on the body and v the velocity of the centre of mass: the integral of both
forces over the mass, less gravity, of which the mean over the stride is known (the stride's speed forward, 0 up and
sideways). Positive where the leg gives the body energy. Phases are cut where the body is highest in single support.

Not computable where a contact of either foot was not whole and alone on a plate, the mean force is more than 4 % off
the body's weight, the stride ends over 0.2 m/s faster or slower than it began, or nobody knows its speed; phases, where
both feet leave the ground.
"""

from collections.abc import Iterable

import numpy as np

from groundup.plugin import (
    DISTANCE,
    LEGS,
    SUBJECT,
    Metric,
    NotComputableError,
    Stride,
    Subject,
    hookimpl,
    metric,
)
from groundup_plugins.metrics.body_motion import PARAMETERS, Legs, motion_of, phases_of
from groundup_plugins.metrics.ground_reaction import GRAVITY

_DONELAN = "Donelan, Kram & Kuo 2002, J Biomech 35:117; phases: Kuo, Donelan & Ruina 2005, Exerc Sport Sci Rev 33:88"
_CAVAGNA = "Cavagna, Thys & Zamboni 1976, J Physiol 262:639"
_NEEDS = (LEGS, DISTANCE, SUBJECT)
_PHASES: dict[str, float | str] = {**PARAMETERS, "mid_stance": "greatest height of the centre of mass, single support"}


@metric("collision_work", of=Stride, unit="J/kg", needs=_NEEDS, reference=_DONELAN, parameters=_PHASES)
def collision_work(stride: Stride, legs: Legs, distance: float, subject: Subject) -> float:
    """Negative work of the leg on the centre of mass from its contact to mid-stance: it catches the falling body."""
    return phases_of(stride, legs, distance, subject).collision


@metric("rebound_work", of=Stride, unit="J/kg", needs=_NEEDS, reference=_DONELAN, parameters=_PHASES)
def rebound_work(stride: Stride, legs: Legs, distance: float, subject: Subject) -> float:
    """Positive work of the leg on the centre of mass from its contact to mid-stance: the body is lifted onto it."""
    return phases_of(stride, legs, distance, subject).rebound


@metric("preload_work", of=Stride, unit="J/kg", needs=_NEEDS, reference=_DONELAN, parameters=_PHASES)
def preload_work(stride: Stride, legs: Legs, distance: float, subject: Subject) -> float:
    """Negative work of the leg on the centre of mass from mid-stance to its foot off: the body falls over it."""
    return phases_of(stride, legs, distance, subject).preload


@metric("push_off_work", usual=True, of=Stride, unit="J/kg", needs=_NEEDS, reference=_DONELAN, parameters=_PHASES)
def push_off_work(stride: Stride, legs: Legs, distance: float, subject: Subject) -> float:
    """Positive work of the leg on the centre of mass from mid-stance to its foot off.

    It redirects the body before the other leg catches it, which costs less than to lift it afterwards by the hip.
    """
    return phases_of(stride, legs, distance, subject).push_off


@metric(
    "push_off_share",
    usual=True,
    title="Push-off share of the leg's work",
    of=Stride,
    unit="1",
    needs=_NEEDS,
    axis="where the work is done",
    reference=_DONELAN,
    parameters=_PHASES,
)
def push_off_share(stride: Stride, legs: Legs, distance: float, subject: Subject) -> float:
    """Push-off, as a share of all positive work of the leg on the centre of mass in its stance; the rest is rebound."""
    found = phases_of(stride, legs, distance, subject)
    if not found.push_off + found.rebound > 0:
        raise NotComputableError("the leg does no positive work in its stance")
    return found.push_off / (found.push_off + found.rebound)


@metric("external_work", of=Stride, unit="J/kg", needs=_NEEDS, reference=_CAVAGNA, parameters=PARAMETERS)
def external_work(stride: Stride, legs: Legs, distance: float, subject: Subject) -> float:
    """Positive work on the centre of mass in a stride, of two steps: what its energy gains whenever it grows.

    Both legs together: where one pushes while the other brakes, only the rest counts. In walking that is about a third
    less than the legs do one by one.
    """
    vertical, forward = _energies(stride, legs, distance, subject)
    return _gains(vertical + forward)


@metric("energy_recovery", of=Stride, unit="1", needs=_NEEDS, reference=_CAVAGNA, parameters=PARAMETERS)
def energy_recovery(stride: Stride, legs: Legs, distance: float, subject: Subject) -> float:
    """Share of the work that is saved as the body swings like a pendulum: height is turned into speed and back.

    1 - external work / (gains of the energy of height and vertical speed, and of that of forward speed). 0.6 to 0.7 in
    walking at a usual speed; near 0 in running, where both grow at once. It is no measure of what muscles save.
    """
    vertical, forward = _energies(stride, legs, distance, subject)
    without = _gains(vertical) + _gains(forward)
    if not without > 0:
        raise NotComputableError("the body's energy does not change in the stride")
    return 1.0 - _gains(vertical + forward) / without


def _energies(stride: Stride, legs: Legs, distance: float, subject: Subject) -> tuple[np.ndarray, np.ndarray]:
    """Of height and vertical speed, and of forward speed, J/kg, shape (n,) each."""
    motion = motion_of(stride, legs, distance, subject)
    return GRAVITY * motion.height + motion.velocity[:, 2] ** 2 / 2, motion.velocity[:, 0] ** 2 / 2


def _gains(energy: np.ndarray) -> float:
    """The sum of all that a periodic curve climbs."""
    return float(np.maximum(np.diff(energy, append=energy[0]), 0.0).sum())


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the work of the legs on the centre of mass."""
    return [
        push_off_share,
        push_off_work,
        collision_work,
        rebound_work,
        preload_work,
        external_work,
        energy_recovery,
    ]
