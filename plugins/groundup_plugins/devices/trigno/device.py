"""The driver of Delsys Trigno: one EMG stream, and a stream of accelerometer and gyroscope for each sensor."""

import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import (
    POLL_S,
    Channel,
    Device,
    PolledDevice,
    SampleClock,
    Settings,
    Sink,
    Streams,
    StreamSpec,
    hookimpl,
)
from groundup_plugins.devices.trigno.protocol import PATIENCE_S, Commands, Sensor, System, ask_system
from groundup_plugins.devices.trigno.settings import TrignoSensor, TrignoSettings

_SILENT_S = 5.0  # the server takes up to two seconds to begin
_LARGEST = 1 << 18


@dataclass
class _DataPort:
    """A data port: float32 frames of a fixed number of channels, in pieces of any length."""

    socket: socket.socket
    channels: int
    dtype: str
    clock: SampleClock
    count: int = 0
    rest: bytes = b""
    columns: list[tuple[str, list[int], NDArray[np.float64]]] = field(default_factory=list)

    def receive(self, sink: Sink) -> None:
        """Push the frames that have come."""
        data = self.socket.recv(_LARGEST)
        arrived = sink.clock()
        if not data:
            raise OSError("the Trigno server has closed a data port")
        data = self.rest + data
        frames = len(data) // (4 * self.channels)
        whole = frames * 4 * self.channels
        self.rest = data[whole:]
        if not frames:
            return
        values = np.frombuffer(data[:whole], self.dtype).reshape(frames, self.channels)
        # TCP loses nothing, so the number of a sample is how many came before it.
        parts = {key: (values[:, columns] * scale).astype(np.float32) for key, columns, scale in self.columns}
        self.clock.push(sink, parts, np.arange(self.count, self.count + frames), arrived)
        self.count += frames


class Trigno(PolledDevice):
    """EMG in volts at the base station's rate, accelerations and angular rates in SI units at theirs."""

    name = "trigno"
    level = "simulated"
    settings_type: ClassVar[type[Settings]] = TrignoSettings

    def __init__(self, settings: TrignoSettings) -> None:
        super().__init__(settings)
        self._settings = settings
        self._commands: Commands | None = None
        self._ports: list[_DataPort] = []
        self._heard = 0.0

    @classmethod
    @contextmanager
    def simulated(cls) -> Iterator[Settings]:
        """A Trigno server without a base station."""
        from groundup_plugins.devices.simulators.trigno import TrignoServer

        with TrignoServer() as server:
            command, emg, aux = server.ports
            yield TrignoSettings(command_port=command, emg_port=emg, aux_port=aux)

    def connect(self) -> Streams:
        """Ask the server what is paired, and open its data ports."""
        settings = self._settings
        self._commands = Commands(settings)
        system = ask_system(self._commands, settings)
        emg = self._port(settings.emg_port, system.emg_channels, system, system.emg_rate)
        self._ports = [emg]
        muscles = [sensor for sensor in system.sensors if sensor.emg_columns]
        streams: dict[str, StreamSpec] = {}
        if muscles:
            columns = [column for sensor in muscles for column in sensor.emg_columns]
            volts = [sensor.emg_scale for sensor in muscles for _ in sensor.emg_columns]
            emg.columns.append(("emg", columns, np.array(volts)))
            streams["emg"] = self._emg_spec(muscles, system)
        moving = [sensor for sensor in system.sensors if sensor.aux] if settings.imu else []
        if moving:
            aux = self._port(settings.aux_port, system.aux_channels, system, system.aux_rate)
            self._ports.append(aux)
            for sensor in moving:
                key = f"imu_{sensor.slot}"
                aux.columns.append((key, [c.column for c in sensor.aux], np.array([c.scale for c in sensor.aux])))
                streams[key] = self._imu_spec(sensor, system)
        return streams

    def begin(self, sink: Sink) -> None:
        """Ask the server to send."""
        if self._commands is not None:
            answer = self._commands.ask("START")
            if answer.upper() != "OK":
                raise OSError(f"the Trigno server says {answer!r} to 'START'")
        self._heard = time.monotonic()

    def read(self, sink: Sink) -> None:
        """Push what has come on the data ports."""
        ready, _, _ = select.select([port.socket for port in self._ports], [], [], POLL_S)
        for port in self._ports:
            if port.socket in ready:
                port.receive(sink)
        if ready:
            self._heard = time.monotonic()
        elif time.monotonic() - self._heard > _SILENT_S:
            raise OSError(f"the Trigno server has sent nothing for {_SILENT_S:g} s")
        if self._commands is not None and self._commands.stopped():
            raise OSError("the Trigno server has stopped sending")

    def finish(self, sink: Sink) -> None:
        """Ask the server to stop, and push what it had sent by then."""
        if self._commands is not None:
            self._commands.ask("STOP")
        for port in self._ports:
            while select.select([port.socket], [], [], 0)[0]:
                port.receive(sink)

    def disconnect(self) -> None:
        """Close all connections."""
        for port in self._ports:
            with suppress(OSError):
                port.socket.close()
        self._ports = []
        if self._commands is not None:
            with suppress(OSError):
                self._commands.close()
            self._commands = None

    def _port(self, number: int, channels: int, system: System, rate: float) -> _DataPort:
        try:
            connection = socket.create_connection((self._settings.host, number), PATIENCE_S)
        except OSError as error:
            raise OSError(f"the data port {number} of the Trigno server cannot be opened: {error}") from error
        return _DataPort(connection, channels, f"{system.byte_order}f4", self.sample_clock(rate))

    def _worn(self, sensor: Sensor) -> TrignoSensor:
        return self._settings.sensors.get(str(sensor.slot), TrignoSensor())

    def _emg_spec(self, sensors: list[Sensor], system: System) -> StreamSpec:
        channels = []
        for sensor in sensors:
            worn = self._worn(sensor)
            label = worn.label or f"{worn.site} {worn.side}".strip() or f"sensor {sensor.slot}"
            for number, _ in enumerate(sensor.emg_columns, 1):
                more = f" ({number})" if len(sensor.emg_columns) > 1 else ""
                channels.append(Channel(label + more, sensor.emg_unit, worn.site, worn.side))
        return StreamSpec(
            "Trigno EMG", "EMG", system.emg_rate, "float32", tuple(channels),
            latency_s=self._settings.latency_s, extra={"manufacturer": "Delsys", "server": system.banner},
        )  # fmt: skip

    def _imu_spec(self, sensor: Sensor, system: System) -> StreamSpec:
        worn = self._worn(sensor)
        channels = tuple(Channel(c.label, c.unit, worn.segment, worn.side) for c in sensor.aux)
        where = f"{worn.segment} {worn.side}".strip() or str(sensor.slot)
        return StreamSpec(
            f"Trigno IMU {where}", "IMU", system.aux_rate, "float32", channels,
            latency_s=self._settings.latency_s,
            extra={"manufacturer": "Delsys", "model": sensor.kind, "serial_number": sensor.serial},
        )  # fmt: skip


@hookimpl
def groundup_devices() -> list[type[Device]]:
    """The driver of Delsys Trigno."""
    return [Trigno]
