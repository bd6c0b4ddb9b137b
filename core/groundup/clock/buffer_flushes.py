"""Samples that come all at once from a buffer: told apart, and placed by their number before those that follow.

A driver that had a buffer when the recording began, or a sender that was held up, sends what it has at one moment, and
whoever stamps at arrival stamps all of it alike. Such stamps say nothing of sampling, and would be most of what a rate
is told by; so the others are straightened without them. Behind a pause that is as long as they are many, they are known
to fill it; at the beginning, nothing tells when they were taken: their place is the likeliest, and said to be unsure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from groundup.clock.dejitter import Dejittered, Stretch, dejitter
from groundup.clock.sample_counting import Elapsed
from groundup.clock.smoother import Floats
from groundup.clock.stamps import Stamps
from groundup.model.ledger import LedgerRow

_FAST = 0.3  # of the time that samples take, in which they come
_LEAST_S, _LEAST = 0.2, 32  # shorter ones, in s or samples, are packets
_UNUSUAL = 4.0  # times what usually comes at once
_BLOCK = 16
_PAUSE = 0.5  # of what comes at once, that was waited before
_REST = 32  # samples that tell a rate without these
_SAME, _SAME_PART = 0.5, 2e-4  # samples, and part of these, by which a pause may differ from what fills it
_MOST = 1000
_NEAR = 64  # samples


@dataclass(frozen=True)
class Flush:
    """Samples that came at once.

    Attributes
    ----------
    start, stop : int
        Which.
    off : float
        How far their times may be off, in s; 0 where a pause shows that they are right.
    """

    start: int
    stop: int
    off: float = 0.0

    @property
    def count(self) -> int:
        """How many."""
        return self.stop - self.start


def find_flushes(stamps: Stamps, rate: float) -> list[Flush]:
    """Find what came at once though it was taken one after the other, at the beginning or behind a pause.

    Parameters
    ----------
    stamps : Stamps, shape (N,)
        Of a regular stream, finite.
    rate : float
        Nominal, in Hz.
    """
    interval = 1.0 / rate
    found: list[Flush] = []
    usual = 1.0
    for begin, values in stamps.pieces(overlap=1):
        blocks = values[:: min(_BLOCK, max(len(values) - 1, 1))]
        if len(blocks) > 1 and float(np.diff(blocks).min()) < _FAST * _BLOCK * interval:
            starts, sizes = _at_once(values, interval)
            usual = max(usual, float(np.percentile(sizes, 95)))
            long = sizes >= max(_LEAST, _LEAST_S * rate)
            found += [
                Flush(begin + a, begin + a + n)
                for a, n in zip(starts[long].tolist(), sizes[long].tolist(), strict=True)
            ]
    found = _joined(found)
    if len(found) > _MOST:
        return []
    found = [flush for flush in found if flush.count > _UNUSUAL * usual and _waited(stamps, flush, interval)]
    rest = len(stamps) - sum(flush.count for flush in found)
    return found if rest >= _REST else []


def _at_once(stamps: Floats, interval: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First samples and sizes of what comes at once: a packet, or packets in quick succession."""
    first = np.append(0, np.flatnonzero(np.diff(stamps) >= _FAST * interval) + 1)
    size = np.diff(np.append(first, len(stamps)))
    waited = np.append(np.inf, stamps[first[1:]] - stamps[first[1:] - 1])
    own = np.flatnonzero(waited >= _FAST * size * interval)
    return first[own], np.diff(np.append(first[own], len(stamps)))


def _joined(found: Sequence[Flush]) -> list[Flush]:
    """Those of neighbouring pieces as one."""
    joined: list[Flush] = []
    for flush in found:
        if joined and flush.start <= joined[-1].stop:
            joined[-1] = Flush(joined[-1].start, flush.stop)
        else:
            joined.append(flush)
    return joined


def _waited(stamps: Stamps, flush: Flush, interval: float) -> bool:
    """Whether these came before anything else, or behind a pause, and fast."""
    taken = (flush.count - 1) * interval
    if stamps.at(flush.stop - 1) - stamps.at(flush.start) > _FAST * taken:
        return False
    return flush.start == 0 or stamps.at(flush.start) - stamps.at(flush.start - 1) > _PAUSE * taken


class WithoutFlushes:
    """Stamps without those that came at once: `groundup.clock.stamps.Readable`.

    Parameters
    ----------
    stamps : Stamps, shape (N,)
    flushes : sequence of Flush
    """

    def __init__(self, stamps: Stamps, flushes: Sequence[Flush]) -> None:
        self._stamps, self._flushes = stamps, flushes
        self._before = np.cumsum([0, *(flush.count for flush in flushes)])

    def __len__(self) -> int:
        return len(self._stamps) - int(self._before[-1])

    def __getitem__(self, part: slice, /) -> Floats:
        begin, end, _ = part.indices(len(self))
        edges = [0, *(self.place(flush.start) for flush in self._flushes), len(self)]
        pieces = [np.empty(0)]
        for left_out, low, high in zip(self._before.tolist(), edges[:-1], edges[1:], strict=True):
            a, b = max(begin, low), min(end, high)
            if a < b:
                pieces.append(self._stamps[a + left_out : b + left_out])
        return np.concatenate(pieces)

    def place(self, sample: int) -> int:
        """Of a sample among these: its own, or that of the first behind it."""
        return sample - sum(min(flush.stop, sample) - flush.start for flush in self._flushes if flush.start < sample)

    def sample(self, place: int, *, behind: bool = True) -> int:
        """Which sample has this place; where some were left out, the one behind them or the first of them."""
        for flush in self._flushes:
            if place > flush.start or (behind and place == flush.start):
                place += flush.count
        return place


def dejitter_with_flushes(
    stamps: Stamps, came: Sequence[Flush], rate: float, seed: int, returns: Sequence[int], *, lossless: bool, late: bool
) -> tuple[Dejittered, list[Flush]]:
    """Take the jitter off a stream of which some samples came at once; and these, with how far they may be off.

    Parameters and errors are those of `groundup.clock.dejitter.dejitter`.
    """
    if not came:
        return dejitter(stamps, rate, seed, returns, lossless=lossless, late=late), []
    others = WithoutFlushes(stamps, came)
    places, rest = {others.place(k) for k in returns}, Stamps(others)
    found = dejitter(rest, rate, seed, sorted(places - {0}), lossless=lossless, late=late)
    counted = [int(k) for k in found.gaps[:, 0]]
    unplaced = {others.place(flush.start) for flush in came} - {0}
    unplaced = {k for k in unplaced if all(abs(k - other) >= _NEAR for other in counted)}
    if unplaced:  # what follows a pause that was not counted lies where its own stamps say
        found = dejitter(rest, rate, seed, sorted((places | unplaced) - {0}), lossless=lossless, late=late)
    for flush in came:
        found = _gap_at(found, others.place(flush.start), flush.count)
    told = [_placed(flush, others.place(flush.start), found) for flush in came]
    return _restored(found, others, told), told


def _gap_at(found: Dejittered, place: int, count: int) -> Dejittered:
    """The same with the pause before what came at once where it is: late samples behind it can be taken for others."""
    near = (np.abs(found.gaps[:, 0] - place) < _NEAR) & (found.gaps[:, 1] > _PAUSE * count)
    if not near.any():
        return found
    at = int(found.gaps[near, 0][0])
    gaps, first = found.gaps.copy(), found.elapsed.first.copy()
    gaps[gaps[:, 0] == at, 0] = place
    first[first == at] = place
    return replace(found, gaps=gaps, elapsed=replace(found.elapsed, first=first))


def _placed(flush: Flush, place: int, found: Dejittered) -> Flush:
    """With how far it may be off: by how much the pause before it is not what it fills."""
    if place == 0:
        return replace(flush, off=flush.count * found.interval)
    before, behind = (
        float(next(one for one in found.stretches if k < one.stop).at(found.elapsed.of(np.array([k])))[0])
        for k in (place - 1, place)
    )
    differs = abs((behind - before) / found.interval - 1.0 - flush.count)
    sure = differs <= _SAME + _SAME_PART * flush.count + found.off / found.interval
    return replace(flush, off=0.0 if sure else differs * found.interval)


def _restored(found: Dejittered, others: WithoutFlushes, came: Sequence[Flush]) -> Dejittered:
    """The same with those that came at once, each run on the line of the samples behind it."""
    stretches = [stretch for one in found.stretches for stretch in _cut(one, others, came)]
    gaps = []
    for place, count in found.gaps.tolist():
        flush = next((flush for flush in came if others.place(flush.start) == place), None)
        left = count if flush is None else count - flush.count if flush.off > 0.0 else 0
        if left > 0:
            gaps.append((others.sample(place, behind=flush is None), left))
    intervals = tuple((others.sample(k) if k else 0, interval) for k, interval in found.intervals)
    elapsed = _elapsed(found.elapsed, others, came)
    return replace(
        found, elapsed=elapsed, stretches=tuple(stretches), intervals=intervals,
        gaps=np.array(gaps, np.int64).reshape(-1, 2),
    )  # fmt: skip


def _cut(one: Stretch, others: WithoutFlushes, came: Sequence[Flush]) -> list[Stretch]:
    """A stretch with what came at once in it or before it."""
    cut: list[Stretch] = []
    start = one.start
    for flush in came:
        place = others.place(flush.start)
        if not one.start <= place < one.stop:
            continue
        if place > start:
            cut.append(replace(one, start=others.sample(start), stop=flush.start))
        cut.append(replace(one, start=flush.start, stop=flush.stop, uncertainty=one.uncertainty + flush.off))
        start = place
    cut.append(replace(one, start=others.sample(start), stop=others.sample(one.stop, behind=False)))
    return cut


def _elapsed(found: Elapsed, others: WithoutFlushes, came: Sequence[Flush]) -> Elapsed:
    """Seconds of even sampling where samples are numbered with those that came at once."""
    edges = np.union1d(found.first, [others.place(flush.start) for flush in came]).astype(np.int64)
    line = np.searchsorted(found.first, edges, "right") - 1
    first = [others.sample(edge, behind=False) for edge in edges.tolist()]
    left_out = [others.sample(edge) - edge for edge in edges.tolist()]
    return Elapsed(np.array(first, np.int64), found.begin[line], found.lost[line] - left_out, found.interval[line])


def flush_rows(came: Sequence[Flush], name: str, at: Sequence[float]) -> list[LedgerRow]:
    """What the ledger says of samples that came at once and may be off, and where each lies in the lab's time."""
    told = (
        "came at once, from a buffer; they are placed by their number before those that follow, and may be off by up to"
    )
    return [
        LedgerRow(
            time, name, "stamps", "fault", flush.count,
            f"{flush.count} samples of {name}, from number {flush.start} on, {told} {flush.off:.3g} s",
        )
        for flush, time in zip(came, at, strict=True)
        if flush.off > 0.0
    ]  # fmt: skip
