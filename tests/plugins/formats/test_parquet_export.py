"""A recording becomes Parquet tables that pyarrow, pandas and DuckDB read back equal."""

import json
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.plugins.formats import made_lab

from groundup.plugin import Channel, Imported, ImportedStream, StreamSpec
from groundup.recording import Recording
from groundup.testing.recordings import awkward_recording
from groundup.workflows.analyze import analyze
from groundup.workflows.export import ExportError, export_recording

pq = pytest.importorskip("pyarrow.parquet")
duckdb = pytest.importorskip("duckdb")


def test_streams_read_back_to_the_bit(tmp_path: Path) -> None:
    path = awkward_recording(tmp_path)
    out, _ = export_recording(path, "parquet")
    files = sorted(file.stem for file in (out / "streams").iterdir())
    with Recording(path) as recording:
        assert files == sorted(recording.streams)
        for key, stream in recording.streams.items():
            table = pq.read_table(out / "streams" / f"{key}.parquet")
            np.testing.assert_array_equal(table["time"].to_numpy(), stream.time)
            np.testing.assert_array_equal(table["timestamp"].to_numpy(), stream.timestamps)
            values = stream.values()
            if isinstance(values, np.ndarray):
                back = [table.column(2 + c).to_numpy() for c in range(values.shape[1])]
                np.testing.assert_array_equal(np.column_stack(back) if values.size else values, values)
                assert all(table.schema.field(2 + c).type.to_pandas_dtype() == values.dtype for c in range(len(back)))
            else:
                texts = [[text.decode() for text in row] for row in values]
                assert [list(row) for row in zip(*(table.column(2).to_pylist(),), strict=True)] == texts


@pytest.mark.rig
def test_signals_on_one_clock_read_back_equal_in_three_programs(tmp_path: Path) -> None:
    path = made_lab.recording(tmp_path / "x.h5", made_lab.lab())
    out, left_out = export_recording(path, "parquet")
    file = out / "aligned.parquet"
    table, frame = pq.read_table(file), pd.read_parquet(file)
    other = duckdb.sql(f"select * from '{file}'").df()
    pd.testing.assert_frame_equal(frame, other)
    np.testing.assert_array_equal(table["emg/SOL L"].to_numpy(), frame["emg/SOL L"])
    emg = next(s for s in made_lab.lab().streams if s.id == "emg")
    np.testing.assert_array_equal(frame["emg/SOL L"], np.asarray(emg.samples)[:, 0])  # on the clock: as it was
    middle = (frame["time"] > 3.0) & (frame["time"] < 6.0)
    expected = made_lab.forces(frame["time"].to_numpy()[middle])[:, 2]
    np.testing.assert_allclose(frame["plate_left/P1 Fz"][middle], expected, rtol=1e-4)
    assert any("plate_left: resampled" in text for text in left_out)
    field = table.schema.field("emg/SOL L")
    assert field.metadata == {b"stream": b"emg", b"unit": b"mV", b"site": b"soleus", b"side": b"L"}
    about = json.loads(table.schema.metadata[b"groundup"])
    assert about["rate"] == 2000.0
    assert len(about["method"]) == 4


@pytest.mark.rig
def test_tables_read_back_equal(tmp_path: Path) -> None:
    path = made_lab.recording(tmp_path / "x.h5", made_lab.lab())
    analyze(path, ["stance_time", "cadence", "harmonic_ratio"])  # with a value, of a trial, without a value
    out, _ = export_recording(path, "parquet")
    with Recording(path) as recording:
        pd.testing.assert_frame_equal(pd.read_parquet(out / "events.parquet"), recording.events)
        rows = sum(len(table) for table in recording.metrics.values())
        ((count,),) = duckdb.sql(f"select count(*) from '{out / 'metrics.parquet'}'").fetchall()
        assert count == rows > 0
        streams = pd.read_parquet(out / "streams.parquet")
        assert streams["reason"].tolist() == [s.certificate.reason for s in recording.streams.values()]


def test_a_recording_without_samples_is_tables_and_a_sentence(tmp_path: Path) -> None:
    made = Imported((made_lab.analog("a", 100.0, np.empty((0, 1))),))
    out, left_out = export_recording(made_lab.recording(tmp_path / "x.h5", made), "parquet")
    assert pq.read_table(out / "streams" / "a.parquet").num_rows == 0
    assert any("no aligned.parquet" in text for text in left_out)


def test_bytes_that_are_no_text_and_numbers_beyond_doubles_are_said(tmp_path: Path) -> None:
    words = StreamSpec("w", "Markers", 0.0, "string", (Channel("m"),))
    texts = ImportedStream("w", words, [["good"], ["bad \udcff"]], np.array([0.0, 0.5]))
    counts = np.array([[2**53 + 1], [-(2**62) - 1], [3]], np.int64)
    count = StreamSpec("c", "Other", 1.0, "int64", (Channel("n"),))
    made = Imported((texts, ImportedStream("c", count, counts, np.arange(3.0))))
    out, said = export_recording(made_lab.recording(tmp_path / "x.h5", made), "parquet")
    assert pq.read_table(out / "streams" / "c.parquet")["n"].to_pylist() == counts[:, 0].tolist()
    assert pq.read_table(out / "streams" / "w.parquet")["m"].to_pylist() == ["good", "bad \ufffd"]
    assert any("w: 1 texts are no UTF-8" in text for text in said)
    assert any("c has whole numbers beyond 2^53" in text for text in said)


def test_without_pyarrow_there_is_the_command_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made_lab.recording(tmp_path / "x.h5", made_lab.lab())
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExportError, match=r'pip install "groundup\[parquet\]"'):
        export_recording(path, "parquet")
    assert [one.name for one in tmp_path.iterdir()] == ["x.h5"]


@pytest.mark.rig
def test_memory_does_not_grow_with_the_recording(tmp_path: Path) -> None:
    import pyarrow as pa

    peaks = []
    for seconds in (60, 180):
        made = Imported((made_lab.analog("a", 1000.0, np.zeros((1000 * seconds, 4))),))
        path = made_lab.recording(tmp_path / f"{seconds}.h5", made)
        del made
        tracemalloc.start()
        export_recording(path, "parquet")
        peaks.append(tracemalloc.get_traced_memory()[1] + pa.default_memory_pool().bytes_allocated())
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
