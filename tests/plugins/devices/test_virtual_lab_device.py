"""The virtual lab's driver keeps the laws of a driver, and its faults are the ones asked for."""

import threading
from collections import defaultdict

import msgspec
import numpy as np
import pytest

from groundup.plugin.streams import keyed
from groundup_plugins.devices.virtual_lab import VirtualLab, VirtualLabSettings, Walker, groundup_devices
from groundup_plugins.devices.virtual_lab.device import virtual_device
from groundup_plugins.devices.virtual_lab.imu import SENSORS, Imus
from groundup_plugins.devices.virtual_lab.plates import clean_channels
from groundup_plugins.devices.virtual_lab.sampler import Sampler

SAMPLED = ("plate_left", "plate_right", "emg", "imu", "mocap")
T0 = 830_000.3


class KeepingSink:
    """Keeps what is pushed. Its clock stands still unless somebody moves it."""

    def __init__(self, start: float = T0) -> None:
        self.time = start
        self.got: dict[str, list[tuple[object, np.ndarray]]] = defaultdict(list)
        self.something = threading.Event()
        self.failure = ""

    def push(self, samples: object, timestamps: np.ndarray, stream: str = "") -> None:
        self.got[stream].append((samples, timestamps))
        self.something.set()

    def ticks(self, rows: np.ndarray, stream: str = "") -> None:
        raise AssertionError("its times are the simulation's own")

    def clock(self) -> float:
        return self.time

    def fail(self, reason: str) -> None:
        self.failure = reason
        self.something.set()

    def stream(self, key: str = "") -> tuple[np.ndarray, np.ndarray]:
        samples, times = zip(*self.got[key], strict=True)
        return np.concatenate(samples), np.concatenate(times)


class StopAt(threading.Event):
    """A stop that comes at a set time of the sink's clock; to wait for it moves that clock on at once."""

    def __init__(self, sink: KeepingSink, end: float) -> None:
        super().__init__()
        self.sink, self.end = sink, end

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.sink.time = min(self.sink.time + timeout, self.end)
        return self.is_set()

    def is_set(self) -> bool:
        return self.sink.time >= self.end


def record(seconds: float, start: float = T0, **settings: object) -> KeepingSink:
    sink = KeepingSink(start)
    device = virtual_device(msgspec.convert(settings, VirtualLabSettings))
    device.run(sink, StopAt(sink, start + seconds))
    return sink


def test_the_hook_gives_the_driver() -> None:
    assert [device.name for device in groundup_devices()] == ["virtual_lab"]


def test_the_constructor_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "Thread", None)
    monkeypatch.setattr(Walker, "__init__", None)
    VirtualLab(VirtualLabSettings(part="emg"))
    assert VirtualLab.scan() == []


def test_streams_are_those_of_a_gait_lab() -> None:
    specs = {part: keyed(VirtualLab(VirtualLabSettings(part=part)).open()) for part in (*SAMPLED, "markers")}
    shape = {p: [(s.kind, len(s.channels), s.rate, s.format) for s in found.values()] for p, found in specs.items()}
    assert shape["plate_left"] == shape["plate_right"] == [("plate", 6, 1000.0, "float32")]
    assert shape["emg"] == [("emg", 16, 2000.0, "float32")]
    assert shape["imu"] == [("imu", 6, 200.0, "float32")] * 9
    assert shape["markers"] == [("markers", 1, 0.0, "string")]
    assert {(s.channels[0].site, s.channels[0].side) for p in SAMPLED[:2] for s in specs[p].values()} == {
        ("plate:1", "L"),
        ("plate:2", "R"),
    }
    assert list(specs["imu"]) == list(SENSORS)
    assert shape["mocap"] == [("mocap", 45, 200.0, "float32")]
    assert all(list(specs[part]) == [""] for part in (*SAMPLED[:3], "mocap", "markers"))


@pytest.mark.rig
@pytest.mark.parametrize("part", SAMPLED)
def test_the_values_do_not_depend_on_packets_or_on_when_it_was_started(part: str) -> None:
    usual = record(2.0, part=part)
    for other in (record(2.0, part=part, packet_s=0.007), record(1.5, T0 + 0.5001, part=part, packet_s=0.1)):
        for key in usual.got:
            samples, times = usual.stream(key)
            again, when = other.stream(key)
            first = int(np.searchsorted(times, when[0]))
            assert np.array_equal(when, times[first:])
            assert np.array_equal(again, samples[first:])


@pytest.mark.rig
@pytest.mark.parametrize("part", SAMPLED)
def test_every_sample_from_start_to_stop_is_sent_once(part: str) -> None:
    (rate,) = {spec.rate for spec in virtual_device(VirtualLabSettings(part=part)).streams.values()}
    sink = record(1.2345, part=part)
    for key in sink.got:
        samples, times = sink.stream(key)
        assert len(samples) == len(times)
        assert np.array_equal(times, np.arange(np.ceil(T0 * rate), np.floor((T0 + 1.2345) * rate) + 1) / rate)


def test_after_a_stall_nothing_is_missing() -> None:
    class Stalling(KeepingSink):
        def push(self, samples: object, timestamps: np.ndarray, stream: str = "") -> None:
            super().push(samples, timestamps, stream)
            if len(self.got[stream]) == 5:
                self.time += 3.0

    sink = Stalling()
    virtual_device(VirtualLabSettings(part="plate_left")).run(sink, StopAt(sink, T0 + 5.0))
    samples, times = sink.stream()
    usual, when = record(5.0, part="plate_left").stream()
    assert np.array_equal(times, when)
    assert np.array_equal(samples, usual)


def test_a_wrong_crystal_takes_more_samples_and_stamps_them_truly() -> None:
    samples, times = record(2.0, part="plate_left", clock_ppm=200.0).stream()
    assert np.diff(times).mean() == pytest.approx(0.001 / 1.0002, rel=1e-6)
    assert samples == pytest.approx(clean_channels(Walker(), times, "L"), abs=10.0)  # offset and noise
    force, true = samples[:, 2], clean_channels(Walker(), times, "L")[:, 2]
    assert np.std(force - true) < 0.7


@pytest.mark.rig
def test_late_stamps_leave_the_samples_as_they_are() -> None:
    samples, times = record(2.0, part="emg").stream()
    again, stamps = record(2.0, part="emg", stamp_jitter_s=0.003).stream()
    assert np.array_equal(again, samples)
    assert (stamps - times).min() >= 0.0
    assert (stamps - times).mean() == pytest.approx(0.003, rel=0.1)
    assert (stamps - times).std() == pytest.approx(0.003 / np.sqrt(2), rel=0.1)


def test_packet_loss_loses_exactly_the_packets_it_says() -> None:
    settings = VirtualLabSettings(part="imu", packet_loss=0.3, packet_s=0.05)
    sampler = Sampler(Imus(Walker()), settings)
    sink = KeepingSink()
    for packet in range(1000, 1100):
        sampler.send(sink, packet * 10, packet * 10 + 10)
    for stream in list(SENSORS)[:7]:
        sent = {round(times[0] * 200.0) // 10 for _, times in sink.got[stream]}
        assert sent == {packet for packet in range(1000, 1100) if not sampler.lost(stream, packet)}
    lost = np.array([[sampler.lost(stream, packet) for packet in range(2000)] for stream in list(SENSORS)[:7]])
    assert lost.mean() == pytest.approx(0.3, abs=0.02)
    assert np.abs(np.corrcoef(lost) - np.eye(7)).max() < 0.1  # each sensor has its own radio


def test_markers_tell_start_strides_and_end() -> None:
    sink = record(60.0, part="markers")
    texts = [samples[0][0] for samples, _ in sink.got[""]]
    times = [float(stamps[0]) for _, stamps in sink.got[""]]
    assert (texts[0], texts[-1]) == ("walk start", "walk end")
    assert times == sorted(times)
    contacts = {step.number // 2: step.contact for step in Walker().contacts(T0, T0 + 60.0) if step.side == "L"}
    strides = [int(text.removeprefix("stride ")) for text in texts[1:-1]]
    assert strides == [n for n in contacts if n % 5 == 0]
    assert [contacts[n] for n in strides] == times[1:-1]


@pytest.mark.rig
@pytest.mark.parametrize("part", [*SAMPLED, "markers"])
def test_stop_and_close_may_come_twice_or_before_anything(part: str) -> None:
    device = VirtualLab(VirtualLabSettings(part=part))
    device.stop()
    device.close()
    device.open()
    sink = KeepingSink()
    device.start(sink)
    sink.time += 0.1
    assert sink.something.wait(30.0)
    for end in (device.stop, device.stop, device.close, device.close):
        end()
    count = sum(map(len, sink.got.values()))
    device.open()
    device.start(sink)
    device.stop()
    assert sum(map(len, sink.got.values())) >= count


def test_a_sink_that_breaks_is_told_and_the_driver_still_stops() -> None:
    class Broken(KeepingSink):
        def push(self, samples: object, timestamps: np.ndarray, stream: str = "") -> None:
            raise OSError("the outlet is gone")

    device = VirtualLab(VirtualLabSettings(part="plate_left"))
    device.open()
    sink = Broken()
    device.start(sink)
    sink.time += 0.1
    assert sink.something.wait(30.0)
    device.stop()
    assert "the outlet is gone" in sink.failure


def test_starting_unopened_or_twice_is_refused() -> None:
    device = VirtualLab(VirtualLabSettings(part="plate_left"))
    with pytest.raises(RuntimeError, match="opened"):
        device.start(KeepingSink())
    device.open()
    device.start(KeepingSink())
    with pytest.raises(RuntimeError, match="running"):
        device.start(KeepingSink())
    device.close()


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"part": "emg", "packet_loss": 1.5}, "packet_loss"),
        ({"part": "emg", "packet_s": 0.0}, "packet_s"),
        ({"part": "emg", "swap_sensors": ["pelvis", "trunk"]}, "part 'imu'"),
        ({"part": "imu", "swap_sensors": ["pelvis", "tail"]}, "foot_L, foot_R"),
        ({"part": "markers", "clock_ppm": 20.0}, "clock_ppm"),
        ({"part": "treadmill"}, "treadmill"),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_a_reason(table: dict[str, object], says: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=says):
        msgspec.convert(table, VirtualLabSettings)
