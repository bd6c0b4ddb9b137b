"""Which samples were stamped before a step of the device's clock, and which after.

Probes say that the clock stepped between two of them; the stamps say at which sample.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from groundup.clock.device_clock import Piece
from groundup.clock.smoother import DRAWS, Floats
from groundup.clock.stamps import Stamps

_SHOWN_BY_ARRIVAL_S = 2.0  # a smaller step is smaller than how late samples may arrive
_NEAR_S = 20.0
_ALIKE = 0.5  # of what a border in the wrong place costs
_MATTERS_S = 0.05  # a smaller step is hardly more than lateness
_SLACK_S = 1.0  # stamps may lie this much outside the two probes: they arrive late, and curves are carried on


@dataclass(frozen=True)
class ClockSegment:
    """Samples stamped by a clock that did not step between them.

    Attributes
    ----------
    start, stop : int
        Sample numbers.
    shift : float
        What makes its stamps continue those of the segment before, in s.
    piece : Piece or None
        The clock; None where no clock was measured.
    uncertainty : float
        How far they may be off because nothing tells on which side of a step they were stamped, in s; else 0.
    """

    start: int
    stop: int
    shift: float
    piece: Piece | None
    uncertainty: float = 0.0


def clock_segments(
    stamps: Stamps, pieces: Sequence[Piece], rate: float, arrivals: NDArray[np.void] | None = None
) -> list[ClockSegment]:
    """Cut a stream at the steps of its clock.

    Parameters
    ----------
    stamps : Stamps, shape (N,)
        In the order of arrival.
    pieces : sequence of Piece
        The clock between its steps, in order.
    rate : float
        Nominal rate in Hz, or 0.
    arrivals : structured ndarray of `groundup.model.source.ARRIVAL`, optional
        They tell where the clock stepped without a jump of the stamps: a computer that slept.
    """
    if not pieces:
        return [ClockSegment(0, len(stamps), 0.0, None)]
    found: list[ClockSegment] = []
    uncertainties: list[tuple[int, int, float]] = []
    start, shift = 0, 0.0
    for index, piece in enumerate(pieces):
        stop = len(stamps)
        if index + 1 < len(pieces):
            between = _by_arrival(stamps, piece, pieces[index + 1], arrivals)
            low, high = (max(edge - start, 0) for edge in between)
            border, unsure = _border(stamps.part(start, len(stamps)), piece, pieces[index + 1], rate, low, high)
            stop, may_be = start + border, (start + unsure[0], start + unsure[1])
            uncertainties.append((*may_be, abs(_step(piece, pieces[index + 1]))))
        if index:
            shift += _step(pieces[index - 1], piece)
        found.append(ClockSegment(start, stop, shift, piece))
        start = stop
    return [part for segment in found for part in _parts(segment, uncertainties)]


def _parts(segment: ClockSegment, uncertainties: Sequence[tuple[int, int, float]]) -> list[ClockSegment]:
    """A segment with those of its samples apart that may be of the one before or behind."""
    inside = [(max(a, segment.start), min(b, segment.stop), off) for a, b, off in uncertainties]
    inside = [one for one in inside if one[0] < one[1]]
    if not inside:
        return [segment]
    edges = sorted({segment.start, segment.stop, *(edge for a, b, _ in inside for edge in (a, b))})
    return [
        replace(
            segment, start=a, stop=b, uncertainty=max((off for c, d, off in inside if c <= a and b <= d), default=0.0)
        )
        for a, b in pairwise(edges)
    ]


def to_lab(device: Floats, segment: ClockSegment) -> tuple[Floats, Floats]:
    """Lab time of device time, and draws of its error, shape (DRAWS, len(device)); NaN where no clock was measured."""
    if segment.piece is None:
        return device.copy(), np.full((DRAWS, len(device)), np.nan)
    curve = segment.piece.curve
    return device + curve.at(device), curve.errors_at(device)


def _by_arrival(
    stamps: Stamps, old: Piece, new: Piece, arrivals: NDArray[np.void] | None
) -> tuple[int, int]:  # fmt: skip
    """The first and the last sample that the new clock can have stamped first, by when they arrived."""
    if arrivals is None or len(arrivals) == 0 or abs(_step(old, new)) < _SHOWN_BY_ARRIVAL_S:
        return 0, len(stamps)
    arrived = np.where(np.isfinite(arrivals["by"]), arrivals["by"], arrivals["after"])
    here = (arrived > old.last - _NEAR_S) & (arrived < new.first + _NEAR_S)
    here &= (arrivals["sample"] >= 0) & (arrivals["sample"] < len(stamps))
    sample, arrived = np.asarray(arrivals["sample"][here], np.int64), arrived[here]
    stamp = stamps.these(sample)
    before = np.abs(arrived - stamp - old.curve.at(stamp)) < np.abs(arrived - stamp - new.curve.at(stamp))
    of_old, of_new = sample[before], sample[~before]
    low, high = int(of_old.max(initial=-1)) + 1, int(of_new.min(initial=len(stamps)))
    return (low, high) if low <= high else (0, len(stamps))


def _border(
    stamps: Stamps, old: Piece, new: Piece, rate: float, low: int, high: int
) -> tuple[int, tuple[int, int]]:  # fmt: skip
    """How many of these samples the old clock stamped, from `low` to `high`, and between which numbers it may be.

    Mapped by the old clock before the border and by the new one after it, samples follow each other as they usually
    do; mapped with the border elsewhere they jump twice. A jump costs its square root, so that one large jump (the
    device was away) costs less than two smaller ones. A clock that stood still leaves no jump in its stamps: then all
    places cost alike, and nothing tells.
    """
    cost, where, still, earlier = _places(stamps, old, new, rate, low, high)
    step = abs(_step(old, new))
    if len(cost) == 0:
        border = int(np.clip(earlier, low, high))
        return border, (border, border)
    shows = float(cost.min()) < -_ALIKE * np.sqrt(step)
    if not shows and still.any():  # no stamp of a clock that stood still comes before a measurement, and is later
        cost, where = cost[still], where[still]
    alike = where[cost < float(cost.min()) + _ALIKE * np.sqrt(step)]
    if step > _MATTERS_S and len(alike) > 1:
        # What was taken before a pause had arrived by then: where arrival is told, the earliest place is the right one.
        return int(alike[0 if low > 0 else len(alike) // 2]), (int(alike[0]), int(alike[-1]))
    border = int(where[cost.argmin()])
    return border, (border, border)


def _places(
    stamps: Stamps, old: Piece, new: Piece, rate: float, low: int, high: int
) -> tuple[Floats, NDArray[np.int64], NDArray[np.bool_], int]:
    """What each possible place of the border costs, and whether it is one for a clock that stood still.

    Returns
    -------
    cost : ndarray, shape (K,)
    where : ndarray of int, shape (K,)
        How many samples lie before.
    still : ndarray of bool, shape (K,)
        Whether those before are stamped earlier than the new clock was measured first, and the others later than the
        old one was measured last.
    earlier : int
        How many samples the old clock puts before the middle between both.
    """
    usual, middle, earlier = 1.0 / rate if rate > 0 else 0.0, (old.last + new.first) / 2.0, 0
    begun, ended = float(new.curve.time[0]) + _SLACK_S, float(old.curve.time[-1]) - _SLACK_S
    costs, places, stills = [np.empty(0)], [np.empty(0, np.int64)], [np.empty(0, bool)]
    for begin, values in stamps.pieces(overlap=1):
        before, after = values + old.curve.at(values), values + new.curve.at(values)
        # With the border before each of these samples, and after the last of all.
        cost = np.zeros(len(values) + 1)
        cost[1:-1] = np.sqrt(np.abs(after[1:] - before[:-1] - usual)) - np.sqrt(np.abs(np.diff(values) - usual))
        possible, still = np.ones(len(values) + 1, bool), np.ones(len(values) + 1, bool)
        possible[1:] &= before <= new.first + _SLACK_S
        possible[:-1] &= after >= old.last - _SLACK_S
        possible[0] &= begin == 0
        possible[-1] &= begin + len(values) == len(stamps)
        still[1:] &= values <= begun
        still[:-1] &= values >= ended
        place = begin + np.arange(len(cost))
        possible &= (place >= low) & (place <= high)
        costs.append(cost[possible])
        places.append(place[possible])
        stills.append(still[possible])
        earlier += int(np.count_nonzero(before[min(begin, 1) :] < middle))
    return np.concatenate(costs), np.concatenate(places), np.concatenate(stills), earlier


def _step(old: Piece, new: Piece) -> float:
    """By how much the clock was set back between two pieces, in s."""
    lab = (old.last + new.first) / 2.0
    return _offset_at(new, lab) - _offset_at(old, lab)


def _offset_at(piece: Piece, lab: float) -> float:
    """Offset at a lab time: found in a few rounds, because the curve is one of device time."""
    offset = float(piece.curve.value[0])
    for _ in range(4):
        offset = float(piece.curve.at(np.array([lab - offset]))[0])
    return offset
