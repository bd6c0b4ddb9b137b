"""Two recordings, or two conditions of one: what differs, by how much, and where no difference was seen.

The effect size is Cliff's delta (Cliff 1993, Psychol Bull 114:494): how much more often a stride of the one has a
higher value than a stride of the other, than a lower one. It asks nothing of the values' distribution. Left strides are
held against left ones and right against right, so that other numbers of each are no difference. Of values that go
round (`Metric.circular`) the higher of two is the one to which the short way round goes up.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.profile import circular
from groundup.analysis.profile.conditions import plain_condition
from groundup.analysis.profile.detectable import Detectable
from groundup.analysis.profile.strategy_profile import LEAST_STRIDES
from groundup.model.events import Trial
from groundup.model.signals import Floats
from groundup.model.status import OK
from groundup.plugin.metric import Axis, Metric
from groundup.plugin.norm import Condition

EFFECT = "Cliff's delta"
SAME = "no difference seen"
HIGHER, LOWER = "higher", "lower"
_RESAMPLES = 2000
_SEED = 20
_EDGE_S = 1e-6
_BLOCK = 2_000_000
_OPPOSITE: tuple[Literal["left"], Literal["right"]] = ("left", "right")


@dataclass(frozen=True)
class Values:
    """What one recording, or one condition, says of its metrics.

    Attributes
    ----------
    name : str
        By which people know it.
    rows : sequence of MetricRow
    conditions : mapping of metric name to conditions
        How the values were made (`groundup.analysis.profile.conditions.conditions_of`).
    """

    name: str
    rows: Sequence[MetricRow]
    conditions: Mapping[str, Mapping[str, Condition]]


@dataclass(frozen=True)
class Difference:
    """One metric in two recordings or conditions.

    Attributes
    ----------
    metric, unit, axis : str
    before, after : float
        Median of each; NaN without a value.
    strides_before, strides_after : int
        Number of values behind each.
    change, change_low, change_high : float
        Median after less median before (of values that go round, the short way), with its bootstrap 95 % interval.
    effect, effect_low, effect_high : float
        Cliff's delta, -1 (every value lower after) to 1 (every value higher), with its bootstrap 95 % interval.
    verdict : str
        ``higher`` or ``lower`` after, ``no difference seen``, or ``not compared, because ...``.
    detectable : Detectable, optional
        Which change between two sessions this lab can tell apart.
    """

    metric: str
    unit: str
    axis: Axis
    before: float = math.nan
    after: float = math.nan
    strides_before: int = 0
    strides_after: int = 0
    change: float = math.nan
    change_low: float = math.nan
    change_high: float = math.nan
    effect: float = math.nan
    effect_low: float = math.nan
    effect_high: float = math.nan
    verdict: str = ""
    detectable: Detectable | None = None

    @property
    def told_apart(self) -> str:
        """Whether the change is ``larger`` than what this lab can tell apart, ``about as large`` or ``smaller``.

        Empty where nothing was compared, or the lab has not measured it.
        """
        known = self.compared and self.detectable is not None
        return self.detectable.held_against(self.change) if known and self.detectable else ""

    @property
    def valued(self) -> bool:
        """Whether there is a value at all, before or after."""
        return self.strides_before + self.strides_after > 0

    @property
    def compared(self) -> bool:
        """Whether there is an interval to say anything by."""
        return math.isfinite(self.effect_low)


def compare(before: Values, after: Values, metrics: Sequence[Metric]) -> tuple[Difference, ...]:
    """Compare every metric of which either has a row.

    Parameters
    ----------
    before, after : Values
    metrics : sequence of Metric
        The installed ones, in the order they are shown.
    """
    found = []
    for metric in metrics:
        mine = [[row for row in values.rows if row.name == metric.name] for values in (before, after)]
        if mine[0] or mine[1]:
            why = _not_alike(before.conditions.get(metric.name), after.conditions.get(metric.name))
            found.append(_difference(metric, mine[0], mine[1], why))
    return tuple(found)


def within(rows: Iterable[MetricRow], trials: Sequence[Trial], condition: str) -> list[MetricRow]:
    """Those values that lie in trials of a condition."""
    spans = [(t.t0 - _EDGE_S, t.t1 + _EDGE_S) for t in trials if t.condition == condition]
    return [row for row in rows if any(a <= row.t0 and row.t1 <= b for a, b in spans)]


def cliffs_delta(before: Floats, after: Floats, period: float | None = None) -> float:
    """Share of pairs in which the value after is higher, less the share in which it is lower.

    Of values that go round, by the short way from the one before to the one after; what is opposite is neither.
    """
    known, ranks = np.unique(circular.wrapped(np.concatenate([before, after]), period), return_inverse=True)
    one, other = np.split(ranks, [len(before)])
    return float(_wins(one[None], other[None], known, period)[0]) / (len(before) * len(after))


def _difference(metric: Metric, before: Sequence[MetricRow], after: Sequence[MetricRow], why: str) -> Difference:
    good = [[row for row in rows if row.status == OK] for rows in (before, after)]
    sides = {row.side for row in good[0]} & {row.side for row in good[1]}
    if all(good) and not sides:
        why = why or "one has values of the left leg only and the other of the right"
    one, other = ([row for row in rows if row.side in sides or not sides] for rows in good)
    counts = len(one), len(other)
    if not why and min(counts) < LEAST_STRIDES:
        why = f"there are {counts[0]} and {counts[1]} values, and {LEAST_STRIDES} of each are the least"
    found = Difference(
        metric.name,
        metric.unit,
        metric.axis,
        before=_median(one, metric.circular),
        after=_median(other, metric.circular),
        strides_before=counts[0],
        strides_after=counts[1],
        verdict=f"not compared, because {why}",
    )
    if why:
        return found
    effect = _effect(one, other, metric.circular)
    changes, effects = _resampled(one, other, metric.circular)
    low, high = np.percentile(effects, [2.5, 97.5]).tolist()
    change = float(circular.difference(found.before, found.after, metric.circular))
    away = circular.difference(change, changes, metric.circular)
    change_low, change_high = (change + np.percentile(away, [2.5, 97.5])).tolist()
    return replace(
        found,
        change=change,
        change_low=change_low,
        change_high=change_high,
        effect=effect,
        effect_low=low,
        effect_high=high,
        verdict=SAME if low <= 0.0 <= high else HIGHER if effect > 0 else LOWER,
    )


def _median(rows: Sequence[MetricRow], period: float | None) -> float:
    return float(circular.median([row.value for row in rows], period)) if rows else math.nan


def _effect(one: Sequence[MetricRow], other: Sequence[MetricRow], period: float | None) -> float:
    """Cliff's delta over all pairs of one side."""
    found = []
    for side in {row.side for row in one}:
        before, after = (np.array([row.value for row in rows if row.side == side]) for rows in (one, other))
        found.append((cliffs_delta(before, after, period), len(before) * len(after)))
    return sum(delta * pairs for delta, pairs in found) / sum(pairs for _, pairs in found)


def _resampled(one: Sequence[MetricRow], other: Sequence[MetricRow], period: float | None) -> tuple[Floats, Floats]:
    """Change of the median and effect in resamples, each of shape (resamples,): within trials and sides, seeded."""
    random = np.random.default_rng(_SEED)
    every: tuple[list[Floats], list[Floats]] = ([], [])
    effects, pairs = np.zeros(_RESAMPLES), 0
    for side in sorted({row.side for row in one}):
        values = [np.array([row.value for row in rows if row.side == side]) for rows in (one, other)]
        drawn = [_draw([row.trial for row in rows if row.side == side], random) for rows in (one, other)]
        known, ranks = np.unique(circular.wrapped(np.concatenate(values), period), return_inverse=True)
        mine, theirs = np.split(ranks, [len(values[0])])
        effects += _wins(mine[drawn[0]], theirs[drawn[1]], known, period)
        pairs += len(mine) * len(theirs)
        for part, value, chosen in zip(every, values, drawn, strict=True):
            part.append(value[chosen])
    before, after = (circular.median(np.concatenate(parts, axis=1), period) for parts in every)
    return circular.difference(before, after, period), effects / pairs


def _draw(trials: Sequence[str], random: np.random.Generator) -> NDArray[np.int64]:
    """Which values each resample has, shape (resamples, n): of each trial as many as it has."""
    drawn = []
    for trial in sorted(set(trials)):
        mine = np.flatnonzero([other == trial for other in trials])
        drawn.append(mine[random.integers(0, len(mine), (_RESAMPLES, len(mine)))])
    return np.concatenate(drawn, axis=1)


def _wins(before: NDArray[np.int64], after: NDArray[np.int64], known: Floats, period: float | None) -> Floats:
    """Pairs in which the value after is higher less those in which it is lower, of each resample.

    Counted by rank among the known values: with thousands of strides there are millions of pairs.
    """
    size = len(known)
    turns = known if period is None else np.concatenate([known, known + period])
    half = math.inf if period is None else period / 2
    # Of each known value: up to which one the others are higher, and from which one on, beyond what is opposite, lower.
    higher, lower = (np.searchsorted(turns, known + half, side=side) - 1 for side in _OPPOSITE)
    step = max(1, _BLOCK // size)
    found = np.empty(len(before))
    for first in range(0, len(before), step):
        block = slice(first, first + step)
        count, more = _counted(before[block], size), _counted(after[block], size)
        below = np.cumsum(more if period is None else np.concatenate([more, more], axis=1), axis=1)
        total, here = below[:, size - 1 : size], below[:, :size]
        over = below[:, higher] - here
        under = total - more - (below[:, lower] - here)
        found[block] = (count * (over - under)).sum(axis=1)
    return found


def _counted(ranks: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """How often each rank comes in each row."""
    rows = np.arange(len(ranks))[:, None] * size
    counts: NDArray[np.int64] = np.bincount((rows + ranks).ravel(), minlength=len(ranks) * size)
    return counts.reshape(len(ranks), size)


def _not_alike(one: Mapping[str, Condition] | None, other: Mapping[str, Condition] | None) -> str:
    """What was not made in the same way in both, and so cannot be compared; empty when all was."""
    if one is None or other is None:
        return ""
    for key in sorted(one.keys() | other.keys()):
        mine, theirs = (plain_condition(values.get(key)) for values in (one, other))
        if mine != theirs:
            return f"{key.replace('_', ' ')} was not the same: {mine} before, {theirs} after"
    return ""
