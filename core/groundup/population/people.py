"""One voice for each person: the mean of their sessions, their age, speed and sex, and how sessions of one differ."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from groundup.model.signals import Floats
from groundup.population.session_values import SessionValues

if TYPE_CHECKING:
    import pandas as pd

SPEED = "walking_speed"


@dataclass(frozen=True)
class People:
    """People, in one order.

    Attributes
    ----------
    names : tuple of str
    means, first : ndarray, shape (people,)
        Mean of the sessions of each, and the first of them: what one more person would show.
    sessions : ndarray of int, shape (people,)
    within_sd : float
        Pooled SD of the sessions of one person; NaN where everybody has one.
    known : dict of str to ndarray, shape (people,)
        ``age_years`` and ``speed`` (m/s) of each; NaN where it is not known.
    sex : tuple of str
        ``F``, ``M`` or empty.
    """

    names: tuple[str, ...]
    means: Floats
    first: Floats
    sessions: np.ndarray
    within_sd: float
    known: dict[str, Floats]
    sex: tuple[str, ...]

    def only(self, chosen: np.ndarray) -> "People":
        """Some of them, by a mask."""
        return People(
            tuple(name for name, one in zip(self.names, chosen, strict=True) if one),
            self.means[chosen],
            self.first[chosen],
            self.sessions[chosen],
            self.within_sd,
            {key: values[chosen] for key, values in self.known.items()},
            tuple(sex for sex, one in zip(self.sex, chosen, strict=True) if one),
        )

    @property
    def beyond_means(self) -> float:
        """SD by which one session differs more from the line than these means do: within² (1 - mean of 1/sessions)."""
        if math.isnan(self.within_sd):
            return 0.0
        return self.within_sd * math.sqrt(1.0 - float(np.mean(1.0 / self.sessions)))


def people_of(
    values: SessionValues, persons: "pd.DataFrame", speeds: SessionValues | None, log: bool = False
) -> People:
    """Sum up sessions by person.

    Parameters
    ----------
    values : SessionValues
    persons : pandas.DataFrame
        Columns participant, session, age_years, sex; several rows of one are averaged.
    speeds : SessionValues, optional
        Walking speeds in the same condition.
    log : bool
        Whether to take the logarithm of every value.
    """
    frame = values.table.sort_values(["participant", "session"])
    if log:
        frame = frame.assign(value=np.log(frame["value"].to_numpy()))
    grouped = frame.groupby("participant", sort=True)["value"]
    sums = grouped.agg(["mean", "first", "size", "var"])
    freedom = float((sums["size"] - 1).sum())
    squares = float((sums["var"].fillna(0.0) * (sums["size"] - 1)).sum())
    names = tuple(str(name) for name in sums.index)
    return People(
        names,
        sums["mean"].to_numpy(np.float64),
        sums["first"].to_numpy(np.float64),
        sums["size"].to_numpy(np.int64),
        math.sqrt(squares / freedom) if freedom else math.nan,
        {
            "age_years": _means(persons, "age_years", frame, names),
            "speed": _means(speeds.table, "value", frame, names) if speeds is not None else _unknown(names),
        },
        _sex(persons, names),
    )


def _means(known: "pd.DataFrame", column: str, frame: "pd.DataFrame", names: tuple[str, ...]) -> Floats:
    """Mean over those sessions of each person that have a value; NaN where none of them tells it."""
    mine = known[["participant", "session", column]].dropna()
    mine = mine.groupby(["participant", "session"], as_index=False)[column].mean()
    joined = frame[["participant", "session"]].merge(mine, on=["participant", "session"], how="left")
    by_person: Mapping[str, float] = joined.groupby("participant")[column].mean().to_dict()
    return np.array([by_person.get(name, math.nan) for name in names], np.float64)


def _unknown(names: tuple[str, ...]) -> Floats:
    return np.full(len(names), math.nan)


def _sex(persons: "pd.DataFrame", names: tuple[str, ...]) -> tuple[str, ...]:
    """As it is told; nothing where it is told in two ways."""
    told: dict[str, set[str]] = {}
    for who, sex in zip(persons["participant"], persons["sex"], strict=True):
        letter = str(sex or "").strip().upper()[:1]
        told.setdefault(str(who), set()).update({letter} & {"F", "M"})
    return tuple(min(found) if len(found := told.get(name, set())) == 1 else "" for name in names)
