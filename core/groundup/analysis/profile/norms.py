"""What a metric is compared with: a norm where all that must be the same is, and else none, with the reason."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.profile import circular
from groundup.analysis.profile.circumstances import Circumstances, belongs
from groundup.analysis.profile.conditions import MUSCLES, Conditions, plain_condition
from groundup.lab.settings import Settings
from groundup.model.reasons import Reason, usual_reason
from groundup.model.status import OK
from groundup.plugin.manager import Loaded
from groundup.plugin.metric import Metric, plain_settings
from groundup.plugin.norm import Condition, Norm, interval_of_people
from groundup.plugin.not_computable import NotComputableError

NO_NORM = "no norm"
_LEAST_PEOPLE = 5
_NOWHERE = Circumstances()


@dataclass(frozen=True)
class Compared:
    """What a metric is compared with in one recording, or in trials of it that were the same.

    Attributes
    ----------
    name : str
        The people of the norm, or ``no norm``.
    low, high : float
        The norm's interval; NaN without one.
    mean : float
        Of its people, where only that is known; else NaN.
    n : int
        How many people it is of.
    source, licence : str
    why : str
        Why there is none; empty when nobody knows a norm of this metric at all.
    method : str
        The metric by which the people were measured, where it is another one.
    value : float
        Median of the values that are held against the interval: the metric's own, or those of `method`.
    values : int
        How many they are.
    remark : str
        What has to be said beside the norm, as `Norm.remark`.
    of : str
        In which trials, at what speed, at what age: what the interval was chosen by.
    """

    name: str = NO_NORM
    low: float = math.nan
    high: float = math.nan
    n: int = 0
    source: str = ""
    why: str = ""
    licence: str = ""
    method: str = ""
    value: float = math.nan
    values: int = 0
    of: str = ""
    mean: float = math.nan
    remark: str = ""

    @property
    def known(self) -> bool:
        """Whether there are people to hold it against."""
        return self.name != NO_NORM

    def stored(self) -> dict[str, Any]:
        """Ready for JSON: what is not known is left out."""
        unknown = {"n": 0, "values": 0}
        return {k: v for k, v in asdict(self).items() if v not in ("", unknown.get(k, "")) and v == v}


def to_store(compared: Sequence[Compared]) -> dict[str, Any]:
    """As attribute ``norm`` of ``/metrics/<name>``; empty where no norm is known."""
    return {"compared": [one.stored() for one in compared]} if any(one.known or one.why for one in compared) else {}


def compared_from(stored: Any) -> tuple[Compared, ...]:
    """What `to_store` had written, or an earlier version, which knew one norm of a recording; empty of nothing."""
    known = stored if isinstance(stored, dict) else {}
    every = known.get("compared", [known] if known else [])
    tables = [one for one in every if isinstance(one, dict)]
    return tuple(Compared(**{k: v for k, v in one.items() if k in Compared.__dataclass_fields__}) for one in tables)


def most_compared(compared: Sequence[Compared]) -> Compared:
    """What stands for a metric in one line: the norm that most of its values are held against; or why there is none."""
    return max(compared, key=lambda one: (one.known, one.values), default=Compared())


def norm_sentences(compared: Sequence[Compared], number: Callable[[float], str]) -> list[str]:
    """What is said of norms below a line of the profile: who, with which value, and by which method."""
    return [
        _sentence(one, number) if one.known else f"{NO_NORM}: {one.why}" for one in compared if one.known or one.why
    ]


def _sentence(one: Compared, number: Callable[[float], str]) -> str:
    if math.isfinite(one.mean):
        of = f" ({one.of})" if one.of else ""
        return (
            f"mean of {one.name}{of}: {number(one.mean)}; here {number(one.value)}. How much those people differ was "
            "not published, so that there is no interval"
        )
    line = f"norm: where 95 % of people like {one.name} lie" + (f" ({one.of})" if one.of else "")
    if one.value != one.value:
        return line
    way = f", measured as they were by {one.method}" if one.method else ""
    # What goes round goes over the end of its period where the lower end is the greater number.
    to = "on and round to" if one.low > one.high else "to"
    return f"{line}: {number(one.low)} {to} {number(one.high)}; here {number(one.value)}{way}" + (
        f". {one.remark}" if one.remark else ""
    )


def methods_of(metrics: Iterable[str], norms: Iterable[Norm]) -> set[str]:
    """Which other metrics are to be computed for the norms of these: as the people of each were measured."""
    names = set(metrics)
    return {norm.method for norm in norms if norm.metric in names and norm.method}


def compared_with(
    metric: Metric,
    norms: Iterable[Norm],
    conditions: Mapping[str, Conditions],
    rows: Mapping[str, Sequence[MetricRow]],
    circumstances: Sequence[Circumstances],
) -> tuple[Compared, ...]:
    """What the values of a metric may be held against: in each kind of trial the first norm of which all is the same.

    Parameters
    ----------
    metric : Metric
    norms : iterable of Norm
        All that are installed.
    conditions : mapping of metric name to Conditions
        As `conditions_of` gives them.
    rows : mapping of metric name to sequence of MetricRow
    circumstances : sequence of Circumstances
        Of the recording, as `circumstances_of` gives them.

    Returns
    -------
    tuple of Compared
        One for each kind of trial that has a norm; with none of them one that says why, if a norm is known at all.
    """
    mine = [norm for norm in norms if norm.metric == metric.name]
    found: list[tuple[Compared, list[float]]] = []
    for one in circumstances:
        inside = belongs(one, circumstances)
        here = {name: [row for row in rows.get(name, ()) if inside(row)] for name in _involved(metric, mine)}
        if any(row.status == OK for row in here[metric.name]):
            found.append(_held(metric, mine, conditions, here, one))
    known = _together([(one, values) for one, values in found if one.known], metric)
    if known or not mine:
        return known
    why = "; ".join(dict.fromkeys(one.why for one, _ in found if one.why))
    return (Compared(why=why),) if why else ()


def _together(found: Sequence[tuple[Compared, list[float]]], metric: Metric) -> tuple[Compared, ...]:
    """Kinds of trials that are held against one and the same interval are one."""
    values: dict[Compared, list[float]] = {}
    for one, mine in found:
        values.setdefault(one, []).extend(mine)
    return tuple(
        replace(one, value=float(circular.median(mine, metric.circular)), values=len(mine))
        for one, mine in values.items()
    )


def anywhere(metric: str, norms: Iterable[Norm], conditions: Conditions) -> Compared:
    """What values that come live may be held against: a norm that is the same for every person and every trial."""
    why = []
    for norm in norms:
        if norm.metric == metric:
            asked = (norm.method, norm.age, norm.gait, norm.trial, norm.at_speed, norm.of_muscles)
            depends = any((*asked, norm.people_from_to, norm.sex, norm.condition))
            differs = "is held against what is recorded, not live" if depends else difference(norm, conditions)
            if not differs:
                return Compared(f"{norm.people}, n = {norm.n}", norm.low, norm.high, norm.n, norm.reference)
            why.append(f"that of {norm.people} (n = {norm.n}) {differs}")
    return Compared(why="; ".join(dict.fromkeys(why)))


def as_measured(norms: Iterable[Loaded[Norm]], metrics: Mapping[str, Loaded[Metric]]) -> list[Norm]:
    """Norms with the settings that their people were measured with: where a norm names none, the metric's defaults."""
    found = []
    for norm in (loaded.item for loaded in norms):
        metric = metrics.get(norm.method or norm.metric)
        default = metric.item.settings_type() if metric is not None else Settings()
        found.append(replace(norm, conditions={**plain_settings(default), **norm.conditions}))
    return found


def _involved(metric: Metric, norms: Sequence[Norm]) -> set[str]:
    return {metric.name} | {norm.method for norm in norms if norm.method}


def _held(
    metric: Metric,
    norms: Sequence[Norm],
    conditions: Mapping[str, Conditions],
    rows: Mapping[str, Sequence[MetricRow]],
    one: Circumstances,
) -> tuple[Compared, list[float]]:
    """The first norm that will do for values made under some circumstances, with these; or why none will."""
    reasons: dict[str, list[tuple[int, str]]] = {}
    for norm in norms:
        known = conditions.get(norm.method or metric.name, {})
        checks = [_other_unit(norm, metric), difference(norm, known), *one.differences(norm)]
        try:
            _refuse(checks)
            values = _values(rows[norm.method or metric.name], norm)
            low, high, n = interval(norm, known, one, metric.circular)
        except NotComputableError as reason:
            passed = next((k for k, differs in enumerate(checks) if differs), len(checks))
            reasons.setdefault(norm.people, []).append((passed, str(reason)))
            continue
        people, of = f"{norm.people}, n = {n}", _chosen_by(norm, one)
        found = Compared(
            people, low, high, n, norm.reference, licence=norm.licence, method=norm.method, of=of, mean=norm.mean,
            remark=norm.remark,
        )  # fmt: skip
        return found, values
    # Of norms of other ages and other trials it is said why that one is none that came nearest.
    nearest = {people: max(why, key=lambda one: one[0])[1] for people, why in reasons.items()}
    return Compared(why="; ".join(f"that of {people} {reason}" for people, reason in nearest.items())), []


def _other_unit(norm: Norm, metric: Metric) -> str:
    return f"is in {norm.unit!r}, and this in {metric.unit!r}" if norm.unit not in ("", metric.unit) else ""


def _refuse(checks: Iterable[str]) -> None:
    for differs in checks:
        if differs:
            raise NotComputableError(differs)


def _values(rows: Sequence[MetricRow], norm: Norm) -> list[float]:
    good = [row.value for row in rows if row.status == OK]
    if not good:
        why = usual_reason(row.why for row in rows) if rows else Reason("it was not computed")
        raise NotComputableError(f"was made by {norm.method or norm.metric}, which has no value here: {why.text}")
    return good


def _chosen_by(norm: Norm, one: Circumstances) -> str:
    """What of the circumstances the interval depends on, in words."""
    terms = norm.regression.terms if norm.regression else ()
    parts = [f"{one.subject.age_years:g} years old" if norm.age or "age_years" in terms else ""]
    parts.append(one.called if norm.trial or norm.condition else "")
    parts.append(f"at {one.speed:.2f} m/s" if norm.at_speed or "speed" in terms else "")
    return ", ".join(part for part in parts if part)


def interval(
    norm: Norm,
    conditions: Mapping[str, Condition],
    here: Circumstances = _NOWHERE,
    period: float | None = None,
) -> tuple[float, float, int]:
    """The interval of a norm at a speed and age, or for the muscles that were recorded, and of how many people it is.

    Of values that go round it goes from low up to high, over the period where low is the larger number.

    Raises
    ------
    NotComputableError
        If there is none for these muscles.
    """
    if norm.regression is not None:
        return *norm.regression.interval({term: here.known(term) for term in norm.regression.terms}), norm.n
    if norm.at_speed:
        speed = here.speed
        at = [one.speed for one in norm.at_speed]
        low, high = (
            float(np.interp(speed, at, [getattr(one, end) for one in norm.at_speed])) for end in ("low", "high")
        )
        near = [one.n for one, t in zip(norm.at_speed, at, strict=True) if abs(t - speed) < _step(at) - 1e-9]
        return low, high, min(near or [norm.n])
    if norm.of_muscles is None:
        return norm.low, norm.high, norm.n
    # A leg of which none of them was recorded has no value.
    sides = {mine for every in _muscles(conditions) if (mine := frozenset(every) & norm.muscles)}
    if len(sides) != 1:
        differ = "not the same ones" if sides else "none of those it knows"
        raise NotComputableError(f"depends on the muscles, and {differ} were recorded of both legs")
    values = norm.of_muscles(sorted(next(iter(sides))))
    if len(values) < _LEAST_PEOPLE:
        raise NotComputableError(f"has a value of {len(values)} of its people for the muscles that were recorded")
    low, high = interval_of_people(list(values if period is None else circular.unrolled(values, period)))
    if not low < high:
        raise NotComputableError("does not vary between its people for the muscles that were recorded")
    if period is None:
        return low, high, len(values)
    if high - low >= period / 2:
        raise NotComputableError("says nothing: its people differ by half of the cycle and more")
    around = circular.wrapped([low, high], period)
    return float(around[0]), float(around[1]), len(values)


def _step(at: Sequence[float]) -> float:
    return max(b - a for a, b in pairwise(at))


def difference(norm: Norm, conditions: Mapping[str, Condition]) -> str:
    """What was not made in the same way, as the end of a sentence; empty when all was."""
    for key, of_norm in norm.conditions.items():
        if key not in conditions:
            return f"was made with {_condition_text(key, of_norm)}, which is not known here"
        if not _same(conditions[key], of_norm):
            return f"was made with {_condition_text(key, of_norm)}, this with {_condition_text(key, conditions[key])}"
    if not norm.muscles:
        return ""
    sides = _muscles(conditions)
    if not sides:
        return "is of EMG, and no muscle is known here"
    if norm.of_muscles is not None:
        return ""
    for mine in sides:
        other = sorted(norm.muscles.symmetric_difference(mine))
        if other:
            more = f" and {len(other) - 3} more" if len(other) > 3 else ""
            return f"is of {len(norm.muscles)} muscles a leg, and others were recorded ({', '.join(other[:3])}{more})"
    return ""


def _muscles(conditions: Mapping[str, Condition]) -> list[list[str]]:
    """Of each leg of which any was recorded."""
    return [str(conditions[key]).split(", ") for key in MUSCLES.values() if conditions.get(key)]


def _same(one: Condition, other: Condition) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-9)
    return one == other or plain_condition(one) == plain_condition(other)


def _condition_text(key: str, value: Condition) -> str:
    number = f"{value:g}" if isinstance(value, int | float) else "none" if value is None else f"{value!r}"
    return f"{key} {number}"
