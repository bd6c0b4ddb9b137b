"""A device's clock against the lab's: a smooth curve through its measurements, between its steps."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from groundup.clock.probes import PROBE_NOISE, Probes
from groundup.clock.smoother import Curve, Floats, smooth
from groundup.clock.stamps import Readable

_ANY_CRYSTAL = 2.5e-4  # s/s by which a clock is off that was asked once
_SAME_CRYSTAL = 1e-4  # s/s by which the drift may differ after a step
_MOST_KNOTS = 1000
_SHARP = 0.1  # of what lies between two probes: as a clock that is set bends
_WARM = 1.0  # as one that warms up bends, which is asked every five seconds or ten
_SLEWED, _SURELY, _TELLING = 1e-4, 6.0, 5  # s/s; spreads of what the slope may be; probes


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


Span = tuple[int, int, Piece]


@dataclass(frozen=True)
class SlewCorrected:
    """Stamps of a clock that was set slowly, on the clock that measured it: `groundup.clock.stamps.Readable`.

    A crystal samples on evenly while the system's clock is slewed: its samples can only be counted on another clock.

    Attributes
    ----------
    stamps : Readable
    spans : tuple of (int, int, Piece)
        Samples from one to before another, and the clock between its steps that stamped them.
    """

    stamps: Readable
    spans: tuple[Span, ...]

    @property
    def pace(self) -> float:
        """By how much the clock was made to run faster or slower, in s/s."""
        return max(float(np.ptp(_lasting(curve))) for curve in self._bent)

    @property
    def corner(self) -> float:
        """How far it may be off where that began or ended, between two measurements, in s."""
        return 0.25 * self.pace * max(float(np.median(np.diff(curve.time))) for curve in self._bent)

    @property
    def _bent(self) -> list[Curve]:
        return [piece.curve for *_, piece in self.spans if _slewed(piece.curve)]

    def __len__(self) -> int:
        return len(self.stamps)

    def __getitem__(self, part: slice, /) -> Floats:
        numbers, lab = range(len(self))[part], np.array(self.stamps[part], np.float64)
        for start, stop, piece in self.spans:
            if len(self.spans) == 1:
                return np.asarray(lab + piece.curve.at(lab))
            mine = slice(*(bisect_left(numbers, edge) for edge in (start, stop)))
            lab[mine] += piece.curve.at(lab[mine])
        return lab


def _lasting(curve: Curve) -> Floats:
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(curve.slope, 3), axis=1))


def is_slewed(pieces: list[Piece]) -> bool:
    """Whether the clock was set while it ran: it bends more than a crystal does, at some time between its steps."""
    return any(_slewed(piece.curve) for piece in pieces)


def slew_corrected(stamps: Readable, spans: Sequence[Span]) -> tuple[SlewCorrected, list[Piece]] | None:
    """Stamps and clock with the bends and steps taken out of both; None where its pieces overlap on the lab's clock."""
    curves = [piece.curve for *_, piece in spans]
    time = np.concatenate([curve.time + curve.value for curve in curves])
    if not bool(np.all(np.diff(time) > 0.0)):
        return None
    none = np.zeros(len(time))
    values = np.concatenate([curve.values - curve.value for curve in curves], axis=1)
    slopes = np.concatenate([curve.slopes - curve.slope for curve in curves], axis=1)
    straight = Curve(time, none, none, values, slopes, curves[-1].beyond)
    return SlewCorrected(stamps, tuple(spans)), [Piece(straight, spans[0][2].first, spans[-1][2].last)]


def fit_clock(probes: Probes, seed: int) -> list[Piece]:
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
    sigma = np.hypot(PROBE_NOISE, (trip - trip.min()) / 2.0)
    time, offset, sigma = _knots(time, offset, sigma)
    if drift is None and len(time) == 1:
        return smooth(time, offset, sigma, slope=0.0, slope_sd=_ANY_CRYSTAL, seed=seed)
    known = 1e-3 if drift is None else _SAME_CRYSTAL
    # The corners of a slew are sharp for its probes, and would be taken for outliers.
    curve = smooth(time, offset, sigma, slope=drift, slope_sd=1e-3, outliers=False, sharpest=_SHARP, seed=seed)
    if _slewed(curve):
        return curve
    return smooth(time, offset, sigma, slope=drift, slope_sd=known, sharpest=_WARM, seed=seed)


def _slewed(curve: Curve) -> bool:
    """Whether a clock bends more than a crystal does."""
    if len(curve.time) < _TELLING:
        return False
    spread = float(np.median((curve.slopes - curve.slope).std(axis=0)))
    return float(np.ptp(_lasting(curve))) > max(_SLEWED, _SURELY * spread)


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
