"""The journal as a file that others can reach: made, locked while it is written, watched, and rescued."""

import errno
import os
import shutil
import tempfile
from contextlib import suppress
from itertools import chain, count
from pathlib import Path

from groundup.lsl.stream_names import SUFFIX
from groundup.system import file_locks

_MAGIC = b"XDF:"


class JournalError(OSError):
    """The journal cannot be written (any more); what was written before is kept."""


class JournalFile:
    """A journal that is being written.

    Parameters
    ----------
    path : Path
        Created; an existing file is never overwritten.

    Raises
    ------
    FileExistsError
        If it is there already.
    JournalError
        If it cannot be written.

    Attributes
    ----------
    descriptor : int
        Open for writing; -1 when it has been closed.
    """

    BEGUN = len(_MAGIC)
    """Its length when it is made."""

    def __init__(self, path: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | os.O_APPEND
        self._path = path
        self._folder = path.absolute().parent
        self._reported: set[str] = set()
        try:
            self.descriptor = os.open(path, flags, 0o644)
            try:
                os.write(self.descriptor, _MAGIC)
            except OSError:
                self.close()
                path.unlink()
                raise
            file_locks.take(self.descriptor)
        except FileExistsError:
            raise
        except OSError as error:
            why = error.strerror
            if isinstance(error, FileNotFoundError) and not path.absolute().parent.exists():
                why = f"there is no folder {path.parent}; make it, or choose another with -o"
            raise JournalError(error.errno, f"cannot write {path}: {why}") from error

    def harm(self, written: int) -> str | None:
        """What another program has done to it since the last look, in a sentence.

        Parameters
        ----------
        written : int
            Bytes that have been written to it by now.
        """
        if self.descriptor < 0:
            return None
        size = os.fstat(self.descriptor).st_size
        if size < written:
            what = (
                f"{self._path} was cut short by another program: {written - size} bytes of what was recorded are gone"
            )
            return self._once("cut", what)
        if not self._is_there():
            what = f"{self._path} was deleted, moved or replaced by another program while it was written"
            return self._once("replaced", f"{what}; what is recorded is kept and written again at the end")
        return None

    def rescued(self) -> Path:
        """Where what was written can be found: where it should be, unless it had to be copied from its open file.

        Raises
        ------
        JournalError
            If it could not be copied, neither to its folder nor to the person's own nor to that for what passes.
        """
        if self.descriptor < 0 or self._is_there():
            return self._path
        failed: JournalError | None = None
        for folder in (self._folder, Path.home(), Path(tempfile.gettempdir())):
            try:
                return self._copied(folder)
            except (OSError, RuntimeError) as error:  # no folder, no room in it, no home
                message = f"cannot write {self._path} again: {error}"
                failed = failed or JournalError(getattr(error, "errno", 0) or errno.EIO, message)
        assert failed is not None
        raise failed

    def _copied(self, folder: Path) -> Path:
        """Copy what was written out of its open file, into a folder that is made again where it is gone."""
        folder.mkdir(parents=True, exist_ok=True)
        name = self._path.name.removesuffix(SUFFIX)
        numbers = (f"-rescued{number if number > 1 else ''}" for number in count(1))
        for ending in chain([""], numbers):
            out = folder / f"{name}{ending}{SUFFIX}"
            with suppress(FileExistsError):
                file = out.open("xb")
                break
        try:
            with file, os.fdopen(os.dup(self.descriptor), "rb") as source:
                source.seek(0)
                shutil.copyfileobj(source, file, 1 << 20)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            out.unlink()  # half of it is no rescue
            raise
        return out

    def close(self) -> None:
        """Close it. Safe to call twice."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def _is_there(self) -> bool:
        """Whether its path still leads to it."""
        try:
            return os.path.samestat(os.stat(self._path), os.fstat(self.descriptor))
        except OSError:
            return False

    def _once(self, kind: str, sentence: str) -> str | None:
        if kind in self._reported:
            return None
        self._reported.add(kind)
        return sentence
