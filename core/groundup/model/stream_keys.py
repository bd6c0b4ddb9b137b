"""Keys: what a driver calls each of its streams, the same in every recording.

A device of one stream has none: in files and messages the stream is called as the device is, ``plate_left``. One of
several has a key for each: ``mill.left``, ``mill.belts``.
"""

import re
import zlib
from collections.abc import Collection, Iterable

ONE = ""
"""The key of a device's only stream."""

_LONGEST = 32
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
_NUMBERS = 10**9  # exact as a double, and short as text


def is_key(key: object) -> bool:
    """Whether something can be the key of a stream: a short identifier."""
    return isinstance(key, str) and _KEY.fullmatch(key) is not None


def as_key(text: str, taken: Collection[str] = ()) -> str:
    """A key made of a text, such as the name of a force plate.

    Parameters
    ----------
    text : str
        What no key can have in it becomes ``_``.
    taken : collection of str
        Keys that it must differ from: then it is numbered.
    """
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", text).strip("_")
    stem = (plain if is_key(plain[:1]) else f"s_{plain}")[:_LONGEST].rstrip("_")
    key, number = stem, 1
    while alike([key, *taken]) is not None or key in taken:
        number += 1
        end = f"_{number}"
        key = stem[: _LONGEST - len(end)] + end
    return key


def stream_id(device: str, key: str) -> str:
    """What a stream of a device is called in a recording: ``mill.left``, or as the device if that has only one."""
    return f"{device}.{key}" if key else device


def number_of(key: str) -> int:
    """The number that stands for a key among ticks: the same whenever, and in whatever order, streams come."""
    return zlib.crc32(key.encode()) % _NUMBERS


def alike(keys: Iterable[str]) -> tuple[str, str] | None:
    """Two keys that a person or a computer takes for each other: but for the case of letters, or by their number."""
    met: dict[object, str] = {}
    for key in keys:
        for mark in (number_of(key), key.casefold()):
            if met.setdefault(mark, key) != key:
                return met[mark], key
    return None
