"""The host of a device driver: makes its outlets, gives it a sink, and stops it in order."""

import json
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from queue import SimpleQueue

import msgspec

from groundup import lsl
from groundup.lab.settings import Settings
from groundup.model.streams import StreamSpec
from groundup.plugin.device import HEALTH_S, Device
from groundup.plugin.manager import Origin
from groundup.plugin.missing import UnusableDeviceError
from groundup.plugin.option import initial
from groundup.plugin.streams import StreamsError, keyed
from groundup.system.driver_reports import Report
from groundup.workflows.driver_sink import DriverSink
from groundup.workflows.notices import Notices
from groundup.workflows.tell import CommandListener

_APPEAR_S = 3.0  # whether there is anything to send or not
_LOOK_S = 0.5
_LINGER_S = 0.5  # what was pushed last is still on its way when an outlet is destroyed


def drive(
    name: str,
    device: Device,
    stop: threading.Event,
    origin: Origin | None = None,
    tell: Callable[[Report], None] = lambda report: None,
    lab: str = "",
    notices: "SimpleQueue[bytes] | None" = None,
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
    notices : SimpleQueue of bytes, optional
        What the recorder that started it writes, line by line.

    Raises
    ------
    OSError
        If the device cannot be opened, or fails while it runs.
    """
    streams = _opened(name, device)
    sink: DriverSink | None = None
    try:
        with suppress(TypeError):  # an option that is none is said where commands are offered
            device.option_changes.add(*initial(device))
        sign = partial(_signed, device=device, origin=origin, settings=device.settings)
        sink = DriverSink(name, streams, sign, stop, tell, device.option_changes)
        device.start(sink)
        if notices is not None:
            Notices(device, notices, tell, sink.status.happened)
        if not device.asks_itself:
            asking = threading.Thread(target=_ask, args=(device, sink, stop, tell), name="groundup-health", daemon=True)
            asking.start()
        with closing(CommandListener(name, lab, device, tell, sink.status.happened, sink.fail)):
            if not stop.wait(_APPEAR_S):
                sink.appear()
                while not stop.wait(_LOOK_S):  # Windows runs no handler of a signal in a wait without end
                    sink.status.look(lsl.clock())
        device.stop()
        sink.end()
        threading.Event().wait(_LINGER_S)
    finally:
        if sink is not None and sink.reason:  # told at once: what stands behind may hang
            tell(Report("failed", "", 0, sink.reason))
        device.stop()
        device.close()
    if sink.reason:
        raise (UnusableDeviceError if sink.final else OSError)(f"{name}: {sink.reason}")


def _ask(device: Device, sink: DriverSink, stop: threading.Event, tell: Callable[[Report], None]) -> None:
    """Ask a device which it is, and how it does; where it cannot tell, its samples come all the same."""
    try:
        about = device.about()
        if about is not None:
            sink.about(about)
        while not stop.is_set():
            levels = device.health()
            if levels:
                sink.health(levels)
            stop.wait(HEALTH_S)
    except Exception as error:
        tell(Report("said", "", 0, f"it does not tell how it does any more: {type(error).__name__}: {error}"))


def _opened(name: str, device: Device) -> dict[str, StreamSpec]:
    """The streams of a device that has been opened."""
    try:
        return keyed(device.open())
    except StreamsError as error:
        raise OSError(f"{name}: open() of its driver gives streams that cannot be sent: {error}") from error


def _signed(spec: StreamSpec, device: Device, origin: Origin | None, settings: Settings) -> StreamSpec:
    """The stream with the name, version and settings of the driver it comes from, as lab.toml has them."""
    if origin is None:
        return spec
    made_by = {
        "plugin": f"{origin.distribution}:{device.name}",
        "plugin_version": origin.version,
        "plugin_level": device.level,
        "plugin_parameters": json.dumps(msgspec.to_builtins(settings), ensure_ascii=False),
    }
    return replace(spec, extra={**spec.extra, **made_by})
