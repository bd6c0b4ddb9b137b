"""A recording becomes a MAT file of version 7.3 that readers of MATLAB's files take."""

import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from tests.plugins.formats import made_lab

from groundup.plugin import Channel, Imported, ImportedStream, StreamSpec
from groundup.recording import Recording
from groundup.testing.recordings import awkward_recording
from groundup.workflows.analyze import analyze
from groundup.workflows.export import export_recording

mat73 = pytest.importorskip("mat73")
hdf5storage = pytest.importorskip("hdf5storage")


@pytest.mark.rig
def test_streams_and_tables_read_back_equal(tmp_path: Path) -> None:
    path = made_lab.recording(tmp_path / "x.h5", made_lab.lab())
    analyze(path, ["stance_time"])
    out, _ = export_recording(path, "mat")
    assert out.read_bytes()[:20] == b"MATLAB 7.3 MAT-file,"
    assert out.read_bytes()[124:128] == b"\x00\x02IM"
    back = mat73.loadmat(str(out))
    other = hdf5storage.loadmat(str(out))
    with Recording(path) as recording:
        assert list(back["streams"]) == list(recording.streams)
        for key, stream in recording.streams.items():
            found = back["streams"][key]
            np.testing.assert_array_equal(found["time"], stream.time)
            np.testing.assert_array_equal(found["timestamps"], stream.timestamps)
            values = stream.values()
            if isinstance(values, np.ndarray):
                np.testing.assert_array_equal(found["samples"], values)
                assert found["samples"].dtype == values.dtype
                assert np.ravel(found["labels"]).tolist() == [channel.label for channel in stream.channels]
            else:
                assert np.ravel(found["samples"]).tolist() == [row[0].decode() for row in values]
        emg = np.squeeze(np.squeeze(other["streams"]["emg"])["samples"])
        np.testing.assert_array_equal(emg, recording.streams["emg"].values())
        np.testing.assert_array_equal(back["events"]["time"], recording.events["time"])
        assert np.ravel(back["events"]["kind"]).tolist() == recording.events["kind"].tolist()
        name = "stance_time"
        np.testing.assert_array_equal(back["metrics"][name]["value"], recording.metrics[name]["value"])
        assert back["streams"]["emg"]["sync"]["reason"] == recording.streams["emg"].certificate.reason
        np.testing.assert_allclose(back["streams"]["plate_left"]["plate"]["corners_m"], made_lab.CORNERS)


@pytest.mark.rig
def test_every_number_format_text_and_nothing_at_all(tmp_path: Path) -> None:
    path = awkward_recording(tmp_path)
    out, _ = export_recording(path, "mat")
    back = mat73.loadmat(str(out))["streams"]
    with Recording(path) as recording:
        for key, stream in recording.streams.items():
            values = stream.values()
            if not isinstance(values, np.ndarray) and len(values):
                texts = np.ravel(np.asarray(back[key]["samples"], object)).tolist()
                assert texts[:2] == ['comma, "quote"\nline', "Zürich 頭"]
            elif np.size(values):
                np.testing.assert_array_equal(back[key]["samples"], values)
            else:
                assert back[key]["samples"] is None or np.size(back[key]["samples"]) == 0


@pytest.mark.rig
def test_memory_does_not_grow_with_the_recording(tmp_path: Path) -> None:
    peaks = []
    for seconds in (40, 120):
        made = Imported((made_lab.analog("a", 1000.0, np.zeros((1000 * seconds, 4))),))
        path = made_lab.recording(tmp_path / f"{seconds}.h5", made)
        del made
        tracemalloc.start()
        export_recording(path, "mat")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def test_texts_that_are_changed_are_said(tmp_path: Path) -> None:
    spec = StreamSpec("t", "Markers", 0.0, "string", (Channel("a"), Channel("b")), "t")
    said = ImportedStream("t", spec, [["one \N{SLIGHTLY SMILING FACE}\n", "two"], ["\udcff", ""]], np.array([0.5, 1.0]))
    out, left_out = export_recording(made_lab.recording(tmp_path / "x.h5", Imported((said,))), "mat")
    assert 'stream t: its 2 texts of a sample are one, with " | " between' in left_out
    assert any(text.startswith("1 texts are no UTF-8") for text in left_out)
    assert len(np.ravel(mat73.loadmat(str(out))["streams"]["t"]["samples"])) == 2


@pytest.mark.rig
@pytest.mark.skipif(sys.platform == "win32", reason="the size of files cannot be limited there")
def test_a_full_disk_is_an_error_and_no_crash(tmp_path: Path) -> None:
    values = np.random.default_rng(1).standard_normal((50_000, 4))
    path = made_lab.recording(tmp_path / "x.h5", Imported((made_lab.analog("a", 1000.0, values),)))
    program = """
import resource, signal, sys
from pathlib import Path
from groundup.workflows.export import export_recording
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    export_recording(Path(sys.argv[1]), "mat")
except OSError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "x.mat could not be written: File too large" in done.stdout
    assert [left.name for left in tmp_path.iterdir()] == ["x.h5"]
