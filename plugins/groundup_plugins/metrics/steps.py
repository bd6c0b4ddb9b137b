"""Steps: how long, how wide, and how long for their cadence."""

import math
from collections.abc import Iterable

from groundup.plugin import DISTANCE, STEP, Metric, NotComputableError, Stance, Stride, hookimpl, metric

_PERRY = "Perry & Burnfield 2010, Gait Analysis"


@metric("step_length", of=Stance, unit="m", needs=(STEP,), reference=_PERRY)
def step_length(stance: Stance, step: tuple[float, float]) -> float:
    """How far forward of the other foot a foot lands: a right step ends with the right foot.

    Along the way that the foot swings, between the markers on both heels, where there are some (their names tell, or
    lab.toml calls them foot): where each stood 0.1 to 0.25 s after its contact. Else along the direction of walking,
    between the mean centres of pressure of both stances, on two plates. What a belt carries the feet meanwhile is
    added: by its speed in ``[treadmill]`` or a stream, else by how fast the heels go back while they stand. Not
    computable where these two disagree, and, without markers, on a treadmill whose speed nobody recorded.
    """
    if math.isnan(step[0]):
        raise NotComputableError("the feet are carried back, as on a treadmill, whose speed is not known")
    return step[0]


@metric("step_width", of=Stance, unit="m", needs=(STEP,), reference=_PERRY)
def step_width(stance: Stance, step: tuple[float, float]) -> float:
    """How far beside the other foot a foot lands, across the direction of walking; a crossed step counts as any other.

    Between the markers on both heels, or the mean centres of pressure of both stances, on two plates; on a treadmill
    with a plate for each foot, too. See `step_length`. By plates the way is that of the forces: of two steps it is
    known to some 3 degrees, and so the width to some 3 cm. Look at the median of many.
    """
    return step[1]


@metric(
    "walk_ratio", of=Stride, unit="m min", needs=(DISTANCE,), reference="Sekiya & Nagasaki 1998, Gait Posture 7:225"
)
def walk_ratio(stride: Stride, distance: float) -> float:
    """Step length over cadence (steps a minute), by half the stride: about 0.006 in adults at any speed of theirs."""
    return distance / 2.0 / (120.0 / (stride.t1 - stride.t0))


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the metrics of steps."""
    return [step_length, step_width, walk_ratio]
