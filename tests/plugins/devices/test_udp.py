"""Datagrams over a real socket: OSC with and without time tags, plain lines and frames."""

import socket
import sys
from collections.abc import Iterator

import msgspec
import numpy as np
import pytest
from driving import driven

from groundup_plugins.devices.simulators import phone
from groundup_plugins.devices.simulators import serial_line as plate
from groundup_plugins.devices.udp import Udp, UdpSettings

pytest.importorskip("pythonosc")

OSC = {
    phone.ACCELEROMETER: {"fields": ["acc_x", "acc_y", "acc_z"], "rate": 100, "type": "IMU", "time_tag": True},
    phone.GYROSCOPE: {"fields": ["gyr_x", "-", "gyr_z"], "rate": 100, "type": "IMU",
                      "channels": {"gyr_x": {"unit": "rad/s", "scale": 0.5}}},
}  # fmt: skip


@pytest.fixture
def port() -> int:
    return phone.free_port()


@pytest.fixture
def out(port: int) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.connect(("127.0.0.1", port))
        yield made


def device(port: int, **table: object) -> Udp:
    return Udp(msgspec.convert({"port": port, "host": "127.0.0.1", **table}, UdpSettings))


def test_a_phones_sensors_become_streams_with_the_phones_own_time(port: int, out: socket.socket) -> None:
    with driven(device(port, addresses=OSC)) as (specs, sink):
        for k in range(50):
            out.send(phone.datagram(k, 1.7e9 + k / 100.0))
    assert [(s.name, s.type, len(s.channels)) for s in specs.values()] == [
        (phone.ACCELEROMETER, "IMU", 3), (phone.GYROSCOPE, "IMU", 2),
    ]  # fmt: skip
    samples, times = sink.stream("phone_accelerometer")
    np.testing.assert_allclose(samples, [phone.acceleration(k) for k in range(50)], rtol=1e-6)
    # They came all at once: the time is what the phone's tags say.
    np.testing.assert_allclose(np.diff(times), 0.01, rtol=1e-3)
    turned, _ = sink.stream("phone_gyroscope")
    np.testing.assert_allclose(turned, [(0.5 * phone.rotation(k)[0], -0.5) for k in range(50)], rtol=1e-6)


def test_messages_without_a_bundle_and_bundles_without_a_time_are_taken_too(port: int, out: socket.socket) -> None:
    from pythonosc.udp_client import SimpleUDPClient

    with driven(device(port, addresses=OSC)) as (_, sink):
        SimpleUDPClient("127.0.0.1", port).send_message(phone.ACCELEROMETER, [1.0, 2.0, 3.0])
        out.send(phone.datagram(7, None))
    samples, _ = sink.stream("phone_accelerometer")
    np.testing.assert_allclose(samples, [(1, 2, 3), phone.acceleration(7)], rtol=1e-6)


def test_what_is_no_osc_or_another_message_is_left_out_and_said_once(
    port: int, out: socket.socket, capsys: pytest.CaptureFixture[str]
) -> None:
    from pythonosc.osc_message_builder import OscMessageBuilder

    short = OscMessageBuilder(phone.ACCELEROMETER)
    short.add_arg(1.0)
    words = OscMessageBuilder(phone.ACCELEROMETER)
    for word in "abc":
        words.add_arg(word)
    with driven(device(port, addresses=OSC)) as (_, sink):
        for data in (b"", b"garbage", b"#bundle\0\0\0", short.build().dgram, words.build().dgram):
            out.send(data)
        out.send(phone.datagram(1, 1.7e9))
    assert sink.count("phone_accelerometer") == 1
    assert capsys.readouterr().err.count("left out") == 1


@pytest.mark.parametrize("kind", ["lines", "frames"])
def test_plain_datagrams_with_one_record_or_several(port: int, out: socket.socket, kind: str) -> None:
    lines = {"fields": ["clock", "a", "b", "c", "d"], "rate": 80}
    frames = {"format": "frames", "fields": ["counter:u8", "a:i24", "b:i24", "c:i24", "d:i24"], "sync": "AA55",
              "checksum": "crc16", "rate": 80}  # fmt: skip
    make, table = (plate.line, lines) if kind == "lines" else (plate.frame, frames)
    with driven(device(port, protocol="plain", records=table)) as (_, sink):
        for k in range(0, 60, 3):
            out.send(b"".join(make(i).strip() if kind == "lines" and i == k + 2 else make(i) for i in range(k, k + 3)))
    samples, times = sink.stream()
    np.testing.assert_array_equal(samples, [plate.cells(k) for k in range(60)])
    assert (np.diff(times) > 0).all()


def test_another_sender_is_not_listened_to(port: int, out: socket.socket) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        try:
            stranger.bind(("127.0.0.2", 0))
        except OSError:
            pytest.skip("this system has one loopback address only")
        with driven(device(port, addresses=OSC, sender="127.0.0.1")) as (_, sink):
            stranger.sendto(phone.datagram(5, None), ("127.0.0.1", port))
            out.send(phone.datagram(7, None))
        np.testing.assert_allclose(sink.stream("phone_accelerometer")[0], [phone.acceleration(7)], rtol=1e-6)


def test_a_port_that_is_taken_is_said(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", port))
        with pytest.raises(OSError, match=f"cannot listen on UDP port {port}"):
            device(port, addresses=OSC).open()


def test_without_python_osc_one_sentence_says_what_to_install(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pythonosc.osc_packet", None)
    with pytest.raises(OSError, match=r'pip install "groundup\[osc\]"'):
        device(port, addresses=OSC).open()


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"port": 1}, "needs addresses"),
        ({"port": 1, "protocol": "plain"}, "needs records"),
        ({"port": 0, "addresses": OSC}, "port"),
        ({"port": 1, "addresses": {"/a": {"fields": [], "rate": 1}}}, "no channel"),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_a_reason(table: dict[str, object], says: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=says):
        msgspec.convert(table, UdpSettings)
