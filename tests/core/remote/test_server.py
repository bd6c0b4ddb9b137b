"""The port of the remote control: whoever connects, and whatever they send or leave out, a script is served."""

import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from groundup.remote import server as serving
from groundup.remote.names import Places
from groundup.remote.protocol import Remote, RemoteError
from groundup.remote.server import MOST_CLIENTS, RemoteServer

PATIENCE_S = 60.0


class FakeSessions:
    """Sessions whose recordings begin slowly, when they are told to."""

    def __init__(self) -> None:
        self.recording = False
        self.may_begin = threading.Event()
        self.may_begin.set()
        self.stopped = threading.Event()
        self.begins = threading.Event()
        self.refreshing = threading.Barrier(2)

    def start(self, path: Path, selection: Sequence[str] | None, participant: str) -> None:
        self.recording = True
        self.begins.set()
        while not self.may_begin.wait(0.01):
            if self.stopped.is_set():
                raise RemoteError("it was stopped while it began")

    def stop(self) -> None:
        if not self.recording:
            raise RemoteError("nothing is being recorded")
        self.recording = False
        self.stopped.set()

    def mark(self, time: float, text: str) -> None:
        pass

    def refresh(self) -> None:
        self.refreshing.wait(PATIENCE_S)
        self.refreshing.wait(PATIENCE_S)

    def status(self) -> dict[str, Any]:
        return {"state": "recording" if self.recording else "idle", "file": "x.h5"}


class Script:
    """A client that waits for replies."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self._replies = self.socket.makefile("rb")

    def send(self, line: str) -> str:
        self.socket.sendall(f"{line}\n".encode())
        return self.reply()

    def reply(self) -> str:
        return self._replies.readline().decode().rstrip("\n")

    def rest(self) -> bytes:
        """All that comes until the server hangs up."""
        with contextlib.suppress(ConnectionError):
            return self._replies.read()
        return b""


@pytest.fixture
def sessions() -> FakeSessions:
    return FakeSessions()


@pytest.fixture
def port(sessions: FakeSessions, tmp_path: Path) -> Iterator[int]:
    server = RemoteServer(Remote(sessions, Places(tmp_path)), ("127.0.0.1",))
    yield server.port
    server.close()


@pytest.mark.survives(
    "programs",
    fault="Idle clients hold every place of the remote control.",
    happens="The longest idle gives its place; the script that records keeps its own.",
    said="“another needs this place: … clients are served at once”, to the one that leaves",
    lost="Nothing.",
)
def test_idle_clients_give_their_place_and_the_script_that_records_keeps_its(port: int, sessions: FakeSessions) -> None:
    script = Script(port)
    assert script.send("start") == "OK"
    pollers = [Script(port) for _ in range(3 * MOST_CLIENTS)]
    for poller in pollers:  # each asks once, and is never closed
        with contextlib.suppress(ConnectionError):
            poller.send("status")
    late = Script(port)
    assert late.send("status").startswith("{")
    assert script.send("stop") == "OK"
    assert not sessions.recording
    assert b"another needs this place" in pollers[0].rest()


@pytest.mark.survives(
    "programs",
    fault="A client of the remote control speaks TLS, UTF-16 or another binary protocol.",
    happens="It is closed, and nothing is started.",
    said="one line at most",
    lost="Nothing.",
)
@pytest.mark.parametrize(
    "raw",
    [
        bytes.fromhex("16030100c8010000c40303") + bytes(range(200)),  # how TLS begins
        "start\n".encode("utf-16"),
        b"\x00" * 5000,
        b"\x1b[2Jstart\n",
        b"SSH-2.0-x\r\n\x00\x00\x05",
    ],
)
def test_a_client_that_sends_no_text_is_closed_with_a_line_at_most(
    port: int, sessions: FakeSessions, raw: bytes
) -> None:
    script = Script(port)
    script.socket.sendall(raw)
    assert script.rest().count(b"\n") <= 2
    assert not sessions.recording


@pytest.mark.survives(
    "programs",
    fault="A client sends 1,800 nested brackets, or a line of 8,000 characters.",
    happens="An error of one line; the next client is served.",
    said="“ERROR …”",
    lost="Nothing.",
)
@pytest.mark.parametrize(
    "line",
    [
        "select " + "(" * 1800 + "type='EMG'" + ")" * 1800,
        "select " + "not(" * 1600 + "true()" + ")" * 1600,
        "select " + "not(" * 1800 + "true()" + ")" * 1800,
        "select " + "(" * 3000,
        "filename {template:" + "%p" * 2000 + "} {participant:" + "x" * 3000 + "}",
        "filename " + "{" * 4000,
        "filename {template:" + "[" * 4000 + "}",
        "trial start " + '"' * 4000,
        "x" * 8000,
    ],
)
def test_what_is_nested_deep_or_long_is_an_error_of_one_line(port: int, line: str) -> None:
    script = Script(port)
    reply = script.send(line)
    assert reply.startswith("ERROR ")
    assert len(reply) < 1000
    assert Script(port).send("status").startswith("{")


@pytest.mark.survives(
    "programs",
    fault="Many commands wait while a recording begins slowly.",
    happens="`stop` is done first.",
    said="“OK”; to the one that began it: “ERROR … it was stopped while it began”",
    lost="Nothing.",
)
def test_stop_goes_before_all_that_wait(port: int, sessions: FakeSessions) -> None:
    sessions.may_begin.clear()
    first = Script(port)
    first.socket.sendall(b"start\n")
    assert sessions.begins.wait(PATIENCE_S)
    others = [Script(port) for _ in range(10)]
    for k, other in enumerate(others):
        other.socket.sendall(b"filename {task:x}\nselect all\n" if k % 2 else b"start\n")
    assert Script(port).send("stop") == "OK"
    assert "stopped while it began" in first.reply()
    for other in others:
        assert other.reply()


def test_an_update_that_looks_around_lets_nobody_wait(port: int, sessions: FakeSessions) -> None:
    looking = Script(port)
    looking.socket.sendall(b"update\n")
    sessions.refreshing.wait(PATIENCE_S)
    script = Script(port)
    assert script.send("start") == "OK"
    assert script.send("stop") == "OK"
    sessions.refreshing.wait(PATIENCE_S)
    assert looking.reply() == "OK"


@pytest.mark.survives(
    "programs",
    fault="Eight clients flood the remote control.",
    happens="`stop` is done all the same.",
    said="“OK”",
    lost="Nothing.",
)
def test_stop_comes_through_while_others_send_as_fast_as_they_can(port: int, sessions: FakeSessions) -> None:
    script = Script(port)
    assert script.send("start") == "OK"
    enough = threading.Event()

    def flood() -> None:
        with contextlib.suppress(OSError):
            one = Script(port)
            while not enough.is_set():
                one.socket.sendall(b"select all\nstatus\n" * 20)
                one.socket.recv(65536)

    threads = [threading.Thread(target=flood) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert script.send("stop") == "OK"
    enough.set()
    for thread in threads:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


@pytest.mark.survives(
    "programs",
    fault="400 connections come at once, some half closed.",
    happens="Few threads are left, and the script's `stop` is done.",
    said="“OK”",
    lost="Nothing.",
)
def test_a_flood_of_connections_leaves_few_threads_and_a_place_for_stop(port: int, sessions: FakeSessions) -> None:
    script = Script(port)
    assert script.send("start") == "OK"
    held = []
    for k in range(400):
        one = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        if k % 3 == 1:
            one.sendall(b"sto")
            one.shutdown(socket.SHUT_WR)  # half closed
        if k % 40:
            one.close()
        else:
            held.append(one)
    assert Script(port).send("status").startswith("{")
    assert script.send("stop") == "OK"
    serving_now = [t for t in threading.enumerate() if t.name == "groundup-remote-client"]
    assert len(serving_now) <= 3 * MOST_CLIENTS  # those that were sent away may not have ended yet


def test_a_line_in_pieces_is_a_line_after_hours_of_silence(
    port: int, sessions: FakeSessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Script(port)
    assert script.send("start") == "OK"
    now = serving.time.monotonic
    monkeypatch.setattr(serving.time, "monotonic", lambda: now() + 36_000.0)
    for piece in (b"s", b"to", b"p\n"):
        script.socket.sendall(piece)
        threading.Event().wait(0.05)
    assert script.reply() == "OK"


@pytest.mark.survives(
    "programs",
    fault="A client sends half a line, byte by byte, and never ends it.",
    happens="It is closed.",
    said="nothing",
    lost="Nothing.",
)
def test_half_a_line_does_not_hold_a_place_for_ever(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "IDLE_S", 0.3)
    drips = Script(port)
    with contextlib.suppress(ConnectionError):
        for _ in range(1000):
            drips.socket.sendall(b"s")
            threading.Event().wait(0.02)
    with contextlib.suppress(ConnectionError):
        assert drips.rest() == b""


def test_whoever_sends_and_goes_is_heard(port: int, sessions: FakeSessions) -> None:
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as gone:
        gone.sendall(b"start\n")
    assert sessions.begins.wait(PATIENCE_S)
    half = Script(port)
    half.socket.sendall(b"stop\n")
    half.socket.shutdown(socket.SHUT_WR)
    assert half.reply() == "OK"


def test_the_server_ends_whoever_is_connected(sessions: FakeSessions, tmp_path: Path) -> None:
    server = RemoteServer(Remote(sessions, Places(tmp_path)), ("127.0.0.1",))
    scripts = [Script(server.port) for _ in range(10)]
    scripts[0].socket.sendall(b"half a li")
    scripts[1].send("status")
    server.close()
    for script in scripts:
        assert script.rest() == b""
