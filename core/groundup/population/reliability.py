"""Reliability of a lab: how far two sessions of one person differ when nothing about the person has changed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from groundup.model.signals import Floats
from groundup.population.anova import Interval, agreement, flaw
from groundup.population.session_values import SessionValues, in_order, session_values, shared_names

if TYPE_CHECKING:
    import pandas as pd

LEAST_PEOPLE = 5
_NONE: Interval = (math.nan, math.nan)


@dataclass(frozen=True)
class Reliability:
    """How well one metric can be measured again, on one side in one condition.

    Attributes
    ----------
    metric, condition, side, unit : str
        ``side`` is ``L``, ``R`` or ``both``.
    participants, sessions : int
        The full table that it stands on.
    left_out : int
        Participants with values in fewer sessions: they are not in it.
    sessions_left_out : int
        Sessions of the others that are beyond `sessions`.
    sessions_by : {"name", "order"}
        Whether sessions are told apart by their names, which participants share, or first, second ... of each.
    icc_2_1, icc_3_1, sem, mdc95 : float
        As `groundup.population.anova.Agreement`; NaN where `why` is not empty.
    icc_2_1_interval, icc_3_1_interval, sem_interval, mdc95_interval : (float, float)
        95 %.
    shift, shift_p : float
        The greatest difference between two sessions' means, and how easily chance gives one.
    why : str
        Why nothing is known, after "because"; empty where something is.
    """

    metric: str
    condition: str
    side: str
    unit: str
    participants: int = 0
    sessions: int = 0
    left_out: int = 0
    sessions_left_out: int = 0
    sessions_by: str = ""
    icc_2_1: float = math.nan
    icc_2_1_interval: Interval = _NONE
    icc_3_1: float = math.nan
    icc_3_1_interval: Interval = _NONE
    sem: float = math.nan
    sem_interval: Interval = _NONE
    mdc95: float = math.nan
    mdc95_interval: Interval = _NONE
    shift: float = math.nan
    shift_p: float = math.nan
    why: str = ""

    @property
    def known(self) -> bool:
        """Whether there is anything to say."""
        return not self.why


def reliability(
    metrics: "pd.DataFrame",
    by: str = "session",
    dates: Mapping[tuple[str, str], str] | None = None,
    periods: Mapping[str, float] | None = None,
) -> list[Reliability]:
    """How well each metric can be measured again, for each side and condition.

    Only participants with a value in every session count: nothing is filled in. Where some have more sessions than
    others, as many are taken as leave most degrees of freedom for the error, the first ones of each.

    Parameters
    ----------
    metrics : pandas.DataFrame
        As the archive has them, a row each value.
    by : str
        The column that tells sessions apart.
    dates : mapping of (participant, session) to str, optional
        ISO dates, by which sessions are put in order; else by their names.
    periods : mapping of metric name to float, optional
        Of metrics whose values go round.

    Raises
    ------
    PopulationError
        As `session_values`.
    """
    return [_of(values, dates or {}) for values in session_values(metrics, by, periods)]


def _of(values: SessionValues, dates: Mapping[tuple[str, str], str]) -> Reliability:
    named = shared_names(values.table)
    frame = values.table if named else in_order(values.table, dates)
    cells = frame.pivot(index="participant", columns="session" if named else "number", values="value")
    if not named:
        cells = cells.reindex(sorted(cells.columns), axis=1)
    table, full = _fullest(cells.to_numpy(np.float64))
    n, k = table.shape
    left_out = len(cells) - n
    sessions_left_out = int(np.isfinite(cells.to_numpy()[full]).sum()) - n * k if n else 0
    why = values.why or _too_few(cells.notna().sum(axis=1).to_numpy(), n, k) or flaw(table)
    about = Reliability(
        values.metric, values.condition, values.side, values.unit, n, k, left_out, sessions_left_out,
        "name" if named else "order", why=why,
    )  # fmt: skip
    return about if why else _measured(about, table)


def _measured(about: Reliability, table: Floats) -> Reliability:
    found = agreement(table)
    return replace(
        about,
        icc_2_1=found.icc_2_1,
        icc_2_1_interval=found.icc_2_1_interval,
        icc_3_1=found.icc_3_1,
        icc_3_1_interval=found.icc_3_1_interval,
        sem=found.sem,
        sem_interval=found.sem_interval,
        mdc95=found.mdc95,
        mdc95_interval=found.mdc95_interval,
        shift=found.shift,
        shift_p=found.shift_p,
    )


def _fullest(cells: Floats) -> tuple[Floats, np.ndarray]:
    """The full part with most degrees of freedom for the error, columns from the first on; and whose rows it has."""
    present = np.isfinite(cells)
    best, chosen = -1, 0
    for k in range(1, cells.shape[1] + 1):
        freedom = (int(present[:, :k].all(axis=1).sum()) - 1) * (k - 1)
        if freedom > best:
            best, chosen = freedom, k
    rows: np.ndarray = np.all(present[:, :chosen], axis=1)
    return cells[rows, :chosen], rows


def _too_few(sessions: np.ndarray, n: int, k: int) -> str:
    people = len(sessions)
    if people and int(sessions.max()) < 2:
        return f"each of the {people} participants has one session, and it takes two"
    if n < LEAST_PEOPLE or k < 2:
        again = int((sessions >= 2).sum())
        return f"{again} participants have values in two sessions or more, and {LEAST_PEOPLE} are the least"
    return ""
