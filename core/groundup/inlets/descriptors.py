"""Room for one more stream: opened at once, streams take each other's last file descriptors, and none opens."""

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_NEEDED = 13  # sockets and event queues of an inlet, measured, with what asks for its description
_LEFT = 6  # for looking for streams, and for the files that are open for moments
_PATIENCE_S = 15.0  # longer than a stream takes to open, or to give up

_LIMIT = "there are not enough file descriptors for it: record fewer streams, or allow more open files (ulimit -n)"


class Descriptors:
    """Lets a stream be opened when there are descriptors enough for it and for those that are being opened."""

    def __init__(self) -> None:
        self._opening = 0
        self._changed = threading.Condition()

    @contextmanager
    def reserved(self) -> Iterator[None]:
        """Keep room for a stream while the block opens it.

        Raises
        ------
        OSError
            If there is none, also when those that are being opened are done.
        """
        with self._changed:
            while not _room((self._opening + 1) * _NEEDED + _LEFT):
                if self._opening == 0 or not self._changed.wait(_PATIENCE_S):
                    raise OSError(errno.EMFILE, _LIMIT)
            self._opening += 1
        try:
            yield
        finally:
            with self._changed:
                self._opening -= 1
                self._changed.notify_all()


def _room(descriptors: int) -> bool:
    """Whether the system lets this process open so many more files; where it does not say, it does."""
    try:
        import resource

        most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        return most == resource.RLIM_INFINITY or len(os.listdir("/dev/fd")) + descriptors <= most
    except ImportError:  # Windows has no such limit
        return True
    except OSError as error:
        return error.errno not in (errno.EMFILE, errno.ENFILE)
