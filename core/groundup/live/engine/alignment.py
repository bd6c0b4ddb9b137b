"""Aligned delivery: what streams of different rates and delays give, brought into one order of stream time.

Time is cut into ticks. Whatever lies in one tick is delivered together, stream by stream, once every stream has got
past it, or once the newest is ahead by the time that is waited at most: a silent stream never stops the others. So what
is decided at a tick depends on the data alone, never on the chunks or the order in which streams brought them.
"""

import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Generic, TypeVar

import numpy as np

from groundup.model.signals import Floats

TICK_S = 0.05
"""How finely time is cut, and by how much delivery waits at least."""

Piece = TypeVar("Piece")


def tick_of(time: float) -> int:
    """The tick that a time lies in."""
    return math.floor(time / TICK_S)


def _tick_after(time: float) -> int:
    """The first tick that begins at a time or after it.

    The quotient is rounded: of a time just after a tick it may be that tick, which would then be due for ever.
    """
    tick = math.ceil(time / TICK_S)
    return tick if tick * TICK_S >= time else tick + 1


def cut_at_ticks(times: Floats, since: float = -math.inf) -> list[tuple[int, slice]]:
    """Cut samples at the edges of ticks.

    Parameters
    ----------
    times : ndarray, shape (n,)
        In s, n at least 1.
    since : float
        What the stream has reached before; samples from before it count for the tick of that.

    Returns
    -------
    list of (tick, slice)
    """
    first, last = tick_of(max(float(times[0]), since)), tick_of(float(times[-1]))
    if first == last and bool((times <= times[-1]).all()):
        return [(first, slice(0, len(times)))]
    ticks = np.floor(np.maximum.accumulate(np.maximum(times, since)) / TICK_S).astype(np.int64)
    edges = [0, *(np.flatnonzero(np.diff(ticks)) + 1).tolist(), len(times)]
    return [(int(ticks[a]), slice(a, b)) for a, b in pairwise(edges)]


@dataclass
class _Lane(Generic[Piece]):
    """One stream: how far it has come, and what waits to be delivered."""

    leads: bool
    reached: float = -math.inf
    waiting: deque[tuple[int, Piece]] = field(default_factory=deque)


class Aligner(Generic[Piece]):
    """Collects pieces and gives them back tick by tick.

    Parameters
    ----------
    wait_s : float
        How far the newest stream may run ahead of the slowest, in s of stream time; infinite where it is known
        (`reached`, `end`) what each stream still has to say.
    """

    def __init__(self, wait_s: float = math.inf) -> None:
        self.wait_s = wait_s
        self._lanes: dict[str, _Lane[Piece]] = {}
        self._now = -(2**62)
        self._completed = -math.inf

    def add(self, stream: str, regular: bool) -> None:
        """Expect a stream; an irregular one says nothing for long and is waited for only where its end is known."""
        self._lanes[stream] = _Lane(regular or math.isinf(self.wait_s))

    def put(self, stream: str, tick: int, piece: Piece) -> None:
        """Take what a stream has brought of one tick."""
        self._lanes[stream].waiting.append((tick, piece))

    def newest(self, stream: str) -> float:
        """How far a stream has come."""
        return self._lanes[stream].reached

    def reached(self, stream: str, time: float) -> None:
        """Take note that nothing from before this time will come any more."""
        lane = self._lanes[stream]
        lane.reached = max(lane.reached, time)

    def end(self, stream: str) -> None:
        """Take note that nothing will come any more."""
        self._lanes[stream].reached = math.inf

    def completed(self) -> bool:
        """Whether another tick has been completed since the last call."""
        mark = self._mark()
        tick = tick_of(mark) if math.isfinite(mark) else mark
        before, self._completed = self._completed, tick
        return tick > before

    def ticks(self, next_tick: Callable[[], float]) -> Iterator[tuple[float, list[Piece]]]:
        """Deliver what is complete.

        Parameters
        ----------
        next_tick : callable
            Gives the next time at which something is to be decided; a tick comes then even without data.

        Yields
        ------
        time : float
            The end of the tick: everything from before it is there.
        pieces : list
            What was not delivered before, in the order of the streams.
        """
        mark = self._mark()
        last = tick_of(mark) if math.isfinite(mark) else (self._now if mark < 0 else math.inf)
        while True:
            heads = [lane.waiting[0][0] + 1 for lane in self._lanes.values() if lane.waiting]
            moment = next_tick()
            if math.isfinite(moment):
                heads.append(_tick_after(moment))
            following = max(min(heads), self._now) if heads else math.inf
            if math.isinf(following) or following > last:
                return
            self._now = int(following)
            yield self._now * TICK_S, self._take()

    def _take(self) -> list[Piece]:
        pieces = []
        for lane in self._lanes.values():
            while lane.waiting and lane.waiting[0][0] < self._now:
                pieces.append(lane.waiting.popleft()[1])
        return pieces

    def _mark(self) -> float:
        """Up to where everything has come, or is no longer waited for."""
        lanes = [lane.reached for lane in self._lanes.values() if lane.leads]
        lanes = lanes or [lane.reached for lane in self._lanes.values()]
        if not lanes:
            return -math.inf
        newest = max((time for time in lanes if math.isfinite(time)), default=-math.inf)
        return max(min(lanes), newest - self.wait_s)
