"""Made pairs of files: the same walk, signal, trigger or taps seen by two clocks, or two that share nothing."""

from dataclasses import dataclass

import numpy as np
from scipy import signal as filters
from scipy.interpolate import CubicSpline

from groundup.analysis.joining.channel_grids import ChannelSeries
from groundup.analysis.joining.trains import Train, make_train

Floats = np.ndarray


@dataclass(frozen=True)
class Clock:
    """A file's clock: ``true time = own time * (1 + ppm / 1e6) + offset``."""

    offset: float = 0.0
    ppm: float = 0.0

    def own(self, true: Floats) -> Floats:
        return (np.asarray(true) - self.offset) / (1.0 + 1e-6 * self.ppm)

    def true(self, own: Floats) -> Floats:
        return np.asarray(own) * (1.0 + 1e-6 * self.ppm) + self.offset

    def lag(self, own: float) -> float:
        """What is to be added to its time at that moment."""
        return float(self.true(np.array([own]))[0]) - own


FINE_HZ = 1000.0


def force(rng: np.random.Generator, seconds: float, stride_sd: float = 0.02) -> tuple[Floats, Floats]:
    """A vertical force of one foot, walking at 1.1 s a stride: each differs from the next as people's do."""
    time = np.arange(0.0, seconds, 1.0 / FINE_HZ)
    values, contact = np.zeros(len(time)), 0.5
    while contact < seconds - 1.0:
        lasts = 0.65 * (1.0 + rng.normal(0.0, stride_sd))
        size, dip = 800.0 * (1.0 + rng.normal(0.0, 0.03)), rng.normal(0.25, 0.03)
        on = (time >= contact) & (time < contact + lasts)
        s = (time[on] - contact) / lasts
        shape = np.sin(np.pi * s) ** 0.6 * (1.0 - dip * np.exp(-(((s - 0.5) / 0.15) ** 2)))
        values[on] += size * shape * (1.0 + 0.1 * np.exp(-(((s - 0.1) / 0.03) ** 2)))
        contact += 1.1 + rng.normal(0.0, stride_sd)
    return time, values


def emg(rng: np.random.Generator, seconds: float) -> tuple[Floats, Floats]:
    """Raw EMG that comes with the strides."""
    time = np.arange(0.0, seconds, 1.0 / FINE_HZ)
    band = filters.butter(2, [20.0, 400.0], "bandpass", fs=FINE_HZ, output="sos")
    return time, filters.sosfiltfilt(band, rng.normal(size=len(time))) * (0.2 + np.clip(np.sin(5.7 * time), 0.0, 1.0))


def recorded(
    rng: np.random.Generator, truth: tuple[Floats, Floats], clock: Clock, rate: float, span: tuple[float, float],
    snr: float, gain: float = 1.0, label: str = "Fz", unit: str = "",
) -> ChannelSeries:  # fmt: skip
    """A signal as a device of this clock records it, from when to when (true time)."""
    time, values = truth
    own = np.arange(*clock.own(np.array(span)), 1.0 / rate) + rng.uniform(0.0, 1.0 / rate)
    true = clock.true(own)
    inside = (true >= time[0]) & (true <= time[-1])
    if rate < 0.9 * FINE_HZ:
        values = filters.sosfiltfilt(filters.butter(4, 0.4 * rate, fs=FINE_HZ, output="sos"), values)
    seen = CubicSpline(time, values)(true[inside])
    noise = np.std(values) / snr * rng.normal(size=len(seen))
    return ChannelSeries("s", label, unit, "", own[inside], gain * (seen + noise) + 3.0, rate)


def pulses(
    rng: np.random.Generator, moments: Floats, clock: Clock, rate: float, span: tuple[float, float],
    missed: float = 0.0, extra: int = 0,
) -> Train:  # fmt: skip
    """Pulses as a device samples them: each in the interval before the sample that shows it."""
    kept = moments[rng.random(len(moments)) >= missed]
    own = np.sort(clock.own(np.concatenate([kept, rng.uniform(*span, extra)])))
    seen = np.ceil(own * rate) / rate
    return make_train("pulses", seen - 0.5 / rate, np.full(len(seen), 1.0 / rate), tuple(clock.own(np.array(span))))


def walk(rng: np.random.Generator, strides: int, stride_sd: float = 0.02) -> tuple[Floats, Floats]:
    """Contacts of the left and of the right foot: strides that remember the one before."""
    change = np.zeros(strides)
    for i in range(1, strides):
        change[i] = 0.3 * change[i - 1] + rng.normal(0.0, 0.95 * stride_sd)
    left = 5.0 + np.cumsum(1.1 + change)
    return left, left + 0.57 + rng.normal(0.0, stride_sd / 2.0, strides)


def contacts(
    rng: np.random.Generator, feet: tuple[Floats, Floats], clock: Clock, sd: float = 0.006, missed: float = 0.03,
    sides: bool = True,
) -> Train:  # fmt: skip
    """Contacts as a sensor sees them."""
    true = np.concatenate(feet) + rng.normal(0.0, sd, sum(map(len, feet)))
    labels = np.repeat([1, 2] if sides else [0, 0], [len(foot) for foot in feet])
    kept = rng.random(len(true)) >= missed
    own = clock.own(true[kept])
    return make_train("foot", own, np.zeros(len(own)), (float(own.min()), float(own.max())), labels[kept])
