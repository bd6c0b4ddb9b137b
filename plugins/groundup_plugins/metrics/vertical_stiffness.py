"""Vertical stiffness of a running or hopping leg: the greatest force over how far the body sinks."""

from collections.abc import Iterable

import numpy as np
from scipy.integrate import cumulative_trapezoid

from groundup.plugin import SUBJECT, Metric, NotComputableError, Stance, Subject, Trace, grf, hookimpl, metric
from groundup_plugins.metrics.ground_reaction import GRAVITY, body_weight, is_step

LEAST_MEAN_BW = 1.05


@metric(
    "vertical_stiffness",
    of=Stance,
    unit="N/m",
    needs=(grf("v"), SUBJECT),
    reference="McMahon & Cheng 1990, J Biomech 23 suppl 1:65",
    parameters={"gravity_m_s2": GRAVITY, "least_mean_force_bw": LEAST_MEAN_BW},
)
def vertical_stiffness(stance: Stance, vertical: Trace, subject: Subject) -> float:
    """Greatest vertical force of a stance over the greatest sinking of the centre of mass in it, Fmax / dy.

    The sinking is the acceleration integrated twice, the body being as high at foot off as at contact. Not computable
    without a flight phase (a mean force under 1.05 body weights: walking, standing).
    """
    weight = body_weight(subject)
    is_step(stance)
    time = vertical.time - vertical.time[0]
    if len(time) < 10:
        raise NotComputableError("the stance has too few samples of force")
    if float(np.trapezoid(vertical.values, time)) < LEAST_MEAN_BW * weight * time[-1]:
        raise NotComputableError("there is no flight phase: the mean force of the stance is no more than body weight")
    acceleration = vertical.values / subject.mass_kg - GRAVITY
    free = cumulative_trapezoid(cumulative_trapezoid(acceleration, time, initial=0.0), time, initial=0.0)
    height = free - free[-1] * time / time[-1]
    sinking = -float(height.min())
    if not sinking > 0:
        raise NotComputableError("the body does not sink in this stance")
    return float(vertical.values.max()) / sinking


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the vertical stiffness."""
    return [vertical_stiffness]
