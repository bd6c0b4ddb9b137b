"""The settings of a camera: where it is, how it films, and where the file goes."""

import sys
from typing import Annotated, Literal

import msgspec

from groundup.plugin import Settings

_SYSTEMS = {"linux": "v4l2", "darwin": "avfoundation", "win32": "dshow"}


class CameraSettings(Settings, frozen=True, kw_only=True):
    """A camera that FFmpeg can read.

    Attributes
    ----------
    source : str
        What FFmpeg opens: ``/dev/video0``, ``video=Integrated Camera`` (Windows), ``0`` (macOS), ``rtsp://...``.
    input_format : str
        FFmpeg's device: ``v4l2``, ``dshow``, ``avfoundation``, ``lavfi``; empty: that of this system, or none for an
        address with ``://``.
    size : str
        ``1280x720``; empty: what the camera has.
    rate : float
        Frames a second.
    folder : str
        Where the video file goes, from where the recorder was started.
    codec : str
        ``h264`` or ``mjpeg``: in the second each frame stands alone.
    latency_s : float
        How late frames are when they reach this computer, at the least; measure it with a sync event.
    """

    source: str
    input_format: str = ""
    size: Annotated[str, msgspec.Meta(pattern=r"^(\d+x\d+)?$")] = ""
    rate: Annotated[float, msgspec.Meta(gt=0.0, le=1000.0)] = 30.0
    folder: str = "."
    codec: Literal["h264", "mjpeg"] = "h264"
    latency_s: float = 0.0

    @property
    def opens_with(self) -> str | None:
        """FFmpeg's input format; None: told by the address."""
        if self.input_format:
            return self.input_format
        return None if "://" in self.source else _SYSTEMS.get(sys.platform)
