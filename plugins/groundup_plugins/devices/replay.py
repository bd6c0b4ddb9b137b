"""A recorded file as a device: what an importer reads, sent in its own time beside real hardware."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from groundup.files import file_times, read_file
from groundup.plugin import (
    Device,
    ImportedStream,
    PolledDevice,
    Settings,
    Sink,
    Streams,
    as_key,
    hookimpl,
    say,
)

_PACKET_S = 0.02


class ReplaySettings(Settings, frozen=True, kw_only=True):
    """Which file, and how fast.

    Attributes
    ----------
    file : str
        A recording, C3D, XDF, CSV ...: whatever an importer reads. A relative path is seen from where groundup runs.
    speed : float
        How many times as fast as it was recorded.
    loop : bool
        Whether it begins again when it is over; else the device then falls silent.
    """

    file: str
    speed: Annotated[float, msgspec.Meta(gt=0, le=1000)] = 1.0
    loop: bool = False


@dataclass
class _Feed:
    """A stream of the file, and how much of it has been sent."""

    key: str
    stream: ImportedStream
    times: NDArray[np.float64]
    sent: int = 0


class Replay(PolledDevice):
    """The streams of a file, each sample as it is in the file, stamped with its distance from the file's first."""

    name = "replay"
    level = "simulated"
    settings_type: ClassVar[type[Settings]] = ReplaySettings

    def __init__(self, settings: ReplaySettings) -> None:
        super().__init__(settings)
        self._settings = settings
        self._feeds: list[_Feed] = []
        self._begun: float | None = None

    @classmethod
    @contextmanager
    def simulated(cls) -> Iterator[Settings]:
        """A recording of every value format, played again and again."""
        from groundup.testing import awkward_recording

        with tempfile.TemporaryDirectory() as folder:
            yield ReplaySettings(file=str(awkward_recording(Path(folder))), loop=True)

    def connect(self) -> Streams:
        """Read the file."""
        path = Path(self._settings.file)
        try:
            imported = read_file(path)
        except ValueError as error:
            raise OSError(str(error)) from error
        for sentence in (*imported.faults, *imported.notes):
            say(self.name, sentence)
        streams = [stream for stream in imported.streams if len(stream.timestamps) and stream.spec.channels]
        if empty := sorted({stream.id for stream in imported.streams} - {stream.id for stream in streams}):
            say(self.name, f"{path.name} has no sample of {', '.join(empty)}: not sent")
        if not streams:
            raise OSError(f"{path} has no samples")
        keys: list[str] = []
        for stream in streams:
            keys.append(as_key(stream.id, keys))
        ordered = [np.maximum.accumulate(file_times(stream)) for stream in streams]
        self._feeds = [_Feed(*feed) for feed in zip(keys, streams, ordered, strict=True)]
        self._begun = None
        return {
            feed.key: replace(feed.stream.spec, latency_s=0.0, rate=feed.stream.spec.rate * self._speed)
            for feed in self._feeds
        }

    @property
    def _speed(self) -> float:
        return self._settings.speed

    def read(self, sink: Sink) -> None:
        """Send what is due."""
        now = sink.clock()
        if self._begun is None:
            self._begun = now
        self._send(sink, (now - self._begun) * self._speed)
        self.wait(_PACKET_S)

    def finish(self, sink: Sink) -> None:
        """Send what has become due meanwhile."""
        if self._begun is not None:
            self._send(sink, (sink.clock() - self._begun) * self._speed)

    def disconnect(self) -> None:
        """Forget the file."""
        self._feeds = []

    def _send(self, sink: Sink, played: float) -> None:
        """Send what lies within so many seconds of the file's first sample."""
        if not self._feeds or self._begun is None:
            return
        first = min(float(feed.times[0]) for feed in self._feeds)
        for feed in self._feeds:
            stop = int(np.searchsorted(feed.times, first + played, side="right"))
            if stop > feed.sent:
                part = slice(feed.sent, stop)
                times = self._begun + (feed.times[part] - first) / self._speed
                sink.push(feed.stream.samples[part], times, feed.key)
                feed.sent = stop
        if all(feed.sent == len(feed.times) for feed in self._feeds):
            self._over(first)

    def _over(self, first: float) -> None:
        if not self._settings.loop:
            say(self.name, f"{self._settings.file} is over")
            self._feeds = []
            return
        last = max(float(feed.times[-1]) for feed in self._feeds)
        rate = max(feed.stream.spec.rate for feed in self._feeds)
        self._begun = (self._begun or 0.0) + (last - first + (1.0 / rate if rate > 0 else 1.0)) / self._speed
        for feed in self._feeds:
            feed.sent = 0


@hookimpl
def groundup_devices() -> list[type[Device]]:
    """The driver of recorded files."""
    return [Replay]
