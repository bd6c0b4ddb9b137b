"""A recording as LabRecorder would have written it: XDF 1.0, its chunks in the order of time.

https://github.com/sccn/xdf/wiki/Specifications. Every sample carries its time stamp, since those a reader would deduce
are not to the bit those that were sent.
"""

import heapq
import math
import struct
from collections.abc import Iterator
from io import BufferedWriter
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Progress
from groundup.recording import Recording, Stream

_FILE_HEADER, _STREAM_HEADER, _SAMPLES, _CLOCK_OFFSET, _BOUNDARY, _STREAM_FOOTER = 1, 2, 3, 4, 5, 6
_BOUNDARY_UUID = bytes.fromhex("43A546DCCBF5410FB30ED5467383CBE4")
_BOUNDARY_EVERY = 10 << 20  # bytes after which a reader that has lost its way finds it again
_SECONDS = 1.0  # of a stream in one chunk
_MOST_ROWS, _CHUNK_VALUES = 4096, 1 << 16


def write_xdf(recording: Recording, out: Path, progress: Progress) -> list[str]:
    """Write all streams of a recording into one XDF file.

    Returns
    -------
    list of str
        What XDF has no place for.
    """
    streams = [*recording.streams.values(), *recording.companions.values()]
    total, done = max(sum(len(stream) for stream in streams), 1), 0
    with out.open("xb") as file:
        file.write(b"XDF:")
        _chunk(file, _FILE_HEADER, _file_header(recording).encode("utf-8"))
        for number, stream in enumerate(streams, 1):
            header = stream.header.encode("utf-8", "surrogateescape")
            _chunk(file, _STREAM_HEADER, struct.pack("<I", number) + header)
        ends: dict[int, tuple[float, float]] = {}
        parts = [_samples(number, stream, ends) for number, stream in enumerate(streams, 1)]
        parts += [_offsets(number, stream) for number, stream in enumerate(streams, 1)]
        boundary = 0
        for _, tag, content, count in heapq.merge(*parts, key=lambda part: part[0]):
            if file.tell() >= boundary:
                _chunk(file, _BOUNDARY, _BOUNDARY_UUID)
                boundary = file.tell() + _BOUNDARY_EVERY
            _chunk(file, tag, content)
            done += count
            progress(done / total)
        for number, stream in enumerate(streams, 1):
            _chunk(file, _STREAM_FOOTER, struct.pack("<I", number) + _footer(stream, ends.get(number)).encode("utf-8"))
    return _left_out(recording)


def _left_out(recording: Recording) -> list[str]:
    found = []
    if len(recording.events) or len(recording.metrics) or len(recording.processed):
        found.append("events, trials, metrics and processed signals are not in the file: XDF has streams only")
    if len(recording.ledger):
        found.append("the ledger is not in the file: see `groundup info`, or export to csv")
    if any(math.isfinite(value) for value in recording.participant.numbers.values()):
        found.append("mass, height and age of the person are not in the file, but in headers of streams that tell them")
    return [*found, "lab time and certificates of sync are not in the file, but what they were made of: clock offsets"]


def _chunk(file: BufferedWriter, tag: int, content: bytes) -> None:
    file.write(struct.pack("<BIH", 4, len(content) + 2, tag) + content)


def _file_header(recording: Recording) -> str:
    when = recording.started_utc
    element = f"<datetime>{escape(when)}</datetime>" if when else ""
    return f'<?xml version="1.0"?><info><version>1.0</version>{element}</info>'


def _samples(
    number: int, stream: Stream, ends: dict[int, tuple[float, float]]
) -> Iterator[tuple[float, int, bytes, int]]:
    """Lab time, tag, content and count of each chunk with samples; first and last stamp of the stream go to `ends`."""
    columns = max(len(stream.channels), 1)
    rows = max(1, min(_MOST_ROWS, _CHUNK_VALUES // columns, round(_SECONDS * stream.spec.rate) or _MOST_ROWS))
    at = -np.inf
    for times, all_stamps, all_values in stream.timed_pieces(rows):
        # No chunk is written before its last sample is taken, and none holds samples back for long.
        apart = (np.diff(np.floor(times / _SECONDS)) != 0) & (stream.spec.rate == 0)
        for begin, end in pairwise([0, *(np.flatnonzero(apart) + 1).tolist(), len(times)]):
            time, stamps, values = times[begin:end], all_stamps[begin:end], all_values[begin:end]
            at = max(at, float(np.max(time, initial=-np.inf, where=np.isfinite(time))))
            ends[number] = ends.get(number, (float(stamps[0]), 0.0))[0], float(stamps[-1])
            head = struct.pack("<IBI", number, 4, len(stamps))
            body = _numbers(stamps, values) if isinstance(values, np.ndarray) else _strings(stamps, values)
            yield at, _SAMPLES, head + body, len(stamps)


def _numbers(stamps: NDArray[np.float64], values: NDArray[np.generic]) -> bytes:
    kind = np.dtype([("bytes", "u1"), ("stamp", "<f8"), ("values", values.dtype.newbyteorder("<"), values.shape[1:])])
    rows = np.empty(len(stamps), kind)
    rows["bytes"], rows["stamp"], rows["values"] = 8, stamps, values
    return rows.tobytes()


def _strings(stamps: NDArray[np.float64], values: list[list[bytes]]) -> bytes:
    parts = []
    for stamp, row in zip(stamps.tolist(), values, strict=True):
        parts.append(struct.pack("<Bd", 8, stamp))
        parts += [struct.pack("<BI", 4, len(value)) + value for value in row]
    return b"".join(parts)


def _offsets(number: int, stream: Stream) -> Iterator[tuple[float, int, bytes, int]]:
    """The clock offsets, where LabRecorder would have written them."""
    at = -np.inf
    for time, offset in stream.probes[["time", "offset"]].to_numpy(np.float64).tolist():
        at = max(at, time + offset)
        yield at, _CLOCK_OFFSET, struct.pack("<Idd", number, time, offset), 0


def _footer(stream: Stream, ends: tuple[float, float] | None) -> str:
    info = ET.Element("info")
    for key, value in zip(("first_timestamp", "last_timestamp"), ends or (), strict=False):
        ET.SubElement(info, key).text = repr(value)
    ET.SubElement(info, "sample_count").text = str(len(stream))
    offsets = ET.SubElement(info, "clock_offsets")
    for time, offset in stream.probes[["time", "offset"]].to_numpy(np.float64).tolist():
        node = ET.SubElement(offsets, "offset")
        ET.SubElement(node, "time").text = repr(time)
        ET.SubElement(node, "value").text = repr(offset)
    return '<?xml version="1.0"?>' + ET.tostring(info, encoding="unicode")
