"""A file as a device: every sample as it is in the file, at the distances it has there."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from driving import driven

from groundup.plugin import Channel, Imported, ImportedStream, StreamSpec
from groundup.recording.seal import seal
from groundup.sources.from_import import source_from_import
from groundup.testing import awkward_recording
from groundup_plugins.devices.replay import Replay, ReplaySettings

COUNT = 200


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("replay") / "walk.h5"
    emg = StreamSpec("EMG", "EMG", 500.0, "float32", (Channel("a", "V", "soleus", "L"),), "id-1")
    words = StreamSpec("words", "Markers", 0.0, "string", (Channel("word"),))
    values = np.arange(COUNT, dtype=np.float32)[:, None]
    seal(
        source_from_import(
            Imported(
                (
                    ImportedStream("emg", emg, values, 100.0 + np.arange(COUNT) / 500.0),
                    ImportedStream("words", words, [["one"], ["two"]], np.array([100.1, 100.2])),
                )
            )
        ),
        path,
    )
    return path


def device(file: Path, **table: object) -> Replay:
    return Replay(msgspec.convert({"file": str(file), **table}, ReplaySettings))


@pytest.mark.parametrize("speed", [1.0, 4.0])
def test_the_files_samples_come_at_the_files_distances(file: Path, speed: float) -> None:
    with driven(device(file, speed=speed)) as (specs, sink):
        sink.wait_for(COUNT, "emg")
        sink.wait_for(2, "words")
    assert [(s.name, s.rate, s.format) for s in specs.values()] == [
        ("EMG", 500.0 * speed, "float32"),
        ("words", 0.0, "string"),
    ]
    assert specs["emg"].channels[0].site == "soleus"
    samples, times = sink.stream("emg")
    np.testing.assert_array_equal(samples[:, 0], np.arange(COUNT))
    np.testing.assert_allclose(np.diff(times), 1 / 500.0 / speed, atol=1e-9)
    assert sink.rows("words") == [["one"], ["two"]]
    (_, when) = sink.stream("words")
    np.testing.assert_allclose(when - times[0], [0.1 / speed, 0.2 / speed], atol=1e-9)


def test_it_begins_again_when_it_is_asked_to(file: Path) -> None:
    with driven(device(file, speed=10.0, loop=True)) as (_, sink):
        sink.wait_for(3 * COUNT, "emg")
    samples, times = sink.stream("emg")
    np.testing.assert_array_equal(samples[:, 0], np.arange(len(samples)) % COUNT)
    assert (np.diff(times) > 0).all()


def test_when_it_is_over_it_says_so(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with driven(device(file, speed=10.0)) as (_, sink):
        sink.wait_for(COUNT, "emg")
    assert sink.count("emg") == COUNT
    assert "is over" in capsys.readouterr().err


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        device(tmp_path / "nothing.h5").open()
    (tmp_path / "x.h5").write_bytes(b"no recording at all")
    with pytest.raises(OSError, match="no importer knows"):
        device(tmp_path / "x.h5").open()


def test_it_says_what_is_left_out_of_its_file_and_what_is_wrong_with_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "walk.csv"
    path.write_text("time,a,b\n" + "".join(f"{k / 100:.2f},{k},{'x' if k == 3 else k}\n" for k in range(40)))
    with driven(device(path)):
        pass
    assert '1 cells of the column "b" are no numbers' in capfd.readouterr().err


def test_it_names_the_streams_of_which_its_file_has_no_sample(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with driven(device(awkward_recording(tmp_path))):
        pass
    assert "awkward.h5 has no sample of bare, nothing, silent: not sent" in capfd.readouterr().err
