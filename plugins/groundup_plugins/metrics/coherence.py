"""Intermuscular coherence: the common drive of muscles that work together, with its limit of confidence."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.signal.windows import hann

from groundup.plugin import (
    SYNERGISTS,
    Floats,
    Metric,
    NotComputableError,
    Stride,
    Trace,
    Trial,
    each,
    hookimpl,
    metric,
    raw_emg,
)
from groundup_plugins.metrics.filters import zero_lag
from groundup_plugins.metrics.found_once import found_once

SEGMENT_S = 0.5
OVERLAP = 0.5
HIGH_PASS_HZ = 20.0
ALPHA_HZ, BETA_HZ = (5.0, 14.0), (15.0, 55.0)
LEAST_SEGMENTS = 20.0
MOST_STRIDES = 200
LEAST_RATE = 790.0
MARGIN_S = 0.1
_NEEDS = (each(raw_emg(before_s=MARGIN_S, after_s=MARGIN_S), Stride),)
_REFERENCE = "Halliday et al. 1995, Prog Biophys Mol Biol 64:237; effective segments as in Welch 1967"
_PARAMETERS: dict[str, float | str] = {
    "segment_s": SEGMENT_S,
    "overlap": OVERLAP,
    "window": "Hann",
    "high_pass_hz": HIGH_PASS_HZ,
    "rectified": "yes",
    "confidence": 0.95,
    "least_effective_segments": LEAST_SEGMENTS,
    "most_strides": MOST_STRIDES,
    "pairs": "; ".join(f"{name}: {', '.join(sorted(sites))}" for name, sites in SYNERGISTS.items() if len(sites) > 1),
}


@metric(
    "intermuscular_coherence",
    of=Trial,
    unit="1",
    needs=_NEEDS,
    reference=_REFERENCE,
    parameters=_PARAMETERS | {"low_hz": BETA_HZ[0], "high_hz": BETA_HZ[1]},
)
def intermuscular_coherence(trial: Trial, strides: Sequence[tuple[Stride, Mapping[str, Trace]]]) -> float:
    """Mean magnitude-squared coherence of synergists between 15 and 55 Hz; of several pairs the mean.

    EMG high-passed and rectified, Welch segments of half a second within the strides of the trial (200 at most, spread
    evenly). Not computable where the effective number of independent segments is under 20, or without two synergists.
    What is not above `intermuscular_coherence_limit` is given too, and is no sign of a common drive: a group's mean
    without those values would be too high. Of muscles that share nothing it is 1 / L, with L segments, and not 0.
    """
    return _mean_coherence(strides, BETA_HZ)


@metric(
    "intermuscular_coherence_low",
    of=Trial,
    unit="1",
    needs=_NEEDS,
    reference=_REFERENCE,
    parameters=_PARAMETERS | {"low_hz": ALPHA_HZ[0], "high_hz": ALPHA_HZ[1]},
)
def intermuscular_coherence_low(trial: Trial, strides: Sequence[tuple[Stride, Mapping[str, Trace]]]) -> float:
    """Mean magnitude-squared coherence of synergists between 5 and 14 Hz, otherwise as `intermuscular_coherence`."""
    return _mean_coherence(strides, ALPHA_HZ)


@metric(
    "intermuscular_coherence_limit",
    of=Trial,
    unit="1",
    needs=_NEEDS,
    reference=_REFERENCE,
    parameters=_PARAMETERS,
)
def intermuscular_coherence_limit(trial: Trial, strides: Sequence[tuple[Stride, Mapping[str, Trace]]]) -> float:
    """What the coherence of muscles that share nothing stays below with 95 %, 1 - 0.05^(1 / (L - 1)).

    L is the effective number of independent segments. It belongs to `intermuscular_coherence` and
    `intermuscular_coherence_low` of the same trial and side, and is not computable where they are not.
    """
    return _of_synergists(strides).limit


@dataclass(frozen=True)
class Coherence:
    """Coherence of pairs of signals.

    Attributes
    ----------
    frequency : ndarray, shape (f,)
        Hz.
    squared : ndarray, shape (pairs, f)
        Magnitude-squared coherence, 0 to 1.
    segments : float
        Effective number of independent segments behind it.
    limit : float
        What independent signals stay below with 95 %, at each frequency.
    """

    frequency: Floats
    squared: Floats
    segments: float
    limit: float


def coherence(pieces: Sequence[Floats], rate: float, pairs: Sequence[tuple[int, int]]) -> Coherence:
    """Magnitude-squared coherence by Welch's method over several pieces of recording.

    Parameters
    ----------
    pieces : sequence of ndarray, shape (signals, n)
        Each without a gap; n may differ. Pieces shorter than a segment are left out.
    rate : float
        Hz.
    pairs : sequence of (int, int)
        Which signals.
    """
    length = round(SEGMENT_S * rate)
    hop = round(length * (1 - OVERLAP))
    window = hann(length, sym=False)
    count = len(pieces[0]) if len(pieces) else 0
    one, other = (np.array(ends) for ends in zip(*pairs, strict=True))
    power, cross = np.zeros((count, length // 2 + 1)), np.zeros((len(pairs), length // 2 + 1), complex)
    effective = 0.0
    for piece in pieces:
        if piece.shape[1] < length:
            continue
        parts = np.lib.stride_tricks.sliding_window_view(piece, length, axis=1)[:, ::hop]
        spectra = np.fft.rfft((parts - parts.mean(axis=2, keepdims=True)) * window, axis=2)
        power += (np.abs(spectra) ** 2).sum(axis=1)
        cross += (spectra[one] * spectra[other].conj()).sum(axis=1)
        effective += _effective(parts.shape[1], window, hop)
    scale = power[one] * power[other]
    squared = np.divide(np.abs(cross) ** 2, scale, out=np.zeros(scale.shape), where=scale > 0)
    limit = 1.0 - 0.05 ** (1.0 / (effective - 1.0)) if effective > 1 else 1.0
    return Coherence(np.fft.rfftfreq(length, 1 / rate).astype(np.float64), squared, effective, limit)


def _effective(count: int, window: Floats, hop: int) -> float:
    """How many independent segments so many overlapping ones are worth (Welch 1967)."""
    correlation = float((window[hop:] * window[:-hop]).sum() / (window**2).sum()) ** 2 if hop < len(window) else 0.0
    return count / (1.0 + 2.0 * correlation * (count - 1) / count)


def _mean_coherence(strides: Sequence[tuple[Stride, Mapping[str, Trace]]], band: tuple[float, float]) -> float:
    found = _of_synergists(strides)
    inside = (found.frequency >= band[0]) & (found.frequency <= band[1])
    return float(found.squared[:, inside].mean())


@found_once
def _of_synergists(strides: Sequence[tuple[Stride, Mapping[str, Trace]]]) -> Coherence:
    sites = sorted(set.intersection(*(set(traces) for _, traces in strides)))
    pairs = [
        (sites.index(a), sites.index(b))
        for group in SYNERGISTS.values()
        for a, b in combinations(sorted(group & set(sites)), 2)
    ]
    if not pairs:
        raise NotComputableError("no two muscles that work together were recorded on that side")
    strides = strides[:: math.ceil(len(strides) / MOST_STRIDES)]
    rate = next(iter(strides[0][1].values())).rate
    if rate < LEAST_RATE:
        raise NotComputableError(f"the EMG is sampled at {rate:.0f} Hz, and needs 800 Hz")
    used = sorted({index for pair in pairs for index in pair})
    found = coherence(
        [_rectified(stride, [traces[sites[i]] for i in used], rate) for stride, traces in strides],
        rate,
        [(used.index(a), used.index(b)) for a, b in pairs],
    )
    if found.segments < LEAST_SEGMENTS:
        raise NotComputableError(
            f"the strides give {found.segments:.1f} independent segments of {SEGMENT_S:g} s, and "
            f"{LEAST_SEGMENTS:.0f} are the least"
        )
    return found


def _rectified(stride: Stride, traces: Sequence[Trace], rate: float) -> Floats:
    time = traces[0].time
    rows = [
        t.values if t.time is time or len(t.time) == len(time) else np.interp(time, t.time, t.values) for t in traces
    ]
    inside = (time >= stride.t0) & (time <= stride.t1)
    rectified = np.abs(zero_lag(np.asarray(rows), 2, HIGH_PASS_HZ, "highpass", rate))
    cut: Floats = rectified[:, inside]
    return cut


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the intermuscular coherence of two bands, and its limit."""
    return [intermuscular_coherence, intermuscular_coherence_low, intermuscular_coherence_limit]
