"""The stride-period check on the virtual lab and real recordings: wrong rates are found, right ones left alone."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from groundup.analysis.gait.stride_period import check_stride_periods
from groundup.model.signals import Signal
from groundup.model.streams import Channel
from groundup.sources.importers import import_file
from groundup_plugins.devices.virtual_lab import VirtualLabSettings
from groundup_plugins.devices.virtual_lab.device import virtual_device
from groundup_plugins.devices.virtual_lab.sampler import Sampler

pytestmark = pytest.mark.rig


def declared(signal: Signal, wrong: float) -> Signal:
    """The same samples from a file that states a wrong rate: `wrong` times the right one."""
    rate = signal.rate * wrong
    return replace(signal, time=signal.time[0] + np.arange(len(signal.time)) / rate, rate=rate)


def walked(seed: int, seconds: float, strategy: str = "ground_up") -> list[Signal]:
    signals, t0 = [], 83_000.3 + 97.1 * seed
    for part in ("plate_left", "plate_right", "emg", "imu"):
        device = virtual_device(VirtualLabSettings(part=part, seed=seed, strategy=strategy))  # type: ignore[arg-type]
        assert isinstance(device, Sampler)
        index = np.arange(int(t0 * device.rate), int((t0 + seconds) * device.rate))
        for key, samples in device.instrument.read(index, index / device.rate).items():
            spec = device.streams[key]
            values = np.asarray(samples, np.float64)
            signals.append(Signal(spec.name, spec.kind, index / device.rate, values, spec.channels, spec.rate))
    return signals


@pytest.mark.parametrize("strategy", ["ground_up", "proximal"])
def test_the_virtual_walkers_raise_no_alarm_and_a_wrong_rate_does(strategy: str) -> None:
    for seed in range(1, 4):
        signals = walked(seed, 23.0, strategy)
        assert check_stride_periods(signals) == ()
        for which, wrong in ((0, 0.99), (2, 0.96), (3, 1.01), (7, 1.02)):
            bad = [declared(s, wrong) if n == which else s for n, s in enumerate(signals)]
            (found,) = check_stride_periods(bad)
            assert found.stream == signals[which].id
            assert found.rate_that_agrees == pytest.approx(signals[which].rate, rel=0.003)


def real(name: str, kind: str, values: np.ndarray, rate: float) -> Signal:
    channels = tuple(Channel(str(n)) for n in range(values.shape[1]))
    return Signal(name, kind, np.arange(len(values)) / rate, values, channels, rate)


@pytest.fixture(scope="module")
def feet(shared: Path) -> list[Signal]:
    """Two foot IMUs and motion capture of one walk (there, a turn, and back)."""
    folder = shared / "foot_imu_walk"
    imu, markers = (
        pd.read_csv(folder / name, header=[0, 1], index_col=0) for name in ("imu_sample.csv", "mocap_sample.csv")
    )
    heights = markers[[column for column in markers.columns if column[1] == "z"]]
    return [
        real("left", "imu", imu["left_sensor"].to_numpy(), 204.8),
        real("right", "imu", imu["right_sensor"].to_numpy(), 204.8),
        real("mocap", "mocap", heights.to_numpy(), 100.0),
    ]


def imported(path: Path) -> list[Signal]:
    return [
        replace(real(s.id, s.spec.kind, np.asarray(s.samples, np.float64), s.spec.rate), time=np.asarray(s.timestamps))
        for s in import_file(path).streams
        if s.spec.format != "string" and len(s.timestamps) > 1
    ]


@pytest.fixture(scope="module")
def belt(shared: Path) -> list[Signal]:
    """Both plates of a split belt and the markers: ten strides."""
    signals = imported(shared / "walk_splitbelt_c3d" / "treadmill_events.c3d")
    return [signal for signal in signals if signal.kind in ("plate", "mocap")]


def pairs(signals: list[Signal]) -> Iterator[tuple[Signal, Signal]]:
    yield from ((a, b) for a in signals for b in signals if a is not b)


@pytest.mark.parametrize("wrong", [0.96, 0.98, 0.99, 1.01, 1.02, 1.04])
def test_a_real_walk_declared_at_a_wrong_rate_is_found(feet: list[Signal], wrong: float) -> None:
    for bad, good in pairs(feet):
        (found,) = check_stride_periods([declared(bad, wrong), good])
        assert abs(np.log(found.ratio)) == pytest.approx(abs(np.log(wrong)), abs=0.004)
    (found,) = check_stride_periods([declared(feet[0], wrong), *feet[1:]])
    assert abs(np.log(found.ratio)) == pytest.approx(abs(np.log(wrong)), abs=0.004)


@pytest.mark.parametrize("wrong", [0.96, 0.98, 1.02, 1.04])
def test_ten_strides_on_a_real_treadmill_tell_two_percent(belt: list[Signal], wrong: float) -> None:
    for which in range(3):
        signals = [declared(s, wrong) if n == which else s for n, s in enumerate(belt)]
        (found,) = check_stride_periods(signals)
        assert abs(np.log(found.ratio)) == pytest.approx(abs(np.log(wrong)), abs=0.004)


def test_real_recordings_raise_no_alarm(feet: list[Signal], belt: list[Signal], shared: Path) -> None:
    assert check_stride_periods(feet) == ()
    assert check_stride_periods(belt) == ()
    for path in sorted(shared.glob("*/*.c3d")):
        assert check_stride_periods(imported(path)) == (), path.name
