"""One channel on even times, whitened: what it changes by, and not what it mostly is, says when it was."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import signal as filters
from scipy.interpolate import CubicSpline

from groundup.model.signals import Floats

_LONG_GAP = 1.5  # sampling intervals
_EDGE = 0.4  # of the lower rate: so far up no sampling is felt
_RESOLVED_HZ = 0.25  # lines of a mains hum and of a cadence are taken out that finely
_FLOOR = 1e-3  # of the greatest density: weaker is taken for noise of the converter


@dataclass(frozen=True, eq=False)
class ChannelSeries:
    """A channel of a file.

    Attributes
    ----------
    stream, label, unit : str
    place : str
        Site and side, where the lab says them.
    time, values : ndarray, shape (N,)
        Seconds on the file's clock, increasing.
    rate : float
        Hz.
    """

    stream: str
    label: str
    unit: str
    place: str
    time: Floats
    values: Floats
    rate: float

    @property
    def name(self) -> str:
        """What it is called in sentences."""
        return f"{self.stream}, {self.label}" if self.label else self.stream

    @cached_property
    def says(self) -> bool:
        """Whether it changes at all, and for more than a few samples."""
        finite = self.values[np.isfinite(self.values)]
        if len(finite) < 50 or not self.rate > 0.0:
            return False
        return bool(np.count_nonzero(np.diff(finite)) > 20 and np.ptp(finite) > 1e-9 * np.abs(finite).max())


@dataclass(frozen=True, eq=False)
class Even:
    """Samples on even times: ``begin + k / rate``; 0 where nothing is known, which `known` says."""

    begin: float
    rate: float
    values: Floats
    known: NDArray[np.bool_]

    def times(self) -> Floats:
        """Of all samples, shape (N,), in s."""
        times: Floats = self.begin + np.arange(len(self.values)) / self.rate
        return times


def on_even(series: ChannelSeries, rate: float) -> Even:
    """A channel on even times at a rate that is not above its own, without what lies above two fifths of it."""
    good = np.isfinite(series.values) & np.isfinite(series.time)
    good[1:] &= ~(np.diff(series.time) <= 0.0)
    time, values = series.time[good], series.values[good]
    values = values - np.median(values)
    begin = float(time[0])
    count = int((time[-1] - begin) * rate) + 1
    at = begin + np.arange(count) / rate
    if series.rate > 1.05 * rate:
        every = filters.firwin(2 * int(4.0 * series.rate / rate) + 1, _EDGE * rate, fs=series.rate)
        dense = int((time[-1] - begin) * series.rate) + 1
        own = begin + np.arange(dense) / series.rate
        values = filters.fftconvolve(np.interp(own, time, values), every, mode="same")
        even = CubicSpline(own, values)(at) if dense > 3 else np.zeros(count)
    else:
        even = CubicSpline(time, values)(at)
    right = np.clip(np.searchsorted(time, at), 1, len(time) - 1)
    known = time[right] - time[right - 1] <= _LONG_GAP / series.rate
    return Even(begin, rate, np.where(known, even, 0.0), known)


def whitened(even: Even) -> Even:
    """The same with all its frequencies equally strong, those apart in which there is nothing."""
    size = int(min(even.rate / _RESOLVED_HZ, len(even.values) // 2))
    hertz, density = filters.welch(even.values, even.rate, nperseg=max(size, 8), detrend="linear")
    density = np.maximum(density, 1e-300)
    density = np.maximum(density, _FLOOR * float(density.max()) * 1e-3)
    padded = 1 << int(np.ceil(np.log2(len(even.values) + size)))
    spectrum = np.fft.rfft(even.values, padded)
    own = np.fft.rfftfreq(padded, 1.0 / even.rate)
    gain = 1.0 / np.sqrt(np.interp(own, hertz, density))
    gain[(own > _EDGE * even.rate * 1.1) | (own < 0.1)] = 0.0
    white = np.fft.irfft(spectrum * gain, padded)[: len(even.values)]
    white = np.where(even.known, white, 0.0)
    # One knock must not speak for all the rest.
    limit = 6.0 * 1.4826 * float(np.median(np.abs(white[even.known]))) if even.known.any() else 0.0
    if limit > 0.0:
        white = np.clip(white, -limit, limit)
    return Even(even.begin, even.rate, white, even.known)
