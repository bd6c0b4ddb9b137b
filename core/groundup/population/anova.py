"""Two-way analysis of variance of participants by sessions: intraclass correlations and the error of measurement.

Shrout & Fleiss 1979 (Psychol Bull 86:420) for the coefficients; McGraw & Wong 1996 (Psychol Methods 1:30) for their
intervals; Weir 2005 (J Strength Cond Res 19:231) and de Vet 2006 (J Clin Epidemiol 59:1033) for the error.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, f

from groundup.model.signals import Floats

LEVEL = 0.95
_TAIL = (1 + LEVEL) / 2
_Z = 1.959963984540054
Interval = tuple[float, float]


@dataclass(frozen=True)
class Agreement:
    """What a full table of participants by sessions says.

    Attributes
    ----------
    icc_2_1, icc_3_1 : float
        Of one session: ICC(2,1), absolute agreement of sessions drawn at random, and ICC(3,1), consistency.
    icc_2_1_interval, icc_3_1_interval : (float, float)
        95 %.
    sem : float
        Standard error of measurement, in the unit of the values: the SD of sessions of one participant, with what
        sessions differ by for everybody.
    sem_interval : (float, float)
        95 %, by Satterthwaite's degrees of freedom.
    shift : float
        What is the greatest difference between the means of two sessions.
    shift_p : float
        Of the F test of sessions: how easily chance alone gives such differences between them.
    """

    icc_2_1: float
    icc_2_1_interval: Interval
    icc_3_1: float
    icc_3_1_interval: Interval
    sem: float
    sem_interval: Interval
    shift: float
    shift_p: float

    @property
    def mdc95(self) -> float:
        """Smallest detectable change of one participant between two sessions: 1.96 sqrt(2) SEM."""
        return _Z * math.sqrt(2) * self.sem

    @property
    def mdc95_interval(self) -> Interval:
        """95 % interval of `mdc95`."""
        low, high = (_Z * math.sqrt(2) * end for end in self.sem_interval)
        return low, high


def agreement(table: Floats) -> Agreement:
    """Analyse a table without holes.

    Parameters
    ----------
    table : ndarray, shape (participants, sessions)
        Two or more of each; values of one participant must not all be equal.

    Returns
    -------
    Agreement
    """
    n, k = table.shape
    rows, columns, rest = mean_squares(table)
    error_df = (n - 1) * (k - 1)
    between_sessions = max(0.0, (columns - rest) / n)
    sem = math.sqrt(between_sessions + rest)
    means = table.mean(axis=0)
    return Agreement(
        icc_2_1=(rows - rest) / (rows + (k - 1) * rest + k * (columns - rest) / n),
        icc_2_1_interval=_interval_2_1(rows, columns, rest, n, k),
        icc_3_1=(rows - rest) / (rows + (k - 1) * rest),
        icc_3_1_interval=_interval_3_1(rows / rest, n, k),
        sem=sem,
        sem_interval=_interval_of_error(sem, columns, rest, n, k),
        shift=float(means.max() - means.min()),
        shift_p=float(f.sf(columns / rest, k - 1, error_df)),
    )


def mean_squares(table: Floats) -> tuple[float, float, float]:
    """Mean squares of participants, of sessions and of the rest."""
    n, k = table.shape
    grand = table.mean()
    by_row, by_column = table.mean(axis=1), table.mean(axis=0)
    rest = table - by_row[:, None] - by_column[None] + grand
    return (
        float(k * ((by_row - grand) ** 2).sum() / (n - 1)),
        float(n * ((by_column - grand) ** 2).sum() / (k - 1)),
        float((rest**2).sum() / ((n - 1) * (k - 1))),
    )


def _interval_3_1(ratio: float, n: int, k: int) -> Interval:
    """McGraw & Wong 1996, table 7, case 3."""
    error_df = (n - 1) * (k - 1)
    low = ratio / f.ppf(_TAIL, n - 1, error_df)
    high = ratio * f.ppf(_TAIL, error_df, n - 1)
    return float((low - 1) / (low + k - 1)), float((high - 1) / (high + k - 1))


def _interval_2_1(rows: float, columns: float, rest: float, n: int, k: int) -> Interval:
    """McGraw & Wong 1996, table 7, case 2A: by Satterthwaite's degrees of freedom."""
    icc = (rows - rest) / (rows + (k - 1) * rest + k * (columns - rest) / n)
    if not icc < 1:
        return icc, icc
    a = k * icc / (n * (1 - icc))
    b = 1 + k * icc * (n - 1) / (n * (1 - icc))
    df = (a * columns + b * rest) ** 2 / ((a * columns) ** 2 / (k - 1) + (b * rest) ** 2 / ((n - 1) * (k - 1)))
    upper, lower = f.ppf(_TAIL, n - 1, df), f.ppf(_TAIL, df, n - 1)
    error = k * columns + (k * n - k - n) * rest
    return (
        float(n * (rows - upper * rest) / (upper * error + n * rows)),
        float(n * (lower * rows - rest) / (error + n * lower * rows)),
    )


def _interval_of_error(sem: float, columns: float, rest: float, n: int, k: int) -> Interval:
    """Of the square root of a sum of mean squares, (MSC + (n - 1) MSE) / n; of MSE where sessions do not differ."""
    df = float((n - 1) * (k - 1))
    if columns > rest:
        parts = columns / n, (n - 1) * rest / n
        df = sum(parts) ** 2 / (parts[0] ** 2 / (k - 1) + parts[1] ** 2 / df)
    return sem * math.sqrt(df / chi2.ppf(_TAIL, df)), sem * math.sqrt(df / chi2.ppf(1 - _TAIL, df))


def flaw(table: Floats) -> str:
    """Why a full table says nothing, after "because"; empty where it does."""
    within = np.ptp(table, axis=1)
    if not np.ptp(table) > 0:
        return "every value is the same"
    if not within.any():
        return "the sessions of every participant hold the same value to the last digit: is it one recording twice?"
    if not (np.ptp(table - table.mean(axis=0), axis=1) > 1e-12 * np.abs(table).max()).any():
        return "the sessions of every participant differ by exactly the same: these are no measurements"
    return ""
