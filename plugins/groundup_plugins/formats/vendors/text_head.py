"""The first lines of a text file, in the encoding that it proves to be in: what files of a vendor are known by."""

import codecs
import csv
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
_LINES, _BYTES = 300, 1 << 17  # EMGworks writes a line for each channel above the labels
_PIECE = 1 << 20


@dataclass(frozen=True)
class Head:
    """How a text file begins.

    Attributes
    ----------
    path : Path
    encoding : str
    lines : tuple of str
        The first lines, without their ends.
    """

    path: Path
    encoding: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


def glance(path: Path) -> Head:
    """Look at the first lines only, whatever bytes are behind them: enough to know whose file it is."""
    with path.open("rb") as file:
        begin = file.read(_BYTES)
    encoding = encoding_of(begin)
    text = begin.decode(encoding, "replace")
    return Head(path, encoding, tuple(line.rstrip("\r\n") for line in text.splitlines()[:_LINES]))


def head_of(path: Path, encoding: str = "", lines: int = _LINES) -> Head:
    """The first lines, in the encoding that is declared or that the whole file is in.

    A file without a mark is in UTF-8 if all of it is; else it is taken for Windows-1252, of which Latin-1 is a part:
    every vendor here writes no more than a µ, a ° or a ² that is no ASCII.

    Raises
    ------
    ValueError
        If the file is empty, or no text in the declared encoding.
    """
    with path.open("rb") as file:
        begin = file.read(4)
    if not begin:
        raise ValueError(f"{path.name} is empty")
    if begin[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        raise ValueError(f"{path.name} is no text but an Excel workbook or another archive: export it as text")
    found = encoding or encoding_of(begin)
    if not encoding and found == "utf-8" and not _is_utf8(path):
        found = "cp1252"
    try:
        with path.open(encoding=found, errors="strict" if encoding else "replace", newline="") as file:
            first = [line.rstrip("\r\n") for line in itertools.islice(file, lines)]
    except (UnicodeError, LookupError) as error:
        raise ValueError(f"{path.name} is no text in {found}: set encoding to another") from error
    return Head(path, found, tuple(first))


def encoding_of(begin: bytes) -> str:
    """The encoding that the first four bytes of a file tell; UTF-8 where they tell none."""
    for mark, encoding in _MARKS:
        if begin.startswith(mark):
            return encoding
    if begin[1:2] == b"\0":
        return "utf-16-le"
    return "utf-16-be" if begin[:1] == b"\0" else "utf-8"


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def cells_of(line: str, delimiter: str) -> list[str]:
    """The cells of a line, without the blanks around them; a line that cannot be divided is one cell."""
    if delimiter == " ":
        return line.split()
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])]
    except csv.Error:
        return [line.strip()]


def delimiter_of(line: str) -> str:
    """What parts the labels of a line: of tab, semicolon and comma the one there is most of, outside of quotes."""
    counts = {mark: len(cells_of(line, mark)) for mark in ("\t", ";", ",")}
    mark = max(counts, key=lambda one: counts[one])
    return mark if counts[mark] > 1 else " "


def filled_right(cells: Sequence[str]) -> list[str]:
    """Names that stand over the first of their columns only, over each of them."""
    found: list[str] = []
    for cell in cells:
        found.append(cell or (found[-1] if found else ""))
    return found
