"""Spatiotemporal gait metrics: how long strides, steps, stances and swings take."""

import math
from collections.abc import Iterable

from groundup.plugin import Metric, NotComputable, Stance, Stride, hookimpl, metric

_PERRY = "Perry & Burnfield 2010, Gait Analysis"


@metric("stance_time", of=Stance, unit="s", source=_PERRY)
def stance_time(stance: Stance) -> float:
    """Time from initial contact to foot off of the same foot."""
    return stance.t1 - stance.t0


@metric("step_time", of=Stance, unit="s", source=_PERRY)
def step_time(stance: Stance) -> float:
    """Time from the initial contact of the other foot to that of this foot: a right step ends with the right foot.

    Not computable when no contact of the other foot was seen in the 1.5 s before, or one that lies between is doubtful.
    """
    if math.isnan(stance.other_contact):
        raise NotComputable("no sure contact of the other foot was seen right before")
    return stance.t0 - stance.other_contact


@metric("stride_time", of=Stride, unit="s", source=_PERRY)
def stride_time(stride: Stride) -> float:
    """Time from initial contact to the next initial contact of the same foot."""
    return stride.t1 - stride.t0


@metric("swing_time", of=Stride, unit="s", source=_PERRY)
def swing_time(stride: Stride) -> float:
    """Time from foot off to the next initial contact of the same foot."""
    if math.isnan(stride.foot_off):
        raise NotComputable("nothing saw when the foot left the ground")
    return stride.t1 - stride.foot_off


@metric("cadence", of=Stride, unit="1/min", source=_PERRY)
def cadence(stride: Stride) -> float:
    """Steps a minute: two in each stride."""
    return 120.0 / (stride.t1 - stride.t0)


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the spatiotemporal metrics."""
    return [stance_time, step_time, stride_time, swing_time, cadence]
