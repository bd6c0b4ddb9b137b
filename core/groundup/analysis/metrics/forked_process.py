"""Values measured in a forked process: a metric that hangs, crashes or takes all memory costs itself alone.

A fork shares what has been read and computed, so that it costs no second reading; where there is none (Windows), values
are measured in the process itself.
"""

import contextlib
import mmap
import os
import pickle
import select
import signal
import struct
import time
import warnings
from collections.abc import Callable, Iterator
from typing import IO, TypeVar

from groundup.system.memory_limit import limit_memory
from groundup.system.processes import end_with_parent

Row = TypeVar("Row")
"""What is made of one value; it goes through `pickle`."""
PATIENCE_S = 10.0
"""How long one value of a stance, stride or rise may take."""
_BATCH = 256
_SEND_S = 0.5
_COUNT = struct.Struct("q")

Dead = dict[int, str]
"""Place of a value to how the process ended that measured it."""
Compute = Callable[[int, Dead], Iterator[Row]]
"""Gives the rows from a place on; for those that are dead it does not call the metric."""


def rows_in_fork(count: int, compute: Compute[Row], patience: Callable[[int], float]) -> list[Row]:
    """All rows, whatever becomes of the processes that measure them.

    Parameters
    ----------
    count : int
        How many there are.
    compute : callable
    patience : callable
        How long (s) the value at a place may take.
    """
    dead: Dead = {}
    if not hasattr(os, "fork"):
        return list(compute(0, dead))
    rows: list[Row] = []
    while len(rows) < count:
        begun = len(rows)
        done, how = _forked(rows, lambda first=begun: compute(first, dead), patience)  # type: ignore[misc]
        if (how and begun + done in dead) or begun + done > count:
            return [*rows, *compute(len(rows), dead)]  # no metric's doing: without a process of its own, then
        if how:
            dead[begun + done] = how
    return rows


def _forked(rows: list[Row], compute: Callable[[], Iterator[Row]], patience: Callable[[int], float]) -> tuple[int, str]:
    """Measure in a child; how many values it came to, and how it ended where not all were."""
    begun = len(rows)
    reads, writes = os.pipe()
    counter = mmap.mmap(-1, _COUNT.size)
    with warnings.catch_warnings():  # that other threads may hold locks: the child takes none of theirs
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        os.close(reads)
        _measure(compute, writes, counter)
    os.close(writes)
    try:
        with os.fdopen(reads, "rb") as pipe:
            hung = _gather(rows, pipe, counter, begun, patience)
            if hung:
                os.kill(child, signal.SIGKILL)
                with contextlib.suppress(EOFError, pickle.UnpicklingError):
                    while True:
                        rows += pickle.load(pipe)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        raise
    finally:
        _, status = os.waitpid(child, 0)
        (done,) = _COUNT.unpack(counter[:])
        counter.close()
    if hung:
        return done, f"did not come to its end within {patience(begun + done):g} s"
    if os.WIFSIGNALED(status):
        return done, f"crashed (signal {os.WTERMSIG(status)})"
    code = os.WEXITSTATUS(status)
    return done, "" if code == _WELL else f"ended its process (status {code})"


_WELL = 73
"""Status of a child that measured all: that of a metric that exits well is another."""


def _measure(compute: Callable[[], Iterator[Row]], writes: int, counter: mmap.mmap) -> None:
    """Measure, in the child; it never returns."""
    status = 70
    try:
        end_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the children too; the parent says when to stop
        limit_memory()
        with os.fdopen(writes, "wb") as pipe:
            batch: list[Row] = []
            sent = time.monotonic()
            for done, row in enumerate(compute(), 1):
                batch.append(row)
                counter[:] = _COUNT.pack(done)
                if len(batch) >= _BATCH or time.monotonic() - sent > _SEND_S:
                    pickle.dump(batch, pipe, pickle.HIGHEST_PROTOCOL)
                    pipe.flush()
                    batch, sent = [], time.monotonic()
            pickle.dump(batch, pipe, pickle.HIGHEST_PROTOCOL)
        status = _WELL
    finally:
        os._exit(status)


def _gather(rows: list[Row], pipe: IO[bytes], counter: mmap.mmap, begun: int, patience: Callable[[int], float]) -> bool:
    """Take in rows until the child ends; whether it hangs."""
    last, since = counter[:], time.monotonic()
    while True:
        ready, _, _ = select.select([pipe], [], [], 0.2)
        if ready:
            try:
                rows += pickle.load(pipe)
            except (EOFError, pickle.UnpicklingError):
                return False
        if counter[:] != last:
            last, since = counter[:], time.monotonic()
        elif time.monotonic() - since > patience(begun + _COUNT.unpack(last)[0]):
            return True
