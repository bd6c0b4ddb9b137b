"""The driver of Qualisys: a stream for each analog board and force plate, one for all rigid bodies, one for events.

QTM counts analog samples and forces itself and stamps its frames with the cameras' clock in microseconds; these tell
the time, the arrival of a packet does not.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import (
    Channel,
    Device,
    PolledDevice,
    SampleClock,
    Settings,
    Sink,
    Streams,
    StreamSpec,
    as_key,
    hookimpl,
    missing,
)  # fmt: skip
from groundup_plugins.devices.qualisys.parameters import (
    Board,
    ForcePlate,
    read_boards,
    read_bodies,
    read_plates,
    read_rate,
)  # fmt: skip
from groundup_plugins.devices.qualisys.settings import QualisysSettings

_PATIENCE_S = 2.0
_PUMP_S = 0.02
_FORCE_LABELS = ("Fx", "Fy", "Fz", "Mx", "My", "Mz")
_BODY_LABELS = ("x", "y", "z", *(f"r{row}{column}" for row in "123" for column in "123"), "residual")
_MICROSECONDS = 1e6
_BODIES, _EVENTS = "bodies", "events"


@dataclass(frozen=True)
class _Block:
    """Samples of one stream, and the count or clock reading of each."""

    stream: str
    samples: NDArray[np.float32] | list[list[str]]
    numbers: NDArray[np.float64]
    arrived: float


class Qualisys(PolledDevice):
    """Everything that QTM measures beside the cameras' markers."""

    name = "qualisys"
    level = "simulated"
    settings_type: ClassVar[type[Settings]] = QualisysSettings

    def __init__(self, settings: QualisysSettings) -> None:
        super().__init__(settings)
        self._settings = settings
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connection: Any = None
        self._lost = False
        self._sink: Sink | None = None
        self._waiting: list[_Block] = []
        self._boards: dict[int, tuple[str, Board]] = {}
        self._plates: dict[int, tuple[str, ForcePlate]] = {}
        self._bodies: int | None = None
        self._clocks: dict[str, SampleClock] = {}

    @classmethod
    @contextmanager
    def simulated(cls) -> Iterator[Settings]:
        """A Qualisys Track Manager without cameras."""
        from groundup_plugins.devices.simulators.qtm import QtmServer

        with QtmServer() as server:
            yield QualisysSettings(port=server.port)

    def connect(self) -> Streams:
        """Connect to QTM, and ask what it measures."""
        try:
            import qtm_rt
        except ImportError as error:
            raise missing("qtm-rt", "qualisys") from error
        settings = self._settings
        where = f"{settings.host}:{settings.port}"
        self._loop = asyncio.new_event_loop()
        self._lost, self._waiting = False, []
        try:
            self._connection = self._run(self._open(qtm_rt), 2.0 * _PATIENCE_S)
            if self._connection is None:
                raise OSError(
                    f"no QTM answers at {where}: start Qualisys Track Manager there, and its real-time output"
                )
            components = ["general", *(part for part in settings.components if part != "events")]
            xml = self._run(self._connection.get_parameters(components), _PATIENCE_S)
        except (TimeoutError, qtm_rt.QRTCommandException) as error:
            raise OSError(f"QTM at {where} does not answer as it should: {error or 'it is silent'}") from error
        return self._streams_of(xml.decode("utf-8", "replace"))

    def begin(self, sink: Sink) -> None:
        """Ask QTM to stream every frame."""
        self._sink = sink
        components = [{"6d": "6dres"}.get(part, part) for part in self._settings.components if part != "events"]
        try:
            if components:
                self._run(self._connection.stream_frames("allframes", components, self._on_packet), _PATIENCE_S)
        except Exception as error:  # qtm_rt's own errors are plain Exceptions
            raise OSError(f"QTM does not stream: {error}") from error

    def read(self, sink: Sink) -> None:
        """Push what QTM has sent."""
        self._run(asyncio.sleep(_PUMP_S), 1.0)
        self._push(sink)
        if self._lost:
            raise OSError("QTM has closed the connection")

    def finish(self, sink: Sink) -> None:
        """Ask QTM to stop, and push what it had sent by then."""
        with suppress(Exception):
            self._run(self._connection.stream_frames_stop(), _PATIENCE_S)
        self._push(sink)

    def disconnect(self) -> None:
        """Leave QTM."""
        connection, self._connection = self._connection, None
        loop, self._loop = self._loop, None
        if loop is None:
            return
        if connection is not None and connection.has_transport():
            connection.disconnect()
            loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    async def _open(self, qtm_rt: Any) -> Any:
        settings = self._settings
        return await qtm_rt.connect(
            settings.host, settings.port, version=settings.version, timeout=_PATIENCE_S,
            on_event=self._on_event, on_disconnect=self._on_disconnect, loop=self._loop,
        )  # fmt: skip

    def _run(self, coroutine: Any, timeout: float) -> Any:
        if self._loop is None:
            coroutine.close()
            raise OSError("there is no connection to QTM")
        return self._loop.run_until_complete(asyncio.wait_for(coroutine, timeout))

    def _streams_of(self, xml: str) -> dict[str, StreamSpec]:
        settings, streams = self._settings, dict[str, StreamSpec]()
        self._clocks = {}
        for board in read_boards(xml, settings) if "analog" in settings.components else ():
            kind = settings.types.get(board.name, "Analog")
            key = as_key(board.name, (_BODIES, _EVENTS, *streams))
            self._boards[board.number] = (key, board)
            self._clocks[key] = self.sample_clock(board.rate)
            streams[key] = self._spec(f"QTM {board.name}", kind, board.rate, board.channels)
        for plate in read_plates(xml) if "force" in settings.components else ():
            units = ("N",) * 3 + (settings.moment_unit,) * 3
            side = settings.sides.get(plate.name, "")
            channels = tuple(
                Channel(label, unit, f"plate:{plate.number}", side)
                for label, unit in zip(_FORCE_LABELS, units, strict=True)
            )
            key = as_key(plate.name, (_BODIES, _EVENTS, *streams))
            self._plates[plate.number] = (key, plate)
            self._clocks[key] = self.sample_clock(plate.rate)
            streams[key] = self._spec(f"QTM {plate.name}", "Force", plate.rate, channels, plate)
        bodies = read_bodies(xml) if "6d" in settings.components else []
        if bodies:
            body_units = ("mm",) * 3 + ("1",) * 9 + ("mm",)
            channels = tuple(
                Channel(f"{body}.{label}", unit)
                for body in bodies
                for label, unit in zip(_BODY_LABELS, body_units, strict=True)
            )
            self._bodies = len(bodies)
            self._clocks[_BODIES] = self.sample_clock(_MICROSECONDS)
            streams[_BODIES] = self._spec("QTM 6DOF", "MoCap", read_rate(xml), channels)
        if not streams:
            raise OSError("QTM measures nothing of what is asked for: no analog board, force plate or rigid body")
        if "events" in settings.components:
            streams[_EVENTS] = StreamSpec("QTM events", "Markers", 0.0, "string", (Channel("event"),))
        return streams

    def _spec(
        self, name: str, kind: str, rate: float, channels: tuple[Channel, ...], plate: ForcePlate | None = None
    ) -> StreamSpec:
        return StreamSpec(
            name, kind, rate, "float32", channels,
            plate=plate.plate if plate is not None else None, latency_s=self._settings.latency_s,
            extra={"manufacturer": "Qualisys"},
        )  # fmt: skip

    def _on_packet(self, packet: Any) -> None:
        """Take a packet apart; called by qtm_rt while the loop runs."""
        if self._sink is None:
            return
        arrived = self._sink.clock()
        for stream, samples, numbers in (*self._analog(packet), *self._forces(packet), *self._rigid(packet)):
            self._waiting.append(_Block(stream, samples, numbers, arrived))

    def _analog(self, packet: Any) -> Iterator[tuple[str, NDArray[np.float32], NDArray[np.float64]]]:
        found = packet.get_analog()
        channels: dict[int, list[Any]] = {}
        first: dict[int, int] = {}
        for device, sample, values in found[1] if found else ():
            channels.setdefault(device.id, []).append(values.samples)
            first[device.id] = sample.sample_number
        for number, values in channels.items():
            if number in self._boards and len(values) == len(self._boards[number][1].channels):
                samples = np.array(values, np.float32).T
                yield self._boards[number][0], samples, first[number] + np.arange(len(samples), dtype=np.float64)

    def _forces(self, packet: Any) -> Iterator[tuple[str, NDArray[np.float32], NDArray[np.float64]]]:
        found = packet.get_force()
        for plate, forces in found[1] if found else ():
            if plate.id in self._plates and forces:
                samples = np.array([tuple(force)[:6] for force in forces], np.float32)
                yield self._plates[plate.id][0], samples, plate.force_number + np.arange(len(samples), dtype=np.float64)

    def _rigid(self, packet: Any) -> Iterator[tuple[str, NDArray[np.float32], NDArray[np.float64]]]:
        found = packet.get_6d_residual() if self._bodies is not None else None
        if found and len(found[1]) == self._bodies:
            values = [v for at, turn, rest in found[1] for v in (*at, *turn.matrix, rest.residual)]
            yield _BODIES, np.array([values], np.float32), np.array([float(packet.timestamp)])

    def _on_event(self, event: Any) -> None:
        if self._sink is not None and "events" in self._settings.components:
            word = event.name.removeprefix("Event")
            self._waiting.append(_Block(_EVENTS, [[word]], np.empty(0), self._sink.clock()))

    def _on_disconnect(self, _: object) -> None:
        self._lost = True

    def _push(self, sink: Sink) -> None:
        blocks, self._waiting = self._waiting, []
        for block in blocks:
            clock = self._clocks.get(block.stream)
            if clock is None:
                sink.push(block.samples, np.full(len(block.samples), block.arrived), block.stream)
            else:
                clock.push(sink, {block.stream: block.samples}, block.numbers, block.arrived)


@hookimpl
def groundup_devices() -> list[type[Device]]:
    """The driver of Qualisys Track Manager."""
    return [Qualisys]
