"""The impact wave from foot to head: in which order it arrives, how fast it travels, and where its energy is lost."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np

from groundup.plugin import SEGMENT_RANK, Metric, NotComputableError, Stride, Trace, acc, hookimpl, metric
from groundup_plugins.metrics.found_once import found_once
from groundup_plugins.metrics.shock import Shock, look_for_shocks, shock_of

LEAST_RATE = 100.0
LEAST_LOSS_DB = 3.0
LEAST_SENSORS = 3
BEFORE_S, FIRST_S = 0.15, 0.4
"""What is looked at around the contact; gaps elsewhere in the stride do no harm."""

_REFERENCE = "Shorten & Winslow 1992 (band and ratio); the share is groundup's own"
_NEEDS = (acc(before_s=BEFORE_S, after_s=0.05, first_s=FIRST_S),)


@metric(
    "load_wave_order",
    title="Order in which the impact arrives",
    of=Stride,
    unit="1",
    needs=_NEEDS,
    axis="load path",
    reference="Kendall 1945 (tau-b); its use as a check is groundup's own",
)
def load_wave_order(stride: Stride, segments: Mapping[str, Trace]) -> float:
    """Kendall's tau-b of the first impact peaks after contact against segment rank, foot to head: a quality check.

    +1: the shock travels up, as a shock that starts at the foot must. Any other order means swapped sensors or bad
    time: it and the whole load path are not computable, and the reason tells the order that was seen. Peaks closer
    than half a sampling interval cannot speak against the order.
    """
    return order(_upward(stride, segments))


@metric(
    "load_wave_lag",
    title="Travel time of the impact",
    of=Stride,
    unit="s",
    needs=_NEEDS,
    axis="load path",
    reference="groundup's own definition",
)
def load_wave_lag(stride: Stride, segments: Mapping[str, Trace]) -> float:
    """Time the impact wave takes from one segment to the next (s a segment rank).

    The slope of a straight line through the arrivals against segment rank. Not computable when the sampling interval
    is half the lag or more.
    """
    found = _upward(stride, segments)
    ranks, arrivals = _ranks_and_arrivals(found)
    lag = float(np.polyfit(ranks, arrivals - arrivals[0], 1)[0])
    interval = max(shock.interval for shock in found.values())
    if not interval < lag / 2:
        raise NotComputableError(
            f"a sampling interval of {interval * 1e3:.1f} ms is too long to time a lag of {lag * 1e3:.1f} ms a segment"
        )
    return lag


@metric(
    "distal_absorption",
    usual=True,
    title="Load taken up below the pelvis",
    of=Stride,
    unit="1",
    needs=_NEEDS,
    axis="load path",
    reference=_REFERENCE,
    parameters={"band_low_hz": 10.0, "band_high_hz": 20.0, "least_loss_db": LEAST_LOSS_DB},
)
def distal_absorption(stride: Stride, segments: Mapping[str, Trace]) -> float:
    """Share of the impact's loss that is lost distally: dB of 10-20 Hz acceleration lost foot to pelvis / foot to head.

    Not computable when less than 3 dB is lost in all, when the wave does not travel up, below 100 Hz sampling, and
    without sensors on foot, pelvis and head.
    """
    missing = [segment for segment in ("foot", "pelvis", "head") if segment not in segments]
    if missing:
        raise NotComputableError(
            f"it needs sensors on foot, pelvis and head, and there is none on {' and '.join(missing)}"
        )
    found = _upward(stride, segments)
    to_pelvis, to_head = (loss_db(found["foot"], found[segment]) for segment in ("pelvis", "head"))
    if to_head < LEAST_LOSS_DB:
        raise NotComputableError(
            f"only {to_head:.1f} dB are lost from foot to head; a share of less than 3 dB means nothing"
        )
    return to_pelvis / to_head


@found_once
def _upward(stride: Stride, segments: Mapping[str, Trace]) -> dict[str, Shock]:
    return upward(shocks(stride, segments))


def shocks(stride: Stride, segments: Mapping[str, Trace]) -> dict[str, Shock]:
    """The first impact at each segment after the contact that begins a stride.

    Raises
    ------
    NotComputableError
        With fewer than three segments, below 100 Hz, or where no impact stands out.
    """
    if len(segments) < LEAST_SENSORS:
        there = ", ".join(sorted(segments))
        raise NotComputableError(
            f"it needs three segments or more, and only {there} of that side or the midline has a sensor"
        )
    for segment, trace in segments.items():
        sampled_enough(segment, trace)
    look_for_shocks(segments.values(), stride.t0)
    return {s: impact(s, segments[s], stride.t0) for s in sorted(segments, key=SEGMENT_RANK.__getitem__)}


def sampled_enough(segment: str, trace: Trace, least_rate: float = LEAST_RATE) -> None:
    """Refuse a sensor that is sampled too slowly."""
    # A measured rate lies a few parts per million beside the nominal one.
    if trace.rate < least_rate * 0.99:
        raise NotComputableError(
            f"the {segment} sensor is sampled at {trace.rate:.0f} Hz, and {least_rate:.0f} Hz is the least"
        )


def impact(segment: str, trace: Trace, contact: float) -> Shock:
    """The first impact at a segment after a contact.

    Raises
    ------
    NotComputableError
        Where none stands out.
    """
    shock = shock_of(trace, contact)
    if shock is None:
        raise NotComputableError(f"no impact stands out at the {segment} within 100 ms of contact")
    return shock


def order(found: Mapping[str, Shock]) -> float:
    """Kendall's tau-b of arrival against rank; what the sampling cannot resolve is not held against the order.

    Raises
    ------
    NotComputableError
        If the sampling cannot even tell the first arrival from the last.
    """
    resolution = _resolution(found)
    if float(np.ptp([shock.arrival for shock in found.values()])) <= resolution:
        raise NotComputableError(
            f"the impact arrives everywhere within {resolution * 1e3:.1f} ms, which is all that the sampling can tell"
        )
    return _tau(found)


def _tau(found: Mapping[str, Shock]) -> float:
    ranks, arrivals = _ranks_and_arrivals(found)
    resolution = _resolution(found)
    signs = []
    for i, j in combinations(range(len(ranks)), 2):
        later = (arrivals[j] - arrivals[i]) * np.sign(ranks[j] - ranks[i])
        signs.append(-1 if later < -resolution else 1)
    # Ranks are all different and no pair is left tied, so tau-b is the mean of the signs.
    return float(np.mean(signs))


def upward(found: dict[str, Shock]) -> dict[str, Shock]:
    """The shocks, if they arrive from the ground up.

    Raises
    ------
    NotComputableError
        If they do not.
    """
    order(found)
    not_downward(found)
    return found


def not_downward(found: Mapping[str, Shock]) -> None:
    """Refuse two shocks or more that arrive otherwise than from the ground up, as far as the sampling can tell."""
    tau = _tau(found)
    if tau < 1.0:
        way = ", ".join(sorted(found, key=lambda segment: found[segment].arrival))
        raise NotComputableError(
            f"the impact does not travel up (it arrives at {way}; tau {tau:.2f}): sensors are swapped, or time is bad"
        )


def _resolution(found: Mapping[str, Shock]) -> float:
    """Arrivals closer than this (s) cannot be told apart."""
    return max(shock.interval for shock in found.values()) / 2


def loss_db(distal: Shock, proximal: Shock) -> float:
    """How much of the 10-20 Hz energy is lost between two segments, dB: -10·log10(PSD_prox / PSD_dist)."""
    return float(10.0 * np.log10(distal.energy / proximal.energy))


def _ranks_and_arrivals(
    found: Mapping[str, Shock],
) -> tuple[Sequence[int], "np.ndarray[tuple[int], np.dtype[np.float64]]"]:
    ranks = [SEGMENT_RANK[segment] for segment in found]
    return ranks, np.array([shock.arrival for shock in found.values()], dtype=np.float64)


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """The load-wave metrics."""
    return [load_wave_order, load_wave_lag, distal_absorption]
