"""The manifest of an archive: which files its tables are. It is in ``recordings.parquet``, and replaced with that.

One file is replaced in one step, so that whoever opens it sees recordings and tables that belong together.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from groundup.archives import schema
from groundup.archives.schema import RECORDINGS, TABLES, Table
from groundup.recording.atomic import replacing

NAME = "recordings.parquet"
_KEY = b"groundup_archive"
_GROUP = 1 << 19
"""Rows of a group: what a question about one metric reads, at least."""


class ArchiveError(ValueError):
    """A folder that is no archive, or one that cannot be read; the message says which and why."""


class _Stored(msgspec.Struct, frozen=True):
    """What is in the metadata of ``recordings.parquet``."""

    version: int
    generation: int = 0
    files: dict[str, list[str]] = {}


@dataclass(frozen=True)
class Manifest:
    """What an archive is at one time.

    Attributes
    ----------
    recordings : pyarrow.Table
        As `schema.RECORDINGS`.
    files : dict of table to list of str
        The Parquet files of each table, relative to the folder of the archive.
    generation : int
        How often it has been replaced.
    """

    recordings: pa.Table = field(default_factory=RECORDINGS.empty_table)
    files: dict[Table, list[str]] = field(default_factory=lambda: {table: [] for table in TABLES})
    generation: int = 0


def is_archive(folder: Path) -> bool:
    """Whether a folder holds a manifest."""
    return (folder / NAME).is_file()


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of an archive.

    Raises
    ------
    ArchiveError
        If the folder is no archive, is damaged, or is of another version.
    """
    path = folder / NAME
    if not path.is_file():
        what = "is no folder" if not folder.is_dir() else f"is no archive: it holds no {NAME}"
        raise ArchiveError(f"{folder} {what}; make one with: groundup batch FILES -o {folder}")
    try:
        recordings = pq.read_table(path)
        stored = msgspec.json.decode((recordings.schema.metadata or {})[_KEY], type=_Stored)
    except KeyError:
        raise ArchiveError(f"{path} is a Parquet file of something else, so {folder} is no archive") from None
    except (OSError, pa.ArrowException, msgspec.MsgspecError) as error:
        raise ArchiveError(f"{path} cannot be read: {error}") from error
    if stored.version > schema.VERSION:
        raise ArchiveError(
            f"{folder} is an archive of version {stored.version}; this groundup reads {schema.VERSION}: "
            "install a newer one"
        )
    if stored.version < schema.VERSION:
        raise ArchiveError(
            f"{folder} is an archive of version {stored.version}, which does not tell how its values were made: make a "
            "new one of the same files, in another folder: groundup batch FILES -o FOLDER"
        )
    files: dict[Table, list[str]] = {table: stored.files.get(table, []) for table in TABLES}
    if recordings.column_names != RECORDINGS.names:
        raise ArchiveError(f"{path} has other columns than an archive: make it anew: groundup batch FILES -o FOLDER")
    known = recordings.replace_schema_metadata(None).cast(RECORDINGS)
    return Manifest(known, files, stored.generation)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest of an archive; the files that it names are there already.

    Raises
    ------
    OSError
        If it cannot be written, as on a full disk; the archive is then as it was.
    """
    files = {str(table): names for table, names in manifest.files.items()}
    stored = msgspec.json.encode(_Stored(schema.VERSION, manifest.generation, files))
    table = manifest.recordings.cast(RECORDINGS).replace_schema_metadata({_KEY: stored})
    with replacing(folder / NAME, overwrite=True) as temporary:
        write_parquet(table, temporary)


def write_parquet(table: pa.Table, out: Path) -> None:
    """Write a table as one new Parquet file, and wait until it is on the disk."""
    with out.open("xb") as file:
        pq.write_table(table, file, compression="zstd", row_group_size=_GROUP)
        file.flush()
        os.fsync(file.fileno())
