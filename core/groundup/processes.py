"""Child processes: a driver, live analysis and the dashboard each run in one of their own.

A child stops when its standard input closes, on every system, so that no orphan outlives its parent, however the parent
ends.
"""

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence

_PATIENCE_S = 5.0


class Child:
    """A groundup command in a process of its own.

    Parameters
    ----------
    arguments : sequence of str
        What stands behind ``groundup``.
    environment : dict, optional
        Whole environment of the child.
    """

    def __init__(self, arguments: Sequence[str], environment: dict[str, str] | None = None) -> None:
        command = [sys.executable, "-m", "groundup", *arguments]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment)

    @property
    def ended(self) -> int | None:
        """Exit status, or None while it runs."""
        return self._process.poll()

    def ask_to_stop(self) -> None:
        """Close its standard input, and go on."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    def wait(self) -> None:
        """Wait until it has stopped; kill it if it does not listen."""
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def stop_all(children: Iterable[Child]) -> None:
    """Ask all of them to stop, then wait for each. Safe to call twice."""
    asked = list(children)
    for child in asked:
        child.ask_to_stop()
    for child in asked:
        child.wait()


def stop_when_input_closes(stop: threading.Event) -> bool:
    """Set the event when standard input, a pipe from a parent, closes.

    A terminal, a file or the null device is no parent and is left alone. Returns whether there is a parent.
    """
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):
        return False  # no standard input at all
    if not stat.S_ISFIFO(mode):
        return False
    threading.Thread(target=_wait_for_end, args=(sys.stdin.fileno(), stop), daemon=True).start()
    return True


def _wait_for_end(descriptor: int, stop: threading.Event) -> None:
    try:
        while os.read(descriptor, 4096):
            pass
    except OSError:
        pass
    stop.set()
