"""What a table tells of the people of an archive: sex and age, which count before what recordings tell.

It is kept in the archive by the names that people have there, and put into ``recordings`` whenever that is written: a
correction reaches every row, and no value is computed by it.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from groundup.recording.atomic import replacing

NAME = "people.json"
_IDS = ("participant_id", "participant")
_SEX = {"f": "F", "female": "F", "w": "F", "m": "M", "male": "M"}


class PeopleError(ValueError):
    """A table of people that cannot be read; the message says which line and why."""


class Known(msgspec.Struct, frozen=True):
    """What a table tells of a person.

    Attributes
    ----------
    sex : {"F", "M", ""}
    age_years : float or None
    """

    sex: str = ""
    age_years: float | None = None


def read_people(path: Path) -> dict[str, Known]:
    """Read a table as BIDS has it: columns participant_id (or participant), sex, age; separated by tabs or commas.

    Raises
    ------
    PeopleError
    OSError
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise PeopleError(f"{path} is not UTF-8 text: save it with the encoding UTF-8") from None
    separator = next((one for one in "\t;," if one in text.partition("\n")[0]), ",")
    rows = csv.DictReader(text.splitlines(), delimiter=separator)
    key = next((name for name in _IDS if name in (rows.fieldnames or ())), "")
    if not key or not {"sex", "age"} & set(rows.fieldnames or ()):
        raise PeopleError(f"{path} needs a first line with the columns participant_id, and sex or age")
    found: dict[str, Known] = {}
    for line, row in enumerate(rows, 2):
        who = _plain((row[key] or "").strip())
        if who in found:
            raise PeopleError(f"{path}, line {line}: its participant is there twice")
        sex = _SEX.get((row.get("sex") or "").strip().lower(), "")
        found[who] = Known(sex, _age((row.get("age") or "").strip(), f"{path}, line {line}"))
    return found


def _plain(name: str) -> str:
    """A name without the ``sub-`` of BIDS, which tables have and recordings may have or not."""
    return name.removeprefix("sub-")


def _age(text: str, where: str) -> float | None:
    if text.lower() in ("", "n/a", "nan"):
        return None
    try:
        age = float(text)
    except ValueError:
        age = math.nan
    if not 0 < age < 130:
        raise PeopleError(f"{where}: {text!r} is no age in years")
    return age


def write_people(folder: Path, people: Mapping[str, Known], called: Callable[[str], str | None]) -> None:
    """Keep what is known of people in the archive of a folder, by the names that `called` gives them there.

    Raises
    ------
    OSError
    """
    named = {_plain(name): known for who, known in people.items() if (name := called(who))}
    with replacing(folder / NAME, overwrite=True) as temporary:
        temporary.write_bytes(msgspec.json.encode(named))


def put_people(folder: Path, rows: list[dict[str, Any]]) -> bool:
    """Put what is known of people into rows of `schema.RECORDINGS`; whether any differs from what it was."""
    people: dict[str, Known] = {}
    with suppress(FileNotFoundError):
        people = msgspec.json.decode((folder / NAME).read_bytes(), type=dict[str, Known])
    differs = False
    for row in rows:
        known = people.get(_plain(row["participant"])) if row["participant"] else None
        if known is None:
            continue
        new: dict[str, Any] = {"sex": known.sex} if known.sex else {}
        if known.age_years is not None:
            new["age_years"] = known.age_years
        differs |= any(row[name] != value for name, value in new.items())
        row.update(new)
    return differs
