"""The checksums of a recording: XXH3-128 over pieces of every dataset and over every attribute, in a table of its own.

HDF5's own sum, Fletcher-32, takes the words 0x0000 and 0xFFFF for the same, says nothing of two chunks that changed
places, and does not cover long attributes (``docs/decisions/checksums.md``).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_128_hexdigest

from groundup.recording import hdf, tables

TABLE = "checksums"
"""Name of the table, and of the attribute of the file that holds the table's own sum."""
METHOD = "XXH3-128"
AT_SEALING, AT_ANALYSIS = "sealing", "analysis"
"""When the sums of raw data were made: a file that was sealed before there were any gets them when it is analysed."""

_WEAKER = "which do not tell the bytes 00 00 from FF FF"

Piece = tuple[int, int, str]
"""First row, number of rows, and the sum of their bytes."""


class ChecksumTableError(ValueError):
    """The table of checksums is not what was written; the message says how."""


@dataclass(frozen=True)
class Checksums:
    """What the table holds.

    Attributes
    ----------
    pieces : dict of path to list of Piece
        Of every dataset, in the order of rows; one without rows has one piece of no rows.
    attributes : dict of path to dict of name to sum
    made : str
        When the sums of raw data were made.
    """

    pieces: dict[str, list[Piece]] = field(default_factory=dict)
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)
    made: str = AT_SEALING

    def add(self, path: str, begin: int, values: NDArray[Any]) -> None:
        """Sum the next rows of a dataset."""
        self.pieces.setdefault(path, []).append((begin, len(values), digest(values)))

    def only(self, keep: Callable[[str, str], bool]) -> "Checksums":
        """The part of which `keep`, told a path and the name of an attribute (empty for data), says so."""
        attributes = {
            path: {name: value for name, value in sums.items() if keep(path, name)}
            for path, sums in self.attributes.items()
        }
        pieces = {path: pieces for path, pieces in self.pieces.items() if keep(path, "")}
        return Checksums(pieces, attributes, self.made)


def digest(values: NDArray[Any]) -> str:
    """XXH3-128 of the bytes of an array in the order of its rows, as 32 hexadecimal digits."""
    raw: Any = np.ascontiguousarray(values).reshape(-1).view(np.uint8)
    return xxh3_128_hexdigest(raw)


def attribute_digest(target: h5py.Group | h5py.Dataset, name: str) -> str:
    """XXH3-128 of an attribute's bytes."""
    value = hdf.attr(target, name)
    return digest_of(target.attrs[name] if value is None else value)


def digest_of(value: Any) -> str:
    """XXH3-128 of the bytes of what an attribute holds."""
    return xxh3_128_hexdigest(value.encode() if isinstance(value, str) else np.asarray(value).tobytes())


def write(
    file: h5py.File,
    known: Checksums,
    objects: Iterable[h5py.Group | h5py.Dataset],
    rows: Callable[[h5py.Dataset], Iterator[tuple[slice, NDArray[Any]]]],
) -> None:
    """Write the table, and its own sum.

    Parameters
    ----------
    file : h5py.File
        In which everything else has been written.
    known : Checksums
        What was summed when it was written, or is carried over.
    objects : iterable of h5py.Group and h5py.Dataset
        What is to be covered beside; what is in `known` is not read again.
    rows : callable
        Reads a dataset, some rows at a time.
    """
    for item in objects:
        path = item.name
        if isinstance(item, h5py.Dataset) and path not in known.pieces:
            known.pieces[path] = []
            for part, values in rows(item):
                known.add(path, part.start, values)
        if isinstance(item, h5py.Dataset) and not known.pieces[path]:
            known.pieces[path] = [(0, 0, digest(np.empty(0, np.uint8)))]
        sums = known.attributes.setdefault(path, {})
        for name in item.attrs:
            if name not in sums and name != TABLE:
                sums[name] = attribute_digest(item, name)
    found = [(path, "", *piece) for path, pieces in known.pieces.items() for piece in pieces]
    found += [(path, name, 0, 0, value) for path, sums in known.attributes.items() for name, value in sums.items()]
    table = tables.make_table(tables.CHECKSUMS, sorted(found), most_bytes=1 << 40)
    hdf.put(file, TABLE, table)
    hdf.set_attrs(file, {TABLE: {"method": METHOD, "made_at": known.made, "table": digest(table)}})


def read(file: h5py.File) -> Checksums | None:
    """Read the table; None in a file that was made before there was one.

    Raises
    ------
    ChecksumTableError
        If it is missing, or not what was written.
    """
    table = file.get(TABLE)
    if TABLE not in file.attrs and table is None:
        return None
    about = hdf.attr_json(file, TABLE, {})
    if not isinstance(table, h5py.Dataset) or table.dtype.names != tuple(tables.CHECKSUMS) or table.ndim != 1:
        raise ChecksumTableError("this table is missing, although the file has had one")
    if about.get("method") != METHOD:
        raise ChecksumTableError(f"its sums are made by {about.get('method', 'nobody knows what')!r}, and not {METHOD}")
    try:
        values = table[...]
    except OSError as error:
        raise ChecksumTableError("it is damaged: a checksum does not fit") from error
    if digest(values) != about.get("table"):
        raise ChecksumTableError("it is damaged: its own sum does not fit")
    found = Checksums(made=str(about.get("made_at", AT_SEALING)))
    for path, attribute, begin, count, value in tables.rows_of(values):
        if attribute:
            found.attributes.setdefault(path, {})[attribute] = value
        else:
            found.pieces.setdefault(path, []).append((begin, count, value))
    return found


def note(file: h5py.File) -> str:
    """What somebody who trusts the checksums of a file should know of them; empty where there is nothing."""
    if TABLE not in file.attrs:
        return f"it was sealed by an earlier groundup, without checksums of its own; HDF5's fit, {_WEAKER}"
    if hdf.attr_json(file, TABLE, {}).get("made_at") == AT_ANALYSIS:
        return f"its checksums were made when it was analysed; before, there were only HDF5's, {_WEAKER}"
    return ""
