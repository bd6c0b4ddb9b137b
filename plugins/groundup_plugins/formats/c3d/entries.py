"""The parameter section of a C3D file, built entry by entry: groups, numbers and texts as the standard stores them.

Source: The C3D File Format User Guide, chapter on the parameter section. Numbers are Intel's.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

BLOCK = 512
MOST_BLOCKS = 255
"""A byte counts the blocks of a parameter section."""
_MOST_ROWS = 255  # a byte counts each dimension
_INTEL = 84


def cut(text: str, most: int) -> bytes:
    """UTF-8 of a text, no longer than so many bytes, and no letter of it in halves."""
    return text.encode("utf-8", "replace")[:most].decode("utf-8", "ignore").encode("utf-8")


class Entries:
    """A parameter section that grows; what has more than 255 entries goes on in NAME2, NAME3 ..."""

    def __init__(self) -> None:
        self._groups: dict[str, int] = {}
        self._parts: list[bytes] = []

    @property
    def size(self) -> int:
        """Bytes so far, with head and end."""
        return 4 + sum(map(len, self._parts)) + 2

    @property
    def room(self) -> int:
        """Bytes that can still be added."""
        return MOST_BLOCKS * BLOCK - self.size

    def section(self) -> bytes:
        """The section, filled up to whole blocks.

        Raises
        ------
        ValueError
            If it is longer than the format allows.
        """
        blocks = -(-self.size // BLOCK)
        if blocks > MOST_BLOCKS:
            raise ValueError(
                f"C3D has {MOST_BLOCKS * BLOCK} bytes for what is said of channels, and this takes {self.size}: "
                "there are too many channels, or their names are too long"
            )
        head = struct.pack("<4B", 1, 80, blocks, _INTEL)
        return (head + b"".join(self._parts)).ljust(blocks * BLOCK, b"\x00")

    def integers(self, group: str, name: str, values: ArrayLike) -> None:
        """16-bit numbers; the first index of the array is the fastest in the file."""
        self._array(group, name, 2, np.asarray(values), "<i2")

    def reals(self, group: str, name: str, values: ArrayLike) -> None:
        """32-bit numbers; the same."""
        self._array(group, name, 4, np.asarray(values), "<f4")

    def texts(self, group: str, name: str, texts: Sequence[bytes]) -> None:
        """Texts of at most 255 bytes."""
        for part, begin in enumerate(range(0, max(len(texts), 1), _rows_of(texts))):
            rows = texts[begin : begin + _rows_of(texts)]
            width = max(map(len, rows), default=0)
            shape = (width, len(rows))
            self._add(group, _continued(name, part), -1, shape, b"".join(row.ljust(width) for row in rows))

    def text(self, group: str, name: str, text: str) -> None:
        """One text of any length, in rows of 250 bytes without a letter in halves: joined, they are the text.

        Readers take blanks off the ends of rows: so none ends or begins with one, but the last.
        """
        rows, data = [], text
        while data:
            row = cut(data, 250)
            count = len(row.decode("utf-8"))
            while count > 1 and count < len(data) and (data[count - 1].isspace() or data[count].isspace()):
                count -= 1
            rows.append(data[:count].encode("utf-8", "replace"))
            data = data[count:]
        self.texts(group, name, rows)

    def _array(self, group: str, name: str, kind: int, values: np.ndarray, dtype: str) -> None:
        if values.ndim == 0:
            self._add(group, name, kind, (), values.astype(dtype).tobytes())
            return
        for part, begin in enumerate(range(0, max(values.shape[-1], 1), _MOST_ROWS)):
            some = values[..., begin : begin + _MOST_ROWS]
            self._add(group, _continued(name, part), kind, some.shape, some.astype(dtype).tobytes(order="F"))

    def _add(self, group: str, name: str, kind: int, shape: tuple[int, ...], data: bytes) -> None:
        if group not in self._groups:
            self._groups[group] = len(self._groups) + 1
            letters = group.encode("ascii")
            head = struct.pack("<bb", len(letters), -self._groups[group])
            self._parts.append(head + letters + struct.pack("<hB", 3, 0))
        letters = name.encode("ascii")
        value = struct.pack("<bB", kind, len(shape)) + bytes(shape) + data + b"\x00"
        head = struct.pack("<bb", len(letters), self._groups[group])
        self._parts.append(head + letters + struct.pack("<h", len(value) + 2) + value)


def _rows_of(texts: Sequence[bytes]) -> int:
    """How many texts one parameter takes: a word counts its bytes, a byte its rows."""
    width = max(map(len, texts), default=0)
    return max(1, min(_MOST_ROWS, 32_000 // max(width, 1)))


def _continued(name: str, part: int) -> str:
    return name if part == 0 else f"{name}{part + 1}"
