"""The end of a recording: what live says of the last moments is recorded, and one that hangs holds nothing up."""

import subprocess
import sys
import threading
import uuid
from pathlib import Path

import numpy as np
import pytest

from groundup.inlets.stream_request import StreamRequest
from groundup.journal import read_journal
from groundup.lsl.outlet import Outlet
from groundup.lsl.stream_names import LIVE
from groundup.model.streams import Channel, StreamSpec
from groundup.record.drivers import Drivers
from groundup.record.recorder import Recorder
from groundup.system import processes
from groundup.system.processes import Child


def outlet(role: str) -> Outlet:
    name = f"last-words-{uuid.uuid4()}"
    return Outlet(StreamSpec(name, "x", 0.0, "double64", (Channel("a"),), role=role), name)


def test_what_live_says_when_all_raw_data_are_recorded_is_recorded_too(tmp_path: Path) -> None:
    raw, live = outlet(""), outlet("live")
    recorder = Recorder(
        tmp_path / "x.journal.xdf",
        [
            StreamRequest(name, f"source_id='{o.source_id}'", required=True)
            for name, o in (("raw", raw), ("live", live))
        ],
    )
    recorder.start()
    waiting = threading.Event()
    while not recorder.complete():
        recorder.poll()
        waiting.wait(0.05)
    raw.push(np.array([[1.0], [2.0]]), [1.0, 2.0])

    def last_words() -> None:
        live.push(np.array([[3.0]]), [2.0])

    recorder.stop(last_words)
    streams = {s.id: s for s in read_journal(tmp_path / "x.journal.xdf").source.streams}
    assert {name: stream.count for name, stream in streams.items()} == {"raw": 2, "live": 1}


def test_a_live_analysis_that_hangs_is_waited_for_a_while_ended_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_PATIENCE_S", 0.1)
    hanging = Deaf()
    drivers = Drivers({LIVE: lambda: hanging}, {LIVE: "the live analysis"})
    drivers.ask_to_stop(LIVE)
    said: list[str] = []
    drivers.wait(LIVE, lambda _, report: said.append(report.message))
    assert hanging.ended is not None
    assert said == ["the live analysis did not come to its end and was killed; what it had yet to say is lost"]
    drivers.stop()


def test_without_a_live_analysis_nobody_is_waited_for() -> None:
    drivers = Drivers({})
    drivers.ask_to_stop(LIVE)
    drivers.wait(LIVE, lambda _, report: pytest.fail(report.message))


class Deaf(Child):
    """A process that does not hear that its input is closed."""

    def __init__(self) -> None:
        program = "import threading; threading.Event().wait()"
        self._listen_to(subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE))
