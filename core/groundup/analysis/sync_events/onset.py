"""When a transient begins, to a fraction of a sample, whatever its shape.

The same tap is a step in one device, a ringing in another and a spike in a third, each seen through another filter. So
no shape is believed: the first samples tell where something that starts from nothing most likely began
(docs/decisions/tap-onset.md).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from groundup.analysis.sync_events.onset_models import LONGEST, PER_UNIT, onset_models
from groundup.model.signals import Floats

_BEFORE, _AFTER = 3, 2  # units that are looked at, beside as many as the rise takes, before and after its first sample
_UNITS_OF_RISE = 6  # a rise of more samples than this is looked at in larger units
_DENSE = (5, 4)  # samples before and from the first that left the noise that are all looked at
_STEP = 2  # how finely the onset is tried, in points of the tables
_HUGE = 1e12  # more than the square of any sample, in standard deviations
_LATEST = 0.75  # it began this many units after the first sample that left the noise at the latest: that may be noise
_ROUNDED = 0.006  # what no beginning explains of it, against the largest sample
_LEVEL, _DRIFT = 0.02, 0.01  # by how much the level before a tap may be off, and its slope in a unit
_DIRECTIONS, _CLEAR = 2, 8.0  # so many ways of moving are looked at, if they are so many times the noise
_NOISE_SD = 5.0  # a sample this far off has left the noise
_SLOW = 0.04  # nor is what stays below this share of its peak
_BASELINE_S, _BASELINE_LEAST = 0.05, 12
_SIZE_S, _SIZE_LEAST = 0.03, 6


@dataclass(frozen=True, eq=False)  # one is itself: what is known of it is kept
class Rise:
    """The first samples of a transient.

    Attributes
    ----------
    time : float
        Of the first sample that left the noise, in seconds.
    interval : float
        Between samples, in seconds.
    unit : float
        In what the rise is to be looked at, in seconds: the interval, or a sixth of the rise.
    since : ndarray, shape (N,)
        Times of samples around that one, in seconds since it; increasing.
    values : ndarray, shape (N, C)
        In standard deviations of the noise.
    """

    time: float
    interval: float
    unit: float
    since: Floats
    values: Floats

    @property
    def before(self) -> float:
        """Time of the last sample that was still at rest, in seconds."""
        return self.time + float(self.since[self.since < 0.0].max())


@dataclass(frozen=True)
class Onset:
    """When a transient begins, in seconds, with its standard deviation."""

    time: float
    sigma: float


def find_rise(time: Floats, samples: Floats, start: int, stop: int) -> Rise | None:
    """First samples of the transient that leaves the noise between two samples.

    Parameters
    ----------
    time : ndarray, shape (N,)
        Seconds, without a gap around the transient.
    samples : ndarray, shape (N, C)
        Channels of one sensor.
    start, stop : int
        It begins at or after `start`, and is under way before `stop`.

    Returns
    -------
    Rise or None
        None where there are too few samples before it to know the noise, or nothing leaves it.
    """
    interval = float(time[-1] - time[0]) / max(len(time) - 1, 1)
    count = max(_BASELINE_LEAST, round(_BASELINE_S / interval))
    long = max(_SIZE_LEAST, round(_SIZE_S / interval))
    first, last = start - count, min(stop + long, len(time))
    if first < 0 or last <= start + _AFTER or not np.isfinite(samples[first:last]).all():
        return None
    rest = _detrended(samples[first:last], count)
    size = np.linalg.norm(rest, axis=1)
    place = _leaves_noise(size, count, stop - first, _NOISE_SD + float(np.sqrt(samples.shape[1])))
    return None if place is None else rise_at(time[first:last], rest, place)


def rise_at(time: Floats, values: Floats, place: int) -> Rise:
    """The samples around one that is known to be the first to have left the noise.

    Parameters
    ----------
    time : ndarray, shape (N,)
    values : ndarray, shape (N, C)
        In standard deviations of the noise.
    place : int
        Index of that sample.
    """
    interval = float(time[-1] - time[0]) / (len(time) - 1)
    size = np.linalg.norm(values, axis=1)
    top = 0.5 * float(size[place:].max())
    peak = place
    while peak + 1 < len(size) and (size[peak + 1] > size[peak] or size[peak] < top):
        peak += 1
    every = math.ceil((peak - place + 1) / _UNITS_OF_RISE)
    units = (peak - place + 1) // every
    coarse = every * np.arange(-units - _BEFORE, units + _AFTER)
    index = place + np.union1d(coarse, np.arange(-min(_DENSE[0], -coarse[0]), min(_DENSE[1], coarse[-1] + 1)))
    index = index[(index >= 0) & (index < len(values))]
    return Rise(float(time[place]), interval, every * interval, time[index] - time[place], values[index])


@lru_cache(maxsize=256)
def find_onset(rise: Rise) -> Onset:
    """When a transient begins.

    It is a Gaussian process that starts from nothing at the onset, one of many. The onset is averaged over all of these
    and all times at which it may have begun, weighted by their likelihood.
    """
    place = np.round(rise.since / rise.unit * PER_UNIT).astype(int)
    points = np.arange(place[0], round(_LATEST * PER_UNIT) + 1, _STEP)
    since = np.clip(place - points[:, None], 0, LONGEST * PER_UNIT)
    ways = _ways(rise.values, place / PER_UNIT)
    fits = np.empty((len(onset_models()), len(points)))
    for row, beginning in zip(fits, onset_models(), strict=True):
        process = beginning.covariance(since)
        row[:] = beginning.chance + sum(_fit(process, beginning.strengths, *way) for way in ways)
    likely = np.exp(fits - fits.max()).sum(axis=0)
    likely /= likely.sum()
    shifts = points / PER_UNIT
    mean = float(likely @ shifts)
    # Shifts are tried in steps: what lies between two of them is not resolved.
    sigma = float(np.sqrt(likely @ (shifts - mean) ** 2 + (_STEP / PER_UNIT) ** 2 / 12.0))
    return Onset(rise.time + mean * rise.unit, sigma * rise.unit)


def _fit(process: Floats, strengths: Sequence[float], values: Floats, noise: Floats) -> Floats:
    """Log-likelihood of the values for each covariance (S, N, N), averaged over the strengths; shape (S,)."""
    parts = []
    # With the values as one more row, the last row of the root is the values with all that is expected taken off.
    covariance = np.empty((len(process), len(values) + 1, len(values) + 1))
    covariance[:, -1] = np.append(values, _HUGE)
    for strength in strengths:
        covariance[:, :-1, :-1] = process * strength**2 + noise
        root = np.linalg.cholesky(covariance)
        volume = np.log(np.diagonal(root, axis1=1, axis2=2)[:, :-1]).sum(axis=1)
        parts.append(-0.5 * (root[:, -1, :-1] ** 2).sum(axis=1) - volume)
    top = np.max(parts, axis=0)
    mean: Floats = top + np.log(np.mean(np.exp(parts - top), axis=0))
    return mean


def _ways(values: Floats, since: Floats) -> list[tuple[Floats, Floats]]:
    """The samples along each way in which the sensor moves, against the largest, and the covariance of their noise.

    The channels of one sensor feel the same few movements: taken one by one they would count these more than once.
    """
    _, _, across = np.linalg.svd(values, full_matrices=False)
    level = _LEVEL**2 + _DRIFT**2 * np.outer(since, since)
    ways: list[tuple[Floats, Floats]] = []
    for way in (values @ across[:_DIRECTIONS].T).T:
        size = float(np.abs(way).max())
        if not ways or size > _CLEAR:
            ways.append((way / size, level + np.eye(len(way)) * (size**-2.0 + _ROUNDED**2)))
    return ways


def _detrended(samples: Floats, count: int) -> Floats:
    """Samples in standard deviations of the noise before the transient, without the slow movement they ride on."""
    place = np.arange(len(samples)) - (count - 1) / 2.0
    before = samples[:count]
    slope = place[:count] @ before / (place[:count] @ place[:count])
    rest = samples - before.mean(axis=0) - place[:, None] * slope
    noise = np.sqrt((rest[:count] ** 2).sum(axis=0) / (count - 2))
    # A digital line has no noise at all: a thousandth of its step stands for it.
    floor = np.maximum(1e-3 * np.abs(rest[count:]).max(axis=0), np.finfo(float).tiny)
    whitened: Floats = rest / np.maximum(noise, floor)
    return whitened


def _leaves_noise(size: Floats, count: int, stop: int, noise: float) -> int | None:
    """First sample of the transient that is no noise."""
    top = float(size[count:stop].max())
    if top < 2.0 * noise:
        return None
    # A slow movement that turns just before is not where it begins.
    noise = max(noise, _SLOW * top)
    place = count + int(np.argmax(size[count:stop] > 0.25 * top))
    while place > _BEFORE and size[place - 1] > noise:
        place -= 1
    return place if _BEFORE < place <= len(size) - _AFTER else None
