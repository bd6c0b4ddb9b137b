"""Watches what a piece of code touches: files, sockets, processes, threads. For code that promised not to."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

_TOUCHES = (
    "open", "socket.", "subprocess.", "os.system", "os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rename",
    "os.rmdir", "os.exec", "os.fork", "os.posix_spawn", "os.startfile", "winreg.", "urllib.", "ftplib.", "smtplib.",
    "_thread.start_new_thread", "_thread.start_joinable_thread", "time.sleep",
)  # fmt: skip
# What an import opens is no input of the code's own.
_CODE = (".py", ".pyc", ".pyd", ".so", ".dll", ".dylib", ".zip", "__pycache__")
_here = threading.local()


@contextmanager
def touching() -> Iterator[list[str]]:
    """Collect what this thread touches while the context is open.

    Yields
    ------
    list of str
        Filled as it happens: ``open '/dev/ttyUSB0'``, ``socket.connect ...``.
    """
    _watch()
    outer: list[str] | None = getattr(_here, "found", None)
    found: list[str] = []
    _here.found = found
    try:
        yield found
    finally:
        _here.found = outer


@cache
def _watch() -> None:
    # An audit hook cannot be taken off again: one for all, silent unless it is asked.
    sys.addaudithook(_heard)


def _heard(event: str, arguments: tuple[object, ...]) -> None:
    found = getattr(_here, "found", None)
    if found is None or not event.startswith(_TOUCHES):
        return
    _here.found = None  # what is done here is not watched
    try:
        first = repr(arguments[0]).strip("'\"") if arguments and event.startswith("open") else ""
        if not first.endswith(_CODE):
            found.append(f"{event} {first}".strip())
    finally:
        _here.found = found
