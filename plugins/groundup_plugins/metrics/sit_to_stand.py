"""Rising from a chair: how long it and its phases take, and how hard the feet push."""

from collections.abc import Iterable

from groundup.plugin import Metric, SitToStand, Trace, grf, hookimpl, metric

_SOURCE = "Schenkman et al. 1990, Phys Ther 70:638 (phases)"


@metric("sit_to_stand_duration", of=SitToStand, unit="s", source=_SOURCE)
def sit_to_stand_duration(rise: SitToStand) -> float:
    """Time from the last moment of sitting still until the body is up."""
    return rise.t1 - rise.t0


@metric("sit_to_stand_flexion_time", of=SitToStand, unit="s", source=_SOURCE)
def sit_to_stand_flexion_time(rise: SitToStand) -> float:
    """Time from the last moment of sitting still to seat-off: the trunk gathers momentum."""
    return rise.seat_off - rise.t0


@metric("sit_to_stand_extension_time", of=SitToStand, unit="s", source=_SOURCE)
def sit_to_stand_extension_time(rise: SitToStand) -> float:
    """Time from seat-off until the body is up: hips and knees extend."""
    return rise.t1 - rise.seat_off


@metric("sit_to_stand_peak_force", of=SitToStand, unit="N", needs=(grf("v"),), source=_SOURCE)
def sit_to_stand_peak_force(rise: SitToStand, vertical: Trace) -> float:
    """Greatest vertical force under both feet while rising."""
    return float(vertical.values.max())


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the metrics of rising from a chair."""
    return [
        sit_to_stand_duration,
        sit_to_stand_flexion_time,
        sit_to_stand_extension_time,
        sit_to_stand_peak_force,
    ]
