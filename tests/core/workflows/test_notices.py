"""A device hears that a recording or a trial begins; what it does then is dated."""

import threading
from queue import SimpleQueue

import pytest

from groundup import lsl
from groundup.plugin import Device, Settings, Sink, Streams
from groundup.system.driver_notices import Notice, notice_of
from groundup.system.driver_reports import Report
from groundup.workflows import notices
from groundup.workflows.notices import Notices


class Lamp(Device):
    """Lights up when a recording begins, at a time that it keeps."""

    name = "lamp"

    def __init__(self) -> None:
        super().__init__(Settings())
        self.lit: list[tuple[str, float]] = []
        self.hangs = threading.Event()

    def open(self) -> Streams:
        return {}

    def start(self, sink: Sink) -> None: ...

    def stop(self) -> None: ...

    def recording_started(self, name: str) -> None:
        self.lit.append((name, lsl.clock()))

    def trial_started(self, name: str, condition: str) -> None:
        if condition == "hang":
            self.hangs.wait()
        raise KeyError(name)


@pytest.fixture
def told():
    lamp, lines, reports, happened = Lamp(), SimpleQueue(), SimpleQueue(), SimpleQueue()
    Notices(lamp, lines, reports.put, lambda *what: happened.put(what))
    yield lamp, lines, reports, happened
    lamp.hangs.set()


def test_what_it_does_is_dated_between_two_looks_at_the_clock(told) -> None:
    lamp, lines, reports, happened = told
    lines.put(Notice("recording_stopping").line())  # which this one does not mind
    lines.put(Notice("recording_started", {"name": "walk 1"}).line())
    kind, text, before, after = happened.get(timeout=60.0)
    ((name, lit),) = lamp.lit
    assert (name, kind, text) == ("walk 1", "trigger", "recording_started('walk 1')")
    assert before <= lit <= after
    report: Report = reports.get(timeout=60.0)
    assert (report.kind, report.time) == ("trigger", before)
    assert reports.empty()


def test_an_error_is_said_and_the_next_notice_is_heard(told) -> None:
    _, lines, reports, happened = told
    lines.put(Notice("trial_started", {"name": "t", "condition": ""}).line())
    lines.put(b"no notice at all")
    lines.put(Notice("recording_started", {"name": "x"}).line())
    assert happened.get(timeout=60.0)[0] == "trigger"
    failed: Report = reports.get(timeout=60.0)
    assert failed.kind == "trigger_failed"
    assert "trial_started('t', '') failed: KeyError: 't'" in failed.message


def test_one_that_hangs_is_said_while_it_does(told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "_LONG_S", 0.01)
    _, lines, reports, _ = told
    lines.put(Notice("trial_started", {"name": "t", "condition": "hang"}).line())
    assert "has not come back" in reports.get(timeout=60.0).message


@pytest.mark.parametrize(
    "line",
    [b"", b"{}", b'{"notice": "close", "arguments": {}}', b'{"notice": "trial_stopped"}', b"\xff"],
)
def test_only_notices_are_heard(line: bytes) -> None:
    assert notice_of(line) is None


def test_a_notice_comes_back_from_its_line_cut_to_what_a_pipe_takes_at_once() -> None:
    notice = Notice("trial_started", {"name": "Gehen ä", "condition": "usual"})
    assert notice_of(notice.line()) == notice
    assert len(Notice("recording_started", {"name": "\n" * 10_000}).line()) < 4096
