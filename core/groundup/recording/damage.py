"""Everything in a recording read once: what is damaged, missing, or not what its checksum says."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

import h5py
from numpy.typing import NDArray

from groundup.recording import checksums, hdf
from groundup.recording.checksums import Checksums, Piece
from groundup.recording.chunks import Chunks, chunked
from groundup.recording.structure import Problem, Structure


def find_unreadable(
    found: Structure, sums: Checksums, read: Callable[[int], None], later: frozenset[str]
) -> Iterator[Problem]:
    """Read everything once, but what is looked at later."""
    there = {dataset.name: dataset for dataset in found.datasets}
    gone = sums.pieces.keys() - there.keys() - {problem.where for problem in found.unreadable}
    yield from (Problem(path, "this dataset is missing") for path in sorted(gone))
    for path, dataset in there.items():
        expected = sums.pieces.get(path, ())
        if not _whole(dataset):
            yield Problem(path, "parts of it are missing: its index of chunks is damaged")
        elif expected and len(dataset) != (rows := sum(count for _, count, _ in expected)):
            yield Problem(path, f"has {len(dataset)} rows, but {rows} were written")
        elif path in later and Chunks(dataset, expected).held_to_sums:
            read(dataset.nbytes)
        else:
            yield from _unsound(dataset, expected, read)


def _unsound(dataset: h5py.Dataset, expected: Sequence[Piece], read: Callable[[int], None]) -> Iterator[Problem]:
    """The parts of a dataset that cannot be read, or are not what was written."""
    held = not expected
    if chunked(dataset) and dataset.ndim:
        held = held or Chunks(dataset, expected).held_to_sums
    damaged = [part for part in read_parts(dataset, expected, read) if isinstance(part, Problem)]
    yield from damaged
    if damaged or held:
        return
    for begin, count, value in expected:  # it was cut into other chunks since
        part = slice(begin, begin + count)
        if checksums.digest(dataset[part]) != value:
            yield damaged_rows(dataset, part)


def find_changed_attributes(found: Structure, sums: Checksums) -> Iterator[Problem]:
    """The attributes that are not what was written; those that somebody added are none of ours."""
    for path, expected in sums.attributes.items():
        if (item := found.paths.get(path)) is None:
            continue
        for name, value in expected.items():
            here = hdf.attr(item, name)
            if here is None or checksums.digest_of(here) != value:
                yield Problem(path, f"the attribute {name} is damaged: its checksum does not fit")


def read_parts(
    dataset: h5py.Dataset, expected: Sequence[Piece] = (), read: Callable[[int], None] = lambda count: None
) -> Iterator[tuple[slice, NDArray[Any]] | Problem]:
    """A dataset, some rows at a time, or what hinders to read them; `read` is told the bytes."""
    rows = len(dataset) if dataset.ndim else 1
    chunks = Chunks(dataset, expected) if chunked(dataset) else None
    step = len(chunks.rows) if chunks else max(rows, 1) if dataset.chunks is None else dataset.chunks[0]
    for begin in range(0, rows, step):
        part = slice(begin, min(begin + step, rows))
        try:
            if chunks is not None:
                chunks.read(begin // step)
                yield part, chunks.rows[: part.stop - part.start]
            else:
                yield part, dataset[part] if dataset.ndim else dataset[()]
        except OSError:
            yield damaged_rows(dataset, part)
        read(dataset.nbytes * (part.stop - part.start) // max(rows, 1))


def damaged_rows(dataset: h5py.Dataset, part: slice) -> Problem:
    """Say which rows of a dataset cannot be trusted."""
    return Problem(dataset.name, f"rows {part.start} to {part.stop - 1} are damaged: a checksum does not fit")


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
