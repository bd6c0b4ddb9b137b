"""Spatiotemporal gait metrics: how long strides, steps, stances and swings take."""

import math
from collections.abc import Iterable

from groundup.plugin import Metric, Norm, NotComputableError, Stance, Stride, hookimpl, metric
from groundup_plugins.norms.tables import norms_of_intervals

_PERRY = "Perry & Burnfield 2010, Gait Analysis"


@metric("stance_time", usual=True, of=Stance, unit="s", reference=_PERRY)
def stance_time(stance: Stance) -> float:
    """Time from initial contact to foot off of the same foot."""
    return stance.t1 - stance.t0


@metric("step_time", usual=True, of=Stance, unit="s", reference=_PERRY)
def step_time(stance: Stance) -> float:
    """Time from the initial contact of the other foot to that of this foot: a right step ends with the right foot.

    Not computable when no contact of the other foot was seen in the 1.5 s before, or one that lies between is doubtful.
    """
    if math.isnan(stance.other_contact):
        raise NotComputableError("no sure contact of the other foot was seen right before")
    return stance.t0 - stance.other_contact


@metric("stride_time", usual=True, of=Stride, unit="s", reference=_PERRY)
def stride_time(stride: Stride) -> float:
    """Time from initial contact to the next initial contact of the same foot."""
    return stride.t1 - stride.t0


@metric("swing_time", usual=True, of=Stride, unit="s", reference=_PERRY)
def swing_time(stride: Stride) -> float:
    """Time from foot off to the next initial contact of the same foot."""
    if math.isnan(stride.foot_off):
        raise NotComputableError("nothing saw when the foot left the ground")
    return stride.t1 - stride.foot_off


@metric("double_support_time", usual=True, of=Stride, unit="s", reference=_PERRY)
def double_support_time(stride: Stride) -> float:
    """Time in which both feet are on the ground: after the contact that begins a stride, and before its foot off.

    The sum of both. Not computable where a contact or foot off of either foot was not seen for sure, and in running.
    """
    off, other_off, other_contact = _times_of(stride)
    if off < other_contact:
        raise NotComputableError("both feet are off the ground at once, as in running: there is no double support")
    return (other_off - stride.t0) + (off - other_contact)


@metric("single_support_time", usual=True, of=Stride, unit="s", reference=_PERRY)
def single_support_time(stride: Stride) -> float:
    """Time in which this foot alone is on the ground: from the other's foot off to its next contact.

    Not computable in running, where the stance is alone from its beginning to its end (`stance_time`).
    """
    off, other_off, other_contact = _times_of(stride)
    if off < other_contact:
        raise NotComputableError(
            "both feet are off the ground at once, as in running: all of the stance is on one foot"
        )
    return other_contact - other_off


def _times_of(stride: Stride) -> tuple[float, float, float]:
    """Foot off, and the other foot's foot off and contact."""
    if math.isnan(stride.foot_off):
        raise NotComputableError("nothing saw when the foot left the ground")
    if math.isnan(stride.other_contact):
        raise NotComputableError("no one sure contact of the other foot was seen in it")
    # In running the other foot has left before, and none of its foot offs lies in between.
    if math.isnan(stride.other_foot_off) and not stride.foot_off < stride.other_contact:
        raise NotComputableError("nothing saw when the other foot left the ground")
    return stride.foot_off, stride.other_foot_off, stride.other_contact


@metric("cadence", usual=True, of=Stride, unit="1/min", reference=_PERRY)
def cadence(stride: Stride) -> float:
    """Steps a minute: two in each stride."""
    return 120.0 / (stride.t1 - stride.t0)


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the spatiotemporal metrics."""
    return [stance_time, step_time, stride_time, swing_time, single_support_time, double_support_time, cadence]


@hookimpl
def groundup_norms() -> Iterable[Norm]:
    """Return the norms of walking by age and speed."""
    return norms_of_intervals("bmclab_walking.csv")
