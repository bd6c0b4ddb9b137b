"""Spatiotemporal gait metrics: how long stances and strides take."""

from collections.abc import Iterable

from groundup.plugin import Metric, Stance, Stride, hookimpl, metric


@metric("stance_time", of=Stance, unit="s", source="Perry & Burnfield 2010, Gait Analysis")
def stance_time(stance: Stance) -> float:
    """Time from initial contact to foot off of the same foot."""
    return stance.t1 - stance.t0


@metric("stride_time", of=Stride, unit="s", source="Perry & Burnfield 2010, Gait Analysis")
def stride_time(stride: Stride) -> float:
    """Time from initial contact to the next initial contact of the same foot."""
    return stride.t1 - stride.t0


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the spatiotemporal metrics."""
    return [stance_time, stride_time]
