"""The driver of Shimmer3: one stream of its inertial sensors, one of its wide-range accelerometer, one of its EMG."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import (
    POLL_S,
    Channel,
    CommandError,
    Device,
    PolledDevice,
    SampleClock,
    Settings,
    Sink,
    StreamSpec,
    hookimpl,
    missing,
    option,
    say,
    unwrap,
)
from groundup_plugins.devices.shimmer import protocol
from groundup_plugins.devices.shimmer.protocol import Calibration, Inquiry, Line, Packets, Sensor
from groundup_plugins.devices.shimmer.settings import ShimmerElectrode, ShimmerSettings

_ANSWERS_S = 2.0
_SILENT_S = 3.0
_DEGREE = np.pi / 180
# The sensors of each stream; what their channels are called; their unit, and what the calibrated value is in it.
_STREAMS: dict[str, tuple[Sensor, ...]] = {
    "imu": ("accelerometer", "gyroscope", "magnetometer"), "wide_range": ("wide_range",), "emg": ("emg",),
}  # fmt: skip
_CALLED = {"accelerometer": "acc", "gyroscope": "gyr", "magnetometer": "mag", "wide_range": "acc", "emg": "EMG"}
_SI = {
    "accelerometer": ("m/s^2", 1.0), "gyroscope": ("rad/s", _DEGREE), "magnetometer": ("1", 1.0),
    "wide_range": ("m/s^2", 1.0),
}  # fmt: skip


class Shimmer(PolledDevice):
    """A Shimmer3 with LogAndStream or BtStream firmware, configured in Consensys or by its maker's programs."""

    name = "shimmer"
    level = "simulated"
    settings_type: ClassVar[type[Settings]] = ShimmerSettings

    def __init__(self, settings: ShimmerSettings) -> None:
        super().__init__(settings)
        self._settings = settings
        self._sink: Sink | None = None
        self._port: Any = None
        self._inquiry = Inquiry(1.0, ())
        self._calibrations: dict[Sensor, Calibration] = {}
        self._scales = np.empty(0)
        self._packets: Packets | None = None
        self._clock: SampleClock | None = None
        self._tick: float | None = None
        self._heard = 0.0

    @classmethod
    @contextmanager
    def simulated(cls) -> Iterator[Settings]:
        """A Shimmer on a pseudo terminal."""
        from groundup_plugins.devices.simulators.shimmer import (
            ACCELEROMETER,
            EMG_24,
            GYROSCOPE,
            Behaviour,
            ShimmerSensor,
        )

        with ShimmerSensor(Behaviour((*ACCELEROMETER, *GYROSCOPE, *EMG_24), divider=64)) as sensor:
            yield ShimmerSettings(port=sensor.path, segment="shank", side="L")

    def connect(self) -> Mapping[str, StreamSpec]:
        """Open the port, and ask the sensor what it sends."""
        try:
            import serial
        except ImportError as error:
            raise missing("pyserial", "shimmer") from error
        where = self._settings.port
        try:
            self._port = serial.serial_for_url(where, baudrate=115200, timeout=_ANSWERS_S, write_timeout=_ANSWERS_S)
        except (OSError, ValueError) as error:
            raise OSError(f"the port {where} cannot be opened ({error}): is the Shimmer paired and on?") from None
        line = Line(self._port.write, self._port.read)
        line.send(protocol.STOP)
        self._port.reset_input_buffer()
        self._inquiry = line.inquire()
        sensors = {field.sensor for field in self._inquiry.fields}
        self._calibrations = line.calibrations()
        if (odd := sorted(sensors.intersection(protocol.CALIBRATED) - set(self._calibrations))) != []:
            raise OSError(f"the Shimmer keeps no calibration of its {', '.join(odd)}: calibrate it in Consensys")
        gain = cast(ShimmerSettings, self.settings).emg_gain
        if gain and "emg" in sensors:
            line.set_exg_gain(gain)
        self._scale(line)
        return self._specs(line.firmware())

    def begin(self, sink: Sink) -> None:
        """Ask it to stream."""
        self._sink = sink
        self._packets = Packets(self._inquiry)
        self._clock = self.sample_clock(protocol.TICKS_HZ)
        self._tick = None
        Line(self._port.write, self._port.read).send(protocol.START)
        self._port.timeout = POLL_S
        self._heard = time.monotonic()

    def read(self, sink: Sink) -> None:
        """Push the packets that have come."""
        data = self._port.read(max(1, self._port.in_waiting))
        arrived = sink.clock()
        if data:
            self._push(sink, data, arrived)
        if time.monotonic() - self._heard > _SILENT_S:
            raise OSError(f"the Shimmer has sent no whole packet for {_SILENT_S:g} s")

    def finish(self, sink: Sink) -> None:
        """Ask it to stop, and push what it had sent by then."""
        self._stop_and_push(sink)
        if self._packets is not None and self._packets.lost_bytes:
            say(self.name, f"{self._packets.lost_bytes} bytes of {self._settings.port} came damaged and are left out")

    @option(of="emg", mends="clipping")
    def emg_gain(self, value: int) -> str:
        """Gain of its ExG unit: the range is 2.42 V divided by it. It pauses for a moment to take it over."""
        if not self._columns("emg"):
            raise CommandError("its EMG is switched off")
        if not value:
            raise CommandError("what it was set to in Consensys is not kept: say a gain")
        if self._sink is None or self._clock is None:
            raise CommandError("it does not stream yet")
        self._stop_and_push(self._sink)  # what it had sent is of the gain before
        self._clock.flush(self._sink)
        self._port.timeout = _ANSWERS_S
        line = Line(self._port.write, self._port.read)
        line.set_exg_gain(value)
        self._scale(line)
        self.begin(self._sink)
        return f"the range is ±{1e3 * protocol.EXG_VOLTS / value:.4g} mV"

    def _stop_and_push(self, sink: Sink) -> None:
        self._port.write(bytes([protocol.STOP]))
        until = time.monotonic() + _ANSWERS_S
        while data := self._port.read(max(1, self._port.in_waiting)):
            self._push(sink, data, sink.clock())
            if time.monotonic() > until:
                raise OSError("the Shimmer does not stop sending")

    def _scale(self, line: Line) -> None:
        """Ask for the gains, by which counts are volts."""
        gains = line.exg_gains() if self._columns("emg") else {}
        fields = self._inquiry.fields
        self._scales = np.array([protocol.emg_scale(f, gains[f.axis]) if f.sensor == "emg" else 1.0 for f in fields])

    def disconnect(self) -> None:
        """Close the port."""
        if self._port is not None:
            with suppress(OSError):
                self._port.close()
            self._port = None

    def _push(self, sink: Sink, data: bytes, arrived: float) -> None:
        if self._packets is None or self._clock is None:
            return
        ticks, counts = self._packets.feed(data)
        if not len(ticks):
            return
        self._heard = time.monotonic()
        numbers = unwrap(ticks, protocol.TICKS_WRAP, self._tick)
        self._tick = float(numbers[-1])
        self._clock.push(sink, self._parts(counts * self._scales), numbers, arrived)

    def _columns(self, sensor: Sensor) -> list[int]:
        return [column for column, field in enumerate(self._inquiry.fields) if field.sensor == sensor]

    def _sent(self) -> dict[str, list[Sensor]]:
        """The sensors that are on, by stream."""
        found = {key: [s for s in sensors if self._columns(s)] for key, sensors in _STREAMS.items()}
        return {key: sensors for key, sensors in found.items() if sensors}

    def _parts(self, values: NDArray[np.float64]) -> dict[str, NDArray[np.float32]]:
        return {
            key: np.hstack([self._in_si(s, values[:, self._columns(s)]) for s in sensors]).astype(np.float32)
            for key, sensors in self._sent().items()
        }

    def _in_si(self, sensor: Sensor, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return values if sensor == "emg" else self._calibrations[sensor](values) * _SI[sensor][1]

    def _specs(self, firmware: str) -> dict[str, StreamSpec]:
        sent = self._sent()
        if not sent:
            raise OSError("the Shimmer sends no accelerometer, gyroscope, magnetometer or EMG: switch them on")
        kinds = {"imu": "IMU", "wide_range": "IMU", "emg": "EMG"}
        extra = {"manufacturer": "Shimmer", "model": "Shimmer3", "firmware": firmware}
        return {
            key: StreamSpec(
                f"Shimmer {key}", kinds[key], self._inquiry.rate, "float32",
                tuple(channel for sensor in sensors for channel in self._channels(sensor)),
                latency_s=self._settings.latency_s, extra=extra,
            )
            for key, sensors in sent.items()
        }  # fmt: skip

    def _channels(self, sensor: Sensor) -> list[Channel]:
        settings, fields = self._settings, [self._inquiry.fields[column] for column in self._columns(sensor)]
        if sensor != "emg":
            unit = _SI[sensor][0]
            return [Channel(f"{_CALLED[sensor]}_{f.axis}", unit, settings.segment, settings.side) for f in fields]
        worn = [(f.axis, settings.electrodes.get(f.axis, ShimmerElectrode())) for f in fields]
        return [Channel(f"EMG {axis}", "V", one.site, one.side or settings.side) for axis, one in worn]


@hookimpl
def groundup_devices() -> list[type[Device]]:
    """The driver of Shimmer3."""
    return [Shimmer]
