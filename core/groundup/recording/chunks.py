"""Chunks as they lie in an HDF5 file, each with its sum behind it: written and read without HDF5's copying.

HDF5 takes and gives a chunk as it lies in the file; the sum of its filter Fletcher-32 is then ours to make and to check
(`groundup_ext._fletcher`). A dataset that has other filters, too, or is cut across its rows, goes HDF5's own way.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from groundup.recording.checksums import Checksums, Piece, digest
from groundup_ext._fletcher import fletcher32

_SUM_BYTES = 4
_HELD_BYTES = 1 << 24


class Chunks:
    """The chunks of a dataset, one of which is held.

    Parameters
    ----------
    dataset : h5py.Dataset
        Values of a fixed size, in chunks; where rows are cut, too, chunks beside each other are one.
    sums : sequence of Piece
        The recording's checksums of it, to which each chunk that is read is held; none to hold it to HDF5's alone.

    Attributes
    ----------
    dataset : h5py.Dataset
    held_to_sums : bool
        Whether its chunks are held to `sums`: not where it was cut into other chunks since.
    rows : ndarray, shape (rows of a chunk, ...)
        The chunk that was read last, or is written next.
    """

    def __init__(self, dataset: h5py.Dataset, sums: Sequence[Piece] = ()) -> None:
        self.dataset, self._dtype = dataset, dataset.dtype
        self._count, self._columns = len(dataset), dataset.shape[1:]
        shape = (dataset.chunks[0], *self._columns)
        self._raw = np.zeros(self._dtype.itemsize * int(np.prod(shape)) + _SUM_BYTES, np.uint8)
        self.rows: NDArray[Any] = self._raw[:-_SUM_BYTES].view(self._dtype).reshape(shape)
        self._only_sum, self._index = _only_sum(dataset), -1
        cut = (
            (part.start, part.stop - part.start) for part in map(self.part, range(-(-self._count // len(self.rows))))
        )
        self.held_to_sums = bool(sums) and [piece[:2] for piece in sums] == list(cut)
        self._sums = sums if self.held_to_sums else ()

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, part: slice) -> NDArray[Any]:
        """Some rows, read from the file; raises as `read`."""
        begin, end, _ = part.indices(self._count)
        found = np.empty((max(end - begin, 0), *self._columns), self._dtype)
        for index, mine, theirs in spans(begin, len(found), len(self.rows)):
            self.read(index)
            found[theirs] = self.rows[mine]
        return found

    def part(self, index: int) -> slice:
        """Which rows of the dataset a chunk has."""
        return slice(index * len(self.rows), min((index + 1) * len(self.rows), self._count))

    def read(self, index: int) -> None:
        """Hold a chunk, unless it is held.

        Raises
        ------
        OSError
            If its sum does not fit, or it cannot be read.
        """
        if index == self._index:
            return
        part, self._index = self.part(index), -1
        if self._only_sum:
            try:
                left_out, raw = self.dataset.id.read_direct_chunk(self._place(part), out=self._raw)
            except (ValueError, RuntimeError) as error:
                raise OSError(str(error)) from error
            if left_out or len(raw) != len(self._raw) or self._sum() != self._raw[-_SUM_BYTES:].tobytes():
                raise OSError(f"{self.dataset.name}: the sum of a chunk does not fit")
        else:
            self.rows[: part.stop - part.start] = self.dataset[part]
        if self._sums and digest(self.rows[: part.stop - part.start]) != self._sums[index][2]:
            raise OSError(f"{self.dataset.name}: the checksum of rows {part.start} to {part.stop - 1} does not fit")
        self._index = index

    def write(self, index: int) -> None:
        """Write `rows` as a chunk; of the last chunk only those that the dataset has."""
        part, self._index = self.part(index), index
        if self._only_sum:
            self._raw[(part.stop - part.start) * self._raw[:-_SUM_BYTES].size // len(self.rows) : -_SUM_BYTES] = 0
            self._raw[-_SUM_BYTES:] = np.frombuffer(self._sum(), np.uint8)
            self.dataset.id.write_direct_chunk(self._place(part), self._raw)
        else:
            self.dataset[part] = self.rows[: part.stop - part.start]

    def _place(self, part: slice) -> tuple[int, ...]:
        return part.start, *(0 for _ in self._columns)

    def _sum(self) -> bytes:
        return fletcher32(self._raw[:-_SUM_BYTES]).to_bytes(_SUM_BYTES, "little")


class DatasetWriter:
    """A dataset that is filled from its first row to its last.

    Parameters
    ----------
    dataset : h5py.Dataset
    sums : Checksums
        Gets the sum of each chunk, made before it is written.

    Attributes
    ----------
    chunks : Chunks
        Good for reading when all is written.
    """

    def __init__(self, dataset: h5py.Dataset, sums: Checksums) -> None:
        self.chunks, self._filled = Chunks(dataset), 0
        self._sums, self._name = sums, dataset.name

    def add(self, values: NDArray[Any]) -> None:
        """Write what comes next, as soon as it fills a chunk."""
        rows = self.chunks.rows
        for index, mine, theirs in spans(self._filled, len(values), len(rows)):
            rows[mine] = values[theirs]
            self._filled += theirs.stop - theirs.start
            if mine.stop == len(rows) or self._filled == len(self.chunks):
                part = self.chunks.part(index)
                self._sums.add(self._name, part.start, rows[: part.stop - part.start])
                self.chunks.write(index)


class CachedDataset:
    """A dataset that is read many times before the next is: its rows are held meanwhile, unless they are too many.

    Parameters
    ----------
    chunks : Chunks
    shared : dict
        Of all that take turns; has the rows of the one whose turn it is.
    """

    def __init__(self, chunks: Chunks, shared: dict[Chunks, NDArray[Any]]) -> None:
        self._chunks, self._shared = chunks, shared
        self._few = chunks.dataset.nbytes <= _HELD_BYTES

    def __len__(self) -> int:
        return len(self._chunks)

    def __getitem__(self, part: slice) -> NDArray[Any]:
        if not self._few:
            return self._chunks[part]
        if self._chunks not in self._shared:
            self._shared.clear()
            self._shared[self._chunks] = self._chunks[:]
        return self._shared[self._chunks][part]


def spans(begin: int, count: int, size: int) -> Iterator[tuple[int, slice, slice]]:
    """Cut `count` rows from `begin` on where chunks of `size` rows end.

    Yields
    ------
    index : int
        Of the chunk.
    mine : slice
        Of its rows.
    theirs : slice
        Of the `count` rows.
    """
    done = 0
    while done < count:
        index, held = divmod(begin + done, size)
        take = min(size - held, count - done)
        yield index, slice(held, held + take), slice(done, done + take)
        done += take


def pieces(dataset: h5py.Dataset) -> Iterator[tuple[slice, NDArray[Any]]]:
    """All of a dataset of format 1, a chunk at a time; what is given is good until the next is asked for."""
    if len(dataset):
        chunks = Chunks(dataset)
        for index in range(-(-len(dataset) // len(chunks.rows))):
            chunks.read(index)
            part = chunks.part(index)
            yield part, chunks.rows[: part.stop - part.start]


def chunked(dataset: h5py.Dataset) -> bool:
    """Whether `Chunks` can take it: single values of a fixed size, in chunks."""
    single = dataset.dtype.subdtype is None and not dataset.dtype.hasobject
    return dataset.chunks is not None and single and dataset.dtype.itemsize > 0


def _only_sum(dataset: h5py.Dataset) -> bool:
    """Whether a chunk in the file is some whole rows as they are in memory, and their sum."""
    filters = dataset.id.get_create_plist()
    return bool(
        dataset.size > 0
        and dataset.chunks[1:] == dataset.shape[1:]
        and filters.get_nfilters() == 1
        and filters.get_filter(0)[0] == h5py.h5z.FILTER_FLETCHER32
    )
