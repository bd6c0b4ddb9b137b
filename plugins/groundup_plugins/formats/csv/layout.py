"""How a CSV file looks: its encoding, delimiter, decimal mark, labels and units, as declared or as found."""

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from groundup_plugins.formats.csv.cells import (
    TIME_UNITS,
    UNITS,
    bare_unit,
    clock_like,
    decimal_comma,
    missing,
    number_like,
    split,
)
from groundup_plugins.formats.csv.heading import COMMENTS, heading_of
from groundup_plugins.formats.csv.settings import CsvSettings
from groundup_plugins.formats.names import unique
from groundup_plugins.formats.vendors.text_head import encoding_of

_DELIMITERS = ("\t", ";", "|", ",", " ")  # what parts numbers surely comes first
_LOOK_LINES = 300
_NAMED = 20  # labels at most, in an error
_UNIT = re.compile(r"^(.*?)\s*[\[(]([^\[\]()]*)[\])]\s*:?\s*$")
_SLASH = re.compile(r"^(.*\S)\s*/\s*(\S+)$")
_TWO_NUMBERS = re.compile(r"[+-]?[\d.]+\s+[+-]?[\d.]+")
_NO_TEXT = (
    (b"PK\x03\x04", "an Excel workbook or another zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x89HDF", "an HDF5 file"),
    (b"XDF:", "an XDF file"),
    (b"\x1f\x8b", "a compressed file"),
    (b"%PDF", "a PDF file"),
)


@dataclass(frozen=True)
class Layout:
    """How one file looks.

    Attributes
    ----------
    path : Path
    encoding, delimiter, decimal, thousands : str
    first : int
        Lines before the first row of values.
    labelled : int
        Number of the line, from 1, that has the labels; 0 if none has.
    names : tuple of str
        What stands over each column, without its unit; may be empty or there twice.
    labels : tuple of str
        The same, none of them empty or twice.
    units : tuple of str
    notes : tuple of str
    above : tuple of str
        The lines above the values, as they stand there; labels and units are the last of them.
    """

    path: Path
    encoding: str
    delimiter: str
    decimal: str
    thousands: str
    first: int
    labelled: int
    names: tuple[str, ...]
    labels: tuple[str, ...]
    units: tuple[str, ...]
    notes: tuple[str, ...] = ()
    above: tuple[str, ...] = ()

    def line_of(self, row: int) -> int:
        """Number of the line, from 1, that a row of values stands in."""
        with self.path.open(encoding=self.encoding, errors="replace", newline="") as file:
            filled = (number for number, line in enumerate(file, 1) if number > self.first and line.strip("\r\n"))
            return next(itertools.islice(filled, row, None), 0)

    def cell(self, row: int, column: int, text: str) -> str:
        """A cell, in a sentence."""
        return f'line {self.line_of(row)}, column "{self.labels[column]}", has "{text}"'


def layout_of(path: Path, settings: CsvSettings) -> Layout:
    """Find out what the declaration does not say.

    Raises
    ------
    ValueError
        If it cannot be told for sure; the message names the line and the key to set.
    """
    _check_text(path)
    encoding = settings.encoding or _encoding(path)
    lines = _lines(path, encoding)
    delimiter = settings.delimiter
    start = settings.skip_rows
    if start == 0 and lines and (separator := re.fullmatch(r'"?sep=(.)"?', lines[0].strip())):
        delimiter, start = delimiter or separator[1], 1  # Excel's own way to say it
    if start >= len(lines):
        raise ValueError(f"{path.name} has no line {start + 1}: skip_rows of [import.csv] skips all of it")
    delimiter = delimiter or _delimiter(lines[start:], settings)
    cells = [split(line, delimiter) for line in lines]
    heading = heading_of(path, settings, lines, cells, start)
    first = heading.first
    if heading.labels and all(number_like(label) for label in heading.labels):
        raise ValueError(
            f'{path.name}: line {first} has "{lines[first - 1][:80]}" where labels are looked for: set labels or '
            "skip_rows in [import.csv] of lab.toml"
        )
    pairs = [_named(label) for label in heading.labels]
    names = tuple(name for name, _ in pairs)
    row = [bare_unit(unit) for unit in heading.units]
    units = tuple((row[i] if i < len(row) else "") or unit for i, (_, unit) in enumerate(pairs))
    for i, (name, unit) in enumerate(pairs):
        if TIME_UNITS.get(unit.lower(), 0.0) != TIME_UNITS.get(units[i].lower(), 0.0) and unit.lower() in TIME_UNITS:
            raise ValueError(
                f'{path.name}: the label "{name}" is in {unit}, and the line of units says {units[i]}: set time_unit_s '
                "in [import.csv] of lab.toml, and labels"
            )
    decimal = settings.decimal or _decimal(path, settings, cells, first)
    return Layout(
        path,
        encoding,
        delimiter,
        decimal,
        settings.thousands,
        first,
        heading.labelled,
        names,
        tuple(unique(names, "column")),
        units,
        heading.notes,
        tuple(lines[:first]),
    )


def some(labels: Sequence[str]) -> str:
    """The first labels, in a sentence."""
    more = len(labels) - _NAMED
    return ", ".join(labels[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _check_text(path: Path) -> None:
    """Refuse an empty file, and a file of another kind that was given the name of a table."""
    with path.open("rb") as file:
        begin = file.read(8)
    if not begin:
        raise ValueError(f"{path.name} is empty")
    kind = next((kind for magic, kind in _NO_TEXT if begin.startswith(magic)), "")
    if kind:
        raise ValueError(f"{path.name} is no text but {kind}: export it as CSV, or give it the ending of its kind")


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        return encoding_of(file.read(4))


def _lines(path: Path, encoding: str) -> list[str]:
    lines: list[str] = []
    try:
        with path.open(encoding=encoding, errors="strict", newline="") as file:
            for line in itertools.islice(file, _LOOK_LINES):
                lines.append(line.rstrip("\r\n"))
    except (UnicodeError, LookupError) as error:
        raise not_in_encoding(path, encoding) from error
    return lines


def not_in_encoding(path: Path, encoding: str) -> ValueError:
    """Say which line of a file is not in its encoding."""
    try:
        with path.open(encoding=encoding, errors="backslashreplace", newline="") as file:
            for number, line in enumerate(file, 1):
                if found := re.search(r"\S*\\x[0-9a-f]{2}\S*", line):
                    where = f'line {number} has "{found[0][:60]}"'
                    return ValueError(
                        f"{path.name} is no text in {encoding}: {where}; set encoding in [import.csv]"
                        f" of lab.toml, such as "
                        '"latin-1" or "cp1252"'
                    )
    except (UnicodeError, LookupError):
        pass
    return ValueError(f"{path.name} is no text in {encoding}: set encoding in [import.csv] of lab.toml")


def _delimiter(lines: Sequence[str], settings: CsvSettings) -> str:
    """What divides nearly all lines into the same number of cells, most of them numbers."""
    whole = [line for line in lines if line.strip() and not line.startswith(COMMENTS)]
    quoted = any('"' in line for line in whole)  # then a comma may be both
    for mark in (mark for mark in _DELIMITERS if mark != settings.decimal or quoted):
        rows = [split(line, mark) for line in whole]
        counts = Counter(len(row) for row in rows)
        width, often = max(counts.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        if width < 2 or often < 0.5 * len(rows):
            continue
        cells = [cell for row in rows if len(row) == width for cell in row]
        if mark == "," and sum(bool(_TWO_NUMBERS.fullmatch(cell)) for cell in cells) >= 0.5 * often:
            continue  # decimal commas, and blanks between the numbers
        if mark != " " or sum(number_like(c) or missing(c) or clock_like(c) for c in cells) > 0.5 * len(cells):
            return mark
    return ","


def _decimal(path: Path, settings: CsvSettings, cells: Sequence[list[str]], first: int) -> str:
    """The decimal mark that the first rows prove."""
    if settings.thousands in (".", ","):
        return "," if settings.thousands == "." else "."
    doubt: tuple[int, str] | None = None
    for index in range(first, len(cells)):
        for text in cells[index]:
            if "," not in text or not number_like(text):
                continue
            proof = decimal_comma(text)
            if proof:
                return ","
            doubt = doubt or (index, text)
    if doubt is not None and not settings.thousands:
        either = "" if "." in doubt[1] else 'decimal = "," or '
        raise ValueError(
            f'{path.name}: line {doubt[0] + 1} has "{doubt[1]}", and nothing says what its comma is: set {either}'
            'thousands = "," in [import.csv] of lab.toml'
        )
    return "."


def _named(text: str) -> tuple[str, str]:
    """A label and the unit that stands behind it."""
    found = _UNIT.match(text)
    counted = text.rstrip(" :").endswith(")") and found and number_like(found[2])  # "Fz (2)", the second of two
    if found and found[1] and not counted:
        return found[1].strip(), found[2].strip()
    slash = _SLASH.match(text)
    if slash and (slash[2] in UNITS or slash[2].lower() in TIME_UNITS):
        return slash[1].strip(), slash[2]
    return text.strip(), ""
