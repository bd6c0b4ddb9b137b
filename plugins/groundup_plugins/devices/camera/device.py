"""The driver of a camera: each frame goes into a video file, its number there and its time into the stream."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import numpy as np

from groundup.plugin import (
    Channel,
    Device,
    PolledDevice,
    SampleClock,
    Settings,
    Sink,
    StreamSpec,
    hookimpl,
    missing,
    say,
)
from groundup_plugins.devices.camera.settings import CameraSettings
from groundup_plugins.devices.camera.video_file import VideoFile, new_path

_PATIENCE_S = 5.0
NOT_IN_FILE = -1
MADE = "testsrc=size=320x240:rate=30,realtime"
"""FFmpeg's test picture, as a camera would send it."""


class Camera(PolledDevice):
    """A camera of this computer or of the network."""

    name = "camera"
    level = "simulated"
    settings_type: ClassVar[type[Settings]] = CameraSettings

    def __init__(self, settings: CameraSettings) -> None:
        super().__init__(settings)
        self._settings = settings
        self._input: Any = None
        self._frames: Iterator[Any] = iter(())
        self._video: VideoFile | None = None
        self._clock: SampleClock | None = None
        self._began: float | None = None
        self._failed = False

    @classmethod
    @contextmanager
    def simulated(cls) -> Iterator[Settings]:
        """FFmpeg's test picture, filmed into a folder that goes."""
        with TemporaryDirectory() as folder:
            yield CameraSettings(source=MADE, input_format="lavfi", folder=folder)

    def connect(self) -> StreamSpec:
        """Open the camera, and the video file when it is the first time."""
        try:
            import av
        except ImportError as error:
            raise missing("av", "camera") from error
        settings = self._settings
        options = {"framerate": f"{settings.rate:g}"} if settings.opens_with not in (None, "lavfi") else {}
        if settings.size and options:
            options["video_size"] = settings.size
        try:
            self._input = av.open(
                settings.source, format=settings.opens_with, options=options, timeout=(_PATIENCE_S, _PATIENCE_S)
            )
            picture = self._input.streams.video[0]
        except (av.FFmpegError, OSError, ValueError, IndexError) as error:
            raise OSError(f"the camera {settings.source} cannot be opened: {error}") from None
        self._frames = self._input.decode(picture)
        if self._video is None:
            path = new_path(Path(settings.folder), self.name)
            self._video = VideoFile(path, settings.codec, settings.rate, picture.width, picture.height)
        # The camera's own clock stamps its frames.
        self._clock = self.sample_clock(1.0 / float(picture.time_base))
        return StreamSpec(
            "Camera", "Video", settings.rate, "int32", (Channel("frame", "1"),), latency_s=settings.latency_s,
            extra={"video_file": self._video.path.name},
        )  # fmt: skip

    def read(self, sink: Sink) -> None:
        """Write the next frame, and say which it was."""
        import av

        try:
            frame = next(self._frames)
        except (av.FFmpegError, StopIteration) as error:
            raise OSError(f"the camera sends no more: {error}") from error
        arrived = sink.clock()
        if self._video is None or self._clock is None or frame.pts is None:
            return
        number = self._written(frame, self._video)
        self._clock.push(sink, np.array([[number]], np.int32), np.array([frame.pts]), arrived)

    def _written(self, frame: Any, video: VideoFile) -> int:
        """Number of the frame in the file; `NOT_IN_FILE` once that cannot be written: its time is kept all the same."""
        seconds = float(frame.pts * frame.time_base)
        self._began = seconds if self._began is None else self._began
        if not self._failed:
            try:
                return video.write(frame, seconds - self._began)
            except Exception as error:  # a full disk, or a picture that the codec does not take
                self._failed = True
                say(self.name, f"{video.path} cannot be written any more ({error}); the times of frames go on")
        return NOT_IN_FILE

    def disconnect(self) -> None:
        """Let go of the camera; the file goes on when it is back."""
        camera, self._input = self._input, None
        self._frames = iter(())
        if camera is not None:
            with suppress(OSError):
                camera.close()

    def close(self) -> None:
        """Stop, let go of the camera, and end the file."""
        super().close()
        video, self._video = self._video, None
        if video is not None:
            with suppress(Exception):  # of a file that could not be written
                video.close()
        self._began, self._failed = None, False


@hookimpl
def groundup_devices() -> list[type[Device]]:
    """The driver of cameras."""
    return [Camera]
