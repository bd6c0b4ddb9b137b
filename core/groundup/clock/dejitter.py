"""Sampling times without jitter, by a model that knows gaps: a lost packet never bends time.

The samples are numbered first, lost ones counted in (`numbering`); then a smooth curve of stamp against number is
fitted, because a device samples evenly and its crystal drifts slowly. Where the sampling began anew, so does the curve.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from groundup.clock.crystal_limits import excess_curvature
from groundup.clock.delay_model import few
from groundup.clock.envelope import earliest
from groundup.clock.sample_counting import Elapsed, count_samples
from groundup.clock.sampling_rate import IrregularTimestampsError
from groundup.clock.short_streams import FEWEST, count_short, interval_of, is_short, line
from groundup.clock.smoother import Curve, Floats, smooth
from groundup.clock.stamps import PIECE, Stamps
from groundup_ext import _median

__all__ = ["Dejittered", "IrregularTimestampsError", "Stretch", "dejitter"]

_KNOT_S = 1.0
_KNOT_SAMPLES = 8
_MOST_KNOTS = 300
_SPREAD_SAMPLES = 2048  # of a knot, so many tell how much its samples scatter
_CLIP = 5.0  # a sample earlier than the middle by so many spreads counts as this early
_LATE_CLIP = 1.0  # and one later: the late ones scatter most and say least
_LATE_FLOOR_S = 2e-3
_FAR = 8.0
_SIGMA_FLOOR = 1e-9
_STRAIGHT = 2.0  # a crystal against the clock beside it: both warm up together
_LOOK_KNOTS = 3
_AS_STATED = 3e-3  # a rate that differs by less may be the stated one ...
_LATE_ENOUGH = 4.0  # ... or one by which the whole is longer by so many times what stamps are late


@dataclass(frozen=True)
class Stretch:
    """Samples that one curve goes through.

    Attributes
    ----------
    start, stop : int
        Sample numbers.
    base : float
        Stamp minus elapsed time where it begins, in s.
    curve : Curve
        What to add to that, over elapsed time.
    uncertainty : float
        How far any sample may be off besides, in s: samples that are too few to tell, by as far as they lie apart.
    """

    start: int
    stop: int
    base: float
    curve: Curve
    uncertainty: float = 0.0

    def at(self, elapsed: Floats) -> Floats:
        """Time on the clock of the stamps."""
        return np.asarray(self.base + elapsed + self.curve.at(elapsed))


@dataclass(frozen=True)
class Dejittered:
    """Time stamps without jitter.

    Attributes
    ----------
    elapsed : Elapsed
        Seconds of even sampling, the lost samples counted in.
    stretches : tuple of Stretch
        Together all samples, in order.
    jitter : float
        Standard deviation of what was taken off, in seconds; what is later than most counts as just later.
    off : float
        95 % of the stamps lie no further off the times that they were given, in seconds.
    early : float
        So much earlier than these times the earliest stamps are, in seconds: then all may be late by that.
    interval : float
        Mean sampling interval in seconds.
    intervals : tuple of (int, float)
        Interval in s and the sample from which on it holds: more than one where the rate changed.
    gaps : ndarray of int, shape (L, 2)
        Index of the first sample after each gap, and how many were lost there.
    hidden_losses : bool
        Whether lateness that lasts would hide losses of some samples.
    few : float
        How far samples may be off that are too few to tell, in s, where most are of such a stretch; else 0.
    bent : (float, float)
        How far stamps bend, or step, as no crystal makes them, and how far at all, in s.
    """

    elapsed: Elapsed
    stretches: tuple[Stretch, ...]
    jitter: float
    off: float
    early: float
    interval: float
    intervals: tuple[tuple[int, float], ...]
    gaps: NDArray[np.int64]
    hidden_losses: bool = False
    few: float = 0.0
    bent: tuple[float, float] = (0.0, 0.0)

    @property
    def longest(self) -> Stretch:
        """The stretch of most samples."""
        return max(self.stretches, key=lambda stretch: stretch.stop - stretch.start)


def dejitter(
    stamps: Stamps,
    rate: float,
    seed: int = 0,
    returns: Sequence[int] = (),
    *,
    lossless: bool = False,
    late: bool = True,
) -> Dejittered:
    """Take the jitter off the time stamps of a regular stream.

    Parameters
    ----------
    stamps : Stamps, shape (N,)
        N >= 2, finite, on a clock that does not step.
    rate : float
        Nominal rate in Hz; not believed where the stamps say otherwise.
    seed : int
        Of the draws from what is not known.
    returns : sequence of int
        Samples at which a device came back, perhaps another one: its crystal need not go on as before.
    lossless : bool
        Whether nothing is taken for lost.
    late : bool
        Whether stamps may be late; where none can (they were corrected before), a bend is never taken for lateness.

    Raises
    ------
    IrregularTimestampsError
        If the stamps are not those of a regular stream.
    """
    few = not lossless and is_short(stamps, rate)
    numbered = count_short(stamps, rate) if few else count_samples(stamps, rate, lossless=lossless)
    elapsed, first = numbered.elapsed, numbered.intervals[0][1]
    edges = sorted({0, *numbered.restarts, *returns, len(stamps)})
    stretches: list[Stretch] = []
    spreads: list[tuple[int, float, float, float]] = []
    runs: list[list[tuple[float, Curve]]] = []
    for a, b in pairwise(edges):
        whole = [(a, b, None)] if few else _unbroken(stamps, elapsed, a, b, first, late)
        runs.append([])
        for start, stop, knots in whole:
            interval = elapsed.interval_at(start)
            if knots is None or stop - start <= FEWEST:
                stretch, spread_of = _few(stamps, elapsed, start, stop, rate if few else 1.0 / interval, seed)
            else:
                stretch, spread_of = _many(knots, start, stop, rate * interval, late, seed)
                runs[-1].append((stretch.base, stretch.curve))
            stretches.append(stretch)
            spreads.append((stop - start, *spread_of))
    count, spread, off, early = np.array(spreads).T
    jitter = float(np.sqrt(np.average(spread**2, weights=count)))
    counted = _counted(numbered.intervals, len(stamps))
    furthest, earliest = (float(np.average(each, weights=count)) for each in (off, early))
    return Dejittered(
        elapsed, tuple(stretches), jitter, furthest, earliest, counted,
        numbered.intervals, numbered.gaps, numbered.hidden_losses,
        max(stretches, key=lambda stretch: stretch.stop - stretch.start).uncertainty, excess_curvature(runs),
    )  # fmt: skip


_Spread = tuple[float, float, float]
"""Spread of the stamps about their line, and how far most lie off it, and the earliest before it, in s."""


def _few(stamps: Stamps, elapsed: Elapsed, a: int, b: int, rate: float, seed: int) -> tuple[Stretch, _Spread]:
    """An even line through samples that are too few for a curve."""
    some, time = stamps[a:b], elapsed.between(a, b)
    base = float(some[0] - time[0])
    rest = some - time - base
    curve = line(time, rest, seed + a)
    off = rest - curve.value[0]
    uncertainty = max(interval_of(some, rate)[1], float(np.ptp(rest)))
    spread_of = float(off.std()), float(np.abs(off).max()), max(0.0, -float(off.min()))
    return Stretch(a, b, base, curve, uncertainty), spread_of


def _many(knots: "_Knots", a: int, b: int, slower: float, late: bool, seed: int) -> tuple[Stretch, _Spread]:
    """A curve through samples that the stated rate makes `slower` times as long as it says."""
    # Where lateness lasts, a short stretch tells its rate less well than the device does.
    apart = abs(slower - 1.0) * float(knots.time[-1] - knots.time[0])
    slope = 1.0 / slower - 1.0 if abs(slower - 1.0) < _AS_STATED or apart < _LATE_ENOUGH * knots.off else None
    curve = smooth(
        knots.time, knots.rest, knots.sigma, slope=slope, straight=_STRAIGHT, lasting=late, outliers=late, seed=seed + a
    )
    # A curve that is stiff keeps away from stamps that wander.
    away = np.abs(knots.rest - curve.at(knots.time))
    off = knots.off + float(np.percentile(away, 95))
    return Stretch(a, b, knots.base, curve), (knots.spread, off, earliest(curve.at(knots.every) - knots.lowest))


def _counted(intervals: tuple[tuple[int, float], ...], count: int) -> float:
    edges = [*(index for index, _ in intervals), count]
    return float(np.average([interval for _, interval in intervals], weights=np.diff(edges)))


@dataclass(frozen=True)
class _Knots:
    """The stamps of a stretch, many samples at a time; of every knot its middle and earliest stamp."""

    time: Floats
    rest: Floats
    sigma: Floats
    spread: float
    off: float
    every: Floats
    lowest: Floats
    base: float
    first: NDArray[np.int64]


def _unbroken(
    stamps: Stamps, elapsed: Elapsed, a: int, b: int, interval: float, late: bool
) -> list[tuple[int, int, _Knots]]:
    """Stretches between `a` and `b` in which the stamps never step away for good, each with its knots."""
    knots = _knots(stamps, elapsed, a, b)
    if late:
        knots = _take(knots, ~_held_up(knots))
    step = _step(knots, interval)
    if step < 0:
        return [(a, b, knots)]
    # Between the knots before and after, the sample where the stamps go off.
    lo, hi = int(knots.first[step - 1]), int(knots.first[step + 1]) if step + 1 < len(knots.first) else b
    moved = np.abs(np.diff(stamps[lo:hi] - elapsed.between(lo, hi)))
    at = lo + 1 + int(np.argmax(moved))
    if at - a < 2 or b - at < 2:
        return [(a, b, knots)]
    return _unbroken(stamps, elapsed, a, at, interval, late) + _unbroken(stamps, elapsed, at, b, interval, late)


def _knots(stamps: Stamps, elapsed: Elapsed, a: int, b: int) -> _Knots:
    count = b - a
    begin = elapsed.at(a)
    base, span = stamps.at(a) - begin, elapsed.at(b - 1) - begin
    mean_interval = max(span, 1e-9) / max(count - 1, 1)
    size = max(_KNOT_SAMPLES, round(_KNOT_S / mean_interval), -(-count // _MOST_KNOTS))
    size = min(size, max(_KNOT_SAMPLES, count // 12), count)
    full = count // size
    first = a + size * np.arange(full)
    at_once = max(1, PIECE // size)
    groups = [(i, min(i + at_once, full)) for i in range(0, full, at_once)]

    def blocks(i: int, j: int) -> tuple[Floats, Floats]:
        start, stop = a + i * size, a + j * size
        time = elapsed.between(start, stop)
        return time.reshape(-1, size), (stamps[start:stop] - time - base).reshape(-1, size)

    middle, value, mid, lowest = (np.empty(full) for _ in range(4))
    some = []
    for i, j in groups:
        _, rest = blocks(i, j)
        middle[i:j] = _median.medians(rest)
        lowest[i:j] = rest.min(axis=1)
        every = slice(-i % max(1, full // 64), None, max(1, full // 64))
        some.append((rest[every] - middle[i:j][every, None])[:, :: max(1, size // _SPREAD_SAMPLES)].ravel())
    apart = np.abs(np.concatenate(some))
    spread, furthest = 1.48 * _median.median(apart), float(np.percentile(few(apart), 95))
    total = squares = 0.0
    for i, j in groups:
        time, rest = blocks(i, j)
        centre = middle[i:j, None]
        rest = np.clip(rest, centre - _CLIP * spread, centre + _LATE_CLIP * spread)
        value[i:j], mid[i:j] = rest.mean(axis=1), time.mean(axis=1)
        rest -= centre
        total, squares = total + float(rest.sum()), squares + float(np.square(rest).sum())
    if full * size < count:  # what is left over joins the last knot
        time = elapsed.between(a + (full - 1) * size, b)
        value[-1], mid[-1] = _median.median(stamps[a + (full - 1) * size : b] - time - base), float(time.mean())
    increasing = np.append(True, np.diff(mid) > 0.0)
    sigma = np.full(full, max(_noise(value, spread, size), _SIGMA_FLOOR))
    off = float(np.sqrt(max(squares / (full * size) - (total / (full * size)) ** 2, 0.0)))
    return _take(_Knots(mid, value, sigma, off, furthest, mid, lowest, base, first), increasing)


def _noise(value: Floats, spread: float, size: int) -> float:
    """Noise of a knot: as they scatter, because the samples of a packet are late together."""
    alone = float(spread / np.sqrt(size))
    if len(value) < 8:
        return alone
    bends = value[2:] - 2.0 * value[1:-1] + value[:-2]
    return max(alone, float(1.48 / np.sqrt(6.0) * np.median(np.abs(bends))))


def _take(knots: _Knots, which: NDArray[np.bool_]) -> _Knots:
    k = knots
    return replace(k, time=k.time[which], rest=k.rest[which], sigma=k.sigma[which], first=k.first[which])


def _held_up(knots: _Knots) -> NDArray[np.bool_]:
    """Knots of samples that were held up together: later than what came before and what comes after."""
    rest = knots.rest
    if len(rest) < 2 * _LOOK_KNOTS:
        return np.zeros(len(rest), bool)
    limit = max(_LATE_FLOOR_S, _FAR * _median.median(knots.sigma))
    return np.asarray(rest - np.maximum(_recent(rest), _recent(rest[::-1])[::-1]) > limit)


def _recent(rest: Floats) -> Floats:
    """Lowest of the knots so far, but of the last thirty only: a clock may drift away from long ago."""
    padded = np.concatenate([np.full(29, np.inf), rest])
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 30).min(axis=1))


def _step(knots: _Knots, interval: float) -> int:
    """Knot at which the stamps step away for good, or -1."""
    rest, look = knots.rest, _LOOK_KNOTS
    if len(rest) < 2 * look:
        return -1
    parts = np.median(np.lib.stride_tricks.sliding_window_view(rest, look), axis=1)
    jump = np.abs(parts[look:] - parts[:-look])
    usual = _median.median(jump)
    limit = max(0.5 * interval, _LATE_FLOOR_S, _FAR * max(usual, _median.median(knots.sigma)))
    if len(jump) == 0 or jump.max() <= limit:
        return -1
    around = int(np.argmax(jump))
    near = np.abs(np.diff(rest[around : around + 2 * look]))
    return around + 1 + int(np.argmax(near))
