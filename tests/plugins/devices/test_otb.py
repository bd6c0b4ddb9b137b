"""Amplifiers of OT Bioelettronica against one that connects over TCP, sends frames, and misbehaves."""

import msgspec
import numpy as np
import pytest
from driving import driven

from groundup_plugins.devices.otb import Otb, OtbSettings
from groundup_plugins.devices.otb import device as otb_device
from groundup_plugins.devices.otb.protocol import VOLTS, accessories_in, command, frames_of
from groundup_plugins.devices.simulators.otb import Amplifier, Behaviour, emg, free_port

pytestmark = pytest.mark.rig  # a device in real time is waited for


def device(port: int, **table: object) -> Otb:
    return Otb(msgspec.convert({"port": port, "host": "127.0.0.1", **table}, OtbSettings))


def settings(**table: object) -> OtbSettings:
    return msgspec.convert(table, OtbSettings)


def check(samples: np.ndarray, index: np.ndarray, channels: int) -> None:
    """Every sample once, in order, in the right channel, in volts."""
    np.testing.assert_allclose(samples, emg(index, channels) * VOLTS, rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        # FSAMP 2000 Hz = 10, NCH 32 = 10, MODE 000; HPF, GO.
        ({}, bytes([0b0_10_10_000, 0b0_1_00_00_0_1])),
        ({"rate": 500, "channels": 8, "high_pass": False}, bytes([0b0_00_00_000, 0b0_0_00_00_0_1])),
        ({"rate": 4000, "channels": 64, "detection": "bipolar"}, bytes([0b0_11_11_001, 0b0_1_00_00_0_1])),
        ({"model": "muovi"}, bytes([0b1_00_1])),
    ],
    ids=["as it comes", "slow", "bipolar", "muovi"],
)
def test_the_command_is_the_one_of_the_published_protocol(table: dict[str, object], expected: bytes) -> None:
    assert command(settings(**table), go=True) == expected
    assert command(settings(**table), go=False)[-1] == expected[-1] & ~1


@pytest.mark.parametrize(
    ("table", "behaviour"),
    [
        ({"channels": 8}, Behaviour()),
        ({"channels": 16, "detection": "bipolar", "rate": 1000}, Behaviour(accessories=4)),
        ({"channels": 8}, Behaviour(piece=101)),
        ({"model": "muovi"}, Behaviour("muovi", 6)),
        ({"channels": 8}, Behaviour(first=65000)),
    ],
    ids=["plus", "bipolar, four accessories", "in pieces", "muovi", "counter wraps"],
)
def test_every_sample_comes_once_and_in_volts(table: dict[str, object], behaviour: Behaviour) -> None:
    port, channels = free_port(), settings(**table).emg_channels
    with Amplifier(port, behaviour) as amplifier, driven(device(port, **table)) as (specs, sink):
        sink.wait_for(4000, "emg", "accessory")
    samples, times = sink.stream("emg")
    check(samples, np.arange(len(samples)), channels)
    assert (np.diff(times) > 0).all()
    assert [len(spec.channels) for spec in specs.values()] == [channels, behaviour.accessories]
    assert amplifier.asked[-1][-1] & 1 == 0, "it was not told to stop"


def test_what_the_radio_loses_is_a_gap_of_that_length() -> None:
    port, lost = free_port(), tuple(range(3000, 3200))
    with Amplifier(port, Behaviour(lost=lost)), driven(device(port, channels=8)) as (_, sink):
        sink.wait_for(6000, "emg")
    samples, times = sink.stream("emg")
    check(samples, np.setdiff1d(np.arange(len(samples) + 200), lost), 8)
    assert np.diff(times)[2999] == pytest.approx(201 / 2000, abs=0.003)


def test_times_run_as_its_crystal_does() -> None:
    port = free_port()
    with Amplifier(port, Behaviour(ppm=300)), driven(device(port, channels=8)) as (_, sink):
        sink.wait_for(9000, "emg")
    _, times = sink.stream("emg")
    assert len(times) / (times[-1] - times[0] + 1 / 2000) == pytest.approx(2000.0, rel=2e-3)


def test_one_that_hangs_up_is_waited_for_and_goes_on() -> None:
    port = free_port()
    with Amplifier(port) as amplifier, driven(device(port, channels=8)) as (_, sink):
        sink.wait_for(1000, "emg")
        before = sink.count("emg")
        amplifier.hang_up()
        sink.wait_for(before + 8000, "emg")
    assert len(amplifier.started) == 2


def test_electrodes_are_where_the_lab_says() -> None:
    electrodes = {"1": {"site": "soleus", "side": "L"}, "3": {"label": "spare"}}
    port = free_port()
    with Amplifier(port):
        made = device(port, channels=8, electrodes=electrodes, latency_s=0.02)
        spec = made.open()["emg"]
        made.close()
    found = [(c.label, c.unit, c.site, c.side) for c in spec.channels[:3]]
    assert found == [("soleus L", "V", "soleus", "L"), ("EMG 2", "V", "", ""), ("spare", "V", "", "")]
    assert spec.latency_s == 0.02


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"channels": 8, "electrodes": {"9": {}}}, "no channel"),
        ({"model": "muovi", "rate": 1000}, "2000 Hz"),
        ({"channels": 12}, "12"),
    ],
)
def test_settings_that_cannot_be_are_refused(table: dict[str, object], words: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=words):
        settings(**table)


def test_who_does_not_come_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otb_device, "_CONNECTS_S", 0.1)
    with pytest.raises(OSError, match=r"no muovi has connected to 127\.0\.0\.1:\d+"):
        device(free_port(), model="muovi").open()


def test_one_that_sends_something_else_is_refused() -> None:
    """A Muovi+ that lab.toml calls a Muovi: 32 channels more lie before the counter."""
    port = free_port()
    with Amplifier(port, Behaviour("muovi_plus", 6)):
        made = device(port, model="muovi")
        with pytest.raises(OSError, match="32 EMG channels"):
            made.open()


def test_the_counter_is_found_though_frames_are_lost() -> None:
    index = np.delete(np.arange(80), [10, 11, 40])
    frames = np.hstack([emg(index, 8), np.zeros((len(index), 5), np.int16), index[:, None].astype(np.int16)])
    data = frames.astype(">i2").tobytes()
    assert accessories_in(data, 8) == 6
    np.testing.assert_array_equal(frames_of(data, 14), frames)
