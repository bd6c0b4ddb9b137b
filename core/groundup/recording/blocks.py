"""Blocks of samples, numbers and strings: checked as they come, read back, compared to the bit."""

from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from groundup.model.source import Block, SourceStream
from groundup.model.streams import DTYPES
from groundup.recording import hdf
from groundup_ext._fletcher import equal

Rows = NDArray[Any] | list[list[bytes]]

PIECE_BYTES = 1 << 20


def piece_rows(dtype: np.dtype[Any], columns: int, multiple: int) -> int:
    """Rows of about 1 MiB: a multiple of `multiple` (the rows of a chunk), at least one of it."""
    row = max(dtype.itemsize * max(columns, 1), 1)
    return max(1, PIECE_BYTES // row // multiple) * multiple


class CheckedBlocks:
    """What a stream gives, held against what it says of itself.

    Parameters
    ----------
    stream : SourceStream
    """

    def __init__(self, stream: SourceStream) -> None:
        self._stream, self._count = stream, 0
        self._columns, self._text = len(stream.spec.channels), stream.spec.format == "string"
        self._dtype = None if self._text else np.dtype(DTYPES[stream.spec.format])

    def add(self, block: Block) -> Block:
        """Take a block's stamps and samples.

        Raises
        ------
        ValueError
            If samples are not of the stream's format, number of channels or count.
        """
        stamps, samples = np.asarray(block[0]), block[1]
        stream, columns, begin = self._stream, self._columns, self._count
        if self._text:
            fits = isinstance(samples, list) and all(len(row) == columns for row in samples)
        else:
            fits = isinstance(samples, np.ndarray) and samples.dtype == self._dtype and samples.shape[1:] == (columns,)
        if not fits or len(stamps) != len(samples) or stamps.dtype != np.float64 or stamps.ndim != 1:
            raise ValueError(
                f"stream {stream.id}: samples {begin} to {begin + len(stamps)} are not {columns} channels of "
                f"{stream.spec.format} with a time stamp each"
            )
        self._count += len(stamps)
        if self._count > stream.count:
            raise ValueError(f"stream {stream.id} gave {self._count} samples, but said it has {stream.count}")
        return stamps, samples

    def end(self) -> None:
        """Take it that there is no more.

        Raises
        ------
        ValueError
            If there were fewer samples than the stream said.
        """
        if self._count != self._stream.count:
            name, count = self._stream.id, self._stream.count
            raise ValueError(f"stream {name} gave {self._count} samples, but said it has {count}")


def string_shape(stream: SourceStream) -> tuple[int, bool]:
    """Longest value of a string stream in bytes (at least 1), and whether any value ends in NUL."""
    longest, nul = 1, False
    given = CheckedBlocks(stream)
    for block in stream.blocks():
        for row in given.add(block)[1]:
            for value in row:
                longest = max(longest, len(value))
                nul = nul or value.endswith(b"\0")
    given.end()
    return longest, nul


def string_array(rows: list[list[bytes]], dtype: np.dtype[Any], columns: int) -> NDArray[np.bytes_]:
    """Byte strings as a fixed-length array of shape (n, C)."""
    return np.array(rows, dtype=dtype).reshape(len(rows), columns)


def string_lengths(rows: list[list[bytes]], columns: int) -> NDArray[np.uint32]:
    """Length in bytes of each value, shape (n, C)."""
    return np.array([[len(value) for value in row] for row in rows], np.uint32).reshape(len(rows), columns)


def read_rows(group: h5py.Group, part: slice) -> Rows:
    """Some rows of a sealed stream: numbers as they are, strings as byte strings with every NUL they were sent with."""
    values = hdf.read(group["samples"], part)
    if values.dtype.kind != "S":
        return values
    rows: list[list[bytes]] = values.tolist()
    if "lengths" not in group:
        return rows
    lengths = hdf.read(group["lengths"], part).tolist()
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
        return isinstance(a, list) and isinstance(b, list) and a == b
    return a.dtype == b.dtype and a.shape == b.shape and equal(_bytes(a), _bytes(b))


def _bytes(values: NDArray[Any]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(values).reshape(-1).view(np.uint8)
