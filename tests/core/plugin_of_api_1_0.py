"""A driver and a metric as strangers wrote them for version 1.0 of the plugin API; not to be brought up to date."""

import threading

import numpy as np

from groundup.plugin import Channel, Device, Metric, Settings, Sink, Stance, StreamSpec, Trace, grf, hookimpl, metric


class BraceSettings(Settings, frozen=True):
    side: str = "R"
    rate: float = 100.0


class KneeBrace(Device):
    name = "old_brace"
    settings_type = BraceSettings

    def __init__(self, settings: BraceSettings) -> None:
        super().__init__(settings)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self) -> list[StreamSpec]:
        channels = tuple(Channel(f"knee_{axis}", "rad", "shank", "R") for axis in ("flexion", "rotation"))
        return [StreamSpec("KneeBrace", "Goniometer", 100.0, "float32", channels, "knee-brace")]

    def start(self, sink: Sink) -> None:
        self._thread = threading.Thread(target=self._run, args=(sink,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, sink: Sink) -> None:
        sink.push(0, np.zeros((1, 2), np.float32), np.array([sink.clock()]))
        self._stop.wait()


@metric("old_braking", of=Stance, unit="1", needs=[grf("ap")], source="the impulse's sign, as in Winter (2009)")
def braking_time(stance: Stance, ap: Trace) -> float:
    """Share of the stance in which the ground reaction force points backwards."""
    return float((ap.values < 0).mean())


@hookimpl
def groundup_devices() -> list[type[Device]]:
    return [KneeBrace]


@hookimpl
def groundup_metrics() -> list[Metric]:
    return [braking_time]
