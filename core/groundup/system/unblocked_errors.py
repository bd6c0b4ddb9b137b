"""Standard error that nobody reads: a pipe that is full, or a terminal that was halted (Ctrl-S), holds nothing up.

Whoever writes to standard error waits while it is full: the recorder that says a fault, liblsl in a thread that takes
samples, a driver whose words go through the recorder. So threads of ours stand between, on POSIX systems. One takes
all that is written, the other hands on what is read, and what nobody reads is left out and counted.
"""

import io
import os
import select
import stat
import sys
import threading
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import Self

_HELD_BYTES = 1 << 20
_PATIENCE_S = 2.0
_AT_ONCE = 1 << 16


class UnblockedErrors:
    """While it is entered, no write to standard error waits for who reads it.

    Files are left alone, as they are never full for long, and so is a standard error that is not the process's own.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[bytes] = deque()
        self._held = self._left_out = 0
        self._real = self._reads = -1
        self._before = sys.stderr

    def __enter__(self) -> Self:
        if not _may_be_full():
            return self
        self._reads, writes = os.pipe()
        self._real = os.dup(2)
        if sys.stderr.isatty():  # which a screen asks for
            sys.stderr = _Terminal(self._before.encoding)
        os.dup2(writes, 2)
        os.close(writes)
        for target in (self._take, self._hand_on):
            threading.Thread(target=target, name="groundup-errors", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._real < 0:
            return
        settled = self.settle()
        sys.stderr = self._before
        # What is said from here on goes nowhere where it would only wait.
        behind = os.dup(self._real) if settled else os.open(os.devnull, os.O_WRONLY)
        os.dup2(behind, 2)
        os.close(behind)

    def settle(self, patience_s: float = _PATIENCE_S) -> bool:
        """Wait until all that was said is handed on; False if it is not within so many seconds."""
        if self._real < 0:
            return True
        with suppress(OSError, ValueError):
            sys.stderr.flush()
        with self._changed:
            return self._changed.wait_for(lambda: not self._held and not _is_readable(self._reads), patience_s)

    def _take(self) -> None:
        while True:
            select.select([self._reads], [], [])
            with self._changed:  # so that nothing is on its way from one place to the other unseen
                piece = os.read(self._reads, _AT_ONCE)
                if not piece:
                    return
                if self._held + len(piece) > _HELD_BYTES:
                    self._left_out += len(piece)
                else:
                    self._waiting.append(piece)
                    self._held += len(piece)
                self._changed.notify_all()

    def _hand_on(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                piece = self._waiting.popleft()
            with suppress(OSError):  # nobody is there any more
                _write(self._real, piece)
            with self._changed:
                self._held -= len(piece)
                if self._left_out and not self._waiting:
                    note = f"! {self._left_out} bytes were said here, read by nobody, and are left out\n".encode()
                    self._waiting.append(note)
                    self._held, self._left_out = self._held + len(note), 0
                self._changed.notify_all()


class _Terminal(io.TextIOWrapper):
    """Standard error with a pipe in the place of its terminal, which it still is for who asks."""

    def __init__(self, encoding: str) -> None:
        raw = io.FileIO(2, "w", closefd=False)
        super().__init__(io.BufferedWriter(raw), encoding, "backslashreplace", line_buffering=True)

    def isatty(self) -> bool:
        """Whether what it writes is seen on a terminal."""
        return True


def _may_be_full() -> bool:
    """Whether standard error is the process's own, and something that somebody has to read."""
    try:
        mode = os.fstat(2).st_mode
        ours = sys.stderr.fileno() == 2
    except (AttributeError, OSError, ValueError):
        return False
    kinds = (stat.S_ISFIFO, stat.S_ISSOCK, stat.S_ISCHR)
    return ours and os.name == "posix" and any(is_kind(mode) for is_kind in kinds)


def _is_readable(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], 0)[0])


def _write(descriptor: int, piece: bytes) -> None:
    while piece:
        piece = piece[os.write(descriptor, piece) :]
