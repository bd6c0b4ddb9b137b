"""The pre-flight: what is fit is green, and each fault of a device shows, in the words of who must mend it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from groundup.plugin import Channel, Check, Finding, NotComputableError, Plate, Signal
from groundup.preflight.report import worst
from groundup.preflight.run import linearity
from groundup_plugins.checks.emg import EmgCheck
from groundup_plugins.checks.imus import ImuCheck
from groundup_plugins.checks.plates import PlateCheck

CORNERS = ((0.4, 0.6, 0.0), (0.0, 0.6, 0.0), (0.0, 0.0, 0.0), (0.4, 0.0, 0.0))


def emg(seconds: float = 4.0, microvolts: float = 3.0, unit: str = "V") -> Signal:
    rate = 2000.0
    count = int(seconds * rate)
    scale = {"V": 1e-6, "mV": 1e-3, "uV": 1.0}.get(unit, 1.0)
    values = np.random.default_rng(1).standard_normal((count, 3)) * microvolts * scale
    channels = tuple(Channel(f"E{i}", unit) for i in range(3))
    return Signal("emg", "emg", np.arange(count) / rate, values, channels, rate)


def plate(load_n: float = 0.0, noise_n: float = 0.3) -> Signal:
    count = 4000
    values = np.random.default_rng(2).standard_normal((count, 6)) * noise_n
    values[:, 2] -= load_n
    channels = tuple(Channel(label, unit) for label, unit in zip(
        ("Fx", "Fy", "Fz", "Mx", "My", "Mz"), ("N",) * 3 + ("Nm",) * 3, strict=True))  # fmt: skip
    return Signal("p", "plate", np.arange(count) / 1000.0, values, channels, 1000.0, Plate(2, CORNERS, (0, 0, -0.04)))


def imu(size: float = 9.81, unit: str = "m/s^2") -> Signal:
    count = 800
    random = np.random.default_rng(3)
    values = random.standard_normal((count, 6)) * 0.01
    values[:, 2] += size
    channels = tuple(Channel(f"c{i}", unit if i < 3 else "rad/s") for i in range(6))
    return Signal("imu", "imu", np.arange(count) / 200.0, values, channels, 200.0)


def found(check: Check, signal: Signal) -> dict[str, Finding]:
    return {finding.what: finding for finding in check.judge(signal)}


@pytest.mark.parametrize("unit", ["V", "mV", "uV"])
def test_a_quiet_emg_is_green_in_any_unit_of_voltage(unit: str) -> None:
    assert worst(EmgCheck().judge(emg(unit=unit))) == "green"


def test_a_noisy_emg_says_how_noisy_and_which_channel() -> None:
    signal = emg()
    signal.samples[:, 1] *= 30
    noise = found(EmgCheck(), signal)["noise floor"]
    assert noise.level == "red"
    assert "E1" in noise.message


def test_an_emg_without_a_unit_is_said_to_have_none() -> None:
    noise = found(EmgCheck(), emg(unit=""))["noise floor"]
    assert noise.level == "amber"
    assert "[streams.emg.channels]" in noise.remedy


@pytest.mark.parametrize("hertz", [50.0, 60.0])
def test_mains_hum_is_seen(hertz: float) -> None:
    signal = emg()
    signal.samples[:, 2] += 20e-6 * np.sin(2 * np.pi * hertz * signal.time)
    hum = found(EmgCheck(), signal)["mains hum"]
    assert (hum.level, hum.message) == ("amber", "E2")


def test_a_dead_and_a_clipped_channel_are_red() -> None:
    signal = emg()
    signal.samples[:, 0] = 1e-6
    signal.samples[:, 1] = np.clip(signal.samples[:, 1] * 100, -2e-4, 2e-4)
    judged = found(EmgCheck(), signal)
    assert (judged["dead channels"].level, judged["dead channels"].message) == ("red", "E0")
    assert (judged["clipping"].level, judged["clipping"].message) == ("red", "E1")


@pytest.mark.parametrize(("load", "level"), [(0.0, "green"), (4.0, "green"), (12.0, "amber"), (60.0, "red")])
def test_a_plate_that_is_not_zero_is_said_by_how_much(load: float, level: str) -> None:
    zero = found(PlateCheck(), plate(load))["zero"]
    assert zero.level == level


def test_what_a_plate_trembles_does_not_depend_on_its_zero() -> None:
    noise = [found(PlateCheck(), plate(load))["noise"].message for load in (0.0, 60.0, 800.0)]
    assert len(set(noise)) == 1


def test_a_plate_without_a_calibration_cannot_be_judged() -> None:
    signal = plate()
    volts = Signal("p", "plate", signal.time, signal.samples, tuple(Channel("x", "V") for _ in range(6)), 1000.0,
                   signal.plate)  # fmt: skip
    with pytest.raises(NotComputableError, match="calibration matrix"):
        list(PlateCheck().judge(volts))


def test_known_weights_show_a_gain_that_is_wrong() -> None:
    def shown(gain: float) -> Finding:
        loads = [0.0, 98.07, 196.13]
        return linearity(loads, [PlateCheck().weigh(plate(3.0 + gain * load)) for load in loads])

    assert shown(1.0).level == "green"
    assert shown(1.02).level == "amber"
    assert shown(1.2).level == "red"


@pytest.mark.parametrize(("size", "unit"), [(9.81, "m/s^2"), (1.0, "g"), (1000.0, "mg")])
def test_an_imu_that_lies_still_is_green(size: float, unit: str) -> None:
    assert worst(ImuCheck().judge(imu(size, unit))) == "green"


def test_an_imu_of_a_wrong_unit_is_red() -> None:
    assert found(ImuCheck(), imu(1.0))["gravity"].level == "red"


def test_an_imu_that_moves_is_not_judged_further() -> None:
    signal = imu()
    signal.samples[:, 0] += 5.0 * np.sin(2 * np.pi * signal.time)
    judged = found(ImuCheck(), signal)
    assert judged["still"].level == "amber"
    assert "gravity" not in judged


def test_an_imu_at_the_end_of_its_range_is_red() -> None:
    signal = imu()
    signal.samples[100:160, 0] = 160.0
    assert found(ImuCheck(), signal)["range"].level == "red"


def test_real_emg_at_rest_is_not_called_dead_or_clipped(shared: Path) -> None:
    from groundup_plugins.formats.c3d.plugin import C3DImporter

    path = min((shared / "walk_overground_c3d").glob("*.c3d"))
    (stream,) = (s for s in C3DImporter().read(path).streams if s.spec.kind == "emg")
    samples = np.asarray(stream.samples, float)
    signal = Signal("emg", "emg", stream.timestamps, samples, stream.spec.channels, stream.spec.rate)
    judged = found(EmgCheck(), signal)
    assert judged["clipping"].level == "green", judged["clipping"]


@pytest.mark.parametrize(
    ("gain", "real"), [(0.2248, "lbf told as N"), (4.448, "N told as lbf"), (1e-3, "kN told as N")]
)
def test_a_known_weight_names_the_unit_that_a_plate_is_in(gain: float, real: str) -> None:
    finding = linearity([0.0, 98.1, 196.1], [0.2, 0.2 + gain * 98.1, 0.2 + gain * 196.1])
    assert finding.level == "red"
    assert real in finding.remedy


def test_an_emg_in_microvolts_that_is_told_in_volts_is_told_so_and_no_skin_is_blamed() -> None:
    noise = found(EmgCheck(), replace(emg(), samples=emg().samples * 1e6))["noise floor"]
    assert noise.level == "red"
    assert "told as V" in noise.remedy
    assert "[streams.emg.channels]" in noise.remedy
    assert "skin" not in noise.remedy
