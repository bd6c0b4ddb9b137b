"""What it costs to film FFmpeg's test picture of 720p at 30 frames a second: share of a core, and size of the file."""

import tempfile
import time
from itertools import islice
from pathlib import Path

import av

from benchmarks.rows import Row
from groundup_plugins.devices.camera.video_file import VideoFile

_FRAMES, _RATE, _WIDTH, _HEIGHT = 90, 30.0, 1280, 720


def run() -> list[Row]:
    """For each codec that the driver offers."""
    with av.open(f"testsrc2=size={_WIDTH}x{_HEIGHT}:rate={_RATE:g}", format="lavfi") as source:
        frames = list(islice(source.decode(video=0), _FRAMES))
    return [row for codec in ("h264", "mjpeg") for row in _film(codec, frames)]


def _film(codec: str, frames: list[object]) -> list[Row]:
    none = float("nan")
    with tempfile.TemporaryDirectory() as folder:
        video = VideoFile(Path(folder) / "film.mkv", codec, _RATE, _WIDTH, _HEIGHT)
        began = time.process_time()
        for number, frame in enumerate(frames):
            video.write(frame, number / _RATE)
        video.close()
        share = (time.process_time() - began) / (len(frames) / _RATE)
        size = video.path.stat().st_size / (len(frames) / _RATE) / 1e6
    return [
        Row(f"share of a core, {codec}", share, "", "none", none),
        Row(f"file, {codec}", size, "MB/s", "none", none),
    ]
