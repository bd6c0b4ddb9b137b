"""An experiment script written for LabRecorder drives groundup, and nothing a client sends harms a recording."""

import json
import re
import resource
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import groundup
from groundup import lsl
from groundup.remote.server import LONGEST_LINE, MOST_CLIENTS
from tests.rig.conftest import PATIENCE_S, Process, Rig, recorded
from tests.rig.sender import Counter


class Script:
    """A client: sends lines, reads the reply to each."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("localhost", port), timeout=PATIENCE_S)
        self._replies = self.socket.makefile("r", encoding="utf-8")

    def send(self, line: str) -> str:
        self.socket.sendall(f"{line}\n".encode())
        return self._replies.readline().rstrip("\n")

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.send("status"))
        return found

    def wait_until(self, key: str, value: Any) -> dict[str, Any]:
        """Ask until the status says so."""
        for _ in range(int(PATIENCE_S / 0.1)):
            if (facts := self.status())[key] == value:
                return facts
            threading.Event().wait(0.1)
        raise AssertionError(f"{key} did not become {value!r}: {facts}")

    def wait_for_samples(self, least: int) -> dict[str, Any]:
        """Ask until so many samples are recorded; what is said of their stream."""
        for _ in range(int(PATIENCE_S / 0.1)):
            facts = self.status()
            assert facts["state"] == "recording"
            stream: dict[str, Any] = next((s for s in facts["streams"] if s["type"] == "EMG"), {"samples": 0})
            if stream["samples"] >= least:
                return stream
            threading.Event().wait(0.1)
        raise AssertionError(f"nothing is recorded: {facts}")


@pytest.fixture
def counter() -> Iterator[Counter]:
    made = Counter()
    made.start()
    yield made
    made.stop()


def serve(here: Rig, counter: Counter, *more: str) -> tuple[Process, int]:
    """A recorder that waits for commands, and its port."""
    arguments = ("record", "--remote", "--port", "0", "--stream", counter.predicate, "--no-analyze", *more)
    process = here.start(*arguments)
    process.wait_for("waiting for commands")
    (port,) = (int(m[1]) for line in process.output if (m := re.search(r"port (\d+)", line)))
    return process, port


def end(process: Process, status: int = 0) -> None:
    process.process.send_signal(signal.SIGINT)
    assert process.wait() == status, "".join(process.output)


def await_samples(counter: Counter, more: int) -> None:
    until = (counter.sent[-1][1] if counter.sent else 0) + more
    while not counter.sent or counter.sent[-1][1] < until:
        counter._stop.wait(0.02)


def unbroken(path: Path) -> np.ndarray:
    """The counter's samples: nothing lost between the first and the last."""
    with groundup.open(path) as recording:
        samples = next(np.asarray(s.samples) for s in recording.streams.values() if s.spec.type == "EMG")
    first = int(samples[0, 0])
    assert samples[:, 0].tolist() == list(range(first, first + len(samples)))
    return samples


def test_the_script_of_labrecorders_readme_makes_its_recording(here: Rig, counter: Counter) -> None:
    process, port = serve(here, counter)
    s = socket.create_connection(("localhost", port))
    s.sendall(b"select all\n")
    s.sendall(
        b"filename {root:C:\\Data\\} {template:exp%n\\%p_block_%b.xdf} {run:2} {participant:P003} {task:MemoryGuided}\n"
    )
    s.sendall(b"start\n")
    process.wait_for("counter-")
    journal = here.cwd / "Data" / "exp002" / "P003_block_MemoryGuided.journal.xdf"
    process.wait_until(lambda: any(stream.count > 100 for stream in recorded(journal).values()))
    s.sendall(b"stop\n")
    s.close()  # as scripts do: at once, with every reply unread
    process.wait_for("sealing")
    end(process)
    path = here.cwd / "Data" / "exp002" / "P003_block_MemoryGuided.h5"
    assert len(unbroken(path)) > 100
    with groundup.open(path) as recording:
        assert recording.participant_id == "P003"


def test_trials_and_markers_are_in_the_recording_at_the_times_they_were_said(here: Rig, counter: Counter) -> None:
    process, port = serve(here, counter)
    script = Script(port)
    assert script.send("filename {template:%b_%n} {task:walk}") == "OK"
    assert script.send("start") == "OK"
    times = []
    for line in ("trial start first usual pace", "marker here", "trial stop", "trial start second"):
        await_samples(counter, 50)
        before = lsl.clock()
        assert script.send(line) == "OK"
        times.append((before, lsl.clock()))
    assert script.status()["trial"] == "second"
    before = lsl.clock()
    assert script.send("stop") == "OK"
    times.append((before, lsl.clock()))
    script.wait_until("sealing", [])
    end(process)
    analysed = here.run("analyze", "walk_001.h5", "--quiet")
    assert analysed.wait() == 0, "".join(analysed.output)
    with groundup.open(here.cwd / "walk_001.h5") as recording:
        first, second = recording.trial_list()
        assert [(t.name, t.condition) for t in (first, second)] == [("first", "usual pace"), ("second", "")]
        markers = recording.events[recording.events["kind"] == "marker"]
        assert markers["trial"].tolist() == ["first"]
        said = [first.t0, float(markers["time"].iloc[0]), first.t1, second.t0, second.t1]
        known = recording.streams["control"].certificate
        slack = 1e-3 * max(1.0, known.bound_ms + known.asymmetry_ms)
    for time, (earliest, latest) in zip(said, times, strict=True):
        assert earliest - slack <= time <= latest + slack


def test_one_recording_after_the_other_each_whole_and_none_overwritten(here: Rig, counter: Counter) -> None:
    (here.cwd / "run_001.h5").write_text("mine")
    process, port = serve(here, counter)
    script = Script(port)
    script.send("filename {template:run_%n}")
    for _ in range(3):
        assert script.send("start") == "OK"
        stream = script.wait_for_samples(100)
        assert stream["nominal_hz"] == counter.rate
        assert stream["missing_at_nominal"] == 0
        assert script.send("stop") == "OK"
        stopped = lsl.clock()
        assert script.status()["state"] == "idle"
        await_samples(counter, 1)
        after = min(k for time, k in counter.sent if time >= stopped)
    script.wait_until("sealing", [])
    done = script.status()["done"]
    assert [Path(d["file"]).name for d in done] == ["run_002.h5", "run_003.h5", "run_004.h5"]
    assert [d["status"] for d in done] == [0, 0, 0]
    end(process)
    assert (here.cwd / "run_001.h5").read_text() == "mine"
    runs = [unbroken(here.cwd / f"run_00{n}.h5") for n in (2, 3, 4)]
    assert [len(r) for r in runs] == [next(n for s, n in d["samples"].items() if s != "control") for d in done]
    assert runs[0][-1, 0] < runs[1][0, 0] < runs[2][-1, 0] < after


def test_orders_that_make_no_sense_are_refused_and_ctrl_c_seals_what_runs(here: Rig, counter: Counter) -> None:
    process, port = serve(here, counter, "--root", "here")
    script = Script(port)
    for line in ("stop", "trial start a", "strat", "filename {root:/elsewhere}", "filename {template:../x}"):
        assert script.send(line).startswith("ERROR "), line
    assert script.send("select none") == "OK"
    assert script.send("start").startswith("ERROR ")
    assert script.send(f"select {counter.predicate}") == "OK"
    assert script.send("filename {template:x}") == "OK"
    assert script.send("start") == "OK"
    assert script.send("start").startswith("ERROR ")
    script.wait_for_samples(100)
    end(process)
    unbroken(here.cwd / "here" / "x.h5")


def test_a_recording_with_nothing_in_it_is_none(here: Rig, counter: Counter) -> None:
    process, port = serve(here, counter)
    script = Script(port)
    for line in ("select none", "select name='nobody'", "filename {template:x}", "start", "stop"):
        assert script.send(line) == "OK"
    done = script.wait_until("sealing", [])["done"]
    assert "nothing but the control stream" in done[0]["faults"][0]
    end(process, 1)


def test_a_disk_that_fills_ends_the_recording_and_the_script_is_told(here: Rig, counter: Counter) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, before[1]))
    try:
        process, port = serve(here, counter)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    script = Script(port)
    script.send("filename {template:x}")
    assert script.send("start") == "OK"
    facts = script.wait_until("state", "idle")
    assert "cannot write" in facts["done"][-1]["message"]
    assert script.send("marker a").startswith("ERROR ")
    reply = script.send("stop")
    assert reply.startswith("ERROR ")
    assert "groundup recover" in reply
    end(process, 4)
    assert here.run("recover", "x.journal.xdf", "--no-analyze").wait() == 0
    unbroken(here.cwd / "x.h5")


def test_no_client_crashes_stalls_or_starves_a_recording(here: Rig, counter: Counter) -> None:
    process, port = serve(here, counter)
    script = Script(port)
    script.send("filename {template:x}")
    assert script.send("start") == "OK"
    held = []
    for _ in range(200):  # silent ones, all at once
        held.append(socket.create_connection(("localhost", port), timeout=PATIENCE_S))
    with socket.create_connection(("localhost", port), timeout=PATIENCE_S) as client:
        client.sendall(b"sto")  # half a line, and gone
    with socket.create_connection(("localhost", port), timeout=PATIENCE_S) as client:
        assert ended_by_the_server(client, b"x" * 1_000_000)
    with socket.create_connection(("localhost", port), timeout=PATIENCE_S) as client:
        assert ended_by_the_server(client, bytes(range(256)) * 1000)
    with socket.create_connection(("localhost", port), timeout=PATIENCE_S) as client:
        assert ended_by_the_server(client, b"POST / HTTP/1.1\r\n\r\nstop\n")
    with socket.create_connection(("localhost", port), timeout=PATIENCE_S) as client:
        client.sendall(b"status\n" * 500)  # and reads nothing
    other = Script(port)
    assert other.status()["state"] == "recording"
    assert other.send("marker " + "x" * (LONGEST_LINE - 20)) == "OK"
    script.wait_for_samples(100)
    assert script.send("stop") == "OK"
    assert len(held) > MOST_CLIENTS
    script.wait_until("sealing", [])
    end(process)
    assert "Traceback" not in "".join(process.output)
    unbroken(here.cwd / "x.h5")


def ended_by_the_server(client: socket.socket, data: bytes) -> bool:
    """Send, then read until the server hangs up."""
    try:
        client.sendall(data)
        while client.recv(65536):
            pass
    except ConnectionError:
        pass
    return True


def test_a_port_that_is_taken_is_said(here: Rig, counter: Counter) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = here.run("record", "--remote", "--port", str(taken.getsockname()[1]))
        assert process.wait() == 1
    assert "cannot listen" in "".join(process.output)


def test_other_computers_need_the_token(here: Rig, counter: Counter) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: asks which address would be used
            address = probe.getsockname()[0]
        except OSError:
            address = None
    if address is None:
        pytest.skip("this computer has no address but its own")
    process, port = serve(here, counter, "--bind", "0.0.0.0", "--token", "x y")
    with socket.create_connection((address, port), timeout=PATIENCE_S) as client:
        client.sendall(b"status\n")
        assert client.recv(100).startswith(b"ERROR")
    with socket.create_connection((address, port), timeout=PATIENCE_S) as client:
        client.sendall(b"token x y\nstatus\n")
        assert client.makefile().readline() == "OK\n"
    assert Script(port).status()["state"] == "idle"
    end(process)
