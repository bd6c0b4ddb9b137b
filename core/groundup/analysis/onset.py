"""When a transient begins, to a fraction of a sample, whatever its shape.

The same tap is a step in one device, a ringing in another and a spike in a third, each seen through another filter. So
no shape is believed: the first samples tell where something that starts from nothing most likely began, and several
taps of one device, which all begin alike, tell it together (docs/decisions/onset-of-a-tap.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from groundup.analysis.signals import Floats

_BEFORE, _AFTER = 3, 2  # samples that are looked at, before and from the first that left the noise
_SHIFTS = np.arange(-8, 48) / 16.0  # where it may begin, in samples before that one
_STRENGTHS = (0.3, 1.0, 3.0, 10.0)  # how strong it may be, as multiples of the largest sample
_UNALIKE, _ROUNDED = 0.05, 0.01  # by how much one tap's beginning differs from the next's; what no model tells
_NOISE_SD = 5.0  # a sample this far off has left the noise
_SLOW = 0.04  # nor is what stays below this share of its peak
_BASELINE_S, _BASELINE_LEAST = 0.05, 12
_SIZE_S, _SIZE_LEAST = 0.03, 6


@dataclass(frozen=True)
class Rise:
    """The first samples of a transient.

    Attributes
    ----------
    time : float
        Of the first sample that left the noise, in seconds.
    interval : float
        Between samples, in seconds.
    values : ndarray, shape (5,)
        From three samples before that one on, in units of the transient's RMS over its first 30 ms.
    noise : float
        Standard deviation of the noise, in the same unit.
    """

    time: float
    interval: float
    values: Floats
    noise: float


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
        Channels of one sensor; they are taken together, along the direction in which the transient goes first.
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
    if place is None:
        return None
    way = place + int(np.argmax(size[place : place + _AFTER]))
    along = rest[place - _BEFORE : place + long] @ (rest[way] / size[way])
    unit = float(np.sqrt(np.mean(along[_BEFORE - 1 :] ** 2)))
    return Rise(float(time[first + place]), interval, along[: _BEFORE + _AFTER] / unit, 1.0 / unit)


def first_samples(time: Floats, values: Floats, place: int, noise: float) -> Rise | None:
    """The samples around one that is known to be the first to have left the noise; None at an end of the data."""
    first, last = place - _BEFORE, place + _AFTER
    if first < 0 or last > len(values) or not np.isfinite(values[first:last]).all():
        return None
    interval = float(time[-1] - time[0]) / (len(time) - 1)
    return Rise(float(time[place]), interval, values[first:last], noise)


def find_onset(rises: Sequence[Rise], zeros: Sequence[float] = (0.0,)) -> Onset:
    """When transients of one device begin, all equally long after their zeros.

    Each is a Gaussian process that starts from nothing at the onset: a random walk (it begins with a jump, as a step or
    a spike does) or an integrated one (it begins gently, as behind an anti-alias filter), of any strength, and nearly
    the same one each time. The onset is averaged over all of these and all shifts, weighted by their likelihood.

    Parameters
    ----------
    rises : sequence of Rise
    zeros : sequence of float
        A time for each; for the onset of one transient, just 0.
    """
    interval = rises[0].interval
    seen = [(rise.time - zero) / interval for rise, zero in zip(rises, zeros, strict=True)]
    shifts = min(seen) - _SHIFTS
    place = (np.array(seen)[:, None] + np.arange(-_BEFORE, _AFTER)).ravel()
    values = np.concatenate([rise.values for rise in rises])
    same = np.repeat(np.arange(len(rises)), _BEFORE + _AFTER)
    top = float(np.abs(values).max())
    noise = np.repeat([rise.noise**2 + (_ROUNDED * top) ** 2 for rise in rises], _BEFORE + _AFTER)
    alike = 1.0 + _UNALIKE**2 * (same[:, None] == same)
    fits = []
    for walk in _walks(np.maximum(place - shifts[:, None], 0.0)):
        for strength in _STRENGTHS:
            covariance = walk * alike * (strength * top) ** 2 + np.diag(noise)
            _, volume = np.linalg.slogdet(covariance)
            solved = np.linalg.solve(covariance, np.broadcast_to(values[:, None], (len(shifts), len(values), 1)))
            fits.append(-0.5 * (volume + solved[..., 0] @ values))
    likely = np.exp(np.array(fits) - np.max(fits)).sum(axis=0)
    likely /= likely.sum()
    mean = float(likely @ shifts)
    # Shifts are tried in steps: what lies between two of them is not resolved.
    sigma = float(np.sqrt(likely @ (shifts - mean) ** 2 + float(_SHIFTS[1] - _SHIFTS[0]) ** 2 / 12.0))
    return Onset(mean * interval, sigma * interval)


def _walks(since: Floats) -> tuple[Floats, Floats]:
    """Covariance of a Wiener process and of its integral (Rasmussen & Williams 2006, 6.3), shape (shifts, n, n).

    Each has unit variance one and a half samples after it began.
    """
    early = np.minimum(since[:, :, None], since[:, None, :])
    late = np.maximum(since[:, :, None], since[:, None, :])
    return early / 1.5, early**2 * (3.0 * late - early) / (2.0 * 1.5**3)


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
