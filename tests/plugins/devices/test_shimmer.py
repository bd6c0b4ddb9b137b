"""Shimmer3 against a sensor on a real pseudo terminal that speaks its protocol, and misbehaves."""

import sys

import msgspec
import numpy as np
import pytest
from driving import driven

from groundup.plugin import CommandError
from groundup_plugins.devices.shimmer import Shimmer, ShimmerSettings
from groundup_plugins.devices.shimmer.protocol import Calibration
from groundup_plugins.devices.simulators.shimmer import (
    ACC_COUNTS,
    ACCELEROMETER,
    EMG_16,
    EMG_24,
    GYR_COUNTS,
    GYROSCOPE,
    OFFSET,
    Behaviour,
    ShimmerSensor,
    count,
)

pytest.importorskip("serial")
pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals"),
    pytest.mark.rig,
]  # a device in real time is waited for

RATE = 32768 / 160


def device(sensor: ShimmerSensor, **table: object) -> Shimmer:
    return Shimmer(msgspec.convert({"port": sensor.path, "segment": "shank", "side": "L", **table}, ShimmerSettings))


def imu(index: np.ndarray) -> np.ndarray:
    """What the samples with these numbers are in SI units: the alignment is x from -y, y from -x, z from -z."""
    turn = np.array([[0, -1, 0], [-1, 0, 0], [0, 0, -1.0]])
    acc = np.array([[count(n, c) for c in ACCELEROMETER] for n in index], float)
    gyr = np.array([[count(n, c) for c in GYROSCOPE] for n in index], float)
    return np.hstack([(acc - OFFSET) / ACC_COUNTS @ turn, np.deg2rad(gyr / (GYR_COUNTS / 100) @ turn)])


@pytest.mark.parametrize("first", [0, (1 << 24) - 5000], ids=["plain", "time stamp wraps"])
def test_every_sample_comes_once_calibrated_in_si_units(first: int) -> None:
    with ShimmerSensor(Behaviour(first=first)) as sensor, driven(device(sensor)) as (specs, sink):
        sink.wait_for(600, "imu")
    samples, times = sink.stream("imu")
    np.testing.assert_allclose(samples, imu(np.arange(len(samples))), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(np.diff(times), 1 / RATE, atol=5e-4)
    assert [(c.label, c.unit, c.site, c.side) for c in specs["imu"].channels][2:4] == [
        ("acc_z", "m/s^2", "shank", "L"), ("gyr_x", "rad/s", "shank", "L"),
    ]  # fmt: skip
    assert sensor.asked[-1] == 0x20, "it was not told to stop"


@pytest.mark.parametrize(("channels", "full"), [(EMG_24, 1 << 23), (EMG_16, 1 << 15)], ids=["24 bit", "16 bit"])
def test_emg_is_in_volts_by_the_gain_of_its_chip(channels: tuple[int, ...], full: int) -> None:
    electrodes = {"1.1": {"site": "soleus"}, "1.2": {"site": "tibialis_anterior", "side": "R"}}
    behaviour = Behaviour(channels=channels, divider=64)
    with ShimmerSensor(behaviour) as sensor, driven(device(sensor, electrodes=electrodes)) as (specs, sink):
        sink.wait_for(1500, "emg")
    samples, _ = sink.stream("emg")
    counts = np.array([[count(n, c) for c in channels[1:]] for n in range(len(samples))])
    np.testing.assert_allclose(samples, counts * 2.42 / 12 / (full - 1), rtol=1e-6)
    assert [(c.unit, c.site, c.side) for c in specs["emg"].channels] == [
        ("V", "soleus", "L"), ("V", "tibialis_anterior", "R"),
    ]  # fmt: skip


def volts(samples: np.ndarray, begin: int) -> np.ndarray:
    """What the EMG is, from a sample of a connection on, whatever the gain."""
    counts = [[count(begin + n, c) for c in EMG_24[1:]] for n in range(len(samples))]
    return np.array(counts) * 2.42 / 12 / ((1 << 23) - 1)


@pytest.mark.rig
def test_a_gain_is_changed_while_it_streams_and_its_samples_are_the_same_volts() -> None:
    with ShimmerSensor(Behaviour(channels=EMG_24, divider=64)) as sensor, driven(made := device(sensor)) as (_, sink):
        sink.wait_for(1200, "emg")
        assert made.run_command("set", {"emg_gain": 3}) == "the range is ±806.7 mV"
        assert sensor.gain == 3
        first = sink.count("emg")
        sink.wait_for(first + 1200, "emg")
        with pytest.raises(CommandError, match="not kept: say a gain"):
            made.run_command("set", {"emg_gain": 0})
    samples, _ = sink.stream("emg")
    step = 2.42 / 3 / ((1 << 23) - 1)
    ((marked, change),) = sink.changed["emg"]
    assert (marked, change.before, change.value) == (first, "0", "3")
    np.testing.assert_allclose(samples[:first], volts(samples[:first], 0), rtol=1e-6)
    np.testing.assert_allclose(samples[first:], volts(samples[first:], 0), atol=0.51 * step)


def test_what_the_radio_loses_is_a_gap_of_that_length() -> None:
    behaviour = Behaviour(lost=tuple(range(500, 540)))
    with ShimmerSensor(behaviour) as sensor, driven(device(sensor)) as (_, sink):
        sink.wait_for(700, "imu")
    samples, times = sink.stream("imu")
    kept = np.setdiff1d(np.arange(len(samples) + 40), behaviour.lost)
    np.testing.assert_allclose(samples, imu(kept), rtol=1e-5, atol=1e-6)
    assert np.diff(times)[499] == pytest.approx(41 / RATE, abs=2e-3)


def test_bytes_that_belong_to_no_packet_make_no_sample(capfd: pytest.CaptureFixture[str]) -> None:
    with ShimmerSensor(Behaviour(garbage_at=500)) as sensor, driven(device(sensor)) as (_, sink):
        sink.wait_for(700, "imu")
    samples, _ = sink.stream("imu")
    # The one before it may be damaged, too: nobody knows.
    kept = np.delete(np.arange(len(samples) + 1), 499)
    np.testing.assert_allclose(samples, imu(kept), rtol=1e-5, atol=1e-6)
    assert "came damaged" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (Behaviour(uncalibrated=True), "no calibration of its accelerometer, gyroscope"),
        (Behaviour(channels=(0x14, 0x15)), "not known"),
        (Behaviour(channels=(0x03,)), "switch them on"),
    ],
    ids=["calibration erased", "channels of another firmware", "battery only"],
)
def test_what_cannot_be_recorded_is_said(behaviour: Behaviour, words: str) -> None:
    with ShimmerSensor(behaviour) as sensor:
        made = device(sensor)
        with pytest.raises(OSError, match=words):
            made.open()


def test_a_port_that_is_not_there_is_named(tmp_path: object) -> None:
    made = Shimmer(ShimmerSettings(port=f"{tmp_path}/rfcomm0"))
    with pytest.raises(OSError, match=r"rfcomm0 cannot be opened .*: is the Shimmer paired and on\?"):
        made.open()


def test_an_input_that_there_is_not_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="no input of an ExG unit"):
        msgspec.convert({"port": "COM7", "electrodes": {"3.1": {}}}, ShimmerSettings)


def test_a_calibration_with_offset_scale_and_turn() -> None:
    turn = np.array([[0, 1, 0], [-1, 0, 0], [0, 0, 1.0]])
    truth = np.array([[1.0, 2.0, 3.0], [-9.81, 0.0, 0.5]])
    counts = truth @ turn.T * [83, 84, 85] + [10, 20, 30]
    found = Calibration(np.array([10.0, 20, 30]), np.array([83.0, 84, 85]), turn)(counts)
    np.testing.assert_allclose(found, truth)
