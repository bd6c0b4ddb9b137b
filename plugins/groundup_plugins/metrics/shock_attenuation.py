"""How much of the impact's shock is lost between shank and head: by its spectrum, and by its peaks."""

import math
from collections.abc import Iterable, Mapping

import numpy as np

from groundup.plugin import Metric, NotComputableError, Stride, Trace, acc, hookimpl, metric
from groundup_plugins.metrics.load_wave import BEFORE_S, FIRST_S, LEAST_RATE, impact, loss_db, sampled_enough
from groundup_plugins.metrics.shock import SEARCH_AFTER_S, SEARCH_BEFORE_S, Shock

DISTAL, PROXIMAL = "shank", "head"
LEAST_PEAK_RATE = 200.0
LEAST_BANDWIDTH_HZ = 60.0
_REFERENCE = "Shorten & Winslow 1992, Int J Sport Biomech 8:288"
_NEEDS = (acc((DISTAL, PROXIMAL), before_s=BEFORE_S, after_s=0.05, first_s=FIRST_S),)


@metric(
    "shock_attenuation_spectral",
    of=Stride,
    unit="dB",
    needs=_NEEDS,
    axis="load path",
    reference=_REFERENCE,
    parameters={"band_low_hz": 10.0, "band_high_hz": 20.0, "distal": DISTAL, "proximal": PROXIMAL},
)
def shock_attenuation_spectral(stride: Stride, segments: Mapping[str, Trace]) -> float:
    """Power of the impact at the head over that at the shank, 10 log10(PSD head / PSD shank) in 10-20 Hz.

    Negative: lost on the way. All three axes together, in a window around the arrival at each. Not computable below
    100 Hz sampling, where no impact stands out, and where it is at the head before it is at the shank.
    """
    distal, proximal = _arrivals(stride, segments, LEAST_RATE)
    return -loss_db(distal, proximal)


@metric(
    "shock_attenuation",
    usual=True,
    title="Impact lost from shank to head",
    of=Stride,
    unit="1",
    needs=_NEEDS,
    axis="load path",
    reference=_REFERENCE,
    parameters={"distal": DISTAL, "proximal": PROXIMAL, "least_bandwidth_hz": LEAST_BANDWIDTH_HZ},
)
def shock_attenuation(stride: Stride, segments: Mapping[str, Trace]) -> float:
    """Share of the impact's peak that is lost from shank to head, 1 - peak at the head / peak at the shank.

    A peak is how far the length of acceleration gets from its mean before the contact, within 125 ms. Not computable
    below 200 Hz sampling, and unless both sensors' bandwidth is known, and at least 60 Hz: what a sensor smooths it
    takes for lost.
    """
    _arrivals(stride, segments, LEAST_PEAK_RATE)
    for segment in (DISTAL, PROXIMAL):
        known = segments[segment].bandwidth_hz
        if math.isnan(known):
            raise NotComputableError(
                f"the bandwidth of the {segment} sensor is not known: give bandwidth_hz of its stream in lab.toml"
            )
        if known < LEAST_BANDWIDTH_HZ:
            raise NotComputableError(
                f"the {segment} sensor passes {known:g} Hz, and {LEAST_BANDWIDTH_HZ:g} Hz is the least for a peak"
            )
    distal, proximal = (_peak(segments[segment], stride.t0) for segment in (DISTAL, PROXIMAL))
    return 1.0 - proximal / distal


def _arrivals(stride: Stride, segments: Mapping[str, Trace], least_rate: float) -> tuple[Shock, Shock]:
    """The impact at the shank and at the head."""
    missing = [segment for segment in (DISTAL, PROXIMAL) if segment not in segments]
    if missing:
        raise NotComputableError(
            f"it needs sensors on shank and head, and there is none on the {' and the '.join(missing)}"
        )
    found = []
    for segment in (DISTAL, PROXIMAL):
        sampled_enough(segment, segments[segment], least_rate)
        found.append(impact(segment, segments[segment], stride.t0))
    distal, proximal = found
    if proximal.arrival < distal.arrival - max(distal.interval, proximal.interval) / 2:
        raise NotComputableError(
            "the impact is at the head before it is at the shank: sensors are swapped, or time is bad"
        )
    return distal, proximal


def _peak(trace: Trace, contact: float) -> float:
    length = np.linalg.norm(trace.values, axis=1)
    before = float(length[trace.time < contact - SEARCH_BEFORE_S].mean())
    around = (trace.time >= contact - SEARCH_BEFORE_S) & (trace.time <= contact + SEARCH_AFTER_S)
    return float(np.abs(length[around] - before).max())


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the attenuation of shocks."""
    return [shock_attenuation_spectral, shock_attenuation]
