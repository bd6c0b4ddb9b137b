"""Where one more person lies with 95 %, by age and walking speed: the prediction interval of a linear regression."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

COVERAGE = 0.95
TERMS = ("speed", "age_years")
"""What a norm can be by: the speed (m/s), the age (years)."""


@dataclass(frozen=True)
class Regression:
    """A least-squares fit of one value a person on what it depends on; of no term it is their mean.

    Attributes
    ----------
    terms : tuple of str
        Of `TERMS`, in the order of the coefficients after the first.
    centre : tuple of float
        What was taken off each term: its mean over the people.
    coefficients : tuple of float
        At the centre, and per unit of each term.
    inverse : tuple of tuple of float
        Inverse of X'X, one row and column a coefficient.
    sd : float
        About the line, between people.
    df : int
        Degrees of freedom: people less coefficients.
    within_sd : float
        What one session of a person differs by from the mean of those that stand for a person here; 0 where one does.
    log : bool
        Whether all this is of the logarithm of the values.
    """

    terms: tuple[str, ...]
    centre: tuple[float, ...]
    coefficients: tuple[float, ...]
    inverse: tuple[tuple[float, ...], ...]
    sd: float
    df: int
    within_sd: float = 0.0
    log: bool = False

    def __post_init__(self) -> None:
        size = len(self.terms) + 1
        shapes = {len(self.coefficients), len(self.centre) + 1, len(self.inverse), *map(len, self.inverse)}
        numbers = [*self.centre, *self.coefficients, *sum(self.inverse, ()), self.sd, self.within_sd]
        if shapes != {size} or not set(self.terms) <= set(TERMS):
            raise ValueError(f"the regression has {size - 1} terms, of {TERMS}, and numbers for as many")
        if not all(map(math.isfinite, numbers)) or not (self.sd > 0 and self.df > 0 and self.within_sd >= 0):
            raise ValueError("the regression has numbers only, sd and df above 0")

    def interval(self, at: Mapping[str, float]) -> tuple[float, float]:
        """Where one more person lies with 95 %: line ± t(0.975, df) sqrt(sd² (1 + x' inverse x) + within_sd²).

        Parameters
        ----------
        at : mapping of term to float

        Returns
        -------
        low, high : float
            In the unit of the values.
        """
        x = np.array([1.0, *(at[term] - mean for term, mean in zip(self.terms, self.centre, strict=True))])
        return self.interval_of(float(x @ self.coefficients), float(x @ np.array(self.inverse) @ x))

    def interval_of(self, line: float, leverage: float) -> tuple[float, float]:
        """The same, of where the line is and how far from the middle of the people (x' inverse x)."""
        from scipy.special import stdtrit  # every driver's process loads this module, and none needs it

        half = float(stdtrit(self.df, 0.5 + COVERAGE / 2)) * math.sqrt(self.sd**2 * (1 + leverage) + self.within_sd**2)
        ends = line - half, line + half
        return (math.exp(ends[0]), math.exp(ends[1])) if self.log else ends

    def widest(self, ranges: Mapping[str, tuple[float, float]]) -> tuple[float, float]:
        """Least and greatest end of the interval between these bounds: both lie in a corner, ends being curved away."""
        corners: list[dict[str, float]] = [{}]
        for term in self.terms:
            corners = [{**corner, term: end} for corner in corners for end in ranges[term]]
        ends = [self.interval(corner) for corner in corners]
        return min(low for low, _ in ends), max(high for _, high in ends)
