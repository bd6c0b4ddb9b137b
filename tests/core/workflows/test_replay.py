"""A file is replayed on the clock that its recording has: our own files and XDF, with probes and with holes in time."""

from pathlib import Path

import numpy as np
import pytest
from tests.ext.xdf_files import CLOCK_OFFSET, HEADER, SAMPLES, STREAM_HEADER, foreign_file, header_xml, number_samples

import groundup
from groundup.plugin import Channel, Imported, ImportedStream, StreamSpec
from groundup.recording.seal import seal
from groundup.sources.from_import import file_times, source_from_import
from groundup.sources.importers import import_file
from groundup.workflows.replay import send_times
from groundup.workflows.seal_journal import seal_journal

OFFSETS = {"ahead": -1000.0, "behind": 250.0}
COUNT = 2000


def lab_time() -> np.ndarray:
    return 50.0 + np.arange(COUNT) / 100.0


def our_recording(path: Path) -> None:
    """Two devices with clocks of their own, 1250 s apart, probed every 2 s."""
    when = np.arange(48.0, 72.0, 2.0)
    streams = tuple(
        ImportedStream(
            name,
            StreamSpec(name, "EMG", 100.0, "float32", (Channel("a"),), name, name),
            np.arange(COUNT, dtype=np.float32)[:, None],
            lab_time() - offset,
            np.column_stack([when - offset, np.full(len(when), offset), np.full(len(when), 1e-4)]),
        )
        for name, offset in OFFSETS.items()
    )
    seal(source_from_import(Imported(streams)), path)


def xdf_file(path: Path) -> None:
    """The same by another program."""
    import struct

    chunks = [(HEADER, b'<?xml version="1.0"?><info><version>1.0</version></info>')]
    values = np.arange(COUNT, dtype="<f4")[:, None]
    for number, (name, offset) in enumerate(OFFSETS.items(), 1):
        chunks.append((STREAM_HEADER, struct.pack("<I", number) + header_xml(name, 100.0, "float32", 1)))
        for when in np.arange(48.0, 72.0, 2.0):
            chunks.append((CLOCK_OFFSET, struct.pack("<Idd", number, when - offset, offset)))
        chunks.append((SAMPLES, number_samples(number, (lab_time() - offset).tolist(), values)))
    path.write_bytes(foreign_file(chunks))


@pytest.mark.parametrize(("name", "make"), [("x.h5", our_recording), ("x.xdf", xdf_file)])
def test_streams_of_several_device_clocks_are_replayed_on_one(tmp_path: Path, name: str, make: object) -> None:
    path = tmp_path / name
    make(path)  # type: ignore[operator]
    imported = import_file(path)
    assert len(imported.streams) == len(OFFSETS)
    for stream in imported.streams:
        np.testing.assert_allclose(file_times(stream), lab_time(), rtol=0, atol=1e-4)


def test_an_xdf_file_that_says_no_date_gets_none(tmp_path: Path) -> None:
    xdf_file(tmp_path / "x.xdf")
    seal_journal(tmp_path / "x.xdf", tmp_path / "x.h5")
    with groundup.open(tmp_path / "x.h5") as recording:
        assert recording.started_utc == ""


def test_a_time_stamp_that_is_no_number_holds_no_other_back() -> None:
    due = send_times(np.array([np.nan, 5.0, np.inf, 4.0, np.nan, 6.0]))
    assert due.tolist() == [-np.inf, 5.0, 5.0, 5.0, 5.0, 6.0]
