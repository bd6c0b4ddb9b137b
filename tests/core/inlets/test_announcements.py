"""What an announcement says is not believed with our memory: queues and pulls are bounded in bytes."""

import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundup.inlets.stream_monitor import StreamCounters, StreamMonitor
from groundup.lsl import library, memory
from groundup.lsl.description import LONGEST, description
from groundup.model.ledger import LedgerRow
from groundup.model.streams import FORMATS, Channel, StreamSpec

MOST_BYTES = 100 << 20


@pytest.mark.survives(
    "recording",
    fault="A stream announces a rate of 1e300 Hz or 65,536 channels.",
    happens="No queue and no pull is larger than 100 MiB, whatever is announced.",
    said="“the stream header cannot be read in full: its nominal_srate … is no number that can be meant: …”",
    lost="Nothing.",
)
@given(
    rate=st.floats(0.0, 1e300),
    channels=st.integers(0, 65536),
    fmt=st.sampled_from(FORMATS),
    seconds=st.floats(0.0, 3600.0),
)
def test_no_announcement_takes_more_than_the_bound(rate: float, channels: int, fmt: str, seconds: float) -> None:
    spec = StreamSpec("x", "EMG", rate, fmt, (Channel("c"),) * channels)  # type: ignore[arg-type]
    each = memory.value_bytes(spec)
    assert memory.queue_samples(spec, seconds) * each <= MOST_BYTES
    assert memory.pull_samples(spec, seconds) * each <= MOST_BYTES
    assert min(memory.queue_samples(spec, seconds), memory.pull_samples(spec, seconds)) >= 1


def test_a_device_of_a_gait_lab_has_its_minute() -> None:
    emg = StreamSpec("EMG", "EMG", 2000.0, "float32", (Channel("c"),) * 32)
    assert memory.queue_samples(emg, 60.0) == 120_000


def test_liblsl_sets_no_memory_aside_and_keeps_the_labs_own_configuration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    config = f"{tmp_path}/lsl_api.cfg"
    with open(config, "w", encoding="utf-8") as file:
        file.write("[lab]\nSessionID = mine\n[tuning]\nInletBufferReserveMs = 60000\nTimeProbeCount = 9\n")
    monkeypatch.setenv("LSLAPICFG", config)
    lines = library._configuration().splitlines()
    assert "SessionID = mine" in lines
    assert "TimeProbeCount = 9" in lines
    assert [line for line in lines if "InletBufferReserveMs" in line] == ["InletBufferReserveMs = 0"]


class Outlet:
    """Answers one question of an inlet, with what it is given, and says it was asked."""

    def __init__(self, answer: bytes, hang: bool = False) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = self._listening.getsockname()
        self._answer, self._done = answer, threading.Event()
        self._hang = hang
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        peer, _ = self._listening.accept()
        with peer:
            assert peer.recv(100) == b"LSL:fullinfo\r\n"
            try:
                peer.sendall(self._answer)
            except OSError:
                return
            if self._hang:
                self._done.wait()

    def close(self) -> None:
        self._done.set()
        self._listening.close()


def test_a_description_is_read_whole_as_sent() -> None:
    sent = b"<info><name>\x1b\xff</name><uid>abc</uid><desc>" + b"x" * 1_000_000 + b"</desc></info>"
    outlet = Outlet(sent)
    assert description(outlet.address, "abc", 30.0) == sent
    outlet.close()


def test_another_outlet_in_its_place_is_not_taken_for_it() -> None:
    outlet = Outlet(b"<info><uid>other</uid></info>")
    with pytest.raises(ConnectionError):
        description(outlet.address, "abc", 30.0)
    outlet.close()


@pytest.mark.survives(
    "recording",
    fault="A sender never ends its description, or never answers.",
    happens="It is given up after a bounded time and a bounded number of bytes.",
    said="“its description is longer than … MiB, more than LSL can be given to read”",
    lost="Nothing.",
)
def test_one_that_does_not_answer_and_one_without_end_are_given_up() -> None:
    slow = Outlet(b"<info>", hang=True)
    with pytest.raises(TimeoutError):
        description(slow.address, "abc", 0.2)
    slow.close()
    endless = Outlet(b"<info><uid>abc</uid>" + b"x" * (LONGEST + 1), hang=True)
    with pytest.raises(OSError, match="description is longer than"):
        description(endless.address, "abc", 60.0)
    endless.close()


@pytest.mark.survives(
    "recording",
    fault="A sender comes and goes every second.",
    happens="A fault, once; a warning where the stream is optional.",
    said="“markers has left the network … times within … s: its program or its connection does not hold”",
    lost="What it sends while it is away.",
)
def test_a_stream_that_flaps_is_a_fault_of_any_rate_and_said_once() -> None:
    flow = StreamMonitor("markers", 0.0, None, 0.0)
    rows: list[LedgerRow] = []
    for k in range(1, 10):
        rows += flow.look(float(k), StreamCounters(k, float(k), float(k), present=False))
        rows += flow.returned(k + 0.5)
    assert [row.severity for row in rows if row.kind == "flaps"] == ["fault"]
    optional = StreamMonitor("markers", 0.0, False, 0.0)
    rows = [row for k in range(1, 9) for row in [*optional.left(float(k)), *optional.returned(k + 0.5)]]
    assert [row.severity for row in rows if row.kind == "flaps"] == ["warning"]


@pytest.mark.parametrize("stamp", [float("nan"), float("inf"), 1e308, -1e308])
def test_stamps_that_are_no_times_do_not_end_the_recorder(stamp: float) -> None:
    flow = StreamMonitor("emg", 1000.0, True, 0.0)
    flow.look(1.0, StreamCounters(10, 1.0, -stamp, True))
    flow.look(3.5, StreamCounters(10, 1.0, -stamp, True))
    assert [row.kind for row in flow.look(4.0, StreamCounters(20, 4.0, stamp, True))][:1] == ["resumed"]
