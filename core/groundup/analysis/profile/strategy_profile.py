"""The strategy profile: its axes, each with what the installed metrics say of it, and how sure that is."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import get_args

import numpy as np

from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.profile import circular
from groundup.analysis.profile.detectable import Detectable
from groundup.analysis.profile.method_spread import MethodSpread
from groundup.analysis.profile.norms import NO_NORM, Compared, most_compared
from groundup.analysis.profile.resampled_medians import FROM, resampled_medians
from groundup.analysis.profile.spread import Spread, spread
from groundup.model import html_table
from groundup.model.reasons import Reason, usual_reason
from groundup.model.signals import Floats
from groundup.model.status import NOT_COMPUTABLE, OK, Status
from groundup.plugin.metric import Axis, Metric

AXES: tuple[Axis, ...] = tuple(axis for axis in get_args(Axis) if axis)
"""Where the work is done, load path, gluteal demand, gluteal role, anti-gravity effort, cooperation."""
BESIDE = "beside the axes, with a norm"
LEAST_STRIDES = 6
"""No interval is given from fewer."""
_RESAMPLES = 2000
_SEED = 20


@dataclass(frozen=True)
class Entry:
    """What one metric says in a profile.

    Attributes
    ----------
    metric, unit : str
    median : float
        Median over the computable strides of all trials, both sides; NaN when there are none.
    low, high : float
        Bootstrap 95 % interval of that median; NaN under six strides. Of values that go round (`period`) `low` may be
        the larger number: from 0.97 of a cycle by 0 to 0.03.
    strides : int
        How many values are behind it.
    not_computable : int
        How many more strides there were without a value.
    status : {"ok", "not_computable", "failed"}
        Whether there is any value.
    reason : str
        Why not, where it was said most often, moments since the recording began; empty when all were computable.
    left, right : float
        Median of each side.
    norm : str
        What it is compared with; ``no norm`` when with nothing.
    norm_low, norm_high : float
        The norm's interval; NaN without one.
    norm_value : float
        What is held against it: the median of the same trials, by the method of the norm; NaN without one.
    no_norm : str
        Why it is compared with none of the norms that are known; empty when there is none.
    compared : tuple of Compared
        Every norm, where trials differ; `norm` is that of most values.
    method : str
        The metric's definition.
    parameters : dict
    period : float, optional
        After how much the values are the same again; None of plain numbers.
    spread : Spread
        How much strides, and left and right, differ.
    detectable : Detectable, optional
        Which change between two sessions this lab can tell apart; None where it has not been measured.
    method_spread : MethodSpread, optional
        How far the median depends on published choices of method; None where that was not computed.
    uncertainty : float
        Half of the 95 % interval of a value by its method, median of those that tell: no number of strides makes it
        smaller, as it does `low` and `high`; NaN where none tells.
    """

    metric: str
    unit: str
    median: float = math.nan
    low: float = math.nan
    high: float = math.nan
    strides: int = 0
    not_computable: int = 0
    status: Status = OK
    reason: str = ""
    left: float = math.nan
    right: float = math.nan
    norm: str = NO_NORM
    norm_low: float = math.nan
    norm_high: float = math.nan
    norm_value: float = math.nan
    no_norm: str = ""
    compared: tuple[Compared, ...] = ()
    method: str = ""
    parameters: dict[str, float | str] = field(default_factory=dict)
    period: float | None = None
    spread: Spread = field(default_factory=Spread)
    detectable: Detectable | None = None
    method_spread: MethodSpread | None = None
    uncertainty: float = math.nan

    @property
    def held_by_method(self) -> bool:
        """Whether not the values above are held against the norm, but those that its people's method gives."""
        return math.isfinite(self.norm_value) and most_compared(self.compared).method != ""


@dataclass(frozen=True)
class AxisProfile:
    """One axis with its entries, none when no metric speaks for it; ``""``: what has a norm beside the axes."""

    axis: Axis
    entries: tuple[Entry, ...] = ()


class Profile(tuple[AxisProfile, ...]):
    """The axes, always in the same order, and what has a norm beside them; it shows itself in notebooks."""

    def _repr_html_(self) -> str:
        rows = [
            (
                part.axis or BESIDE,
                e.metric,
                e.median,
                e.unit if e.unit != "1" else "",
                e.low,
                e.high,
                e.strides,
                e.left,
                e.right,
                norm_words(e) if e.norm == NO_NORM else f"{norm_words(e)} ({e.norm})",
            )
            for part in self
            for e in part.entries
        ]
        header = ("axis", "metric", "median", "unit", "95 % from", "to", "values", "left", "right", "norm")
        return html_table.table(header, rows, "Strategy profile (it describes; it does not diagnose)")


def strategy_profile(
    rows: Iterable[MetricRow],
    metrics: Sequence[Metric],
    norms: Mapping[str, Sequence[Compared]] | None = None,
    origin: float = math.nan,
    detectable: Mapping[str, Detectable] | None = None,
    method_spreads: Mapping[str, MethodSpread] | None = None,
) -> Profile:
    """Sum up metric values by the axes they speak for.

    Parameters
    ----------
    rows : iterable of MetricRow
    metrics : sequence of Metric
        The installed ones; those without an axis are left out, but for what can be held against a norm.
    norms : mapping of metric name to sequence of Compared, optional
        What each is compared with.
    origin : float
        When the recording began, on the lab clock: reasons then name moments since.
    detectable : mapping of metric name to Detectable, optional
        What the lab can tell apart.
    method_spreads : mapping of metric name to MethodSpread, optional
        How far each depends on published choices of method.

    Returns
    -------
    Profile
        All axes, always in the same order; after them, if there is any, what has a norm and is of no axis.
    """
    by_name: dict[str, list[MetricRow]] = {}
    for row in rows:
        by_name.setdefault(row.name, []).append(row)
    known, told_apart, spreads = norms or {}, detectable or {}, method_spreads or {}

    def entries(shown: Iterable[Metric]) -> tuple[Entry, ...]:
        made = (_entry(m, by_name.get(m.name, []), known.get(m.name, ()), origin) for m in shown)
        return tuple(replace(e, detectable=told_apart.get(e.metric), method_spread=spreads.get(e.metric)) for e in made)

    shown = _shown(metrics, by_name)
    parts = [AxisProfile(axis, entries(m for m in shown if m.axis == axis)) for axis in AXES]
    beside = entries(m for m in shown if not m.axis and any(one.known for one in known.get(m.name, ())))
    return Profile([*parts, AxisProfile("", beside)] if beside else parts)


def _shown(metrics: Sequence[Metric], rows: Mapping[str, Sequence[MetricRow]]) -> list[Metric]:
    """All but those of joints where none of these has a value: no motion capture has computed any."""
    of_joints = {m.name for m in metrics if any(need.what == "joint" for need in m.needs)}
    computed = any(row.status == OK for name in of_joints for row in rows.get(name, ()))
    return [m for m in metrics if computed or m.name not in of_joints]


def bootstrap_interval(
    values: Sequence[float], trials: Sequence[str], period: float | None = None
) -> tuple[float, float]:
    """95 % percentile interval of the median, strides resampled within their trials, with a fixed seed.

    Parameters
    ----------
    values : sequence of float
        One for each stride.
    trials : sequence of str
        The trial of each.
    period : float, optional
        Of values that go round; then the interval goes from `low` upwards, by 0 where it has to.

    Returns
    -------
    low, high : float
        NaN for both under six strides.
    """
    if len(values) < LEAST_STRIDES:
        return math.nan, math.nan
    random = np.random.default_rng(_SEED)
    if len(values) >= FROM and period is None and len(set(trials)) == 1:
        medians = resampled_medians(np.array(values, dtype=np.float64), _RESAMPLES, random)
        low, high = np.percentile(medians, [2.5, 97.5]).tolist()
        return low, high
    drawn = []
    for trial in sorted(set(trials)):
        mine: Floats = np.array([v for v, t in zip(values, trials, strict=True) if t == trial], dtype=np.float64)
        drawn.append(mine[random.integers(0, len(mine), (_RESAMPLES, len(mine)))])
    medians = circular.median(np.concatenate(drawn, axis=1), period)
    low, high = circular.percentiles(medians, [2.5, 97.5], period)
    return low, high


def _entry(metric: Metric, rows: Sequence[MetricRow], compared: Sequence[Compared], origin: float) -> Entry:
    good = [row for row in rows if row.status == OK]
    bad = [row for row in rows if row.status != OK]
    values = [row.value for row in good]
    period = metric.circular
    low, high = bootstrap_interval(values, [row.trial for row in good], period)
    norm = most_compared(compared)
    reason = usual_reason(row.why for row in bad) if bad else Reason("" if rows else "no stride was seen")
    status: Status = OK if good else bad[0].status if bad else NOT_COMPUTABLE
    return Entry(
        metric=metric.name,
        unit=metric.unit,
        median=_median(values, period),
        low=low,
        high=high,
        strides=len(good),
        not_computable=len(bad),
        status=status,
        reason=reason.since(origin),
        left=_median([row.value for row in good if row.side == "L"], period),
        right=_median([row.value for row in good if row.side == "R"], period),
        norm=norm.name,
        norm_low=norm.low,
        norm_high=norm.high,
        norm_value=norm.value,
        compared=tuple(compared),
        no_norm=norm.why,
        method=metric.definition,
        parameters=metric.parameters,
        period=period,
        spread=spread(good, period),
        uncertainty=_median([row.uncertainty for row in good if math.isfinite(row.uncertainty)]),
    )


def _median(values: Sequence[float], period: float | None = None) -> float:
    return float(circular.median(values, period)) if len(values) else math.nan


def norm_words(entry: Entry) -> str:
    """The interval of the norm, or that there is none."""
    if entry.norm == NO_NORM:
        return NO_NORM
    if not math.isfinite(entry.norm_low):
        return "mean only, see below"
    # What is not measured in the same way does not stand beside it as if it were.
    interval = f"{significant(entry.norm_low)} to {significant(entry.norm_high)}"
    return "see below" if entry.held_by_method else interval


def significant(value: float, digits: int = 3) -> str:
    """Significant digits; a dash for what is not known."""
    if not math.isfinite(value):
        return "-"
    if value == 0:
        return "0"
    if not 1e-3 <= abs(value) < 1e5:
        return f"{value:.{digits - 1}e}"
    return f"{value:.{max(0, digits - 1 - math.floor(math.log10(abs(value))))}f}"
