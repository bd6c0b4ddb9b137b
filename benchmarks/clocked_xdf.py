"""An XDF file of one stream with its stamps and probes, as LabRecorder would have written it."""

import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np

from groundup.clock import ClockInput


def write_clocked(path: Path, stream: ClockInput) -> None:
    """Write the stream; its samples are zeros."""
    header = (
        "<?xml version='1.0'?><info><name>x</name><type>EMG</type><channel_count>1</channel_count>"
        f"<nominal_srate>{stream.rate!r}</nominal_srate><channel_format>float32</channel_format>"
        "<source_id>x</source_id><created_at>1.0</created_at><desc/></info>"
    )
    rows = np.zeros(len(stream.timestamps), np.dtype([("flag", "u1"), ("stamp", "<f8"), ("value", "<f4")]))
    rows["flag"], rows["stamp"] = 8, stream.timestamps
    number = struct.pack("<I", 1)
    with path.open("wb") as file:
        file.write(b"XDF:")
        _chunk(file, 1, b"<?xml version='1.0'?><info><version>1.0</version></info>")
        _chunk(file, 2, number + header.encode())
        for begin in range(0, len(rows), 1000):
            part = rows[begin : begin + 1000]
            _chunk(file, 3, number + struct.pack("<BI", 4, len(part)) + part.tobytes())
        for probe in stream.probes:
            _chunk(file, 4, number + struct.pack("<dd", probe["time"], probe["offset"]))
        _chunk(file, 6, number + f"<info><sample_count>{len(rows)}</sample_count></info>".encode())


def _chunk(file: BinaryIO, tag: int, content: bytes) -> None:
    file.write(struct.pack("<BIH", 4, len(content) + 2, tag) + content)
