"""Child processes: a driver, live analysis and the dashboard each run in one of their own.

A child stops when its standard input closes, on every system, so that no orphan outlives its parent, however the parent
ends.
"""

import contextlib
import ctypes
import math
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence

from groundup.system.driver_reports import Report, report_of

_PATIENCE_S = 5.0
_HEAR_OUT_S = 1.0
_LONGEST_LINE = 1 << 16
_KEPT_BYTES, _LAST_LINES, _LAST_WORDS = 4096, 3, 1000
_MOST_REPORTS = 1000
_PR_SET_PDEATHSIG = 1  # of Linux's prctl(2)
_stops: dict[int, threading.Event] = {}  # what each signal sets
_wake: tuple[socket.socket, socket.socket] | None = None


def python_command(module: str, *arguments: str) -> list[str]:
    """The command that runs a Python module in a process of its own; start it with `python_environment`.

    Nothing is imported from the current folder (``-P``): a folder of data may hold a ``json.py``.
    """
    return [sys.executable, "-P", "-m", module, *arguments]


def python_environment(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment, by default this process's, with a ``PYTHONPATH`` that does not mean the current folder.

    An empty entry in it (``PYTHONPATH=:/opt/mine``) is the current folder to Python.
    """
    found = dict(os.environ if environment is None else environment)
    entries = [entry for entry in found.pop("PYTHONPATH", "").split(os.pathsep) if os.path.normpath(entry) != os.curdir]
    return found | ({"PYTHONPATH": os.pathsep.join(entries)} if entries else {})


class Child:
    """A groundup command in a process of its own.

    What it says on standard error goes to ours, and its last words are kept; a driver's reports (`Report`) are kept
    until they are asked for.

    Parameters
    ----------
    arguments : sequence of str
        What stands behind ``groundup``.
    environment : dict, optional
        Whole environment of the child.
    """

    def __init__(self, arguments: Sequence[str], environment: dict[str, str] | None = None) -> None:
        process = subprocess.Popen(
            python_command("groundup", *arguments), env=python_environment(environment),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self._listen_to(process)

    def _listen_to(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._reports: deque[Report] = deque(maxlen=_MOST_REPORTS)
        self._stderr = b""
        self._listeners = [
            threading.Thread(target=target, name="groundup-child", daemon=True)
            for target, pipe in ((self._hear_reports, process.stdout), (self._hear_errors, process.stderr))
            if pipe is not None
        ]
        for listener in self._listeners:
            listener.start()

    @property
    def ended(self) -> int | None:
        """Exit status, or None while it runs."""
        status = self._process.poll()
        if status is not None:
            self._hear_out()
        return status

    def reports(self) -> list[Report]:
        """What it has reported since the last call."""
        return [self._reports.popleft() for _ in range(len(self._reports))]

    def last_words(self) -> str:
        """The last that it said on standard error, on one line; empty when it said nothing."""
        lines = [line.strip() for line in self._stderr.decode("utf-8", "replace").splitlines()]
        lines = [line for line in lines if line.strip("^~ ")]  # a traceback points with these
        text = " | ".join(line.removeprefix("Error: ") for line in lines[-_LAST_LINES:])
        text = "".join(c if c.isprintable() else " " for c in text)
        return text if len(text) <= _LAST_WORDS else f"… {text[-_LAST_WORDS:]}"

    def tell(self, line: bytes) -> None:
        """Write a line to its standard input, and go on; one that does not read it, or has ended, misses it."""
        pipe = self._process.stdin
        if pipe is not None and not pipe.closed:
            with contextlib.suppress(OSError, ValueError):  # its pipe is full, or it has gone
                os.set_blocking(pipe.fileno(), False)
                os.write(pipe.fileno(), line + b"\n")

    def ask_to_stop(self) -> None:
        """Close its standard input, and go on."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def wait(self) -> bool:
        """Wait until it has stopped; kill it if it does not listen, and tell whether it did."""
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return False
        finally:
            self._hear_out()
        return True

    def _hear_out(self) -> None:
        """Hear what it said before it ended; a process of its own that outlives it may keep the pipes open."""
        for listener in self._listeners:
            listener.join(_HEAR_OUT_S)

    def _hear_reports(self) -> None:
        pipe = self._process.stdout
        while pipe is not None and (line := pipe.readline(_LONGEST_LINE)):
            if (report := report_of(line)) is not None:
                self._reports.append(report)

    def _hear_errors(self) -> None:
        pipe = self._process.stderr
        while pipe is not None and (piece := os.read(pipe.fileno(), _LONGEST_LINE)):
            self._stderr = (self._stderr + piece)[-_KEPT_BYTES:]
            with contextlib.suppress(OSError):
                os.write(2, piece)


def teller() -> Callable[[Report], None]:
    """What tells reports to the process that started this one, by a standard output that is nobody else's from then on.

    What a device's own library prints does not come between.
    """
    ours = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)

    def tell(report: Report) -> None:
        with contextlib.suppress(OSError, ValueError):  # nobody listens any more
            ours.write(report.line())
            ours.flush()

    return tell


def stop_all(children: Iterable[Child]) -> None:
    """Ask all of them to stop, then wait for each. Safe to call twice."""
    stopping = list(children)
    for child in stopping:
        child.ask_to_stop()
    for child in stopping:
        child.wait()


STOPPING = ("SIGINT", "SIGTERM", "SIGHUP")
"""What tells a program to stop: Ctrl-C, the system, and the terminal or connection that closes."""


def stop_at_signals(stop: threading.Event, *names: str) -> None:
    """Set the event when one of these signals (``"SIGINT"``, ``"SIGTERM"`` ...) comes; for the main thread.

    One that this system does not have is left out, and so is a SIGHUP that is ignored, as ``nohup`` asks for.

    Not in a handler: Python runs those in the main thread, which a signal that another thread was given does not wake
    while it waits without end, and which may hold the event's own lock. A thread that reads what the system's handler
    writes is woken by every signal. The handler writes the same: an event loop of asyncio, as drivers make them, takes
    what the system's handler writes for itself (on Windows, as soon as it is made).
    """
    global _wake
    if _wake is None:
        reads, writes = _wake = socket.socketpair()
        writes.setblocking(False)
        threading.Thread(target=_hear_signals, args=(reads,), name="groundup-signals", daemon=True).start()
    signal.set_wakeup_fd(_wake[1].fileno(), warn_on_full_buffer=False)
    for name in names:
        number = getattr(signal, name, None)
        if number is None or (name == "SIGHUP" and signal.getsignal(number) == signal.SIG_IGN):
            continue
        _stops[number] = stop
        signal.signal(number, lambda number, _: _tell(number))


def _tell(number: int) -> None:
    if _wake is not None:
        with contextlib.suppress(BlockingIOError):  # so many have not been read that one more says nothing
            _wake[1].send(bytes([number]))


def _hear_signals(reads: socket.socket) -> None:
    while numbers := reads.recv(64):
        for number in numbers:
            if number in _stops:
                _stops[number].set()


GRACE_S = 10.0
"""How long a child may take to stop when its parent is no more; while that lives, it waits for less and kills."""


def stop_when_input_closes(
    stop: threading.Event, grace_s: float = math.inf, hear: Callable[[bytes], object] = lambda line: None
) -> bool:
    """Set the event when standard input, a pipe from a parent, closes.

    Lines that the parent writes go to `hear`. If the process still runs `grace_s` later, it is ended. A terminal, a
    file or the null device is no parent and is left alone. Returns whether there is a parent.
    """
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):
        return False  # no standard input at all
    if not stat.S_ISFIFO(mode):
        return False
    threading.Thread(target=_wait_for_end, args=(sys.stdin.fileno(), stop, grace_s, hear), daemon=True).start()
    return True


def end_with_parent() -> None:
    """Have the system kill this process when the thread that started it is no more, whatever it does then.

    For a process that owns nothing, and only on Linux; elsewhere it has to see for itself that its input ends.
    """
    with contextlib.suppress(AttributeError, OSError):
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def _wait_for_end(descriptor: int, stop: threading.Event, grace_s: float, hear: Callable[[bytes], object]) -> None:
    rest = b""
    try:
        while piece := os.read(descriptor, 4096):
            *lines, rest = (rest[-_LONGEST_LINE:] + piece).split(b"\n")
            for line in lines:
                hear(line)
    except OSError:
        pass
    stop.set()
    if math.isfinite(grace_s):
        threading.Event().wait(grace_s)
        os._exit(1)
