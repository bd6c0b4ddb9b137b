"""A standard error that nobody reads, filled to its brim, stops neither the recorder nor its drivers."""

import fcntl
import json
import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import groundup
from groundup.system.processes import python_command
from tests.installed_plugin import install_plugin
from tests.rig.conftest import PATIENCE_S, Rig

TALKER = """
import sys, threading
import numpy as np
from groundup.plugin import Channel, Device, StreamSpec, hookimpl

class Talker(Device):
    name = "talker"

    def open(self):
        return StreamSpec("Talker", "EMG", 100.0, "int32", (Channel("a", "V"),))

    def start(self, sink):
        self.going = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(sink,), daemon=True)
        self.thread.start()

    def run(self, sink):
        k = 0
        while not self.going.wait(0.05):
            print("said by a driver " + "x" * 20000, file=sys.stderr, flush=True)
            sink.push(np.arange(k, k + 5, dtype=np.int32)[:, None], sink.clock() - 0.05 + np.arange(5) / 100.0)
            k += 5
            if k == 400:
                open("400", "w").close()

    def stop(self):
        if getattr(self, "going", None) is not None:
            self.going.set()
            self.thread.join()

@hookimpl
def groundup_devices():
    return [Talker]
"""


@pytest.fixture
def talker(rig: Rig) -> Rig:
    install_plugin(rig.cwd / "site", "talker", TALKER)
    (rig.cwd / "lab.toml").write_text('[devices.t]\ndriver = "talker"\n')
    rig.environment = {**rig.environment, "PYTHONPATH": str(rig.cwd / "site")}
    return rig


def full_pipe() -> tuple[int, int]:
    """A pipe that takes no byte more."""
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    try:
        while True:
            os.write(writes, b"." * 512)
    except BlockingIOError:
        pass
    os.set_blocking(writes, True)
    return reads, writes


@pytest.mark.survives(
    "recording",
    fault="Nobody reads what the recorder says: its standard error is a full pipe, or a terminal that was halted",
    happens="Streams and drivers are recorded to the end, and the recording is sealed",
    said="What can still be read, and how many bytes were left out",
    lost="Words on the screen; the ledger has all faults",
)
@pytest.mark.parametrize("kind", ["pipe", "terminal"])
@pytest.mark.parametrize("screen", ["--no-live", "--live"])
def test_nobody_reads_what_the_recorder_says(talker: Rig, kind: str, screen: str) -> None:
    reads, writes = full_pipe() if kind == "pipe" else pty.openpty()
    command = [*python_command("groundup"), "record", "lab.toml", "-o", "x.h5", "--no-analyze", screen]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=writes, env=talker.environment, cwd=talker.cwd
    )
    assert process.stdin is not None
    os.close(writes)
    try:
        waiting = threading.Event()
        while not (talker.cwd / "400").exists() and process.poll() is None:
            waiting.wait(0.05)
        process.stdin.close()
        assert process.wait(PATIENCE_S) in (0, 3)
    finally:
        process.kill()
        os.close(reads)
    with groundup.open(talker.cwd / "x.h5") as recording:
        (stream,) = (s for s in recording.streams.values() if s.spec.name == "Talker")
        values = np.asarray(stream.samples)[:, 0]
    assert values[-1] >= 394
    np.testing.assert_array_equal(np.diff(values), 1)


SAYS = """
import sys, os
from groundup.system.unblocked_errors import UnblockedErrors
with UnblockedErrors() as errors:
    for k in range(int(sys.argv[1])):
        print("line", k, file=sys.stderr)
        os.write(2, b"raw\\n")
    print(json.dumps([sys.stderr.isatty(), errors.settle(0.5)]), flush=True)
print("after", file=sys.stderr)
""".replace("import sys", "import json, sys", 1)


def test_all_that_is_read_comes_in_order(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", SAYS, "20000"], capture_output=True, text=True, timeout=PATIENCE_S, check=True
    )
    assert json.loads(done.stdout) == [False, True]
    lines = [line for k in range(20000) for line in (f"line {k}", "raw")]
    assert done.stderr.splitlines() == [*lines, "after"]


def test_what_nobody_reads_is_counted_and_said_when_somebody_does(tmp_path: Path) -> None:
    reads, writes = full_pipe()
    process = subprocess.Popen([sys.executable, "-P", "-c", SAYS, "200000"], stdout=subprocess.PIPE, stderr=writes)
    os.close(writes)
    assert process.stdout is not None
    assert json.loads(process.stdout.readline()) == [False, False]  # it did not wait
    with os.fdopen(reads, "rb") as pipe:
        said = pipe.read()
    assert process.wait(PATIENCE_S) == 0
    assert b"line 0\n" in said


def test_a_terminal_stays_one(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen([sys.executable, "-P", "-c", SAYS, "3"], stdout=subprocess.PIPE, stderr=slave)
    os.close(slave)
    assert process.stdout is not None
    assert json.loads(process.stdout.readline()) == [True, True]
    assert process.wait(PATIENCE_S) == 0
    fcntl.fcntl(master, fcntl.F_SETFL, os.O_NONBLOCK)
    said = os.read(master, 1 << 16).replace(b"\r", b"")
    os.close(master)
    assert said == b"line 0\nraw\nline 1\nraw\nline 2\nraw\nafter\n"
