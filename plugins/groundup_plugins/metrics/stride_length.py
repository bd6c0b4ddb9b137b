"""How far and how fast: stride length and walking speed."""

from collections.abc import Iterable

from groundup.plugin import DISTANCE, Metric, Stride, hookimpl, metric

_PERRY = "Perry & Burnfield 2010, Gait Analysis; by a foot sensor: Skog et al. 2010, IEEE Trans Biomed Eng 57:2657"


@metric("stride_length", usual=True, of=Stride, unit="m", needs=(DISTANCE,), reference=_PERRY)
def stride_length(stride: Stride, distance: float) -> float:
    """Distance from where a foot lands to where it lands next.

    On a treadmill what its belt goes meanwhile, by a stream of its speed or by ``[treadmill]`` in lab.toml. Else by a
    marker on the foot where there is one, else between the centres of pressure on two plates, else by the IMU on the
    foot (a zero-velocity update in each stance). Not computable when none of them saw both contacts, and where the foot
    lands where it stood: on a treadmill of unknown speed only a foot sensor tells the distance. Live, the foot sensor
    is left out: where a foot stands is known when it rests, after the stride is over, and no other value is to wait for
    that.
    """
    return distance


@metric("walking_speed", usual=True, of=Stride, unit="m/s", needs=(DISTANCE,), reference=_PERRY)
def walking_speed(stride: Stride, distance: float) -> float:
    """Stride length over stride time."""
    return distance / (stride.t1 - stride.t0)


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return stride length and walking speed."""
    return [stride_length, walking_speed]
