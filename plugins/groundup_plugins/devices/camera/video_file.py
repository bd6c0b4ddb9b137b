"""The video file of a camera. It can be read whenever it ends: Matroska, and each half second goes to the disk."""

from fractions import Fraction
from pathlib import Path
from time import strftime
from typing import Any

_CODECS = {
    "h264": ("libx264", "yuv420p", {"preset": "ultrafast", "tune": "zerolatency", "crf": "23"}),
    "mjpeg": ("mjpeg", "yuvj420p", {"q": "4"}),
}
_ON_DISK = {"cluster_time_limit": "500", "flush_packets": "1"}


class VideoFile:
    """A video file that grows.

    Attributes
    ----------
    path : Path
    frames : int
        How many frames are in it.
    """

    def __init__(self, path: Path, codec: str, rate: float, width: int, height: int) -> None:
        import av

        name, pixels, options = _CODECS[codec]
        self.path, self.frames, self._pts = path, 0, -1
        self._out: Any = av.open(str(path), "w", format="matroska", options=_ON_DISK)
        video: Any = self._out.add_stream(name, rate=Fraction(rate).limit_denominator(1001), options=options)
        # An odd line or column is left out: half as many of the colours are kept.
        video.width, video.height, video.pix_fmt = width // 2 * 2, height // 2 * 2, pixels
        self._base = Fraction(1, 1_000_000)
        video.codec_context.time_base = self._base
        self._video = video

    def write(self, frame: Any, seconds: float) -> int:
        """Append a frame that was taken so many seconds after the first one; its number in the file, from 0."""
        image = frame.reformat(self._video.width, self._video.height, self._video.pix_fmt)
        # Behind the one before, though the camera's clock has begun anew.
        self._pts = max(round(seconds / self._base), self._pts + 1)
        image.pts, image.time_base = self._pts, self._base
        self._out.mux(self._video.encode(image))
        self.frames += 1
        return self.frames - 1

    def close(self) -> None:
        """End the file; safe to call twice."""
        out, self._out = self._out, None
        if out is not None:
            out.mux(self._video.encode(None))
            out.close()


def new_path(folder: Path, name: str) -> Path:
    """A file that is not there yet, of this second.

    Raises
    ------
    OSError
        If the folder cannot be written in.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{name}-{strftime('%Y%m%d-%H%M%S')}"
    for number in range(1, 100):
        path = folder / (f"{stem}.mkv" if number == 1 else f"{stem}-{number}.mkv")
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            continue
        return path
    raise OSError(f"{folder} has a hundred videos of this second")
