"""A polled device stops in order, connects again when it was lost, and says what it cannot mend."""

import re
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from groundup.plugin import Channel, PolledDevice, Settings, Sink, Streams, StreamSpec, pauses

SPEC = StreamSpec("made", "Test", 100.0, "double64", (Channel("a"),))


class Made(PolledDevice):
    """Sends its sample number; breaks where it is told to."""

    name = "made"

    def __init__(self, fail_at: tuple[int, ...] = (), error: Exception | None = None) -> None:
        super().__init__(Settings())
        self.fail_at, self.error = set(fail_at), error
        self.streams: Streams = SPEC
        self.sent = 0
        self.refusals = 0
        self.calls: list[str] = []

    def connect(self) -> Streams:
        self.calls.append("connect")
        if self.refusals and self.sent:
            self.refusals -= 1
            raise OSError("it is not there yet")
        return self.streams

    def begin(self, sink: Sink) -> None:
        self.calls.append("begin")

    def read(self, sink: Sink) -> None:
        self.wait(0.001)
        if self.sent in self.fail_at:
            self.fail_at.discard(self.sent)
            raise self.error or OSError("the cable is out")
        sink.push(np.array([[float(self.sent)]]), np.array([sink.clock()]))
        self.sent += 1

    def finish(self, sink: Sink) -> None:
        self.calls.append("finish")
        sink.push(np.array([[-1.0]]), np.array([sink.clock()]))

    def disconnect(self) -> None:
        self.calls.append("disconnect")


class Sunk:
    def __init__(self) -> None:
        self.values: list[float] = []
        self.failure = ""
        self.enough = threading.Event()

    changes = 0

    def push(self, samples: np.ndarray, timestamps: np.ndarray, stream: str = "", changes: int = 0) -> None:
        self.values += samples[:, 0].tolist()
        if len(self.values) > 20:
            self.enough.set()

    def ticks(self, rows: np.ndarray, stream: str = "") -> None:
        pass

    def clock(self) -> float:
        return time.monotonic()

    def fail(self, reason: str) -> None:
        self.failure = reason
        self.enough.set()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pauses, "FIRST_S", 0.001)


def run(device: Made) -> Sunk:
    sink = Sunk()
    device.open()
    device.start(sink)
    assert sink.enough.wait(60.0)
    device.stop()
    device.stop()
    device.close()
    device.close()
    return sink


def test_what_is_left_is_pushed_when_it_stops_and_then_no_more() -> None:
    device = Made()
    sink = run(device)
    assert sink.values == [*range(device.sent), -1.0]
    assert sink.failure == ""


def test_a_lost_device_is_connected_again_and_begun_anew(capsys: pytest.CaptureFixture[str]) -> None:
    device = Made(fail_at=(3, 7))
    device.refusals = 2
    sink = run(device)
    assert sink.values[:-1] == list(range(device.sent))
    assert device.calls.count("begin") == 3
    assert device.calls.count("connect") == 5
    said = capsys.readouterr().err
    assert "the cable is out" in said
    assert "connected again" in said


def test_a_device_that_comes_back_as_another_is_a_failure() -> None:
    device = Made(fail_at=(2,))
    device.open()
    device.streams = {"other": StreamSpec("other", "Test", 50.0, "double64", (Channel("a"),))}
    sink = Sunk()
    device.start(sink)
    assert sink.enough.wait(60.0)
    device.close()
    assert "it came back with other streams than before: other, not made" in sink.failure


def test_what_is_told_beside_the_streams_may_change_while_it_is_away() -> None:
    """A battery's level, a firmware: the samples mean the same; anything else is another stream."""
    device = Made(fail_at=(2,))
    device.open()
    device.streams = replace(SPEC, extra={"battery": "41 %"})
    sink = Sunk()
    device.start(sink)
    assert sink.enough.wait(60.0)
    device.close()
    assert sink.failure == ""
    device = Made(fail_at=(2,))
    device.open()
    device.streams = replace(SPEC, rate=50.0)
    sink = Sunk()
    device.start(sink)
    assert sink.enough.wait(60.0)
    device.close()
    assert "made has other rate" in sink.failure


def test_a_fault_of_the_driver_itself_is_said_and_not_repeated() -> None:
    sink = run(Made(fail_at=(2,), error=ZeroDivisionError("oh")))
    assert "ZeroDivisionError: oh" in sink.failure
    assert sink.values == [0.0, 1.0]


def test_a_fault_of_the_driver_itself_is_said_with_its_place() -> None:
    class Faulty(Made):
        def read(self, sink: Sink) -> None:
            return self.nowhere  # type: ignore[attr-defined, no-any-return]

    assert re.search(r"AttributeError: .*nowhere.* \(test_polled\.py, line \d+\)$", run(Faulty()).failure)


def test_it_stops_while_it_looks_for_a_lost_device() -> None:
    device = Made(fail_at=(0,))
    device.sent = 0
    device.refusals = 1_000_000
    device.open()
    device.sent = 1
    device.fail_at = {1}
    device.start(Sunk())
    device.stop()
    device.close()


def test_it_cannot_be_started_unopened_or_twice() -> None:
    device = Made()
    with pytest.raises(RuntimeError, match="opened"):
        device.start(Sunk())
    device.open()
    device.start(Sunk())
    with pytest.raises(RuntimeError, match="running"):
        device.start(Sunk())
    device.close()
    device.stop()


def test_a_connection_that_fails_half_way_is_let_go() -> None:
    device = Made()
    device.sent, device.refusals = 1, 1
    with pytest.raises(OSError, match="not there"):
        device.open()
    assert device.calls[-1] == "disconnect"


def test_what_a_driver_held_back_before_it_failed_is_pushed() -> None:
    class Clocked(Made):
        def begin(self, sink: Sink) -> None:
            self.line = self.sample_clock(100.0)

        def read(self, sink: Sink) -> None:
            if self.sent == 5:
                raise ZeroDivisionError("oh")
            self.line.push(sink, np.array([[float(self.sent)]]), np.array([self.sent]), sink.clock())
            self.sent += 1

    sink = run(Clocked())
    assert "ZeroDivisionError: oh" in sink.failure
    assert sink.values == [0.0, 1.0, 2.0, 3.0, 4.0]
