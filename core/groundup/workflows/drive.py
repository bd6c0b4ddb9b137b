"""The host of a device driver: makes its outlets, gives it a sink, and stops it in order."""

import json
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from groundup import lsl
from groundup.lsl.outlet import Outlet
from groundup.lsl.stream_names import source_prefix
from groundup.lsl.ticks import ticks_source, ticks_spec, with_ticks_source
from groundup.lsl.ticks_outlet import TicksOutlet
from groundup.model.streams import StreamSpec
from groundup.plugin.device import Device
from groundup.plugin.manager import Origin
from groundup.system.driver_reports import Report
from groundup.workflows.refusals import Refusals
from groundup.workflows.tell import CommandListener

_APPEAR_S = 3.0  # whether there is anything to send or not
_LOOK_S = 0.5
_LONGEST_REASON = 1000
_LINGER_S = 0.5  # what was pushed last is still on its way when an outlet is destroyed


class _Outlets:
    """The `Sink` of a driver: one outlet a stream, on the network as soon as there is something to send.

    A stream that is there and silent, because the device is still getting ready, would be a fault to a recorder.
    """

    def __init__(
        self,
        make: Callable[[], list[Outlet]],
        make_ticks: Callable[[], Outlet],
        refusals: Refusals,
        stop: threading.Event,
    ) -> None:
        self._make = make
        self._refusals = refusals
        self._ticks = TicksOutlet(make_ticks)
        self._outlets: list[Outlet] = []
        self._lock = threading.Lock()
        self._stop = stop
        self.reason = ""

    def push(
        self, stream: int, samples: NDArray[np.generic] | Sequence[Sequence[str]], timestamps: NDArray[np.float64]
    ) -> None:
        if self._refusals.refuse(stream, samples, timestamps, lsl.clock()):
            return
        self.appear()
        self._outlets[stream].push(samples, timestamps)

    def appear(self) -> None:
        """Put the outlets on the network, if they are not yet."""
        with self._lock:
            if not self._outlets:
                self._outlets = self._make()

    def ticks(self, stream: int, rows: NDArray[np.float64]) -> None:
        with self._lock:
            self._ticks.push(stream, rows, lsl.clock())

    def end(self) -> None:
        """Send what is still to be sent."""
        with self._lock:
            self._ticks.end(lsl.clock())

    def clock(self) -> float:
        return lsl.clock()

    def fail(self, reason: str) -> None:
        self.reason = str(reason)[:_LONGEST_REASON] or "its driver says that it has failed, and not why"
        self._stop.set()


def drive(
    name: str,
    device: Device,
    stop: threading.Event,
    origin: Origin | None = None,
    tell: Callable[[Report], None] = lambda report: None,
    lab: str = "",
) -> None:
    """Run a device until `stop` is set.

    Parameters
    ----------
    name : str
        Key of ``[devices.NAME]``.
    device : Device
    stop : threading.Event
    origin : Origin, optional
        Where the driver comes from: its streams tell it, so that the sealed file does.
    tell : callable, optional
        Told what belongs into the ledger of who records.
    lab : str
        The lab.toml, for whoever looks for the device to command it.

    Raises
    ------
    OSError
        If the device cannot be opened, or fails while it runs.
    """
    specs = _announced(name, device.open())
    sink: _Outlets | None = None
    try:
        prefix = source_prefix(name)
        announced = [with_ticks_source(spec, ticks_source(prefix), index) for index, spec in enumerate(specs)]
        signed = [(_signed(spec, device, origin), prefix + (spec.source_id or spec.name)) for spec in announced]
        refusals = Refusals(signed, tell)
        sink = _Outlets(
            lambda: [Outlet(spec, source) for spec, source in signed],
            lambda: Outlet(ticks_spec(), ticks_source(prefix)),
            refusals,
            stop,
        )
        if not any(spec.rate > 0 for spec in specs):
            sink.appear()
        device.start(sink)
        with closing(CommandListener(name, lab, device, tell)):
            if not stop.wait(_APPEAR_S):
                sink.appear()
                while not stop.wait(_LOOK_S):
                    pass  # Windows runs no handler of a signal in a wait without end
        device.stop()
        sink.end()
        refusals.tell_rest(lsl.clock())
        threading.Event().wait(_LINGER_S)
    finally:
        if sink is not None and sink.reason:  # told at once: what stands behind may hang
            tell(Report("failed", "", 0, sink.reason))
        device.stop()
        device.close()
    if sink.reason:
        raise OSError(f"{name}: {sink.reason}")


def _announced(name: str, specs: object) -> list[StreamSpec]:
    """What `Device.open` gave, if it is what it has to be."""
    if not isinstance(specs, Sequence) or not specs or not all(isinstance(spec, StreamSpec) for spec in specs):
        raise OSError(f"{name}: open() of its driver gave {specs!r:.80}; it has to give a list of StreamSpec")
    return list(specs)


def _signed(spec: StreamSpec, device: Device, origin: Origin | None) -> StreamSpec:
    """The stream with the name, version and settings of the driver it comes from."""
    if origin is None:
        return spec
    made_by = {
        "plugin": f"{origin.distribution}:{device.name}",
        "plugin_version": origin.version,
        "plugin_level": device.level,
        "plugin_parameters": json.dumps(msgspec.to_builtins(device.settings), ensure_ascii=False),
    }
    return replace(spec, extra={**spec.extra, **made_by})
