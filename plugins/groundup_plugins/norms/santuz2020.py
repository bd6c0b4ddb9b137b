"""Norms made of the mean cycles of eight people (Santuz et al. 2020), for whichever of their muscles were recorded.

What is measured of a mean cycle is measured of theirs, muscle by muscle the same as in the recording: so nobody has to
record the thirteen muscles that they recorded.
"""

import contextlib
import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files

import numpy as np

from groundup.plugin import Floats, Metric, Norm, NotComputableError, Stride, Trace, Trial, each, raw_emg
from groundup_plugins.metrics.cycles import grid
from groundup_plugins.metrics.found_once import found_once
from groundup_plugins.metrics.muscle_order import LEAST_RATE, MARGIN_S, published_envelope

TABLE = "santuz2020_cycles.csv"
LEAST_STRIDES, MOST_STRIDES = 3, 30
PER_MILLE = 1000.0
PEOPLE = "healthy adults walking on a treadmill (Santuz et al. 2020)"
SOURCE = "Santuz et al. 2020, those 8 people whose data are published with musclesyneRgies"
_HOW: dict[str, float | str] = {
    "filter": "high-pass 50 Hz, rectify, low-pass 20 Hz, each of 4th order forwards and backwards",
    "normalisation": "each muscle less its least value, over its greatest, in the strides of the trial",
    "of": "the mean cycle, 100 points of stance and 100 of swing",
    "least_strides": LEAST_STRIDES,
    "most_strides": MOST_STRIDES,
}

Strides = Sequence[tuple[Stride, Mapping[str, Trace]]]
OfCycle = Callable[[Sequence[str], Floats], float]
"""A number of muscles and their mean cycle, shape (muscles, 200), each from 0 to 1 in its trial."""


def method_of(metric: Metric, of: OfCycle, muscles: Iterable[str] = ()) -> Metric:
    """A metric as these people were measured: named after it, of the trial's mean cycle by their filter.

    It is of all muscles that are known, or of these.
    """
    wanted = frozenset(muscles)

    def measured(trial: Trial, strides: Strides) -> float:
        return of(*published_cycle(strides))

    measured.__doc__ = (
        f"As `{metric.name}`, as the people of its norm were measured: of the mean cycle of the muscles that they and "
        "the recording have in common, by their filter and normalisation. Not computable under three strides."
    )
    return replace(
        metric,
        name=f"{metric.name}_santuz2020",
        title=f"{metric.title}, by the norm's method",
        of=Trial,
        needs=(each(raw_emg(wanted, before_s=MARGIN_S, after_s=MARGIN_S), Stride),),
        function=measured,
        axis="",
        constants={**metric.constants, **_HOW},
    )


def norm_of(metric: Metric, of: OfCycle, muscles: Iterable[str] = ()) -> Norm:
    """The norm of a metric, held against the values of `method_of`: of all muscles that are known, or of these."""

    @cache
    def values(sites: tuple[str, ...]) -> tuple[float, ...]:
        found = []
        for cycle in cycles_of(sites):
            # Somebody of whom the metric has no value is none of the people of whom it has one.
            with contextlib.suppress(NotComputableError):
                found.append(of(sites, cycle))
        return tuple(found)

    every = tuple(muscles) or tuple(sorted(_people()[1]))
    return Norm(
        metric.name,
        -np.inf,
        np.inf,
        len(_people()[0]),
        PEOPLE,
        SOURCE,
        frozenset(every),
        licence="MIT",
        method=f"{metric.name}_santuz2020",
        gait="walking",
        of_muscles=lambda sites: values(tuple(sites)),
    )


@found_once
def published_cycle(strides: Strides) -> tuple[list[str], Floats]:
    """Mean cycle of the muscles that were recorded of those that are known, as the published ones were made.

    Returns
    -------
    sites : list of str
        In alphabetical order.
    cycle : ndarray, shape (muscles, 200)

    Raises
    ------
    NotComputableError
        With fewer than three strides, too slow EMG, or none of the muscles.
    """
    whole = [(stride, traces) for stride, traces in strides if not np.isnan(stride.foot_off)]
    if len(whole) < LEAST_STRIDES:
        raise NotComputableError(f"it needs {LEAST_STRIDES} strides with a foot off, and there are {len(whole)}")
    whole = whole[:: -(-len(whole) // MOST_STRIDES)]
    known = set(_people()[1])
    sites = sorted(known.intersection(*(traces.keys() for _, traces in whole)))
    if not sites:
        raise NotComputableError("none of the muscles of the norm was recorded on that side")
    cycles, least, greatest = [], [], []
    for stride, traces in whole:
        time, envelopes = _envelopes(traces, sites)
        inside = envelopes[:, (time >= stride.t0) & (time <= stride.t1)]
        least.append(inside.min(axis=1))
        greatest.append(inside.max(axis=1))
        cycles.append([np.interp(grid(stride), time, envelope) for envelope in envelopes])
    low, high = np.min(least, axis=0)[:, None], np.max(greatest, axis=0)[:, None]
    if not (high > low).all():
        raise NotComputableError(f"{sites[int(np.argmin(high > low))]} does not change in the trial")
    cycle: Floats = (np.mean(cycles, axis=0) - low) / (high - low)
    return sites, np.maximum(cycle, 0.0)


def _envelopes(traces: Mapping[str, Trace], sites: Sequence[str]) -> tuple[Floats, Floats]:
    """Times of the first muscle, and envelopes of all at these, shape (muscles, n)."""
    first = traces[sites[0]]
    if min(traces[site].rate for site in sites) < LEAST_RATE:
        raise NotComputableError(f"the EMG is sampled at {first.rate:.0f} Hz, and needs 1000 Hz")
    alike = all(len(traces[site].values) == len(first.values) for site in sites)
    if alike:
        return first.time, published_envelope(np.stack([traces[site].values for site in sites]), first.rate)
    made = [(traces[site].time, published_envelope(traces[site].values, traces[site].rate)) for site in sites]
    return first.time, np.stack([np.interp(first.time, time, envelope) for time, envelope in made])


def cycles_of(sites: Sequence[str]) -> list[Floats]:
    """Mean cycle of each of the eight people, shape (muscles, 200)."""
    people, muscles = _people()
    return [np.stack([people[who][muscles.index(site)] for site in sites]) for who in sorted(people)]


def known_muscles() -> list[str]:
    """Muscles whose mean cycles there are."""
    return list(_people()[1])


@cache
def _people() -> tuple[dict[str, Floats], list[str]]:
    """Mean cycles by person, shape (muscles, 200), and the muscles in their order."""
    text = (files("groundup_plugins") / "norms" / TABLE).read_text(encoding="utf-8")
    rows = list(csv.reader(line for line in text.splitlines() if not line.startswith("#")))[1:]
    muscles = list(dict.fromkeys(row[1] for row in rows))
    people: dict[str, list[Floats]] = {}
    for row in rows:
        people.setdefault(row[0], []).append(np.array(row[2:], np.float64) / PER_MILLE)
    return {who: np.stack(cycles) for who, cycles in people.items()}, muscles
