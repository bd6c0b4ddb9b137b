"""What holding the body up costs: how gluteal activity goes with load, and how much all muscles do for a metre."""

from collections.abc import Iterable, Mapping

import numpy as np

from groundup.plugin import (
    DISTANCE,
    GLUTEAL,
    SUBJECT,
    Metric,
    NotComputable,
    SitToStand,
    Stride,
    Subject,
    Trace,
    emg,
    grf,
    hookimpl,
    metric,
)
from groundup_plugins.metrics.glutes import activity
from groundup_plugins.metrics.ground_reaction import GRAVITY, body_weight

LEAST_RANGE_BW = 0.1


@metric(
    "antigravity_coupling",
    of=(Stride, SitToStand),
    unit="1/BW",
    needs=(emg(GLUTEAL, over="peak"), grf("v"), SUBJECT),
    axis="anti-gravity effort",
    source="groundup's own: anti-gravity muscles answer to load",
    parameters={
        "gravity_m_s2": GRAVITY,
        "least_range_bw": LEAST_RANGE_BW,
        "normalisation": "each muscle over its own peak",
    },
)
def antigravity_coupling(
    stretch: Stride | SitToStand, glutes: Mapping[str, Trace], vertical: Trace, subject: Subject
) -> float:
    """Slope of the line of gluteal activity on vertical force: how much of its peak a muscle adds for a body weight.

    Least squares over a stride (the force under the same foot, zero in swing) or over a rise from a chair (the force
    under both feet); of several gluteal muscles the mean.
    """
    load = vertical.values / body_weight(subject)
    if float(np.ptp(load)) < LEAST_RANGE_BW:
        raise NotComputable("the load hardly changes")
    deviation = load - load.mean()
    slopes = []
    for _, trace in sorted(glutes.items()):
        envelope = np.interp(vertical.time, trace.time, trace.values)
        slopes.append(float(deviation @ envelope) / float(deviation @ deviation))
    return float(np.mean(slopes))


@metric(
    "activation_cost",
    of=Stride,
    unit="s/m",
    needs=(emg(over="peak"), DISTANCE),
    axis="anti-gravity effort",
    source="groundup's own: economy",
    parameters={"normalisation": "each muscle over its own peak"},
)
def activation_cost(stride: Stride, muscles: Mapping[str, Trace], distance: float) -> float:
    """Activity of all recorded muscles of a leg, added up, for a metre walked: how economical the gait is.

    Integrals of the normalised envelopes over the stride, over the distance its foot travels. Comparable only for the
    same muscles. Not computable on a treadmill whose speed nobody recorded.
    """
    return sum(activity(trace, stride.t0, stride.t1) for trace in muscles.values()) / distance


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the metrics of anti-gravity effort."""
    return [antigravity_coupling, activation_cost]
