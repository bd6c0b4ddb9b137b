"""One value of each participant and session for every metric and side: what reliability and norms are made of.

It is the median over the strides, as profile and comparison take it: a thousand strides are one value, as ten are.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from groundup.analysis.profile import circular
from groundup.analysis.profile.conditions import MUSCLES, plain_condition
from groundup.model.status import OK

if TYPE_CHECKING:
    import pandas as pd

BOTH = "both"
"""Side of what is of left and right together: what a comparison of two recordings goes by."""
COLUMNS = ("metric", "condition", "side", "participant", "session", "value", "unit", "status")
"""What is read of the metrics of an archive; ``session`` is whatever tells sessions apart."""
_KEYS = ["participant", "session"]
_MADE = ("parameters", "conditions")
_OF_A_TRIAL = ("belt_speed",)
"""Among the parameters, and none of the method: people may walk at what speed they like."""


class PopulationError(ValueError):
    """What an archive cannot tell; the message says why, and what to do."""


@dataclass(frozen=True)
class SessionValues:
    """Of one metric in one condition on one side.

    Attributes
    ----------
    metric, condition, side, unit : str
        ``side`` is ``L``, ``R`` or ``both``.
    table : pandas.DataFrame
        Columns participant, session, value, strides; a row each session.
    why : str
        Why nothing can be said of it, after "because"; empty where there is something.
    made : dict of str to value
        How the values were made, the same in all: parameters, and conditions where the archive tells them.
    muscles : tuple of str
        Which were recorded of each leg, in all the same; empty where that is not told.
    """

    metric: str
    condition: str
    side: str
    unit: str
    table: "pd.DataFrame"
    why: str = ""
    made: dict[str, float | str] = field(default_factory=dict)
    muscles: tuple[str, ...] = ()


def session_values(
    metrics: "pd.DataFrame", by: str = "session", periods: Mapping[str, float] | None = None, sides: bool = True
) -> list[SessionValues]:
    """Sum up the values of an archive, session by session.

    Parameters
    ----------
    metrics : pandas.DataFrame
        As the archive has them, a row each value.
    by : str
        The column that tells sessions apart.
    periods : mapping of metric name to float, optional
        Of metrics whose values go round.
    sides : bool
        Whether left and right are wanted by themselves, too.

    Raises
    ------
    PopulationError
        If a column is missing.
    """
    import pandas as pd

    wanted = [by if name == "session" else name for name in COLUMNS]
    if missing := [name for name in wanted if name not in metrics.columns]:
        raise PopulationError(f"the metrics of the archive have no column {missing[0]!r}: make it anew")
    good = metrics[(metrics["status"] == OK) & np.isfinite(pd.to_numeric(metrics["value"], errors="coerce"))]
    frame = pd.DataFrame({name: good[mine].to_numpy() for name, mine in zip(COLUMNS, wanted, strict=True)})
    for name in ("condition", "side", "participant", "session"):
        frame[name] = frame[name].fillna("").astype(str)
    frame["value"] = frame["value"].astype(np.float64)
    frame = frame[frame["participant"] != ""]
    about = {metric: _about(mine) for metric, mine in good.groupby("metric")}
    found: list[SessionValues] = []
    for (metric, condition), mine in frame.groupby(["metric", "condition"], sort=True):
        laid, why = _laid(mine["value"].to_numpy(), (periods or {}).get(str(metric)))
        made, muscles, mixed = about[metric]
        why = mixed or why
        mine = mine.assign(value=laid)
        parts = [(BOTH, mine)]
        if sides and {"L", "R"} & set(mine["side"]):
            parts += [(side, mine[mine["side"] == side]) for side in ("L", "R")]
        for side, part in parts:
            if len(part):
                unit = str(part["unit"].iloc[0])
                values = SessionValues(str(metric), str(condition), side, unit, _medians(part), why, made, muscles)
                found.append(values)
    return found


def _medians(part: "pd.DataFrame") -> "pd.DataFrame":
    grouped = part.groupby(_KEYS, sort=True)["value"]
    return grouped.agg(value="median", strides="size").reset_index()


def _laid(values: np.ndarray, period: float | None) -> tuple[np.ndarray, str]:
    """Values that go round, on a straight line; or why they have no place on one."""
    if period is None:
        return values, ""
    laid = circular.unrolled(values, period)
    spread = float(np.subtract(*np.percentile(laid, [97.5, 2.5])))
    why = "its values go round, and lie all round: they have no mean and no SD" if spread >= period / 2 else ""
    return laid, why


def _about(good: "pd.DataFrame") -> tuple[dict[str, float | str], tuple[str, ...], str]:
    """How values were made, of which muscles; or why they cannot be put together.

    A mean of newtons and body weights, two filters or two versions of a plugin, is a number of nothing.
    """
    for column in ("unit", "method", "plugin", "version"):
        texts = sorted(str(one) for one in good[column].unique()) if column in good.columns else []
        if len(texts) > 1:
            return {}, (), _two(column, texts)
    made: dict[str, float | str] = {}
    muscles: tuple[str, ...] = ()
    for column in [name for name in _MADE if name in good.columns]:
        known = [_read(str(text)) for text in sorted(good[column].dropna().unique())]
        sets = {str(one[leg]) for one in known for leg in MUSCLES.values() if leg in one}
        if len(sets) > 1:
            return {}, (), "different muscles were recorded of these people, and it depends on these: choose by --where"
        muscles = tuple(min(sets).split(", ")) if sets else muscles
        for key in sorted({key for one in known for key in one} - {*MUSCLES.values(), *_OF_A_TRIAL}):
            values = sorted({plain_condition(one.get(key)) for one in known})
            if len(values) > 1:
                return {}, (), _two(key, values)
            value = known[0].get(key)
            made[key] = value if isinstance(value, int | float) and not isinstance(value, bool) else values[0]
    return made, muscles, ""


def _two(key: str, values: Sequence[str]) -> str:
    shown = " and ".join(repr(value) for value in values[:3])
    return f"the archive has it with {key} {shown}, and nothing is made of these together: choose by --where"


def _read(text: str) -> dict[str, Any]:
    """Conditions as JSON."""
    try:
        found = json.loads(text) if text else {}
    except json.JSONDecodeError:
        return {"conditions": text}
    return {str(key): value for key, value in found.items()} if isinstance(found, dict) else {"conditions": text}


def in_order(table: "pd.DataFrame", dates: Mapping[tuple[str, str], str]) -> "pd.DataFrame":
    """The same rows with `number`: which session of its participant each is, from 0: by date, else by name."""
    keys = [
        (who, dates.get((who, session), ""), _natural(session))
        for who, session in zip(table["participant"], table["session"], strict=True)
    ]
    order = sorted(range(len(table)), key=lambda row: keys[row])
    ordered = table.iloc[order].reset_index(drop=True)
    return ordered.assign(number=ordered.groupby("participant").cumcount())


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A name to sort by, so that session 10 comes after session 9."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"\d+|\D+", name))


def shared_names(table: "pd.DataFrame") -> bool:
    """Whether sessions are called the same in at least half of the participants: "before", "after"."""
    people = table["participant"].nunique()
    return bool((table.groupby("session")["participant"].nunique() >= math.ceil(people / 2)).all())
