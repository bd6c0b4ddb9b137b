"""Collecting: what has become of files since the last time is put into the tables, and the manifest replaced.

One process at a time does it. Who reads meanwhile has the archive as it was before; who dies in it leaves it so.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from groundup.archives.manifest import Manifest, is_archive, read_manifest, write_manifest
from groundup.archives.notes import AGAIN, Note, read_notes
from groundup.archives.parts import Part, read_part
from groundup.archives.people import put_people
from groundup.archives.schema import RECORDINGS, TABLES
from groundup.archives.segments import (
    Piece,
    piece_of_part,
    piece_of_segment,
    segment_file,
    to_merge,
    write_segments,
)
from groundup.system import file_locks

Row = dict[str, Any]


class ArchiveInUseError(RuntimeError):
    """Another process collects into the archive."""


def collect(folder: Path) -> Manifest:
    """Put into the tables of an archive what its notes tell.

    Returns
    -------
    Manifest
        The archive as it is now.

    Raises
    ------
    ArchiveInUseError
        If another process does so just now.
    ArchiveError
        If the folder holds something else.
    OSError
        If it cannot be written, as on a full disk; the archive is then as it was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        before = read_manifest(folder) if is_archive(folder) else Manifest()
        notes = list(read_notes(folder))
        change = _Change.of(before)
        if not notes and is_archive(folder) and not put_people(folder, list(change.rows.values())):
            return before
        for _, note in sorted(notes, key=lambda one: one[0].stat().st_mtime_ns):
            change.take(folder, note)
        after = _published(folder, before, change)
        for path, _ in notes:
            path.unlink(missing_ok=True)
        for name in {row["part"] for row in before.recordings.select(["part"]).to_pylist()} - change.parts - {""}:
            (folder / name).unlink(missing_ok=True)
        return after


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the lock of the archive."""
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if file_locks.take(descriptor) is False:
            raise ArchiveInUseError(f"another groundup batch writes into {folder} just now: wait until it has ended")
        yield
    finally:
        os.close(descriptor)


@dataclass
class _Change:
    """The rows of an archive while notes are put into them.

    Attributes
    ----------
    rows : dict of str to dict
        By recording; what has no checksum, by its path.
    new : dict of str to Piece
        Recordings whose rows in the tables are to be written.
    """

    rows: dict[str, Row]
    whose: dict[str, str]
    new: dict[str, Piece] = field(default_factory=dict)

    @classmethod
    def of(cls, manifest: Manifest) -> _Change:
        rows = {_key(row["recording"], row["paths"]): row for row in manifest.recordings.to_pylist()}
        return cls(rows, {path: key for key, row in rows.items() for path in row["paths"]})

    @property
    def parts(self) -> set[str]:
        return {row["part"] for row in self.rows.values()}

    def take(self, folder: Path, note: Note) -> None:
        """Put a note into the rows."""
        before = self.rows.get(self.whose.get(note.path, ""))
        if note.status in AGAIN and before is not None and before["status"] not in AGAIN:
            return  # what is known of it from before still stands
        key = _key(note.recording, [note.path])
        self._leave(note.path, key)
        row = self.rows.get(key)
        if note.status != "ok" and row is not None and row["status"] == "ok" and row["state"] == note.state:
            note = _with(note, "ok")  # the same bytes under another name are there, computed by the same
        elif note.part and (row is None or row["part"] != note.part):
            part = _part(folder / note.part)
            if part is None:
                return  # its file is taken again
            paths = {} if row is None else json.loads(row["files"])
            row = {**part.recording.to_pylist()[0], "files": json.dumps(paths), "segment": -1}
            self.new[key] = piece_of_part(folder, note.part, part)
        elif note.status != "ok" or row is None:
            paths = {} if row is None else json.loads(row["files"])
            row = {**_EMPTY, "recording": note.recording, "status": note.status, "reason": note.reason}
            row |= {"files": json.dumps(paths), "state": note.state}
            self.new.pop(key, None)
        assert row is not None
        files = json.loads(row["files"]) | {note.path: [note.size, note.changed_ns]}
        row |= {"files": json.dumps(files, ensure_ascii=False), "paths": sorted(files)}
        self.rows[key], self.whose[note.path] = row, key

    def _leave(self, path: str, key: str) -> None:
        """Take a path from the recording that it was of, if that is another one; a recording without a name goes."""
        old = self.whose.get(path)
        if old is None or old == key:
            return
        row = self.rows[old]
        files = {name: stat for name, stat in json.loads(row["files"]).items() if name != path}
        row |= {"files": json.dumps(files, ensure_ascii=False), "paths": sorted(files)}
        if not files:
            del self.rows[old]
            self.new.pop(old, None)


def _part(path: Path) -> Part | None:
    """A part; None where it is gone or damaged: it is then deleted."""
    try:
        return read_part(path)
    except (OSError, ValueError):
        path.unlink(missing_ok=True)
        return None


def _with(note: Note, status: Any) -> Note:
    return msgspec.structs.replace(note, status=status)


def _key(recording: str, paths: list[str]) -> str:
    return recording or f"path:{paths[0]}"


_EMPTY: Row = {
    **{
        one.name: [] if pa.types.is_list(one.type) else float("nan") if pa.types.is_floating(one.type) else ""
        for one in RECORDINGS
    },
    **dict.fromkeys(("ledger_infos", "ledger_warnings", "ledger_faults"), 0),
    "segment": -1,
}


def _published(folder: Path, before: Manifest, change: _Change) -> Manifest:
    """Write the segments that differ, then the manifest."""
    _sweep(folder, before)
    held: dict[int, set[str]] = {}
    for row in change.rows.values():
        if row["segment"] >= 0:
            held.setdefault(row["segment"], set()).add(row["recording"])
    numbers = {int(Path(name).stem) for name in before.files["metrics"]}
    was: dict[int, int] = {}
    for row in before.recordings.select(["segment"]).to_pylist():
        was[row["segment"]] = was.get(row["segment"], 0) + 1
    touched = {number for number in numbers if len(held.get(number, ())) < was.get(number, 0)}
    sizes = {n: pq.read_metadata(folder / segment_file("metrics", n)).num_rows for n in numbers - touched}
    pieces = list(change.new.values())
    pieces += [piece_of_segment(folder, number, held[number]) for number in sorted(touched) if held.get(number)]
    merged = to_merge(sum(piece.rows for piece in pieces), sizes) if pieces else []
    pieces += [piece_of_segment(folder, number, held[number]) for number in merged]
    written = write_segments(folder, pieces, 1000 * (before.generation + 1))
    for number, recordings in written.items():
        for recording in recordings:
            change.rows[recording]["segment"] = number
    left = sorted((numbers - touched - set(merged)) | set(written))
    files = {table: [segment_file(table, number) for number in left] for table in TABLES}
    put_people(folder, list(change.rows.values()))
    ordered = sorted(change.rows.values(), key=lambda row: (row["participant"], row["session"], row["paths"]))
    recordings = pa.Table.from_pylist(ordered, RECORDINGS)
    after = Manifest(recordings, files, before.generation + 1)
    write_manifest(folder, after)
    return after


def _sweep(folder: Path, manifest: Manifest) -> None:
    """Delete what no manifest names any more: what the last one replaced, and what a run left that came to none."""
    named = {name for names in manifest.files.values() for name in names}
    for table in TABLES:
        for path in (folder / table).glob("*.parquet"):
            if f"{table}/{path.name}" not in named:
                with suppress(OSError):  # somebody reads it, on Windows: the next time, then
                    path.unlink()
