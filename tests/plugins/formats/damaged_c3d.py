"""Damaged C3D files, by what was damaged: header, parameters' lengths, parameters' values, the size of the file."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

_HEADER = 24  # bytes of the header that describe the data


@dataclass(frozen=True)
class Damage:
    """A damaged file.

    Attributes
    ----------
    data : bytes
    kind : str
        ``header``, ``structure``, ``value`` or ``size``.
    at : int
        The byte that was changed, or the new size.
    """

    data: bytes
    kind: str
    at: int


def damages(data: bytes, random: np.random.Generator, count: int) -> Iterator[Damage]:
    """Damaged copies of a sound file, one a time."""
    structure, values = _places(data)
    kinds = {
        "header": np.arange(_HEADER), "structure": np.array(structure), "value": np.array(values)
    }  # fmt: skip
    for _ in range(count):
        kind = str(random.choice([*kinds, "size"]))
        if kind == "size":
            yield _resized(data, random)
            continue
        at = int(random.choice(kinds[kind]))
        raw = bytearray(data)
        raw[at] = _other(raw[at], random)
        if random.random() < 0.2 and at + 1 in kinds[kind]:  # two neighbours
            raw[at + 1] = _other(raw[at + 1], random)
        yield Damage(bytes(raw), kind, at)


def _other(byte: int, random: np.random.Generator) -> int:
    """One bit flipped, or any value, or the extreme ones."""
    way = random.integers(3)
    if way == 0:
        return byte ^ (1 << int(random.integers(8)))
    return int(random.integers(256)) if way == 1 else int(random.choice([0, 1, 127, 128, 255]))


def _resized(data: bytes, random: np.random.Generator) -> Damage:
    if random.random() < 0.7:
        size = int(random.integers(len(data)))
        return Damage(data[:size], "size", size)
    more = int(random.integers(1, 5000))
    return Damage(data + bytes(random.integers(0, 256, more, np.uint8)), "size", len(data) + more)


def _places(data: bytes) -> tuple[list[int], list[int]]:
    """Bytes of the parameter section that are its structure, and those that are values."""
    at = (data[0] - 1) * 512
    big = data[at + 3] == 86
    structure, values = list(range(at, at + 4)), []
    at += 4
    while data[at]:
        length = int.from_bytes(data[at : at + 1], signed=True)
        place = at + 2 + abs(length)
        offset = int.from_bytes(data[place : place + 2], "big" if big else "little")
        structure += [at, at + 1, *range(place, place + 2)]
        values += range(at + 2, place)  # the name
        if int.from_bytes(data[at + 1 : at + 2], signed=True) > 0:
            head = place + 4 + data[place + 3]
            structure += range(place + 2, head)
            values += range(head, place + offset)
        at = place + offset
        if not offset:
            break
    return [*structure, at, at + 1], values
