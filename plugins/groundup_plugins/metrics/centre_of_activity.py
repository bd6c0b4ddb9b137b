"""When in the cycle the muscles of a leg are active: the circular centre of their activity, and how wide it is."""

import math
from collections.abc import Iterable, Mapping

import numpy as np

from groundup.plugin import Floats, Metric, NotComputableError, Stride, Trace, emg, hookimpl, metric
from groundup_plugins.metrics.found_once import found_once

POINTS = 200
LEAST_LENGTH = 0.05
_PARAMETERS: dict[str, float | str] = {"points": POINTS, "normalisation": "each muscle over its own peak"}


@metric(
    "centre_of_activity",
    title="Middle of muscle activity in the cycle",
    of=Stride,
    unit="1",
    needs=(emg(normalise_by="peak"),),
    reference="Martino et al. 2014, J Neurophysiol 112:2810",
    parameters=_PARAMETERS | {"least_resultant": LEAST_LENGTH},
    circular=1.0,
)
def centre_of_activity(stride: Stride, muscles: Mapping[str, Trace]) -> float:
    """Circular mean of when the leg's muscles are active, as a share of the cycle from contact (0 to 1).

    The normalised envelopes of all recorded muscles of that side are added up, so it is comparable only for the same
    muscles; of one muscle it is that muscle's centre. Not computable when the activity is spread evenly over the cycle
    (a resultant under 0.05).
    """
    phase = np.arange(POINTS) / POINTS
    activity = np.sum([*_at_points(stride, muscles).values()], axis=0)
    if not activity.sum() > 0:
        raise NotComputableError("all muscles are silent in this stride")
    resultant = complex(np.sum(activity * np.exp(2j * np.pi * phase)) / activity.sum())
    if abs(resultant) < LEAST_LENGTH:
        raise NotComputableError("the activity is spread evenly over the cycle and has no centre")
    return (math.atan2(resultant.imag, resultant.real) / (2 * math.pi)) % 1.0


@metric(
    "full_width_half_maximum",
    title="Width of the muscle bursts",
    of=Stride,
    unit="1",
    needs=(emg(normalise_by="peak"),),
    reference="Cappellini et al. 2016, J Neurophysiol 115:2052",
    parameters=_PARAMETERS,
)
def full_width_half_maximum(stride: Stride, muscles: Mapping[str, Trace]) -> float:
    """Share of the cycle in which a muscle is above half of its range in that stride; of several muscles the mean."""
    widths = []
    for site, values in sorted(_at_points(stride, muscles).items()):
        if not values.max() > values.min():
            raise NotComputableError(f"{site} does not change in this stride")
        widths.append(float((values > (values.max() + values.min()) / 2).mean()))
    return float(np.mean(widths))


@found_once
def _at_points(stride: Stride, muscles: Mapping[str, Trace]) -> dict[str, Floats]:
    """Each muscle at evenly spread points of the stride, shape (POINTS,)."""
    time = stride.t0 + np.arange(POINTS) / POINTS * (stride.t1 - stride.t0)
    return {site: np.interp(time, trace.time, trace.values) for site, trace in muscles.items()}


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the centre of activity and its width."""
    return [centre_of_activity, full_width_half_maximum]
