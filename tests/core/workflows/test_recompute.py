"""`verify --recompute` finds a value that its raw data do not give, and says which."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from click.testing import CliRunner
from made import numbers, source, stream

from groundup.cli import main
from groundup.model.event_json import event_json
from groundup.model.events import Event
from groundup.recording import seal as sealing
from groundup.workflows.analyze import analyze
from groundup.workflows.recompute import _differing, compare


@pytest.fixture
def analysed(tmp_path: Path, made_clock: None) -> Path:
    """Ten seconds of steps that were marked by hand, sealed and analysed."""
    contacts = [
        Event(6.0 + 0.55 * k + late, kind, "LR"[k % 2])  # type: ignore[arg-type]
        for k in range(16)
        for kind, late in (("IC", 0.0), ("FO", 0.7))
    ]
    contacts.sort(key=lambda event: event.time)
    texts = [[event_json(event).encode()] for event in contacts]
    stamps = np.array([event.time - 0.25 for event in contacts])
    path = tmp_path / "x.h5"
    marks = stream("marks", texts, fmt="string", rate=0.0, stamps=stamps)
    accelerations = stream("imu", numbers("float32", 1200), fmt="float32")
    sealing.seal(source([marks, accelerations], lab_toml=""), path)
    analyze(path, ["stride_time", "stance_time"])
    return path


@pytest.mark.rig
def test_what_was_analysed_here_is_what_its_raw_data_give(analysed: Path) -> None:
    found = compare(analysed)
    assert found.problems == []
    assert sorted(found.metrics) == ["stance_time", "stride_time"]


def test_columns_that_an_older_table_does_not_have_are_no_difference() -> None:
    """Nothing of it was damaged: its groundup told no evidence, and in one sentence why a value is none."""
    stored, computed = Event(1.0, "IC", "L", "plate:1"), Event(1.0, "IC", "L", "plate:1", evidence="shape")
    assert list(_differing("/events", [stored], [computed], {"time", "kind", "side"})) == []
    (problem,) = _differing("/events", [stored], [computed], {"time", "evidence"})
    assert "evidence is '' and not 'shape'" in problem.message


@pytest.mark.rig
@pytest.mark.parametrize(("field", "wrong"), [("value", 1.5), ("reason", "x")])
def test_a_value_that_was_changed_is_found_and_named(analysed: Path, field: str, wrong: object) -> None:
    with h5py.File(analysed, "r+") as file:
        table = file["metrics/stride_time"]
        rows = table[...]
        rows[field][3] = wrong
        table[...] = rows
        when = rows["t0"][3]
    (problem,) = compare(analysed).problems
    assert problem.where == "/metrics/stride_time"
    assert f"1 of {len(rows)} rows" in problem.message
    assert f"first at {when:.3f} s: {field} is" in problem.message
    done = CliRunner().invoke(main, ["verify", str(analysed), "--recompute"])
    assert done.exit_code == 1
    assert "/metrics/stride_time" in done.output


def test_an_event_that_is_none_is_found(analysed: Path) -> None:
    with h5py.File(analysed, "r+") as file:
        rows = file["events"][...]
        rows["side"][0] = b"R" if rows["side"][0] == b"L" else b"L"
        file["events"][...] = rows
    assert [problem.where for problem in compare(analysed).problems] == ["/events"]


@pytest.mark.rig
def test_a_metric_that_is_not_installed_is_said_and_holds_nothing_up(analysed: Path) -> None:
    with h5py.File(analysed, "r+") as file:
        file.move("metrics/stride_time", "metrics/made_elsewhere")
    found = compare(analysed)
    assert found.problems == []
    assert found.metrics == ["stance_time"]
    assert any("made_elsewhere is measured by no installed plugin" in note for note in found.notes)


def test_a_recording_that_was_not_analysed_says_so(sealed: Path) -> None:
    assert "has not been analysed" in compare(sealed).notes[0]
    done = CliRunner().invoke(main, ["verify", str(sealed), "--recompute"])
    assert done.exit_code == 0
    assert "has not been analysed" in done.output
