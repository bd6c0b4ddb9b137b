"""What a driver's stamps are off by, seen from the end: a smooth curve under the arrivals, before and after.

A driver stamps its samples by what it knows by then, and hands over what it knows it from: ticks (numbers of samples,
or readings of the device's clock) and when they arrived (`groundup.model.source.TICK`). A crystal drifts slowly and
nothing arrives before its time; so the sampling time of a tick is a smooth curve that lies under the arrivals on both
sides of it. Between the rows, stamps are straight in the tick, so the tick of any stamp is known, and with it its time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from groundup.clock.envelope import Step, earliest, level, step
from groundup.clock.smoother import DRAWS, Curve, Floats, smooth
from groundup.clock.stamps import Readable, Stamps

FEWEST = 12
"""Pairs of tick and arrival that tell anything."""
_SPAN_S = 2.0  # over less, the driver's own line is as good
_MOST_LATE_S = 10.0  # half of the packets are later than their stamps by this or more: no such driver
_SLOPE = 0.1  # by which stamps may run faster or slower than the arrivals
_SLEW = 5e-3  # by which a driver's stamps may run off where no row tells
_SLEWED_S = 2e-3  # ... until they are off by so much
_MOST_LINES = 10_000
_LOOKED_AT, _COVERED, _NEAR_S = 200, 0.5, 1.0
_DENSE_S = 0.5  # rows further apart may have lost some between them
_GRID_S = 0.25
_MOST_STEPS, _STEPS_APART_S = 200, 30.0
_SIDES = (8, 5, 3)  # stretches on each side of a step
_WHOLE = 0.2  # of an interval: a step that is nearer to whole ones is a loss
_JUST_S = 1e-7


@dataclass(frozen=True)
class _Line:
    """One line of a driver: from where its counter began, or jumped, to the next.

    Attributes
    ----------
    stamp, tick : ndarray, shape (K,)
        Where the stamps bend; the ticks in s of their usual rate, from 0 on.
    time : float
        What the curve is added to, with the tick.
    curve : Curve or None
        None where the pairs are too few: then stamps are as good as anything.
    uncertainty : float
        Standard deviation in s where there is no curve.
    pairs : int
        Of tick and arrival.
    early : float
        So much earlier than its times the earliest packets were there, in s: then all may be late by that.
    moved : tuple of (float, float)
        Ticks from which on packets take another way, and how well it is known by how much longer, in s.
    """

    stamp: Floats
    tick: Floats
    time: float
    curve: Curve | None
    uncertainty: float
    pairs: int
    early: float = 0.0
    moved: tuple[tuple[float, float], ...] = ()

    @cached_property
    def off(self) -> tuple[Floats, Floats]:
        """Points between which the correction is straight in the stamp, and the correction there."""
        if self.curve is None:
            return self.stamp, np.zeros(len(self.stamp))
        even = np.arange(self.tick[0], self.tick[-1], _GRID_S)
        tick = np.union1d(self.tick, even)
        stamp = np.interp(tick, self.tick, self.stamp)
        return stamp, self.time + tick + self.curve.at(tick) - stamp

    def errors_at(self, stamp: Floats, random: np.random.Generator) -> Floats:
        """Draws of what corrected stamps may be off by."""
        if self.curve is None:
            return self.uncertainty * random.standard_normal((DRAWS, 1)) * np.ones(len(stamp))
        tick = _extended(stamp, self.stamp, self.tick)
        errors = self.curve.errors_at(tick)
        for begin, uncertainty in self.moved:
            errors = errors + uncertainty * random.standard_normal((DRAWS, 1)) * (tick >= begin)
        return np.asarray(errors + random.uniform(-1.0, 1.0, (DRAWS, 1)) * self._unknown_between(stamp))

    def _unknown_between(self, stamp: Floats) -> Floats:
        """How far stamps may be off the line between the rows beside them, in s."""
        after = np.clip(np.searchsorted(self.stamp, stamp), 1, len(self.stamp) - 1)
        before, behind = stamp - self.stamp[after - 1], self.stamp[after] - stamp
        outside = np.maximum(-before, -behind)
        apart = np.where(outside > 0.0, outside, np.minimum(before, behind))
        unknown = (outside > _DENSE_S) | (before + behind > _DENSE_S)
        return np.where(unknown, np.minimum(_SLEW * np.abs(apart), _SLEWED_S), 0.0)


@dataclass(frozen=True)
class StampCorrection:
    """What to add to the stamps of a driver.

    Attributes
    ----------
    begin : ndarray, shape (L,)
        Stamp from which each line holds.
    pairs : int
        Of tick and arrival, all together.
    """

    begin: Floats
    lines: tuple[_Line, ...]
    pairs: int

    def corrected(self, stamps: Floats) -> Floats:
        """Sampling times of samples that the driver stamped so, on the clock of the stamps."""
        time = np.array(stamps, np.float64)
        which = np.maximum(np.searchsorted(self.begin, time, "right") - 1, 0)
        for index, line in enumerate(self.lines):
            mine = which == index
            if mine.any():
                along, off = line.off
                time[mine] += _extended(time[mine], along, off, level=True)
        return time

    def of(self, stamps: Readable) -> "CorrectedStamps":
        """The same of stamps that are read in pieces."""
        return CorrectedStamps(stamps, self)

    def errors_at(self, time: Floats, seed: int) -> Floats:
        """Draws of what `corrected` may be off by at corrected times, shape (DRAWS, n)."""
        errors = np.zeros((DRAWS, len(time)))
        begins = self.corrected(self.begin)
        which = np.maximum(np.searchsorted(begins, time, "right") - 1, 0)
        for index, line in enumerate(self.lines):
            mine = which == index
            if mine.any():
                along, off = line.off
                stamp = time[mine] - _extended(time[mine], along + off, off, level=True)
                errors[:, mine] = line.errors_at(stamp, np.random.default_rng(seed + index))
        return errors

    def covers(self, stamps: Stamps) -> float:
        """Share of some stamps, spread over all, that these lines are about."""
        places = np.unique(np.linspace(0, max(len(stamps) - 1, 0), _LOOKED_AT).astype(np.int64)).tolist()
        some = np.array([stamps.at(place) for place in places]) if len(stamps) else np.empty(0)
        first, last = self.begin[0], max(float(line.stamp[-1]) for line in self.lines)
        return float(np.mean((some > first - _NEAR_S) & (some < last + _NEAR_S))) if len(some) else 0.0

    def most_off(self) -> float:
        """By how much the stamps were off at most, their middle taken off, in s."""
        off = np.concatenate([line.off[1] for line in self.lines])
        return float(np.abs(off - np.median(off)).max())

    def early(self) -> float:
        """By how much all times may be late alike, as far as the earliest packets show, in s."""
        return max(line.early for line in self.lines)


@dataclass(frozen=True)
class CorrectedStamps:
    """Stamps with hindsight, in pieces: `groundup.clock.stamps.Readable`."""

    stamps: Readable
    hindsight: StampCorrection

    def __len__(self) -> int:
        return len(self.stamps)

    def __getitem__(self, part: slice, /) -> Floats:
        return self.hindsight.corrected(np.asarray(self.stamps[part]))


def stamp_correction(ticks: NDArray[np.void], stamps: Stamps, seed: int = 0) -> StampCorrection | None:
    """Look back at what a driver knew; None where that makes no sense, or tells nothing.

    Parameters
    ----------
    ticks : structured ndarray of `groundup.model.source.TICK`
        In any order, also more than once: what a network brings.
    stamps : Stamps
        Of the samples, as sent.
    seed : int
        Of the draws from what is not known.
    """
    complete = ticks[np.isfinite(ticks["began"]) & np.isfinite(ticks["tick"]) & np.isfinite(ticks["stamp"])]
    began, count = np.unique(complete["began"], return_counts=True)
    if len(began) == 0 or len(began) > _MOST_LINES:
        return None
    order = np.argsort(complete["began"], kind="stable")
    parts = np.split(complete[order], np.cumsum(count)[:-1])
    lines = sorted((_line(part, seed + index) for index, part in enumerate(parts)), key=lambda x: float(x.stamp[0]))
    begin = np.array([line.stamp[0] for line in lines])
    found = StampCorrection(begin, tuple(lines), sum(line.pairs for line in lines))
    fits = any(line.curve is not None for line in lines) and found.covers(stamps) > _COVERED
    return found if fits else None


def _line(rows: NDArray[np.void], seed: int) -> _Line:
    """One line of a driver; as it was stamped, if its rows tell too little or what cannot be."""
    rows = rows[np.unique(rows["tick"], return_index=True)[1]]
    forwards = rows["stamp"] > np.maximum.accumulate(np.append(-np.inf, rows["stamp"][:-1]))
    straight, rows = bool(forwards.all()), rows[forwards]
    stamp = rows["stamp"].astype(np.float64)
    pairs = rows[np.isfinite(rows["arrival"])]
    late = pairs["arrival"] - pairs["stamp"]
    uncertainty = max(_SLEWED_S, float(np.abs(late).max()) if not straight and len(late) else 0.0)
    as_sent = _Line(stamp, stamp - stamp[0], 0.0, None, uncertainty, len(pairs))
    if not straight or len(pairs) < FEWEST or float(pairs["stamp"][-1] - pairs["stamp"][0]) < _SPAN_S:
        return as_sent
    half = len(pairs) // 2
    period = float(np.median(_ratio(pairs["arrival"], pairs["tick"], half)))
    sent = float(np.median(_ratio(pairs["stamp"], pairs["tick"], half)))
    if abs(float(np.median(late))) > _MOST_LATE_S or not period > 0.0 or abs(sent / period - 1.0) > _SLOPE:
        return as_sent
    base, counted = float(pairs["arrival"][0]), bool(np.all(rows["counted"] != 0.0))
    even = _even((pairs["tick"] - rows["tick"][0]) * period, pairs["arrival"] - base, None if counted else period)
    if len(even.lost) + len(even.moved) > 1 + (even.time[-1] - even.time[0]) / _STEPS_APART_S:
        return as_sent  # so many are not told one from the other
    found = level(even.time, even.arrival)
    if not counted and float(found.sigma[0]) > _WHOLE * period:
        return as_sent
    curve = smooth(found.time, found.value, found.sigma, outliers=False, seed=seed)
    early = earliest(even.time + curve.at(even.time) - even.arrival)
    at = (rows["tick"] - rows["tick"][0]) * period
    for place, lost in even.lost:
        stamp, at = _cut(stamp, at, float(pairs["stamp"][place - 1]), lost)
    return _Line(stamp, at, base, curve, 0.0, len(pairs), early, tuple(even.moved))


@dataclass
class _Even:
    """Pairs as if nothing had been lost uncounted, and no way had become longer.

    Attributes
    ----------
    time, arrival : ndarray, shape (N,)
    lost : list of (int, float)
        First pair after each loss, and how much time it took.
    moved : list of (float, float)
        Time from which on arrivals are later or earlier for good, and how well it is known by how much, in s.
    """

    time: Floats
    arrival: Floats
    lost: list[tuple[int, float]] = field(default_factory=list)
    moved: list[tuple[float, float]] = field(default_factory=list)


def _even(time: Floats, arrival: Floats, interval: float | None) -> _Even:
    """Take the steps out of the arrivals: losses where only what comes is counted, else another way of the packets."""
    even = _Even(time.copy(), arrival.copy())
    for _ in range(_MOST_STEPS):
        found = step(even.time, even.arrival, _SIDES[0])
        if found is None:
            break
        # Two losses close to each other show only to a closer look.
        looks = (step(even.time, even.arrival, side) for side in _sides(found, interval))
        whole = next((one for one in looks if one is not None and interval and _is_whole(one, interval)), None)
        if whole is not None and interval:
            lost = round(whole.size / interval) * interval
            even.time[whole.place :] += lost
            even.lost.append((whole.place, lost))
            continue
        # Who was later is not known: a way may have become longer, or what was held up is so no more.
        even.arrival[found.place :] -= found.size
        uncertainty = found.sd if interval is None else max(found.sd, abs(found.size) / 2.0)
        even.moved.append((float(even.time[found.place]), uncertainty))
    return even


def _sides(found: Step, interval: float | None) -> Sequence[int]:
    if interval is None:
        return ()
    return _SIDES if round(found.size / interval) == 1 and _is_whole(found, interval) else _SIDES[::-1]


def _is_whole(found: Step, interval: float) -> bool:
    """Whether a step is so many lost samples."""
    lost = round(found.size / interval)
    return lost > 0 and abs(found.size - lost * interval) < _WHOLE * interval and found.sd < _WHOLE * interval


def _cut(stamp: Floats, at: Floats, last: float, lost: float) -> tuple[Floats, Floats]:
    """Where the stamps bend, when time was lost uncounted just after the stamp `last`."""
    place = int(np.searchsorted(stamp, last, "right"))
    after = min(last + _JUST_S, float(stamp[place]) - _JUST_S if place < len(stamp) else np.inf)
    between = [after] if after > last else []
    time = np.interp(between, stamp, at) + lost
    return np.insert(stamp, place, between), np.concatenate([at[:place], time, at[place:] + lost])


def _ratio(value: Floats, tick: Floats, apart: int) -> Floats:
    return np.asarray((value[apart:] - value[:-apart]) / (tick[apart:] - tick[:-apart]))


def _extended(at: Floats, along: Floats, value: Floats, *, level: bool = False) -> Floats:
    """Straight between the points; beyond them as the last two go on, or level."""
    found = np.interp(at, along, value)
    if level or len(along) < 2:
        return found
    first = (value[1] - value[0]) / (along[1] - along[0])
    last = (value[-1] - value[-2]) / (along[-1] - along[-2])
    beyond = np.minimum(at - along[0], 0.0) * first + np.maximum(at - along[-1], 0.0) * last
    return np.asarray(found + np.where(np.isfinite(beyond), beyond, 0.0))
