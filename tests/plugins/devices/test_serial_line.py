"""Serial lines over a real pseudo terminal: every sample once, with the device's own time."""

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from driving import driven

from groundup.plugin import pauses
from groundup_plugins.devices.serial_line import SerialLine, SerialSettings
from groundup_plugins.devices.simulators import serial_line as plate

pytest.importorskip("serial")
pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals"),
    pytest.mark.rig,
]  # a device in real time is waited for

RATE = 400.0
LINES = {"fields": ["clock", "a", "b", "c", "d"], "clock_unit_s": 80.0 / RATE * 1e-3, "rate": RATE}
FRAMES = {
    "format": "frames", "fields": ["counter:u8", "a:i24", "b:i24", "c:i24", "d:i24"], "sync": "AA 55",
    "checksum": "crc16", "rate": RATE,
}  # fmt: skip


@pytest.fixture
def pty() -> Iterator[plate.Pty]:
    made = plate.Pty()
    yield made
    made.close()


class Sending:
    """The simulated plate, sending until the end of the block."""

    def __init__(self, pty: plate.Pty, make: Callable[[int], bytes], first: int = 0) -> None:
        self._stop = threading.Event()
        work = (pty.write, lambda number: make(number + first), RATE, self._stop)
        self._thread = threading.Thread(target=plate.send, args=work, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def device(pty: plate.Pty, table: dict[str, object], **more: object) -> SerialLine:
    return SerialLine(msgspec.convert({**table, "port": pty.path, **more}, SerialSettings))


@pytest.mark.parametrize(("make", "table"), [(plate.line, LINES), (plate.frame, FRAMES)], ids=["lines", "frames"])
def test_every_sample_comes_once_and_in_order(
    pty: plate.Pty, make: Callable[[int], bytes], table: dict[str, object]
) -> None:
    with driven(device(pty, table)) as (specs, sink), Sending(pty, make):
        sink.wait_for(200)
    assert [c.label for c in specs[""].channels] == ["a", "b", "c", "d"]
    samples, times = sink.stream()
    first = int(samples[0, 0])
    np.testing.assert_array_equal(samples, [plate.cells(k) for k in range(first, first + len(samples))])
    assert (np.diff(times) > 0).all()


def test_damaged_lines_are_left_out_and_said(pty: plate.Pty, capsys: pytest.CaptureFixture[str]) -> None:
    def make(number: int) -> bytes:
        return b"!!garbled!!\n" if number % 10 == 5 else plate.line(number)

    with driven(device(pty, LINES)) as (_, sink), Sending(pty, make):
        sink.wait_for(100)
    samples, _ = sink.stream()
    assert all(int(value) % 10 != 5 for value in samples[:, 0])
    assert "came damaged" in capsys.readouterr().err


@pytest.mark.rig
def test_a_plug_that_was_pulled_and_put_in_again_is_read_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pauses, "FIRST_S", 0.01)
    first, second, port = plate.Pty(), plate.Pty(), tmp_path / "port"
    port.symlink_to(first.path)
    with driven(SerialLine(msgspec.convert({**LINES, "port": str(port)}, SerialSettings))) as (_, sink):
        with Sending(first, plate.line):
            sink.wait_for(20)
        port.unlink()
        first.close()
        before = sink.count()
        port.symlink_to(second.path)
        with Sending(second, plate.line, first=1000):
            # What was held back to learn the rate comes first, however much that is on this machine.
            while sink.stream()[0][-1, 0] <= 1000:
                before += 1
                sink.wait_for(before)
    second.close()
    samples, times = sink.stream()
    assert samples[-1, 0] > 1000
    assert (np.diff(times) > 0).all()


def test_start_and_stop_commands_reach_the_device(pty: plate.Pty) -> None:
    with driven(device(pty, LINES, start="go\n", stop="halt\n")):
        assert pty.read() == b"go\n"
    assert pty.read() == b"halt\n"


def test_a_port_that_is_not_there_is_said_with_those_that_are(tmp_path: object) -> None:
    with pytest.raises(OSError, match=r"the port .*nothing cannot be opened .*ports of this computer"):
        SerialLine(msgspec.convert({**LINES, "port": f"{tmp_path}/nothing"}, SerialSettings)).open()


def test_without_pyserial_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "serial", None)
    with pytest.raises(OSError, match=r'pip install "groundup\[serial\]"'):
        SerialLine(msgspec.convert({**LINES, "port": "x"}, SerialSettings)).open()
