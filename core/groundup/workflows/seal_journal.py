"""From a journal to a recording: sealed, compared with the journal, and only then is the journal let go."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from groundup.journal import Journal, read_journal
from groundup.lab.tables import Lab
from groundup.model.account import Account, Identity, differences
from groundup.model.ledger import LedgerRow
from groundup.model.source import Source
from groundup.recording import hdf
from groundup.recording.open_file import open_hdf5
from groundup.recording.seal import Progress, seal
from groundup.recording.verify import verify
from groundup.sources.with_lab import with_lab, with_own_lab
from groundup.system import file_locks


@dataclass(frozen=True)
class Sealed:
    """A journal that was sealed.

    Attributes
    ----------
    journal, recording : Path
    journal_kept : bool
    complete : bool
        Whether the journal had been ended cleanly.
    differs : tuple of str
        What was recorded, or lies in the journal, and is not in the recording; empty when everything is.
    before : bool
        Whether the recording was there already, sealed from this journal by a process that came no further.
    left : str
        Why a journal that might have been deleted was not, where its disk would not have it; else empty.
    """

    journal: Path
    recording: Path
    journal_kept: bool
    complete: bool
    differs: tuple[str, ...] = ()
    left: str = ""
    before: bool = False


class JournalInUseError(RuntimeError):
    """A journal that another process is writing or sealing."""


def seal_journal(
    path: Path,
    out: Path,
    *,
    lab: Lab | None = None,
    keep: bool | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    account: Account | None = None,
) -> Sealed:
    """Seal an XDF file, ours or LabRecorder's, into a recording.

    Our own journal is deleted when everything in it, and everything that its recorder counted, is in the recording.

    Parameters
    ----------
    path : Path
        The journal.
    out : Path
        The recording to make.
    lab : Lab, optional
        A lab.toml for a file that has none of its own.
    keep : bool, optional
        Whether our own journal stays after sealing; by default as its lab.toml says. Anybody else's always stays.
    overwrite : bool
        Whether an existing recording may be replaced.
    progress : callable, optional
    account : Account, optional
        What its recorder counted, while that still lives.

    Raises
    ------
    JournalInUseError, JournalDamagedError, SealError, OSError
        The journal is then as it was.
    """
    with _ours_alone(path):
        journal = read_journal(path)
        source, lab = with_own_lab(journal.source) if lab is None else (with_lab(journal.source, lab), lab)
        # By the ids of the journal: a lab.toml given beside the file has ids of its own.
        given = [replace(s, id=own.id) for s, own in zip(source.streams, journal.source.streams, strict=True)]
        differing = differences(journal.contents, given, account, source.clock_origin)
        rows = [*differing, *(account.ledger if account is not None else ())]
        if account is None and journal.ours:
            rows += _sealed_before(source, path, out)
        left_out: tuple[LedgerRow, ...] = ()
        before = out.exists() and not overwrite and journal.ours and _is_of(out, source)
        if not before:
            left_out = seal(_with_rows(source, rows), out, overwrite=overwrite, progress=progress)
        if keep is None:
            keep = journal.packed or (lab.record.keep_journal if lab is not None else False)
        differs = tuple(row.message for row in (*journal.lost, *differing, *left_out))
        kept = bool(keep or not journal.ours or differs)
        return _let_go(journal, Sealed(path, out, kept, journal.complete, differs, before=before))


def _is_of(recording: Path, source: Source) -> bool:
    """Whether a recording that is there already was sealed from this, to the bit, by a process that came no further."""
    return recording_id_of(recording) == source.recording_id and not verify(recording, source)


def _sealed_before(source: Source, journal: Path, out: Path) -> list[LedgerRow]:
    """What to say where another recording of the same journal lies beside it or beside the new one."""
    others = []
    for folder in dict.fromkeys([journal.absolute().parent, out.absolute().parent]):
        files = sorted(folder.glob("*.h5"))[:_MOST_FILES] if folder.is_dir() else []
        others += [f for f in files if f != out.absolute() and recording_id_of(f) == source.recording_id]
    if not others:
        return []
    message = f"{journal.name} was sealed before: {', '.join(map(str, others))} is of the same recording"
    return [LedgerRow(source.clock_origin, "", "sealed", "warning", len(others), message)]


def recording_id_of(path: Path) -> str | None:
    """The id in a file that says it is a recording; None in any other."""
    with suppress(OSError, RuntimeError, KeyError, ValueError), open_hdf5(path) as file:
        return hdf.attr_text(file, "recording_id") or None
    return None


_MOST_FILES = 500


def _let_go(journal: Journal, sealed: Sealed) -> Sealed:
    """Delete the journal, unless it is kept, or is no longer the file that was sealed."""
    if sealed.journal_kept:
        return sealed
    try:
        if Identity.of(journal.path) != journal.contents.identity:
            changed = f"{journal.path} was changed while it was sealed: what was written to it since is not sealed"
            return replace(sealed, journal_kept=True, differs=(changed,))
        journal.path.unlink()
    except OSError as error:
        left = f"{journal.path} is sealed, but could not be deleted: {error.strerror}"
        return replace(sealed, journal_kept=True, left=left)
    return sealed


@contextmanager
def _ours_alone(path: Path) -> Iterator[None]:
    """Hold a journal's lock: nobody else writes it, and nobody else seals it."""
    descriptor = file_locks.open_to_lock(path)
    try:
        if descriptor is not None and file_locks.take(descriptor) is False:
            raise JournalInUseError(
                f"{path} is in use: a recorder is writing it, or it is just being sealed. Stop the recorder, or wait"
            )
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _with_rows(source: Source, rows: Sequence[LedgerRow]) -> Source:
    """The source with more rows in its ledgers: each in that of its stream, none twice."""
    streams, every = [], {row for stream in source.streams for row in stream.ledger} | set(source.ledger)
    new = [row for row in dict.fromkeys(rows) if row not in every]
    for stream in source.streams:
        mine = tuple(row for row in new if row.stream == stream.id)
        streams.append(replace(stream, ledger=(*stream.ledger, *mine)))
    ids = {stream.id for stream in streams}
    rest = tuple(row for row in new if row.stream not in ids)
    return replace(source, streams=streams, ledger=(*source.ledger, *rest))
