"""The usual values of walking, left and right, as a short table: medians, and of how many values each is."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

SPATIOTEMPORAL = (
    "walking_speed", "cadence", "stride_time", "stride_length", "step_time", "step_length", "stance_time",
    "swing_time", "double_support_time",
)  # fmt: skip
"""Names of the metrics that are shown, where the recording has them."""

_SIDES = {"L": "left", "R": "right", "": "no side"}
_MOST_TRIALS = 4  # a screen holds no more; the report has them all


@dataclass(frozen=True)
class TrialValue:
    """One value of a metric; NaN where it is not computable."""

    metric: str
    trial: str
    side: str
    value: float
    unit: str


def median_table(values: Iterable[TrialValue]) -> list[dict[str, Any]]:
    """Medians by metric, trial and side; trials are never put together.

    Parameters
    ----------
    values : iterable of TrialValue

    Returns
    -------
    list of dict
        Ready for JSON: ``metric``, ``trial``, ``side`` (L, R or empty), ``median`` (None where no value is
        computable), ``computable``, ``values``, ``unit``. What has no value at all has no row.
    """
    groups: dict[tuple[str, str, str, str], list[float]] = {}
    for one in values:
        if one.metric in SPATIOTEMPORAL:
            groups.setdefault((one.trial, one.metric, one.side, one.unit), []).append(one.value)
    rows = []
    for (trial, metric, side, unit), every in groups.items():
        known = [value for value in every if math.isfinite(value)]
        middle = median(known) if known else None
        rows.append({"metric": metric, "trial": trial, "side": side, "median": middle, "computable": len(known),
                     "values": len(every), "unit": unit})  # fmt: skip
    return rows


def value_lines(table: Sequence[dict[str, Any]]) -> list[str]:
    """The table in lines, not indented; empty where no value is computable.

    Parameters
    ----------
    table : sequence of dict
        As `median_table` gives it.
    """
    known = {row["trial"] for row in table if row["computable"]}
    table = [row for row in table if row["trial"] in known]  # why others have no value stands with the metrics
    if not table:
        return []
    sides = [side for side in _SIDES if any(row["side"] == side for row in table)]
    by_trial: dict[str, dict[tuple[str, str], dict[str, dict[str, Any]]]] = {}
    for row in table:
        by_trial.setdefault(row["trial"], {}).setdefault((row["metric"], row["unit"]), {})[row["side"]] = row
    lines = [f"{'median (computable of all)':<28}" + "".join(f"{_SIDES[side]:>22}" for side in sides)]
    for trial, metrics in list(by_trial.items())[:_MOST_TRIALS]:
        if len(by_trial) > 1:
            lines.append(f"{_plain(trial) or 'outside of trials'}:")
        for (metric, unit), row in sorted(metrics.items(), key=lambda one: SPATIOTEMPORAL.index(one[0][0])):
            name = f"{_plain(metric)}{f' ({_plain(unit)})' if unit and unit != '1' else ''}"
            lines.append(f"{name:<28}" + "".join(f"{_cell(row.get(side)):>22}" for side in sides))
    if (more := len(by_trial) - _MOST_TRIALS) > 0:
        lines.append(f"and {more} more trials: groundup report shows them all")
    return lines


def _cell(row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    shown = "-" if row["median"] is None else _three_figures(row["median"])
    return f"{shown} ({row['computable']} of {row['values']})"


def _three_figures(value: float) -> str:
    if value == 0 or not 1e-3 <= abs(value) < 1e5:
        return f"{value:.3g}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def _plain(text: str) -> str:
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain if len(plain) <= 60 else f"{plain[:59]}…"
