"""Places runs of samples whose stamps jump one behind the other: by count, by arrival, as sent twice or set back."""

from collections.abc import Sequence

import numpy as np

from groundup.clock.arrival_bounds import ARRIVAL_S, LONGEST_GAP_S, ArrivalBounds
from groundup.clock.reordered_blocks import MOST_FIT, SCATTERS, scatter_of
from groundup.clock.sample_order import Oddity, Order, Run
from groundup.clock.stamps import Samples, Stamps

AWAY_S = 1.0  # lateness may be so much; stamps further off are cut away from the others
AWAY_SAMPLES = 5.0
_EXACTLY = 0.1  # of an interval: stamps behind what was sent twice go on so
_NEIGHBOURS = 50  # samples before and after, by which a set-back for good is told
_FEW_FIRST = 0.1  # of the samples
_WINDOWS = (50, 200, 800, 3200, 12800)  # samples, until so many packets are on both sides
_PACKETS = 20
_SET_BACK_S = 0.02  # lateness that lasts may go by less
_COUNTERS = tuple(2.0**bits * unit for bits in (16, 24, 32) for unit in (1.0, 1e-3, 1e-4, 1e-6, 1e-7, 1e-9))
_WRAP_S = 60.0


class RunPlacement:
    """Places runs one behind the other."""

    def __init__(self, stamps: Stamps, interval: float, late: ArrivalBounds, samples: Samples | None = None) -> None:
        self.stamps, self.interval, self.late, self.samples = stamps, interval, late, samples
        self.runs: list[Run] = []
        self.untimed: list[Run] = []
        self.oddities: list[Oddity] = []
        self.roughly: set[int] = set()  # starts of runs placed by arrival alone
        self.end = -np.inf
        self.usual = late.usual()

    def add(self, start: int, stop: int, later: Sequence[int]) -> None:
        """Place a run that begins with a jump; `later` are the starts of those behind it."""
        first, last = self.stamps.at(start), self.stamps.at(stop - 1)
        shift, oddity = self._shift(start, stop, first, later)
        self.runs.append(Run(start, stop, shift))
        self.oddities += [oddity] if oddity is not None else []
        self.end = last + shift

    def _shift(self, start: int, stop: int, first: float, later: Sequence[int]) -> tuple[float, Oddity | None]:
        least, most = self._bounds(start, stop)
        known = bool(np.isfinite(least) or np.isfinite(most))
        if not self.runs and not (known and not self._arrived(0.0, least, most)):
            return 0.0, None
        expected = self.end + self.interval if self.runs else -np.inf
        current = self.runs[-1].shift if self.runs else 0.0
        near = max(0.5 * AWAY_S, AWAY_SAMPLES * self.interval)
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
        off = _off(by_count, least, most) if known else abs(by_count - current)
        if known and not (self.runs and self._arrived(by_count, least, most)):
            low, high = max(least, most - ARRIVAL_S), min(most, least + ARRIVAL_S)
            shift = max((low + high) / 2.0 - self.usual / 2.0, by_count if self.runs else -np.inf)
            off = _off(shift, least, most)
            sentence = f"are stamped {_far(shift)}; they are placed by their arrival, to ±{off:.2g} s"
            self.roughly.add(start)
            return shift, Oddity(start, stop - start, sentence, off)
        comes_back = self._comes_back(start, expected, later)
        sentence = f"are stamped {_far(by_count)}; they are placed behind those before"
        sentence += ", where their number fits" if comes_back else " by their number"
        sentence += (
            "" if comes_back else f", as their arrival says to ±{off:.2g} s" if known else ", and nothing confirms it"
        )
        return by_count, Oddity(start, stop - start, sentence, 0.0 if comes_back else off)

    def _bounds(self, start: int, stop: int) -> tuple[float, float]:
        return self.late.of(start, stop, self.stamps.at(start), self.stamps.at(stop - 1))

    def _go_by(self, true: int) -> None:
        """Have a run keep its stamps; those before it that do not fit are placed by their number."""
        by = self.runs[true].shift
        bounds = self._bounds(self.runs[true].start, self.runs[true].stop)
        if by != 0.0 and not (np.isfinite(bounds).all() and self._arrived(by, *bounds)):
            self.runs = [Run(run.start, run.stop, run.shift - by) for run in self.runs]
            self.oddities = [self._oddity_of(run, self.runs[true]) for run in self.runs if run.shift != 0.0]
        for index in range(true - 1, -1, -1):
            run, behind = self.runs[index], self.runs[index + 1]
            bounds = self._bounds(run.start, run.stop)
            if run.start not in self.roughly and self._arrived(run.shift, *bounds):
                continue
            shift = behind.shift - self._apart(run.start, run.stop, behind.stop)
            if self._arrived(shift, *bounds):
                self.runs[index] = Run(run.start, run.stop, shift)
                others = [one for one in self.oddities if one.start != run.start]
                self.oddities = sorted(
                    [*others, self._oddity_of(self.runs[index], self.runs[true])], key=lambda one: one.start
                )

    def _oddity_of(self, run: Run, true: Run) -> Oddity:
        """What is said of a run that was placed by one whose arrival fits."""
        gap = true.start - run.stop
        known = bool(np.isfinite(self._bounds(true.start, true.stop)).all())
        off = 0.0 if run.stop - run.start == 1 and gap == 0 else ARRIVAL_S if known else abs(run.shift)
        others = "those that arrived when they say" if known else "the most that go on evenly, and nothing confirms it"
        sentence = f"are stamped {_far(run.shift)}; they are placed by their number beside {others}"
        return Oddity(run.start, run.stop - run.start, sentence, off)

    def _arrived(self, shift: float, least: float, most: float) -> bool:
        slack = ARRIVAL_S + max(self.usual, 0.0)
        return least - slack <= shift <= most + ARRIVAL_S

    def _apart(self, start: int, edge: int, stop: int) -> float:
        """What is added to samples from an edge on that those before it go on evenly; by some tens on both sides."""
        before = self.stamps[max(start, edge - _NEIGHBOURS) : edge]
        after = self.stamps[edge : min(stop, edge + _NEIGHBOURS)]
        steps = len(before) + len(after) - 2
        span = float(before[-1] - before[0] + after[-1] - after[0])
        interval = span / steps if steps > _NEIGHBOURS // 2 else self.interval
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
            if -0.5 * AWAY_S <= gap < LONGEST_GAP_S:
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
            if -0.1 * AWAY_S < gap < _WRAP_S and period > _WRAP_S:
                sentence = f"are stamped by a counter that began anew after {period:.6g} s; it is counted on"
                return current + period, Oddity(start, len(self.stamps) - start, sentence, 0.0)
        return None

    def small(self, cuts: Sequence[int], limit: float) -> None:
        """Deal with blocks sent twice, and with stamps set back for good by less than lateness may be."""
        repeats = [(k, self._repeated(k)) for k in cuts]
        twice = {k: size for k, size in repeats if size}
        # What was sent twice is one too many, so the stamps go on evenly behind it; packets that come at one moment
        # because the first was held up are stamped alike too, and those behind them are later.
        exactly = max(_EXACTLY * self.interval, SCATTERS * scatter_of(self.stamps, self.interval)) if twice else 0.0
        goes_on = [k for k, size in twice.items() if self._goes_on(k + size, min(exactly, limit))]
        doubled = set(goes_on) if len(goes_on) >= MOST_FIT * len(twice) else set()
        for k in cuts:
            near = self.stamps[k - 1 : k + 1]
            if float(near[0] - near[1]) < 0.0:
                continue
            same = self._same(k, twice[k]) if k in doubled else False
            if same is not False:
                self._leave_out(k, k + twice[k], sure=bool(same))
            elif self._for_good(k, limit):
                self._set_back(k, self._apart(0, k, len(self.stamps)))

    def _repeated(self, k: int) -> int:
        """How many samples from one on are stamped as those just before, or 0."""
        near = self.stamps[k - 1 : k + 1]
        size = round(float(near[0] - near[1]) / self.interval) + 1
        if not 2 <= size <= min(k, len(self.stamps) - k):
            return 0
        return size if np.array_equal(self.stamps[k : k + size], self.stamps[k - size : k]) else 0

    def _same(self, k: int, size: int) -> bool | None:
        """Whether as many samples from one on have the values of those just before; None if these tell nothing."""
        if self.samples is None:
            return None
        first, second = (np.asarray(self.samples[a : a + size]) for a in (k - size, k))
        same = first.tobytes() == second.tobytes()
        return None if same and bool((first == first[:1]).all()) else same

    def _goes_on(self, k: int, limit: float) -> bool:
        """Whether a sample follows the one before it as samples do."""
        return k < len(self.stamps) and abs(float(np.diff(self.stamps[k - 1 : k + 1])[0]) - self.interval) <= limit

    def _for_good(self, edge: int, limit: float) -> bool:
        """Whether all stamps from an edge on are earlier than all before, as no lateness of packets makes them."""
        for neighbours in _WINDOWS:
            before, after = self.stamps[max(0, edge - neighbours) : edge], self.stamps[edge : edge + neighbours]
            if min(len(before), len(after)) < _NEIGHBOURS // 2:
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
        return bool(level < float(rest.min()) - max(limit, SCATTERS * scatter, _SET_BACK_S))

    def _leave_out(self, start: int, stop: int, *, sure: bool) -> None:
        index = next((i for i, run in enumerate(self.runs) if run.start < start and stop <= run.stop), -1)
        if index >= 0:
            run = self.runs[index]
            rest = [Run(stop, run.stop, run.shift)] if stop < run.stop else []
            self.runs[index : index + 1] = [Run(run.start, start, run.shift), *rest]
            self.untimed.append(Run(start, stop, np.nan))
            sentence = "are stamped as those just before them, as if sent twice; they have no time"
            self.oddities.append(Oddity(start, stop - start, sentence, 0.0))
            if not sure and stop < len(self.stamps):
                off = (stop - start) * self.interval
                sentence = f"are {off:.6g} s later than stamped if nothing was sent twice, which nothing tells"
                self.oddities.append(Oddity(stop, len(self.stamps) - stop, sentence, off))

    def _set_back(self, start: int, by: float) -> None:
        index = next((i for i, run in enumerate(self.runs) if run.start < start < run.stop), -1)
        if index >= 0:
            run = self.runs[index]
            after = [Run(other.start, other.stop, other.shift + by) for other in self.runs[index + 1 :]]
            self.runs[index:] = [Run(run.start, start, run.shift), Run(start, run.stop, run.shift + by), *after]
            sentence = f"are stamped {by:.6g} s too early, on from there; they are placed behind those before"
            self.oddities.append(Oddity(start, len(self.stamps) - start, sentence, by))

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
        return Order(tuple(self.runs), tuple(self.untimed), tuple(self.oddities))


def _far(shift: float) -> str:
    return f"{abs(shift):.6g} s too {'late' if shift < 0 else 'early'}"


def _off(shift: float, least: float, most: float) -> float:
    """How far from the truth a shift may be that lies between what arrivals allow: samples may be lost at the jump."""
    neighbours = [abs(shift - bound) for bound in (least, most) if np.isfinite(bound)]
    return max(ARRIVAL_S, *(distance + ARRIVAL_S / 2.0 for distance in neighbours))
