"""Movella DOT against a fake Bluetooth adapter: late, overtaking, lost and returning, by the published protocol."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import numpy as np
import pytest
from driving import driven

from groundup.plugin import Settings
from groundup.testing import AsyncDeviceContract, AsyncPeer, Radio
from groundup_plugins.devices.movella_dot import (
    BATTERY,
    CONFIGURATION,
    CONTROL,
    DotSensor,
    MovellaDot,
    MovellaDotSettings,
    standing,
    unpacked,
)

pytestmark = pytest.mark.rig  # a device in real time is waited for

WORN = {f"D4:22:CD:00:00:0{n}": DotSensor(*worn) for n, worn in enumerate([("pelvis",), ("shank", "L"), ("foot", "R")])}


class TestMovellaDot(AsyncDeviceContract):
    driver = MovellaDot

    @contextmanager
    def sensors(self, radio: Radio) -> Iterator[tuple[Settings, AsyncPeer]]:
        with AsyncPeer(standing, list(WORN), 60.0, radio).as_bleak() as peer:
            yield MovellaDotSettings(sensors=WORN), peer


def test_every_packet_is_a_sample_in_si_units_at_its_own_time() -> None:
    radio = Radio(late_s=0.1, overtake=True, ppm={"D4:22:CD:00:00:01": 80.0}, seed=2)
    with TestMovellaDot().sensors(radio) as (settings, peer), driven(MovellaDot(settings)) as (specs, sink):
        peer.readable[BATTERY] = bytes([9, 0])
        sink.wait_for(240, "pelvis", "shank_L", "foot_R")
        peer.wait_until(lambda: bool(sink.healths))
    assert {level.of for level in sink.healths[-1]} <= {"pelvis", "shank_L", "foot_R"}
    assert {level.colour for level in sink.healths[-1]} == {"red"}
    assert [(c.label, c.unit, c.site, c.side) for c in specs["shank_L"].channels][2:4] == [
        ("acc_z", "m/s^2", "shank", "L"), ("gyr_x", "rad/s", "shank", "L"),
    ]  # fmt: skip
    samples, times = sink.stream("shank_L")
    np.testing.assert_allclose(samples[:, 2], 9.81, rtol=1e-6)
    numbers = np.round(np.degrees(samples[:, 3])).astype(int)
    steps = np.diff(numbers) % 90
    assert (steps >= 1).all()
    np.testing.assert_allclose(np.diff(times), steps / 60.0, atol=0.02)
    commands = [data for _, characteristic, data in peer.written if characteristic == CONTROL]
    assert set(commands) == {bytes([1, 1, 21]), bytes([1, 0, 21])}, "each is started and stopped"


def test_the_rate_is_set_and_nothing_else_of_the_configuration() -> None:
    with TestMovellaDot().sensors(Radio()) as (settings, peer), driven(MovellaDot(settings)) as (_, sink):
        sink.wait_for(5, "pelvis")
    (message,) = {data for _, characteristic, data in peer.written if characteristic == CONFIGURATION}
    assert message == bytes([16, *[0] * 23, 60, 0, *[0] * 6])


def test_a_packet_as_the_specification_has_it() -> None:
    data = struct.pack("<I6f", 4_000_000_000, 1.0, 2.0, 3.0, 90.0, -180.0, 0.0) + b"\0" * 12
    stamp, sample = unpacked(data)
    assert stamp == 4e9
    np.testing.assert_allclose(sample, [[1, 2, 3, np.pi / 2, -np.pi, 0]], rtol=1e-6)
    with pytest.raises(OSError, match="20 bytes"):
        unpacked(bytes(20))


def test_half_a_packet_is_left_out_and_counted() -> None:
    def cut(address: str, number: int) -> bytes:
        return standing(address, number)[: 10 if number % 2 else None]

    worn = {"D4:22:CD:00:00:01": DotSensor("pelvis")}
    with AsyncPeer(cut, list(worn), 60.0).as_bleak(), driven(MovellaDot(MovellaDotSettings(sensors=worn))) as (_, sink):
        sink.wait_for(60, "pelvis")
    assert sink.omitted["pelvis"] > 50


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"sensors": {"A": {"segment": "shank", "side": "L"}, "B": {"segment": "shank", "side": "L"}}}, "shank_L"),
        ({"sensors": {"A": {"segment": "pelvis"}}, "rate": 50}, "50"),
    ],
)
def test_settings_that_cannot_be_are_refused(table: dict[str, object], words: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=words):
        msgspec.convert(table, MovellaDotSettings)
