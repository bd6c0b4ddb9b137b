"""How fast the ground loads the foot: average and greatest slope of the vertical force up to the impact peak."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.signal import find_peaks

from groundup.plugin import SUBJECT, Floats, Metric, NotComputableError, Stance, Subject, Trace, grf, hookimpl, metric
from groundup_plugins.metrics.filters import zero_lag
from groundup_plugins.metrics.found_once import found_once
from groundup_plugins.metrics.ground_reaction import body_weight, is_step

LOW_PASS_HZ = 50.0
LEAST_RATE = 200.0
LATEST_S, LATEST_SHARE = 0.075, 0.3
LATEST_ALONE_SHARE = 0.2  # of an impact peak that is greater than all that follows, as on a slope down
LEAST_PEAK_BW = 0.02  # how far the force has to fall after it to be called a peak
_REFERENCE = "Milner et al. 2006, Med Sci Sports Exerc 38:323"
_PARAMETERS: dict[str, float | str] = {
    "low_pass_hz": LOW_PASS_HZ,
    "impact_peak_within_s": LATEST_S,
    "impact_peak_within_share": LATEST_SHARE,
    "greatest_peak_within_share": LATEST_ALONE_SHARE,
    "least_peak_bw": LEAST_PEAK_BW,
}


@metric(
    "loading_rate_average",
    of=Stance,
    unit="BW/s",
    needs=(grf("v"), SUBJECT),
    reference=_REFERENCE,
    parameters=_PARAMETERS | {"from": 0.2, "to": 0.8},
)
def loading_rate_average(stance: Stance, vertical: Trace, subject: Subject) -> float:
    """Mean slope of the vertical force from 20 to 80 % of the time between initial contact and the impact peak (VALR).

    The force is low-passed at 50 Hz (fourth order, zero-lag). An impact peak comes within 75 ms and 30 % of the stance;
    within 20 % where it is the greatest force of the stance, as in running down a slope. Not computable without one, as
    in forefoot running and most walking, or below 200 Hz.
    """
    rise = _impact(stance, vertical, subject)
    ends = rise.time[0] + np.array([0.2, 0.8]) * (rise.time[-1] - rise.time[0])
    return float(np.diff(np.interp(ends, rise.time, rise.force))[0] / np.diff(ends)[0])


@metric(
    "loading_rate_peak", of=Stance, unit="BW/s", needs=(grf("v"), SUBJECT), reference=_REFERENCE, parameters=_PARAMETERS
)
def loading_rate_peak(stance: Stance, vertical: Trace, subject: Subject) -> float:
    """Greatest slope of the vertical force between initial contact and the impact peak (VILR); see the average."""
    rise = _impact(stance, vertical, subject)
    return float((np.diff(rise.force) / np.diff(rise.time)).max())


@dataclass(frozen=True)
class _Rise:
    """From initial contact to the impact peak: time (s) and force (body weights)."""

    time: Floats
    force: Floats


@found_once
def _impact(stance: Stance, vertical: Trace, subject: Subject) -> _Rise:
    weight = body_weight(subject)
    is_step(stance)
    if vertical.rate < LEAST_RATE:
        raise NotComputableError(
            f"the plate is sampled at {vertical.rate:.0f} Hz, and {LEAST_RATE:.0f} Hz is the least"
        )
    if len(vertical.values) < 20:
        raise NotComputableError("the stance has too few samples of force")
    force = zero_lag(vertical.values, 2, LOW_PASS_HZ, "lowpass", vertical.rate) / weight
    peaks, _ = find_peaks(force, prominence=LEAST_PEAK_BW)
    early = [int(p) for p in peaks if _is_impact(float(vertical.time[p]), float(force[p]), float(force.max()), stance)]
    if not early or early[0] < 3:
        raise NotComputableError("the vertical force has no impact peak")
    return _Rise(vertical.time[: early[0] + 1], force[: early[0] + 1])


def _is_impact(time: float, force: float, greatest: float, stance: Stance) -> bool:
    """Whether a peak is that of the impact; a greatest force that comes later is the push's."""
    share = LATEST_SHARE if force < greatest else LATEST_ALONE_SHARE
    return time - stance.t0 <= min(LATEST_S, share * (stance.t1 - stance.t0))


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the loading rates."""
    return [loading_rate_average, loading_rate_peak]
