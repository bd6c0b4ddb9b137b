"""One file of a batch: analysed as far as that has not been done, and put into the archive; or why not."""

from __future__ import annotations

import errno
import math
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from groundup.archives.notes import Note, Status, write_note
from groundup.archives.parts import MadeBy, part_name, write_part
from groundup.archives.raw_checksum import bytes_checksum, raw_checksum
from groundup.plugin.failure import fault_of
from groundup.recording.open_file import RecordingInUseError
from groundup.workflows.batch.part import part_of, refuse_damage
from groundup.workflows.batch.plan import Plan, made_by
from groundup.workflows.batch.pseudonyms import UnnamedError, label_of
from groundup.workflows.seal_journal import JournalInUseError


class ArchiveDiskError(RuntimeError):
    """The disk of the archive, or that of the scratch folder, took no more; the message says which and why."""


class OtherVersionError(RuntimeError):
    """A process that would compute by something else than the one that planned."""


@dataclass(frozen=True)
class Taken:
    """What was done with a file.

    Attributes
    ----------
    path : str
        As it was given.
    note : Note
        What went into the archive.
    computed : int
        How many metrics were computed; -1 where nothing was.
    cpu_s : float
        What it cost, in seconds of a core.
    peak_mb : float
        The most memory that the process, or one that it made, has had so far; NaN where the system does not tell.
    """

    path: str
    note: Note
    computed: int = -1
    cpu_s: float = math.nan
    peak_mb: float = math.nan


def take_file(plan: Plan, path: str, state: str = "", again: bool = False) -> Taken:
    """Analyse a file and put what was found into the archive; whatever is wrong with the file is in the note.

    Parameters
    ----------
    plan : Plan
    path : str
    state : str
        Of the process that planned; empty: this is it.
    again : bool
        Whether also what is there already.

    Raises
    ------
    ArchiveDiskError, OtherVersionError
        No file's fault: to be mended before any other is taken.
    """
    begun = _cpu_s()
    made = made_by(plan)
    if state and state != made.state:
        raise OtherVersionError(
            "a worker has other versions of groundup or its plugins than this computer: install the same on all"
        )
    file = Path(path)
    before = _stat(file)
    if isinstance(before, OSError):
        taken = Taken(path, _note(plan, file, None, "unreachable", f"{file} cannot be read: {before.strerror}"))
    else:
        taken = _watched(plan, file, before, made, again)
    with _archive_disk(plan.folder):
        write_note(plan.folder, taken.note)
    return replace(taken, cpu_s=_cpu_s() - begun, peak_mb=_peak_mb())


def _cpu_s() -> float:
    """Seconds of a core that this process and those that it made have had."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _peak_mb() -> float:
    try:
        import resource
    except ImportError:  # Windows
        return math.nan
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _stat(file: Path) -> os.stat_result | OSError:
    try:
        return file.stat()
    except OSError as error:
        return error


def _watched(plan: Plan, file: Path, before: os.stat_result, made: MadeBy, again: bool) -> Taken:
    """Take a file; where anything goes wrong, say what, and of which bytes."""
    computed, part, checksum, reason = -1, "", "", ""
    status: Status = "ok"
    try:
        checksum = raw_checksum(file)
        part = part_name(checksum, made.state)
        if again or not (plan.folder / part).exists():
            found, computed = part_of(plan, file, checksum, part, made, again)
            with _archive_disk(plan.folder / part):
                write_part(plan.folder, part, found)
        else:
            refuse_damage(file)  # it tells the sums of a file that is there; its bytes may be others
    except (ArchiveDiskError, OtherVersionError):
        raise
    except (RecordingInUseError, JournalInUseError) as error:
        status, reason = "unfinished", str(error)
    except UnnamedError as error:
        status, reason = "unnamed", str(error)
    except MemoryError:
        status, reason = "failed", f"{file}: there is not enough memory for it"
    except (Exception, SystemExit) as error:
        if full := _full_disk(error):
            raise ArchiveDiskError(f"{plan.scratch or tempfile.gettempdir()} took no more: {full.strerror}") from error
        status, reason = "failed", _sentence(error)
    after = _stat(file)
    if isinstance(after, OSError):
        return Taken(str(file), _note(plan, file, None, "unreachable", f"{file} is gone: {after.strerror}"))
    if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        status, reason = "unfinished", f"{file} was written to while it was read: take it again when it is finished"
    if status == "failed":
        try:
            checksum = bytes_checksum(file)  # what it says of itself is not to be believed
        except OSError as error:
            status, reason = "unreachable", f"{file} cannot be read: {error.strerror or error}"
    note = _note(plan, file, before, status, reason)
    checksum = checksum if status in ("ok", "failed") else ""
    part = part if status == "ok" else ""
    return Taken(str(file), msgspec.structs.replace(note, recording=checksum, part=part, state=made.state), computed)


def _full_disk(error: BaseException) -> OSError | None:
    """The error of a disk that took no more, behind another one: files are only read, so that it is the scratch's."""
    while not (isinstance(error, OSError) and error.errno in _FULL):
        behind = error.__cause__ or error.__context__
        if behind is None:
            return None
        error = behind
    return error


_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


def _sentence(error: BaseException) -> str:
    """What is wrong with a file: an error of ours is a sentence; any other one says in which line it is."""
    known = isinstance(error, ValueError | RuntimeError | OSError) and str(error)
    return str(error) if known and (isinstance(error, OSError) or _ours(error)) else fault_of(error)


def _ours(error: BaseException) -> bool:
    return type(error).__module__.startswith("groundup")


def _note(plan: Plan, file: Path, stat: os.stat_result | None, status: Status, reason: str) -> Note:
    names = plan.pseudonyms
    path = label_of(path_text(file), names)
    size, changed = (stat.st_size, stat.st_mtime_ns) if stat is not None else (-1, -1)
    told = reason if names is None else names.cleaned(reason, "", file)
    return Note(path=path, size=size, changed_ns=changed, status=status, reason=_utf8(told))


def path_text(file: Path) -> str:
    """The whole path of a file, as text that is UTF-8: a byte of a name that is none is written as a number."""
    return _utf8(os.path.abspath(file))


def _utf8(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


@contextmanager
def _archive_disk(where: Path) -> Iterator[None]:
    """Tell an error of the archive's disk from one of a file."""
    try:
        yield
    except OSError as error:
        raise ArchiveDiskError(f"{where} could not be written: {error.strerror or error}") from error
