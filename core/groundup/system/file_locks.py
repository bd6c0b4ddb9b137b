"""Locks between processes: taken on an open file or folder, and let go of by the system however a process ends.

Where a system or a file system has none, nobody is kept out and nothing is known.
"""

import os
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


def take(descriptor: int, *, shared: bool = False) -> bool | None:
    """Take a lock without waiting.

    Returns
    -------
    bool or None
        False if another process holds it; None if there are no locks here.
    """
    if fcntl is None:
        return None
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def open_to_lock(path: Path) -> int | None:
    """Open a file or a folder only to lock it; None where that cannot be. To be closed by the caller."""
    try:
        return os.open(path, os.O_RDONLY)
    except OSError:
        return None
