"""Events of a C3D file in every shape that programs write, and what is lost of them is said."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.plugins.formats import made_c3d as made
from tests.plugins.formats.made_c3d import Made

from groundup.plugin import Imported
from groundup_plugins.formats.c3d.plugin import C3DImporter

SECONDS = np.arange(12) * 0.05
PAIRS = np.column_stack([np.zeros(12), SECONDS])
LABELS = made.text(*["Foot Strike", "Foot Off"] * 6)
CONTEXTS = made.text(*["Left", "Right"] * 6)


def read(path: Path, **members: made.Entry | None) -> Imported:
    said = {"USED": made.number(12), "LABELS": LABELS, "CONTEXTS": CONTEXTS, "TIMES": made.reals(PAIRS, 2, 12)}
    parameters = {f"EVENT:{name}": entry for name, entry in (said | members).items()}
    return C3DImporter().read(made.write(path / "a.c3d", Made(parameters=parameters)))


def events(imported: Imported) -> list[dict[str, object]]:
    found = [s for s in imported.streams if s.id == "events"]
    return [json.loads(row[0]) for row in found[0].samples] if found else []


def times(imported: Imported) -> list[float]:
    return [float(event["time"]) for event in events(imported)]  # type: ignore[arg-type]


@pytest.mark.survives(
    "files",
    fault="EVENT:TIMES of a C3D file has one dimension, or minutes and seconds in a row.",
    happens="Every event is read at its time.",
    said="nothing: nothing is wrong",
    lost="Nothing.",
)
@pytest.mark.parametrize(
    "entry",
    [
        made.reals(PAIRS, 2, 12),
        made.reals(PAIRS, 24),  # minutes and seconds one after the other
        made.reals(SECONDS, 12),
        made.reals(SECONDS, 1, 12),
    ],
)
@pytest.mark.parametrize("used", [made.number(12), made.ints([12]), None])
def test_times_of_one_or_two_dimensions_lose_no_event(
    tmp_path: Path, entry: made.Entry, used: made.Entry | None
) -> None:
    imported = read(tmp_path, TIMES=entry, USED=used)
    assert times(imported) == pytest.approx(SECONDS.tolist())
    assert {event["kind"] for event in events(imported)} == {"IC", "FO"}
    assert (imported.notes, imported.faults) == ((), ())


@pytest.mark.parametrize("entry", [made.reals([0, 0.25], 2), made.reals([0, 0.25], 2, 1), made.reals([0.25], 1)])
def test_a_single_event_is_read_in_every_shape(tmp_path: Path, entry: made.Entry) -> None:
    imported = read(tmp_path, USED=made.number(1), LABELS=made.text("Foot Off"), CONTEXTS=None, TIMES=entry)
    assert times(imported) == pytest.approx([0.25])


def test_two_events_of_two_numbers_are_two(tmp_path: Path) -> None:
    imported = read(tmp_path, USED=made.number(2), TIMES=made.reals([0.1, 0.3], 2))
    assert times(imported) == pytest.approx([0.1, 0.3])


@pytest.mark.survives(
    "files",
    fault="EVENT:TIMES has no known shape.",
    happens="No event is read; a fault.",
    said="what EVENT:TIMES has, and what it should have",
    lost="The events.",
)
@pytest.mark.parametrize(
    "entry", [made.reals(range(21), 3, 7), made.reals([0.1] * 17, 17), made.reals(PAIRS + 0.5, 24)]
)
def test_times_of_no_known_shape_are_refused_not_guessed(tmp_path: Path, entry: made.Entry) -> None:
    imported = read(tmp_path, TIMES=entry, USED=made.number(5))
    assert events(imported) == []
    assert "EVENT:TIMES" in imported.faults[0]


def test_more_events_than_a_parameter_holds_go_on_in_the_next(tmp_path: Path) -> None:
    imported = read(tmp_path, TIMES=made.reals(PAIRS[:7], 2, 7), TIMES2=made.reals(PAIRS[7:], 2, 5))
    assert times(imported) == pytest.approx(SECONDS.tolist())


def test_labels_and_contexts_of_another_number_lose_no_event_and_are_said(tmp_path: Path) -> None:
    imported = read(tmp_path, LABELS=made.text("Foot Strike", "Foot Off"), CONTEXTS=made.text("Left"))
    assert times(imported) == pytest.approx(SECONDS.tolist())
    assert [event["kind"] for event in events(imported)[:3]] == ["IC", "FO", "marker"]
    assert [note.split()[0] for note in imported.notes] == ["EVENT:LABELS", "EVENT:CONTEXTS"]


@pytest.mark.parametrize(("used", "read_"), [(5, 5), (0, 0), (14, 12), (-1, 12)])
def test_a_number_of_events_that_is_not_the_number_of_times_is_said(tmp_path: Path, used: int, read_: int) -> None:
    imported = read(tmp_path, USED=made.number(used))
    assert len(events(imported)) == read_
    assert "EVENT:USED is" in imported.notes[0]


def test_events_without_times_or_outside_the_recording_are_said(tmp_path: Path) -> None:
    imported = read(tmp_path, TIMES=None)
    assert "there are no EVENT:TIMES" in imported.faults[0]
    nowhere = PAIRS.copy()
    nowhere[3, 1] = np.nan
    assert len(events(read(tmp_path, TIMES=made.reals(nowhere, 2, 12)))) == 11
    assert "1 events have no time" in read(tmp_path, TIMES=made.reals(nowhere, 2, 12)).notes[0]
    assert "outside the recording" in read(tmp_path, TIMES=made.reals(np.add(PAIRS, (1, 0)), 2, 12)).notes[0]


def test_events_of_two_people_are_said(tmp_path: Path) -> None:
    imported = read(tmp_path, SUBJECTS=made.text(*["Anna", "Berta"] * 6))
    assert "more than one person" in imported.notes[0]


def test_an_old_files_events_stand_in_its_header(tmp_path: Path) -> None:
    file = Made(header={"events": [(0.1, "RIC"), (0.4, "LFO")]})
    found = events(C3DImporter().read(made.write(tmp_path / "a.c3d", file)))
    assert [(event["kind"], event["side"]) for event in found] == [("IC", "R"), ("FO", "L")]
    assert [event["time"] for event in found] == pytest.approx([0.1, 0.4])
