"""How thigh and shank turn together: vector coding, continuous relative phase, and how much it varies."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from scipy.integrate import cumulative_trapezoid

from groundup.plugin import Floats, Metric, NotComputableError, Stride, Trace, Trial, each, gyr, hookimpl, metric
from groundup_plugins.metrics.found_once import found_once
from groundup_plugins.metrics.segment_turns import DISTAL, PROXIMAL, leg_turning

POINTS = 100
"""Of a stride."""
LEAST_STRIDES = 6
_NEEDS = (gyr((PROXIMAL, DISTAL)),)
_NEEDHAM = "Needham et al. 2014, J Biomech 47:1020"
_BINS_4 = ("proximal", "in phase", "distal", "anti-phase")
_BINS_8 = (
    "in phase, proximal leads", "in phase, distal leads", "anti-phase, distal leads", "anti-phase, proximal leads",
)  # fmt: skip


@metric(
    "coupling_angle",
    of=Stride,
    unit="deg",
    needs=_NEEDS,
    reference=_NEEDHAM,
    parameters={"x": PROXIMAL, "y": DISTAL},
    circular=180.0,
)
def coupling_angle(stride: Stride, segments: Mapping[str, Trace]) -> float:
    """Mean direction of shank (y) against thigh (x) in their angle-angle diagram, 0 to 180 degrees.

    45: both turn together and as much; 135: against each other; 0: the thigh alone; 90: the shank alone. A movement
    there and one back have the same direction (the mean is of doubled angles), and fast parts weigh more, as they make
    more of the way.
    """
    return mean_direction(*leg_turning(stride, segments, POINTS))


@metric("coupling_in_phase", of=Stride, unit="1", needs=_NEEDS, reference=_NEEDHAM, parameters={"bins": 4.0})
def coupling_in_phase(stride: Stride, segments: Mapping[str, Trace]) -> float:
    """Share of the stride in which thigh and shank turn together: a coupling angle within 22.5 degrees of 45 or 225."""
    return shares(_coupling(stride, segments), 4)["in phase"]


@metric("coupling_anti_phase", of=Stride, unit="1", needs=_NEEDS, reference=_NEEDHAM, parameters={"bins": 4.0})
def coupling_anti_phase(stride: Stride, segments: Mapping[str, Trace]) -> float:
    """Share of the stride in which they turn against each other: within 22.5 degrees of 135 or 315."""
    return shares(_coupling(stride, segments), 4)["anti-phase"]


@metric(
    "coupling_distal_lead",
    of=Stride,
    unit="1",
    needs=_NEEDS,
    reference="Needham et al. 2015, J Biomech 48:3506 (dominancy)",
    parameters={"bins": 8.0},
)
def coupling_distal_lead(stride: Stride, segments: Mapping[str, Trace]) -> float:
    """Share of the stride in which the shank turns faster than the thigh, of eight bins of 45 degrees."""
    found = shares(_coupling(stride, segments), 8)
    return found["in phase, distal leads"] + found["anti-phase, distal leads"]


@metric(
    "continuous_relative_phase",
    of=Stride,
    unit="deg",
    needs=_NEEDS,
    reference="Hamill et al. 1999, Clin Biomech 14:297 (phase angles and their normalisation)",
)
def continuous_relative_phase(stride: Stride, segments: Mapping[str, Trace]) -> float:
    """Mean absolute relative phase of thigh and shank, 0 (in phase) to 180 degrees (against each other).

    The phase angle of a segment is that of its angular velocity over its greatest, against its angle between -1 and 1.
    The angle is the integral of angular velocity over the stride, which ends where it began.
    """
    thigh, shank = leg_turning(stride, segments, POINTS)
    return relative_phase(thigh, shank)


@metric(
    "coordination_variability",
    of=Trial,
    unit="deg",
    needs=(each(_NEEDS[0], Stride),),
    axis="cooperation",
    reference=_NEEDHAM + "; Batschelet 1981 (angular deviation)",
    parameters={"least_strides": float(LEAST_STRIDES)},
)
def coordination_variability(trial: Trial, strides: Sequence[tuple[Stride, Mapping[str, Trace]]]) -> float:
    """How much the coupling angle of thigh and shank varies from stride to stride, mean over the cycle.

    At each of 100 points of the cycle the angular deviation over the strides of one leg, sqrt(2 (1 - r)) with r the
    length of their mean direction: 0 when all are alike, 81 degrees when none is like another. Six strides at least.
    """
    angles, reason = [], ""
    for stride, found in strides:
        try:
            angles.append(_coupling(stride, found))
        except NotComputableError as why:
            reason = reason or f": {why}"
    if len(angles) < LEAST_STRIDES:
        raise NotComputableError(f"it needs {LEAST_STRIDES} strides, and {len(angles)} will do{reason}")
    return deviation(np.array(angles))


@found_once
def _coupling(stride: Stride, segments: Mapping[str, Trace]) -> Floats:
    """Coupling angles of a stride, at its points."""
    return coupling(*leg_turning(stride, segments, POINTS))


def coupling(proximal: Floats, distal: Floats) -> Floats:
    """Coupling angles, 0 to 360 degrees: atan2 of how distal and proximal segment change."""
    angles: Floats = np.degrees(np.arctan2(distal, proximal)) % 360.0
    return angles


def mean_direction(proximal: Floats, distal: Floats) -> float:
    """Mean direction of an angle-angle diagram, 0 to 180 degrees; there and back are one direction."""
    doubled = complex(np.sum((proximal + 1j * distal) ** 2))
    if abs(doubled) < 1e-9 * float(np.sum(proximal**2 + distal**2)):
        raise NotComputableError("the segments turn in no direction more than in another")
    return float(np.degrees(np.angle(doubled)) / 2.0 % 180.0)


def shares(angles: Floats, bins: int) -> dict[str, float]:
    """Share of coupling angles (degrees) in each pattern.

    Parameters
    ----------
    angles : ndarray, shape (n,)
    bins : {4, 8}
        4: bins of 45 degrees around 0, 45, 90 and 135 and their opposites (who moves, and together or against each
        other). 8: bins of 45 degrees from 0 on (together or against each other, and who moves more), each with its
        opposite.
    """
    names, start = (_BINS_4, 22.5) if bins == 4 else (_BINS_8, 0.0)
    number = ((angles + start) % 180.0 // 45.0).astype(int)
    return {name: float(np.mean(number == k)) for k, name in enumerate(names)}


def relative_phase(one: Floats, other: Floats) -> float:
    """Mean absolute difference (degrees, 0 to 180) of the phase angles of two angular velocities over one cycle."""
    away = (phase(one) - phase(other) + np.pi) % (2 * np.pi) - np.pi
    return float(np.degrees(np.abs(away).mean()))


def phase(velocity: Floats) -> Floats:
    """Phase angle (rad) of a periodic movement, from its velocity over one period."""
    closed = velocity - velocity.mean()
    angle = cumulative_trapezoid(closed, initial=0.0)
    middle, half = (angle.max() + angle.min()) / 2, np.ptp(angle) / 2
    found: Floats = np.arctan2(closed / np.abs(closed).max(), (angle - middle) / half)
    return found


def deviation(angles: Floats) -> float:
    """Mean over the columns of the angular deviation (degrees) of angles of shape (strides, points), in degrees."""
    together = np.abs(np.exp(1j * np.radians(angles)).mean(axis=0))
    return float(np.degrees(np.sqrt(2.0 * np.maximum(1.0 - together, 0.0))).mean())


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the metrics of coordination."""
    return [
        coupling_angle,
        coupling_in_phase,
        coupling_anti_phase,
        coupling_distal_lead,
        continuous_relative_phase,
        coordination_variability,
    ]
