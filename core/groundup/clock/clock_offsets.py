"""Measurements of a device's clock: those that are off are left out, steps of the clock are found.

Everything goes by the order in which they were made, and by the lab time of each (its device time plus its offset),
which runs on whatever the device's clock does: also when that steps backwards and says the same times twice.

A clock that is set stays set: a few measurements that lie off and come back are wrong. At an end nobody sees whether
they come back; there a few are only believed where the time stamps step with them (`_stamps_step`).
"""

import bisect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from groundup.clock.smoother import Floats
from groundup.clock.stamps import Stamps

TYPICAL_ROUND_TRIP = 2e-4  # s, for files that do not tell
PROBE_NOISE = 2e-5
"""s; the scatter of probes on loopback, where the truth is 0."""
_STEP_FLOOR = 5e-4  # s; a smaller step is drift to anybody who looks every two seconds
_FASTEST = 5e-3  # s/s; no clock is worse
_FIRST_DRIFT = 1e-3  # s/s that a clock may be off by when nothing is known of it
_FAST_CHANGE = 2e-4  # s/s by which a clock may leave its own usual drift
_ONE_PACE = 0.3  # of it: system clocks are set slowly at one pace, mostly 5e-4 s/s
_NEAR_SLEW = 2  # probes
_FEW = 2  # probes that lie off and come back are outliers; more are a step there and a step back
_HARDLY_ANY = 5  # probes; with more, most of the steps from one to the next are noise
_NETWORK_S = 0.05  # by so much a network alone may put a measurement off
_AGREE_SHARE = 0.9
_AGREE_ROW = 3  # probes in a row that disagree are no accident
_EARLY_S, _LATE_S = 1.0, 120.0  # a probe is learnt of after it was made, and soon
_LATEST = 1e12  # s; no clock says more
_BACK_S = 1e-3  # a moment after the other, as far as the network lets that be seen
_FAR_S = 60.0  # a clock is asked about a time near to what it stamps
_BORDER_S = 10.0  # the clock stepped at most so long before or after the probes beside the step
_SCATTERS = 8.0  # a jump of the stamps is larger than their usual scatter


@dataclass(frozen=True)
class Outlier:
    """A measurement that is left out.

    Attributes
    ----------
    lab : float
        Lab time of the one beside it that is believed, in s.
    off : float
        How far its offset is from that one's, in s.
    """

    lab: float
    off: float


@dataclass(frozen=True)
class Probes:
    """Measurements of one clock, in the order of the lab's time, outliers thrown out.

    Attributes
    ----------
    time, offset, trip : ndarray, shape (K,)
        Device time, what to add to it, and round trip, in s.
    steps : tuple of int
        Index of the first probe after each step of the clock.
    outliers : tuple of Outlier
        Those thrown out.
    doubtful : bool
        Whether some of these lie at an end, so that the clock may have stepped instead.
    contrary : float
        How far too few measurements to tell which are right contradict each other, in s; else 0.
    """

    time: Floats
    offset: Floats
    trip: Floats
    steps: tuple[int, ...] = ()
    outliers: tuple[Outlier, ...] = ()
    doubtful: bool = False
    contrary: float = 0.0

    @property
    def lab(self) -> Floats:
        """Lab time of each."""
        return self.time + self.offset

    @property
    def uncertainty(self) -> float:
        """How far those left out of hardly any are off that may have been right, in s."""
        off = [abs(one.off) for one in self.outliers if abs(one.off) < _NETWORK_S]
        return max(off, default=0.0) if len(self.time) + len(self.outliers) <= _HARDLY_ANY else 0.0

    @property
    def pieces(self) -> list[slice]:
        """Stretches in which the clock did not step."""
        return [slice(a, b) for a, b in pairwise((0, *self.steps, len(self.time)))]


def examine_probes(probes: NDArray[np.void], stamps: Stamps | None = None) -> Probes:
    """Sort out probes: those without a number go, then outliers; steps are marked.

    Parameters
    ----------
    probes : structured ndarray of `groundup.model.source.PROBE`
        In the order in which they were made.
    stamps : Stamps, optional
        What was stamped by this clock, to tell a step from a wrong measurement at an end.
    """
    time, offset, learnt = (_floats(probes[name]) for name in ("time", "offset", "collected"))
    with np.errstate(over="ignore", invalid="ignore"):
        lab = time + offset
        known = (np.abs(time) < _LATEST) & (np.abs(offset) < _LATEST)
        # A file that does not tell when a probe was learnt of may say its own lab time instead: that confirms nothing.
        certain = known & np.isfinite(learnt) & (learnt != lab)
        false = certain & ~((lab <= learnt + _EARLY_S) & (lab >= learnt - _LATE_S))
    wrong_moments = 10 * int(np.count_nonzero(false)) > max(int(np.count_nonzero(certain)), 10 * _FEW)
    if wrong_moments:  # it is not the probes, then
        false[:] = False
    use = np.flatnonzero(known & ~false)
    if len(use) and bool(certain[use].all()) and not wrong_moments:
        use = use[np.argsort(learnt[use], kind="stable")]
    use = use[in_order(lab[use]) & _near_others(time[use], stamps)]
    trips = np.abs(_floats(probes["round_trip"]))
    trip = _floats(np.where(np.less(trips, _LATEST), trips, TYPICAL_ROUND_TRIP))
    raw = _distinct(Probes(time[use], offset[use], trip[use]))
    found = _sorted_out(raw, ends=False)
    if found.doubtful or found.contrary:
        followed = _sorted_out(raw, ends=True)
        if stamps is not None and all(_stamps_step(stamps, followed, step) for step in followed.steps):
            found = followed
    out = np.setdiff1d(np.flatnonzero(known), use).tolist()
    wrong = tuple(Outlier(*_near(found, _moment(lab, learnt, certain, use, i), float(offset[i]))) for i in out)
    return replace(found, outliers=(*wrong, *found.outliers))


def _moment(lab: Floats, learnt: Floats, certain: NDArray[np.bool_], use: NDArray[np.int64], index: int) -> float:
    """When a measurement was made that is left out: not by its own word, if that is all that tells."""
    if certain[index] or len(use) == 0:
        return float(learnt[index]) if np.isfinite(learnt[index]) else float(lab[index])
    return float(lab[use[np.argmin(np.abs(use - index))]])


def in_order(lab: Floats) -> NDArray[np.bool_]:
    """All but a few whose lab time does not come after that of those made before."""
    ends: list[float] = []
    places: list[int] = []
    before = np.full(len(lab), -1)
    for index, value in enumerate((lab + _BACK_S * np.arange(len(lab))).tolist()):  # the longest that increases
        at = bisect.bisect_right(ends, value)
        before[index] = places[at - 1] if at else -1
        ends[at : at + 1], places[at : at + 1] = [value], [index]
    keep = np.zeros(len(lab), bool)
    index = places[-1] if places else -1
    while index >= 0:
        keep[index], index = True, int(before[index])
    return keep if np.count_nonzero(~keep) <= max(_FEW, len(lab) // 10) else np.ones(len(lab), bool)


def _near_others(time: Floats, stamps: Stamps | None) -> NDArray[np.bool_]:
    """All but a few whose own time is far from that of the stamps and of the other probes."""
    if len(time) < _FEW + 1:
        return np.ones(len(time), bool)
    inner = np.sort(time)[1:-1]
    low, high = float(inner[0]), float(inner[-1])
    if stamps is not None:
        for _, values in stamps.pieces():
            known = values[np.isfinite(values)]
            if len(known):
                low, high = min(low, float(known.min())), max(high, float(known.max()))
    return np.asarray((time > low - _FAR_S) & (time < high + _FAR_S))


def pool_probes(clocks: Sequence[Probes]) -> Probes:
    """All probes of streams that share a clock."""
    time, offset, trip = (np.concatenate([getattr(c, name) for c in clocks]) for name in ("time", "offset", "trip"))
    order = np.argsort(time + offset, kind="stable")
    return _sorted_out(_distinct(Probes(time[order], offset[order], trip[order])), ends=True)


def _distinct(probes: Probes) -> Probes:
    """A recorder that asks faster than it is answered notes the same probe twice."""
    if len(probes.time) == 0:
        return probes
    return _take(probes, np.append(True, np.abs(np.diff(probes.lab)) > 1e-6))


def _sorted_out(probes: Probes, *, ends: bool) -> Probes:
    """Mark steps, leave out those off; with `ends` those at an end are believed, else only what stays so."""
    keep = _come_back(probes)
    levels = _levels(_take(probes, keep))
    doubtful, contrary = False, 0.0
    if not ends and len(levels) > 1:
        sizes = [level.stop - level.start for level in levels]
        longest = max(sizes)
        sure = [i for i, size in enumerate(sizes) if size > _FEW or size == longest]
        if longest <= _FEW and len(sure) > 1:
            offsets = [float(np.mean(probes.offset[keep][level])) for level in levels]
            contrary, sure = max(offsets) - min(offsets), sure[:1]
        doubtful = len(sure) < len(levels)
        keep = keep[levels[sure[0]].start : levels[sure[-1]].stop]
    clean = _take(probes, keep)
    out = np.setdiff1d(np.arange(len(probes.time)), keep).tolist()
    outliers = tuple(Outlier(*_near(clean, float(probes.lab[max(i - 1, 0)]), float(probes.offset[i]))) for i in out)
    steps = tuple(level.start for level in _levels(clean)[1:])
    return Probes(clean.time, clean.offset, clean.trip, steps, outliers, doubtful, contrary)


def _come_back(probes: Probes) -> NDArray[np.int64]:
    """All but a few that lie off between two that go on as if these were not there."""
    kept: list[slice] = []
    for level in _levels(probes):
        few = 0
        for back in range(1, min(_FEW, len(kept) - 1) + 1):
            few += kept[-back].stop - kept[-back].start
            if few > _FEW:
                break
            if not _jumps(probes, kept[-back - 1].stop - 1, level.start):
                del kept[-back:]
                break
        kept.append(level)
    return np.concatenate([np.arange(level.start, level.stop) for level in kept] or [np.empty(0, np.int64)])


def _near(clean: Probes, lab: float, offset: float) -> tuple[float, float]:
    """Lab time of the believed measurement that is nearest, and how far an offset is from its."""
    if len(clean.time) == 0:
        return lab, offset
    nearest = int(np.argmin(np.abs(clean.lab - lab)))
    return float(clean.lab[nearest]), offset - float(clean.offset[nearest])


def _stamps_step(stamps: Stamps, probes: Probes, step: int) -> bool:
    """Whether stamps jump at a step of the clock, by about as much as that, the other way."""
    change = float(probes.offset[step] - probes.offset[step - 1])
    low, high = probes.lab[step - 1] - _BORDER_S, probes.lab[step] + _BORDER_S
    for _, values in stamps.pieces(overlap=1):
        apart = np.diff(values)
        if len(apart) == 0:
            continue
        middle = float(np.median(apart))
        scatter = 1.48 * float(np.median(np.abs(apart - middle)))
        jumps = (np.abs(apart - middle + change) < 0.5 * abs(change)) & (np.abs(apart - middle) > _SCATTERS * scatter)
        before = values[:-1] + probes.offset[step - 1]
        if bool(np.any(jumps & (before > low) & (before < high))):
            return True
    return False


def _take(probes: Probes, which: NDArray[np.generic]) -> Probes:
    return Probes(probes.time[which], probes.offset[which], probes.trip[which])


def _levels(probes: Probes) -> list[slice]:
    """Runs of probes without a jump between neighbours."""
    if len(probes.time) == 0:
        return []
    drift, noise = _usual(probes)
    elapsed = np.diff(probes.lab)
    change = np.diff(probes.offset) - drift * elapsed
    allowed = _allowed(elapsed, probes.trip[1:] + probes.trip[:-1], noise)
    steps = np.abs(change) > allowed
    steps &= ~_slewed(change, np.maximum(elapsed, 1e-6), allowed)
    edges = [0, *(np.flatnonzero(steps) + 1).tolist(), len(probes.time)]
    return [slice(a, b) for a, b in pairwise(edges)]


def _slewed(change: Floats, elapsed: Floats, allowed: Floats) -> NDArray[np.bool_]:
    """Changes that go on at one pace from probe to probe: a clock that is set slowly, and does not step."""
    pace, steps = change / elapsed, np.abs(change) > allowed
    size, slewed = np.abs(pace), np.zeros(len(pace), bool)
    together = steps[1:] & steps[:-1] & (pace[1:] * pace[:-1] > 0.0) & (size[1:] + size[:-1] < 2.0 * _FASTEST)
    alike = together & (np.abs(size[1:] - size[:-1]) < _ONE_PACE * np.maximum(size[1:], size[:-1]))
    for first in np.flatnonzero(alike).tolist():
        # It begins and ends between two probes, and a late probe in it is no step either.
        near = slice(max(first - _NEAR_SLEW, 0), first + 2 + _NEAR_SLEW)
        most = float(pace[first : first + 2].mean()) * elapsed[near]
        low, high = np.minimum(most, 0.0) - allowed[near], np.maximum(most, 0.0) + allowed[near]
        slewed[near] |= (change[near] > low) & (change[near] < high)
    return slewed


def _jumps(probes: Probes, a: int, b: int) -> bool:
    drift, noise = _usual(probes)
    elapsed = probes.lab[b] - probes.lab[a]
    change = abs(probes.offset[b] - probes.offset[a] - drift * elapsed)
    return bool(change > _allowed(elapsed, probes.trip[a] + probes.trip[b], noise))


def _allowed(elapsed: Floats, trips: Floats, noise: float) -> Floats:
    """By how much two probes may differ on a clock that did not step."""
    return np.asarray(_STEP_FLOOR + _FAST_CHANGE * elapsed + trips / 2.0 + 12.0 * noise)


def _usual(probes: Probes) -> tuple[float, float]:
    """Usual drift, and noise from probe to probe."""
    if len(probes.time) < 3:
        # Two probes alone cannot tell a step from a drift: only what no clock drifts by is one.
        slope = np.diff(probes.offset) / np.maximum(np.diff(probes.lab), 1e-6)
        return float(slope[0]) if len(slope) and abs(float(slope[0])) < _FIRST_DRIFT else 0.0, PROBE_NOISE
    # Over ten seconds: streams that share a clock ask at nearly the same moment, and then noise looks like drift.
    span = float(probes.lab[-1] - probes.lab[0])
    lag = min(len(probes.time) // 2, max(1, round(10.0 * len(probes.time) / max(span, 1e-6))))
    drift = 0.0
    for apart in (lag, 1):
        far = np.maximum(probes.lab[apart:] - probes.lab[:-apart], 1e-6)
        slopes = (probes.offset[apart:] - probes.offset[:-apart]) / far
        possible = slopes[np.abs(slopes) < _FASTEST]  # the others are steps
        if 3 * len(possible) >= len(slopes):
            drift = float(np.median(possible))
            break
    if len(probes.time) <= _HARDLY_ANY:
        # One that is off would be all the noise there is: how far each is from the one that is nearest.
        level = probes.offset - drift * (probes.lab - probes.lab[0])
        apart = np.abs(level[:, None] - level) + np.diag(np.full(len(level), np.inf))
        return drift, max(float(np.median(apart.min(axis=1))), PROBE_NOISE)
    elapsed, change = np.diff(probes.lab), np.diff(probes.offset)
    return drift, 1.48 * float(np.median(np.abs(change - drift * elapsed))) / np.sqrt(2.0)


def same_clock(a: Probes, b: Probes) -> bool:
    """Whether two streams of one host can be on the same clock.

    Their steps must come together, and their probes agree within half their round trips wherever both were asked.
    """
    if len(a.time) == 0 or len(b.time) == 0 or len(a.steps) != len(b.steps):
        return False
    return all(_same_line(a, mine, b, theirs) for mine, theirs in zip(a.pieces, b.pieces, strict=True))


def _same_line(a: Probes, mine: slice, b: Probes, theirs: slice) -> bool:
    if theirs.stop - theirs.start < mine.stop - mine.start:
        a, mine, b, theirs = b, theirs, a, mine
    time, lab = b.time[theirs], b.lab[theirs]
    inside = (a.lab[mine] >= lab[0]) & (a.lab[mine] <= lab[-1])
    if not bool(inside.any()):
        return False
    order = np.argsort(time)
    expected = np.interp(a.time[mine], time[order], b.offset[theirs][order])
    trips = (a.trip[mine] + np.interp(a.time[mine], time[order], b.trip[theirs][order])) / 2.0
    noise = max(_usual(a)[1], _usual(b)[1])
    off = (np.abs(a.offset[mine] - expected) > trips + 4.0 * noise)[inside]
    row = np.convolve(off, np.ones(_AGREE_ROW), "valid") if len(off) >= _AGREE_ROW else np.zeros(1)
    return bool(np.mean(~off) >= _AGREE_SHARE and row.max() < _AGREE_ROW)


def _floats(values: NDArray[np.generic]) -> Floats:
    return np.asarray(values, dtype=np.float64)
