"""Keys of a terminal, one at a time, without Enter: on every system, and given back as it was."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


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
                pressed(msvcrt.getwch())

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
        while sys.stdin.isatty() and not done.is_set():
            if select.select([sys.stdin], [], [], 0.1)[0]:
                key = sys.stdin.read(1)
                if not key:
                    return
                pressed(key)
