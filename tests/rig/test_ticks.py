"""What a driver makes its stamps of is recorded with its streams, survives a kill, and gives the sealed times."""

import random
import socket
import threading
import time
from collections.abc import Iterator

import h5py
import numpy as np
import pytest

import groundup
from groundup.journal import read_journal
from groundup.lsl.ticks import TICKS, are_ticks
from groundup_plugins.devices.simulators import phone
from tests.rig.conftest import Rig, recorded

RATE, SLOW_PPM, PACKET = 200.0, 80.0, 4
LAB = """
[streams.cells]
match = "type='Force'"
[devices.amplifier]
driver = "udp"
port = {port}
host = "127.0.0.1"
protocol = "plain"
name = "Cells"
[devices.amplifier.records]
format = "lines"
fields = ["counter", "number"]
rate = 200
type = "Force"
modulus = 65536
channels = {{ number = {{ unit = "1" }} }}
"""


class Amplifier:
    """Counts its samples, whose numbers are also their values, and sends them late; a sample was taken at `taken`."""

    def __init__(self) -> None:
        self.port = phone.free_port()
        self.begun = time.monotonic()  # LSL's clock on this system
        self._late: list[float] = []  # each packet, behind its last sample, in s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def taken(self, numbers: np.ndarray) -> np.ndarray:
        return self.begun + numbers * (1.0 + SLOW_PPM * 1e-6) / RATE

    def soonest(self, numbers: np.ndarray) -> float:
        """How late the most punctual packet of these samples was sent, in s."""
        return min(self._late[int(numbers[0]) // PACKET : int(numbers[-1]) // PACKET + 1])

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _send(self) -> None:
        chance, first = random.Random(1), 0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            while not self._stop.is_set():
                taken = float(self.taken(np.array(first + PACKET - 1)))
                self._stop.wait(max(0.0, taken + chance.gammavariate(2.0, 0.001) - time.monotonic()))
                lines = (b"%d,%d\n" % ((k + 65_000) % 65_536, k) for k in range(first, first + PACKET))
                self._late.append(time.monotonic() - taken)
                out.sendto(b"".join(lines), ("127.0.0.1", self.port))
                first += PACKET


@pytest.fixture
def amplifier() -> Iterator[Amplifier]:
    made = Amplifier()
    yield made
    made.stop()


@pytest.mark.survives(
    "time",
    fault="The recorder of a driver's stream is killed.",
    happens="The ticks are in the journal; the recovered times are made with hindsight.",
    said="“… with hindsight …”, in the certificate",
    lost="Nothing of the ticks that had arrived.",
)
def test_ticks_of_a_driver_survive_a_kill_and_give_the_sealed_times(rig: Rig, amplifier: Amplifier) -> None:
    (rig.cwd / "lab.toml").write_text(LAB.format(port=amplifier.port))
    journal = rig.cwd / "x.journal.xdf"
    process = rig.start("record", "lab.toml", "-o", "x.h5", "--no-analyze")
    process.wait_until(lambda: any(s.count > 8 * RATE for s in recorded(journal).values()))
    assert "groundup.ticks" not in rig.run("streams").output
    process.kill()
    sent = {s.id: np.concatenate([stamps for stamps, _ in s.blocks()]) for s in read_journal(journal).source.streams}
    recovering = rig.run("recover", "x.journal.xdf")
    assert recovering.process.returncode == 0, "".join(recovering.output)
    with groundup.open(rig.cwd / "x.h5") as recording:
        assert list(recording.streams) == ["cells"]
        (ticks,) = recording.ticks.values()
        assert are_ticks(ticks.spec)
        assert ticks.spec.role == "ticks"
        assert len(ticks) > 50
        cells = recording.streams["cells"]
        np.testing.assert_array_equal(cells.timestamps[:], sent["cells"])
        assert "with hindsight" in cells.certificate.reason
        numbers = cells.samples[:, 0]
        off = 1e3 * (cells.time - amplifier.taken(numbers))
        bound, alike = cells.certificate.bound_ms, cells.certificate.asymmetry_ms
        assert np.mean(np.abs(off - np.median(off)) <= bound) > 0.93
        # The driver's clock is this one: nobody can see what even its most punctual packet is late by, and no more.
        # A bound is for 95 streams in 100, which test_stamp_correction.py holds; this one may be another.
        assert np.mean(np.abs(off - 1e3 * amplifier.soonest(numbers)) <= 2.0 * (bound + alike)) > 0.93
        assert bound < 5.0
    assert rig.run("verify", "x.h5").process.returncode == 0
    rig.run("export", "x.h5", "--to", "xdf", "-o", "back.xdf")
    again = read_journal(rig.cwd / "back.xdf").source.streams
    assert [s.spec.name for s in again] == ["Cells", TICKS]
    with h5py.File(rig.cwd / "x.h5") as file:
        assert file["streams/ticks"].attrs["role"] == b"ticks"
