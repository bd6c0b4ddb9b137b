"""The part of an archive that is one recording's: all its rows in one file, which appears whole or not at all.

``parts/0f/<recording>.<state>.arrow``: the name says of which raw data, and by what it was computed, so that whoever
comes later, on whatever computer, sees without opening anything whether there is something to do. In it are Arrow
streams, one behind the other: the row of the recording, what the metrics were computed by, and the tables.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pyarrow as pa

from groundup.archives.schema import SCHEMAS, TABLES, Table
from groundup.archives.sources import fingerprint
from groundup.recording.atomic import replacing

FOLDER = "parts"
_SUFFIX = ".arrow"
_MADE_BY = b"groundup_made_by"


class MadeBy(msgspec.Struct, frozen=True):
    """Fingerprints of what a part was made by.

    Attributes
    ----------
    analysis : str
        Of all that every value stands on: groundup, its libraries, the processors, what of lab.toml was told instead,
        and how names are read.
    metrics : dict of str to str
        Of each metric: its plugin, its source, what was chosen for it.
    """

    analysis: str = ""
    metrics: dict[str, str] = {}

    @property
    def state(self) -> str:
        """All of it in one."""
        return fingerprint([self.analysis, *(f"{k}={v}" for k, v in sorted(self.metrics.items()))])[:16]


@dataclass(frozen=True)
class Part:
    """What was found in one recording.

    Attributes
    ----------
    recording : pyarrow.Table
        One row, as `schema.RECORDINGS`.
    tables : dict of table to pyarrow.Table
        As `schema.SCHEMAS`.
    made_by : MadeBy
    """

    recording: pa.Table
    tables: dict[Table, pa.Table]
    made_by: MadeBy


def part_name(recording: str, state: str) -> str:
    """The file of a part, relative to the folder of the archive."""
    return f"{FOLDER}/{recording[:2]}/{recording}.{state}{_SUFFIX}"


def recording_of(name: str) -> str:
    """Which recording a part is of, by the name of its file."""
    return name.rpartition("/")[2].partition(".")[0]


def write_part(folder: Path, name: str, part: Part) -> None:
    """Write a part into the archive of a folder.

    Raises
    ------
    OSError
        If it cannot be written, as on a full disk; there is then nothing of it.
    """
    out = folder / name
    out.parent.mkdir(parents=True, exist_ok=True)
    about = {_MADE_BY: msgspec.json.encode(part.made_by)}
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with replacing(out, overwrite=True) as temporary, temporary.open("xb") as file:
        for table in (part.recording.replace_schema_metadata(about), *(part.tables[table] for table in TABLES)):
            with pa.ipc.new_stream(file, table.schema, options=options) as writer:
                writer.write_table(table)
        file.flush()
        os.fsync(file.fileno())


def read_part(path: Path) -> Part:
    """Read a part.

    Raises
    ------
    OSError, ValueError
        If it is gone, damaged, or of a version with other columns.
    """
    with path.open("rb") as file:
        recording, *tables = [pa.ipc.open_stream(file).read_all() for _ in range(1 + len(TABLES))]
    for name, table in zip(TABLES, tables, strict=True):
        if table.column_names != ENCODED[name].names:
            raise ValueError(f"{path} has other columns than a part of this version")
    made_by = msgspec.json.decode((recording.schema.metadata or {})[_MADE_BY], type=MadeBy)
    recording = recording.replace_schema_metadata(None)
    return Part(recording, dict(zip(TABLES, tables, strict=True)), made_by)


def parts_of(folder: Path, recording: str) -> list[Path]:
    """The parts that there are of a recording, the latest first."""
    where = folder / FOLDER / recording[:2]
    found = where.glob(f"{recording}.*{_SUFFIX}") if where.is_dir() else iter(())
    return sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)


def every_part(folder: Path) -> Iterator[tuple[str, int]]:
    """Every part of an archive: its file, relative to the folder, and when it was written."""
    base = folder / FOLDER
    for shelf in sorted(base.iterdir()) if base.is_dir() else ():
        for entry in os.scandir(shelf) if shelf.is_dir() else ():
            if entry.name.endswith(_SUFFIX) and not entry.name.startswith("."):
                yield f"{FOLDER}/{shelf.name}/{entry.name}", entry.stat().st_mtime_ns


def encoded(schema: pa.Schema) -> pa.Schema:
    """The schema with texts as words of a dictionary: a method is one sentence, and there are thousands of its rows."""
    return pa.schema(
        [pa.field(f.name, pa.dictionary(pa.int32(), f.type) if pa.types.is_string(f.type) else f.type) for f in schema]
    )


ENCODED: dict[Table, pa.Schema] = {table: encoded(schema) for table, schema in SCHEMAS.items()}
