"""Samples in even pieces, and strings as HDF5 holds them: what sealing writes and verifying compares."""

from collections.abc import Iterable, Iterator
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from groundup.source import Block, Samples, SourceStream
from groundup.streams import DTYPES

Rows = NDArray[Any] | list[list[bytes]]

PIECE_BYTES = 1 << 22


def piece_rows(dtype: np.dtype[Any], columns: int, multiple: int) -> int:
    """Rows of about 4 MiB: a multiple of `multiple` (the rows of a chunk), at least one of it."""
    row = max(dtype.itemsize * max(columns, 1), 1)
    return max(1, PIECE_BYTES // row // multiple) * multiple


def even(blocks: Iterable[Block], rows: int) -> Iterator[tuple[NDArray[np.float64], Samples]]:
    """Gather blocks of any size into pieces of `rows` samples (the last may be shorter)."""
    stamps: list[NDArray[np.float64]] = []
    samples: list[Samples] = []
    held = 0
    for block_stamps, block_samples in blocks:
        begin = 0
        while begin < len(block_stamps):
            take = min(rows - held, len(block_stamps) - begin)
            stamps.append(block_stamps[begin : begin + take])
            samples.append(block_samples[begin : begin + take])
            begin, held = begin + take, held + take
            if held == rows:
                yield np.concatenate(stamps), _joined(samples)
                stamps, samples, held = [], [], 0
    if held:
        yield np.concatenate(stamps), _joined(samples)


def _joined(parts: list[Samples]) -> Samples:
    if len(parts) == 1:
        return parts[0]
    if isinstance(parts[0], list):
        return [row for part in parts for row in part]
    return np.concatenate([np.asarray(part) for part in parts])


def checked(stream: SourceStream) -> Iterator[Block]:
    """The blocks of a source stream, each as it must be.

    Raises
    ------
    ValueError
        If samples are not of the stream's format, number of channels or count.
    """
    columns, total = len(stream.spec.channels), 0
    dtype = None if stream.spec.format == "string" else np.dtype(DTYPES[stream.spec.format])
    for stamps, samples in stream.blocks():
        stamps = np.asarray(stamps)
        if dtype is None:
            fits = isinstance(samples, list) and all(len(row) == columns for row in samples)
        else:
            fits = isinstance(samples, np.ndarray) and samples.dtype == dtype and samples.shape[1:] == (columns,)
        if not fits or len(stamps) != len(samples) or stamps.dtype != np.float64 or stamps.ndim != 1:
            raise ValueError(
                f"stream {stream.id}: samples {total} to {total + len(stamps)} are not {columns} channels of "
                f"{stream.spec.format} with a time stamp each"
            )
        total += len(stamps)
        yield stamps, samples
    if total != stream.count:
        raise ValueError(f"stream {stream.id} gave {total} samples, but said it has {stream.count}")


def string_shape(stream: SourceStream) -> tuple[int, bool]:
    """Longest value of a string stream in bytes (at least 1), and whether any value ends in NUL."""
    longest, nul = 1, False
    for _, samples in checked(stream):
        for row in samples:
            for value in row:
                longest = max(longest, len(value))
                nul = nul or value.endswith(b"\0")
    return longest, nul


def string_array(rows: list[list[bytes]], dtype: np.dtype[Any], columns: int) -> NDArray[np.bytes_]:
    """Byte strings as a fixed-length array of shape (n, C)."""
    return np.array(rows, dtype=dtype).reshape(len(rows), columns)


def string_lengths(rows: list[list[bytes]], columns: int) -> NDArray[np.uint32]:
    """Length in bytes of each value, shape (n, C)."""
    return np.array([[len(value) for value in row] for row in rows], np.uint32).reshape(len(rows), columns)


def read_rows(group: h5py.Group, part: slice) -> Rows:
    """Some rows of a sealed stream: numbers as they are, strings as byte strings with every NUL they were sent with."""
    values: NDArray[Any] = group["samples"][part]
    if values.dtype.kind != "S":
        return values
    rows: list[list[bytes]] = values.tolist()
    if "lengths" not in group:
        return rows
    lengths = group["lengths"][part].tolist()
    return [
        [value.ljust(length, b"\0") for value, length in zip(row, row_lengths, strict=True)]
        for row, row_lengths in zip(rows, lengths, strict=True)
    ]


def read_pieces(group: h5py.Group) -> Iterator[tuple[slice, Rows]]:
    """All rows of a sealed stream, some at a time."""
    samples = group["samples"]
    step = piece_rows(samples.dtype, samples.shape[1], samples.chunks[0])
    for begin in range(0, samples.shape[0], step):
        part = slice(begin, min(begin + step, samples.shape[0]))
        yield part, read_rows(group, part)


def same(a: Rows, b: Rows) -> bool:
    """Say whether two pieces are equal to the bit, NaN and its payload included."""
    if isinstance(a, list) or isinstance(b, list):
        return a == b
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
