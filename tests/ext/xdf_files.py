"""XDF files made by hand, chunk by chunk, with what is in them known."""

import os
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from groundup import lsl
from groundup_ext._recorder import Engine

HEADER, STREAM_HEADER, SAMPLES, CLOCK_OFFSET, BOUNDARY, FOOTER = 1, 2, 3, 4, 5, 6


def header_xml(name: str, rate: float, fmt: str, channels: int) -> bytes:
    return (
        f'<?xml version="1.0"?><info><name>{name}</name><type>EMG</type><channel_count>{channels}</channel_count>'
        f"<nominal_srate>{rate}</nominal_srate><channel_format>{fmt}</channel_format><source_id>{name}</source_id>"
        "<desc/></info>"
    ).encode()


def number_samples(stream: int, stamps: Sequence[float | None], values: NDArray[np.generic]) -> bytes:
    """Content of a Samples chunk; a stamp of None is left for the reader to deduce."""
    parts = [struct.pack("<IBI", stream, 4, len(stamps))]
    for stamp, row in zip(stamps, values, strict=True):
        parts += [b"\0" if stamp is None else struct.pack("<Bd", 8, stamp), row.tobytes()]
    return b"".join(parts)


def string_samples(stream: int, stamps: Sequence[float], rows: Sequence[Sequence[bytes]]) -> bytes:
    parts = [struct.pack("<IBI", stream, 4, len(stamps))]
    for stamp, row in zip(stamps, rows, strict=True):
        parts.append(struct.pack("<Bd", 8, stamp))
        parts += [struct.pack("<BI", 4, len(value)) + value for value in row]
    return b"".join(parts)


def chunk(tag: int, content: bytes) -> bytes:
    return struct.pack("<BIH", 4, len(content) + 2, tag) + content


def foreign_file(chunks: Iterable[tuple[int, bytes]]) -> bytes:
    """A file as any other program would write it."""
    return b"XDF:" + b"".join(chunk(tag, content) for tag, content in chunks)


def write_journal(path: Path, cycles: Sequence[Sequence[tuple[int | str, int, bytes]]]) -> None:
    """A journal by the real writer: in each cycle these (tag, stream number, content) chunks, or (kind, 0, record)."""
    lsl.load()
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND)
    offset = os.write(fd, b"XDF:")
    for cycle in cycles:
        # An engine that is stopped before its first cycle has passed writes exactly one.
        engine = Engine(fd, offset, cycle_s=60.0)
        for tag, number, content in cycle:
            if isinstance(tag, str):
                engine.record(tag, content)
            else:
                engine.chunk(tag, number, content)
        engine.start()
        engine.stop()
        offset = engine.status()["written"]
    os.close(fd)
