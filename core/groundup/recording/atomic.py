"""A file that appears whole or not at all: written beside its place, synced to disk, then renamed.

HDF5 writes through `Sink`, because the HDF5 library cannot close a file on a full disk: it crashes the program
(``docs/decisions/hdf5-on-a-full-disk.md``). `Sink` keeps the first error, takes the rest of the bytes for written, and
tells at the end. It lets the disk work from the start, instead of leaving everything to the sync at the end.
"""

import contextlib
import io
import os
import re
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import h5py

from groundup.system import file_locks

_LIBVER = ("v108", "v108")
"""HDF5 1.8's layout: metadata has checksums, and MATLAB of the last ten years reads it."""

CACHE_BYTES = 1 << 19
"""Of chunks, a dataset: HDF5's own choice is 8 MiB, which many streams at once would make hundreds."""


_SYNC_BYTES = 1 << 25
"""After so many, the disk begins with what there is."""

_PART = re.compile(r"\.groundup-[0-9a-f]{12}\.part")


class Sink(io.RawIOBase):
    """A file for HDF5 to write to that survives a full disk.

    Attributes
    ----------
    error : OSError or None
        The first write that failed.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("x+b", buffering=0)
        self._unsynced = 0
        self._syncing: threading.Thread | None = None
        self.error: OSError | None = None

    def write(self, data: object) -> int:
        """Write all of `data`, or note why not."""
        view = memoryview(data).cast("B")  # type: ignore[arg-type]
        done = 0
        while done < len(view) and self.error is None:
            try:
                done += self._file.write(view[done:])
            except OSError as error:
                self.error = error
        self._unsynced += len(view)
        if self._unsynced >= _SYNC_BYTES and (self._syncing is None or not self._syncing.is_alive()):
            self._unsynced = 0
            self._syncing = threading.Thread(target=self._sync_behind, daemon=True)
            self._syncing.start()
        return len(view)

    def _sync_behind(self) -> None:
        try:
            os.fsync(self._file.fileno())
        except OSError as error:  # which the system tells only once
            self.error = self.error or error

    def _wait(self) -> None:
        if self._syncing is not None:
            self._syncing.join()

    def readinto(self, buffer: object) -> int:
        """Read into `buffer`; what was never written reads as zeros."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        count = self._file.readinto(view)
        view[count:] = bytes(len(view) - count)
        return len(view)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place in the file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Place in the file."""
        return self._file.tell()

    def truncate(self, size: int | None = None) -> int:
        """Cut or extend the file."""
        if self.error is None:
            try:
                return self._file.truncate(size)
            except OSError as error:
                self.error = error
        return size or 0

    def check(self) -> None:
        """Raise the first error, if there was one."""
        if self.error is not None:
            raise self.error

    def sync(self) -> None:
        """Make the bytes last: on the disk, not in a cache."""
        self._wait()
        self.check()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._wait()
        self._file.close()
        super().close()


@contextlib.contextmanager
def hdf5_into(sink: Sink, user_block: int = 0) -> Iterator[h5py.File]:
    """A new HDF5 file written to `sink`; whatever goes wrong, the cause is the error that is raised.

    Parameters
    ----------
    sink : Sink
    user_block : int
        Bytes before it that HDF5 leaves alone: 0, or a power of 2 from 512.

    Raises
    ------
    OSError
        If the disk is full or fails.
    """
    try:
        with h5py.File(sink, "w", libver=_LIBVER, rdcc_nbytes=CACHE_BYTES, userblock_size=user_block) as file:
            yield file
    except Exception as error:
        if sink.error is not None:
            raise sink.error from error
        raise
    sink.sync()


@contextlib.contextmanager
def replacing(out: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Give the path of a temporary file beside `out`; when all went well it becomes `out`, else it is removed.

    What a crash has left of earlier ones goes first, if nobody in this folder is writing one now.

    Parameters
    ----------
    out : Path
    overwrite : bool
        Whether an existing `out` may be replaced.

    Raises
    ------
    FileExistsError
        If `out` exists and may not be replaced.
    OSError
        If the folder cannot be written to, or the disk is full; the message names `out` and the cause.
    """
    if not overwrite and out.exists():
        raise FileExistsError(f"{out} exists already and is not overwritten; choose another name")
    temporary = out.parent / f".groundup-{uuid.uuid4().hex[:12]}.part"
    folder = file_locks.open_to_lock(out.parent)
    try:
        _sweep(out.parent, folder)
        try:
            yield temporary
            _rename(temporary, out, overwrite)
            _sync_folder(out.parent)
        except FileExistsError:
            raise
        except OSError as error:
            cause = error.strerror or str(error)
            raise OSError(error.errno or 0, f"{out} could not be written: {cause}") from error
    finally:
        with contextlib.suppress(OSError):  # what remains is swept next time
            temporary.unlink(missing_ok=True)
        if folder is not None:
            os.close(folder)


def _sweep(parent: Path, folder: int | None) -> None:
    """Remove temporary files that nobody writes any more; whoever writes one shares the lock of the folder."""
    if folder is None:
        return
    if file_locks.take(folder):
        for left in parent.iterdir():
            if _PART.fullmatch(left.name) and left.is_file() and not left.is_symlink():
                with contextlib.suppress(OSError):
                    left.unlink()
    file_locks.take(folder, shared=True)


def _rename(temporary: Path, out: Path, overwrite: bool) -> None:
    if overwrite:
        os.replace(temporary, out)
    else:
        rename_new(temporary, out)


def rename_new(temporary: Path, out: Path) -> None:
    """Give what is finished its name, and never that of another file.

    Parameters
    ----------
    temporary : Path
        A file or a folder. A file may keep this name beside the new one, until who made it removes it.
    out : Path
        In the same folder.

    Raises
    ------
    FileExistsError
        If something of that name has appeared meanwhile; an empty folder gives way to a folder.
    """
    try:
        if temporary.is_dir():
            os.rename(temporary, out)  # only an empty folder gives way
        else:
            # A hard link is the one rename that fails when the name has been taken meanwhile.
            os.link(temporary, out)
    except OSError:  # also of a file system without hard links
        if out.exists():
            raise FileExistsError(f"{out} appeared while it was being written and is not overwritten") from None
        if temporary.is_dir():
            raise
        os.rename(temporary, out)


def _sync_folder(folder: Path) -> None:
    """Make the name last too, where the system lets a folder be synced (Windows does not)."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError:
        return  # some network file systems refuse; the file itself is safe
    finally:
        os.close(handle)
