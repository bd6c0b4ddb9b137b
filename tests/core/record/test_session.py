"""What a session waits for, and whose troubles are faults."""

import threading
from pathlib import Path

import pytest
from made import source

from groundup.inlets.stream_monitor import StreamMonitor
from groundup.inlets.stream_request import StreamRequest, stream_requests
from groundup.lab.tables import parse_lab
from groundup.record import session
from groundup.record.drivers import Drivers, Note
from groundup.record.recorder import Recorder
from groundup.record.session import watch
from groundup.record.subprocesses import analyze_in_subprocess
from groundup.recording.seal import seal
from groundup.system.driver_reports import Report

LAB = """
[devices.shoe]
driver = "x"
required = false
[devices.plate]
driver = "x"
[streams.emg]
[streams.video]
required = false
"""


def test_lab_toml_says_what_is_required() -> None:
    streams = {request.id: request.required for request in stream_requests(parse_lab(LAB), ())}
    assert streams == {"emg": True, "video": False, "shoe": False, "plate": True}


def test_a_device_is_required_whether_streams_are_named_or_not() -> None:
    lab = parse_lab('[devices.shoe]\ndriver = "x"\nrequired = false\n[devices.plate]\ndriver = "x"\n')
    devices = [("shoe", False), ("plate", True)]
    assert [(request.id, request.required) for request in stream_requests(lab, ())] == devices
    named = parse_lab(lab.text + "[streams.emg]\nmatch = \"name='EMG'\"\n")
    assert [(request.id, request.required) for request in stream_requests(named, ())] == [("emg", True), *devices]


def test_a_stream_that_is_named_by_its_predicate_is_required_as_one_of_lab_toml() -> None:
    (request,) = stream_requests(None, ["type='EMG'"])
    assert request.required


@pytest.mark.parametrize(
    ("required", "rate", "severity"),
    [(True, 100.0, "fault"), (True, 0.0, "fault"), (None, 100.0, "fault"), (None, 0.0, "warning"),
     (False, 100.0, "warning"), (False, 0.0, "warning")],
)  # fmt: skip
def test_that_a_stream_leaves_is_a_fault_if_it_is_required_or_should_flow(
    required: bool | None, rate: float, severity: str
) -> None:
    assert stream_requests(None, ()) == [StreamRequest(required=None)]
    monitor = StreamMonitor("emg", rate, required, 0.0)
    assert [row.severity for row in monitor.left(1.0)] == [severity]


class Notes(Recorder):
    """A recorder that only takes notes."""

    def __init__(self) -> None:
        self.noted: dict[str, str] = {}
        self._trials = []

    def poll(self) -> None:
        pass

    def note(self, kind: str, severity: str, message: str, stream: str = "", count: int = 0, time: float = 0.0) -> None:
        self.noted[message] = severity


class Ending(Drivers):
    """Drivers that all end at the first look."""

    def __init__(self, names: tuple[str, ...], stop: threading.Event) -> None:
        self._names, self._stop = names, stop

    def poll(self, note: Note) -> None:
        for name in self._names:
            note(name, Report("device", "", 0, name))
        self._stop.set()


def test_a_driver_that_ends_is_a_fault_only_where_its_device_is_required() -> None:
    recorder, stop = Notes(), threading.Event()
    watch(recorder, Ending(("shoe", "plate"), stop), None, stop, parse_lab(LAB))
    assert recorder.noted == {"shoe": "warning", "plate": "fault"}


class Late(Notes):
    """Looks at the clock once a second, and has all that is expected after 10 s."""

    seconds = 0.0

    def poll(self) -> None:
        self.seconds += 1.0

    def elapsed(self) -> float:
        return self.seconds

    def complete(self) -> bool:
        return self.seconds >= 10.0

    def trial_messages(self) -> list:
        return []


def test_seconds_that_do_not_run_yet_are_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "POLL_S", 0.0)
    recorder = Late()
    watch(recorder, Drivers({}), 5.0, threading.Event(), parse_lab(LAB))
    assert recorder.noted == {"the 5 s begin when all that is expected has joined, or after 60 s": "info"}
    assert recorder.seconds == 15.0


@pytest.mark.rig
def test_what_the_analysis_could_not_do_is_said_on_the_screen(tmp_path: Path) -> None:
    seal(source([], lab_toml='[[process]]\nprocessor = "nonsense"\ninput = "emg"\n'), tmp_path / "x.h5")
    said: list[str] = []
    analyze_in_subprocess(tmp_path / "x.h5", lambda text, severity="info": said.append(text))
    assert any("nonsense" in text for text in said)


@pytest.mark.rig
def test_an_analysis_that_fails_is_said_and_raises_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.h5").write_text("no recording")
    said: list[str] = []
    analyze_in_subprocess(tmp_path / "x.h5", lambda text, severity="info": said.append(text))
    assert any("the analysis failed" in text for text in said)
