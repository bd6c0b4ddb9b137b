"""Turns metrics into rows of values: one for each stance, stride or trial, or why there is none."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from groundup.analysis.gait import Stance, Stride, Trial
from groundup.analysis.needs import Resolver, Stretch
from groundup.body import Side
from groundup.plugin.metric import Metric, NotComputable

OK = "ok"
NOT_COMPUTABLE = "not computable, because "
FAILED = "failed: "


@dataclass(frozen=True)
class MetricRow:
    """One value of one metric: a row of ``/metrics/<name>``.

    Attributes
    ----------
    name : str
    t0, t1 : float
        The stretch it describes, seconds on the lab clock.
    trial : str
    stride : int
        Number of the stride (of a stance: the stride it begins), -1 for none.
    side : {"L", "R", ""}
    value : float
        NaN when not computable.
    unit : str
    quality : str
        ``ok``, ``not computable, because ...``, or ``failed: ...`` when the plugin raised.
    """

    name: str
    t0: float
    t1: float
    trial: str
    stride: int
    side: Side
    value: float
    unit: str
    quality: str = OK


def measure(
    metrics: Sequence[Metric], resolver: Resolver, trials: Sequence[Trial]
) -> tuple[list[MetricRow], list[str]]:
    """Compute metrics.

    Parameters
    ----------
    metrics : sequence of Metric
    resolver : Resolver
        Gives each what it needs; its stances and strides are what the metrics describe.
    trials : sequence of Trial
        What metrics of a trial describe.

    Returns
    -------
    rows : list of MetricRow
    notes : list of str
        Metrics that have no row at all, and why.
    """
    rows: list[MetricRow] = []
    notes: list[str] = []
    for metric in metrics:
        found = [_row(metric, resolver, stretch, side) for stretch, side in _stretches(metric, resolver, trials)]
        rows += found
        if not found:
            what = "stances were seen" if metric.of is Stance else "strides were seen"
            notes.append(
                f"{metric.name}: {NOT_COMPUTABLE}no {what if metric.of is not Trial else 'trial was recorded'}"
            )
    return rows, notes


def _stretches(metric: Metric, resolver: Resolver, trials: Sequence[Trial]) -> list[tuple[Stretch, Side]]:
    if metric.of is Stance:
        return [(stance, stance.side) for stance in resolver.stances]
    if metric.of is Stride:
        return [(stride, stride.side) for stride in resolver.strides]
    # A trial has no side of its own: what is measured of one leg is measured of each.
    both = any(need.what in ("emg", "raw_emg", "grf") for need in metric.needs)
    sides: tuple[Side, ...] = ("L", "R") if both else ("",)
    return [(trial, side) for trial in trials for side in sides]


def _row(metric: Metric, resolver: Resolver, stretch: Stretch, side: Side) -> MetricRow:
    value, quality = _value(metric, resolver, stretch, side)
    trial = stretch.name if isinstance(stretch, Trial) else stretch.trial
    number = -1 if isinstance(stretch, Trial) else stretch.number
    return MetricRow(metric.name, stretch.t0, stretch.t1, trial, number, side, value, metric.unit, quality)


def _value(metric: Metric, resolver: Resolver, stretch: Stretch, side: Side) -> tuple[float, str]:
    try:
        value = float(metric(stretch, *(resolver.resolve(need, stretch, side) for need in metric.needs)))
    except NotComputable as reason:
        return math.nan, f"{NOT_COMPUTABLE}{reason}"
    except Exception as error:  # a plugin's own fault stays its own
        return math.nan, f"{FAILED}{type(error).__name__}: {error}"
    if not math.isfinite(value):
        return math.nan, f"{NOT_COMPUTABLE}the metric gave {value} and no reason"
    return value, OK
