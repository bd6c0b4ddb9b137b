"""Cameras: FFmpeg's test picture as one, its frames in a file that can be read, and the number and time of each."""

import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
from driving import driven

from groundup_plugins.devices.camera import Camera, CameraSettings
from groundup_plugins.devices.camera.device import MADE, NOT_IN_FILE
from groundup_plugins.devices.camera.video_file import VideoFile, new_path

pytestmark = pytest.mark.rig  # a device in real time is waited for

av = pytest.importorskip("av")


def device(folder: Path, **table: object) -> Camera:
    made = {"source": MADE, "input_format": "lavfi", "folder": str(folder), **table}
    return Camera(msgspec.convert(made, CameraSettings))


def frames(path: Path) -> list[object]:
    with av.open(str(path)) as video:
        return list(video.decode(video=0))


@pytest.mark.parametrize("codec", ["h264", "mjpeg"])
def test_every_frame_of_the_file_has_its_time_in_the_stream(tmp_path: Path, codec: str) -> None:
    with driven(device(tmp_path, codec=codec)) as (specs, sink):
        sink.wait_for(100)
    samples, times = sink.stream()
    np.testing.assert_array_equal(samples[:, 0], np.arange(len(samples)))
    assert len(times) / (times[-1] - times[0] + 1 / 30) == pytest.approx(30.0, rel=0.01)
    film = frames(tmp_path / specs[""].extra["video_file"])
    assert len(film) == len(samples)
    shown = np.array([float(frame.time) for frame in film])  # type: ignore[attr-defined]
    np.testing.assert_allclose(shown - shown[0], np.arange(len(film)) / 30, atol=2e-3)


def test_a_film_whose_end_never_came_can_be_read(tmp_path: Path) -> None:
    """As when the power goes: the file as it is on the disk, while it still grows."""
    with driven(device(tmp_path)) as (specs, sink):
        sink.wait_for(120)
        cut = shutil.copy(tmp_path / specs[""].extra["video_file"], tmp_path / "cut.mkv")
    assert len(frames(Path(cut))) >= 60


def test_frames_that_cannot_be_written_are_still_timed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError("No space left on device")

    with driven(device(tmp_path)) as (_, sink):
        sink.wait_for(80)
        before = sink.count()
        monkeypatch.setattr(VideoFile, "write", full)
        sink.wait_for(before + 40)
    numbers = sink.stream()[0][:, 0]
    assert set(numbers[-30:]) == {NOT_IN_FILE}
    assert sink.failure == ""


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"source": "/nowhere/video9", "input_format": ""}, "/nowhere/video9 cannot be opened"),
        ({"source": "sine=frequency=1000"}, "cannot be opened"),
    ],
    ids=["no such camera", "sound only"],
)
def test_a_camera_that_is_none_is_named(tmp_path: Path, table: dict[str, object], words: str) -> None:
    with pytest.raises(OSError, match=words):
        device(tmp_path, **table).open()
    assert list(tmp_path.iterdir()) == []


def test_no_film_takes_the_place_of_another(tmp_path: Path) -> None:
    made = {new_path(tmp_path, "camera") for _ in range(3)}
    assert len(made) == 3


def test_a_clock_that_begins_anew_does_not_end_the_film(tmp_path: Path) -> None:
    """As when a camera is plugged in again."""
    video = VideoFile(tmp_path / "film.mkv", "h264", 30.0, 320, 240)
    for seconds in (0.0, 1.0, 0.1, 0.2):
        video.write(av.VideoFrame(320, 240, "rgb24"), seconds)
    video.close()
    assert len(frames(tmp_path / "film.mkv")) == 4
