"""Lag between a plate (1 kHz) and another sensor from taps of different waveforms, against simpler estimators."""

import numpy as np
from scipy import signal as filters

from benchmarks.rows import Row
from benchmarks.tap_family import PLATE, WAVEFORMS, Device, families, tapped, when_tapped
from groundup.analysis.sync_events.sync_event import find_sync
from groundup.model.signals import Floats, Signal
from groundup.model.status import OK
from groundup.model.streams import Channel

_FINE_HZ = 20_000.0
_SEEDS = 8
_SHAPES = {
    "step": lambda s: -np.expm1(-s / 0.001),
    "slow step": lambda s: -np.expm1(-s / 0.003),
    "plate": lambda s: -np.expm1(-s / 0.0015) * (0.4 + 0.6 * np.exp(-s / 0.03) * np.cos(2 * np.pi * 90 * s)),
    "ringing 35 Hz": lambda s: np.sin(2 * np.pi * 35 * s) * np.exp(-s / 0.02),
    "ringing 60 Hz": lambda s: np.sin(2 * np.pi * 60 * s) * np.exp(-s / 0.015),
    "jump and ringing 40 Hz": lambda s: -np.expm1(-s / 0.002) * np.cos(2 * np.pi * 40 * s) * np.exp(-s / 0.02),
    "gentle": lambda s: (s / 0.006) ** 2 * np.exp(2 - s / 0.003),
    "spike": lambda s: s / 0.001 * np.exp(1 - s / 0.001),
}


def run() -> list[Row]:
    """Root mean square of the error in samples of the other sensor, and how often the interval holds the truth."""
    rows = []
    for rate, corner in ((100.0, None), (200.0, None), (200.0, 0.25), (1000.0, None), (2000.0, 0.25)):
        for taps in (1, 3, 5):
            rows += _case(rate, corner, taps)
    for family, (rate, devices) in families().items():
        for taps in (1, 3):
            rows += _family(family, rate, devices, taps)
    return rows


def _family(family: str, rate: float, devices: list[Device], taps: int) -> list[Row]:
    """Of every waveform twice: the share within the goal, and how often the interval holds the truth."""
    errors, inside = [], []
    for number, shape in enumerate(WAVEFORMS * 2):
        rng = np.random.default_rng([number, taps, int(rate)])
        when, lag = when_tapped(taps, rng), float(rng.normal(scale=0.03))
        plate = tapped("plate", PLATE, WAVEFORMS[rng.integers(len(WAVEFORMS))], when, 0.0, rng)
        other = tapped("other", devices[rng.integers(len(devices))], shape, when, lag, rng)
        found = {f.stream: f for f in find_sync([plate, other])}
        if found["plate"].status == OK == found["other"].status:
            errors.append(found["other"].lag_s - found["plate"].lag_s - lag)
            inside.append(abs(errors[-1]) <= sum(f.high_s - f.low_s for f in found.values()) / 2)
    goal_s = max(0.25 / rate, 0.001 if rate >= 1000.0 else 0.0)
    what, none = f"{taps} tap{'s' if taps > 1 else ''}, {family}", float("nan")
    share = float(np.mean(np.abs(errors) <= goal_s))
    return [
        Row(f"lag within {1000 * goal_s:g} ms, {what}", share, "", "none", none, "1"),
        Row(f"95 % of lags within, {what}", 1000 * float(np.quantile(np.abs(errors), 0.95)), "ms", "none", none),
        Row(f"interval holds the truth, {what}", float(np.mean(inside)), "", "none", none, "0.95"),
    ]


def _case(rate: float, corner: float | None, taps: int) -> list[Row]:
    ours, crossing, correlated, inside = [], [], [], []
    for shape in _SHAPES:
        if shape == "spike" and rate < 1000.0 and corner is None:
            continue  # over between two samples: no device shows it without a filter before it
        for seed in range(_SEEDS):
            rng = np.random.default_rng([seed, taps, int(rate)])
            when = 1.5 + np.cumsum(0.45 + 0.5 * rng.random(taps))
            lag = float(rng.normal(scale=0.03))
            plate = _device("plate", "plate", 1000.0, None, when, 0.0, rng)
            other = _device("other", shape, rate, corner, when, lag, rng)
            found = {f.stream: f for f in find_sync([plate, other])}
            if found["plate"].status == OK == found["other"].status:
                measured = found["other"].lag_s - found["plate"].lag_s
                half = sum(f.high_s - f.low_s for f in found.values()) / 2  # one of the two is the reference: zero
                ours.append((measured - lag) * rate)
                inside.append(abs(measured - lag) <= half)
            crossing.append((_crossings(other, when, lag) - _crossings(plate, when, 0.0)) * rate)
            correlated.append((_correlation(plate, other) - lag) * rate)
    seen = f"filter at {corner * rate:g} Hz" if corner else "no filter"
    what = f"{taps} tap{'s' if taps > 1 else ''}, {rate:g} Hz, {seen}"
    goal = "0.25 samples" if rate < 1000.0 else f"{rate / 1000.0:g} samples (1 ms)"
    return [
        Row(f"lag error, {what}", _rms(ours), "samples RMS", "threshold crossing", _rms(crossing), goal),
        Row(f"lag error, {what}", _rms(ours), "samples RMS", "cross-correlation", _rms(correlated), goal),
        Row(f"interval holds the truth, {what}", float(np.mean(inside)), "", "none", float("nan"), "0.95"),
    ]


def _device(
    name: str, shape: str, rate: float, corner: float | None, taps: Floats, lag: float, rng: np.random.Generator
) -> Signal:
    fine = np.zeros(int(8.0 * _FINE_HZ))
    for moment in taps:
        i = int(np.ceil(moment * _FINE_HZ))
        since = np.arange(i, i + 8000) / _FINE_HZ - moment
        fine[i : i + 8000] += _SHAPES[shape](since) * np.exp(-since / 0.1) * (1 + 0.2 * rng.standard_normal())
    if corner is not None:
        fine = filters.sosfilt(filters.butter(2, corner * rate, fs=_FINE_HZ, output="sos"), fine)
    time: Floats = (np.arange(int(7.9 * rate), dtype=np.float64) + rng.random()) / rate
    felt = fine[np.round(time * _FINE_HZ).astype(int)]
    samples = np.outer(felt / np.abs(felt).max(), [1.0, -0.4]) + rng.standard_normal((len(time), 2)) / 300.0
    return Signal(
        name,
        "plate" if name == "plate" else "imu",
        time + lag,
        np.asarray(samples, np.float64),
        (Channel("a"), Channel("b")),
        rate,
    )


def _crossings(signal: Signal, taps: Floats, lag: float) -> float:
    """Mean time after each tap at which a fifth of the highest value is reached: what is often done by hand."""
    size = np.abs(signal.samples[:, 0])
    after = []
    for moment in taps:
        i, j = np.searchsorted(signal.time - lag, [moment - 0.02, moment + 0.05])
        k = i + int(np.argmax(size[i:j] > 0.2 * size[i:j].max()))
        share = (0.2 * size[i:j].max() - size[k - 1]) / (size[k] - size[k - 1])
        after.append(float(signal.time[k - 1] - lag - moment + share * (signal.time[k] - signal.time[k - 1])))
    return float(np.mean(after))


def _correlation(a: Signal, b: Signal) -> float:
    """Lag of the highest cross-correlation of both magnitudes, on a common grid of 1 ms."""
    grid = np.arange(0.0, 8.0, 0.001)
    on_grid = [np.interp(grid, s.time, np.abs(s.samples[:, 0])) for s in (a, b)]
    on_grid = [values - values.mean() for values in on_grid]
    product = filters.correlate(on_grid[1], on_grid[0], "full", "fft")
    return float(filters.correlation_lags(len(grid), len(grid))[int(np.argmax(product))]) * 0.001


def _rms(errors: list[float]) -> float:
    return float(np.sqrt(np.mean(np.square(errors))))
