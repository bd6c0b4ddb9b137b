"""When a muscle is active: three detectors of EMG onset and offset that papers use."""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import sosfiltfilt
from scipy.stats import binom

from groundup.plugin import Floats, NotComputableError
from groundup_plugins.processors.butterworth import sections

Bools = NDArray[np.bool_]
Method = Literal["tkeo", "hodges_bui", "double_threshold"]

BASELINE_S = 0.5
LEAST_RATE = 500.0
_BAND_HZ = (30.0, 300.0)


def active(emg: Floats, rate: float, method: Method = "tkeo", baseline: slice | None = None) -> Bools:
    """Which samples of an EMG belong to a burst.

    Parameters
    ----------
    emg : ndarray, shape (n,)
        Raw EMG, in any unit.
    rate : float
        Hz; 500 or more.
    method : {"tkeo", "hodges_bui", "double_threshold"}
    baseline : slice, optional
        Samples in which the muscle rests; without it the quietest half second is taken.

    Returns
    -------
    ndarray of bool, shape (n,)

    Raises
    ------
    NotComputableError
        If the EMG is too short, or nothing in it rests.
    """
    check_rate(rate)
    if len(emg) < 2 * BASELINE_S * rate:
        raise NotComputableError(f"an onset needs {2 * BASELINE_S:.0f} s of EMG or more")
    filtered = band_passed(emg, rate)
    rest = baseline if baseline is not None else quietest(filtered, rate)
    if not filtered[rest].std() > 0:
        raise NotComputableError("the EMG is dead where it should rest")
    return _METHODS[method](filtered, rate, rest)


def check_rate(rate: float) -> None:
    """Refuse an EMG that is sampled too slowly."""
    if rate < LEAST_RATE:
        raise NotComputableError(f"an onset in EMG needs {LEAST_RATE:.0f} Hz or more, not {rate:.0f} Hz")


def band_passed(emg: Floats, rate: float) -> Floats:
    """What the detectors look at: without its mean, from 30 to 300 Hz, forwards and backwards."""
    band = sections(2, (_BAND_HZ[0], min(_BAND_HZ[1], 0.45 * rate)), "bandpass", rate)
    filtered: Floats = sosfiltfilt(band, emg - emg.mean())
    return filtered


def spans(active: Bools, rate: float) -> list[tuple[float, float]]:
    """Onset and offset of each burst, in s from the first sample."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], active, [False]))))
    return [(a / rate, b / rate) for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)]


def quietest(filtered: Floats, rate: float) -> slice:
    """The half second with the least power."""
    width = round(BASELINE_S * rate)
    total = np.concatenate(([0.0], np.cumsum(filtered**2)))
    first = int(np.argmin(total[width:] - total[:-width]))
    return slice(first, first + width)


def tkeo(filtered: Floats, rate: float, rest: slice, *, standard_deviations: float = 8.0) -> Bools:
    """Teager-Kaiser energy over a threshold (Li et al. 2007; Solnik et al. 2010).

    Energy x(n)^2 - x(n-1) x(n+1), rectified and low-passed at 50 Hz, above its mean at rest and 8 standard deviations.
    """
    energy = np.zeros_like(filtered)
    energy[1:-1] = filtered[1:-1] ** 2 - filtered[:-2] * filtered[2:]
    smooth = sosfiltfilt(sections(2, 50.0, "lowpass", rate), np.abs(energy))
    return _tidied(smooth > _threshold(smooth[rest], standard_deviations), rate)


def hodges_bui(
    filtered: Floats, rate: float, rest: slice, *, standard_deviations: float = 3.0, window_s: float = 0.025
) -> Bools:
    """Mean of a window over a threshold (Hodges & Bui 1996).

    Rectified and low-passed at 50 Hz; a burst begins with the first sample above the mean at rest and 3 standard
    deviations from which on the mean of 25 ms is above that too.
    """
    smooth = sosfiltfilt(sections(3, 50.0, "lowpass", rate), np.abs(filtered))
    width = max(1, round(window_s * rate))
    # The mean of the window that begins with a sample, not of the one around it.
    ahead = uniform_filter1d(smooth, width, origin=-((width - 1) // 2))
    threshold = _threshold(smooth[rest], standard_deviations)
    return _tidied((ahead > threshold) & (smooth > threshold), rate)


def double_threshold(filtered: Floats, rate: float, rest: slice, *, of: int = 5, false_alarms: float = 1e-4) -> Bools:
    """So many of five pairs of samples over a threshold (Bonato et al. 1998).

    The energy of a pair over its power at rest is exponential there. The first threshold lets a false alarm through in
    a hundredth of the pairs at rest; the second, how many of five successive ones must exceed it, is the least that
    keeps false alarms at rest under one in ten thousand.
    """
    first = filtered[:-1:2]
    pairs = first**2 + filtered[1::2][: len(first)] ** 2
    quiet = pairs[rest.start // 2 : rest.stop // 2]
    alarm = 0.01
    over = pairs > -float(np.mean(quiet)) * np.log(alarm)
    needed = next(k for k in range(1, of + 1) if binom.sf(k - 1, of, alarm) < false_alarms)
    counts = np.convolve(over, np.ones(of), "same")
    found = np.repeat(counts >= needed, 2)[: len(filtered)]
    return _tidied(np.pad(found, (0, len(filtered) - len(found)), "edge"), rate)


def _threshold(rest: Floats, standard_deviations: float) -> float:
    return float(rest.mean() + standard_deviations * rest.std())


def _tidied(found: Bools, rate: float, *, least_s: float = 0.03, gap_s: float = 0.05) -> Bools:
    """Bursts closer than 50 ms are one, and less than 30 ms is none."""
    tidy = found.copy()
    for value, width in ((False, gap_s), (True, least_s)):
        marks = np.flatnonzero(np.diff(np.concatenate(([False], tidy == value, [False])).astype(np.int8)))
        for a, b in zip(marks[::2].tolist(), marks[1::2].tolist(), strict=True):
            inner = a > 0 and b < len(tidy)
            if b - a < width * rate and (value or inner):
                tidy[a:b] = not value
    return tidy


_METHODS: dict[Method, Callable[[Floats, float, slice], Bools]] = {
    "tkeo": tkeo,
    "hodges_bui": hodges_bui,
    "double_threshold": double_threshold,
}
