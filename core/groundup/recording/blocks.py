"""Samples in even pieces, and strings as HDF5 holds them: what sealing writes and verifying compares."""

from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from groundup.source import Block, Samples, SourceStream
from groundup.streams import DTYPES

Rows = NDArray[Any] | list[list[bytes]]

PIECE_BYTES = 1 << 20


def piece_rows(dtype: np.dtype[Any], columns: int, multiple: int) -> int:
    """Rows of about 1 MiB: a multiple of `multiple` (the rows of a chunk), at least one of it."""
    row = max(dtype.itemsize * max(columns, 1), 1)
    return max(1, PIECE_BYTES // row // multiple) * multiple


_TEXTS = 10_000


class Even:
    """Gathers a stream's blocks of any size into pieces of one size, each checked to be what the stream says it is.

    Parameters
    ----------
    stream : SourceStream
    rows : int
        Samples of a piece; the last may be shorter.
    """

    def __init__(self, stream: SourceStream, rows: int) -> None:
        self._stream, self._rows = stream, rows
        self._columns, self._text = len(stream.spec.channels), stream.spec.format == "string"
        self._dtype = None if self._text else np.dtype(DTYPES[stream.spec.format])
        room = min(rows, stream.count)
        self._stamps = np.empty(room)
        self._samples: Any = [] if self._text else np.empty((room, self._columns), self._dtype)
        self._held = self._given = 0

    def add(self, block: Block) -> Iterator[tuple[slice, NDArray[np.float64], Samples]]:
        """Give every piece that this block fills: its rows, stamps and samples, good until the next is asked for.

        Raises
        ------
        ValueError
            If samples are not of the stream's format, number of channels or count.
        """
        stamps, samples = np.asarray(block[0]), block[1]
        self._check(stamps, samples)
        begin = 0
        while begin < len(stamps):
            take = min(self._rows - self._held, len(stamps) - begin)
            mine, theirs = slice(self._held, self._held + take), slice(begin, begin + take)
            self._stamps[mine] = stamps[theirs]
            if self._text:
                self._samples += samples[theirs]
            else:
                self._samples[mine] = samples[theirs]
            begin, self._held = theirs.stop, mine.stop
            if self._held == self._rows:
                yield self._piece()

    def rest(self) -> Iterator[tuple[slice, NDArray[np.float64], Samples]]:
        """Give what is left when there are no more blocks.

        Raises
        ------
        ValueError
            If there were fewer than the stream said.
        """
        if self._held:
            yield self._piece()
        name, count = self._stream.id, self._stream.count
        if self._given != count:
            raise ValueError(f"stream {name} gave {self._given} samples, but said it has {count}")

    def _piece(self) -> tuple[slice, NDArray[np.float64], Samples]:
        rows = slice(self._given, self._given + self._held)
        stamps, samples = self._stamps[: self._held], self._samples[: self._held]
        self._given, self._held = rows.stop, 0
        if self._text:
            self._samples = []
        return rows, stamps, samples

    def _check(self, stamps: NDArray[Any], samples: Samples) -> None:
        stream, columns, begin = self._stream, self._columns, self._given + self._held
        if self._text:
            fits = isinstance(samples, list) and all(len(row) == columns for row in samples)
        else:
            fits = isinstance(samples, np.ndarray) and samples.dtype == self._dtype and samples.shape[1:] == (columns,)
        if not fits or len(stamps) != len(samples) or stamps.dtype != np.float64 or stamps.ndim != 1:
            raise ValueError(
                f"stream {stream.id}: samples {begin} to {begin + len(stamps)} are not {columns} channels of "
                f"{stream.spec.format} with a time stamp each"
            )
        if begin + len(stamps) > stream.count:
            raise ValueError(f"stream {stream.id} gave {begin + len(stamps)} samples, but said it has {stream.count}")


def in_pieces(stream: SourceStream, rows: int) -> Iterator[tuple[slice, NDArray[np.float64], Samples]]:
    """All pieces of one stream alone; see `Even`."""
    even = Even(stream, rows)
    for block in stream.blocks():
        yield from even.add(block)
    yield from even.rest()


def string_shape(stream: SourceStream) -> tuple[int, bool]:
    """Longest value of a string stream in bytes (at least 1), and whether any value ends in NUL."""
    longest, nul = 1, False
    for _, _, samples in in_pieces(stream, _TEXTS):
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
