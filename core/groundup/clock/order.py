"""In which order a stream's samples were taken, and how far their stamps are moved, where these do not go forward.

Regular samples follow each other evenly. So stamps that jump back, or away and back, or far ahead of the moment of
their arrival, are wrong or out of order; which of it is told by the rest:

- blocks whose own stamps fit the holes that others left are out of order, and keep their stamps;
- blocks stamped as those just before were sent twice: the second of them has no time;
- any others are placed by their count behind those before, or by arrival where that contradicts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from groundup.clock.smoother import Floats
from groundup.clock.stamps import Stamps

_AWAY_S = 1.0  # lateness may be so much; stamps further off are cut away from the others
_AWAY_SAMPLES = 5.0
_BACK_S = 2e-3
_BACK_SAMPLES = 1.5
_FITS = 0.4  # of an interval: so exactly a block fits a hole
_EXACTLY = 0.1  # of an interval: stamps behind what was sent twice go on so
_MOST_FIT = 0.9  # of the blocks do where the order is restored
_LOOKED_AT = 100_000
_DISPLACED_S = 30.0  # further off is not out of order, but wrong
_BESIDE = 50  # samples before and after, by which a set-back for good is told
_FEW_FIRST = 0.1  # of the samples
_WINDOWS = (50, 200, 800, 3200, 12800)  # samples, until so many packets are on both sides
_PACKETS = 20
_SCATTERS = 10.0
_SET_BACK_S = 0.02  # lateness that lasts may go by less
_MOST, _RARE = 20_000, 4  # cuts; more, or one in so few samples, are no accident
_ARRIVAL_S = 1.0  # by so much an arrival may differ from what is believed
_SLEPT_S, _FEW_ARRIVALS = 5.0, 4
_NOTED_S = 1.0  # arrivals are noted twice in that time
_READ_S = 0.05  # samples of so long are read at once
_LONGEST_GAP_S = 60.0  # after which a stream may go on with its own stamps, away or not
_COUNTERS = tuple(2.0**bits * unit for bits in (16, 24, 32) for unit in (1.0, 1e-3, 1e-4, 1e-6, 1e-7, 1e-9))
_WRAP_S = 60.0


@dataclass(frozen=True)
class Run:
    """Samples that follow each other.

    Attributes
    ----------
    start, stop : int
        Sample numbers, as they were sent.
    shift : float
        What is added to their stamps, in s; NaN if they have no time.
    """

    start: int
    stop: int
    shift: float


@dataclass(frozen=True)
class Oddity:
    """Stamps that do not go forward.

    Attributes
    ----------
    start, count : int
        Which samples.
    told : str
        What they are, to follow "N samples of S".
    off : float
        How far their place may be off, in s; 0 where it is sure, NaN where nothing tells.
    """

    start: int
    count: int
    told: str
    off: float


@dataclass(frozen=True)
class Order:
    """The samples of a stream in the order of their time.

    Attributes
    ----------
    runs : tuple of Run
        Those with a time, in this order.
    untold : tuple of Run
        Those without.
    odd : tuple of Oddity
    """

    runs: tuple[Run, ...]
    untold: tuple[Run, ...] = ()
    odd: tuple[Oddity, ...] = ()

    @property
    def count(self) -> int:
        """How many samples have a time."""
        return sum(run.stop - run.start for run in self.runs)

    @property
    def changed(self) -> bool:
        """Whether it is another than that in which they were sent."""
        return bool(self.untold) or any(a.stop != b.start for a, b in pairwise(self.runs))

    @property
    def shifts(self) -> list[tuple[int, float]]:
        """What is added from which sample of those sent on."""
        return [(run.start, run.shift) for run in sorted((*self.runs, *self.untold), key=lambda run: run.start)]

    def places(self, start: int, stop: int) -> NDArray[np.int64]:
        """Place among those with a time of each sample sent, -1 without, shape (stop - start,)."""
        place = np.full(stop - start, -1)
        before = 0
        for run in self.runs:
            a, b = max(run.start, start), min(run.stop, stop)
            if a < b:
                place[a - start : b - start] = np.arange(before + a - run.start, before + b - run.start)
            before += run.stop - run.start
        return place

    def arranged(self, stamps: Stamps) -> Stamps:
        """Stamps of the samples with a time, in its order."""
        plain = len(self.runs) == 1 and not self.untold and self.runs[0].shift == 0.0
        return stamps if plain else Stamps(_Arranged(stamps, self.runs))

    @property
    def joints(self) -> list[int]:
        """Places at which samples were put behind others whose stamps do not say so."""
        edges = np.cumsum([0, *(run.stop - run.start for run in self.runs)])
        return [int(edges[i + 1]) for i, (a, b) in enumerate(pairwise(self.runs)) if a.shift != b.shift]

    def sent(self, place: int) -> int:
        """Which of the samples sent has this place among those with a time."""
        for run in self.runs:
            if place < run.stop - run.start:
                return run.start + place
            place -= run.stop - run.start
        return self.runs[-1].stop if self.runs else 0

    def later(self, index: int) -> int:
        """How many samples with a time were sent before this one."""
        return sum(min(run.stop, index) - run.start for run in self.runs if run.start < index)


class _Arranged:
    """Stamps read run by run."""

    def __init__(self, stamps: Stamps, runs: Sequence[Run]) -> None:
        self._stamps, self._runs = stamps, runs
        self._edges = np.cumsum([0, *(run.stop - run.start for run in runs)])

    def __len__(self) -> int:
        return int(self._edges[-1])

    def __getitem__(self, part: slice, /) -> Floats:
        begin, end, _ = part.indices(len(self))
        first = int(np.searchsorted(self._edges, begin, "right")) - 1
        pieces = []
        while begin < end:
            run, stop = self._runs[first], min(end, int(self._edges[first + 1]))
            at = run.start + begin - int(self._edges[first])
            pieces.append(self._stamps[at : at + stop - begin] + run.shift)
            begin, first = stop, first + 1
        return np.concatenate(pieces) if pieces else np.empty(0)


@dataclass(frozen=True)
class Late:
    """When samples arrived, on the clock of their stamps.

    Attributes
    ----------
    sample : ndarray of int, shape (K,)
        In order.
    stamp : ndarray, shape (K,)
        Of each, in s.
    after, by : ndarray, shape (K,)
        It was read after the one and by the other; NaN where nothing tells.
    """

    sample: NDArray[np.int64]
    stamp: Floats
    after: Floats
    by: Floats

    def of(self, start: int, stop: int, first: float, last: float) -> tuple[float, float]:
        """Bounds of what is to be added to the stamps of these samples, `first` to `last`; infinite if none is known.

        They arrived after those that were known to have arrived before them, and before those behind them.
        """
        i, j = np.searchsorted(self.sample, [start, stop]).tolist()
        least = [*(self.after[i:j] - self.stamp[i:j]), *(self.after[max(i - 2, 0) : i] - first)]
        most = [*(self.by[i:j] - self.stamp[i:j]), *(self.by[j : j + 2] - last)]
        if i == 0 and len(self.by):
            least.append(float(np.nanmin([self.by[:2], self.after[:2]])) - _LONGEST_GAP_S - first)
        return max((float(t) for t in least if t == t), default=-np.inf), min(
            (float(t) for t in most if t == t), default=np.inf
        )

    def slept(self, rate: float) -> NDArray[np.int64]:
        """Samples before which the clock that stamps them stood still: from there on all arrive later, for good."""
        known = np.isfinite(self.after) & np.isfinite(self.by)
        sample, least = self.sample[known], (self.after - self.stamp)[known]
        if len(least) < 2 * _FEW_ARRIVALS:
            return np.empty(0, np.int64)
        low = np.minimum.accumulate(least[::-1])[::-1]
        found, end = [], len(least)
        for k in (np.flatnonzero(np.diff(low) > _SLEPT_S)[::-1] + 1).tolist():
            # What was held back catches up; a clock that stood still stays behind.
            if end - k >= _FEW_ARRIVALS and float(np.ptp(least[k:end])) < _ARRIVAL_S:
                found.append(max(int(sample[k - 1]) + 1, int(sample[k]) - round(_READ_S * rate)))
            end = k
        return np.array(sorted(found), np.int64)

    def usual(self) -> float:
        """How late samples arrive in the usual way, as far as that is seen."""
        late = self.by - self.stamp
        late = late[np.isfinite(late) & (np.abs(late) < _LONGEST_GAP_S)]
        return max(float(np.median(late)), 0.0) if len(late) else 0.0


def order(stamps: Stamps, rate: float, late: Late) -> Order:
    """Find the order of a regular stream.

    Parameters
    ----------
    stamps : Stamps, shape (N,)
        As if the clock had never stepped, finite.
    rate : float
        Nominal rate in Hz, more than 0.
    late : Late
        Of the same stamps.
    """
    whole = Order((Run(0, len(stamps), 0.0),))
    interval = 1.0 / rate
    limit = max(_BACK_SAMPLES * interval, _BACK_S)
    away = max(_AWAY_S, _AWAY_SAMPLES * interval)
    cuts, back = _cuts(stamps, interval, limit)
    slept = late.slept(rate)
    cuts = np.union1d(cuts, slept) if len(slept) else cuts
    if len(cuts) == 0 or len(cuts) > min(_MOST, len(stamps) // _RARE) or not (back or _contradicted(late)):
        return whole
    blocks = _blocks(stamps, cuts)
    if back:
        found = _by_stamps(blocks, interval, _scatter(stamps, interval))
        if found is not None:
            return found
    sent = _Placing(stamps, interval, late)
    far = [k for k in cuts.tolist() if abs(float(np.diff(stamps[k - 1 : k + 1])[0]) - interval) > away]
    # Where the stamps jump as well, they say where that was.
    far = sorted({*far, *(k for k in slept.tolist() if not any(abs(k - c) < _NOTED_S * rate for c in far))})
    for a, b in pairwise([0, *far, len(stamps)]):
        sent.add(a, b, [c for c in far if c > a])
    sent.small(cuts[~np.isin(cuts, far)].tolist(), limit)
    return sent.order()


def _cuts(stamps: Stamps, interval: float, limit: float) -> tuple[NDArray[np.int64], bool]:
    """Samples before which stamps jump, and whether any jumps back."""
    found, back = [], False
    for begin, values in stamps.pieces(overlap=1):
        apart = np.diff(values)
        found.append(begin + 1 + np.flatnonzero(np.abs(apart - interval) > limit))
        back = back or bool(np.any(apart < -limit))
    return np.concatenate(found) if found else np.empty(0, np.int64), back


def _contradicted(late: Late) -> bool:
    return bool(np.any(late.by - late.stamp < -_ARRIVAL_S) or np.any(late.after - late.stamp > _ARRIVAL_S))


@dataclass(frozen=True)
class _Blocks:
    """Samples between jumps: numbers and stamps of the first and last of each."""

    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    first: Floats
    last: Floats


def _blocks(stamps: Stamps, cuts: NDArray[np.int64]) -> _Blocks:
    start, stop = np.append(0, cuts), np.append(cuts, len(stamps))
    first, last = np.empty(len(start)), np.empty(len(start))
    for begin, values in stamps.pieces():
        for some, places in ((first, start), (last, stop - 1)):
            mine = (places >= begin) & (places < begin + len(values))
            some[mine] = values[places[mine] - begin]
    return _Blocks(start, stop, first, last)


def _scatter(stamps: Stamps, interval: float) -> float:
    """How unevenly neighbours follow each other, in s."""
    apart = np.diff(stamps[: min(len(stamps), _LOOKED_AT)])
    return 1.48 * float(np.median(np.abs(apart - interval)))


def _by_stamps(blocks: _Blocks, interval: float, scatter: float) -> Order | None:
    """The order of their own stamps, if these then follow each other as even samples do."""
    by = np.argsort(blocks.first, kind="stable")
    gaps = blocks.first[by][1:] - blocks.last[by][:-1]
    moved = np.flatnonzero(np.diff(by) != 1)  # neighbours now that were none before
    if len(moved) == 0:
        return None
    long = float(np.median(blocks.last - blocks.first))
    fits = max(_FITS * interval, min(_SCATTERS * scatter, _FITS * long))
    if float(gaps.min()) < interval - fits:
        return None
    if float(np.mean(np.abs(gaps[moved] - interval) < fits)) < _MOST_FIT:
        return None
    highest = np.maximum.accumulate(blocks.last)
    behind = np.flatnonzero(blocks.first[1:] < highest[:-1]) + 1
    if float(np.max(highest[behind - 1] - blocks.first[behind])) > _DISPLACED_S:
        return None
    runs: list[Run] = []
    for index in by.tolist():
        start, stop = int(blocks.start[index]), int(blocks.stop[index])
        if runs and runs[-1].stop == start:
            runs[-1] = Run(runs[-1].start, stop, 0.0)
        else:
            runs.append(Run(start, stop, 0.0))
    count = int(np.sum(blocks.stop[behind] - blocks.start[behind]))
    told = "were sent after later ones; each has the time of its own stamp"
    return Order(tuple(runs), odd=(Oddity(int(blocks.start[behind[0]]), count, told, 0.0),))


class _Placing:
    """Places runs one behind the other."""

    def __init__(self, stamps: Stamps, interval: float, late: Late) -> None:
        self.stamps, self.interval, self.late = stamps, interval, late
        self.runs: list[Run] = []
        self.untold: list[Run] = []
        self.odd: list[Oddity] = []
        self.roughly: set[int] = set()  # starts of runs placed by arrival alone
        self.end = -np.inf
        self.usual = late.usual()

    def add(self, start: int, stop: int, later: Sequence[int]) -> None:
        """Place a run that begins with a jump; `later` are the starts of those behind it."""
        first, last = self.stamps.at(start), self.stamps.at(stop - 1)
        shift, odd = self._shift(start, stop, first, later)
        self.runs.append(Run(start, stop, shift))
        self.odd += [odd] if odd is not None else []
        self.end = last + shift

    def _shift(self, start: int, stop: int, first: float, later: Sequence[int]) -> tuple[float, Oddity | None]:
        least, most = self._bounds(start, stop)
        known = bool(np.isfinite(least) or np.isfinite(most))
        if not self.runs and not (known and not self._arrived(0.0, least, most)):
            return 0.0, None
        expected = self.end + self.interval if self.runs else -np.inf
        current = self.runs[-1].shift if self.runs else 0.0
        near = max(0.5 * _AWAY_S, _AWAY_SAMPLES * self.interval)
        for shift in dict.fromkeys((0.0, current)):
            gap = first + shift - expected
            if gap < -near or (known and not self._arrived(shift, least, most)):
                continue
            # A gap, or stamps that are away and come back?
            if gap <= near or not self._comes_back(start, expected, later):
                return shift, None
        wrapped = self._wrapped(start, first, expected, current)
        if wrapped is not None:
            return wrapped
        by_count = current + self._apart(self.runs[-1].start, start, stop) if self.runs else 0.0
        off = abs(by_count - current)
        if known and not (self.runs and self._arrived(by_count, least, most)):
            low, high = max(least, most - _ARRIVAL_S), min(most, least + _ARRIVAL_S)
            shift = max((low + high) / 2.0 - self.usual / 2.0, by_count if self.runs else -np.inf)
            told = f"are stamped {_far(shift)}; they are placed by their arrival, to ±{_ARRIVAL_S:g} s"
            self.roughly.add(start)
            return shift, Oddity(start, stop - start, told, _ARRIVAL_S)
        comes_back = self._comes_back(start, expected, later)
        told = f"are stamped {_far(by_count)}; they are placed behind those before"
        told += ", where their number fits" if comes_back else " by their number"
        told += (
            ""
            if comes_back
            else f", as their arrival says to ±{_ARRIVAL_S:g} s"
            if known
            else ", and nothing confirms it"
        )
        return by_count, Oddity(start, stop - start, told, 0.0 if comes_back else _ARRIVAL_S if known else off)

    def _bounds(self, start: int, stop: int) -> tuple[float, float]:
        return self.late.of(start, stop, self.stamps.at(start), self.stamps.at(stop - 1))

    def _go_by(self, true: int) -> None:
        """Have a run keep its stamps; those before it that do not fit are placed by their number."""
        by = self.runs[true].shift
        bounds = self._bounds(self.runs[true].start, self.runs[true].stop)
        if by != 0.0 and not (np.isfinite(bounds).all() and self._arrived(by, *bounds)):
            self.runs = [Run(run.start, run.stop, run.shift - by) for run in self.runs]
            self.odd = [self._beside(run, self.runs[true]) for run in self.runs if run.shift != 0.0]
        for index in range(true - 1, -1, -1):
            run, behind = self.runs[index], self.runs[index + 1]
            bounds = self._bounds(run.start, run.stop)
            if run.start not in self.roughly and self._arrived(run.shift, *bounds):
                continue
            shift = behind.shift - self._apart(run.start, run.stop, behind.stop)
            if self._arrived(shift, *bounds):
                self.runs[index] = Run(run.start, run.stop, shift)
                others = [odd for odd in self.odd if odd.start != run.start]
                self.odd = sorted([*others, self._beside(self.runs[index], self.runs[true])], key=lambda odd: odd.start)

    def _beside(self, run: Run, true: Run) -> Oddity:
        """What is said of a run that was placed by one whose arrival fits."""
        gap = true.start - run.stop
        known = bool(np.isfinite(self._bounds(true.start, true.stop)).all())
        off = 0.0 if run.stop - run.start == 1 and gap == 0 else _ARRIVAL_S if known else abs(run.shift)
        beside = "those that arrived when they say" if known else "the most that go on evenly, and nothing confirms it"
        told = f"are stamped {_far(run.shift)}; they are placed by their number beside {beside}"
        return Oddity(run.start, run.stop - run.start, told, off)

    def _arrived(self, shift: float, least: float, most: float) -> bool:
        slack = _ARRIVAL_S + max(self.usual, 0.0)
        return least - slack <= shift <= most + _ARRIVAL_S

    def _apart(self, start: int, edge: int, stop: int) -> float:
        """What is added to samples from an edge on that those before it go on evenly; by some tens on both sides."""
        before = self.stamps[max(start, edge - _BESIDE) : edge]
        after = self.stamps[edge : min(stop, edge + _BESIDE)]
        steps = len(before) + len(after) - 2
        span = float(before[-1] - before[0] + after[-1] - after[0])
        interval = span / steps if steps > _BESIDE // 2 else self.interval
        if not 0.5 < interval / self.interval < 2.0:
            interval = self.interval
        level = np.median(before - np.arange(-len(before), 0) * interval)
        return float(level - np.median(after - np.arange(len(after)) * interval))

    def _comes_back(self, start: int, expected: float, later: Sequence[int]) -> bool:
        """Whether a later run goes on with its own stamps where this and those between end by their number."""
        for place in later[:100]:
            if place <= start:
                continue
            gap = self.stamps.at(place) - (expected + (place - start) * self.interval)
            if -0.5 * _AWAY_S <= gap < _LONGEST_GAP_S:
                return True
        return False

    def _wrapped(
        self, start: int, first: float, expected: float, current: float
    ) -> tuple[float, Oddity | None] | None:  # fmt: skip
        """A counter that began anew, if it is one."""
        if not self.runs or not -1.0 < first < _WRAP_S:
            return None
        for period in _COUNTERS:
            gap = first + current + period - expected
            if -0.1 * _AWAY_S < gap < _WRAP_S and period > _WRAP_S:
                told = f"are stamped by a counter that began anew after {period:.6g} s; it is counted on"
                return current + period, Oddity(start, len(self.stamps) - start, told, 0.0)
        return None

    def small(self, cuts: Sequence[int], limit: float) -> None:
        """Deal with blocks sent twice, and with stamps set back for good by less than lateness may be."""
        repeats = [(k, self._repeated(k)) for k in cuts]
        twice = {k: size for k, size in repeats if size}
        # What was sent twice is one too many, so the stamps go on evenly behind it; packets that come at one moment
        # because the first was held up are stamped alike too, and those behind them are later.
        exactly = max(_EXACTLY * self.interval, _SCATTERS * _scatter(self.stamps, self.interval)) if twice else 0.0
        goes_on = [k for k, size in twice.items() if self._goes_on(k + size, min(exactly, limit))]
        doubled = set(goes_on) if len(goes_on) >= _MOST_FIT * len(twice) else set()
        for k in cuts:
            near = self.stamps[k - 1 : k + 1]
            if float(near[0] - near[1]) < 0.0:
                continue
            if k in doubled:
                self._leave_out(k, k + twice[k])
            elif self._for_good(k, limit):
                self._set_back(k, self._apart(0, k, len(self.stamps)))

    def _repeated(self, k: int) -> int:
        """How many samples from one on are stamped as those just before, or 0."""
        near = self.stamps[k - 1 : k + 1]
        size = round(float(near[0] - near[1]) / self.interval) + 1
        if not 2 <= size <= min(k, len(self.stamps) - k):
            return 0
        return size if np.array_equal(self.stamps[k : k + size], self.stamps[k - size : k]) else 0

    def _goes_on(self, k: int, limit: float) -> bool:
        """Whether a sample follows the one before it as samples do."""
        return k < len(self.stamps) and abs(float(np.diff(self.stamps[k - 1 : k + 1])[0]) - self.interval) <= limit

    def _for_good(self, edge: int, limit: float) -> bool:
        """Whether all stamps from an edge on are earlier than all before, as no lateness of packets makes them."""
        for beside in _WINDOWS:
            before, after = self.stamps[max(0, edge - beside) : edge], self.stamps[edge : edge + beside]
            if min(len(before), len(after)) < _BESIDE // 2:
                return False
            steps = [np.diff(part) for part in (before, after)]
            every = np.concatenate(steps)
            interval, usual = float(np.mean(every)), float(np.median(every))
            packets = [int(np.count_nonzero(np.abs(step - usual) > 0.1 * self.interval)) for step in steps]
            if max(packets) == 0 or min(packets) >= _PACKETS:
                break
        if max(packets) > 2 and min(packets) < _PACKETS:
            return False
        rest = before - np.arange(-len(before), 0) * interval
        scatter = 1.48 * float(np.median(np.abs(rest - np.median(rest))))
        level = float((after - np.arange(len(after)) * interval).max())
        return bool(level < float(rest.min()) - max(limit, _SCATTERS * scatter, _SET_BACK_S))

    def _leave_out(self, start: int, stop: int) -> None:
        index = next((i for i, run in enumerate(self.runs) if run.start < start and stop <= run.stop), -1)
        if index >= 0:
            run = self.runs[index]
            rest = [Run(stop, run.stop, run.shift)] if stop < run.stop else []
            self.runs[index : index + 1] = [Run(run.start, start, run.shift), *rest]
            self.untold.append(Run(start, stop, np.nan))
            told = "are stamped as those just before them, as if sent twice; they have no time"
            self.odd.append(Oddity(start, stop - start, told, 0.0))

    def _set_back(self, start: int, by: float) -> None:
        index = next((i for i, run in enumerate(self.runs) if run.start < start < run.stop), -1)
        if index >= 0:
            run = self.runs[index]
            after = [Run(other.start, other.stop, other.shift + by) for other in self.runs[index + 1 :]]
            self.runs[index:] = [Run(run.start, start, run.shift), Run(start, run.stop, run.shift + by), *after]
            told = f"are stamped {by:.6g} s too early, on from there; they are placed behind those before"
            self.odd.append(Oddity(start, len(self.stamps) - start, told, by))

    def order(self) -> Order:
        """What was found: the longest run that arrived when it says keeps its stamps, and the others go by it."""
        known = [run for run in self.runs if np.isfinite(self._bounds(run.start, run.stop)).all()]
        true = [run for run in known if self._arrived(0.0, *self._bounds(run.start, run.stop))]
        longest = max(true, key=lambda run: run.stop - run.start, default=None)
        if longest is None and not known and self.runs:  # a few at the beginning go by the many behind them
            most = max(self.runs, key=lambda run: run.stop - run.start)
            longest = most if most.shift != 0.0 and most.start < _FEW_FIRST * len(self.stamps) else None
        if longest is not None:
            self._go_by(self.runs.index(longest))
        return Order(tuple(self.runs), tuple(self.untold), tuple(self.odd))


def _far(shift: float) -> str:
    return f"{abs(shift):.6g} s too {'late' if shift < 0 else 'early'}"
