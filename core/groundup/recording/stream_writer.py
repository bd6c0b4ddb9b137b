"""One stream written into a recording, block by block."""

from collections.abc import Callable

import h5py
import numpy as np
from numpy.typing import NDArray

from groundup.clock import ClockInput
from groundup.model.source import ARRIVAL, PROBE, Block, Source, SourceStream
from groundup.model.streams import DTYPES
from groundup.recording import hdf, tables
from groundup.recording.atomic import Sink
from groundup.recording.blocks import CheckedBlocks, string_array, string_lengths, string_shape
from groundup.recording.checksums import Checksums
from groundup.recording.chunks import CachedDataset, Chunks, DatasetWriter
from groundup.recording.structure import CHUNK_BYTES

_PADDED_BYTES = 1 << 38  # of a stream of texts before it is packed: about a quarter of an hour


class SealingProgress:
    """Half of the work is writing, half comparing."""

    def __init__(self, source: Source, tell: Callable[[float], None] | None) -> None:
        self._total = max(2 * sum(s.count for s in source.streams), 1)
        self._done = 0
        self._tell = tell

    def add(self, samples: int) -> None:
        """Say that so many more were written, or compared."""
        self._done += samples
        if self._tell is not None:
            self._tell(min(self._done / self._total, 1.0))


def _check_room(stream: SourceStream, width: int) -> None:
    """Refuse texts of which no sample can be read back, or that would be padded without end to the longest of them."""
    if width > CHUNK_BYTES:
        raise ValueError(
            f"its longest sample of text takes {width} bytes, and a recording holds samples of up to {CHUNK_BYTES}"
        )
    if width * stream.count > _PADDED_BYTES:
        raise ValueError(
            f"its longest sample of text takes {width} bytes, and each of its {stream.count} samples would, too"
        )


class StreamWriter:
    """Writes one stream's part of what came in; what the clock needs of it comes back at the end."""

    def __init__(
        self, group: h5py.Group, stream: SourceStream, sink: Sink, progress: SealingProgress, sums: Checksums
    ) -> None:
        self._group, self._stream, self._sink, self._progress = group, stream, sink, progress
        self._columns = len(stream.spec.channels)
        text = stream.spec.format == "string"
        longest, nul = string_shape(stream) if text else (0, False)
        _check_room(stream, longest * self._columns)
        shape = (stream.count, self._columns)
        self._dtype = h5py.string_dtype("utf-8", longest) if text else np.dtype(DTYPES[stream.spec.format])
        self._samples = DatasetWriter(hdf.create(group, "samples", shape, self._dtype), sums)
        self._lengths = DatasetWriter(hdf.create(group, "lengths", shape, np.dtype("<u4")), sums) if nul else None
        self._stamps = DatasetWriter(hdf.create(group, "timestamps", shape[:1], np.dtype("<f8")), sums)
        self._given = CheckedBlocks(stream)

    def add(self, block: Block) -> None:
        """Write what came next."""
        stamps, samples = self._given.add(block)
        self._stamps.add(stamps)
        if isinstance(samples, list):
            self._texts(samples)
        else:
            self._samples.add(samples)
        self._sink.check()
        self._progress.add(len(stamps))

    def _texts(self, rows: list[list[bytes]]) -> None:
        # A few at a time: each takes the room of the longest.
        step = len(self._samples.chunks.rows)
        for some in (rows[i : i + step] for i in range(0, len(rows), step)):
            self._samples.add(string_array(some, self._dtype, self._columns))
            if self._lengths is not None:
                self._lengths.add(string_lengths(some, self._columns))

    @property
    def samples(self) -> NDArray[np.float64]:
        """All of them, of a stream of numbers; when it is closed."""
        return np.asarray(self._samples.chunks[:])

    def close(self, held: dict[Chunks, NDArray[np.float64]]) -> ClockInput:
        """Write what the stream is; what the clock needs of it, its stamps read through a cache."""
        self._given.end()
        group, stream = self._group, self._stream
        hdf.put(group, "channels", tables.channels_table(stream.spec.channels))
        hdf.put(group, "probes", np.asarray(stream.probes, PROBE))
        hdf.put(group, "arrivals", np.asarray(stream.arrivals, ARRIVAL))
        hdf.put_text(group, "header", stream.header)
        self._sink.check()
        return ClockInput(
            id=stream.id,
            timestamps=CachedDataset(self._stamps.chunks, held),
            rate=stream.spec.rate,
            probes=stream.probes,
            latency_s=stream.spec.latency_s,
            host=stream.spec.hostname,
            arrivals=stream.arrivals,
            samples=self._samples.chunks,
        )
