"""Devices on a serial line: load cells on an Arduino, HX711 plates, IMUs of one's own, by a declaration in lab.toml."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Any, ClassVar

import msgspec

from groundup.plugin import POLL_S, Device, PolledDevice, ScanResult, Settings, Sink, StreamSpec, hookimpl, missing, say
from groundup_plugins.devices.wire import Parser, Timing, Wire, WireChannel, parser_for

_COMPLAIN_EVERY_S = 10.0


class SerialSettings(Wire, frozen=True, kw_only=True):
    """A serial port, and what comes through it (`groundup_plugins.devices.wire.Wire` has the rest of the keys).

    Attributes
    ----------
    port : str
        ``COM3``, ``/dev/ttyACM0``, or a URL of pyserial: ``socket://192.168.0.7:4000``.
    baud : int
        Bits a second; a port over USB usually does not care.
    name : str
        Name of the stream.
    start, stop : str
        What to send to the device to make it begin and end, with a line's end where it wants one; nothing if empty.
    latency_s : float
        How much later than it was measured a value leaves the device, at the least.
    """

    port: str
    baud: Annotated[int, msgspec.Meta(ge=50, le=50_000_000)] = 115200
    name: str = "Serial"
    start: str = ""
    stop: str = ""
    latency_s: float = 0.0


class SerialLine(PolledDevice):
    """Lines or frames of a serial port as one stream."""

    name = "serial"
    level = "simulated"
    settings_type: ClassVar[type[Settings]] = SerialSettings

    def __init__(self, settings: SerialSettings) -> None:
        super().__init__(settings)
        self._settings = settings
        self._port: Any = None
        self._parser: Parser | None = None
        self._timing: Timing | None = None
        self._reported_bad = 0
        self._reported_at = 0.0

    @classmethod
    def scan(cls) -> list[ScanResult]:
        """Name the serial ports of this computer; empty without pyserial."""
        try:
            from serial.tools import list_ports
        except ImportError:
            return []
        found = list_ports.comports()
        return [ScanResult(f"{port.device} ({port.description})", {"port": port.device}) for port in found]

    @classmethod
    @contextmanager
    def simulated(cls) -> Iterator[Settings]:
        """Four load cells that send lines over a pseudo terminal."""
        from groundup.testing import SerialPeer
        from groundup_plugins.devices.simulators.serial_line import line

        with SerialPeer(line, rate=80.0) as peer:
            cells = {cell: WireChannel(unit="1") for cell in "abcd"}
            yield SerialSettings(port=peer.port, fields=("clock", *cells), channels=cells, rate=80.0)

    def connect(self) -> StreamSpec:
        """Open the port."""
        try:
            import serial
        except ImportError as error:
            raise missing("pyserial", "serial") from error
        settings = self._settings
        try:
            self._port = serial.serial_for_url(settings.port, baudrate=settings.baud, timeout=POLL_S, write_timeout=2.0)
        except (OSError, ValueError) as error:
            there = ", ".join(found.shown for found in self.scan()) or "none"
            raise OSError(
                f"the port {settings.port} cannot be opened ({error}); ports of this computer: {there}"
            ) from None
        self._parser = parser_for(settings)
        self._timing = Timing(settings, settings.wrap, self.sample_clock)
        self._reported_bad = 0
        return settings.spec(settings.name, settings.latency_s)

    def begin(self, sink: Sink) -> None:
        """Send the device its start command; what lay in the buffers of the port is old."""
        self._port.reset_input_buffer()
        if self._settings.start:
            self._port.write(self._settings.start.encode())

    def read(self, sink: Sink) -> None:
        """Push the records that have come."""
        data = self._port.read(max(1, self._port.in_waiting))
        arrived = sink.clock()
        if data and self._parser is not None and self._timing is not None:
            self._timing.push(sink, self._parser.feed(data), arrived)
            self._complain(self._parser.bad)

    def finish(self, sink: Sink) -> None:
        """Push what is still in the buffers; send the device its stop command."""
        if self._port.in_waiting:
            self.read(sink)
        if self._settings.stop:
            self._port.write(self._settings.stop.encode())
            self._port.flush()

    def disconnect(self) -> None:
        """Close the port."""
        if self._port is not None:
            with suppress(OSError):
                self._port.close()
            self._port = None

    def _complain(self, bad: int) -> None:
        now = time.monotonic()
        if bad > self._reported_bad and now - self._reported_at > _COMPLAIN_EVERY_S:
            say(self.name, f"{bad - self._reported_bad} records of {self._settings.port} came damaged and are left out")
            self._reported_bad, self._reported_at = bad, now


@hookimpl
def groundup_devices() -> list[type[Device]]:
    """The driver of serial lines."""
    return [SerialLine]
