"""The head of an EDF+ or BDF+ file, in letters of ASCII, and its annotations.

Source: https://www.edfplus.info/specs/edfplus.html; BDF+ is the same with numbers of 24 bits.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
MOST = 1e300
"""Beyond it no number is told."""
MOST_WORDS = 400
"""Bytes of the text of an annotation."""
_LABEL = 16
_LETTERS = {
    "\u00b5": "u",
    "\u03bc": "u",
    "\u039c": "M",
    "\u2126": "Ohm",
    "\u03a9": "Ohm",
    "\u00b0": "deg",
    "\u00b2": "^2",
    "\u00b7": ".",
    "\u00df": "ss",
}


@dataclass(frozen=True)
class Field:
    """One signal of the head; `low` and `high` are what the least and the greatest number are worth, as text."""

    label: str
    sensor: str
    unit: str
    low: str
    high: str
    per_record: int


def ascii_text(text: str, width: int) -> bytes:
    """Text in the letters that the format has, cut or filled up."""
    plain = "".join(_LETTERS.get(letter, letter) for letter in text)
    plain = unicodedata.normalize("NFKD", plain)
    kept = "".join(letter for letter in plain if not unicodedata.combining(letter))
    clean = "".join(letter if " " <= letter <= "~" else "?" for letter in kept)
    return clean.encode("ascii")[:width].ljust(width)


def signal_labels(labels: Sequence[str]) -> list[str]:
    """Labels of the signals of one stream, none of them twice or empty although the format has 16 letters."""
    found: dict[str, None] = {}
    for number, label in enumerate(labels, 1):
        plain = ascii_text(label, _LABEL).decode("ascii").strip() or f"channel {number}"
        name, count = plain, number
        while name in found:
            end, count = f"-{count}", count + 1
            name = plain[: _LABEL - len(end)] + end
        found[name] = None
    return list(found)


def outwards(value: float, up: bool) -> str:
    """A number in at most 8 letters, not below (or not above) this one."""
    to = math.ceil if up else math.floor
    if abs(value) > MOST:  # what is more has no place in a file that is read as double numbers
        value = math.copysign(MOST, value)
    for decimals in range(6, -1, -1):
        text = f"{to(value * 10**decimals) / 10**decimals:.{decimals}f}"
        if len(text) <= 8:
            return text
    power = math.floor(math.log10(abs(value)))
    return f"{to(value / 10**power)}e{power}"


def header(fields: Sequence[Field], width: int, records: int, began: datetime | None, person: str) -> bytes:
    """The head of a file with records of a second; the last field is that of the annotations."""
    count = len(fields)
    name = "BDF" if width == 3 else "EDF"
    date = "X" if began is None else f"{began.day:02d}-{_MONTHS[began.month - 1]}-{began.year}"
    moment = "01.01.85" + "00.00.00" if began is None else began.strftime("%d.%m.%y%H.%M.%S")
    code = ascii_text(person.strip().replace(" ", "_") or "X", 60).decode().strip()
    least, most = -(1 << (8 * width - 1)), (1 << (8 * width - 1)) - 1
    first = b"\xffBIOSEMI" if width == 3 else b"0".ljust(8)
    parts = [
        first,
        ascii_text(f"{code} X X X", 80),
        ascii_text(f"Startdate {date} X X groundup", 80),
        ascii_text(moment, 16),
        ascii_text(str(256 * (count + 1)), 8),
        ascii_text(f"{name}+C", 44),
        ascii_text(str(records), 8),
        ascii_text("1", 8),
        ascii_text(str(count), 4),
        *(ascii_text(field.label, _LABEL) for field in fields),
        *(ascii_text(field.sensor, 80) for field in fields),
        *(ascii_text(field.unit, 8) for field in fields),
        *(ascii_text(field.low, 8) for field in fields),
        *(ascii_text(field.high, 8) for field in fields),
        *(ascii_text(str(least), 8) for _ in fields),
        *(ascii_text(str(most), 8) for _ in fields),
        *(b" " * 80 for _ in fields),
        *(ascii_text(str(field.per_record), 8) for field in fields),
        *(b" " * 32 for _ in fields),
    ]
    return b"".join(parts)


def annotation_text(text: str) -> str:
    """Words that every reader takes: one line without control characters, of `MOST_WORDS` bytes at most.

    The format allows line ends, and edfio reads no annotation that has one; the longest one makes every record as long.
    """
    line = text.replace("\r\n", " ").translate(dict.fromkeys(map(ord, "\n\r\t"), " "))
    line = "".join(letter for letter in line if letter >= " " and letter != "\x7f")
    return line.encode("utf-8", "replace")[:MOST_WORDS].decode("utf-8", "ignore")


def annotation(onset: float, text: str, duration: float = 0.0) -> bytes:
    """One annotation: a moment (s from the start of the file), how long, and words in UTF-8."""
    lasts = f"\x15{duration:.6f}" if duration else ""
    return f"{onset:+.6f}{lasts}\x14{annotation_text(text)}\x14\x00".encode("utf-8", "replace")


def annotation_records(annotations: Sequence[bytes], records: int, offset: float, width: int) -> list[bytes]:
    """The annotations in as many pieces of one length as there are records; each begins with its record's time."""
    keeping = [f"{index + offset:+.6f}\x14\x14\x00".encode() for index in range(records)]
    longest = max(map(len, keeping), default=0)
    size = max(longest + max(map(len, annotations), default=0), -(-sum(map(len, annotations)) // max(records, 1)))
    while True:
        length = -(-size // width) * width
        filled = _filled(keeping, annotations, length)
        if filled is not None:
            return [piece.ljust(length, b"\x00") for piece in filled]
        size = size * 3 // 2


def _filled(keeping: Sequence[bytes], annotations: Sequence[bytes], length: int) -> list[bytes] | None:
    """As many as fit into each piece, in their order; None if some are left."""
    at, pieces = 0, []
    for first in keeping:
        piece = bytearray(first)
        while at < len(annotations) and len(piece) + len(annotations[at]) <= length:
            piece += annotations[at]
            at += 1
        pieces.append(bytes(piece))
    return pieces if at == len(annotations) else None
