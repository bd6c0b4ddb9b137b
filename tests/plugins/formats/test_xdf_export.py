"""A recording becomes the XDF file that LabRecorder would have written: pyxdf reads both the same."""

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyxdf
from click.testing import CliRunner
from tests.ext.xdf_files import (
    CLOCK_OFFSET,
    HEADER,
    SAMPLES,
    STREAM_HEADER,
    foreign_file,
    header_xml,
    number_samples,
    string_samples,
)

from groundup.cli import main
from groundup.plugin import Channel, Imported, ImportedStream, StreamSpec
from groundup.recording.seal import seal
from groundup.sources.from_import import source_from_import
from groundup.workflows.export import export_recording
from groundup.workflows.seal_journal import seal_journal

FORMATS = {"float32": "<f4", "double64": "<f8", "int8": "<i1", "int16": "<i2", "int32": "<i4", "int64": "<i8"}


def streams_of(path: Path) -> dict[str, Any]:
    streams, _ = pyxdf.load_xdf(str(path), synchronize_clocks=False, dejitter_timestamps=False)
    return {stream["info"]["name"][0]: stream for stream in streams}


def plain(info: Any) -> Any:
    """A header without what pyxdf adds to it."""
    return {key: value for key, value in info.items() if key not in ("stream_id", "segments", "effective_srate")}


def same(one: Path, other: Path) -> None:
    first, second = streams_of(one), streams_of(other)
    assert list(first) == list(second)
    for name, stream in first.items():
        again = second[name]
        assert plain(stream["info"]) == plain(again["info"])
        np.testing.assert_array_equal(stream["time_stamps"], again["time_stamps"])
        np.testing.assert_array_equal(stream["clock_times"], again["clock_times"])
        np.testing.assert_array_equal(stream["clock_values"], again["clock_values"])
        if isinstance(stream["time_series"], np.ndarray):
            assert stream["time_series"].dtype == again["time_series"].dtype
            assert stream["time_series"].tobytes() == again["time_series"].tobytes()
        else:
            assert stream["time_series"] == again["time_series"]


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A file with every format, clock offsets, words that are hard, and a stream without samples."""
    rng = np.random.default_rng(5)
    chunks = [
        (HEADER, b'<?xml version="1.0"?><info><version>1.0</version><datetime>2024-05-01T10:00:00</datetime></info>')
    ]
    for number, (fmt, kind) in enumerate(FORMATS.items(), 1):
        stream = np.uint32(number).tobytes()
        chunks.append((STREAM_HEADER, stream + header_xml(f"s {fmt}", 100.0, fmt, 3)))
        for part in range(4):
            raw = rng.integers(0, 256, (50, 3 * np.dtype(kind).itemsize), np.uint8).view(kind)
            stamps = (50.0 + (part * 50 + np.arange(50)) / 100.0 + rng.normal(0, 1e-4, 50)).tolist()
            chunks.append((SAMPLES, number_samples(number, stamps, raw)))
            chunks.append((CLOCK_OFFSET, stream + np.array([50.0 + part, 3.5 + 1e-6 * part]).tobytes()))
    words = np.uint32(98).tobytes()
    chunks.append((STREAM_HEADER, words + header_xml("words", 0.0, "string", 1)))
    texts = [[b""], ["ä\n\t<&>".encode()], [b"x" * 300]]
    chunks.append((SAMPLES, string_samples(98, [50.1, 50.2, 51.0], texts)))
    chunks.append((STREAM_HEADER, np.uint32(99).tobytes() + header_xml("silent", 10.0, "float32", 2)))
    path = tmp_path / "foreign.xdf"
    path.write_bytes(foreign_file(chunks))
    return path


@pytest.mark.rig
def test_pyxdf_reads_the_export_as_it_reads_the_original(foreign: Path, tmp_path: Path) -> None:
    seal_journal(foreign, tmp_path / "x.h5", keep=True)
    made, left_out = export_recording(tmp_path / "x.h5", "xdf")
    assert made == tmp_path / "x.xdf"
    same(foreign, made)
    assert all("footer" in stream for stream in streams_of(made).values())
    (sentence,) = left_out
    assert "but what they were made of: clock offsets" in sentence


def test_a_published_file_comes_out_as_it_went_in(shared: Path, tmp_path: Path) -> None:
    (path,) = (shared / "xdf").glob("*.xdf")
    seal_journal(path, tmp_path / "x.h5", keep=True)
    made, _ = export_recording(tmp_path / "x.h5", "xdf", tmp_path / "again.xdf")
    same(path, made)


def test_chunks_lie_in_the_order_of_time(foreign: Path, tmp_path: Path) -> None:
    seal_journal(foreign, tmp_path / "x.h5", keep=True)
    made, _ = export_recording(tmp_path / "x.h5", "xdf")
    from groundup.journal import read_journal
    from groundup_ext import _xdf

    chunks = np.frombuffer(_xdf.scan(made.read_bytes())[0], _xdf.CHUNK_FORMAT)
    numbered = chunks[chunks["tag"] == SAMPLES]["stream"].tolist()
    assert numbered != sorted(numbered)
    assert read_journal(made).complete


@pytest.mark.rig
def test_memory_does_not_grow_with_the_recording(tmp_path: Path) -> None:
    peaks = []
    for seconds in (10, 60):
        count = 1000 * seconds
        spec = StreamSpec("EMG", "EMG", 1000.0, "float32", tuple(Channel(f"c{i}") for i in range(8)))
        made = ImportedStream("emg", spec, np.zeros((count, 8), np.float32), np.arange(count) / 1000.0)
        path = tmp_path / f"{seconds}.h5"
        seal(source_from_import(Imported((made,))), path)
        del made
        for name in ("xdf", "csv"):
            tracemalloc.start()
            export_recording(path, name)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[2] < 1.3 * peaks[0]
    assert peaks[3] < 1.3 * peaks[1]


@pytest.mark.rig
def test_the_command_says_what_it_made_and_what_it_left_out(foreign: Path, tmp_path: Path) -> None:
    seal_journal(foreign, tmp_path / "x.h5", keep=True)
    runner = CliRunner()
    done = runner.invoke(main, ["export", str(tmp_path / "x.h5"), "--to", "xdf"])
    assert (done.exit_code, done.stdout.strip()) == (0, str(tmp_path / "x.xdf"))
    again = runner.invoke(main, ["export", str(tmp_path / "x.h5"), "--to", "xdf"])
    assert again.exit_code == 1
    assert "not overwritten" in again.output
    unknown = runner.invoke(main, ["export", str(tmp_path / "x.h5"), "--to", "xml"])
    assert unknown.exit_code == 1
    assert 'writes "xml"' in unknown.output
