"""Cells of a text file: which are numbers, times, units or nothing, and what a number written there is."""

import csv
import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MISSING = frozenset(
    ("", "nan", "na", "n/a", "#n/a", "#na", "#nv", "#n/v", "null", "none", "-", "--", "#div/0!", "#value!", "#ref!")
)
"""What programs write where there is no value, in lower case."""

_NUMBER_LIKE = re.compile(
    r"[+-]?(?:\d{1,3}(?:[ \u00a0\u202f'’]\d{3})+|\d+)?(?:[.,]?\d+)*[.,]?(?:[eE][+-]?\d+)?\s*%?", re.ASCII
)
_INFINITE = re.compile(r"[+-]?inf(?:inity)?", re.IGNORECASE)
_CLOCK = re.compile(r"(?:\S+[ T])?\d{1,2}:\d{1,2}(?::\d{1,2})?(?:[.,:]\d+)?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)
_TIME_UNITS = {
    1.0: "s sec secs second seconds sek sekunde sekunden seg",
    1e-3: "ms msec msecs millisecond milliseconds millisekunden",
    1e-6: "us µs μs usec microsecond microseconds",
    1e-9: "ns nanosecond nanoseconds",
    60.0: "min minute minutes",
}
TIME_UNITS = {name: seconds for seconds, names in _TIME_UNITS.items() for name in names.split()}
"""Seconds of each unit of time, by its names in lower case."""

_UNITS = """
N kN mN Nm N.m N·m N*m N-m Nmm N.mm kNm N/kg Nm/kg m mm cm V mV uV µV μV nV V/s g mg G m/s m/s^2 m/s2 m/s² mm/s mm/s2
deg ° deg/s °/s dps rad rad/s T mT uT µT μT Pa kPa MPa bar W W/kg J Hz % %BW BW %MVC a.u. au mA A C °C kg bpm 1
m/(s^2)
"""
UNITS = frozenset(_UNITS.split())
"""Units that a label or a line of units may have without anybody saying that it does."""

_POINT = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"


_NEEDS_EXACT = tuple(map(int, pd.__version__.split(".")[:2])) < (3, 1)


def exact(decimal: str) -> dict[str, Any]:
    """What pandas has to be told to read numbers to the bit: from 3.1 on nothing, before that where points are."""
    return {"float_precision": "round_trip"} if _NEEDS_EXACT and decimal == "." else {}


def missing(text: str) -> bool:
    """Whether a cell says that there is no value."""
    return text.strip().lower() in MISSING


def number_like(text: str) -> bool:
    """Whether a cell is a number in some country: digits, with points, commas and the like in between."""
    text = text.strip().replace("\u2212", "-")
    return bool(_INFINITE.fullmatch(text)) or (any(c.isdigit() for c in text) and bool(_NUMBER_LIKE.fullmatch(text)))


def clock_like(text: str) -> bool:
    """Whether a cell is a time of day, with or without a date."""
    return bool(_CLOCK.fullmatch(text.strip()))


def decimal_comma(text: str) -> bool | None:
    """Whether the comma of a number is its decimal mark; None where it may part thousands as well."""
    text = text.strip().lstrip("+-")
    if "." in text or text.count(",") > 1:
        return False
    return True if not re.fullmatch(r"[1-9]\d{0,2},\d{3}", text, re.ASCII) else None


def bare_unit(text: str) -> str:
    """A unit without the brackets around it; those within, as of ``m/(s^2)``, are its own."""
    bare = text.strip()
    if bare[:1] + bare[-1:] in ("[]", "()"):
        bare = bare[1:-1].strip()
    return bare


def is_unit(text: str) -> bool:
    """Whether a cell of a line of units is one."""
    bare = bare_unit(text)
    return bare in UNITS or bare.lower() in TIME_UNITS or bare.replace(" ", "") in UNITS


class CellError(ValueError):
    """A cell that is a number in some country, and not as the file's numbers are written.

    Attributes
    ----------
    row : int
        Of the column.
    text : str
    """

    def __init__(self, row: int, text: str) -> None:
        super().__init__(text)
        self.row, self.text = row, text


def numbers(column: "pd.Series[Any]", decimal: str, thousands: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """A column as numbers, and which cells are none although something is written there.

    Raises
    ------
    CellError
        If a cell is a number that may mean another than it says here.
    """
    if column.dtype.kind in "iufb":
        return np.asarray(column, np.float64), np.zeros(len(column), bool)
    texts = column.fillna("").astype("str").str.strip().str.replace("\u2212", "-", regex=False)
    values = np.full(len(texts), np.nan)
    known = np.array(texts.str.fullmatch(_pattern(decimal, thousands)), bool)
    plain = texts[known]
    if thousands:
        plain = plain.str.replace(_mark(thousands), "", regex=True)
    values[known] = pd.to_numeric(plain.str.replace(decimal, ".", regex=False)).to_numpy(np.float64)
    rest = ~known & ~np.array(texts.str.lower().isin(list(MISSING)), bool)
    for row in np.flatnonzero(rest).tolist():
        text = str(texts.iloc[row])
        if _INFINITE.fullmatch(text):
            values[row], rest[row] = float(text), False
        elif number_like(text):
            raise CellError(row, text)
    return values, rest


def _pattern(decimal: str, thousands: str) -> str:
    point = _POINT.replace(r"\.", re.escape(decimal))
    if not thousands:
        return point
    mark = _mark(thousands)
    return rf"{point}|[+-]?\d{{1,3}}(?:{mark}\d{{3}})+(?:{re.escape(decimal)}\d*)?"


def _mark(thousands: str) -> str:
    """The pattern of a mark between thousands, in each of the forms that programs write."""
    return {" ": "[\u00a0\u202f ]", "'": "['\u2019]"}.get(thousands, re.escape(thousands))


def split(line: str, delimiter: str) -> list[str]:
    """The cells of a line, without the blanks around them."""
    if delimiter == " ":
        return line.split()
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])]
    except csv.Error as error:
        raise ValueError(f'the line "{line[:60]}" cannot be divided at "{delimiter}": {error}') from error
