"""Norms of one's own: for each metric and condition where one more person like these lies with 95 %."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from groundup.plugin.norm_file import NormTable, RegressionTable
from groundup.plugin.norm_regression import Regression
from groundup.population.fit import Fit, degenerate, fit, likelihood
from groundup.population.people import SPEED, People, people_of
from groundup.population.session_values import BOTH, SessionValues, session_values

if TYPE_CHECKING:
    import pandas as pd

By = Literal["age", "speed", "sex"]
LEAST_PEOPLE, MORE_A_TERM = 10, 10
LOG_GAIN = 1.92
"""Logarithms are taken where they are more likely by so much: half of chi² of one degree of freedom, at 5 %."""
_TERMS = {"age": "age_years", "speed": "speed"}
_UNKNOWN = {"age_years": "age", "speed": "walking speed"}


@dataclass
class Built:
    """What was made of an archive.

    Attributes
    ----------
    norms : list of NormTable
    left_out : dict of str to str
        Metric and condition, and why there is no norm of it.
    """

    norms: list[NormTable] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)


def build_norms(
    metrics: "pd.DataFrame",
    persons: "pd.DataFrame",
    by: Iterable[By] = (),
    periods: Mapping[str, float] | None = None,
    by_session: str = "session",
    of_emg: Container[str] = (),
) -> Built:
    """A norm for each metric and condition, and where it is wanted for each sex.

    One person is one voice: the mean of the person's sessions, each the median of its strides, left and right together.

    Parameters
    ----------
    metrics : pandas.DataFrame
        As the archive has them, a row each value.
    persons : pandas.DataFrame
        Columns participant, session, age_years, sex: of each recording.
    by : iterable of {"age", "speed", "sex"}
        Age and speed: by regression. Sex: two norms.
    periods : mapping of metric name to float, optional
        Metrics whose values go round: they get no norm.
    by_session : str
        The column that tells sessions apart.
    of_emg : container of str
        Metrics of muscles: they depend on which were recorded, and by which filters.

    Raises
    ------
    PopulationError
        As `session_values`.
    """
    wanted, found = set(by), Built()
    terms = tuple(_TERMS[one] for one in ("speed", "age") if one in wanted)
    every = session_values(metrics, by_session, sides=False)
    speeds = {one.condition: one for one in every if one.metric == SPEED and not one.why}
    for values in every:
        name = f"{values.metric} ({values.condition})" if values.condition else values.metric
        why = "its values go round, and norms are built on a line" if values.metric in (periods or {}) else values.why
        if not why and values.metric in of_emg and not values.muscles:
            why = "the archive does not tell by which filters, and of which muscles, it was measured"
        if why:
            found.left_out[name] = why
            continue
        mine = tuple(term for term in terms if not (term == "speed" and values.metric == SPEED))
        for sex in ("F", "M") if "sex" in wanted else ("",):
            speed = None if values.metric == SPEED else speeds.get(values.condition)
            made = _norm(values, persons, speed, mine, sex)
            if isinstance(made, str):
                found.left_out[f"{name} {sex}".strip()] = made
            else:
                found.norms.append(made)
    return found


def _norm(
    values: SessionValues, persons: "pd.DataFrame", speeds: SessionValues | None, terms: Sequence[str], sex: str
) -> NormTable | str:
    """A norm, or why there is none, after "because"."""
    assert values.side == BOTH
    people = people_of(values, persons, speeds)
    if sex:
        people = people.only(np.array([one == sex for one in people.sex]))
    chosen = (
        np.all([np.isfinite(people.known[term]) for term in terms], axis=0)
        if terms
        else np.ones(len(people.names), bool)
    )
    unknown = [_UNKNOWN[term] for term in terms if not np.isfinite(people.known[term]).any()]
    if unknown and len(people.names):
        return f"the {unknown[0]} of nobody is known"
    people = people.only(chosen)
    least = LEAST_PEOPLE + MORE_A_TERM * len(terms)
    if len(people.names) < least:
        return f"it is of {len(people.names)} people, and {least} are the least"
    if not np.ptp(people.means) > 1e-12 * np.abs(people.means).max():
        return "everybody has the same value"
    for term in terms:
        if not np.ptp(people.known[term]) > 0:
            return f"everybody has the same {_UNKNOWN[term]}"
    if flaw := degenerate(people, terms):
        return flaw
    return _table(values, people, _fitted(values, persons, speeds, people, terms))


def _fitted(
    values: SessionValues, persons: "pd.DataFrame", speeds: SessionValues | None, people: People, terms: Sequence[str]
) -> Fit:
    """By the values, or by their logarithms where these are clearly nearer to normal."""
    inside = values.table["participant"].isin(people.names)
    if bool((values.table.loc[inside, "value"] > 0).all()):
        logs = people_of(
            SessionValues(values.metric, values.condition, values.side, values.unit, values.table[inside]),
            persons, speeds, log=True,
        )  # fmt: skip
        if likelihood(logs, terms, log=True) > likelihood(people, terms, log=False) + LOG_GAIN:
            return fit(logs, terms, log=True)
    return fit(people, terms)


def _table(values: SessionValues, people: People, found: Fit) -> NormTable:
    ranges = {
        key: (float(np.nanmin(known)), float(np.nanmax(known)))
        for key, known in people.known.items()
        if np.isfinite(known).any()
    }
    low, high = found.regression.widest(ranges)
    sexes = set(people.sex)
    return NormTable(
        metric=values.metric,
        unit=values.unit,
        low=low,
        high=high,
        n=len(people.names),
        condition=values.condition,
        sex="F" if sexes == {"F"} else "M" if sexes == {"M"} else "",
        people_from_to=ranges,
        conditions=dict(values.made),
        muscles=values.muscles,
        regression=_regression(found.regression),
        coverage=found.coverage,
        coverage_below=found.below,
        coverage_above=found.above,
        coverage_of_thirds=found.thirds,
        within_sd=people.within_sd,
        remark=_remark(people, found),
    )


def _regression(one: Regression) -> RegressionTable:
    return RegressionTable(**{name: getattr(one, name) for name in Regression.__dataclass_fields__})


def _remark(people: People, found: Fit) -> str:
    """How it did, and what is not as it takes it to be; a sentence."""
    said = [f"left out in turn, {100 * found.coverage:.1f} % of these people lie in the interval of the others"]
    without_age = int(np.isnan(people.known["age_years"]).sum())
    if without_age:
        said.append(f"the age of {'all' if without_age == len(people.names) else without_age} of them is not known")
    return "; ".join([*said, *found.remarks])
