"""The order in which the muscles of a leg peak in stance, against that of healthy walkers."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from scipy.stats import kendalltau, t

from groundup.plugin import (
    MUSCLES,
    Floats,
    Metric,
    Norm,
    NotComputableError,
    Stride,
    Trace,
    Trial,
    each,
    hookimpl,
    metric,
    raw_emg,
)
from groundup_plugins.metrics.cycles import POINTS, mean_cycle, runs
from groundup_plugins.metrics.filters import zero_lag

LEAST_STRIDES = 3
LEAST_MUSCLES = 5
MOST_STRIDES = 50
COVERAGE = 0.95
LEAST_RATE = 790.0
MARGIN_S = 0.25
HIGH_PASS_HZ, LOW_PASS_HZ, ORDER = 50.0, 20.0, 4
NORM = "santuz2020_stance_peaks.csv"
_REFERENCE = "groundup's own; norm from Santuz et al. 2020 (healthy walkers, the 8 published with musclesyneRgies)"


@metric(
    "muscle_order_deviation",
    of=Trial,
    unit="1",
    needs=(each(raw_emg(before_s=MARGIN_S, after_s=MARGIN_S), Stride),),
    reference=_REFERENCE,
    parameters={
        "filter": "high-pass 50 Hz, rectify, low-pass 20 Hz, each of 4th order forwards and backwards: the norm's own",
        "norm": NORM,
        "coverage": COVERAGE,
        "least_strides": LEAST_STRIDES,
        "most_strides": MOST_STRIDES,
        "least_muscles": LEAST_MUSCLES,
    },
)
def muscle_order_deviation(trial: Trial, strides: Sequence[tuple[Stride, Mapping[str, Trace]]]) -> float:
    """How far the order of EMG peaks in stance is from the norm: -1 to 1 is what 95 % of healthy walkers show.

    Kendall's tau-b of the peaks' times against segment rank, less the norm's mean for the same muscles, over half the
    width of its prediction interval (by t, for one more person). Positive: proximal muscles peak later than in healthy
    walkers, whose proximal muscles peak first. Not computable under five muscles of the norm or three strides, and of
    who runs: the norm is of walking.
    """
    if runs(stride for stride, _ in strides):
        raise NotComputableError(
            "the person runs, each foot on the ground for less than half of a stride: the norm walks"
        )
    known = [site for site in norm_peaks().sites if all(site in traces for _, traces in strides)]
    if len(known) < LEAST_MUSCLES:
        raise NotComputableError(
            f"{len(known)} muscles of the norm were recorded on that side, and {LEAST_MUSCLES} are the least"
        )
    if len({MUSCLES[site].rank for site in known}) < 2:
        raise NotComputableError("all recorded muscles of the norm lie on one segment, and have no order")
    step = max(1, len(strides) // MOST_STRIDES)
    filtered = [(stride, _filtered(traces, known)) for stride, traces in strides[::step]]
    sites, cycle = mean_cycle(filtered, LEAST_STRIDES)
    return norm_peaks().deviation(sites, stance_peaks(cycle))


@dataclass(frozen=True)
class PeakTimes:
    """When muscles peak in the stance of healthy walkers.

    Attributes
    ----------
    sites : tuple of str
    peaks : ndarray, shape (people, muscles)
        Share of stance, 0 to 1.
    """

    sites: tuple[str, ...]
    peaks: Floats

    def interval(self, sites: Sequence[str]) -> tuple[float, float]:
        """Mean tau of these muscles, and half the width of its prediction interval for one more person."""
        columns = [self.sites.index(site) for site in sites]
        taus = np.array([tau(sites, person[columns]) for person in self.peaks])
        n = len(taus)
        half = float(t.ppf(0.5 + COVERAGE / 2, n - 1) * taus.std(ddof=1) * np.sqrt(1 + 1 / n))
        return float(taus.mean()), half

    def deviation(self, sites: Sequence[str], peaks: Floats) -> float:
        """How many halves of the prediction interval one person's order lies from its middle."""
        middle, half = self.interval(sites)
        if not half > 0:
            raise NotComputableError("the walkers of the norm do not differ in the order of these muscles")
        return (tau(sites, peaks) - middle) / half


def tau(sites: Sequence[str], peaks: Floats) -> float:
    """Kendall's tau-b of peak times against segment rank: 1 if distal muscles peak first."""
    found = float(kendalltau([MUSCLES[site].rank for site in sites], peaks).statistic)
    if not np.isfinite(found):
        raise NotComputableError("all muscles peak at once")
    return found


def stance_peaks(cycle: Floats) -> Floats:
    """When each muscle of a mean cycle, shape (muscles, 2 * POINTS), peaks in stance; share of stance, 0 to 1."""
    peaks: Floats = np.argmax(cycle[:, :POINTS], axis=1) / (POINTS - 1.0)
    return peaks


def norm_peaks() -> PeakTimes:
    """The norm that ships with the project; its first lines say how it was made."""
    return _NORM


def _read() -> PeakTimes:
    text = (files("groundup_plugins") / "norms" / NORM).read_text(encoding="utf-8")
    rows = list(csv.reader(line for line in text.splitlines() if not line.startswith("#")))
    return PeakTimes(tuple(rows[0][1:]), np.array([[float(value) for value in row[1:]] for row in rows[1:]]))


_NORM = _read()


def published_envelope(emg: Floats, rate: float) -> Floats:
    """Envelope as in Santuz et al. 2020, of EMG with time along the last axis."""
    centred = emg - emg.mean(axis=-1, keepdims=True)
    rectified = np.abs(zero_lag(centred, ORDER, HIGH_PASS_HZ, "highpass", rate))
    return zero_lag(rectified, ORDER, LOW_PASS_HZ, "lowpass", rate)


def _filtered(traces: Mapping[str, Trace], sites: Sequence[str]) -> dict[str, Trace]:
    found = {}
    for site in sites:
        trace = traces[site]
        if trace.rate < LEAST_RATE:
            raise NotComputableError(f"the EMG is sampled at {trace.rate:.0f} Hz, and needs 800 Hz")
        found[site] = Trace(trace.time, published_envelope(trace.values, trace.rate), trace.rate, trace.unit, site)
    return found


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the deviation of the muscle order."""
    return [muscle_order_deviation]


@hookimpl
def groundup_norms() -> Iterable[Norm]:
    """Return what the metric is given in: its own norm, whichever of its muscles were recorded."""
    people = "healthy adults walking on a treadmill (Santuz et al. 2020)"
    return [Norm("muscle_order_deviation", -1.0, 1.0, len(norm_peaks().peaks), people, _REFERENCE)]
