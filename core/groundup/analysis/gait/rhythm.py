"""The rhythm of gait in a signal: when each stride came, whatever the signal is.

A stride looks like the one before in every channel of a plate, an EMG or an IMU, so the strides are found by their
likeness to their own mean: no threshold, no event, and no name of a device.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.signal import correlate, find_peaks

from groundup.model.signals import Floats, Signal

GRID_HZ = 50.0
_PERIOD_S = (0.4, 2.5)
_SLOW_S = 2.0  # movement slower than this is no rhythm
_PERIODIC = 0.3  # least autocorrelation at the period
_AS_GOOD = 0.9  # the shortest period whose autocorrelation is nearly the highest
_HALVES = 0.6  # with this much of it at half the period, the two halves of a stride look alike
_LIKE = 0.5  # least likeness of a stride to the mean stride
_NEXT = 0.2  # a stride may differ from the mean one by this share of it
_MOST_MISSED = 2


@dataclass(frozen=True)
class Rhythm:
    """Strides of one signal.

    Attributes
    ----------
    times : ndarray, shape (n,)
        One moment of each stride, always at the same phase, in seconds on the signal's time.
    numbers : ndarray, shape (n,)
        Number of the stride; where one was not seen, a number is missing.
    runs : ndarray, shape (n,)
        Which unbroken walk it belongs to. Numbers of two walks have nothing to do with each other.
    period : float
        Median stride period, in seconds.
    halves_alike : bool
        Whether this may as well be a step as a stride, as on the midline of the body.
    """

    times: Floats
    numbers: Floats
    runs: Floats
    period: float
    halves_alike: bool


def find_rhythm(signal: Signal, t0: float, t1: float) -> Rhythm | None:
    """Strides between two times, or None where there is no rhythm of gait.

    Parameters
    ----------
    signal : Signal
        Raw or processed, of any kind.
    t0, t1 : float
        Seconds.
    """
    values = _on_grid(signal, t0, t1)
    if len(values) < 4 * GRID_HZ * _PERIOD_S[0] or not values.shape[1]:
        return None
    found = _period(values)
    if found is None:
        return None
    period, weights, halves = found
    values = values * weights
    places = _strides(values, period)
    if len(places) < 3:
        return None
    # A bin's value is the mean over the bin: its time is the middle.
    rhythm = _numbered(t0 + (places + 0.5) / GRID_HZ, halves)
    # What comes every third time, as where muscles are tensed to the utmost between walks, counts no strides.
    return rhythm if abs(rhythm.period * GRID_HZ / period - 1.0) < _NEXT else None


def rhythm_of_contacts(times: Floats) -> Rhythm | None:
    """Strides by the contacts of one foot, in the order of time; None with fewer than three."""
    if len(times) < 3:
        return None
    steps = np.diff(times)
    period = float(np.median(steps))
    if not _PERIOD_S[0] <= period <= _PERIOD_S[1]:
        return None
    passed = np.round(steps / period)
    new = (passed < 1) | (passed > _MOST_MISSED + 1) | (np.abs(steps - passed * period) > 2 * _NEXT * period)
    numbers = np.concatenate([[0.0], np.cumsum(np.maximum(passed, 1.0))])
    return Rhythm(times, numbers, np.concatenate([[0.0], np.cumsum(new)]), period, False)


def _on_grid(signal: Signal, t0: float, t1: float) -> Floats:
    """Means over 20 ms, each channel without its slow part and of unit variance; raw EMG is rectified first."""
    part = signal.between(t0, t1)
    # Of a stream whose time does not go forward, others may lie between.
    within = (part.time >= t0) & (part.time <= t1)
    if np.count_nonzero(within) < 2 or signal.rate < GRID_HZ:
        return np.empty((0, 0))
    samples = part.samples
    if signal.kind == "emg":
        samples = np.abs(np.diff(samples, axis=0, prepend=samples[:1]))
    samples = np.where(np.isfinite(samples), samples, 0.0)[within]
    bins = ((part.time[within] - t0) * GRID_HZ).astype(np.int64)
    size = int(bins.max()) + 1
    count = np.bincount(bins, minlength=size)
    means = np.stack([np.bincount(bins, column, size) for column in samples.T], axis=1) / np.maximum(count, 1)[:, None]
    # Empty bins are gaps, or a rate hardly above the grid's.
    full = np.flatnonzero(count)
    for column in means.T:
        column[count == 0] = np.interp(np.flatnonzero(count == 0), full, column[full])
    quick = means - uniform_filter1d(means, round(_SLOW_S * GRID_HZ), axis=0)
    spread = quick.std(axis=0)
    scaled: Floats = (quick / np.where(spread > 0.0, spread, np.inf)).clip(-5.0, 5.0)
    return scaled


def _period(values: Floats) -> tuple[int, Floats, bool] | None:
    """Period in samples, how periodic each channel is, and whether half of it would nearly do."""
    count = len(values)
    least, most = round(_PERIOD_S[0] * GRID_HZ), min(round(_PERIOD_S[1] * GRID_HZ), count // 3)
    spectrum = np.abs(np.fft.rfft(values, 2 * count, axis=0)) ** 2
    alike = np.fft.irfft(spectrum, axis=0)[: most + 2]
    alike = alike / (np.arange(count, count - len(alike), -1)[:, None]) / np.maximum((values**2).mean(axis=0), 1e-12)
    weights = np.ones(values.shape[1])
    for _ in range(2):  # channels without rhythm do not count the second time
        if not weights.any():
            return None
        mean = alike @ (weights / weights.sum())
        peaks, _ = find_peaks(mean[least - 1 :])
        peaks += least - 1
        if len(peaks) == 0 or mean[peaks].max() < _PERIODIC:
            return None
        period = int(peaks[np.argmax(mean[peaks] >= _AS_GOOD * mean[peaks].max())])
        weights = np.maximum(alike[period], 0.0)
    half = mean[max(period // 2 - 2, 1) : period // 2 + 3].max() if period // 2 + 3 < len(mean) else 0.0
    return period, np.sqrt(weights), bool(half > _HALVES * mean[period])


def _strides(values: Floats, period: int) -> Floats:
    """Where strides begin, in samples and fractions of one."""
    starts = np.arange(0, len(values) - 2 * period, max(period // 4, 1))
    likeness = [float((values[i : i + period] * values[i + period : i + 2 * period]).sum()) for i in starts]
    mean = values[starts[int(np.argmax(likeness))] :][:period]
    size = np.sqrt(np.convolve((values**2).sum(axis=1), np.ones(period), "valid"))
    places = np.empty(0)
    for _ in range(3):
        like = sum(correlate(values[:, c], mean[:, c], "valid", "fft") for c in range(values.shape[1]))
        like = like / np.maximum(size * np.linalg.norm(mean), 1e-12)
        peaks, _ = find_peaks(like, height=_LIKE, distance=max(1, round((1.0 - 1.5 * _NEXT) * period)))
        if len(peaks) < 3:
            return np.empty(0)
        mean = np.mean([values[i : i + period] for i in peaks], axis=0)
        left, top, right = like[peaks - 1], like[peaks], like[peaks + 1]
        places = peaks + 0.5 * (left - right) / np.minimum(left - 2.0 * top + right, -1e-12)
    return places


def _numbered(times: Floats, halves_alike: bool) -> Rhythm:
    """Count the strides; a wait of no whole number of them begins another walk."""
    steps = np.diff(times)
    period = float(np.median(steps))
    local = np.array([np.median(steps[max(i - 3, 0) : i + 4]) for i in range(len(steps))])
    whole = np.round(steps / local)
    broken = (np.abs(steps / local - whole) > _NEXT * np.maximum(whole, 1.0)) | (whole < 1) | (whole > 1 + _MOST_MISSED)
    numbers = np.concatenate([[0.0], np.cumsum(np.where(broken, 1.0, whole))])
    runs = np.concatenate([[0.0], np.cumsum(broken)])
    return Rhythm(times, numbers, runs, period, halves_alike)
