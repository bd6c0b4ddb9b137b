"""A recording opens lazily, gives what was sealed, and says in one sentence why a file is none."""

import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from made import everything, plate, source, stream

import groundup
from groundup.model.event_json import event_json
from groundup.model.events import Event
from groundup.recording import RecordingError
from groundup.recording import seal as sealing


def test_import_groundup_is_quick() -> None:
    code = "import sys, groundup; print([m for m in ('h5py', 'pandas', 'scipy') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_a_recording_that_was_sealed_tells_its_ledger_and_nobody_waits_for_pandas(sealed: Path) -> None:
    code = f"""
import sys
from groundup.recording import Recording
with Recording({str(sealed)!r}) as recording:
    print(len(recording.ledger_list()), 'pandas' in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    with groundup.open(sealed) as recording:
        assert done.stdout.split() == [str(len(recording.ledger)), "False"]
        assert [vars(row) for row in recording.ledger_list()] == recording.ledger.to_dict("records")


def test_a_recording_closes_behind_a_with(sealed: Path) -> None:
    with groundup.open(sealed) as recording:
        assert recording.hdf5
    assert not recording.hdf5


def test_what_the_recording_is_about(sealed: Path) -> None:
    with groundup.open(sealed) as recording:
        assert recording.id == "b2b0"
        assert recording.started_utc == "2025-03-01T12:00:00Z"
        assert recording.clock_origin == 5.0
        assert recording.software["liblsl"] == "1.18"
        assert recording.software["groundup"]
        assert recording.participant_id == "P 1/ä"
        assert recording.participant.mass_kg == 70.0
        assert recording.lab_toml == "# verbatim\r\n"
        assert recording.streams["plate"].spec.plate == plate()
        assert recording.streams["plate"].certificate.reason == "made"
        assert recording.streams["live"].spec.inputs == ("uid 1", "uid 2")


def test_the_ledger_joins_all_streams_in_order_of_time(sealed: Path) -> None:
    with groundup.open(sealed) as recording:
        ledger = recording.ledger
        assert ledger["time"].is_monotonic_increasing
        assert ledger["kind"].tolist()[0] == "disk"
        assert ledger.iloc[-1].to_dict() == {
            "time": 7.0,
            "stream": "plate",
            "kind": "rate",
            "severity": "fault",
            "count": 0,
            "message": "wrong rate",
        }
        assert len(ledger) == len(everything()) + 2


def test_before_analysis_there_are_no_results_but_their_tables(sealed: Path) -> None:
    with groundup.open(sealed) as recording:
        names = [
            "time",
            "kind",
            "side",
            "source",
            "confidence",
            "trial",
            "evidence",
            "text",
            "channel",
            "value",
            "unit",
        ]
        assert list(recording.events) == names
        assert len(recording.events) == len(recording.trials) == len(recording.metrics) == len(recording.processed) == 0
        with pytest.raises(KeyError, match="'cadence' is not in this recording"):
            _ = recording.metrics["cadence"]


def test_raw_signals_are_numeric_on_the_lab_clock_and_not_computed_live(sealed: Path) -> None:
    with groundup.open(sealed) as recording:
        signals = {signal.id: signal for signal in recording.signals()}
        assert "texts" not in signals
        assert "live" not in signals
        force = signals["plate"]
        assert (force.kind, force.rate, force.plate) == ("plate", 100.0, plate())
        np.testing.assert_array_equal(force.time, recording.streams["plate"].time)
        np.testing.assert_array_equal(force.samples, recording.streams["plate"].samples[...])
        assert signals["s_int8"].samples.dtype == np.float64


def test_markers_become_events_at_the_time_they_have_on_the_lab_clock(tmp_path: Path, made_clock: None) -> None:
    contact = Event(99.0, "IC", "L", "file", 0.9, "walk 1")
    rows = [[event_json(contact).encode()], [b""], [b"\xff go"]]
    live = stream("groundup_events", rows, fmt="string", rate=0.0, role="live")
    streams = [stream("m", rows, fmt="string", rate=0.0, stamps=np.array([5.0, 6.0, 7.0])), live]
    sealing.seal(source(streams), tmp_path / "x.h5")
    with groundup.open(tmp_path / "x.h5") as recording:
        spoken = Event(7.25, "marker", source="m", text="\ufffd go")
        assert recording.markers() == [Event(5.25, "IC", "L", "file", 0.9, "walk 1"), spoken]


def test_align_gives_a_frame_of_streams_and_labels(sealed: Path) -> None:
    with groundup.open(sealed) as recording:
        frame = recording.align(200.0).frame()
        assert isinstance(frame, pd.DataFrame)
        assert ("plate", "F2") in frame.columns
        assert frame.index.name == "time"


def test_files_that_are_no_recording_are_a_sentence(tmp_path: Path, sealed: Path) -> None:
    text = tmp_path / "text.h5"
    text.write_text("not HDF5")
    foreign = tmp_path / "foreign.h5"
    with h5py.File(foreign, "w") as file:
        file["a"] = 1
    newer = tmp_path / "newer.h5"
    newer.write_bytes(sealed.read_bytes())
    with h5py.File(newer, "r+") as file:
        file.attrs["format_version"] = 2
    short = tmp_path / "short.h5"
    short.write_bytes(sealed.read_bytes()[:-1000])
    journal = tmp_path / "x.journal.xdf"
    journal.write_bytes(b"XDF:")
    for path, why in (
        (tmp_path / "none.h5", "does not exist"),
        (tmp_path, "is not a file"),
        (text, "is not a groundup recording: it is no HDF5 file"),
        (foreign, "but not a groundup recording"),
        (newer, "has format version 2"),
        (short, "it ends too soon"),
        (journal, "groundup seal"),
    ):
        with pytest.raises(RecordingError, match=why) as caught:
            groundup.open(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
