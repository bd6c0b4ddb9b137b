"""Verifying: every checksum, the schema of format 1, and equality with the source, to the bit."""

from collections.abc import Callable, Iterator
from itertools import product, zip_longest
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from groundup.recording import hdf, schema, tables
from groundup.recording.blocks import PIECE_BYTES, checked, even, piece_rows, read_rows, same
from groundup.recording.opening import RecordingError, open_hdf5
from groundup.recording.schema import Problem
from groundup.source import PROBE, Source, SourceStream

__all__ = ["Problem", "verify", "verify_open"]


def verify(path: Path | str, journal: Source | None = None) -> list[Problem]:
    """Check a recording.

    Parameters
    ----------
    path : path
    journal : Source, optional
        What it was sealed from, to be compared with.

    Returns
    -------
    list of Problem
        Empty when all is well.
    """
    try:
        file = open_hdf5(path)
    except RecordingError as error:
        return [Problem(str(path), str(error))]
    with file:
        return verify_open(file, journal)


def verify_open(
    file: h5py.File, source: Source | None = None, compared: Callable[[int], None] | None = None
) -> list[Problem]:
    """Check an open HDF5 file; `compared` is told how many samples have been compared with the source."""
    try:
        problems = list(_readable(file, compared_later=source is not None))
        if problems:
            return problems
        problems = list(schema.check(file))
        if problems:
            return problems
        problems = list(_times(file))
    except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
        # HDF5's own words for metadata that are damaged: it checksums them, too.
        return [Problem(file.filename, f"its structure is damaged: {error}")]
    if source is not None:
        try:
            problems += _equal(file, source, compared or (lambda _: None))
        except ValueError as error:
            problems.append(Problem(file.filename, f"cannot be compared with its journal: {error}"))
    return problems


def _readable(file: h5py.File, *, compared_later: bool) -> Iterator[Problem]:
    """Read everything once; samples that are compared with a journal are read then."""
    for dataset in schema.datasets(file):
        if not _whole(dataset):
            yield Problem(dataset.name, "parts of it are missing: its index of chunks is damaged")
            continue
        if compared_later and dataset.name.startswith("/streams/") and dataset.name.endswith("/samples"):
            continue
        rows = len(dataset) if dataset.ndim else 1
        row_bytes = max(dataset.dtype.itemsize * int(np.prod(dataset.shape[1:], dtype=np.int64)), 1)
        step = max(PIECE_BYTES // row_bytes, 1)
        for begin in range(0, rows, step):
            try:
                _ = dataset[begin : begin + step] if dataset.ndim else dataset[()]
            except OSError:
                yield Problem(
                    dataset.name, f"rows {begin} to {min(begin + step, rows) - 1} are damaged: a checksum does not fit"
                )


def _whole(dataset: h5py.Dataset) -> bool:
    """Say whether every chunk is there, with its checksum.

    HDF5 has no checksum for its index of chunks, and reads a chunk that the index lost as zeros.
    """
    if dataset.chunks is None:
        return True
    found: list[tuple[int, ...]] = []
    masks = 0

    def add(chunk: Any) -> None:
        nonlocal masks
        found.append(chunk.chunk_offset)
        masks |= chunk.filter_mask

    dataset.id.chunk_iter(add)
    starts = (range(0, extent, chunk) for extent, chunk in zip(dataset.shape, dataset.chunks, strict=True))
    return masks == 0 and sorted(found) == sorted(product(*starts))


def _times(file: h5py.File) -> Iterator[Problem]:
    for name, group in file["streams"].items():
        sync = file["sync"][name]
        stamped = np.isfinite(group["timestamps"][...])
        if not np.isfinite(sync["time"][...][stamped]).all():
            yield Problem(f"{sync.name}/time", "holds times that are no finite numbers")
        if (sync["uncertainty"][...] < 0).any():
            yield Problem(f"{sync.name}/uncertainty", "holds negative uncertainties")


def _equal(file: h5py.File, source: Source, compared: Callable[[int], None]) -> Iterator[Problem]:
    sealed, given = set(file["streams"]), {stream.id for stream in source.streams}
    for name in sorted(sealed ^ given):
        where = "journal" if name in sealed else "recording"
        yield Problem(f"/streams/{name}", f"this stream is missing in the {where}")
    if hdf.get_text(file["lab/lab_toml"]) != source.lab_toml:
        yield Problem("/lab/lab_toml", "differs from the journal")
    if hdf.attr_text(file, "recording_id") != source.recording_id:
        yield Problem("/", "the recording id differs from the journal's")
    for stream in source.streams:
        if stream.id in sealed:
            yield from _equal_stream(file["streams"][stream.id], stream, compared)


def _equal_stream(group: h5py.Group, stream: SourceStream, compared: Callable[[int], None]) -> Iterator[Problem]:
    if hdf.get_text(group["header"]) != stream.header:
        yield Problem(f"{group.name}/header", "differs from the journal")
    if not same(group["probes"][...], np.asarray(stream.probes, PROBE)):
        yield Problem(f"{group.name}/probes", "differ from the journal")
    expected = tables.rows_of(tables.channels_table(stream.spec.channels))
    if tables.rows_of(group["channels"][...]) != expected:
        yield Problem(f"{group.name}/channels", "differ from the journal")
    sealed = set(tables.rows_of(group["ledger"][...]))
    if {r[2:] for r in tables.rows_of(tables.ledger_table(stream.ledger))} - {r[2:] for r in sealed}:
        yield Problem(f"{group.name}/ledger", "lacks lines of the journal")
    yield from _equal_samples(group, stream, compared)


def _equal_samples(group: h5py.Group, stream: SourceStream, compared: Callable[[int], None]) -> Iterator[Problem]:
    samples, stamps = group["samples"], group["timestamps"]
    if len(samples) != stream.count:
        yield Problem(samples.name, f"has {len(samples)} samples; the journal has {stream.count}")
        return
    step = piece_rows(samples.dtype, samples.shape[1], samples.chunks[0])
    parts = [slice(i, min(i + step, stream.count)) for i in range(0, stream.count, step)]
    for part, piece in zip_longest(parts, even(checked(stream), step)):
        try:
            equal = part is not None and piece is not None and same(read_rows(group, part), piece[1])
        except OSError:
            yield Problem(samples.name, f"rows {part.start} to {part.stop - 1} are damaged: a checksum does not fit")
            return
        if not equal:
            yield Problem(samples.name, f"differs from the journal in the samples from {part and part.start}")
            return
        if not same(stamps[part], piece[0]):
            yield Problem(stamps.name, f"differs from the journal in the samples from {part.start}")
            return
        compared(len(piece[0]))
