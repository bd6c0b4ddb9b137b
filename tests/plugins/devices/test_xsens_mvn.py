"""MVN's network streamer: datagrams of its published protocol over UDP, whole, split, swapped and lost."""

import struct

import msgspec
import numpy as np
import pytest
from driving import driven

from groundup_plugins.devices.simulators.xsens_mvn import Behaviour, Mvn, angle, free_port, position, reading
from groundup_plugins.devices.xsens_mvn import XsensMvn, XsensMvnSettings
from groundup_plugins.devices.xsens_mvn import device as mvn_device
from groundup_plugins.devices.xsens_mvn.protocol import Assembler

pytestmark = pytest.mark.rig  # a device in real time is waited for

TRACKED = ["pelvis", "trunk", "thigh_R", "shank_R", "foot_R", "thigh_L", "shank_L", "foot_L"]


def device(port: int, **table: object) -> XsensMvn:
    units = {"angular_velocity_unit": "deg/s"}
    return XsensMvn(msgspec.convert({"port": port, "host": "127.0.0.1", **units, **table}, XsensMvnSettings))


def refusal(behaviour: Behaviour | None, **table: object) -> str:
    """What is said when the driver opens."""
    port = free_port()
    made = device(port, **table)
    with pytest.raises(OSError, match=r"\w") as caught:  # noqa: PT012
        if behaviour is None:
            made.open()
        else:
            with Mvn(port, behaviour):
                made.open()
    return str(caught.value)


@pytest.fixture(autouse=True)
def _look_shortly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mvn_device, "_LOOK_S", 0.5)


def numbers_of(samples: np.ndarray) -> np.ndarray:
    """Which frames these are, by their first position."""
    return np.round(1000 * samples[:, 0]).astype(int)


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour(),
        Behaviour(240.0, every=4),
        Behaviour(split=5, swap=True),
        Behaviour(characters=(1, 0)),
        Behaviour(first=(1 << 32) - 100),
    ],
    ids=["plain", "every fourth update", "split and swapped", "two people", "counter wraps"],
)
def test_every_frame_comes_once_with_each_item_in_its_place(behaviour: Behaviour) -> None:
    port = free_port()
    with Mvn(port, behaviour), driven(device(port)) as (specs, sink):
        sink.wait_for(150, "joint_angles", "segments", "centre_of_mass", "shank_R")
    assert set(specs) == {"joint_angles", "segments", "centre_of_mass", *TRACKED}
    assert specs["joint_angles"].rate == 60.0
    segments, times = sink.stream("segments")
    frames = numbers_of(segments)
    assert (np.diff(frames) == 1).all()
    np.testing.assert_allclose(np.diff(times), 1 / 60, atol=2e-3)
    assert segments[:, 3] == pytest.approx([position(n, 1, 0) for n in frames], abs=1e-5)
    angles, at = sink.stream("joint_angles")
    knee = [channel.label for channel in specs["joint_angles"].channels].index("right knee x")
    first = frames[np.argmin(np.abs(times - at[0]))]
    wanted = np.deg2rad([angle(first + k, 1, 0) for k in range(len(at))])
    np.testing.assert_allclose(angles[:, knee], wanted, rtol=1e-5, atol=1e-6)


def test_trackers_are_sensors_on_their_segments_in_si_units() -> None:
    port = free_port()
    with Mvn(port), driven(device(port)) as (specs, sink):
        sink.wait_for(60, "shank_R", "segments")
    spec = specs["shank_R"]
    assert spec.type == "IMU"
    assert {(c.site, c.side) for c in spec.channels} == {("shank", "R")}
    assert [c.unit for c in spec.channels][:6] == ["m/s^2"] * 3 + ["rad/s"] * 3
    samples, _ = sink.stream("shank_R")
    first = round(float(samples[0, 0]))  # (number + item) % 50
    np.testing.assert_allclose(samples[:40, 2], 9.81, rtol=1e-6)
    wanted = np.deg2rad([reading(first + k, 0, 3) for k in range(40)])
    np.testing.assert_allclose(samples[:40, 3], wanted, rtol=1e-5, atol=1e-6)


def test_what_the_network_loses_is_a_gap_of_that_length() -> None:
    port = free_port()
    with Mvn(port, Behaviour(lost=tuple(range(200, 230)))), driven(device(port)) as (_, sink):
        sink.wait_for(260, "segments")
    samples, times = sink.stream("segments")
    gap = int(np.argmax(np.diff(numbers_of(samples))))
    assert np.diff(times)[gap] == pytest.approx(31 / 60, abs=5e-3)


def test_positions_in_centimetres_are_refused_or_turned() -> None:
    assert 'length_unit = "cm"' in refusal(Behaviour(centimetres=True))
    port = free_port()
    made = device(port, length_unit="cm")
    with Mvn(port, Behaviour(centimetres=True)), driven(made) as (_, sink):
        sink.wait_for(30, "centre_of_mass")
    assert sink.stream("centre_of_mass")[0][:, 2] == pytest.approx(1.0)


def test_metres_that_lab_toml_calls_centimetres_are_refused() -> None:
    assert 'length_unit = "m"' in refusal(Behaviour(), length_unit="cm")


def test_trackers_whose_unit_is_not_said_are_not_recorded() -> None:
    port = free_port()
    with Mvn(port):
        made = device(port, angular_velocity_unit="")
        specs = made.open()
        made.close()
    assert set(specs) == {"joint_angles", "segments", "centre_of_mass"}


@pytest.mark.parametrize(
    ("behaviour", "table", "words"),
    [
        (None, {}, "nothing of MVN comes to UDP port"),
        (Behaviour(characters=(2,)), {}, "sends character 2, and lab.toml asks for 0"),
        (Behaviour(kinds=("02",)), {}, "none of what is recorded"),
        (Behaviour(kinds=("23",)), {"angular_velocity_unit": ""}, "angular_velocity_unit"),
        (Behaviour(kinds=("23",), old_trackers=True), {}, "joint angles"),
        (Behaviour(rate=47.0), {}, "rate = "),
    ],
    ids=["nothing", "somebody else", "poses only", "no unit", "old trackers", "odd rate"],
)
def test_what_cannot_be_recorded_is_said_with_the_cure(
    behaviour: Behaviour | None, table: dict[str, object], words: str
) -> None:
    assert words in refusal(behaviour, **table)


def test_old_trackers_are_not_taken_for_new_ones() -> None:
    """17 of the old form have as many bytes as 11 of the new one."""
    payload = b"".join(struct.pack(">i10f", n + 1, *[0.0] * 10) for n in range(17))
    assert len(payload) == 11 * 68
    header = struct.pack(">6sIBBIBBBBHH", b"MXTP23", 7, 0x80, 17, 0, 0, 23, 0, 0, 0, len(payload))
    assembler = Assembler(0)
    assert assembler.add(header + payload) is None
    assert assembler.old_trackers


@pytest.mark.parametrize("datagram", [b"", b"MXTP", b"x" * 100, b"MXTP21" + b"\xff" * 60])
def test_datagrams_of_others_are_passed_over(datagram: bytes) -> None:
    assert Assembler(0).add(datagram) is None
