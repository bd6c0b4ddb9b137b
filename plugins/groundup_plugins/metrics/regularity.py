"""How alike one stride is to the next: in the movement of the pelvis, and in time."""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np

from groundup.plugin import (
    SUBJECT,
    Floats,
    Metric,
    NotComputableError,
    Stride,
    Subject,
    Trace,
    Trial,
    acc,
    each,
    hookimpl,
    metric,
)
from groundup_plugins.metrics.harmonic_ratio import directions

POINTS = 200
"""Of a stride; its halves are compared for the steps."""
LEAST_STRIDES = 6
LEAST_FOR_DFA = 256
AROUND = 5
"""Strides before, and as many after, of which a stride's usual length is the median."""
MOST_OF_USUAL = 1.5
"""A stride that many times as long or as short is no steady walking: a pause lies in it, or a contact was missed."""
_FOLLOWS_S = 1e-3
_MOE_NILSSEN = "Moe-Nilssen & Helbostad 2004, J Biomech 37:121"
_STRIDES = (each(acc("pelvis"), Stride),)
_TIMES = (each(SUBJECT, Stride),)

T = TypeVar("T")
Pelvis = Sequence[tuple[Stride, Trace]]
Times = Sequence[tuple[Stride, Subject]]


@metric(
    "stride_regularity", of=Trial, unit="1", needs=_STRIDES, reference=_MOE_NILSSEN,
    parameters={"least_strides": float(LEAST_STRIDES)},
)  # fmt: skip
def stride_regularity(trial: Trial, strides: Pelvis) -> float:
    """Autocorrelation of the pelvis's vertical acceleration from a stride to the next, 1: each is like the one before.

    Each stride is brought to the same number of points first, so that its time does not count. Six strides that follow
    on each other at least.
    """
    return _alike([(one, other) for one, other in _following(strides)])


@metric(
    "step_regularity", of=Trial, unit="1", needs=_STRIDES, reference=_MOE_NILSSEN,
    parameters={"least_strides": float(LEAST_STRIDES)},
)  # fmt: skip
def step_regularity(trial: Trial, strides: Pelvis) -> float:
    """The same from step to step: 1 when left and right steps are alike."""
    pairs = []
    for one, other in _following(strides):
        half = POINTS // 2
        pairs += [(one[:half], one[half:]), (one[half:], other[:half])]
    return _alike(pairs)


@metric(
    "stride_time_variability", of=Trial, unit="%", needs=_TIMES, reference="Hausdorff 2005, J Neuroeng Rehabil 2:19",
    parameters={"least_strides": float(LEAST_STRIDES)},
)  # fmt: skip
def stride_time_variability(trial: Trial, strides: Times) -> float:
    """Coefficient of variation of stride time, SD / mean x 100.

    Without strides that last 1.5 times as long or as short as those around them, in which there is a pause, or a
    contact was missed. Six strides at least.
    """
    lasts = np.array([stride.t1 - stride.t0 for stride, _ in _steady(strides)])
    if len(lasts) < LEAST_STRIDES:
        left = f"{len(lasts)} of {len(strides)} are" if len(lasts) < len(strides) else f"{len(lasts)} were seen"
        raise NotComputableError(f"it needs {LEAST_STRIDES} steady strides, and {left}")
    return float(lasts.std(ddof=1) / lasts.mean() * 100.0)


@metric(
    "stride_time_scaling", of=Trial, unit="1", needs=_TIMES,
    reference="Peng et al. 1995, Chaos 5:82; Damouras et al. 2010, Gait Posture 31:336 (how many strides)",
    parameters={"least_strides": float(LEAST_FOR_DFA)},
)  # fmt: skip
def stride_time_scaling(trial: Trial, strides: Times) -> float:
    """Scaling exponent of stride time by detrended fluctuation analysis: 0.5 when strides know nothing of each other.

    Not computable with fewer than 256 strides in a row: with fewer the exponent is anywhere.
    """
    rows: list[list[float]] = [[]]
    last = math.nan
    for stride, _ in _steady(strides):
        if not abs(stride.t0 - last) <= _FOLLOWS_S:
            rows.append([])
        rows[-1].append(stride.t1 - stride.t0)
        last = stride.t1
    longest = max(rows, key=len)
    if len(longest) < LEAST_FOR_DFA:
        raise NotComputableError(f"it needs {LEAST_FOR_DFA} strides in a row, and the longest row has {len(longest)}")
    return scaling(np.array(longest))


def scaling(values: Floats, least: int = 4) -> float:
    """Detrended fluctuation analysis of first order, in windows from `least` values to a quarter of all."""
    profile = np.cumsum(values - values.mean())
    widths = np.unique(np.geomspace(least, len(values) // 4, 20).astype(int))
    widths = widths[widths > 3]
    fluctuations = []
    for width in widths.tolist():
        count = len(profile) // width
        # From both ends, so that no value is left out.
        parts = np.vstack(
            [profile[: count * width].reshape(count, width), profile[-count * width :].reshape(count, width)]
        )
        at = np.arange(width) - (width - 1) / 2
        slopes = parts @ at / (at @ at)
        rest = parts - parts.mean(axis=1, keepdims=True) - slopes[:, None] * at
        fluctuations.append(float(np.sqrt((rest**2).mean())))
    if min(fluctuations) <= 0.0:
        raise NotComputableError("all strides take the same time")
    return float(np.polyfit(np.log(widths), np.log(fluctuations), 1)[0])


def _steady(strides: Sequence[tuple[Stride, T]]) -> list[tuple[Stride, T]]:
    """Those that last about as long as the strides around them."""
    lasts = np.array([stride.t1 - stride.t0 for stride, _ in strides])
    usual = [float(np.median(lasts[max(k - AROUND, 0) : k + AROUND + 1])) for k in range(len(lasts))]
    near = [1.0 / MOST_OF_USUAL < a / b < MOST_OF_USUAL for a, b in zip(lasts.tolist(), usual, strict=True)]
    return [one for one, kept in zip(strides, near, strict=True) if kept]


def _following(strides: Pelvis) -> list[tuple[Floats, Floats]]:
    """Vertical acceleration of strides and of those that follow on them, about the mean of all, each of `POINTS`."""
    cycles = [(stride, _cycle(stride, pelvis)) for stride, pelvis in _steady(strides)]
    pairs = [(a, b) for (one, a), (other, b) in pairwise(cycles) if abs(other.t0 - one.t1) <= _FOLLOWS_S]
    if len(pairs) < LEAST_STRIDES - 1:
        need = f"it needs {LEAST_STRIDES - 1} steady strides with one that follows"
        raise NotComputableError(f"{need}, and {len(pairs)} of {len(strides)} have it")
    mean = float(np.mean([cycle for _, cycle in cycles]))
    return [(a - mean, b - mean) for a, b in pairs]


def _cycle(stride: Stride, pelvis: Trace) -> Floats:
    up, _, _ = directions(pelvis)
    at = stride.t0 + np.arange(POINTS) / POINTS * (stride.t1 - stride.t0)
    cycle: Floats = np.interp(at, pelvis.time, pelvis.values @ up)
    return cycle


def _alike(pairs: Sequence[tuple[Floats, Floats]]) -> float:
    """Correlation of the first with the second of all pairs together."""
    one, other = (np.concatenate(values) for values in zip(*pairs, strict=True))
    power = float(np.sqrt((one @ one) * (other @ other)))
    if not power > 0:
        raise NotComputableError("the pelvis does not move")
    return float(one @ other) / power


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return regularity and variability from stride to stride."""
    return [stride_regularity, step_regularity, stride_time_variability, stride_time_scaling]
