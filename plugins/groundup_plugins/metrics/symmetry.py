"""Symmetry of the legs' load: in the steps of a trial, and in rising from a chair."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from groundup.plugin import (
    Metric,
    NotComputableError,
    Side,
    SitToStand,
    Stance,
    Trace,
    Trial,
    both_sides,
    each,
    grf,
    hookimpl,
    metric,
)
from groundup_plugins.metrics.ground_reaction import LONGEST_S

_REFERENCE = "Robinson et al. 1987, J Manipulative Physiol Ther 10:172"


@metric("symmetry_index", of=Trial, unit="%", needs=(both_sides(each(grf("v"), Stance)),), reference=_REFERENCE)
def symmetry_index(trial: Trial, stances: Mapping[Side, Sequence[tuple[Stance, Trace]]]) -> float:
    """Difference of the greatest vertical force of right and left stances, (R - L) / (mean of both) x 100.

    Of each side the mean over the stances of the trial. 0: symmetric; positive: more load on the right.
    """
    return _index(_means(stances, lambda force: float(force.values.max())), "neither foot carries anything")


@metric(
    "propulsion_symmetry",
    of=Trial,
    unit="%",
    needs=(both_sides(each(grf("ap"), Stance)),),
    reference=f"{_REFERENCE}; of propulsion: Bowden et al. 2006, Stroke 37:872",
)
def propulsion_symmetry(trial: Trial, stances: Mapping[Side, Sequence[tuple[Stance, Trace]]]) -> float:
    """Difference of the propulsive impulse of right and left stances, (R - L) / (mean of both) x 100.

    Of each side the mean over the stances of the trial. 0: symmetric; positive: the right leg pushes more.
    """
    return _index(_means(stances, _propulsion), "neither leg pushes forward")


@metric("sit_to_stand_symmetry", of=SitToStand, unit="%", needs=(both_sides(grf("v")),), reference=_REFERENCE)
def sit_to_stand_symmetry(rise: SitToStand, feet: Mapping[Side, Trace]) -> float:
    """Difference of the vertical impulse under right and left foot from seat-off on, (R - L) / (mean of both) x 100.

    Not computable unless each foot has a plate of its own, whose channels have a side.
    """
    impulses: dict[Side, float] = {}
    for side, force in feet.items():
        part = force.between(rise.seat_off, rise.t1)
        if len(part.time) < 2:
            raise NotComputableError("no sample lies between seat-off and standing")
        impulses[side] = float(np.trapezoid(part.values, part.time))
    return _index(impulses, "neither foot carries anything")


def _means(stances: Mapping[Side, Sequence[tuple[Stance, Trace]]], of: Callable[[Trace], float]) -> dict[Side, float]:
    """Mean over the steps of each side of what is told of their force."""
    means: dict[Side, float] = {}
    for side, found in stances.items():
        steps = [of(force) for stance, force in found if stance.t1 - stance.t0 <= LONGEST_S]
        if not steps:
            raise NotComputableError("what was seen of a foot is standing and no step")
        means[side] = float(np.mean(steps))
    return means


def _propulsion(forward: Trace) -> float:
    return float(np.trapezoid(np.maximum(forward.values, 0.0), forward.time))


def _index(of: Mapping[Side, float], without: str) -> float:
    mean = (of["R"] + of["L"]) / 2
    if not mean > 0:
        raise NotComputableError(without)
    return (of["R"] - of["L"]) / mean * 100.0


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the symmetry of load."""
    return [symmetry_index, propulsion_symmetry, sit_to_stand_symmetry]
