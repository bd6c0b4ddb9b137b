"""How well forty taps, or a trigger, tell how late a device is stamped: interval, and whether it holds the truth."""

import numpy as np

from benchmarks.rows import Row
from benchmarks.tap_family import PLATE, WAVEFORMS, families, tapped, when_tapped
from groundup.analysis.sync_events.sync_event import SyncLag, find_sync
from groundup.model.signals import Signal
from groundup.model.status import OK
from groundup.model.streams import Channel

_EVENTS = 40
_LATE_S = 0.0123
_SEEDS = 8


def run() -> list[Row]:
    """For devices of three rates, against a plate of 1 kHz; by a trigger also at 100 Hz."""
    rows = []
    for rate in (200.0, 1000.0, 2000.0):
        rows += _rows(f"{_EVENTS} taps, {rate:g} Hz", [_taps(rate, seed) for seed in range(_SEEDS)])
    for rate in (100.0, 200.0, 2000.0):
        rows += _rows(f"{_EVENTS} pulses of a trigger, {rate:g} Hz", [_trigger(rate, seed) for seed in range(_SEEDS)])
    return rows


def _rows(what: str, lags: list[SyncLag]) -> list[Row]:
    found = [lag for lag in lags if lag.status == OK]
    half = [1e3 * (lag.high_s - lag.low_s) / 2 for lag in found]
    holds = [lag.low_s - 1e-9 <= _LATE_S <= lag.high_s + 1e-9 for lag in found]
    none = float("nan")
    return [
        Row(f"interval, median, {what}", float(np.median(half)) if half else none, "ms", "none", none, "0.5"),
        Row(f"interval holds the truth, {what}", float(np.mean(holds)) if holds else none, "", "none", none, "0.95"),
        Row(f"told at all, {what}", len(found) / len(lags), "", "none", none),
    ]


def _taps(rate: float, seed: int) -> SyncLag:
    rng = np.random.default_rng([seed, int(rate)])
    when = when_tapped(_EVENTS, rng)
    devices = families()[f"{rate:g} Hz, filter at 0.2 to 0.45 of the rate"][1]
    shapes = rng.integers(len(WAVEFORMS), size=2)
    plate = tapped("plate", PLATE, WAVEFORMS[shapes[0]], when, 0.0, rng)
    other = tapped("other", devices[rng.integers(len(devices))], WAVEFORMS[shapes[1]], when, _LATE_S, rng)
    return _of_other([plate, other])


def _trigger(rate: float, seed: int) -> SyncLag:
    rng = np.random.default_rng([seed, int(rate)])
    when = when_tapped(_EVENTS, rng)
    return _of_other([_pulses("plate", 1000.0, when, 0.0, rng), _pulses("other", rate, when, _LATE_S, rng)])


def _pulses(name: str, rate: float, when: np.ndarray, late_s: float, rng: np.random.Generator) -> Signal:
    time = (np.arange(int((when[-1] + 1.5) * rate)) + rng.random()) / rate
    high = ((time[:, None] >= when) & (time[:, None] < when + 0.2)).any(axis=1)
    samples = 5.0 * high[:, None] + 1e-3 * rng.standard_normal((len(time), 1))
    return Signal(name, "other", np.asarray(5000.0 + time + late_s), samples, (Channel("trigger"),), rate)


def _of_other(signals: list[Signal]) -> SyncLag:
    return next(lag for lag in find_sync(signals, "plate") if lag.stream == "other")
