"""The laws of radio sensors: kept by the example of seven IMUs, and each bites a driver that breaks it."""

import asyncio
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from groundup.plugin import AsyncDevice, Channel, Settings, StreamSpec
from groundup.testing import AsyncDeviceContract, AsyncPeer, LawBrokenError, Radio, async_peer, driven

pytestmark = pytest.mark.rig  # a device in real time is waited for

EXAMPLE = Path(__file__).resolve().parents[3] / "examples/bluetooth-imus/bluetooth_imus.py"
found = importlib.util.spec_from_file_location("bluetooth_imus", EXAMPLE)
bluetooth_imus = importlib.util.module_from_spec(found)
found.loader.exec_module(bluetooth_imus)

WORN = {
    f"{k:02X}": worn
    for k, worn in enumerate([("pelvis", ""), *[(s, side) for s in ("thigh", "shank", "foot") for side in "LR"]])
}
KEYS = ["pelvis", "thigh_L", "thigh_R", "shank_L", "shank_R", "foot_L", "foot_R"]


class TestBluetoothImus(AsyncDeviceContract):
    driver = bluetooth_imus.BluetoothImus

    @contextmanager
    def sensors(self, radio: Radio) -> Iterator[tuple[Settings, AsyncPeer]]:
        with AsyncPeer(bluetooth_imus.standing, WORN, 10.0, radio).as_bleak() as peer:
            yield bluetooth_imus.BluetoothImusSettings(WORN), peer


def test_seven_sensors_late_and_overtaking_are_stamped_when_they_were_taken() -> None:
    """The truth is when each packet was complete: nothing else than how late it came may be left."""
    radio = Radio(late_s=0.1, overtake=True, drop=0.05, on_s={"06": 1.0}, ppm={"00": 80.0, "03": -60.0}, seed=3)
    with (
        TestBluetoothImus().sensors(radio) as (settings, peer),
        driven(bluetooth_imus.BluetoothImus(settings)) as (specs, sink),
    ):
        assert list(specs) == KEYS
        peer.wait_until(lambda: len(peer.delivered["06"]) >= 30)
    for address, key in zip(WORN, KEYS, strict=True):
        times = sink.stream(key)[1]
        numbers = sorted(peer.delivered[address])
        truth = np.concatenate([peer.taken(address, n) - np.arange(9, -1, -1) / 100.0 for n in numbers])
        assert len(times) == len(truth) - sink.omitted[key]
        if not sink.omitted[key]:
            off = times - truth
            assert -0.005 < np.median(off) < 0.06
            assert np.abs(off - np.median(off)).max() < 0.05


SPEC = StreamSpec("Radio", "IMU", 100.0, "float32", (Channel("x", "m/s^2"),))


class Plain(AsyncDevice):
    """Keeps all laws: two sensors that number their samples."""

    name = "plain"
    peer: AsyncPeer

    async def sensors(self):
        for address in self.peer.addresses:
            yield address

    async def run(self, address, port):
        async with self.peer.client(address, port.gone) as client:
            await self.listen(address, client, port)

    async def listen(self, address, client, port):
        stream = port.open(address, SPEC, self.clock(port), reorder_s=self.reorder_s)
        await client.start_notify("data", lambda _, data: self.packet(stream, int(bytes(data))))
        await port.until_gone()

    reorder_s = 0.4

    def clock(self, port):
        return port.clock(100.0)

    def packet(self, stream, number):
        stream.packet(10 * number + np.arange(10), np.ones((10, 1), np.float32))


class OneClock(Plain):
    """Stamps all sensors with one clock."""

    shared = None

    def clock(self, port):
        type(self).shared = type(self).shared or port.clock(100.0)
        return type(self).shared


class Impatient(Plain):
    """Pushes what comes as it comes, by its number."""

    begun: dict

    def packet(self, stream, number):
        first = self.begun.setdefault(stream.key, (number, stream._sink.clock()))
        times = first[1] + (10 * (number - first[0]) + np.arange(10) - 9) / 100.0
        stream._sink.push(np.ones((10, 1), np.float32), times, stream.key)


class Careless(Plain):
    """Leaves out every third packet, and does not say so."""

    def packet(self, stream, number):
        if number % 3:
            super().packet(stream, number)


class Gatherer(Plain):
    """Begins when all are there."""

    async def run(self, address, port):
        while not all(self.peer.there(other) for other in self.peer.addresses):
            await asyncio.sleep(0.01)
        await super().run(address, port)


class Faithless(Plain):
    """Does not come back to a sensor that has left."""

    async def run(self, address, port):
        try:
            await super().run(address, port)
        except OSError:
            await asyncio.Event().wait()


def contract_of(kind: type[Plain]) -> AsyncDeviceContract:
    class Contract(AsyncDeviceContract):
        driver = kind

        @contextmanager
        def sensors(self, radio):
            def packet(address, number):
                return b"%d" % number

            kind.peer, kind.begun, kind.shared = AsyncPeer(packet, ["A", "B"], 10.0, radio), {}, None
            yield Settings(), kind.peer

    return Contract()


@pytest.mark.parametrize(
    ("kind", "law", "said"),
    [
        (OneClock, "each_sensor_has_a_clock_of_its_own", "clock of its own"),
        (Impatient, "packets_that_were_overtaken_go_forwards", "times go back"),
        (Careless, "every_packet_is_pushed_or_counted", "hand over every packet"),
        (Gatherer, "a_sensor_that_comes_late_keeps_no_other_waiting", "run each by itself"),
        (Faithless, "a_sensor_that_leaves_is_told_of_and_taken_back", "not connected to again"),
    ],
)
def test_a_driver_that_breaks_a_law_is_told_what_to_change(
    kind: type[Plain], law: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(async_peer, "_PATIENCE_S", 6.0)
    getattr(contract_of(Plain), f"test_{law}")()
    with pytest.raises(LawBrokenError, match=said):
        getattr(contract_of(kind), f"test_{law}")()
