"""Sensors on asyncio: each by itself, tried again, stopped in order; commands on the loop's thread."""

import asyncio
import re
import threading
from collections import Counter

import numpy as np
import pytest

from groundup.plugin import AsyncDevice, Channel, CommandError, Settings, StreamSpec, async_device, command, missing
from groundup.plugin.pauses import Pauses
from groundup.testing import Collector, driven

SPEC = StreamSpec("Radio", "IMU", 100.0, "float32", (Channel("x", "m/s^2"),))


class Radio(AsyncDevice):
    """Sensors by name; each does what its name says."""

    name = "radio"
    addresses = ("good",)
    longest_pause_s = 0.01

    def __init__(self) -> None:
        super().__init__(Settings())
        self.runs: Counter[str] = Counter()
        self.threads: set[str] = set()

    async def sensors(self):
        for address in self.addresses:
            yield address

    async def run(self, address, port):
        self.runs[address] += 1
        if address == "absent":
            raise OSError("it does not answer")
        if address == "bug":
            raise KeyError("third foot")
        if address == "sdk":
            raise missing("bleak", "bluetooth")
        key = "good" if address == "twin" else address
        stream = port.open(key, SPEC, port.clock(100.0), reorder_s=0.1)
        number = 0
        while not (address == "flaps" and number > 50):
            numbers = number + np.arange(5)
            if address == "threads":
                await asyncio.to_thread(stream.packet, numbers, np.ones((5, 1), np.float32))
            else:
                stream.packet(numbers, np.full((5, 1), number, np.float32))
            number += 5
            await asyncio.sleep(0.05 if address != "flaps" else 0.001)
        raise OSError("out of range")

    @command
    async def wink(self, times: int = 1) -> str:
        """Let the light wink."""
        self.threads.add(threading.current_thread().name)
        await asyncio.sleep(0)
        if times > 3:
            raise OSError("it has no light left")
        return f"winked {times} times"

    @command
    def tare(self) -> None:
        """Zero it."""
        self.threads.add(threading.current_thread().name)


def made(*addresses: str) -> Radio:
    device = Radio()
    device.addresses = addresses
    return device


def test_one_sensors_fault_costs_no_other_and_is_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    device = made("absent", "bug", "good", "flaps")
    with driven(device) as (specs, sink):
        sink.wait_until(lambda: len(sink.reasons["flaps"]) > 2)
        sink.wait_for(5, "good")
        assert sink.failure == ""
    assert set(specs) == {"good", "flaps"}
    assert device.runs["absent"] > 2
    assert device.runs["bug"] > 2
    assert device.runs["good"] == 1
    assert set(sink.reasons["flaps"]) == {"out of range"}
    said = capsys.readouterr().err
    assert said.count("it does not answer") == 1  # not at every try
    where = r"KeyError: 'third foot' \(test_async_device.py, line \d+\); trying again"
    assert len(re.findall(where, said)) == 1


def test_all_that_came_is_pushed_when_it_is_stopped() -> None:
    device = made("good")
    with driven(device) as (_, sink):
        sink.wait_until(lambda: "good" in sink.specs)
    samples, times = sink.stream("good")
    assert samples[:, 0].tolist() == [float(5 * (k // 5)) for k in range(len(samples))]
    assert (np.diff(times) > 0).all()
    assert not [thread for thread in threading.enumerate() if thread.name == "radio"]
    device.stop()
    device.close()


def test_packets_may_come_from_any_thread() -> None:
    with driven(made("threads")) as (_, sink):
        sink.wait_for(20, "threads")
    assert (np.diff(sink.stream("threads")[1]) > 0).all()


def test_two_sensors_of_one_key_are_not_mixed(capsys: pytest.CaptureFixture[str]) -> None:
    device = made("good", "twin")
    with driven(device) as (_, sink):
        sink.wait_until(lambda: device.runs["twin"] > 2 or sink.count("good") > 100)
    samples = sink.stream("good")[0][:, 0]
    assert (np.diff(samples) >= 0).all()
    assert 'two sensors have the key "good": give one of them another' in capsys.readouterr().err


def test_a_missing_package_ends_it_at_once_with_what_to_install() -> None:
    finals: list[bool] = []

    class Told(Collector):
        def fail(self, reason: str, final: bool = False) -> None:
            finals.append(final)
            super().fail(reason)

    device, sink = made("good", "sdk"), Told()
    device.open()
    device.start(sink)
    assert sink.wait_for_failure() == (
        'the package bleak is not installed: install it with `pip install "groundup[bluetooth]"`'
    )
    device.stop()
    assert finals == [True]
    assert device.runs["sdk"] == 1


def test_commands_are_done_on_the_loops_thread_and_may_wait() -> None:
    device = made("good")
    with pytest.raises(CommandError, match="has ended"):
        device.run_command("wink", {})
    with driven(device):
        assert device.run_command("wink", {"times": 2}) == "winked 2 times"
        assert device.run_command("tare", {}) == "done"
        with pytest.raises(CommandError, match="no light left"):
            device.run_command("wink", {"times": 4})
        with pytest.raises(CommandError, match='times is "often"; a whole number is expected'):
            device.run_command("wink", {"times": "often"})
        assert device.threads == {"radio"}
    with pytest.raises(CommandError, match="has ended"):
        device.run_command("wink", {})


def test_what_is_required_is_asked_for_at_least_every_two_seconds() -> None:
    device = made()
    device.longest_pause_s = 30.0
    pauses = Pauses(device)
    assert [pauses.next() for _ in range(8)] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    device.required = True
    pauses = Pauses(device)
    assert [pauses.next() for _ in range(4)] == [0.5, 1.0, 2.0, 2.0]
    pauses.begin_anew()
    assert pauses.next() == 0.5


class Blocking(Radio):
    """Waits where it should await."""

    def __init__(self) -> None:
        super().__init__()
        self.blocked, self.free = threading.Event(), threading.Event()

    async def run(self, address, port):
        if address == "good":
            await super().run(address, port)
        self.blocked.set()
        self.free.wait()
        await port.until_gone(60.0)


def test_what_blocks_the_loop_is_named_with_its_task_and_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(async_device, "BLOCKED_S", 0.1)
    device = Blocking()
    device.addresses = ("good", "shank_L")
    with driven(device) as (_, sink):
        sink.wait_until(lambda: bool(sink.reasons["good"]))
        device.free.set()
        sink.wait_for(20, "good")  # and it goes on
    (why,) = sink.reasons["good"]
    line = 1 + open(__file__, encoding="utf-8").read().splitlines().index("        self.free.wait()")  # noqa: SIM115
    place = f"in the task of shank_L, at run() (test_async_device.py, line {line})"
    assert why == f"its driver's loop is blocked {place}: await there, or use a thread"
    assert "no sensor is heard: its driver's loop is blocked" in capsys.readouterr().err
    assert not [t.name for t in threading.enumerate() if t.name == "radio"]
