"""Measurements of a device's clock: those that are off are left out, steps of the clock are found.

Everything goes by the order in which they were made, and by the lab time of each (its device time plus its offset),
which runs on whatever the device's clock does: also when that steps backwards and says the same times twice.

A clock that is set stays set: a few measurements that lie off and come back are wrong. At an end nobody sees whether
they come back; there a few are only believed where the time stamps step with them (`_stamps_step`).
"""

import bisect
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from groundup.clock.clock_steps import jumps, level_runs
from groundup.clock.probes import Outlier, Probes, take_probes
from groundup.clock.smoother import Floats
from groundup.clock.stamps import Stamps

TYPICAL_ROUND_TRIP = 2e-4  # s, for files that do not tell
_FEW = 2  # probes that lie off and come back are outliers; more are a step there and a step back
_EARLY_S, _LATE_S = 1.0, 120.0  # a probe is learnt of after it was made, and soon
_LATEST = 1e12  # s; no clock says more
_BACK_S = 1e-3  # a moment after the other, as far as the network lets that be seen
_FAR_S = 60.0  # a clock is asked about a time near to what it stamps
_BORDER_S = 10.0  # the clock stepped at most so long before or after the probes beside the step
_SCATTERS = 8.0  # a jump of the stamps is larger than their usual scatter


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
    return take_probes(probes, np.append(True, np.abs(np.diff(probes.lab)) > 1e-6))


def _sorted_out(probes: Probes, *, ends: bool) -> Probes:
    """Mark steps, leave out those off; with `ends` those at an end are believed, else only what stays so."""
    keep = _come_back(probes)
    levels = level_runs(take_probes(probes, keep))
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
    clean = take_probes(probes, keep)
    out = np.setdiff1d(np.arange(len(probes.time)), keep).tolist()
    outliers = tuple(Outlier(*_near(clean, float(probes.lab[max(i - 1, 0)]), float(probes.offset[i]))) for i in out)
    steps = tuple(level.start for level in level_runs(clean)[1:])
    return Probes(clean.time, clean.offset, clean.trip, steps, outliers, doubtful, contrary)


def _come_back(probes: Probes) -> NDArray[np.int64]:
    """All but a few that lie off between two that go on as if these were not there."""
    kept: list[slice] = []
    for level in level_runs(probes):
        few = 0
        for back in range(1, min(_FEW, len(kept) - 1) + 1):
            few += kept[-back].stop - kept[-back].start
            if few > _FEW:
                break
            if not jumps(probes, kept[-back - 1].stop - 1, level.start):
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


def _floats(values: NDArray[np.generic]) -> Floats:
    return np.asarray(values, dtype=np.float64)
