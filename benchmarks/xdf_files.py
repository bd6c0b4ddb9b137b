"""XDF files as LabRecorder writes them, of any size: the load of a gait lab, or few wide streams."""

import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np

from benchmarks.load import Load


def write(path: Path, loads: list[Load], seconds: float, jitter: float = 0.0, lost: float = 0.0) -> None:
    """Write float32 noise in chunks of half a second, every sample stamped, a clock offset every 5 s.

    Stamps are late by gamma(2, `jitter` s), and a share of the samples, drawn one by one, is lost.
    """
    random = np.random.default_rng(0)
    with path.open("wb") as file:
        file.write(b"XDF:")
        _chunk(file, 1, b"<?xml version='1.0'?><info><version>1.0</version></info>")
        for number, load in enumerate(loads, 1):
            _chunk(file, 2, struct.pack("<I", number) + header(load))
        for half in range(round(seconds * 2)):
            for number, load in enumerate(loads, 1):
                _chunk(file, 3, samples(number, load, half, random, jitter=jitter, lost=lost))
                if half % 10 == 0:
                    _chunk(file, 4, struct.pack("<Idd", number, 100 + half / 2, 1e-5 * random.normal()))
        for number, load in enumerate(loads, 1):
            count = round(seconds * 2) * round(load.rate / 2)
            xml = f"<info><first_timestamp>100</first_timestamp><sample_count>{count}</sample_count></info>"
            _chunk(file, 6, struct.pack("<I", number) + xml.encode())


def header(load: Load) -> bytes:
    """A stream header."""
    return (
        f"<?xml version='1.0'?><info><name>{load.name}</name><type>EMG</type><channel_count>{load.channels}"
        f"</channel_count><nominal_srate>{load.rate}</nominal_srate><channel_format>float32</channel_format>"
        f"<source_id>{load.name}</source_id><created_at>1.0</created_at><desc/></info>"
    ).encode()


def samples(
    number: int,
    load: Load,
    place: int,
    random: np.random.Generator,
    seconds: float = 0.5,
    jitter: float = 0.0,
    lost: float = 0.0,
) -> bytes:
    """Content of a Samples chunk: the stretch of a stream at this place, so many seconds long."""
    count = round(load.rate * seconds)
    rows = np.empty(count, np.dtype([("flag", "u1"), ("stamp", "<f8"), ("values", "<f4", load.channels)]))
    rows["flag"] = 8
    rows["stamp"] = 100 + place * seconds + np.arange(count) / load.rate
    rows["values"] = random.standard_normal((count, load.channels), np.float32)
    if jitter > 0.0:
        rows["stamp"] += random.gamma(2.0, jitter, count)
    if lost > 0.0:
        rows = rows[random.random(count) >= lost]
    return struct.pack("<IBI", number, 4, len(rows)) + rows.tobytes()


def _chunk(file: BinaryIO, tag: int, content: bytes) -> None:
    file.write(struct.pack("<BIH", 4, len(content) + 2, tag) + content)
