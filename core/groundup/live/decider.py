"""Decisions in a thread of their own: to cut strides out of 20 s of samples takes longer than an event may wait."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Protocol

from groundup.live.engine import Decided, LiveAnalysis

_WATCH_S = 0.1


class _Session(Protocol):
    @property
    def analysis(self) -> LiveAnalysis: ...
    @property
    def decided(self) -> Callable[[Decided], None]: ...
    @property
    def look(self) -> Callable[[], None]: ...


class Decider:
    """Has a session decide what is complete, while another thread feeds its analysis.

    Parameters
    ----------
    session : Session
        Its ``decided`` and ``look`` are called from the thread of the decider alone, until it is left.
    """

    def __init__(self, session: _Session) -> None:
        self._session = session
        self._due, self._deciding = threading.Event(), threading.Lock()
        self._over = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="groundup-decisions", daemon=True)

    def __enter__(self) -> "Decider":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over = True
        self._due.set()
        self._thread.join()
        if self._error is not None and error is None:
            raise self._error

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
            self._due.set()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing is decided meanwhile."""
        with self._deciding:
            yield

    def _run(self) -> None:
        try:
            while not self._over:
                self._due.wait(_WATCH_S)  # values are measured, and metrics hang, without a tick too
                self._due.clear()
                with self._deciding:
                    for decided in self._session.analysis.advance():
                        self._session.decided(decided)
                self._session.look()
        except BaseException as error:
            self._error = error
