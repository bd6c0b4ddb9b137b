"""Keys of a terminal, one at a time, without Enter: on every system, and given back as it was."""

import codecs
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SEQUENCE = re.compile("\x1b(?:\\[[0-9;?]*[ -/]*[@-~]|O.|[^\x1b\\[O])")
"""What arrows, function keys and Alt send: none of it is a letter or a digit that somebody typed."""


@contextmanager
def keys(pressed: Callable[[str], None]) -> Iterator[None]:
    """Call `pressed` with every key while the block runs; a terminal that cannot tell keys gives none."""
    done = threading.Event()
    try:
        with _raw():
            threading.Thread(target=_read, args=(pressed, done), name="groundup-keys", daemon=True).start()
            yield
    finally:
        done.set()


if sys.platform == "win32":
    import msvcrt

    @contextmanager
    def _raw() -> Iterator[None]:
        yield

    def _read(pressed: Callable[[str], None], done: threading.Event) -> None:
        while not done.wait(0.05):
            while msvcrt.kbhit():
                key = msvcrt.getwch()
                if key in "\x00\xe0":  # an arrow or a function key: its name follows
                    msvcrt.getwch()
                else:
                    pressed(key)

else:
    import select
    import termios
    import tty

    @contextmanager
    def _raw() -> Iterator[None]:
        if not sys.stdin.isatty():
            yield
            return
        before = termios.tcgetattr(sys.stdin)
        try:
            tty.setcbreak(sys.stdin)  # Ctrl-C stays Ctrl-C
            yield
        finally:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)

    def _read(pressed: Callable[[str], None], done: threading.Event) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while sys.stdin.isatty() and not done.is_set():
            if select.select([sys.stdin], [], [], 0.1)[0]:
                # Not by sys.stdin, which would keep for itself what was typed quickly.
                typed = os.read(sys.stdin.fileno(), 1024)
                if not typed:
                    return
                for key in _SEQUENCE.sub("", decoder.decode(typed)):
                    pressed(key)
