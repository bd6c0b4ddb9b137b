"""A recording becomes an NWB file that pynwb reads back equal and nwbinspector finds nothing critical in."""

import json
import sys
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.plugins.formats import made_lab

from groundup.plugin import Channel, Imported, ImportedStream, StreamSpec
from groundup.recording import Recording
from groundup.testing.recordings import awkward_recording
from groundup.workflows.analyze import analyze
from groundup.workflows.export import ExportError, export_recording

pytestmark = pytest.mark.rig  # pynwb alone takes seconds

pynwb = pytest.importorskip("pynwb", reason="the pynwb wheel is not installed")
pytest.importorskip("ndx_pose", reason="the ndx-pose wheel is not installed")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Recording, Any, Path]]:
    """A made lab, analysed: the recording, the file that pynwb read, and where it lies."""
    made = made_lab.lab()
    made = replace(made, streams=(*made.streams, made_lab.trial()))
    path = made_lab.recording(tmp_path_factory.mktemp("nwb") / "x.h5", made)
    analyze(path, ["stance_time"])
    out, _ = export_recording(path, "nwb")
    with Recording(path) as recording, pynwb.NWBHDF5IO(out, "r") as io:
        yield recording, io.read(), out


def test_every_stream_reads_back_equal_with_its_time(both: tuple[Recording, Any, Path]) -> None:
    recording, file, _ = both
    origin = recording.clock_origin
    for key in ("plate_left", "emg", "imu"):
        stream, series = recording.streams[key], file.acquisition[key]
        np.testing.assert_array_equal(series.data[:], stream.samples[:])
        assert series.data.dtype == stream.samples.dtype
        np.testing.assert_array_equal(series.timestamps[:], stream.time - origin)
        assert stream.certificate.reason in series.comments
    assert file.acquisition["emg"].conversion == pytest.approx(1e-3)  # mV; ElectricalSeries are in volts
    texts = [row[0].decode() for row in recording.streams["said"].values()]
    assert file.events["said"].to_dataframe()["annotation"].tolist() == texts


def test_markers_are_poses_in_metres(both: tuple[Recording, Any, Path]) -> None:
    recording, file, _ = both
    pose, samples = file.processing["behavior"]["mocap"], recording.streams["mocap"].samples[:]
    for place, name in enumerate(("LHEE", "RHEE")):
        series = pose[name]
        np.testing.assert_array_equal(series.data[:], samples[:, 3 * place : 3 * place + 3])
        assert (series.unit, series.conversion) == ("meters", 1e-3)
        np.testing.assert_array_equal(series.timestamps[:], recording.streams["mocap"].time - recording.clock_origin)
    assert list(pose.skeleton.nodes[:]) == ["LHEE", "RHEE"]


def test_electrodes_have_muscle_and_side(both: tuple[Recording, Any, Path]) -> None:
    table = both[1].electrodes.to_dataframe()
    assert table["location"].tolist() == ["soleus L", "unknown"]
    assert table["label"].tolist() == ["SOL L", "Μ. tibialis"]
    assert {device.name for device in both[1].devices.values()} == {
        "plate_left",
        "emg",
        "mocap",
        "imu",
        "said",
        "control",
    }


def test_tables_read_back_equal(both: tuple[Recording, Any, Path]) -> None:
    recording, file, _ = both
    events = file.events["events"].to_dataframe()
    np.testing.assert_allclose(events["timestamp"] + recording.clock_origin, recording.events["time"], atol=1e-12)
    for name in ("kind", "side", "source", "confidence", "evidence", "text"):
        assert events[name].tolist() == recording.events[name].tolist()
    trials = file.trials.to_dataframe()
    assert trials["label"].tolist() == recording.trials["name"].tolist() == ["walk"]
    np.testing.assert_allclose(trials["stop_time"] + recording.clock_origin, recording.trials["t1"], atol=1e-12)
    about = file.processing["groundup"]
    streams = about["streams"].to_dataframe().set_index("stream")
    for key, stream in recording.streams.items():
        assert streams.loc[key, "reason"] == stream.certificate.reason
        np.testing.assert_equal(streams.loc[key, "bound_ms"], stream.certificate.bound_ms)
    ledger = about["ledger"].to_dataframe() if len(recording.ledger) else recording.ledger
    assert ledger["message"].tolist() == recording.ledger["message"].tolist()
    values = file.processing["metrics"]["stance_time"]
    there, here = values.to_dataframe(), recording.metrics["stance_time"]
    for name in ("t0", "t1"):
        np.testing.assert_allclose(there[name] + recording.clock_origin, here[name], atol=1e-12)
    same = ["side", "value", "unit", "status", "reason", "stride", "trial"]
    pd.testing.assert_frame_equal(there[same].reset_index(drop=True), here[same], check_dtype=False)
    assert json.loads(values.description)["method"] == here.attrs["method"]
    plates = about["plates"].to_dataframe()
    np.testing.assert_array_equal(plates["corners_m"][0], made_lab.CORNERS)
    for key in recording.processed:
        np.testing.assert_array_equal(file.processing["processed"][key].data[:], recording.processed[key].samples)


def test_the_inspector_finds_nothing_critical_and_the_schema_is_kept(both: tuple[Recording, Any, Path]) -> None:
    inspector = pytest.importorskip("nwbinspector", reason="the nwbinspector wheel is not installed")
    found = [
        message
        for message in inspector.inspect_nwbfile(nwbfile_path=str(both[2]))
        if message.importance in (inspector.Importance.CRITICAL, inspector.Importance.ERROR)
    ]
    assert not found
    assert not pynwb.validate(path=str(both[2]))


def test_what_a_format_stumbles_over_is_there_or_said(tmp_path: Path) -> None:
    path = awkward_recording(tmp_path)
    out, said = export_recording(path, "nwb")
    with Recording(path) as recording, pynwb.NWBHDF5IO(out, "r") as io:
        file = io.read()
        for key in ("int8", "int16", "int32", "int64", "float32", "double64", "plate"):
            np.testing.assert_array_equal(file.acquisition[key].data[:], recording.streams[key].samples[:])
        assert file.events["words"].to_dataframe()["annotation"].tolist() == ['comma, "quote"\nline', "Zürich 頭", ""]
    assert "stream nothing has no samples: only the tables tell of it" in said
    assert any("1970-01-01 stands there" in text for text in said)


def test_nul_and_bytes_that_are_no_text_are_replaced_and_said(tmp_path: Path) -> None:
    spec = StreamSpec("w", "Markers", 0.0, "string", (Channel("m"), Channel("n")))
    texts = ImportedStream("w", spec, [["a", "bad \udcff"], ["", "x"]], np.array([0.0, 0.5]))
    made = Imported((replace(texts), made_lab.analog("a", 10.0, np.ones((1, 3)))))
    out, said = export_recording(made_lab.recording(tmp_path / "x.h5", made), "nwb")
    with pynwb.NWBHDF5IO(out, "r") as io:
        file = io.read()
        assert file.events["w"].to_dataframe()["annotation"].tolist() == ["a | bad \ufffd", " | x"]
        assert file.acquisition["a"].data[:].tolist() == [[1.0, 1.0, 1.0]]
    assert any(text.startswith("stream w: 1 texts are no UTF-8") for text in said)


@pytest.mark.parametrize("module", ["pynwb", "ndx_pose"])
def test_without_its_library_there_is_the_command_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    path = made_lab.recording(tmp_path / "x.h5", Imported((made_lab.analog("a", 10.0, np.ones((5, 1))),)))
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ExportError, match=r'pip install "groundup\[nwb\]"'):
        export_recording(path, "nwb")
    assert [one.name for one in tmp_path.iterdir()] == ["x.h5"]


def test_memory_does_not_grow_with_the_recording(tmp_path: Path) -> None:
    samples = np.zeros((600_000, 8))
    path = made_lab.recording(tmp_path / "x.h5", Imported((made_lab.analog("a", 1000.0, samples),)))
    tracemalloc.start()
    export_recording(path, "nwb")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < samples.nbytes / 2
