"""What pages send and are sent, as values: texts, numbers, times."""

import math
from datetime import datetime
from pathlib import Path
from typing import Any

from groundup.lab.errors import LabError

LONGEST = 200  # characters of a text


def done_of(outcome: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What came of a recording, for the browser."""
    message = str(outcome.get("message", "")).replace("\n", " ").replace(f"{folder}/", "")
    return {
        "file": Path(str(outcome.get("file") or outcome.get("journal") or "")).name,
        "status": outcome.get("status"), "message": message,
        "faults": list(outcome.get("faults", []))[:5],
    }  # fmt: skip


def text_of(given: dict[str, Any], key: str) -> str:
    """A text of a form, on one line."""
    text = "".join(c if c.isprintable() else " " for c in str(given.get(key) or ""))
    return text[:LONGEST]


def number_of(value: Any) -> float | int | None:
    """A number of a form: empty is none."""
    if value in ("", None):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise LabError("a number is expected")
    try:
        number = float(str(value).replace(",", "."))
    except ValueError:
        raise LabError(f"{str(value)[:40]!r} is no number") from None
    if not math.isfinite(number):
        raise LabError(f"{str(value)[:40]!r} is no number")
    return int(number) if number.is_integer() and abs(number) >= 1900 else number


def finite(value: float) -> float | None:
    """The number, or None for NaN."""
    return value if math.isfinite(value) else None


def next_id(people: dict[str, Any]) -> str:
    """The first id that nobody has."""
    number = 1
    while f"P{number:02d}" in people:
        number += 1
    return f"P{number:02d}"


def time_of_day() -> str:
    """As on a clock on the wall."""
    return datetime.now().strftime("%H:%M:%S")
