"""Radio sensors that are not there: late, overtaking, lost, switched on later, out of range and back; as they are told.

They run in the loop of the driver under test, and speak as the package bleak does::

    with AsyncPeer(packet, ["A", "B"], rate=10, radio=Radio(late_s=0.3, overtake=True)).as_bleak():
        with driven(MyImus(MyImusSettings())) as (specs, sink):
            sink.wait_for(200, "shank_L")
"""

from __future__ import annotations

import asyncio
import random
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Self
from unittest.mock import patch

PacketOf = Callable[[str, int], bytes]
"""Bytes of packet n of the sensor of an address."""

_PATIENCE_S = 60.0
_LOOK_S = 0.02


class RadioError(Exception):
    """What bleak calls a BleakError: the sensor is not there."""


@dataclass(frozen=True)
class Radio:
    """How packets travel, and when sensors are there; times are counted from when the peer is made.

    Attributes
    ----------
    late_s : float
        A packet comes so late at the most: by chance, evenly.
    overtake : bool
        Whether a late packet may be overtaken by those behind it; else they wait for it.
    drop : float
        Share of packets that never come.
    on_s : mapping of str to float
        When a sensor is switched on; the others are from the beginning.
    away_s : mapping of str to (float, float)
        From when to when a sensor is out of range.
    ppm : mapping of str to float
        How wrong a sensor's crystal is.
    seed : int
    """

    late_s: float = 0.0
    overtake: bool = False
    drop: float = 0.0
    on_s: Mapping[str, float] = field(default_factory=dict)
    away_s: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    ppm: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0


GOOD_RADIO = Radio()


class AsyncPeer:
    """Sensors that send packet after packet to whoever has asked for them.

    Parameters
    ----------
    packet : callable
        Bytes of packet n of an address; packet 0 is of when it was switched on.
    addresses : sequence of str
    rate : float
        Packets a second, of each.
    radio : Radio

    Attributes
    ----------
    delivered : dict
        Address to the numbers of the packets that have come to the driver, in the order in which they came.
    written : list
        What was written to sensors: address, characteristic, bytes.
    readable : dict
        Characteristic to the bytes that are read from it.
    """

    def __init__(self, packet: PacketOf, addresses: Sequence[str], rate: float, radio: Radio = GOOD_RADIO) -> None:
        from groundup import lsl

        self.packet, self.addresses, self.rate, self.radio = packet, tuple(addresses), rate, radio
        self.delivered: dict[str, list[int]] = defaultdict(list)
        self.written: list[tuple[str, str, bytes]] = []
        self.readable: dict[str, bytes] = {}
        self.clock = lsl.clock
        self._begun = self.clock()
        self._news = threading.Condition()

    def on(self, address: str) -> float:
        """When a sensor was switched on, on LSL's clock."""
        return self._begun + self.radio.on_s.get(address, 0.0)

    def taken(self, address: str, number: float) -> float:
        """When a packet was complete, on LSL's clock; truth for the times of its samples."""
        return self.on(address) + (number + 1) / (self.rate * (1.0 + 1e-6 * self.radio.ppm.get(address, 0.0)))

    def there(self, address: str) -> bool:
        """Whether a sensor is on and in range."""
        now = self.clock()
        begin, end = self.radio.away_s.get(address, (0.0, 0.0))
        return address in self.addresses and now >= self.on(address) and not begin <= now - self._begun < end

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds, looking at each packet that is delivered.

        Raises
        ------
        AssertionError
            If it does not come to hold.
        """
        with self._news:
            if not self._news.wait_for(holds, _PATIENCE_S):
                raise AssertionError(f"that did not happen within {_PATIENCE_S:.0f} s")

    def client(self, address: str, gone: Callable[[Any], object] | None = None) -> AsyncClient:
        """A connection to a sensor, to be entered."""
        return AsyncClient(self, address, gone)

    @contextmanager
    def as_bleak(self) -> Iterator[Self]:
        """Have ``import bleak`` find these sensors and no others."""
        peer = self

        class BleakScanner:
            """Finds the sensors that are on."""

            @staticmethod
            async def discover(timeout: float = 5.0, **_: object) -> list[Advertised]:
                await asyncio.sleep(min(timeout, _LOOK_S))
                return [Advertised(address, f"sensor {address}") for address in peer.addresses if peer.there(address)]

        def bleak_client(
            device: Any, disconnected_callback: Callable[[Any], object] | None = None, **_: object
        ) -> AsyncClient:
            return peer.client(getattr(device, "address", device), disconnected_callback)

        module = ModuleType("bleak")
        errors = ModuleType("bleak.exc")
        for name, item in (("BleakScanner", BleakScanner), ("BleakClient", bleak_client), ("BleakError", RadioError)):
            setattr(module, name, item)
        errors.BleakError = RadioError  # type: ignore[attr-defined]
        with patch.dict(sys.modules, {"bleak": module, "bleak.exc": errors}):
            yield self

    def _deliver(self, address: str, number: int) -> None:
        with self._news:
            self.delivered[address].append(number)
            self._news.notify_all()


@dataclass(frozen=True)
class Advertised:
    """A sensor that a scan has seen."""

    address: str
    name: str


class AsyncClient:
    """A connection to one sensor of an `AsyncPeer`, as bleak's ``BleakClient``."""

    def __init__(self, peer: AsyncPeer, address: str, gone: Callable[[Any], object] | None) -> None:
        self._peer, self.address, self._gone = peer, address, gone
        self._tasks: list[asyncio.Task[None]] = []
        self.is_connected = False

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.disconnect()

    async def connect(self) -> None:
        """Connect.

        Raises
        ------
        RadioError
            If the sensor is not there.
        """
        await asyncio.sleep(_LOOK_S)
        if not self._peer.there(self.address):
            raise RadioError(f"the sensor {self.address} was not found")
        self.is_connected = True
        self._tasks.append(asyncio.create_task(self._watch()))

    async def disconnect(self) -> None:
        """Send nothing more."""
        self.is_connected = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def write_gatt_char(self, characteristic: str, data: bytes, response: bool | None = None) -> None:
        """Keep what is written."""
        self._peer.written.append((self.address, str(characteristic), bytes(data)))

    async def read_gatt_char(self, characteristic: str) -> bytearray:
        """Read what the peer has been given for it.

        Raises
        ------
        RadioError
            If it has been given nothing.
        """
        if str(characteristic) not in self._peer.readable:
            raise RadioError(f"there is no characteristic {characteristic}")
        return bytearray(self._peer.readable[str(characteristic)])

    async def start_notify(self, characteristic: object, callback: Callable[[object, bytearray], Any]) -> None:
        """Call back with each packet from now on."""
        self._tasks.append(asyncio.create_task(self._send(characteristic, callback)))

    async def stop_notify(self, characteristic: object) -> None:
        """Call back no more."""
        for task in self._tasks[1:]:
            task.cancel()

    async def _watch(self) -> None:
        while self._peer.there(self.address):
            await asyncio.sleep(_LOOK_S)
        self.is_connected = False
        for task in self._tasks[1:]:
            task.cancel()
        if self._gone is not None:
            self._gone(self)

    async def _send(self, characteristic: object, callback: Callable[[object, bytearray], Any]) -> None:
        peer, radio = self._peer, self._peer.radio
        loop = asyncio.get_running_loop()
        number = max(0, int((peer.clock() - peer.on(self.address)) * peer.rate))
        earliest = 0.0
        while True:
            chance = random.Random(f"{radio.seed} {self.address} {number}")
            late, lost = chance.uniform(0.0, radio.late_s), chance.random() < radio.drop
            due = peer.taken(self.address, number)
            await asyncio.sleep(due - peer.clock())
            when = due + late if radio.overtake else max(due + late, earliest)
            earliest = when
            if not lost:
                loop.call_later(when - peer.clock(), self._arrive, number, characteristic, callback)
            number += 1

    def _arrive(self, number: int, characteristic: object, callback: Callable[[object, bytearray], Any]) -> None:
        if self.is_connected:
            self._peer._deliver(self.address, number)
            callback(characteristic, bytearray(self._peer.packet(self.address, number)))
