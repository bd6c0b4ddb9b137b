"""core/groundup/model/subject.py: a number of the person is one field, and every place goes by it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from groundup.lab.first_draft import lab_text
from groundup.lab.tables import LabError, parse_lab
from groundup.model.subject import OF_THE_PERSON, Subject
from groundup.record.journal_records import RecordingInfo, facts

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.mark.parametrize("key", OF_THE_PERSON)
def test_a_number_of_the_person_goes_from_the_lab_into_the_journal(key: str) -> None:
    subject = parse_lab(f"[participant]\n{key} = 1.5\n").subject
    assert subject.numbers[key] == 1.5
    record = json.loads(facts(RecordingInfo(subject=subject), "id", datetime(2026, 1, 1, tzinfo=UTC), 0.0))
    assert record[key] == 1.5
    assert f"\n# {key} = " in lab_text([])


@pytest.mark.parametrize("key", OF_THE_PERSON)
@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", '"70"', "1e9"])
def test_a_number_that_no_person_has_is_refused_by_name(key: str, value: str) -> None:
    with pytest.raises(LabError, match=key):
        parse_lab(f"[participant]\n{key} = {value}\n")


@pytest.mark.parametrize("key", OF_THE_PERSON)
def test_the_page_of_the_file_format_names_it(key: str) -> None:
    assert f"`{key}`" in (DOCS / "file-format.md").read_text(encoding="utf-8")


def test_a_stream_tells_what_is_known_and_nothing_else() -> None:
    node = Subject(mass_kg=70.0).xml()
    assert node is not None
    assert [child.tag for child in node] == ["mass_kg"]
    assert Subject().xml() is None
