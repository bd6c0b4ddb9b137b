"""core/groundup/lab/participants.py: nobody gets another's body weight."""

import math
from datetime import date
from pathlib import Path

import pytest

from groundup.lab.errors import LabError
from groundup.lab.participants import (
    check_id,
    known_person,
    lab_of,
    people_of,
    person_json,
    read_participants,
    with_participant,
    write_participants,
)
from groundup.lab.tables import parse_lab
from groundup.model.subject import Subject

TABLE = """\
# from the ward
[P08]  # left knee
mass_kg = 64.0   # Monday
birth_year = 1987
"""


def folder_with(tmp_path: Path, text: str = TABLE) -> Path:
    write_participants(tmp_path, text)
    return tmp_path


def test_the_table_tells_the_numbers_of_the_one_who_is_named(tmp_path: Path) -> None:
    lab = known_person("P08", folder_with(tmp_path), parse_lab("[participant]\nmass_kg = 70\nheight_m = 1.75\n"))
    assert lab.participant.id == "P08"
    assert lab.subject.mass_kg == 64.0
    assert lab.subject.height_m == 1.75  # of a lab.toml that names nobody


def test_nobody_gets_the_weight_that_lab_toml_gives_to_another(tmp_path: Path) -> None:
    other = parse_lab('[participant]\nid = "P01"\nmass_kg = 70\n')
    assert math.isnan(known_person("P09", folder_with(tmp_path), other).subject.mass_kg)
    assert known_person("", tmp_path, other).subject.mass_kg == 70.0


def test_sex_goes_with_the_person_and_with_nobody_else(tmp_path: Path) -> None:
    lab = parse_lab('[participant]\nid = "P01"\nsex = "F"\n')
    assert known_person("", tmp_path, lab).participant.sex == "F"
    assert known_person("P01", tmp_path, lab).participant.sex == "F"
    assert known_person("P09", tmp_path, lab).participant.sex == ""
    assert lab_of(person_json(lab), parse_lab('[participant]\nid = "P02"\nsex = "M"\n')).participant.sex == "F"
    with pytest.raises(LabError, match="no person"):
        lab_of('{"id": "P01", "sex": "x"}', lab)


def test_what_is_given_on_the_command_line_counts_most(tmp_path: Path) -> None:
    lab = known_person("P08", folder_with(tmp_path), None, Subject(mass_kg=65.0))
    assert lab.subject.mass_kg == 65.0


def test_the_age_is_never_more_than_half_a_year_off() -> None:
    person = people_of("[P08]\nbirth_year = 1987\n")["P08"]
    for day, youngest, eldest in ((date(2026, 1, 1), 38.0, 39.0), (date(2026, 12, 31), 39.0, 40.0)):
        age = person.subject(day).age_years
        assert abs(age - youngest) <= 0.55
        assert abs(age - eldest) <= 0.55


def test_a_person_is_changed_and_every_comment_stays() -> None:
    after = with_participant(TABLE, "P08", {"mass_kg": 63.5, "height_m": 1.71})
    assert after.startswith("# from the ward\n[P08]  # left knee\nmass_kg = 63.5   # Monday\n")
    assert people_of(after)["P08"].height_m == 1.71
    assert people_of(with_participant(after, "P09", {}))["P09"].mass_kg != 0


@pytest.mark.parametrize(
    "numbers", [{"mass_kg": 640}, {"height_m": 175}, {"leg_length_m": 89}, {"birth_year": 87}, {"mass": 64}]
)
def test_what_no_person_has_is_refused_by_name(numbers: dict[str, float]) -> None:
    with pytest.raises(LabError, match=next(iter(numbers))):
        with_participant("", "P08", numbers)


@pytest.mark.parametrize("odd", ["", "../P08", "P 08", "a/b", ".", "P08\n", "x" * 33, "Jürgen Müller"])
def test_an_id_is_fit_for_the_name_of_a_file(odd: str) -> None:
    with pytest.raises(LabError, match="is no id"):
        check_id(odd)


def test_a_table_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "participants.toml").write_bytes(b"[P08]\nnote = \xff\n")
    with pytest.raises(LabError, match="UTF-8"):
        read_participants(tmp_path)


def test_live_measures_the_person_that_the_recorder_knows() -> None:
    known = known_person("P08", Path("nowhere"), None, Subject(mass_kg=64.0))
    theirs = lab_of(person_json(known), parse_lab('[participant]\nid = "P01"\nmass_kg = 70\nheight_m = 1.9\n'))
    assert (theirs.participant.id, theirs.subject.mass_kg) == ("P08", 64.0)
    assert math.isnan(theirs.subject.height_m)
    with pytest.raises(LabError, match="no person"):
        lab_of("[]", known)
