"""The end of a recording: a call of liblsl that never comes back keeps it neither from being sealed nor from ending."""

import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from groundup import lsl
from groundup.inlets import workers
from groundup.inlets.stream_request import StreamRequest
from groundup.inlets.workers import Workers
from groundup.journal import read_journal
from groundup.lsl.outlet import Outlet
from groundup.model.account import Account
from groundup.model.messages import say_nothing
from groundup.model.streams import Channel, StreamSpec
from groundup.record import recorder as recording
from groundup.record import session
from groundup.record.recorder import Recorder
from groundup.record.subprocesses import SealedInSubprocess


@pytest.fixture
def never() -> Iterator[threading.Event]:
    """An event that nothing sets while the test runs."""
    event = threading.Event()
    yield event
    event.set()


def test_a_connection_that_is_never_closed_is_named_and_all_samples_are_in_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, never: threading.Event
) -> None:
    name = f"unclosed-{uuid.uuid4()}"
    outlet = Outlet(StreamSpec(name, "x", 0.0, "double64", (Channel("a"),)), name)
    recorder = Recorder(tmp_path / "x.journal.xdf", [StreamRequest("raw", f"source_id='{name}'", required=True)])
    recorder.start()
    waiting = threading.Event()
    while not recorder.complete():
        recorder.poll()
        waiting.wait(0.05)
    outlet.push(np.array([[1.0], [2.0]]), [1.0, 2.0])
    monkeypatch.setattr(recording, "_LET_GO_S", 0.1)
    monkeypatch.setattr(lsl.OpenStream, "destroy", lambda self: never.wait())
    monkeypatch.setattr(lsl.OpenStream, "close", lambda self: never.wait())
    recorder.stop()
    recorder.close()
    unclosed = [(row.stream, row.severity) for row in recorder.account().ledger if row.kind == "unclosed"]
    assert unclosed == [("raw", "warning")]
    (stream,) = read_journal(tmp_path / "x.journal.xdf").source.streams
    assert stream.count == 2
    assert not workers.all_done(0.0)
    never.set()
    assert workers.all_done(60.0)


def test_an_inlet_that_could_not_be_opened_is_given_back_where_it_was_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not where the error is read, which is the thread that must come to the end."""
    given_back: list[str] = []

    class Unanswered:
        def __init__(self, *_: object) -> None: ...

        def open(self, timeout: float) -> None:
            raise TimeoutError("it did not answer in time")

        def destroy(self) -> None:
            given_back.append(threading.current_thread().name)

    monkeypatch.setattr(lsl, "Inlet", Unanswered)
    spec = StreamSpec("x", "x", 100.0, "double64", (Channel("a"),))
    found = lsl.Found("uid", spec, cast(Any, None))
    opening = Workers(1, "opens").submit(lsl.OpenStream, found, 60)
    assert isinstance(opening.exception(), TimeoutError)
    assert given_back == ["opens"]


def test_a_program_ends_though_a_thread_of_its_pool_never_comes_back() -> None:
    program = (
        "import threading\n"
        "from groundup.inlets.workers import Workers\n"
        "began = threading.Event()\n"
        "pool = Workers(2, 'x')\n"
        "pool.submit(lambda: (began.set(), threading.Event().wait()))\n"
        "began.wait()\n"
        "pool.shutdown()\n"
        "raise SystemExit(7)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 7


def test_work_that_waits_its_turn_is_done_in_order_and_left_out_after_the_end(never: threading.Event) -> None:
    pool = Workers(1, "x")
    began = threading.Event()

    def held() -> bool:
        began.set()
        return never.wait()

    first = pool.submit(held)
    second, third = pool.submit(lambda: 2), pool.submit(int, "no number")
    assert began.wait(60.0)
    assert not second.done()
    never.set()
    assert first.result(60.0) is True
    assert second.result(60.0) == 2
    assert isinstance(third.exception(60.0), ValueError)
    pool.shutdown()
    with pytest.raises(RuntimeError):
        pool.submit(int)


def test_a_journal_that_is_sealed_and_could_not_be_deleted_is_said_and_all_is_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = tmp_path / "x.journal.xdf"
    left = f"{journal} is sealed, but could not be deleted: Read-only file system"
    monkeypatch.setattr(session, "seal_in_subprocess", lambda *_: SealedInSubprocess(True, [], left, []))
    recorder = SimpleNamespace(
        journal=journal, counts=lambda: {"emg": 2}, ledger=[], account=lambda: Account("", 0, (), ())
    )
    outcome = session.finish(tmp_path / "x.h5", cast(Recorder, recorder), False, say_nothing)
    assert outcome.status == session.WELL
    assert outcome.journal == journal
    assert f" ! {left}" in outcome.message.splitlines()
