"""Every number of the shown part of a recording: medians, intervals, left and right, norms, and how it was made."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from groundup.analysis.profile import circular
from groundup.analysis.profile.circumstances import circumstances_of
from groundup.analysis.profile.norms import Compared, as_measured, compared_from, compared_with, most_compared
from groundup.analysis.profile.spread import Spread, spread_of
from groundup.analysis.profile.strategy_profile import bootstrap_interval
from groundup.model.signals import Floats
from groundup.model.status import OK
from groundup.plugin.manager import plugins
from groundup.plugin.metric import Axis
from groundup.recording import Recording
from groundup.report.chosen import Chosen
from groundup.report.curves import Walked
from groundup.workflows.analyze import rows_of
from groundup.workflows.held_against import HeldAgainst


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


def numbers_of(recording: Recording, walk: Walked, chosen: Chosen, against: HeldAgainst) -> dict[str, Number]:
    """Every metric of a recording, by its name.

    Parameters
    ----------
    recording : Recording
    walk : Walked
        Its shown stances and strides.
    chosen : Chosen
        Norms are those of the file, unless trials were chosen: of these they are chosen anew.
    against : HeldAgainst
        Norms that there are now, for chosen trials.
    """
    shown = {
        name: table[chosen.mask(table["t0"].to_numpy(), table["t1"].to_numpy())]
        for name, table in recording.metrics.items()
    }
    compared = (
        _compared(recording, walk, shown, against)
        if chosen.shown
        else {name: compared_from(table.attrs.get("norm")) for name, table in recording.metrics.items()}
    )
    return {
        name: _number(name, recording.metrics[name].attrs, table, compared.get(name, ()))
        for name, table in shown.items()
    }


def _number(name: str, attrs: Mapping[Any, Any], table: pd.DataFrame, compared: Sequence[Compared]) -> Number:
    installed = plugins().metrics.get(name)
    good, bad = table[table["status"] == OK], table[table["status"] != OK]
    about = {key: attrs.get(key, "") for key in ("method", "plugin", "version", "source", "parameters")}
    unit = str(table["unit"].iloc[0]) if len(table) else ""
    axis: Axis = installed.item.axis if installed is not None else ""
    reason = str(bad["reason"].value_counts().index[0]) if len(bad) else ""
    if not len(good):
        return Number(name, unit, axis, values=len(table), reason=reason, about=about)
    period, values, trials = attrs.get("circular"), good["value"].to_numpy(), good["trial"].tolist()
    left, right = (values[good["side"] == side] for side in ("L", "R"))
    first, middle, third = circular.percentiles(values, [25, 50, 75], period)
    low, high = bootstrap_interval(values.tolist(), trials, period)
    return Number(
        name,
        unit,
        axis,
        count=len(good),
        values=len(table),
        median=middle,
        low=low,
        high=high,
        quartiles=(first, third),
        left=_median(left, period),
        right=_median(right, period),
        sides=(len(left), len(right)),
        period=period,
        spread=spread_of(values, good["side"].tolist(), trials, period),
        compared=tuple(compared),
        reason=reason,
        about=about,
    )


def _median(values: Floats, period: float | None) -> float:
    return float(circular.median(values, period)) if len(values) else math.nan


def _compared(
    recording: Recording, walk: Walked, shown: Mapping[str, pd.DataFrame], against: HeldAgainst
) -> dict[str, tuple[Compared, ...]]:
    """What chosen trials may be held against, by the conditions that the file has."""
    installed = plugins()
    rows = {name: rows_of(name, table) for name, table in shown.items()}
    norms = as_measured(against.norms, installed.metrics)
    conditions = {name: dict(table.attrs.get("conditions") or {}) for name, table in recording.metrics.items()}
    speeds = [row for mine in rows.values() for row in mine]
    trials, person = recording.trial_list(), recording.participant
    known = circumstances_of(trials, walk.strides, walk.stances, speeds, person, against.sex)
    metrics = [installed.metrics[name].item for name in rows if name in installed.metrics]
    return {metric.name: compared_with(metric, norms, conditions, rows, known) for metric in metrics}
