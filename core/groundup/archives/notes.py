"""Notes of what became of each file: written beside the parts by whoever took it, and collected into the manifest.

A note is one small file, named after the path, so that any number of processes on any number of computers may write
them at once.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from groundup.archives.sources import fingerprint

FOLDER = "notes"
Status = Literal["ok", "failed", "set_aside", "unfinished", "unreachable", "unnamed"]
"""What became of a file.

``failed``: it could not be read or analysed; ``set_aside``: whoever worked on it died twice; ``unfinished``: it is
still being written; ``unreachable``: it, or its disk, is gone; ``unnamed``: its person has no pseudonym.
"""
AGAIN: frozenset[str] = frozenset({"unfinished", "unreachable", "unnamed"})
"""What is tried again by itself the next time: it says nothing of the bytes of the file."""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one file.

    Attributes
    ----------
    path : str
        Its name, or what stands for it where participants have pseudonyms.
    size, changed_ns : int
        As the file system had them.
    recording : str
        The checksum of its raw data; where it failed, of its bytes; empty where nothing of it could be read.
    status : str
        One of `Status`.
    reason : str
        One sentence; empty where all is well.
    part : str
        The file of its part; empty where there is none.
    state : str
        By what it was, or would have been, computed.
    """

    path: str
    size: int = -1
    changed_ns: int = -1
    recording: str = ""
    status: Status = "ok"
    reason: str = ""
    part: str = ""
    state: str = ""


def write_note(folder: Path, note: Note) -> None:
    """Write a note, in place of an earlier one on the same file.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    base = folder / FOLDER
    base.mkdir(parents=True, exist_ok=True)
    temporary = base / f".{uuid.uuid4().hex}.part"
    try:
        temporary.write_bytes(msgspec.json.encode(note))
        os.replace(temporary, base / f"{fingerprint([note.path])}.json")
    finally:
        temporary.unlink(missing_ok=True)


def read_notes(folder: Path) -> Iterator[tuple[Path, Note]]:
    """Every note that has not been collected; one that a crash has cut short is no note: its file is taken again."""
    base = folder / FOLDER
    for path in sorted(base.glob("*.json")) if base.is_dir() else ():
        with suppress(OSError, msgspec.MsgspecError):
            yield path, msgspec.json.decode(path.read_bytes(), type=Note)
