"""The host of a device driver: makes its outlets, gives it a sink, and stops it in order."""

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from groundup import lsl
from groundup.lsl.outlet import Outlet
from groundup.naming import source_prefix
from groundup.plugin.device import Device

_LINGER_S = 0.5  # what was pushed last is still on its way when an outlet is destroyed


class _Outlets:
    """The `Sink` of a driver: one outlet a stream."""

    def __init__(self, outlets: Sequence[Outlet], stop: threading.Event) -> None:
        self._outlets = outlets
        self._stop = stop
        self.reason = ""

    def push(
        self, stream: int, samples: NDArray[np.generic] | Sequence[Sequence[str]], timestamps: NDArray[np.float64]
    ) -> None:
        self._outlets[stream].push(samples, timestamps)

    def clock(self) -> float:
        return lsl.clock()

    def fail(self, reason: str) -> None:
        self.reason = reason
        self._stop.set()


def drive(name: str, device: Device, stop: threading.Event) -> None:
    """Run a device until `stop` is set.

    Parameters
    ----------
    name : str
        Key of ``[devices.NAME]``.
    device : Device
    stop : threading.Event

    Raises
    ------
    OSError
        If the device cannot be opened, or fails while it runs.
    """
    specs = device.open()
    try:
        prefix = source_prefix(name)
        outlets = [Outlet(spec, prefix + (spec.source_id or spec.name)) for spec in specs]
        sink = _Outlets(outlets, stop)
        device.start(sink)
        stop.wait()
        device.stop()
        threading.Event().wait(_LINGER_S)
    finally:
        device.stop()
        device.close()
    if sink.reason:
        raise OSError(f"{name}: {sink.reason}")
