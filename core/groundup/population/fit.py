"""The regression of a norm: fitted, tried on everybody it was not made of, and looked at for what it takes for granted.

Prediction intervals of least squares: Draper & Smith 1998, Applied Regression Analysis, 3.1; leaving one out in closed
form: Cook & Weisberg 1982, Residuals and Influence in Regression, 2.2; scatter that is not everywhere the same: Breusch
& Pagan 1979 (Econometrica 47:1287), with the studentised statistic of Koenker 1981 (J Econometrics 17:107).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest, chi2, f, pearsonr, t

from groundup.model.signals import Floats
from groundup.plugin.norm_regression import COVERAGE, Regression
from groundup.population.people import People

_COLLINEAR = 1e4
_DOUBTFUL, _UNEVEN = 0.01, 0.05
"""A remark is made of what chance alone would show so seldom; of scatter sooner, as few people hardly show it."""


@dataclass(frozen=True)
class Fit:
    """A regression, and how it did.

    Attributes
    ----------
    regression : Regression
    inside : ndarray of bool, shape (people,)
        Whether each lies in the interval of all others.
    below, above : float
        Share of people who lie under it, and over it.
    thirds : dict of term to (float, float, float)
        Share inside of the third with the least, the middle and the greatest speed or age.
    remarks : tuple of str
        What it takes for granted and is not so.
    """

    regression: Regression
    inside: np.ndarray
    below: float
    above: float
    thirds: dict[str, tuple[float, float, float]]
    remarks: tuple[str, ...]

    @property
    def coverage(self) -> float:
        """Share of people who lie in the interval of all others."""
        return float(self.inside.mean())


def design(people: People, terms: Sequence[str]) -> tuple[Floats, tuple[float, ...]]:
    """Ones and the centred terms, shape (people, coefficients); and the means that were taken off."""
    columns = [people.known[term] for term in terms]
    centre = tuple(float(column.mean()) for column in columns)
    ones = np.ones(len(people.means))
    return np.column_stack([ones, *(c - mean for c, mean in zip(columns, centre, strict=True))]), centre


def degenerate(people: People, terms: Sequence[str]) -> str:
    """Why people cannot be fitted, after "because"; empty where they can."""
    x, _ = design(people, terms)
    scaled = x / np.linalg.norm(x, axis=0)
    if np.linalg.cond(scaled) > _COLLINEAR:
        return "age and speed of these people go together: which of the two it depends on cannot be told"
    basis, _ = np.linalg.qr(scaled)
    if (basis**2).sum(axis=1).max() > 1 - 1e-6:
        return "one of these people is so far from all others in age or speed that the line is theirs alone"
    residuals = people.means - basis @ (basis.T @ people.means)
    if not np.abs(residuals).max() > 1e-9 * np.abs(people.means).max():
        return "the values lie on a line to the last digit: these are no measurements"
    return ""


def likelihood(people: People, terms: Sequence[str], log: bool) -> float:
    """Greatest log-likelihood of the values themselves, for normal scatter (Box & Cox 1964), but for a constant."""
    x, _ = design(people, terms)
    residuals = people.means - x @ np.linalg.lstsq(x, people.means, rcond=None)[0]
    n = len(x)
    jacobian = -float(people.means.sum()) if log else 0.0
    return -n / 2 * math.log(float((residuals**2).sum()) / n) + jacobian


def fit(people: People, terms: Sequence[str], log: bool = False) -> Fit:
    """Fit, and leave each one out in turn.

    Parameters
    ----------
    people : People
        Everything that is in `terms` is known of them; of logarithms, where `log`.
    terms : sequence of str
    log : bool
    """
    x, centre = design(people, terms)
    inverse = np.linalg.inv(x.T @ x)
    coefficients = inverse @ x.T @ people.means
    residuals = people.means - x @ coefficients
    n, size = x.shape
    df = n - size
    squares = float((residuals**2).sum())
    within = people.beyond_means
    regression = Regression(
        tuple(terms), centre, tuple(map(float, coefficients)), tuple(tuple(map(float, row)) for row in inverse),
        math.sqrt(squares / df), df, within, log,
    )  # fmt: skip
    leverage = np.einsum("ij,jk,ik->i", x, inverse, x)
    without = people.means - residuals / (1 - leverage)
    variance = (squares - residuals**2 / (1 - leverage)) / (df - 1)
    half = t.ppf(0.5 + COVERAGE / 2, df - 1) * np.sqrt(variance / (1 - leverage) + within**2)
    away = people.first - without
    below, above = away < -half, away > half
    remarks = [
        _coverage_remark(int((below | above).sum()), n),
        _one_sided(int(below.sum()), int(above.sum())),
        *(_scatter(x[:, k + 1], residuals, term) for k, term in enumerate(terms)),
        *(_bent(x, k + 1, people.means, squares, term) for k, term in enumerate(terms)),
        *(_left_aside(known, residuals, term) for term, known in people.known.items() if term not in terms),
    ]
    inside = ~(below | above)
    thirds = {term: _thirds(people.known[term], inside) for term in terms}
    said = tuple(remark for remark in remarks if remark)
    return Fit(regression, inside, float(below.mean()), float(above.mean()), thirds, said)


_WORDS = {"speed": "speed", "age_years": "age"}


def _coverage_remark(outside: int, n: int) -> str:
    if binomtest(outside, n, 1 - COVERAGE).pvalue >= _DOUBTFUL:
        return ""
    return "which is not 95 %: do not take it for that"


def _one_sided(below: int, above: int) -> str:
    """Of a skewed distribution all who are outside may be on one side."""
    if below + above == 0 or binomtest(below, below + above, 0.5).pvalue >= _DOUBTFUL:
        return ""
    side, other = ("above", "below") if above > below else ("below", "above")
    return f"who is outside is {side} it ({max(below, above)}) and not {other} ({min(below, above)}): people are skewed"


def _scatter(column: Floats, residuals: Floats, term: str) -> str:
    squares = residuals**2
    correlation = float(np.corrcoef(column, squares)[0, 1])
    if not chi2.sf(len(column) * correlation**2, 1) < _UNEVEN:
        return ""
    more, less = ("greater", "smaller") if correlation > 0 else ("smaller", "greater")
    word = _WORDS[term]
    return f"people differ more at a {more} {word}: there the interval is too narrow, and at a {less} {word} too wide"


def _left_aside(known: Floats, residuals: Floats, term: str) -> str:
    """Whether people differ by an age or a speed that the norm is not by."""
    both = np.isfinite(known)
    if both.sum() < 10 or not np.ptp(known[both]) > 0:
        return ""
    if not pearsonr(known[both], residuals[both]).pvalue < _DOUBTFUL:
        return ""
    return f"it changes with {_WORDS[term]}, which this norm is not by: build it by {_WORDS[term]}"


def _thirds(known: Floats, inside: np.ndarray) -> tuple[float, float, float]:
    low, middle, high = (float(part.mean()) for part in np.array_split(inside[np.argsort(known)], 3))
    return low, middle, high


def _bent(x: Floats, column: int, values: Floats, squares: float, term: str) -> str:
    """Whether a square of the term would explain more than chance does."""
    more = np.column_stack([x, x[:, column] ** 2])
    residuals = values - more @ np.linalg.lstsq(more, values, rcond=None)[0]
    left, df = float((residuals**2).sum()), len(x) - more.shape[1]
    if df < 1 or not left > 0 or not f.sf((squares - left) / (left / df), 1, df) < _DOUBTFUL:
        return ""
    return f"it does not change with {_WORDS[term]} along a straight line, as the interval takes it to"
