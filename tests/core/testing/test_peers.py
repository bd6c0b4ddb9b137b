"""The device that is not there sends what it was told, and misbehaves as it was told; a driver can be held to it."""

import socket
import sys
import threading

import numpy as np
import pytest

from groundup.plugin import POLL_S, Channel, PolledDevice, Settings, StreamSpec, pauses
from groundup.testing import Faults, SerialPeer, TcpPeer, driven

SIZE = 6


def frame(number):
    """Sync, a number of three bytes, a sum, an end."""
    body = number.to_bytes(3, "big")
    return b"\xa5" + body + bytes([sum(body) & 0xFF]) + b"\n"


class Reader(PolledDevice):
    """Reads such frames, over TCP or a terminal."""

    name = "reader"

    def __init__(self, peer):
        super().__init__(Settings())
        self.peer, self.connections = peer, 0

    def connect(self):
        if isinstance(self.peer, TcpPeer):
            self.line = socket.create_connection(("127.0.0.1", self.peer.port), timeout=5.0)
            self.line.settimeout(POLL_S)
            self.take = lambda: self.line.recv(4096)
        else:
            serial = pytest.importorskip("serial")
            self.line = serial.Serial(self.peer.port, timeout=POLL_S)
            self.take = lambda: self.line.read(max(1, self.line.in_waiting))
        self.rest = b""
        self.connections += 1
        return StreamSpec("R", "Test", 0.0, "int32", (Channel("n", "1"),))

    def begin(self, sink):
        data = b"go\n"
        self.line.sendall(data) if isinstance(self.peer, TcpPeer) else self.line.write(data)

    def read(self, sink):
        try:
            data = self.take()
        except TimeoutError:
            return
        if not data and isinstance(self.peer, TcpPeer):
            raise OSError("closed")
        self.rest += data
        at = 0
        while at + SIZE <= len(self.rest):
            part = self.rest[at : at + SIZE]
            if part[:1] == b"\xa5" and part[5:] == b"\n" and sum(part[1:4]) & 0xFF == part[4]:
                sink.push(np.array([[int.from_bytes(part[1:4], "big")]], np.int32), np.array([sink.clock()]))
                at += SIZE
            else:
                at += 1
        self.rest = self.rest[at:]

    def disconnect(self):
        if hasattr(self, "line"):
            self.line.close()


FAULTS = {
    "none": Faults(),
    "in pieces": Faults(piece=1),
    "slow": Faults(piece=2, pause_s=0.0005),
    "in bursts": Faults(burst=20),
    "garbage": Faults(garbage_every=5),
    "wrong checksums": Faults(corrupt_every=7),
    "losses": Faults(lose_every=9),
    "halves": Faults(cut_every=11),
    "drift": Faults(ppm=5000.0),
    "all at once": Faults(piece=5, burst=3, garbage_every=6, corrupt_every=7, lose_every=9, cut_every=11),
}
KINDS = [TcpPeer] + ([SerialPeer] if sys.platform != "win32" else [])


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(pauses, "FIRST_S", 0.01)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", FAULTS)
def test_what_went_out_whole_arrives_and_nothing_else(kind, fault):
    with kind(frame, 2000.0, FAULTS[fault], asked_first=True) as peer:
        device = Reader(peer)
        with driven(device) as (_, sink):
            sink.wait_for(100)
        got = sink.stream()[0][:, 0].tolist()
        sent = list(peer.sent)
    assert peer.asked.startswith(b"go\n")
    assert got == sent[: len(got)]


def test_a_connection_that_is_dropped_can_be_made_again_and_numbers_go_on():
    with TcpPeer(frame, 2000.0, Faults(disconnect_every=30)) as peer:
        device = Reader(peer)
        with driven(device) as (_, sink):
            sink.wait_for(80)
        got = sink.stream()[0][:, 0].tolist()
    assert device.connections >= 3
    assert got == sorted(set(got))
    assert set(got) <= set(peer.sent)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")
def test_a_plug_that_is_pulled_comes_back_under_the_same_name():
    with SerialPeer(frame, 2000.0, Faults(disconnect_every=200), asked_first=True) as peer:
        device = Reader(peer)
        with driven(device) as (_, sink):
            sink.wait_for(300)
    assert device.connections >= 2


def test_a_device_that_falls_silent_stays_connected():
    with TcpPeer(frame, 2000.0, Faults(silent_after=50)) as peer:
        device = Reader(peer)
        with driven(device) as (_, sink):
            sink.wait_for(50)
    assert sink.count() == 50
    assert device.connections == 1


def test_its_crystal_is_as_wrong_as_it_was_told():
    now, made = [0.0], threading.Event()

    def clock():
        now[0] += 0.001
        if now[0] > 20.0:
            made.set()
        return now[0]

    with TcpPeer(frame, 100.0, Faults(ppm=50_000.0), clock=clock) as peer, driven(Reader(peer)) as (_, sink):
        sink.wait_for(20)
    assert peer._rate == pytest.approx(105.0)


def test_it_greets_and_answers():
    peer = TcpPeer(frame, 1.0, greeting=b"hello\n", answer=bytes.upper, asked_first=True)
    with peer, socket.create_connection(("127.0.0.1", peer.port), timeout=30.0) as line:
        assert line.recv(6) == b"hello\n"
        line.sendall(b"who?")
        assert line.recv(4) == b"WHO?"
