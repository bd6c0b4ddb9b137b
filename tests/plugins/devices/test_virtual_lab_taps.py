"""The virtual lab's taps: at known moments, in every device in its own way, and nobody walks meanwhile."""

import json

import numpy as np
import pytest

from groundup.analysis.sync_events.sync_event import SyncLag, find_sync
from groundup.model.signals import Signal
from groundup.model.status import OK
from groundup_plugins.devices.virtual_lab import Taps, VirtualLabSettings, Walker
from groundup_plugins.devices.virtual_lab.device import virtual_device
from groundup_plugins.devices.virtual_lab.sampler import Sampler
from groundup_plugins.devices.virtual_lab.truth import truth_of

pytestmark = pytest.mark.rig

PARTS = ("plate_left", "plate_right", "emg", "imu")
T0 = 90_000.0


def recorded(seconds: float, latency: dict[str, float] | None = None, **settings: object) -> list[Signal]:
    signals = []
    for part in PARTS:
        late = (latency or {}).get(part, 0.0)
        device = virtual_device(VirtualLabSettings(part=part, **settings))  # type: ignore[arg-type]
        assert isinstance(device, Sampler)
        index = np.arange(int(T0 * device.rate), int((T0 + seconds) * device.rate))
        time = index / device.rate
        for key, samples in device.instrument.read(index, time).items():
            spec = device.streams[key]
            values = np.asarray(samples, np.float64)
            signals.append(Signal(spec.name, spec.kind, time + late, values, spec.channels, spec.rate, spec.plate))
    return signals


def test_without_taps_nothing_is_different() -> None:
    time = T0 + np.arange(5000) / 1000.0
    assert np.array_equal(Taps().walking(time), np.ones(5000))
    assert Taps().times(T0, T0 + 100.0) == []
    assert not Taps().away(T0, T0 + 100.0)


def test_the_truth_names_every_tap_and_no_step_meanwhile() -> None:
    walker = Walker(taps=Taps(1, (4.0, 4.6), 20.0))
    truth = json.loads(json.dumps(truth_of(walker, T0, T0 + 30.0)))
    assert truth["taps"] == [T0 + 4.0, T0 + 4.6, T0 + 24.0, T0 + 24.6]
    for contact in truth["contacts"]:
        assert all(not contact["ic"] - 0.5 < tap < contact["fo"] + 0.5 for tap in truth["taps"])
    assert all(stride["stride_time"] < 1.5 for stride in truth["strides"])
    assert len(truth["contacts"]) > 25


def test_every_device_has_the_tap_from_its_moment_on_and_each_another_waveform() -> None:
    taps = Taps(3, (2.0,), 30.0)
    since = np.array([-0.001, 0.0, 0.002, 0.004])
    for felt in (taps.plate(T0 + 2.0 + since), taps.spike(T0 + 2.0 + since), taps.ringing(T0 + 2.0 + since, 28.0)):
        assert np.all(felt[:2] == 0.0)
        assert np.all(felt[2:] != 0.0)


@pytest.mark.parametrize("seed", range(3))
def test_the_lag_of_every_device_is_found_as_it_was_put_in(seed: int) -> None:
    rng = np.random.default_rng(seed)
    at = tuple(np.round(2.0 + np.cumsum(0.4 + 0.5 * rng.random(4)), 4).tolist())
    late = {"plate_left": 0.0, "plate_right": -0.004, "emg": 0.0137, "imu": 0.0421}
    part_of = {"Plat": "plate_left", "EMG": "emg", "IMU_": "imu"}

    def put_in(lag: SyncLag) -> float:
        def of(name: str) -> float:
            return late["plate_right" if "Right" in name else part_of[name.removeprefix("Virtual")[:4]]]

        return of(lag.stream) - of(lag.reference)

    found = find_sync(recorded(14.0, late, seed=seed + 1, taps=at))
    assert [lag.status for lag in found] == [OK] * 12
    for lag in found:
        assert lag.lag_s == pytest.approx(put_in(lag), abs=0.25 / 200 if "IMU" in lag.stream else 0.001)
        assert lag.low_s <= put_in(lag) <= lag.high_s


@pytest.mark.parametrize("strategy", ["ground_up", "proximal"])
@pytest.mark.parametrize("seconds", [4.0, 20.0])
def test_walking_alone_is_no_sync_event(strategy: str, seconds: float) -> None:
    for seed in range(1, 4):
        assert all(lag.status != OK for lag in find_sync(recorded(seconds, seed=seed, strategy=strategy)))


def test_a_latency_makes_the_stamps_late_and_leaves_the_samples() -> None:
    sent: list[np.ndarray] = []

    class Sink:
        def push(self, samples: object, timestamps: np.ndarray, stream: str = "") -> None:
            sent.append(timestamps)

        def ticks(self, stream: int, rows: np.ndarray) -> None:
            raise AssertionError("its times are the simulation's own")

        def clock(self) -> float:
            return 0.0

        def fail(self, reason: str) -> None:
            raise AssertionError(reason)

    for latency in (0.0, 0.025):
        device = virtual_device(VirtualLabSettings(part="plate_left", latency_s=latency))
        assert isinstance(device, Sampler)
        device.send(Sink(), 1000, 1020)
    assert sent[1] - sent[0] == pytest.approx(0.025)
