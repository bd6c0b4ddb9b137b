"""Records out of bytes: whole lines and whole frames, in whatever pieces they come; what is damaged is counted."""

import binascii
import struct
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from groundup_plugins.devices.wire.declaration import CLOCK, COUNTER, TYPES, Wire, size_of

_LONGEST_LINE = 1 << 14

_CHECKSUMS: dict[str, tuple[int, Callable[[bytes], int]]] = {
    "none": (0, lambda data: 0),
    "sum8": (1, lambda data: sum(data) & 0xFF),
    "xor8": (1, lambda data: reduce(xor, data, 0)),
    "crc16": (2, lambda data: binascii.crc_hqx(data, 0xFFFF)),
}
"""Bytes of a checksum, and how it is made."""


@dataclass(frozen=True)
class Rows:
    """Records that have come.

    Attributes
    ----------
    values : ndarray, shape (n, F)
        Every field.
    order : ndarray, shape (n,)
        Number of each record, from 0; one that came damaged has taken a number too.
    """

    values: NDArray[np.float64]
    order: NDArray[np.int64]


class Parser(ABC):
    """Cuts bytes into records.

    Parameters
    ----------
    wire : Wire
    from_start : bool
        Whether the first byte begins a record; on a line that runs already it does not, and half a number is a number.

    Attributes
    ----------
    bad : int
        Records that came damaged and were left out.
    """

    def __init__(self, wire: Wire, from_start: bool = False) -> None:
        self.wire = wire
        self._whole = from_start
        self.bad = 0
        self._next = 0
        self._buffer = b""
        self._counting = [label in (COUNTER, CLOCK) for label in wire.labels]

    def feed(self, data: bytes) -> Rows:
        """Take in what has come; give the records that are now whole."""
        self._buffer += data
        found: list[tuple[int, tuple[float, ...]]] = []
        for record in self._records():
            if record is not None:
                found.append((self._next, record))
            elif not self._next:  # before the first whole record it is a greeting, or the end of one
                continue
            else:
                self.bad += 1
            self._next += 1
        values = np.array([record for _, record in found], np.float64).reshape(len(found), len(self.wire.fields))
        return Rows(values, np.array([order for order, _ in found], np.int64))

    @abstractmethod
    def _records(self) -> list[tuple[float, ...] | None]:
        """Records at the beginning of the buffer, which are taken out of it; None for each that is damaged."""


class Lines(Parser):
    """A line of text a record."""

    def _records(self) -> list[tuple[float, ...] | None]:
        *lines, self._buffer = self._buffer.replace(b"\r", b"\n").split(b"\n")
        if lines and not self._whole:
            del lines[0]
            self._whole = True
        if len(self._buffer) > _LONGEST_LINE:
            self._buffer = b""
            lines.append(b"?")
        return [self._record(line) for line in lines if line.strip()]

    def _record(self, line: bytes) -> tuple[float, ...] | None:
        text = line.decode("utf-8", "replace")
        parts = text.split(self.wire.delimiter) if self.wire.delimiter.strip() else text.split()
        try:
            # What is left out need not be a number; what tells the time must be a finite one.
            record = tuple(
                0.0 if label == "-" else float(part) for label, part in zip(self.wire.labels, parts, strict=True)
            )
        except ValueError:
            return None
        return (
            record
            if np.isfinite([v for v, counts in zip(record, self._counting, strict=True) if counts]).all()
            else None
        )


class Frames(Parser):
    """Sync bytes, fields in binary, a checksum."""

    def __init__(self, wire: Wire, from_start: bool = False) -> None:
        super().__init__(wire, from_start)
        self._sync = bytes.fromhex(wire.sync)
        self._order: Literal["little", "big"] = wire.byte_order
        self._fields = sum(size_of(kind) for kind in wire.kinds)
        self._sum_bytes, self._sum = _CHECKSUMS[wire.checksum]
        self._frame = len(self._sync) + self._fields + self._sum_bytes
        self._skipped = 0

    def _records(self) -> list[tuple[float, ...] | None]:
        found: list[tuple[float, ...] | None] = []
        data, at = self._buffer, 0
        while len(data) - at >= self._frame:
            body = data[at + len(self._sync) : at + self._frame - self._sum_bytes]
            if data.startswith(self._sync, at) and self._summed(body, data, at):
                # Garbage as long as some frames was some frames.
                found += [None] * ((self._skipped + self._frame // 2) // self._frame)
                found.append(self._values(body))
                self._skipped = 0
                at += self._frame
            else:
                start = data.find(self._sync, at + 1)
                begin = start if start > 0 else len(data) - len(self._sync) + 1
                self._skipped += begin - at
                at = begin
        self._buffer = data[at:]
        return found

    def _summed(self, body: bytes, data: bytes, at: int) -> bool:
        stated = int.from_bytes(data[at + self._frame - self._sum_bytes : at + self._frame], self._order)
        return self._sum(body) == stated

    def _values(self, body: bytes) -> tuple[float, ...]:
        values, at = [], 0
        mark = "<" if self._order == "little" else ">"
        for kind in self.wire.kinds:
            part = body[at : at + size_of(kind)]
            at += len(part)
            if kind.endswith("24"):
                values.append(float(int.from_bytes(part, self._order, signed=kind[0] == "i")))
            else:
                values.append(float(struct.unpack(mark + TYPES[kind], part)[0]))
        return tuple(values)


def parser_for(wire: Wire, from_start: bool = False) -> Parser:
    """The parser of what the lab declares."""
    return Lines(wire, from_start) if wire.format == "lines" else Frames(wire, from_start)
