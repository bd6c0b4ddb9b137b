"""Made taps: several sensors that feel the same one, each in its own way, with a lag that is known."""

import numpy as np
from scipy import signal as filters

from groundup.model.signals import Signal
from groundup.model.streams import Channel

FINE_HZ = 20_000.0
Wave = np.ndarray


def step(s: Wave) -> Wave:
    return (1 - np.exp(-s / 0.0015)) * (0.4 + 0.6 * np.exp(-s / 0.03) * np.cos(2 * np.pi * 90 * s)) * np.exp(-s / 0.1)


def ringing(s: Wave) -> Wave:
    return np.sin(2 * np.pi * 35 * s) * np.exp(-s / 0.02)


def knock(s: Wave) -> Wave:
    return np.where(s < 0.008, np.sin(np.pi * s / 0.008), 0.0)


def spike(s: Wave) -> Wave:
    return s / 0.001 * np.exp(1 - s / 0.001) - 0.5 * (s / 0.004) * np.exp(1 - s / 0.004)


def device(
    name: str, kind: str, shape: object, rate: float, taps: object, *, lag: float = 0.0, seed: int = 1,
    corner: float | None = None, seconds: float = 8.0, site: str = "",
) -> Signal:  # fmt: skip
    """A sensor that feels each tap in its own way, through a filter of its own, at its own sampling phase."""
    rng = np.random.default_rng(seed)
    fine = np.zeros(int(seconds * FINE_HZ))
    for moment in taps:  # type: ignore[attr-defined]
        i = int(np.ceil(moment * FINE_HZ))
        since = np.arange(i, min(len(fine), i + 8000)) / FINE_HZ - moment
        fine[i : i + len(since)] += shape(since) * (1 + 0.2 * rng.standard_normal())  # type: ignore[operator]
    if corner is not None:
        fine = filters.sosfilt(filters.butter(2, corner * rate, fs=FINE_HZ, output="sos"), fine)
    time = (np.arange(int((seconds - 0.1) * rate)) + rng.random()) / rate
    felt = fine[np.round(time * FINE_HZ).astype(int)]
    felt = np.outer(felt / max(np.abs(felt).max(), 1e-9), [1.0, -0.4]) + rng.standard_normal((len(time), 2)) / 300.0
    channels = (Channel("a", site=site), Channel("b", site=site))
    return Signal(name, kind, 5000.0 + time + lag, felt, channels, rate)


def taps(count: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 1.5 + np.cumsum(0.45 + 0.5 * rng.random(count))
