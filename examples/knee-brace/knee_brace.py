"""A driver: an instrumented knee brace that tells two angles, here with a simulator in place of the hardware."""

import math
import threading

import numpy as np

from groundup.plugin import Channel, Device, Settings, Sink, StreamSpec, hookimpl


class BraceSettings(Settings, frozen=True):
    """``[devices.NAME]`` of a knee brace: which leg it is worn on, and how fast it samples."""

    side: str = "R"
    rate: float = 100.0


class KneeBrace(Device):
    """Sends flexion and rotation of one knee, in radians."""

    name = "knee_brace"
    settings_type = BraceSettings

    def __init__(self, settings: BraceSettings) -> None:
        super().__init__(settings)
        self._rate, self._side = settings.rate, settings.side
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self) -> StreamSpec:
        channels = tuple(Channel(f"knee_{axis}", "rad", "shank", self._side) for axis in ("flexion", "rotation"))
        return StreamSpec("KneeBrace", "Goniometer", self._rate, "float32", channels)

    def start(self, sink: Sink) -> None:
        self._thread = threading.Thread(target=self._run, args=(sink,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, sink: Sink) -> None:
        packet = max(1, round(self._rate / 50))
        start, sent = sink.clock(), 0
        while not self._stop.wait(max(0.0, start + (sent + packet) / self._rate - sink.clock())):
            times = start + np.arange(sent, sent + packet) / self._rate
            flexion = 0.5 - 0.5 * np.cos(2 * math.pi * times / 1.1)
            sink.push(np.column_stack([flexion, 0.1 * flexion]).astype(np.float32), times)
            sent += packet


@hookimpl
def groundup_devices() -> list[type[Device]]:
    return [KneeBrace]
