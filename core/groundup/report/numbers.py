"""Every number of the shown part of a recording: medians, intervals, left and right, norms, and how it was made."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.profile import circular
from groundup.analysis.profile.circumstances import circumstances_of
from groundup.analysis.profile.norms import Compared, as_measured, compared_from, compared_with, most_compared
from groundup.analysis.profile.spread import Spread, spread
from groundup.analysis.profile.strategy_profile import bootstrap_interval
from groundup.model.reasons import usual_reason
from groundup.model.status import OK
from groundup.plugin.manager import plugins
from groundup.plugin.metric import Axis
from groundup.recording import Recording
from groundup.recording.tables import reasons_of
from groundup.report.chosen import Chosen
from groundup.report.curves import Walked
from groundup.workflows.analyze import rows_of


@dataclass(frozen=True)
class Number:
    """One metric in the shown part of a recording.

    Attributes
    ----------
    name, unit, axis : str
    count, values : int
        Those with a value, and all.
    median, low, high : float
        Median, with its bootstrap 95 % interval; NaN without a value, and under six.
    quartiles : (float, float)
    left, right : float
        Median of each side.
    sides : (int, int)
        How many values each has.
    period : float, optional
        Of values that go round.
    spread : Spread
    compared : tuple of Compared
        What it is held against.
    reason : str
        Why some have no value; empty where all have.
    about : mapping
        ``method``, ``plugin``, ``version``, ``source`` and ``parameters``, as the file has them.
    """

    name: str
    unit: str
    axis: Axis = ""
    count: int = 0
    values: int = 0
    median: float = math.nan
    low: float = math.nan
    high: float = math.nan
    quartiles: tuple[float, float] = (math.nan, math.nan)
    left: float = math.nan
    right: float = math.nan
    sides: tuple[int, int] = (0, 0)
    period: float | None = None
    spread: Spread = field(default_factory=Spread)
    compared: tuple[Compared, ...] = ()
    reason: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def norm(self) -> Compared:
        """What most of its values are held against; that has no interval where there is no norm."""
        return most_compared(self.compared)


def numbers_of(recording: Recording, walk: Walked, chosen: Chosen) -> dict[str, Number]:
    """Every metric of a recording, by its name.

    Parameters
    ----------
    recording : Recording
    walk : Walked
        Its shown stances and strides.
    chosen : Chosen
        Norms are those of the file, unless trials were chosen: of these they are chosen anew.
    """
    every = {name: rows_of(name, table) for name, table in recording.metrics.items()}
    rows = {name: [row for row in mine if chosen.has(row)] for name, mine in every.items()}
    compared = (
        _compared(recording, walk, rows)
        if chosen.shown
        else {name: compared_from(table.attrs.get("norm")) for name, table in recording.metrics.items()}
    )
    return {
        name: _number(name, table, rows[name], compared.get(name, ()), recording.clock_origin)
        for name, table in recording.metrics.items()
    }


def _number(
    name: str, table: pd.DataFrame, rows: Sequence[MetricRow], compared: Sequence[Compared], origin: float
) -> Number:
    installed = plugins().metrics.get(name)
    bad = (
        reasons_of(table[table["status"] != OK]) if len(rows) == len(table) else [r.why for r in rows if r.status != OK]
    )
    good = [row for row in rows if row.status == OK]
    about = {key: table.attrs.get(key, "") for key in ("method", "plugin", "version", "source", "parameters")}
    unit = str(table["unit"].iloc[0]) if len(table) else ""
    axis: Axis = installed.item.axis if installed is not None else ""
    reason = usual_reason(bad).since(origin) if bad else ""
    if not good:
        return Number(name, unit, axis, values=len(rows), reason=reason, about=about)
    period = table.attrs.get("circular")
    values = [row.value for row in good]
    left, right = ([row.value for row in good if row.side == side] for side in ("L", "R"))
    first, middle, third = circular.percentiles(values, [25, 50, 75], period)
    low, high = bootstrap_interval(values, [row.trial for row in good], period)
    return Number(
        name,
        unit,
        axis,
        count=len(good),
        values=len(rows),
        median=middle,
        low=low,
        high=high,
        quartiles=(first, third),
        left=_median(left, period),
        right=_median(right, period),
        sides=(len(left), len(right)),
        period=period,
        spread=spread(good, period),
        compared=tuple(compared),
        reason=reason,
        about=about,
    )


def _median(values: Sequence[float], period: float | None) -> float:
    return float(circular.median(values, period)) if values else math.nan


def _compared(
    recording: Recording, walk: Walked, rows: Mapping[str, Sequence[MetricRow]]
) -> dict[str, tuple[Compared, ...]]:
    """What chosen trials may be held against, by the conditions that the file has."""
    installed = plugins()
    norms = as_measured(installed.norms.values(), installed.metrics)
    conditions = {name: dict(table.attrs.get("conditions") or {}) for name, table in recording.metrics.items()}
    speeds = [row for mine in rows.values() for row in mine]
    known = circumstances_of(recording.trial_list(), walk.strides, walk.stances, speeds, recording.participant)
    metrics = [installed.metrics[name].item for name in rows if name in installed.metrics]
    return {metric.name: compared_with(metric, norms, conditions, rows, known) for metric in metrics}
