"""A C3D file's parameters, read so that an absent, empty or oddly shaped one gives "nothing" and never an error."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Floats
from groundup_plugins.formats.c3d.numbers import Numbers

Value = Floats | list[str]
"""Numbers in the shape of the file (first index fastest), or texts."""

_SIZES = {-1: 1, 1: 1, 2: 2, 4: 4}
_NAME = re.compile(rb"[^\x00-\x1f]+")
_PARTS = range(2, 100)


@dataclass(frozen=True)
class Parameters:
    """Parameters by group and name, without regard to capitals.

    Attributes
    ----------
    groups : dict
        Group name to parameter name to value, all names in capitals.
    """

    groups: Mapping[str, Mapping[str, Value]]

    def has(self, group: str, name: str) -> bool:
        """Whether the parameter exists and holds something."""
        value = self.groups.get(group, {}).get(name)
        return value is not None and len(value) > 0

    def numbers(self, group: str, name: str) -> Floats:
        """Numeric values in the order of the file (first index fastest), shape (n,); empty if there are none.

        Continued through NAME2, NAME3 ..., as files with more than 255 channels do.
        """
        parts = [part.ravel(order="F") for part in self._parts(group, name) if isinstance(part, np.ndarray)]
        return np.concatenate(parts) if parts else np.empty(0)

    def words(self, group: str, name: str) -> NDArray[np.int64]:
        """The same as whole numbers of 16 bits without a sign, as counts are meant; empty if one is no number."""
        values = self.numbers(group, name)
        if not np.isfinite(values).all() or (np.abs(values) > 1e9).any():
            return np.empty(0, np.int64)
        whole = values.astype(np.int64)
        return np.where(whole < 0, whole % 65536, whole)

    def columns(self, group: str, name: str) -> Floats:
        """The same with its last index as columns: shape (k, n), one column a plate or an event."""
        value = self.groups.get(group, {}).get(name)
        if not isinstance(value, np.ndarray) or value.size == 0:
            return np.empty((0, 0))
        return value.reshape(-1, 1) if value.ndim == 1 else value.reshape(-1, value.shape[-1], order="F")

    def number(self, group: str, name: str, default: float = float("nan")) -> float:
        """The first numeric value."""
        values = self.numbers(group, name)
        return float(values[0]) if len(values) else default

    def texts(self, group: str, name: str) -> list[str]:
        """Text values, continued through NAME2, NAME3 ... as files with more than 255 of them do."""
        return [text for part in self._parts(group, name) if isinstance(part, list) for text in part]

    def _parts(self, group: str, name: str) -> list[Value]:
        members = self.groups.get(group, {})
        if name not in members:
            return []
        found = [members[name]]
        for part in _PARTS:
            if f"{name}{part}" not in members:
                break
            found.append(members[f"{name}{part}"])
        return found


@dataclass(frozen=True)
class ParameterSection:
    """What a parameter section holds.

    Attributes
    ----------
    parameters : Parameters
    end : int
        Where the last entry ends, in bytes from the start of the section.
    last : str
        Its name.
    wrong : tuple of str
        What could not be read, a sentence each.
    """

    parameters: Parameters
    end: int
    last: str
    wrong: tuple[str, ...]


@dataclass(frozen=True)
class _Entry:
    name: str
    number: int
    """Of its group; negative where the entry is a group itself."""
    value: Value | None
    whole: bool
    """Whether it ends where it says that the next begins."""
    following: int
    """Where the next entry begins; 0: nowhere."""
    end: int


def read_section(section: bytes, numbers: Numbers) -> ParameterSection:
    """Read a parameter section, from its four bytes of head on.

    Every entry says where the next begins; where that is not where the entry ends, it is damaged, and said.
    """
    groups: dict[int, str] = {}
    members: list[_Entry] = []
    wrong: list[str] = []
    at, end, last = 4, 4, "its beginning"
    while at < len(section) and section[at] != 0:
        entry = _entry(section, at, numbers)
        if entry is None:
            wrong.append(f"its parameters are damaged after {last}: those that follow cannot be read")
            break
        if not entry.whole:
            wrong.append(f"its parameter {entry.name} is damaged: it is not as long as it says")
        if entry.number < 0:
            groups.setdefault(-entry.number, entry.name)
        elif entry.whole:
            members.append(entry)
        last, end, at = entry.name, entry.end, entry.following
        if not at:
            break
    if at > len(section):
        wrong.append(f"its parameters end after {last}, which says that more follow")
    found: dict[str, dict[str, Value]] = {name: {} for name in groups.values()}
    for entry in members:
        group = groups.get(entry.number)
        if group is None:
            wrong.append(f"its parameter {entry.name} belongs to no group: it is not used")
        elif entry.name in found[group]:
            wrong.append(f"it has two parameters {group}:{entry.name}: the first is used")
        elif entry.value is not None:
            found[group][entry.name] = entry.value
    return ParameterSection(Parameters(found), end, last, tuple(wrong))


def _entry(section: bytes, at: int, numbers: Numbers) -> _Entry | None:
    """The group or parameter at a place, or None where there can be none."""
    length = abs(int.from_bytes(section[at : at + 1], signed=True))
    number = int.from_bytes(section[at + 1 : at + 2], signed=True)
    name = section[at + 2 : at + 2 + length]
    place = at + 2 + length
    if len(name) < length or not _NAME.fullmatch(name) or number == 0 or place + 2 > len(section):
        return None
    offset = int(numbers.words(section[place : place + 2])[0])
    following = place + offset if offset else 0
    if 0 < offset < 3:
        return None
    value: Value | None = None
    end = place + 2
    if number > 0:
        read = _value(section, end, numbers)
        if read is None:
            if not offset:
                return None
            return _Entry(_capitals(name), number, None, False, following, following)
        value, end = read
    if end >= len(section):
        return None
    end += 1 + section[end]  # the description
    return _Entry(_capitals(name), number, value, offset == 0 or end == following, following, end)


def _value(section: bytes, at: int, numbers: Numbers) -> tuple[Value, int] | None:
    """A parameter's value and where it ends, or None if its type is unknown or it is longer than the section."""
    if at + 2 > len(section):
        return None
    kind, count = int.from_bytes(section[at : at + 1], signed=True), section[at + 1]
    shape = tuple(section[at + 2 : at + 2 + count])
    if kind not in _SIZES or len(shape) < count or count > 7:  # the standard's most
        return None
    begin = at + 2 + count
    end = begin + _SIZES[kind] * math.prod(shape)
    if end > len(section):
        return None
    data = section[begin:end]
    if kind == -1:
        return _texts(data, shape), end
    if kind == 1:
        plain = np.frombuffer(data, np.uint8).astype(np.float64)
    else:
        plain = numbers.floats(data) if kind == 4 else numbers.integers(data).astype(np.float64)
    return plain.reshape(shape or (1,), order="F"), end


def _texts(data: bytes, shape: tuple[int, ...]) -> list[str]:
    width = shape[0] if shape else 1
    if width == 0:
        return [""] * math.prod(shape[1:]) if len(shape) > 1 else []
    return [text(data[at : at + width]) for at in range(0, len(data), width)]


def text(data: bytes) -> str:
    """Text of any program: UTF-8 where it is that, else the Latin letters of Windows (µ, °, ² ...)."""
    try:
        found = data.decode("utf-8")
    except UnicodeDecodeError:
        found = data.decode("cp1252", "replace")
    return found.replace("\x00", "").strip()


def _capitals(name: bytes) -> str:
    return text(name).upper()
