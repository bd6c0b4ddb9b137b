"""Sampling jitter: time stamps of a regular stream, straightened without bending time at a lost packet.

A sample's stamp is the moment it was taken plus a delay that is never negative (the driver, the operating system).
Lost samples leave a step in the stamps that stays; a late packet leaves one that goes away. So the *number* of each
sample is restored first, lost ones counted in, and then a smooth curve of stamp against number is fitted.
"""

from dataclasses import dataclass

import numpy as np

from groundup.smoother import Floats, smooth

_KNOT_S = 1.0  # one knot of the curve a second
_DRIFT_WALK = 2e-7  # the sampling crystal's drift, (s/s) per square root of a second
_MOST_BACKWARD_S = 0.5  # late packets overtake each other by less
_LOOK_S = 0.25  # how far to look on each side of a step, to tell a loss from a late packet


class Unstraightenable(ValueError):  # noqa: N818  (reads as what it says)
    """Stamps that are not those of a regular stream: they stand still, run backwards, or are at another rate."""


@dataclass(frozen=True)
class Straightened:
    """Time stamps without jitter.

    Attributes
    ----------
    time : ndarray, shape (N,)
        Seconds, on the clock of the stamps.
    sigma : float
        Standard deviation of the fitted curve, in seconds.
    jitter : float
        Standard deviation of what was taken off, in seconds.
    interval : float
        Mean sampling interval in seconds.
    gaps : tuple of (int, int)
        Index of the first sample after each gap, and how many were lost there.
    """

    time: Floats
    sigma: float
    jitter: float
    interval: float
    gaps: tuple[tuple[int, int], ...]


def straighten(stamps: Floats, rate: float) -> Straightened:
    """Take the jitter off the time stamps of a regular stream.

    Parameters
    ----------
    stamps : ndarray, shape (N,)
        On the lab clock, N >= 2, finite.
    rate : float
        Nominal rate in Hz.

    Raises
    ------
    Unstraightenable
        If the stamps are not those of a regular stream of about this rate.
    """
    if bool(np.any(np.diff(stamps) < -_MOST_BACKWARD_S)):
        raise Unstraightenable("its stamps run backwards")
    interval = _interval(stamps, rate)
    gaps = _gaps(stamps, interval)
    number = np.arange(len(stamps), dtype=np.float64)
    for index, lost in gaps:
        number[index:] += lost
    interval = float(stamps[-1] - stamps[0]) / float(number[-1] - number[0])
    if not 0.1 / rate < interval < 10.0 / rate:
        raise Unstraightenable(f"its stamps advance by {interval:g} s a sample, and it says {rate:g} Hz")
    rest = stamps - stamps[0] - number * interval
    fitted, sigma = _curve(number * interval, rest)
    jitter = float(np.std(rest - fitted))
    return Straightened(stamps[0] + number * interval + fitted, sigma, jitter, interval, tuple(gaps))


def _interval(stamps: Floats, rate: float) -> float:
    """Sampling interval, from the stamps where most of them agree, else the nominal one."""
    nominal = 1.0 / rate
    lag = min(len(stamps) - 1, max(1, round(rate)))
    measured = float(np.median(stamps[lag:] - stamps[:-lag])) / lag
    return measured if 0.5 * nominal < measured < 2.0 * nominal else nominal


def _gaps(stamps: Floats, interval: float) -> list[tuple[int, int]]:
    """Steps in the stamps that stay: stamps are late, never early, so the earliest of each side are compared."""
    rest = stamps - np.arange(len(stamps)) * interval
    window = max(8, round(_LOOK_S / interval))
    gaps: list[tuple[int, int]] = []
    since = 0
    for index in (np.flatnonzero(np.diff(stamps) > 1.5 * interval) + 1).tolist():
        # What came before the last gap lies lower; what comes behind the next one lies higher and does not count.
        before = rest[max(since, index - window) : index].min()
        after = rest[index : index + window].min()
        lost = round(float(after - before) / interval)
        if lost >= 1:
            gaps.append((index, lost))
            since = index
    return gaps


def _curve(time: Floats, rest: Floats) -> tuple[Floats, float]:
    """Smooth curve through what is left of the stamps, and its standard deviation."""
    span = float(time[-1] - time[0])
    knots = max(1, int(span / _KNOT_S))
    bins = np.minimum((time - time[0]) / max(span, 1e-12) * knots, knots - 1).astype(np.int64)
    count = np.bincount(bins, minlength=knots)
    full = count > 0
    mid = np.bincount(bins, time, knots)[full] / count[full]
    mean = np.bincount(bins, rest, knots)[full] / count[full]
    spread = np.sqrt(np.maximum(np.bincount(bins, rest**2, knots)[full] / count[full] - mean**2, 0.0))
    sigma = np.maximum(np.median(spread) / np.sqrt(count[full]), 1e-9)
    curve = smooth(mid, mean, sigma, _DRIFT_WALK)
    return curve.at(time), float(np.median(curve.sigma))
