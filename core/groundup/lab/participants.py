"""The people of a lab: ``participants.toml`` beside the recordings, one table for each, by pseudonym."""

import json
import math
import os
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from groundup.lab.edit import Change, changed
from groundup.lab.errors import LabError, settings_from
from groundup.lab.settings import Settings
from groundup.lab.tables import Lab, with_person
from groundup.model.subject import Subject, Treadmill

FILE = "participants.toml"
HEAD = """\
# The people of this lab, one table for each, by pseudonym: no names here. Who is who belongs on paper, elsewhere.
"""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_MOST_BYTES = 1 << 20


class Person(Settings, frozen=True):
    """A table of ``participants.toml``; what is not known is left out.

    Attributes
    ----------
    mass_kg, height_m, leg_length_m : float
        In kg and m; the leg from hip to floor.
    birth_year : int
        Of it the age is told, to half a year.
    note : str
        For the lab; it enters no recording.
    """

    mass_kg: Annotated[float, msgspec.Meta(ge=2, le=400)] = math.nan
    height_m: Annotated[float, msgspec.Meta(ge=0.4, le=2.6)] = math.nan
    leg_length_m: Annotated[float, msgspec.Meta(ge=0.15, le=1.6)] = math.nan
    birth_year: Annotated[int, msgspec.Meta(ge=1900, le=2100)] | None = None
    note: Annotated[str, msgspec.Meta(max_length=500)] = ""

    def subject(self, day: date) -> Subject:
        """The person's numbers on a day."""
        age = math.nan
        if self.birth_year is not None:
            # The birthday is not known: the middle of the year is never more than half a year off.
            age = round(day.year + (day.timetuple().tm_yday - 0.5) / 365.25 - (self.birth_year + 0.5), 1)
        age = age if age > 0 else math.nan
        return Subject(self.mass_kg, self.height_m, age_years=age, leg_length_m=self.leg_length_m)


def read_participants(folder: Path) -> dict[str, Person]:
    """The people of a folder, by id; none where there is no table.

    Raises
    ------
    LabError
        If the table cannot be read, or says what no person has.
    """
    return people_of(_text(folder / FILE), str(folder / FILE))


def people_of(text: str, where: str = FILE) -> dict[str, Person]:
    """The people of a table's text; `where` names it in errors.

    Raises
    ------
    LabError
        As `read_participants`.
    """
    try:
        tables = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise LabError(f"{where} is not valid TOML: {error}") from error
    for key in tables:
        check_id(key, where)
    return {key: settings_from(table, Person, f"{where}: [{key}]") for key, table in tables.items()}


def known_person(participant: str, folder: Path, lab: Lab | None, mine: Subject | None = None) -> Lab:
    """The lab with this person in it: what is given, then what the table of the folder says, then what lab.toml says.

    What lab.toml says counts only for a person of the same id, or of none: nobody gets another's body weight.

    Parameters
    ----------
    participant : str
        Empty: the person of lab.toml.
    folder : Path
        Of the recordings.
    lab : Lab or None
    mine : Subject, optional
        What is known better.

    Raises
    ------
    LabError
        If the id is none, or the table cannot be read.
    """
    lab = lab or Lab(text="")
    known = lab.participant.id
    who = participant or known
    subject = mine or Subject()
    if participant:
        check_id(participant, "--participant")
        person = read_participants(folder).get(participant)
        subject = subject.over(person.subject(date.today())) if person is not None else subject
    if known not in ("", participant or known):
        return with_person(lab, who, subject)
    return with_person(lab, who, subject.over(lab.subject), lab.participant.sex)


def person_json(lab: Lab) -> str:
    """The person of a lab, for a process that analyses what is measured of them."""
    known = {key: value for key, value in lab.subject.numbers.items() if not math.isnan(value)}
    return json.dumps({"id": lab.participant.id, "sex": lab.participant.sex, **known})


def lab_of(person: str, lab: Lab) -> Lab:
    """The lab with the person of `person_json`, and of nobody else.

    Raises
    ------
    LabError
        If it is none.
    """
    try:
        known = json.loads(person)
        participant = str(known.pop("id"))
        sex = msgspec.convert(known.pop("sex", ""), Literal["", "F", "M"])
        numbers = {str(key): float(value) for key, value in known.items()}
        return with_person(lab, participant, Subject(treadmill=Treadmill(), **numbers), sex)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise LabError(f"--person is no person: {error}") from error


def with_participant(text: str, participant: str, numbers: Mapping[str, Any]) -> str:
    """The table's text with a person added or changed; comments and the others stay.

    Parameters
    ----------
    text : str
        Empty: a new table.
    participant : str
    numbers : mapping
        Keys of `Person`; None takes a key out.

    Raises
    ------
    LabError
        If the id is none, or a number is no person's.
    """
    check_id(participant, FILE)
    changes = [Change((participant,), key, value) for key, value in numbers.items()]
    after = changed(text or HEAD, changes or [Change((participant,), "note", "")])
    people_of(after)
    return after


def check_id(participant: str, where: str = FILE) -> None:
    """Refuse an id that cannot be part of a file's name.

    Raises
    ------
    LabError
    """
    if not _ID.fullmatch(participant):
        raise LabError(
            f'{where}: "{participant[:40]}" is no id of a participant: use up to 32 letters, digits, _ and -, as P08'
        )


def write_participants(folder: Path, text: str) -> None:
    """Write the table, whole or not at all."""
    part = folder / f".{FILE}.part"
    part.write_text(text, encoding="utf-8")
    os.replace(part, folder / FILE)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise LabError(f"{path} cannot be read: {error.strerror}") from error
    if len(raw) > _MOST_BYTES:
        raise LabError(f"{path} is larger than a table of participants can be")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise LabError(f"{path} is not UTF-8 text: save it with the encoding UTF-8") from error


def participants_text(folder: Path) -> str:
    """The text of a folder's table; empty where there is none.

    Raises
    ------
    LabError
        If it cannot be read.
    """
    return _text(folder / FILE)
