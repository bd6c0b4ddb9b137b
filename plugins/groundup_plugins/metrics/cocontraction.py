"""Co-contraction: how much the muscles on both sides of a joint work against each other."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import numpy as np

from groundup.plugin import (
    ANTAGONISTS,
    SYNERGISTS,
    Floats,
    Metric,
    Norm,
    NotComputableError,
    Stride,
    Trace,
    emg,
    hookimpl,
    metric,
)
from groundup_plugins.metrics.found_once import found_once
from groundup_plugins.metrics.together import values_at
from groundup_plugins.norms.santuz2020 import OfCycle, method_of, norm_of

_NEEDS = (emg(normalise_by="peak"),)
_PAIRS: dict[str, float | str] = {
    "pairs": "; ".join(f"{one} against {other}" for one, other in ANTAGONISTS),
    "normalisation": "each muscle over its own peak",
}


@metric(
    "cocontraction_falconer_winter",
    title="Co-contraction (Falconer and Winter)",
    of=Stride,
    unit="1",
    needs=_NEEDS,
    axis="cooperation",
    reference="Falconer & Winter 1985, Electromyogr Clin Neurophysiol 25:135",
    parameters=_PAIRS,
)
def cocontraction_falconer_winter(stride: Stride, muscles: Mapping[str, Trace]) -> float:
    """Twice the activity that antagonists have in common, over the activity of both: 2 int min(a, b) / int (a + b).

    0: they never work at once; 1: always, and alike. Each side of a joint is the mean of its recorded muscles; knee and
    ankle count alike where both are recorded.
    """
    return _mean_over_joints(muscles, falconer_winter)


@metric(
    "cocontraction_rudolph",
    title="Co-contraction (Rudolph)",
    of=Stride,
    unit="1",
    needs=_NEEDS,
    axis="cooperation",
    reference="Rudolph et al. 2000, Knee Surg Sports Traumatol Arthrosc 8:262",
    parameters=_PAIRS,
)
def cocontraction_rudolph(stride: Stride, muscles: Mapping[str, Trace]) -> float:
    """Mean over the stride of (lower / higher) x (lower + higher) of two antagonists: how alike times how strong.

    0: never at once; 2: both at their peak all the time. Pairs as for Falconer and Winter's index.
    """
    return _mean_over_joints(muscles, rudolph)


def falconer_winter(time: Floats, one: Floats, other: Floats) -> float:
    """Index of two envelopes on common times, each of shape (n,)."""
    both = float(np.trapezoid(one + other, time))
    if not both > 0:
        raise NotComputableError("the antagonists are silent in this stride")
    return 2.0 * float(np.trapezoid(np.minimum(one, other), time)) / both


def rudolph(time: Floats, one: Floats, other: Floats) -> float:
    """Index of two envelopes on common times, each of shape (n,)."""
    low, high = np.minimum(one, other), np.maximum(one, other)
    alike = np.divide(low, high, out=np.zeros_like(low), where=high > 0)
    return float(np.trapezoid(alike * (low + high), time)) / float(time[-1] - time[0])


def _mean_over_joints(muscles: Mapping[str, Trace], index: Callable[[Floats, Floats, Floats], float]) -> float:
    found = [index(time, one, other) for time, one, other in _antagonists(muscles)]
    if not found:
        pairs = "; ".join(f"{one} and {other}" for one, other in ANTAGONISTS)
        raise NotComputableError(f"no muscles on both sides of a joint were recorded ({pairs})")
    return float(np.mean(found))


@found_once
def _antagonists(muscles: Mapping[str, Trace]) -> list[tuple[Floats, Floats, Floats]]:
    """Of each joint whose muscles were recorded on both sides: times, and the mean of either side."""
    found = []
    for pair in ANTAGONISTS:
        sides = [[muscles[site] for site in sorted(SYNERGISTS[group] & muscles.keys())] for group in pair]
        if all(sides):
            time = sides[0][0].time
            one, other = (np.mean(values_at(time, side), axis=0) for side in sides)
            found.append((time, one, other))
    return found


def _of_cycle(index: Callable[[Floats, Floats, Floats], float], sites: Sequence[str], cycle: Floats) -> float:
    """An index of a mean cycle, shape (muscles, points), its points as far apart as each other."""
    time = np.linspace(0.0, 1.0, cycle.shape[1])
    traces = {site: Trace(time, row, 1.0, "1", site) for site, row in zip(sites, cycle, strict=True)}
    return _mean_over_joints(traces, index)


_OF_CYCLE: tuple[tuple[Metric, OfCycle], ...] = (
    (cocontraction_falconer_winter, partial(_of_cycle, falconer_winter)),
    (cocontraction_rudolph, partial(_of_cycle, rudolph)),
)


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the co-contraction indices, and each as the people of its norm were measured."""
    return [*(metric for metric, _ in _OF_CYCLE), *(method_of(metric, of) for metric, of in _OF_CYCLE)]


@hookimpl
def groundup_norms() -> Iterable[Norm]:
    """Return the norms of the indices."""
    return [norm_of(metric, of) for metric, of in _OF_CYCLE]
