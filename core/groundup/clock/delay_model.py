"""How late stamps are, as `losses` needs it: assumed before anything is known, then learnt from what was left."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from groundup.clock.smoother import Floats, smooth
from groundup_ext import _median

_FINEST = 0.02  # of an interval; less lateness makes no difference to a count
_FINEST_S = 1e-6
_KNOT_S = 2.0
_KNOT_PACKETS = 8
_MOST_KNOTS = 600
_FEWEST = 50  # to tell how alike neighbours are, and how far that is looked for
_ALIKE = 0.08
_SOME = 20_000  # packets in a row that are enough to see a rhythm
_ENOUGH = 2500  # that are enough to take a median
_EVENLY = np.arange(_ENOUGH) * 0.6180339887498949 % 1.0  # multiples of the golden section, less whole numbers
_EARLY, _LATE = 1e-6, 1e-4  # how often anything at all happens
_T = TypeVar("_T", bound=np.generic)


@dataclass(frozen=True)
class Lateness:
    """Logarithm of the likelihood of a lateness, in bins of `width` seconds from `lowest` on."""

    log: Floats
    lowest: float
    width: float


def few(values: NDArray[_T]) -> NDArray[_T]:
    """As many of them as tell a median, spread evenly but with no rhythm."""
    if len(values) <= _ENOUGH:
        return values
    return values[(_EVENLY * len(values)).astype(np.int64)]


def assumed(noise: float) -> Lateness:
    """Stamps are often a bit late and sometimes much, but hardly ever early."""
    late = (np.arange(-400, 1200) + 0.5) / 20.0
    log = np.where(late < 0.0, np.maximum(-(late**2) / 2.0, -15.0), np.maximum(-0.8 * late, -9.0))
    return Lateness(log, -20.0 * noise, noise / 20.0)


def learnt(late: Floats, interval: float, noise: float, independent: float = 1.0) -> Lateness:
    """As these were; where one is late because the last was, each counts for less than one."""
    some = few(late)
    middle = _median.median(some)
    spread = max(1.48 * _median.median(np.abs(some - middle)), 0.5 * noise)
    lowest, highest = -12.0 * spread, max(30.0 * spread, 3.0 * interval)
    width = max(min(spread / 6.0, interval / 8.0), (highest - lowest) / 4000.0)
    count = int((highest - lowest) / width)
    # Each counts for the two bins it lies between, so that nothing jumps when a stamp moves by a rounding error.
    between = np.clip((late - lowest) / width - 0.5, 0.0, count - 1.001)
    low = between.astype(np.int64)
    above = np.bincount(low, between - low, count)
    share = (np.bincount(low, minlength=count) - above + np.append(0.0, above[:-1])) / len(late)
    blur = np.exp(-0.5 * (np.arange(-12, 13) * width / (spread / 4.0)) ** 2)
    blurred = np.convolve(share, blur / blur.sum(), "same")
    place = (np.arange(count) + 0.5) * width + lowest
    usual = 0.4 / spread * np.exp(-0.5 * (place / spread / 1.5) ** 2)
    rare = np.where(place < 0.0, _EARLY, _LATE) / spread
    log = np.log(0.98 * blurred / width + 0.02 * usual + rare)
    return Lateness(log.max() + (log - log.max()) * independent, lowest, width)


def independence(late: Floats) -> float:
    """As how many independent ones each of these counts: one over the sum of their autocorrelation."""
    late = late[:_SOME]
    if len(late) < _FEWEST:
        return 1.0
    middle = _median.median(late)
    limit = 4.0 * _median.median(np.abs(late - middle))
    off = np.clip(late - middle, -limit, limit)
    off -= off.mean()
    power = float(np.square(off).sum())
    total = 1.0
    for lag in range(1, min(_FEWEST, len(off) // 4)):
        # Not a product of BLAS, whose threads wait for each other where others want the cores too.
        alike = float(np.sum(off[lag:] * off[:-lag])) / power if power > 0.0 else 0.0
        if alike < _ALIKE:
            break
        total += 2.0 * alike
    return 1.0 / total


def noise_of(change: Floats, weight: NDArray[np.int64], interval: float, resolution: float) -> float:
    """Spread of lateness by how it changes from one packet to the next, where losses are rarer than packets."""
    least = max(_FINEST * interval, _FINEST_S)
    if resolution > 0.0 and not (_whole(interval / resolution) or _whole(resolution / interval)):
        least = max(least, resolution / np.sqrt(12.0))
    # Of stamps that are hardly late, those behind a loss differ by whole intervals.
    folded = _spread(change - interval * np.round(change / interval), weight)
    return max(_spread(change, weight) if folded > 0.12 * interval else folded, least)


def _whole(times: float) -> bool:
    return round(times) > 0 and abs(times - round(times)) < 1e-3


def _spread(change: Floats, weight: NDArray[np.int64]) -> float:
    middle = _weighted_median(change, weight)
    return 1.48 / float(np.sqrt(2.0)) * _weighted_median(np.abs(change - middle), weight)


def _weighted_median(values: Floats, weight: NDArray[np.int64]) -> float:
    if len(values) == 0:
        return 0.0
    if bool(np.all(weight == weight[0])):
        return _median.median(values)
    order = np.argsort(values)
    half = np.cumsum(weight[order])
    return float(values[order[int(np.searchsorted(half, half[-1] / 2.0))]])


def resolution(stamps: Floats, last: NDArray[np.int64]) -> float:
    """The step in which stamps are counted, in s, where it is coarse enough to show; else 0.

    Of packets, and the last sample of each: those of one size whose stamps are mostly one step apart are exact.
    """
    apart, sizes = np.diff(stamps[:_SOME]), np.diff(last[:_SOME])
    forwards = apart[apart > 1e-9]
    if len(forwards) == 0:
        return 0.0
    step = float(forwards.min())
    times = apart / step
    whole = np.abs(times - np.round(times)) < 1e-3 * np.sqrt(np.maximum(np.abs(times), 1.0))
    usual = _median.median(sizes.astype(np.float64))
    alike = float(np.mean(sizes == usual)) > 0.9 and float(np.mean(np.round(times) == 1.0)) > 0.65
    return 0.0 if alike or float(np.mean(whole)) < 0.999 else step


def trend(time: Floats, level: Floats, noise: float) -> Floats:
    """A smooth curve through the middle of the level: where stamps lie usually."""
    size = max(1, int(np.searchsorted(time - time[0], _KNOT_S)), _KNOT_PACKETS, len(time) // _MOST_KNOTS)
    full = len(time) // size
    if full < 4:
        return _line(time - time[0], level)
    knots = time[: full * size].reshape(full, size).mean(axis=1)
    value = _median.medians(level[: full * size].reshape(full, size))
    later = np.append(True, np.diff(knots) > 0.0)
    knots, value = knots[later], value[later]
    bends = np.abs(value[2:] - 2.0 * value[1:-1] + value[:-2])
    sigma = max(1.48 / np.sqrt(6.0) * _median.median(bends) if len(bends) else 0.0, noise / np.sqrt(size), 1e-8)
    curve = smooth(knots, value, np.full(len(knots), sigma), straight=5.0, draws=False)
    knots = np.concatenate([time[:1], knots[1:-1], time[-1:]])  # it hardly bends between two of them
    return np.interp(time, knots, curve.at(knots))


def _line(time: Floats, level: Floats) -> Floats:
    """A straight line through most of the points."""
    weight = np.ones(len(time))
    line = level
    for _ in range(4):
        total = float(weight.sum())
        at, value = float((weight * time).sum()) / total, float((weight * level).sum()) / total
        far = weight * (time - at)
        spread = float((far * (time - at)).sum())
        slope = float((far * (level - value)).sum()) / spread if spread > 0.0 else 0.0
        line = value + slope * (time - at)
        off = np.abs(level - line)
        limit = 3.0 * (1.48 * _median.median(off) + 1e-9)
        weight = np.minimum(1.0, np.square(limit / np.maximum(off, 1e-12)))
    return np.asarray(line)
