"""Two trains of contacts of one walk: no two strides last equally long, and that tells which is which.

A walk looks the same a stride later, so how well contacts fit at an offset says little. What says it is whether the
small changes from stride to stride are the same in both: their correlation at each shift by whole strides, of which the
right one has to stand out. Changes, and not durations: two people who both slow down are alike in these.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundup.analysis.joining.line_fit import ClockLine, fit_line
from groundup.analysis.joining.trains import Train
from groundup.model.signals import Floats

Places = NDArray[np.intp]

_ANCHORS, _REACH = 6, 300  # contacts that are laid on each of the other file's; so many before and after are followed
_GATE_S = 0.12  # a stride differs from the next by less
_FEWEST = 16  # changes from stride to stride
_SURE, _AHEAD = 5.5, 2.5  # standard deviations of the correlations at all shifts
_REDDENED = float(np.sqrt(1.5))  # changes of independent durations are no independent numbers
_CLIP = 3.0
_LEAST_SHARE = 0.6  # of the contacts that both should have seen
_SPREAD_S = 0.04  # two sensors that see one contact differ by less


@dataclass(frozen=True, eq=False)
class StrideMatching:
    """Which contacts are the same: as `groundup.analysis.joining.train_matching.Matching`."""

    ours: Places
    theirs: Places
    line: ClockLine
    evidence: float
    second_best: float


@dataclass(frozen=True, eq=False)
class _Shifts:
    """Every contact that an anchor may be, followed both ways: which of the reference's each of the file's would be."""

    anchor: int
    partners: Places
    places: Places  # (partners, contacts of the file), -1: none
    scores: Floats


def match_strides(a: Train, b: Train) -> StrideMatching | str:
    """Find which contacts of two files are the same.

    Parameters
    ----------
    a, b : Train
        Contacts of the reference and of the file, labelled by side where it is known (0: not known).

    Returns
    -------
    StrideMatching or str
        Why there is none.
    """
    apart = 1 if {*a.labels.tolist(), *b.labels.tolist()} - {0} else 2
    if min(len(a), len(b)) < _FEWEST + 2 * apart:
        return f"{len(a)} and {len(b)} contacts are too few: it takes at least {_FEWEST + 2 * apart}"
    anchors = np.unique(np.linspace(0, len(b) - 1, _ANCHORS + 2)[1:-1].astype(int)).tolist()
    every = [_shifts(a, b, anchor, apart) for anchor in anchors]
    sure: list[StrideMatching] = []
    best, ahead = -np.inf, 0.0
    for shifts in every:
        order = np.argsort(-shifts.scores)
        if not len(order):
            continue
        first = float(shifts.scores[order[0]])
        others = shifts.scores[order[1:]].tolist()
        if first > best:
            best, ahead = first, first - (others[0] if others else 0.0)
        if first >= _SURE and first - max([*others, 0.0]) >= _AHEAD:
            found = _fitted(a, b, shifts, int(order[0]), first, others[0] if others else 0.0)
            if found is not None:
                sure.append(found)
    if not sure:
        return (
            "the strides are too regular, or not of one walk: their changes correlate by "
            f"{max(best, 0.0):.1f} standard deviations at best, {ahead:.1f} more than at another stride"
        )
    sure.sort(key=lambda one: one.second_best - one.evidence)
    top = sure[0]
    middle = np.array([top.line.pivot])
    if any(abs(float(one.line.at(middle)[0]) - top.line.offset) > _GATE_S for one in sure[1:]):
        return "different parts of the walk fit at different offsets"
    return top


def _shifts(a: Train, b: Train, anchor: int, apart: int) -> _Shifts:
    partners = np.flatnonzero(a.labels == b.labels[anchor])
    first, last = max(anchor - _REACH, 0), min(anchor + _REACH, len(b) - 1)
    places = np.full((len(partners), last - first + 1), -1, np.intp)
    places[:, anchor - first] = partners
    for step, end in ((1, last), (-1, first)):
        lag = a.times[partners] - b.times[anchor]
        for j in range(anchor + step, end + step, step):
            near, off = _nearest(a, b.labels[j], b.times[j] + lag)
            fits = np.abs(off) < _GATE_S
            places[:, j - first] = np.where(fits, near, -1)
            lag = np.where(fits, a.times[near] - b.times[j], lag)
    part = slice(first, last + 1)
    scores = _correlations(a.times, b.times[part], b.labels[part], places, apart)
    return _Shifts(first, partners, places, scores)


def _nearest(a: Train, label: int, times: Floats) -> tuple[Places, Floats]:
    """The contact of this side nearest to each time, and how far it is."""
    mine = np.flatnonzero(a.labels == label)
    if not len(mine):
        return np.zeros(len(times), np.intp), np.full(len(times), np.inf)
    among = a.times[mine]
    right = np.clip(np.searchsorted(among, times), 1, max(len(mine) - 1, 1))
    right = np.minimum(right, len(mine) - 1)
    left = np.maximum(right - 1, 0)
    near = np.where(np.abs(among[left] - times) <= np.abs(among[right] - times), left, right)
    return mine[near], among[near] - times


def _correlations(ours: Floats, theirs: Floats, labels: NDArray[np.int_], places: Places, apart: int) -> Floats:
    """By how many standard deviations the changes of strides correlate at each shift, shape (partners,)."""
    x, y, use = [], [], []
    for label in np.unique(labels).tolist():
        mine = np.flatnonzero(labels == label)
        if len(mine) <= 2 * apart:
            continue
        triples = [mine[k * apart : len(mine) - (2 - k) * apart] for k in range(3)]
        at = [places[:, part] for part in triples]
        there = [theirs[part] for part in triples]
        x.append(ours[at[2]] - 2.0 * ours[at[1]] + ours[at[0]])
        y.append(np.broadcast_to(there[2] - 2.0 * there[1] + there[0], x[-1].shape))
        known = (at[0] >= 0) & (at[1] >= 0) & (at[2] >= 0)
        # A stride that one of the files saw as two is none.
        known &= (np.abs(x[-1]) < 2.0 * _GATE_S) & (np.abs(y[-1]) < 2.0 * _GATE_S)
        use.append(known)
    if not x:
        return np.zeros(len(places))
    return _standard_deviations(np.concatenate(x, axis=1), np.concatenate(y, axis=1), np.concatenate(use, axis=1))


def _standard_deviations(x: Floats, y: Floats, use: NDArray[np.bool_]) -> Floats:
    count = use.sum(axis=1)
    clipped = []
    for values in (x, y):
        hidden = np.where(use, np.abs(values), np.nan)
        with np.errstate(all="ignore"):
            limit = np.full(len(values), 1.0)
            some = count > 0
            limit[some] = _CLIP * 1.4826 * np.nanmedian(hidden[some], axis=1)
        clipped.append(np.where(use, np.clip(values, -limit[:, None], limit[:, None]), 0.0))
    both = (clipped[0] * clipped[1]).sum(axis=1)
    size = np.sqrt((clipped[0] ** 2).sum(axis=1) * (clipped[1] ** 2).sum(axis=1))
    r = np.clip(both / np.maximum(size, 1e-300), -0.999, 0.999)
    z = np.arctanh(r) * np.sqrt(np.maximum(count - 3, 0)) / _REDDENED
    enough = count >= _FEWEST
    # Strides that overlap, or are alike for long, are fewer than they seem: by how much, the wrong shifts show.
    usual = 1.4826 * float(np.median(np.abs(z[enough]))) if enough.any() else 1.0
    found: Floats = np.where(enough, z / max(usual, 1.0), 0.0)
    return found


def _fitted(a: Train, b: Train, shifts: _Shifts, row: int, evidence: float, second: float) -> StrideMatching | None:
    """The line through the contacts of one shift, and through all others that lie on it; None if too few do."""
    known = np.flatnonzero(shifts.places[row] >= 0)
    ours, theirs = shifts.places[row][known], known + shifts.anchor
    line = ClockLine(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for _ in range(12):  # beyond what was followed: as far again with each round
        lag = a.times[ours] - b.times[theirs]
        line = fit_line(b.times[theirs], lag, np.full(len(lag), 0.01))
        reach = float(np.ptp(b.times[theirs])) + 10.0
        close = np.flatnonzero(np.abs(b.times - line.pivot) <= reach)
        before = len(theirs)
        ours, theirs = _on_line(a, b, line, close)
        if len(theirs) < _FEWEST:
            return None
        if len(theirs) == before:
            break
    if line.spread > _SPREAD_S:
        return None
    moved = b.times + line.at(b.times)
    low = max(a.span[0], float(moved[0]), float(a.times[0])) - 0.5
    high = min(a.span[1], float(moved[-1]), float(a.times[-1])) + 0.5
    could = min(int(np.count_nonzero((t >= low) & (t <= high))) for t in (a.times, moved))
    if len(theirs) < _LEAST_SHARE * could:
        return None
    return StrideMatching(ours, theirs, line, evidence, second)


def _on_line(a: Train, b: Train, line: ClockLine, close: Places) -> tuple[Places, Places]:
    ours, theirs = [], []
    gate = min(max(4.0 * line.spread, 0.02), _GATE_S)
    for label in np.unique(b.labels[close]).tolist():
        part = close[b.labels[close] == label]
        near, off = _nearest(a, label, b.times[part] + line.at(b.times[part]))
        fits = np.abs(off) < gate
        _, once = np.unique(near[fits], return_index=True)
        ours.append(near[fits][once])
        theirs.append(part[fits][once])
    first, second = np.concatenate(ours), np.concatenate(theirs)
    order = np.argsort(second)
    return first[order], second[order]
