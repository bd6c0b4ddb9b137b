"""A device's clock against the lab's: outliers thrown out, steps found, a smooth curve between them.

Everything goes by the lab time of a probe (its device time plus its offset), which runs on whatever the device's clock
does: also when that steps backwards and says the same times twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from groundup.clock.smoother import Curve, Floats, smooth

TYPICAL_ROUND_TRIP = 2e-4  # s, for files that do not tell
_PROBE_NOISE = 2e-5  # s; the scatter of probes on loopback, where the truth is 0
_STEP_FLOOR = 5e-4  # s; a smaller step is drift to anybody who looks every two seconds
_FASTEST = 5e-3  # s/s; no clock is worse
_FIRST_DRIFT = 1e-3  # s/s that a clock may be off by when nothing is known of it
_FAST_CHANGE = 2e-4  # s/s by which a clock may leave its own usual drift
_ANY_CRYSTAL = 2.5e-4  # s/s by which a clock is off that was asked once
_SAME_CRYSTAL = 1e-4  # s/s by which the drift may differ after a step
_FEW = 2  # probes that lie off and come back are outliers; more are a step there and a step back
_MOST_KNOTS = 1000
_AGREE_SHARE = 0.9
_AGREE_ROW = 3  # probes in a row that disagree are no accident


@dataclass(frozen=True)
class Probes:
    """Measurements of one clock, in the order of the lab's time, outliers thrown out.

    Attributes
    ----------
    time, offset, trip : ndarray, shape (K,)
        Device time, what to add to it, and round trip, in s.
    steps : tuple of int
        Index of the first probe after each step of the clock.
    outliers : int
        How many were thrown out.
    """

    time: Floats
    offset: Floats
    trip: Floats
    steps: tuple[int, ...] = ()
    outliers: int = 0

    @property
    def lab(self) -> Floats:
        """Lab time of each."""
        return self.time + self.offset

    @property
    def pieces(self) -> list[slice]:
        """Stretches in which the clock did not step."""
        return [slice(a, b) for a, b in pairwise((0, *self.steps, len(self.time)))]


@dataclass(frozen=True)
class Piece:
    """A stretch without a step: what to add to device time between two lab times.

    Attributes
    ----------
    curve : Curve
        Of the offset over device time.
    first, last : float
        Lab time of its first and last probe.
    """

    curve: Curve
    first: float
    last: float


def look(probes: NDArray[np.void]) -> Probes:
    """Sort out probes: those without a number go, then outliers; steps are marked.

    Parameters
    ----------
    probes : structured ndarray of `groundup.source.PROBE`
    """
    known = probes[np.isfinite(probes["time"]) & np.isfinite(probes["offset"])]
    trip = np.where(np.isfinite(known["round_trip"]), np.abs(known["round_trip"]), TYPICAL_ROUND_TRIP)
    return _look(Probes(_floats(known["time"]), _floats(known["offset"]), _floats(trip)))


def pool(clocks: Sequence[Probes]) -> Probes:
    """All probes of streams that share a clock."""
    time, offset, trip = (np.concatenate([getattr(c, name) for c in clocks]) for name in ("time", "offset", "trip"))
    return _look(Probes(time, offset, trip))


def _look(probes: Probes) -> Probes:
    order = np.argsort(probes.lab, kind="stable")
    probes = _take(probes, order)
    # A recorder that asks faster than it is answered notes the same probe twice.
    distinct = np.append(True, np.diff(probes.lab) > 1e-6) if len(order) else np.zeros(0, bool)
    probes = _take(probes, distinct)
    levels = _levels(probes)
    kept: list[slice] = []
    for index, level in enumerate(levels):
        few = level.stop - level.start <= _FEW
        if few and kept and index + 1 < len(levels) and not _jumps(probes, kept[-1].stop - 1, levels[index + 1].start):
            continue
        kept.append(level)
    keep = np.zeros(len(probes.time), bool)
    for level in kept:
        keep[level] = True
    outliers = len(keep) - int(keep.sum())
    clean = _take(probes, keep)
    steps = tuple(level.start for level in _levels(clean)[1:])
    return Probes(clean.time, clean.offset, clean.trip, steps, outliers)


def _take(probes: Probes, which: NDArray[np.generic]) -> Probes:
    return Probes(probes.time[which], probes.offset[which], probes.trip[which])


def _levels(probes: Probes) -> list[slice]:
    """Runs of probes without a jump between neighbours."""
    if len(probes.time) == 0:
        return []
    drift, noise = _usual(probes)
    elapsed = np.diff(probes.lab)
    change = np.abs(np.diff(probes.offset) - drift * elapsed)
    allowed = _allowed(elapsed, probes.trip[1:] + probes.trip[:-1], noise)
    edges = [0, *(np.flatnonzero(change > allowed) + 1).tolist(), len(probes.time)]
    return [slice(a, b) for a, b in pairwise(edges)]


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
        return float(slope[0]) if len(slope) and abs(float(slope[0])) < _FIRST_DRIFT else 0.0, _PROBE_NOISE
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
    elapsed, change = np.diff(probes.lab), np.diff(probes.offset)
    return drift, 1.48 * float(np.median(np.abs(change - drift * elapsed))) / np.sqrt(2.0)


def fit(probes: Probes, seed: int) -> list[Piece]:
    """A smooth curve through each stretch without a step; the longest tells the others how the crystal drifts."""
    pieces = probes.pieces
    if len(probes.time) == 0:
        return []
    longest = max(range(len(pieces)), key=lambda i: pieces[i].stop - pieces[i].start)
    curves = {longest: _curve(probes, pieces[longest], None, seed)}
    drift = float(np.median(curves[longest].slope))
    for index, piece in enumerate(pieces):
        if index != longest:
            curves[index] = _curve(probes, piece, drift, seed + 1 + index)
    lab = probes.lab
    return [Piece(curves[i], float(lab[p.start]), float(lab[p.stop - 1])) for i, p in enumerate(pieces)]


def _curve(probes: Probes, piece: slice, drift: float | None, seed: int) -> Curve:
    time, offset, trip = probes.time[piece], probes.offset[piece], probes.trip[piece]
    order = np.argsort(time, kind="stable")
    time, offset, trip = time[order], offset[order], trip[order]
    # A probe can be off by half of what its round trip exceeds the best one, and by the timer's own noise.
    sigma = np.hypot(_PROBE_NOISE, (trip - trip.min()) / 2.0)
    time, offset, sigma = _knots(time, offset, sigma)
    if drift is None and len(time) == 1:
        return smooth(time, offset, sigma, slope=0.0, slope_sd=_ANY_CRYSTAL, seed=seed)
    return smooth(time, offset, sigma, slope=drift, slope_sd=1e-3 if drift is None else _SAME_CRYSTAL, seed=seed)


def _knots(time: Floats, offset: Floats, sigma: Floats) -> tuple[Floats, Floats, Floats]:
    """Probes that lie close together, as one: weighted by how well each is known."""
    span = float(time[-1] - time[0])
    close = max(span / _MOST_KNOTS, 0.5)
    group = np.unique(np.floor((time - time[0]) / close), return_inverse=True)[1]
    if group[-1] + 1 == len(time):
        return time, offset, sigma
    weight = 1.0 / sigma**2
    total = np.bincount(group, weight)
    # Within half a second, several streams ask through the same network: what they share is not averaged out.
    best = np.full(len(total), np.inf)
    np.minimum.at(best, group, sigma)
    shifted, base = time - time[0], offset[0]
    return (
        time[0] + np.bincount(group, weight * shifted) / total,
        base + np.bincount(group, weight * (offset - base)) / total,
        np.maximum(1.0 / np.sqrt(total), best / 2.0),
    )


def agree(a: Probes, b: Probes) -> bool:
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
