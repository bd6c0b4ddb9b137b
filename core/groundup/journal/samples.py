"""Samples out of XDF chunks, some megabytes at a time."""

import mmap
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from groundup.source import Block
from groundup.streams import DTYPES, StreamSpec
from groundup_ext import _xdf

_BLOCK_BYTES = 1 << 20


def row_bytes(spec: StreamSpec) -> int:
    """Bytes of one sample's values; 0 for strings."""
    return np.dtype(DTYPES[spec.format]).itemsize * len(spec.channels) if spec.format in DTYPES else 0


def whole_samples(data: mmap.mmap, rows: NDArray[np.void], spec: StreamSpec) -> NDArray[np.uint32]:
    """Count the samples of each chunk that are whole, whatever the chunk claims.

    Parameters
    ----------
    data : mmap
        The file.
    rows : structured ndarray, shape (K,)
        Sample chunks of one stream, as `groundup_ext._xdf.scan` gives them.
    spec : StreamSpec

    Returns
    -------
    ndarray, shape (K,), uint32
    """
    whole = np.zeros(len(rows), np.uint32)
    offsets, lengths = np.ascontiguousarray(rows["offset"]), np.ascontiguousarray(rows["length"])
    _xdf.count_samples(data, offsets, lengths, row_bytes(spec), len(spec.channels), whole)
    return whole


def blocks(data: mmap.mmap, rows: NDArray[np.void], spec: StreamSpec) -> Iterator[Block]:
    """Decode the samples of these chunks in order.

    Parameters
    ----------
    data, rows, spec
        As for `whole_samples`; ``rows["samples"]`` counts what is whole.

    Yields
    ------
    timestamps : ndarray, shape (n,)
    samples : ndarray, shape (n, C), or n lists of C byte strings
    """
    interval = 1.0 / spec.rate if spec.rate > 0 else 0.0
    return _numbers(data, rows, spec, interval) if spec.format in DTYPES else _strings(data, rows, spec, interval)


def _strings(data: mmap.mmap, rows: NDArray[np.void], spec: StreamSpec, interval: float) -> Iterator[Block]:
    last = 0.0
    for row in rows:
        offset, length = int(row["offset"]), int(row["length"])
        stamps, values = _xdf.decode_strings(data, offset, length, len(spec.channels), interval, last)
        last = stamps[-1]
        yield np.array(stamps), values


def _numbers(data: mmap.mmap, rows: NDArray[np.void], spec: StreamSpec, interval: float) -> Iterator[Block]:
    dtype = np.dtype(DTYPES[spec.format])
    width = row_bytes(spec)
    ends = np.cumsum(rows["length"])
    start, last = 0, 0.0
    while start < len(rows):
        before = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + _BLOCK_BYTES)))
        part = rows[start:stop]
        start = stop
        room = int(part["samples"].sum(dtype=np.int64))
        stamps, values = np.empty(room), np.empty(room * width, np.uint8)
        offsets, lengths = np.ascontiguousarray(part["offset"]), np.ascontiguousarray(part["length"])
        decoded = np.zeros(len(part), np.uint32)
        count, last = _xdf.decode_numbers(data, offsets, lengths, width, interval, last, stamps, values, decoded)
        forget(data, int(offsets[0]), int(offsets[-1] + lengths[-1]))
        yield stamps[:count], values[: count * width].view(dtype).reshape(count, len(spec.channels))


def forget(data: mmap.mmap, start: int, stop: int) -> None:
    """Let go of pages of the file that have been read; a mapped file would else count as memory, all of it.

    Does nothing where the system has no such call.
    """
    if hasattr(data, "madvise") and hasattr(mmap, "MADV_DONTNEED"):
        first = start - start % mmap.PAGESIZE
        data.madvise(mmap.MADV_DONTNEED, first, min(stop, len(data)) - first)
