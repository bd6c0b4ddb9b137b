"""What a session waits for, and whose troubles are faults."""

import threading
from pathlib import Path

from made import source

from groundup.lab.tables import parse_lab
from groundup.record.discovery import StreamRequest
from groundup.record.drivers import Drivers, Note
from groundup.record.recorder import Recorder
from groundup.record.session import wanted, watch
from groundup.record.subprocesses import analyse_apart
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


def test_a_stream_that_is_not_required_is_neither_expected_nor_a_fault() -> None:
    streams = {w.id: w for w in wanted(parse_lab(LAB), ())}
    assert [name for name, w in streams.items() if w.expected] == ["emg", "plate"]
    assert [name for name, w in streams.items() if w.matters(100.0)] == ["emg", "plate"]
    assert [name for name, w in streams.items() if w.matters(0.0)] == ["emg", "plate"]


def test_a_device_is_expected_whether_streams_are_named_or_not() -> None:
    lab = parse_lab('[devices.shoe]\ndriver = "x"\nrequired = false\n[devices.plate]\ndriver = "x"\n')
    devices = [("shoe", False, False), ("plate", True, True)]
    assert [(w.id, w.expected, w.matters(100.0)) for w in wanted(lab, ())] == devices
    named = parse_lab(lab.text + "[streams.emg]\nmatch = \"name='EMG'\"\n")
    assert [(w.id, w.expected, w.matters(100.0)) for w in wanted(named, ())] == [("emg", True, True), *devices]


def test_a_stream_asked_for_by_its_predicate_counts_as_one_of_lab_toml() -> None:
    (asked,) = wanted(None, ["type='EMG'"])
    assert asked.expected
    assert asked.matters(0.0)


def test_of_all_streams_on_the_network_those_that_should_flow_count() -> None:
    (everything,) = wanted(None, ())
    assert everything == StreamRequest()
    assert not everything.expected
    assert everything.matters(100.0)
    assert not everything.matters(0.0)


class Notes(Recorder):
    """A recorder that only takes notes."""

    def __init__(self) -> None:
        self.noted: dict[str, str] = {}

    def poll(self) -> None:
        pass

    def note(self, kind: str, severity: str, message: str, stream: str = "", count: int = 0) -> None:
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


def test_what_the_analysis_could_not_do_is_said_on_the_screen(tmp_path: Path) -> None:
    seal(source([], lab_toml='[[process]]\nprocessor = "nonsense"\ninput = "emg"\n'), tmp_path / "x.h5")
    said: list[str] = []
    analyse_apart(tmp_path / "x.h5", lambda text, severity="info": said.append(text))
    assert any("nonsense" in text for text in said)


def test_an_analysis_that_fails_is_said_and_raises_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.h5").write_text("no recording")
    said: list[str] = []
    analyse_apart(tmp_path / "x.h5", lambda text, severity="info": said.append(text))
    assert any("the analysis failed" in text for text in said)
