"""How much the gluteal muscles are asked for: against their maximum, at their quietest, and how long they rest."""

from collections.abc import Iterable, Mapping

import numpy as np

from groundup.plugin import GLUTEAL, Metric, Stride, Trace, emg, hookimpl, metric
from groundup_plugins.metrics.glutes import activity

QUIET_SD = 2.0


@metric(
    "glute_demand",
    title="Gluteal activity",
    of=Stride,
    unit="%",
    needs=(emg(GLUTEAL, normalise_by="reference"),),
    axis="gluteal demand",
    reference="groundup's own; normalisation as in Burden 2010, J Electromyogr Kinesiol 20:1023",
)
def glute_demand(stride: Stride, glutes: Mapping[str, Trace]) -> float:
    """Mean gluteal envelope of a stride in % of MVIC, or of the same person's reference trial; of several the mean.

    Not computable without an MVIC or a reference trial: over a peak of the trial itself it would say nothing of how
    loud the muscle is.
    """
    lasts = stride.t1 - stride.t0
    return float(np.mean([activity(trace, stride.t0, stride.t1) / lasts for trace in glutes.values()]))


@metric(
    "glute_tonic_level",
    title="Gluteal tone between bursts",
    of=Stride,
    unit="%",
    needs=(emg(GLUTEAL, normalise_by="mvic"),),
    axis="gluteal demand",
    reference="groundup's own: protective tone",
)
def glute_tonic_level(stride: Stride, glutes: Mapping[str, Trace]) -> float:
    """Least value of the gluteal envelope in a stride, in % of MVIC; of several muscles the mean.

    What the muscle never lets go of. Not computable without an MVIC trial.
    """
    return float(np.mean([trace.values.min() for trace in glutes.values()]))


@metric(
    "glute_quiet_time",
    title="Time the glutes are quiet",
    of=Stride,
    unit="1",
    needs=(emg(GLUTEAL, normalise_by="rest"),),
    axis="gluteal demand",
    reference="groundup's own; threshold as in Hodges & Bui 1996",
    parameters={"standard_deviations": QUIET_SD},
)
def glute_quiet_time(stride: Stride, glutes: Mapping[str, Trace]) -> float:
    """Share of the cycle in which the gluteal envelope is below its mean at rest and two standard deviations.

    Of several muscles the mean. Not computable without a rest trial.
    """
    return float(np.mean([(trace.values < QUIET_SD).mean() for trace in glutes.values()]))


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the metrics of gluteal demand."""
    return [glute_demand, glute_tonic_level, glute_quiet_time]
