"""An XDF header that says other channels than its chunks hold is named, and its values are said to be in doubt."""

import struct
from pathlib import Path

import numpy as np
import pytest
from tests.ext.xdf_files import HEADER, SAMPLES, STREAM_HEADER, foreign_file, header_xml, number_samples

from groundup.journal import read_journal


def lost(tmp_path: Path, channels: int, told: int) -> list[str]:
    """What is said of a file with chunks of `channels` float32, whose header tells of others."""
    stamps = (100.0 + np.arange(500) / 100.0).tolist()
    values = np.arange(500 * channels, dtype="<f4").reshape(500, channels)
    chunks = [(HEADER, b'<?xml version="1.0"?><info><version>1.0</version></info>')]
    chunks.append((STREAM_HEADER, struct.pack("<I", 1) + header_xml("x", 100.0, "float32", told)))
    chunks += [(SAMPLES, number_samples(1, stamps[i : i + 50], values[i : i + 50])) for i in range(0, 500, 50)]
    path = tmp_path / "x.xdf"
    path.write_bytes(foreign_file(chunks))
    (stream,) = read_journal(path).source.streams
    return [row.message for row in stream.ledger if row.severity == "fault"]


@pytest.mark.parametrize(("channels", "told"), [(1, 2), (2, 3), (4, 8), (2, 1), (8, 4)])
def test_it_is_named_and_the_values_are_in_doubt(tmp_path: Path, channels: int, told: int) -> None:
    assert any("channel_count" in message and "in doubt" in message for message in lost(tmp_path, channels, told))


def test_a_header_that_fits_is_not_doubted(tmp_path: Path) -> None:
    assert lost(tmp_path, 2, 2) == []
