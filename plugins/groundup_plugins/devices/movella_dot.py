"""Movella (Xsens) DOT sensors over Bluetooth: acceleration and angular rate of each, switched on in any order.

By Movella's *DOT Bluetooth Low Energy Services Specification*: the measurement service, payload *rate quantities*.
"""

import asyncio
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import Any, ClassVar, Literal

import numpy as np

from groundup.plugin import (
    AsyncDevice,
    Channel,
    Device,
    HealthLevel,
    SensorPort,
    SensorStream,
    Settings,
    Side,
    StreamSpec,
    hookimpl,
    missing,
)

CONFIGURATION, CONTROL, MEDIUM_PAYLOAD, BATTERY = (
    f"{number}-4947-11e9-8646-d663bd873d93" for number in ("15171002", "15172001", "15172003", "15173001")
)
_RATE_QUANTITIES = 21
_PACKET = struct.Struct("<I6f")  # microseconds, m/s², degrees a second
_TICKS, _WRAP = 1e6, 2.0**32
_REORDER_S = 0.35
_BATTERY_EVERY_S = 30.0
_AMBER, _RED = 0.25, 0.1
_LOOK_S = 3.0
_SCALES = np.repeat([1.0, np.pi / 180], 3)


class DotSensor(Settings, frozen=True):
    """``sensors."D4:22:CD:00:31:7D" = {...}``: where a sensor is worn, by its address.

    Attributes
    ----------
    segment : str
        Segment it is strapped to.
    side : str
        ``L`` or ``R``.
    """

    segment: str
    side: Side = ""

    @property
    def key(self) -> str:
        """Of its stream."""
        return f"{self.segment}_{self.side}".rstrip("_")


class MovellaDotSettings(Settings, frozen=True, kw_only=True):
    """A set of DOT sensors.

    Attributes
    ----------
    sensors : table
        By address, as Movella's app shows it.
    rate : int
        Samples a second: 1, 4, 10, 12, 15, 20, 30, 60 or 120; with more than a few sensors the radio carries 60.
    latency_s : float
        How late samples are when they leave a sensor, at the least; measure it with a sync event.
    """

    sensors: dict[str, DotSensor]
    rate: Literal[1, 4, 10, 12, 15, 20, 30, 60, 120] = 60
    latency_s: float = 0.0

    def __post_init__(self) -> None:
        """Refuse two sensors in one place."""
        keys = [sensor.key for sensor in self.sensors.values()]
        for key in keys:
            if keys.count(key) > 1:
                raise ValueError(f"two sensors are worn at {key}")


class MovellaDot(AsyncDevice):
    """Acceleration and angular rate of each sensor, as ``dots.shank_L``."""

    name = "movella_dot"
    level = "simulated"
    settings_type: ClassVar[type[Settings]] = MovellaDotSettings
    longest_pause_s = 5.0  # while it connects to one, the radio serves the others less

    def __init__(self, settings: MovellaDotSettings) -> None:
        super().__init__(settings)
        self._settings = settings
        self._batteries: dict[str, float] = {}

    @classmethod
    @contextmanager
    def simulated(cls) -> Iterator[Settings]:
        """Two sensors that stand still."""
        from groundup.testing import AsyncPeer

        worn = {"D4:22:CD:00:00:01": DotSensor("pelvis"), "D4:22:CD:00:00:02": DotSensor("shank", "L")}
        with AsyncPeer(standing, list(worn), rate=60.0).as_bleak() as peer:
            peer.readable[BATTERY] = bytes([80, 0])
            yield MovellaDotSettings(sensors=worn)

    def expected(self) -> dict[str, StreamSpec]:
        """A stream of each sensor of lab.toml."""
        return {sensor.key: self._spec(sensor) for sensor in self._settings.sensors.values()}

    async def sensors(self) -> AsyncIterator[str]:
        """Those of lab.toml, as they are switched on."""
        addresses = {address.upper(): address for address in self._settings.sensors}
        while True:
            for seen in await _bleak().BleakScanner.discover(timeout=_LOOK_S):
                if seen.address.upper() in addresses:
                    yield addresses[seen.address.upper()]

    async def run(self, address: str, port: SensorPort) -> None:
        """Set a sensor's rate, start it, and hand over what it sends until it is gone."""
        sensor = self._settings.sensors[address]
        async with _bleak().BleakClient(address, disconnected_callback=port.gone) as client:
            await client.write_gatt_char(CONFIGURATION, _output_rate(self._settings.rate))
            imu = port.open(sensor.key, self._spec(sensor), port.clock(_TICKS), reorder_s=_REORDER_S, wrap=_WRAP)
            await client.start_notify(MEDIUM_PAYLOAD, lambda _, data: _hand_over(imu, data))
            await client.write_gatt_char(CONTROL, bytes([1, 1, _RATE_QUANTITIES]))
            try:
                await self._until_gone(sensor.key, client, port)
            finally:
                with suppress(Exception):  # it may be out of range
                    await client.write_gatt_char(CONTROL, bytes([1, 0, _RATE_QUANTITIES]))

    def health(self) -> list[HealthLevel]:
        """How full each battery is."""
        return [HealthLevel("battery", share, "1", _AMBER, _RED, key) for key, share in self._batteries.items()]

    async def _until_gone(self, key: str, client: Any, port: SensorPort) -> None:
        async def ask() -> None:
            while True:
                with suppress(Exception):  # an older firmware, or just out of range
                    self._batteries[key] = min(1.0, (await client.read_gatt_char(BATTERY))[0] / 100.0)
                await asyncio.sleep(_BATTERY_EVERY_S)

        asking = asyncio.create_task(ask())
        try:
            await port.until_gone()
        finally:
            asking.cancel()
            self._batteries.pop(key, None)

    def _spec(self, sensor: DotSensor) -> StreamSpec:
        units = {"acc": "m/s^2", "gyr": "rad/s"}
        channels = tuple(
            Channel(f"{kind}_{axis}", units[kind], sensor.segment, sensor.side) for kind in units for axis in "xyz"
        )
        return StreamSpec(
            f"DOT {sensor.segment} {sensor.side}".strip(), "IMU", float(self._settings.rate), "float32", channels,
            latency_s=self._settings.latency_s, extra={"manufacturer": "Movella", "model": "DOT"},
        )  # fmt: skip


def unpacked(data: bytes) -> tuple[float, Any]:
    """A packet's time in the sensor's microseconds, and its sample, shape (1, 6), in m/s² and rad/s.

    Raises
    ------
    OSError
        If it is no packet of this kind.
    """
    if len(data) < _PACKET.size:
        raise OSError(f"a packet of {len(data)} bytes came: rate quantities have {_PACKET.size}")
    stamp, *values = _PACKET.unpack_from(data)
    return float(stamp), (np.array([values]) * _SCALES).astype(np.float32)


def _hand_over(imu: SensorStream, data: bytes) -> None:
    try:
        imu.packet(*unpacked(data))
    except OSError as error:  # nobody hears of what a callback raises
        imu.left_out(1, str(error))


def standing(address: str, number: int) -> bytes:
    """Packet `number` of a sensor that stands still and turns by `number` mod 90 degrees a second: the simulator's."""
    stamp = round((number + 1) * _TICKS / 60.0) % 2**32
    return _PACKET.pack(stamp, 0.0, 0.0, 9.81, float(number % 90), 0.0, 0.0)


def _output_rate(rate: int) -> bytes:
    """The configuration that sets the output rate only: bit 4 of the first byte says so."""
    message = bytearray(32)
    message[0] = 1 << 4
    message[24:26] = rate.to_bytes(2, "little")
    return bytes(message)


def _bleak() -> Any:
    try:
        import bleak
    except ImportError as error:
        raise missing("bleak", "movella_dot") from error
    return bleak


@hookimpl
def groundup_devices() -> list[type[Device]]:
    """The driver of Movella DOT sensors."""
    return [MovellaDot]
