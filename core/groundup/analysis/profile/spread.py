"""How much right differs from left, and one stride from the next: of any metric, from its values alone."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.profile import circular
from groundup.analysis.profile.resampled_medians import FROM, resampled_medians
from groundup.model.signals import Floats
from groundup.model.status import OK

LEAST_VALUES = 6
"""Of each side for an interval, and of all for a spread."""
_RESAMPLES, _LEAST_RESAMPLES = 2000, 500
_MOST_DRAWN = 2_000_000  # of an hour fewer are drawn: its medians hardly differ
_SEED = 20


@dataclass(frozen=True)
class Spread:
    """What the values of one metric say beside their median; NaN where they do not.

    Attributes
    ----------
    sd : float
        Standard deviation from one value to the next: about the mean of each side in each trial, pooled.
    cv : float
        ``sd`` in % of the mean; NaN of values that go round, or of both signs, which have no natural zero.
    difference, difference_low, difference_high : float
        Median of the right less that of the left, in the metric's unit, with its bootstrap 95 % interval.
    asymmetry, asymmetry_low, asymmetry_high : float
        That difference in % of the mean of both medians (Robinson et al. 1987), with its interval; NaN as ``cv``.
    """

    sd: float = math.nan
    cv: float = math.nan
    difference: float = math.nan
    difference_low: float = math.nan
    difference_high: float = math.nan
    asymmetry: float = math.nan
    asymmetry_low: float = math.nan
    asymmetry_high: float = math.nan


def spread(rows: Sequence[MetricRow], period: float | None = None) -> Spread:
    """Variability and asymmetry of one metric.

    Parameters
    ----------
    rows : sequence of MetricRow
        Of one metric; those without a value are left out.
    period : float, optional
        Of values that go round.
    """
    good = [row for row in rows if row.status == OK]
    return spread_of([row.value for row in good], [row.side for row in good], [row.trial for row in good], period)


def spread_of(values: ArrayLike, sides: ArrayLike, trials: ArrayLike, period: float | None = None) -> Spread:
    """Variability and asymmetry of values that are all computable.

    Parameters
    ----------
    values, sides, trials : array_like, shape (n,)
        Side (``L``, ``R`` or none) and name of the trial of each.
    period : float, optional
        Of values that go round.
    """
    known = np.asarray(values, dtype=np.float64)
    of, within = np.asarray(sides, dtype=str), np.asarray(trials, dtype=str)
    ratio = period is None and len(known) > 0 and bool((known > 0).all() or (known < 0).all())
    groups = {side: _groups(known[of == side], within[of == side]) for side in ("L", "R", "")}
    sd = _pooled_sd([group for mine in groups.values() for group in mine], period)
    cv = 100.0 * sd / abs(float(known.mean())) if ratio else math.nan
    left, right = groups["L"], groups["R"]
    if not left or not right:
        return Spread(sd, cv)
    seen = _apart(_middle(left, period), _middle(right, period), period, ratio)
    found = [float(part[0]) for part in seen]
    if min(sum(map(len, left)), sum(map(len, right))) < LEAST_VALUES:
        return Spread(sd, cv, difference=found[0], asymmetry=found[1])
    number = max(_LEAST_RESAMPLES, min(_RESAMPLES, _MOST_DRAWN // len(known)))
    random = np.random.default_rng(_SEED)
    drawn = [_medians(side, number, random, period) for side in (left, right)]
    (low, high), (share_low, share_high) = (
        np.percentile(part, [2.5, 97.5]).tolist() for part in _apart(drawn[0], drawn[1], period, ratio)
    )
    return Spread(sd, cv, found[0], low, high, found[1], share_low, share_high)


def _groups(values: Floats, trials: NDArray[np.str_]) -> list[Floats]:
    """Values of one side, those of each trial by themselves: strides are resampled and spread within trials."""
    return [values[trials == trial] for trial in sorted(set(trials.tolist()))]


def _medians(groups: Sequence[Floats], number: int, random: np.random.Generator, period: float | None) -> Floats:
    """The median of all groups in each resample."""
    if period is None and len(groups) == 1 and len(groups[0]) >= FROM:
        return resampled_medians(groups[0], number, random)
    return _middle([_drawn(group, number, random) for group in groups], period)


def _pooled_sd(groups: Sequence[Floats], period: float | None) -> float:
    """Standard deviation about the mean of each group; NaN under six values."""
    groups = [group for group in groups if len(group) > 1]
    if sum(map(len, groups)) < LEAST_VALUES:
        return math.nan
    laid = groups if period is None else [circular.unrolled(group, period) for group in groups]
    squares = sum(float(((group - group.mean()) ** 2).sum()) for group in laid)
    return math.sqrt(squares / sum(len(group) - 1 for group in laid))


def _drawn(group: Floats, number: int, random: np.random.Generator) -> Floats:
    """A group, resampled many times: shape (number, n)."""
    found: Floats = group[random.integers(0, len(group), (number, len(group)))]
    return found


def _middle(groups: Sequence[Floats], period: float | None) -> Floats:
    """Median over all groups, shape (k,) for groups of shape (k, n) or (n,)."""
    return np.atleast_1d(circular.median(np.concatenate(groups, axis=-1), period))


def _apart(left: Floats, right: Floats, period: float | None, ratio: bool) -> tuple[Floats, Floats]:
    """Right less left, in the unit and in % of their mean."""
    difference: Floats = circular.difference(left, right, period)
    share: Floats = 200.0 * difference / (left + right) if ratio else np.full(len(difference), math.nan)
    return difference, share
