"""A journal or a recording as the source of a live analysis: in the order of stream time, each stream to its end."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from groundup.clock import ClockInput
from groundup.clock.clock_offsets import examine_probes
from groundup.clock.device_clock import fit_clock
from groundup.clock.live import LiveTime
from groundup.clock.other_clock import other_clock
from groundup.clock.timestamp_flaw import plausible
from groundup.live.engine.engine import LiveAnalysis
from groundup.live.inputs.clock_notices import ClockFacts, notices_of
from groundup.live.results import ChunkResult, TickResult
from groundup.model.signals import Floats
from groundup.model.source import Samples, SourceStream

_FIRST_ARRIVALS = 20
SLICE_S = 0.25
"""How much stream time is fed at once."""


class _Cursor:
    """One stream of a file, on the lab clock, and how much of it has been fed."""

    def __init__(self, stream: SourceStream) -> None:
        self.id = stream.id
        self._blocks, self._rate = stream.blocks(), stream.spec.rate
        self._clock = LiveTime(stream.spec.rate, stream.spec.latency_s, placed=True)
        self._seconds, probes, self._away = _on_another_clock(stream)
        self._clock.probes(probes)
        # Of another clock the arrivals are the probes already, and tell no more.
        known = stream.arrivals[np.isfinite(stream.arrivals["by"]) & (self._away == 0.0)]
        self._arrived, self._by, self._fed = known["sample"], known["by"], 0
        self._reached = -math.inf
        self._times: Floats | None = None
        self._samples: Samples = []
        self._order: Floats = np.empty(0)
        self._at = 0
        self._next_block()

    @property
    def next(self) -> float:
        """Time of the next sample, or of the newest before it if that was later; infinite at the end."""
        return math.inf if self._times is None else float(self._order[self._at])

    def take(self, until: float, most: int | None) -> Iterator[tuple[Floats, Samples]]:
        """The samples from before a time, in pieces of at most `most`."""
        while self._times is not None and self.next < until:
            stop = int(np.searchsorted(self._order, until))
            if most is not None:
                stop = min(stop, self._at + most)
            part = slice(self._at, stop)
            times, samples = self._times[part], self._samples[part]
            self._at = stop
            if stop == len(self._times):
                self._next_block()
            yield times, samples

    def notices(self) -> tuple[str, ...]:
        """What is known of its times by now."""
        return notices_of(self.id, self._rate, {**cast(ClockFacts, self._clock.known), "shift": self._away})

    def _lab_times(self, stamps: Floats) -> Floats:
        """Lab time of the next samples, each believed as far as it is known by when it arrived."""
        begin, self._fed = self._fed, self._fed + len(stamps)
        first, last = np.searchsorted(self._arrived, [begin, self._fed]).tolist()
        edges = np.clip(self._arrived[first:last] + 1 - begin, 0, len(stamps)).tolist()
        by = [*self._by[first : last + 1].tolist(), math.inf][: len(edges) + 1]
        pieces = np.split(self._seconds(stamps), edges)
        return np.concatenate([self._clock.feed(part, now) for part, now in zip(pieces, by, strict=True)])

    def _next_block(self) -> None:
        self._times = None
        for stamps, samples in self._blocks:
            times = self._lab_times(stamps)
            times = np.where(plausible(times), times, np.nan)
            if math.isinf(self._reached):  # what has no time before anything has one comes nowhere
                begin = int(np.flatnonzero(np.append(np.isfinite(times), True))[0])
                times, samples = times[begin:], samples[begin:]
            if len(times):
                self._times, self._samples, self._at = times, samples, 0
                # What has no time, or goes back in time, comes with what came before it.
                self._order = np.maximum.accumulate(np.fmax(np.nan_to_num(times, nan=-math.inf), self._reached))
                self._reached = float(self._order[-1])
                return


def _on_another_clock(stream: SourceStream) -> tuple[Callable[[Floats], Floats], NDArray[np.void], float]:
    """What makes seconds of a stream's stamps, its probes, and how far they are from another clock; else 0.

    On another clock the first arrivals are the probes. Whatever it is played from, the same few tell.
    """
    arrivals = stream.arrivals[:_FIRST_ARRIVALS]
    if len(arrivals) == 0:
        return _as_sent, stream.probes, 0.0
    count, first = int(arrivals["sample"].max()) + 1, list[Floats]()
    for stamps, _ in stream.blocks():
        first.append(stamps)
        if sum(map(len, first)) >= count:
            break
    clocked = ClockInput(
        stream.id, np.concatenate(first)[:count] if first else np.empty(0), stream.spec.rate, stream.probes,
        arrivals=arrivals,
    )  # fmt: skip
    mine = examine_probes(stream.probes)
    found = other_clock(clocked, mine, fit_clock(mine, 0))
    if found is None:
        return _as_sent, stream.probes, 0.0
    moved, other = found
    return other.seconds(), moved.probes[:1], other.away


def _as_sent(stamps: Floats) -> Floats:
    return stamps


@dataclass(frozen=True)
class Step:
    """What came of a slice of stream time.

    Attributes
    ----------
    time : float
        Its end; infinite of the last.
    samples : int
        How many were fed.
    chunks : tuple of ChunkResult
    ticks : tuple of TickResult
    notices : tuple of str
        At the end: what is known of the times of the streams.
    """

    time: float
    samples: int
    chunks: tuple[ChunkResult, ...]
    ticks: tuple[TickResult, ...]
    notices: tuple[str, ...] = ()


def play(
    analysis: LiveAnalysis, streams: Sequence[SourceStream], *, slice_s: float = SLICE_S, chunk: int | None = None
) -> Iterator[Step]:
    """Feed the streams of a file to an analysis.

    Parameters
    ----------
    analysis : LiveAnalysis
        Of these streams, with an infinite wait: it is known what each still has to say.
    streams : sequence of SourceStream
    slice_s : float
        How much stream time is fed at once; what comes out is the same for any.
    chunk : int, optional
        At most so many samples at once; likewise.

    Yields
    ------
    Step
        At the end of each slice, and one last time when everything is decided.
    """
    cursors = [_Cursor(stream) for stream in streams if stream.spec.raw]
    while (first := min((cursor.next for cursor in cursors), default=math.inf)) < math.inf:
        until = max(first + slice_s, math.nextafter(first, math.inf))
        chunks, count = [], 0
        for cursor in cursors:
            for times, samples in cursor.take(until, chunk):
                count += len(times)
                chunks.append(analysis.feed(cursor.id, times, samples))
            if math.isinf(cursor.next):
                analysis.end(cursor.id)
            else:
                analysis.reached(cursor.id, cursor.next)
        yield Step(until, count, tuple(chunks), tuple(analysis.advance()))
    notices = tuple(notice for cursor in cursors for notice in cursor.notices())
    yield Step(math.inf, 0, (), tuple(analysis.finish()), notices)
