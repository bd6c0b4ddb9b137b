"""Threads that no exit waits for: a call of liblsl may never come back when its outlet is no more.

The threads of `concurrent.futures.ThreadPoolExecutor` are joined when the interpreter ends, whatever they do.
"""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any, TypeVar

_Result = TypeVar("_Result")
_idle = threading.Condition()
_busy = 0  # threads of all pools that are at work


class Workers(Executor):
    """Runs work in threads that the end of the process does not wait for.

    Parameters
    ----------
    most : int
        Threads at once; what is more waits its turn.
    name : str
        Of the threads.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most, self._name = most, name
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._threads = 0
        self._closed = False

    def submit(self, fn: Callable[..., _Result], /, *args: Any, **kwargs: Any) -> "Future[_Result]":
        """Run it as soon as a thread is free.

        Raises
        ------
        RuntimeError
            After `shutdown`, and if the system has no thread for it.
        """
        future: Future[_Result] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("no work is taken any more")
            self._waiting.append((future, partial(fn, *args, **kwargs)))
            if self._threads < self._most:
                try:
                    threading.Thread(target=self._run, name=self._name, daemon=True).start()
                    self._threads += 1
                except RuntimeError:  # the threads there are will come to it
                    if not self._threads:
                        self._waiting.pop()
                        raise
        return future

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = True) -> None:
        """Take no more work, and leave out what has not begun; what runs is never waited for."""
        with self._lock:
            self._closed = True
            waiting = list(self._waiting)
            self._waiting.clear()
        for future, _ in waiting:
            future.cancel()

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._threads -= 1
                    return
                future, work = self._waiting.popleft()
                _count(1)
            _do(future, work)
            del future, work  # what they hold is not kept until there is more to do
            _count(-1)


def all_done(timeout: float) -> bool:
    """Wait until no pool of this process works any more; False if one still does after so many seconds."""
    with _idle:
        return _idle.wait_for(lambda: _busy == 0, timeout)


def _do(future: "Future[Any]", work: Callable[[], Any]) -> None:
    if future.set_running_or_notify_cancel():
        try:
            future.set_result(work())
        except BaseException as error:  # whoever asks for the result gets it
            future.set_exception(error)


def _count(change: int) -> None:
    global _busy
    with _idle:
        _busy += change
        _idle.notify_all()
