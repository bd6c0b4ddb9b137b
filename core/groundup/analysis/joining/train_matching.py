"""Two trains of events, one line between their clocks: every offset is tried, and the best has to stand out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundup.analysis.joining.line_fit import ClockLine, fit_line
from groundup.analysis.joining.trains import Train
from groundup.analysis.joining.uniqueness import stands_out
from groundup.clock.joint import MOST_DRIFT_PPM
from groundup.model.signals import Floats

Places = NDArray[np.intp]

_CHUNKS, _CHUNK = 4, 150  # so many stretches of so many events are laid on the other train
_SEEDS = 30  # offsets that are followed from each stretch
_MISSED = float(np.log(0.2))  # an event that only one of the files has costs this
_FEWEST = 3
_GATE = 4.0  # standard deviations
_SURE = float(np.log(1e5))  # that chance alone would bring so many together
_DRIFT = 1e-6 * MOST_DRIFT_PPM
_ROUNDS = 14


@dataclass(frozen=True, eq=False)
class Matching:
    """Which events of two trains are the same.

    Attributes
    ----------
    ours, theirs : ndarray of int, shape (n,)
        Places in the reference's train and in the file's.
    line : ClockLine
    missed : int
        Events that both would have seen, and only one has.
    evidence, second_best : float
        Log-likelihood against no relation, here and at the best other offset.
    """

    ours: Places
    theirs: Places
    line: ClockLine
    missed: int
    evidence: float
    second_best: float


@dataclass(frozen=True)
class _Fit:
    ours: Places
    theirs: Places
    line: ClockLine
    missed: int
    score: float


def match_trains(a: Train, b: Train, floor: float, cap: float, tried: int = 1) -> Matching | str:
    """Lay one train on the other.

    Parameters
    ----------
    a, b : Train
        Of the reference, and of the file that is to be joined.
    floor, cap : float
        How little, and how much, two that are the same may scatter around the line, in s (one standard deviation).
    tried : int
        How many pairs of trains are tried.

    Returns
    -------
    Matching or str
        Why there is none.
    """
    if min(len(a), len(b)) < _FEWEST:
        return f"{len(a)} and {len(b)} events are too few"
    fits: list[_Fit] = []
    for center, offset in _seeds(a, b, cap):
        if (fit := _follow(a, b, center, offset, floor, cap)) is not None:
            fits.append(fit)
    if not fits:
        return "no offset brings three of their events together"
    fits.sort(key=lambda fit: -fit.score)
    best = fits[0]
    others = _distinct(fits, 2.0 * _GATE * max(cap, floor))
    # No evidence is no evidence: how far below that others are says nothing of how far chance comes above it.
    scores = [max(fit.score, 0.0) for fit in others]
    second = scores[0] if scores else 0.0
    found = Matching(best.ours, best.theirs, best.line, best.missed, best.score, second)
    if best.score < _SURE + np.log(tried):
        return f"at best {len(best.ours)} of {len(a)} and {len(b)} events fit, which chance brings about, too"
    if not stands_out(best.score, [*scores, 0.0], tried):
        shift = others[0].line.at(np.array([best.line.pivot]))[0] - best.line.offset if others else np.nan
        return (
            f"it is ambiguous: {len(best.ours)} events fit at the best offset, and {_count(others)} nearly as well "
            f"{abs(shift):.3f} s beside it"
        )
    return found


def _count(others: list[_Fit]) -> int:
    return len(others[0].ours) if others else 0


def _seeds(a: Train, b: Train, cap: float) -> list[tuple[float, float]]:
    """Times of the file around which an offset brings many events together, and these offsets."""
    bin_s, found = 3.0 * cap, []
    count = max(1, min(_CHUNKS, -(-len(b) // _CHUNK)))
    for start in np.unique(np.linspace(0, max(len(b) - _CHUNK, 0), count).astype(int)).tolist():
        part = slice(start, start + _CHUNK)
        times, labels = b.times[part], b.labels[part]
        center = float(times.mean())
        alike = ((a.times[a.labels == k], times[labels == k]) for k in np.unique(labels))
        apart = np.concatenate([(ours[:, None] - theirs).ravel() for ours, theirs in alike])
        if not len(apart):
            continue
        low = float(apart.min())
        both: list[tuple[int, float]] = []
        for half in (0.0, 0.5):  # what lies across the edge of a bin is whole in the other ones
            place = ((apart - low) / bin_s + half).astype(np.int64)
            _, where, many = np.unique(place, return_inverse=True, return_counts=True)
            middle = np.bincount(where, apart) / many
            top = np.argsort(-many, kind="stable")[:_SEEDS]
            both += list(zip(many[top].tolist(), middle[top].tolist(), strict=True))
        both.sort(reverse=True)
        kept: list[float] = []
        for _, offset in both:
            if all(abs(offset - one) > cap for one in kept):
                kept.append(offset)
        found += [(center, offset) for offset in kept[:_SEEDS]]
    return found


def _follow(a: Train, b: Train, center: float, offset: float, floor: float, cap: float) -> _Fit | None:
    """From where an offset was found on to both ends: each round reaches further, with the drift known so far."""
    line = ClockLine(center, offset, cap, 0.0, _DRIFT, cap)
    reach = 4.0 * cap / _DRIFT  # so far no drift matters
    end = float(np.abs(b.times - center).max())
    gate, before = _GATE * cap, -1
    for _ in range(_ROUNDS):
        ours, theirs = _pairs(a, b, line, gate, center, reach)
        if len(ours) < _FEWEST:
            if reach >= end:
                return None
        else:
            lag = a.times[ours] - b.times[theirs]
            line = fit_line(b.times[theirs], lag, np.full(len(lag), max(floor, 1e-9)))
            if abs(line.drift) > _DRIFT:
                return None
            sigma = float(np.clip(line.spread, floor, cap))
            gate = min(_GATE * sigma + line.drift_half * reach, 2.0 * _GATE * cap)
        if reach >= end and len(ours) == before:
            break
        before, reach = len(ours), 2.0 * reach
    if len(ours) < _FEWEST:
        return None
    gate = _GATE * float(np.clip(line.spread, floor, cap))
    ours, theirs = _pairs(a, b, line, gate, center, np.inf)
    if len(ours) < _FEWEST:
        return None
    return _scored(a, b, ours, theirs, line, floor, cap)


def _pairs(a: Train, b: Train, line: ClockLine, gate: float, center: float, reach: float) -> tuple[Places, Places]:
    """Events that are each other's nearest, of one label, within the gate."""
    ours, theirs = [], []
    for label in np.unique(b.labels).tolist():
        mine = np.flatnonzero(a.labels == label)
        other = np.flatnonzero((b.labels == label) & (np.abs(b.times - center) <= reach))
        if not len(mine) or not len(other):
            continue
        moved = b.times[other] + line.at(b.times[other])
        nearest = _nearest(a.times[mine], moved)
        back = _nearest(moved, a.times[mine])
        fits = (back[nearest] == np.arange(len(other))) & (np.abs(a.times[mine][nearest] - moved) <= gate)
        ours.append(mine[nearest[fits]])
        theirs.append(other[fits])
    if not ours:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    first, second = np.concatenate(ours), np.concatenate(theirs)
    order = np.argsort(second, kind="stable")
    return first[order], second[order]


def _nearest(among: Floats, times: Floats) -> Places:
    place = np.clip(np.searchsorted(among, times), 1, max(len(among) - 1, 1))
    left = np.abs(among[place - 1] - times) <= np.abs(among[np.minimum(place, len(among) - 1)] - times)
    return np.where(left, place - 1, np.minimum(place, len(among) - 1))


def _scored(a: Train, b: Train, ours: Places, theirs: Places, line: ClockLine, floor: float, cap: float) -> _Fit:
    """How much likelier the events are if they are the same than if the trains have nothing to do with each other."""
    off = a.times[ours] - b.times[theirs] - line.at(b.times[theirs])
    # One of the two parameters of the line is paid for by the offsets that are tried, the other by one coincidence.
    sigma = float(np.clip(np.sqrt((off**2).sum() / max(len(off) - 2, 1)), floor, cap))
    low = max(a.span[0], b.span[0] + float(line.at(np.array([b.span[0]]))[0]))
    high = min(a.span[1], b.span[1] + float(line.at(np.array([b.span[1]]))[0]))
    edge = _GATE * sigma
    moved = b.times + line.at(b.times)
    seen = sum(int(np.count_nonzero((t >= low + edge) & (t <= high - edge))) for t in (a.times, moved))
    inside = sum(int(np.count_nonzero((t >= low + edge) & (t <= high - edge))) for t in (a.times[ours], moved[theirs]))
    missed = seen - inside
    usual = float(np.median(np.diff(a.times))) * len(np.unique(a.labels))
    each = np.log(max(usual, 1e-9) / (sigma * np.sqrt(2.0 * np.pi))) - 0.5 * (off / sigma) ** 2
    freely = float(np.log(max(usual, 1e-9) / (sigma * np.sqrt(2.0 * np.pi)))) + float(np.log(len(a) * len(b)))
    return _Fit(ours, theirs, line, missed, float(each.sum()) + missed * _MISSED - freely)


def _distinct(fits: list[_Fit], apart: float) -> list[_Fit]:
    """The other fits, best first, one for each offset."""
    kept = [fits[0]]
    for fit in fits[1:]:
        middle = np.array([fit.line.pivot])
        same = any(_same(fit, one) or abs(float(one.line.at(middle)[0]) - fit.line.offset) < apart / 8 for one in kept)
        if not same:
            kept.append(fit)
    return kept[1:]


def _same(a: _Fit, b: _Fit) -> bool:
    """Whether they pair mostly the same events."""
    pairs = set(zip(a.ours.tolist(), a.theirs.tolist(), strict=True))
    shared = sum(pair in pairs for pair in zip(b.ours.tolist(), b.theirs.tolist(), strict=True))
    return 2 * shared > min(len(a.ours), len(b.ours))
