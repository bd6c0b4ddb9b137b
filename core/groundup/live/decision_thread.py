"""A thread for what may wait: decisions, and the streams of which nothing is said before a decision.

To cut strides out of 20 s of samples, or to look for contacts in the last 10 s of an IMU, takes longer than an event of
a plate may wait.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Protocol

from groundup.live.engine.engine import LiveAnalysis
from groundup.live.inputs.lsl_inlets import StreamChunk
from groundup.live.results import ChunkResult, TickResult

_WATCH_S = 0.1


class _Session(Protocol):
    @property
    def analysis(self) -> LiveAnalysis: ...
    @property
    def feed(self) -> Callable[[StreamChunk], ChunkResult]: ...
    @property
    def add_tick(self) -> Callable[[TickResult], None]: ...
    @property
    def look(self) -> Callable[[], None]: ...


class DecisionThread:
    """Has a session decide what is complete, while another thread feeds its analysis.

    Parameters
    ----------
    session : Session
        Its ``add_tick`` and ``look`` are called from the thread of the decider alone, until it is left.

    Attributes
    ----------
    brought_events : set of str
        Streams that were left to it, and brought events.
    """

    def __init__(self, session: _Session) -> None:
        self.brought_events: set[str] = set()
        self._session = session
        self._left: deque[StreamChunk] = deque()
        self._wake, self._deciding = threading.Event(), threading.Lock()
        self._over = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="groundup-decisions", daemon=True)

    def __enter__(self) -> "DecisionThread":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over = True
        self._wake.set()
        self._thread.join()
        if self._error is not None and error is None:
            raise self._error

    def leave(self, taken: StreamChunk) -> None:
        """Have samples fed that need not be fed at once; those of one stream stay in their order."""
        self._left.append(taken)
        self._wake.set()

    def catch_up(self) -> None:
        """Feed all that was left to it by now; from its own thread, or while it is `paused`.

        What is left meanwhile waits for the next time: with more than can be fed, decisions would never have a turn.
        """
        for _ in range(len(self._left)):
            taken = self._left.popleft()
            if self._session.feed(taken).events:
                self.brought_events.add(taken.stream)

    def look(self) -> None:
        """Have decided what is complete, if anything is; returns at once.

        Raises
        ------
        Exception
            What went wrong in a decision before.
        """
        if self._error is not None:
            raise self._error
        if self._session.analysis.completed():
            self._wake.set()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing is decided meanwhile."""
        with self._deciding:
            yield

    def _run(self) -> None:
        try:
            while not self._over:
                self._wake.wait(_WATCH_S)  # values are measured, and metrics hang, without a tick too
                self._wake.clear()
                with self._deciding:
                    self.catch_up()
                    for tick in self._session.analysis.advance():
                        self._session.add_tick(tick)
                self._session.look()
            self.catch_up()
        except BaseException as error:
            self._error = error
