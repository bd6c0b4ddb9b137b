"""How files recorded apart are joined: how often, how near the truth, whether intervals hold it; strangers refused."""

from collections.abc import Callable

import numpy as np

from benchmarks.made_pairs import Clock, contacts, emg, force, pulses, recorded, walk
from benchmarks.rows import Row
from groundup.analysis.joining.line_fit import ClockLine
from groundup.analysis.joining.shared_channel import find_shared
from groundup.analysis.joining.shared_gait import find_gait
from groundup.analysis.joining.shared_trigger import find_trigger

_CLOCK = Clock(3599.5, 80.0)
_NONE = float("nan")
Try = Callable[[np.random.Generator, bool], ClockLine | None]
"""A made pair that shares something, or nothing: the line that was found."""


def run() -> list[Row]:
    """Each kind of evidence, on pairs that share it and on pairs that do not."""
    rows = []
    for what, pairs, attempt in (
        ("force, 1 kHz and 100 Hz, 30 s", 10, _force(30.0, 30.0)),
        ("force with a tenth of noise, 1 kHz and 100 Hz, 60 s", 8, _force(60.0, 10.0)),
        ("raw EMG, 1 kHz and 1 kHz, 30 s", 6, _emg),
        ("30 pulses of 1 kHz and 100 Hz, a tenth missed, 5 more, 5 min", 12, _pulses),
        ("contacts of 80 strides", 12, _gait),
    ):
        rows += _rows(what, pairs, attempt)
    return rows


def _rows(what: str, pairs: int, attempt: Try) -> list[Row]:
    found = [attempt(np.random.default_rng([seed, pairs]), True) for seed in range(pairs)]
    lines = [line for line in found if line is not None]
    off = np.array([line.offset - _CLOCK.lag(line.pivot) for line in lines])
    half = np.array([line.offset_half for line in lines])
    drift = np.array([1e6 * line.drift - _CLOCK.ppm for line in lines])
    drift_half = np.array([1e6 * line.drift_half for line in lines])
    strangers = [attempt(np.random.default_rng([seed, pairs, 1]), False) for seed in range(pairs)]
    refused = sum(line is None for line in strangers)
    return [
        Row(f"joined, {what}", len(lines) / pairs, "", "none", _NONE),
        Row(f"error, RMS, {what}", 1e3 * float(np.sqrt(np.mean(off**2))), "ms", "none", _NONE),
        Row(f"interval, median, {what}", 1e3 * float(np.median(half)), "ms", "none", _NONE, "1"),
        Row(f"interval holds the truth, {what}", float(np.mean(abs(off) <= half)), "", "none", _NONE, "0.93"),
        Row(f"drift known to, {what}", float(np.median(drift_half)), "ppm", "none", _NONE),
        Row(f"drift in its interval, {what}", float(np.mean(abs(drift) <= drift_half)), "", "none", _NONE, "0.93"),
        Row(f"strangers refused, {what}", refused / pairs, "", "none", _NONE, "1"),
    ]


def _force(seconds: float, snr: float) -> Try:
    def attempt(rng: np.random.Generator, shared: bool) -> ClockLine | None:
        truth = force(rng, seconds)
        other = truth if shared else force(rng, seconds)
        a = recorded(rng, truth, Clock(), 1000.0, (0.0, seconds), snr, unit="N")
        b = recorded(rng, other, _CLOCK, 100.0, (0.0, seconds), snr, gain=-0.003, unit="V")
        found = find_shared([a], [b])
        return None if isinstance(found, str) else found[0].delay.line

    return attempt


def _emg(rng: np.random.Generator, shared: bool) -> ClockLine | None:
    truth = emg(rng, 30.0)
    other = truth if shared else emg(rng, 30.0)
    a = recorded(rng, truth, Clock(), 1000.0, (0.0, 30.0), 5.0)
    found = find_shared([a], [recorded(rng, other, _CLOCK, 1000.0, (0.0, 30.0), 5.0)])
    return None if isinstance(found, str) else found[0].delay.line


def _pulses(rng: np.random.Generator, shared: bool) -> ClockLine | None:
    span = (0.0, 300.0)
    moments = np.sort(rng.uniform(5.0, 295.0, 30))
    other = moments if shared else np.sort(rng.uniform(5.0, 295.0, 30))
    a = pulses(rng, moments, Clock(), 1000.0, span, 0.1, 5)
    found = find_trigger([a], [pulses(rng, other, _CLOCK, 100.0, span, 0.1, 5)])
    return None if isinstance(found, str) else found[0].line


def _gait(rng: np.random.Generator, shared: bool) -> ClockLine | None:
    feet = walk(rng, 80)
    other = feet if shared else walk(rng, 80)
    found = find_gait([contacts(rng, feet, Clock())], [contacts(rng, other, _CLOCK)])
    return None if isinstance(found, str) else found[0].line
