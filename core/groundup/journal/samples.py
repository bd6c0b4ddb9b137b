"""Samples out of XDF chunks, some megabytes of the file at a time, of one stream or of all in one pass."""

import mmap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundup.model.source import Block
from groundup.model.streams import DTYPES, StreamSpec
from groundup_ext import _xdf

SAMPLES = 3
_STRETCH_BYTES = 1 << 22


@dataclass(frozen=True)
class Mapped:
    """An XDF file, mapped, whose damage is known.

    Attributes
    ----------
    data : mmap
    begins, ends : ndarray of uint64, shape (K,)
        Bytes of the damaged pieces.
    """

    data: mmap.mmap
    begins: NDArray[np.uint64]
    ends: NDArray[np.uint64]


def row_bytes(spec: StreamSpec) -> int:
    """Bytes of one sample's values; 0 for strings."""
    return np.dtype(DTYPES[spec.format]).itemsize * len(spec.channels) if spec.format in DTYPES else 0


def whole_samples(
    data: mmap.mmap, rows: NDArray[np.void], spec: StreamSpec
) -> tuple[NDArray[np.uint32], NDArray[np.uint64]]:
    """Count the samples of each chunk that are whole, whatever the chunk claims.

    Parameters
    ----------
    data : mmap
        The file.
    rows : structured ndarray, shape (K,)
        Sample chunks of one stream, as `groundup_ext._xdf.Scanner` gives them.
    spec : StreamSpec

    Returns
    -------
    whole : ndarray, shape (K,), uint32
    rest : ndarray, shape (K,), uint64
        Bytes behind the last whole sample.
    """
    whole, rest = np.zeros(len(rows), np.uint32), np.zeros(len(rows), np.uint64)
    offsets, lengths = np.ascontiguousarray(rows["offset"]), np.ascontiguousarray(rows["length"])
    _xdf.count_samples(data, offsets, lengths, row_bytes(spec), len(spec.channels), whole, rest)
    return whole, rest


def blocks(file: Mapped, specs: Mapping[int, StreamSpec]) -> Iterator[tuple[int, Block]]:
    """Decode the samples of some streams in one pass over the file.

    Parameters
    ----------
    file : Mapped
    specs : mapping
        Number of each wanted stream in the file, and what it is.

    Yields
    ------
    number : int
        Of the stream.
    block : (timestamps, samples)
        Of shapes (n,) and (n, C), or n lists of C byte strings; n is at least 1.
    """
    decoders = {number: _Decoder(file.data, spec) for number, spec in specs.items()}
    position = 0
    while position < len(file.data):
        begun = position
        raw, position = _xdf.walk(file.data, position, _STRETCH_BYTES, file.begins, file.ends)
        for number, rows in of_each(np.frombuffer(raw, _xdf.CHUNK_FORMAT)):
            if number in decoders:
                for block in decoders[number].blocks(rows):
                    yield number, block
        forget(file.data, begun, position)


class _Decoder:
    """Decodes one stream's chunks; a sample without a stamp follows the one before."""

    def __init__(self, data: mmap.mmap, spec: StreamSpec) -> None:
        self._data, self._channels = data, len(spec.channels)
        self._dtype = np.dtype(DTYPES[spec.format]) if spec.format in DTYPES else None
        self._width = row_bytes(spec)
        self._interval = 1.0 / spec.rate if spec.rate > 0 else 0.0
        self._last = 0.0

    def blocks(self, rows: NDArray[np.void]) -> Iterator[Block]:
        offsets, lengths = np.ascontiguousarray(rows["offset"]), np.ascontiguousarray(rows["length"])
        if self._dtype is None:
            block = self._strings(offsets, lengths)
        else:
            block = self._numbers(offsets, lengths, rows["samples"], self._dtype)
        if len(block[0]):
            yield block

    def _strings(self, offsets: NDArray[np.uint64], lengths: NDArray[np.uint64]) -> Block:
        stamps: list[float] = []
        values: list[list[bytes]] = []
        for offset, length in zip(offsets.tolist(), lengths.tolist(), strict=True):
            some, texts = _xdf.decode_strings(self._data, offset, length, self._channels, self._interval, self._last)
            self._last = some[-1] if some else self._last
            stamps += some
            values += texts
        return np.array(stamps), values

    def _numbers(
        self,
        offsets: NDArray[np.uint64],
        lengths: NDArray[np.uint64],
        claimed: NDArray[np.uint32],
        dtype: np.dtype[Any],
    ) -> Block:
        # A claim that cannot be true is 0 in the row: then there is room for whatever the chunk can hold.
        possible = lengths // np.uint64(self._width + 1)
        room = int(np.where(claimed > 0, np.minimum(claimed, possible), possible).sum(dtype=np.int64))
        stamps, values = np.empty(room), np.empty(room * self._width, np.uint8)
        decoded = np.zeros(len(offsets), np.uint32)
        count, self._last = _xdf.decode_numbers(
            self._data, offsets, lengths, self._width, self._interval, self._last, stamps, values, decoded
        )
        return stamps[:count], values[: count * self._width].view(dtype).reshape(count, self._channels)


def of_each(chunks: NDArray[np.void]) -> Iterator[tuple[int, NDArray[np.void]]]:
    """The chunks with samples, of each stream those in the order of the file."""
    rows = chunks[chunks["tag"] == SAMPLES]
    rows = rows[np.argsort(rows["stream"], kind="stable")]
    for mine in np.split(rows, np.flatnonzero(np.diff(rows["stream"])) + 1):
        if len(mine):
            yield int(mine["stream"][0]), mine


def forget(data: mmap.mmap, start: int, stop: int) -> None:
    """Let go of pages of the file that have been read; a mapped file would else count as memory, all of it.

    Does nothing where the system has no such call.
    """
    if hasattr(data, "madvise") and hasattr(mmap, "MADV_DONTNEED"):
        first = start - start % mmap.PAGESIZE
        data.madvise(mmap.MADV_DONTNEED, first, min(stop, len(data)) - first)
