"""Rising from a chair: how long it and its phases take, and how hard the feet push.

Of the four phases of Schenkman flexion momentum (I) ends with seat-off, and extension (III) with the body up. Momentum
transfer (II) ends where the ankles are bent most, which no plate shows: the greatest force under the feet stands for
it. Stabilisation (IV) has no end that a plate or a sensor on the back could show, and is not given.
"""

from collections.abc import Iterable

import numpy as np

from groundup.plugin import Metric, NotComputableError, SitToStand, Trace, grf, hookimpl, metric
from groundup_plugins.metrics.chair_stands import five_times_sit_to_stand_time, thirty_second_chair_stand_count

_REFERENCE = "Schenkman et al. 1990, Phys Ther 70:638 (phases)"


@metric("sit_to_stand_duration", of=SitToStand, unit="s", reference=_REFERENCE)
def sit_to_stand_duration(rise: SitToStand) -> float:
    """Time from the last moment of sitting still until the body is up."""
    return rise.t1 - rise.t0


@metric("sit_to_stand_flexion_time", of=SitToStand, unit="s", reference=_REFERENCE)
def sit_to_stand_flexion_time(rise: SitToStand) -> float:
    """Time from the last moment of sitting still to seat-off: the trunk gathers momentum (phase I)."""
    return rise.seat_off - rise.t0


@metric("sit_to_stand_momentum_transfer_time", of=SitToStand, unit="s", needs=(grf("v"),), reference=_REFERENCE)
def sit_to_stand_momentum_transfer_time(rise: SitToStand, vertical: Trace) -> float:
    """Time from seat-off to the greatest vertical force, which stands for the most bent ankles (phase II)."""
    peak = float(vertical.time[int(np.argmax(vertical.values))])
    if peak <= rise.seat_off:
        raise NotComputableError("the force under the feet is greatest before the seat is left")
    return peak - rise.seat_off


@metric("sit_to_stand_extension_time", of=SitToStand, unit="s", reference=_REFERENCE)
def sit_to_stand_extension_time(rise: SitToStand) -> float:
    """Time from seat-off until the body is up: momentum is transferred, hips and knees extend (phases II and III)."""
    return rise.t1 - rise.seat_off


@metric("sit_to_stand_peak_force", of=SitToStand, unit="N", needs=(grf("v"),), reference=_REFERENCE)
def sit_to_stand_peak_force(rise: SitToStand, vertical: Trace) -> float:
    """Greatest vertical force under both feet while rising."""
    return float(vertical.values.max())


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the metrics of rising from a chair."""
    return [
        sit_to_stand_duration,
        sit_to_stand_flexion_time,
        sit_to_stand_momentum_transfer_time,
        sit_to_stand_extension_time,
        sit_to_stand_peak_force,
        five_times_sit_to_stand_time,
        thirty_second_chair_stand_count,
    ]
