"""Segments: the rows of many recordings in one Parquet file a table, sorted by metric.

A question reads few large files quickly and many small ones slowly; what is sorted by metric is read only where the
metric is. New parts make a new segment, which takes in those that are not much larger than itself, so that every row is
written again only a few times, and there are never many files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from groundup.archives.manifest import write_parquet
from groundup.archives.parts import ENCODED, Part, read_part
from groundup.archives.schema import TABLES, Table

MOST_ROWS = 4_000_000
"""Of the metrics in a segment: what is sorted in memory, about 1 GB."""
_SORTED: dict[Table, tuple[str, ...]] = {
    "metrics": ("metric", "participant", "session", "recording"),
    "events": ("participant", "session", "recording"),
    "curves": ("what", "name", "participant", "session", "recording"),
}

Tables = dict[Table, pa.Table]


@dataclass(frozen=True)
class Piece:
    """Something that becomes rows of a segment: a part, or what is left of an older segment.

    Attributes
    ----------
    recordings : tuple of str
        Whose rows they are.
    rows : int
        Of the table of metrics.
    read : callable
        Gives its tables.
    """

    recordings: tuple[str, ...]
    rows: int
    read: Callable[[], Tables]


def segment_file(table: Table, number: int) -> str:
    """The file of a segment, relative to the folder of the archive."""
    return f"{table}/{number:09d}.parquet"


def piece_of_part(folder: Path, name: str, part: Part) -> Piece:
    """A part, of which only the row is kept until its tables are written."""
    recording = part.recording["recording"][0].as_py()
    return Piece((recording,), part.tables["metrics"].num_rows, lambda: read_part(folder / name).tables)


def piece_of_segment(folder: Path, number: int, recordings: Iterable[str]) -> Piece:
    """What is left of a segment: the rows of these recordings."""
    kept = tuple(sorted(recordings))
    count = pq.read_metadata(folder / segment_file("metrics", number)).num_rows

    def read() -> Tables:
        found: Tables = {}
        for table in TABLES:
            words = [field.name for field in ENCODED[table] if pa.types.is_dictionary(field.type)]
            rows = pq.read_table(folder / segment_file(table, number), read_dictionary=words).cast(ENCODED[table])
            mine = pc.is_in(rows["recording"].cast(pa.string()), value_set=pa.array(kept, pa.string()))
            found[table] = rows.filter(mine)
        return found

    return Piece(kept, count, read)


def to_merge(new_rows: int, others: dict[int, int]) -> list[int]:
    """Which segments (number to rows) a new one of so many rows takes in: those not much larger than it is by then."""
    found, total = [], new_rows
    for number, rows in sorted(others.items(), key=lambda item: item[1]):
        if rows > 2 * total or total + rows > MOST_ROWS:
            break
        found.append(number)
        total += rows
    return found


def write_segments(folder: Path, pieces: Sequence[Piece], first: int) -> dict[int, tuple[str, ...]]:
    """Write pieces as new segments, numbered from `first`.

    Returns
    -------
    dict of int to tuple of str
        Number of each segment to the recordings in it.

    Raises
    ------
    OSError
        If they cannot be written; what there is of them is in no manifest.
    """
    written = {}
    for number, group in enumerate(_grouped(pieces), first):
        read = [piece.read() for piece in group]
        for table in TABLES:
            out = folder / segment_file(table, number)
            out.parent.mkdir(parents=True, exist_ok=True)
            out.unlink(missing_ok=True)  # of a run that came to no manifest
            rows = _sorted(table, [tables.pop(table) for tables in read])
            write_parquet(rows, out)
        written[number] = tuple(recording for piece in group for recording in piece.recordings)
    return written


def _grouped(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    group: list[Piece] = []
    for piece in pieces:
        if group and sum(one.rows for one in group) + piece.rows > MOST_ROWS:
            yield group
            group = []
        group.append(piece)
    if group:
        yield group


def _sorted(table: Table, tables: Iterable[pa.Table]) -> pa.Table:
    """One table of several, in its order; rows that are alike in it stay as they came."""
    rows = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    # Words are numbered as they came: sorted are the numbers of the words in their order.
    keys = {}
    for name in _SORTED[table]:
        words = rows[name].combine_chunks() if rows.num_rows else rows[name]
        if rows.num_rows:
            chunk = words.chunk(0) if isinstance(words, pa.ChunkedArray) else words
            order = pc.sort_indices(chunk.dictionary)
            place = pa.array(range(len(order)), pa.int32()).take(pc.sort_indices(order))
            keys[name] = place.take(chunk.indices)
    if keys:
        by = pa.table({**keys, "row": pa.array(range(rows.num_rows), pa.int64())})
        rows = rows.take(pc.sort_indices(by, [(name, "ascending") for name in by.column_names]))
    return rows
