"""Made C3D files whose truth is known: every kind of computer, integers or real numbers, any rate, byte by byte.

Written from the format's description, with nothing of the reader: what it reads is held against what was meant.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Entry = tuple[int, tuple[int, ...], Any]
"""Type (-1 text, 1 byte, 2 integer, 4 real), dimensions, value (first index fastest)."""
CORNERS = [[300, 200, 0], [-300, 200, 0], [-300, -200, 0], [300, -200, 0]]
PLATE = ("Fx", "Fy", "Fz", "Mx", "My", "Mz")
INTEL, DEC, MIPS = 84, 85, 86


@dataclass(frozen=True)
class Made:
    """What a file is to hold; the header and every parameter can be made to say something else.

    `header` replaces fields of the header by name, `parameters` whole parameters (None: absent), by "GROUP:NAME".
    """

    rate: float = 100.0
    per_frame: int = 10
    frames: int = 60
    points: int = 2
    extra: int = 1
    """Analog channels after the six of the plate."""
    processor: int = INTEL
    integers: bool = False
    unsigned: bool = False
    first: int = 1
    header: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Entry | None] = field(default_factory=dict)
    padded: bool = True

    @property
    def channels(self) -> int:
        return 6 + self.extra

    @property
    def scale(self) -> NDArray[np.float64]:
        """Of each analog channel."""
        return np.full(self.channels, 0.25 if self.integers else 1.0)

    @property
    def offset(self) -> int:
        return 32768 if self.unsigned else 0

    def true_points(self) -> NDArray[np.float64]:
        """Shape (frames, points, 3): marker p moves by 1 mm a frame, from 100 p, 10 mm, 20 mm."""
        xyz = np.empty((self.frames, self.points, 3))
        xyz[:, :, 0] = np.arange(self.frames)[:, None] % 1000 + 100 * np.arange(self.points)
        xyz[:, :, 1:] = (10, 20)
        return xyz

    def true_analog(self) -> NDArray[np.float64]:
        """Shape (N, channels): a person of 800 N on the plate, and ramps."""
        count = self.frames * self.per_frame
        values = np.empty((count, self.channels))
        if not self.channels:
            return values
        values[:, :6] = (3, -5, -800, -4000, 8000, 7)
        values[:, 6:] = (np.arange(count) % 1000)[:, None] * 0.5 + np.arange(self.extra)
        return values

    def with_(self, **changes: Any) -> "Made":
        return replace(self, **changes)


def text(*items: str | bytes, width: int = 0) -> Entry:
    raw = [item if isinstance(item, bytes) else item.encode() for item in items]
    width = max([width, *map(len, raw)])
    return -1, (width, len(raw)), b"".join(item.ljust(width) for item in raw)


def word(value: str) -> Entry:
    return -1, (len(value),), value.encode()


def ints(values: Any, *dims: int) -> Entry:
    array = np.atleast_1d(np.asarray(values))
    return 2, dims or (array.size,), array.ravel()


def number(value: int) -> Entry:
    return 2, (), np.array([value])


def reals(values: Any, *dims: int) -> Entry:
    array = np.atleast_1d(np.asarray(values, np.float64))
    return 4, dims or (array.size,), array.ravel()


def real(value: float) -> Entry:
    return 4, (), np.array([value])


def write(path: Path, made: Made) -> Path:
    """Write the file."""
    path.write_bytes(as_bytes(made))
    return path


def as_bytes(made: Made) -> bytes:
    body = _section(made, 0)
    blocks = -(-len(body) // 512)
    body = _section(made, 2 + blocks)
    head = bytes((1, 80, blocks % 256, made.processor))
    data = _data(made)
    if made.padded:
        data = data.ljust(-(-len(data) // 512) * 512, b"\0")
    return _header(made, 2 + blocks) + (head + body[4:]).ljust(blocks * 512, b"\0") + data


def _header(made: Made, data_block: int) -> bytes:
    last = made.first + made.frames - 1
    said = {
        "points": made.points, "analog": made.channels * made.per_frame, "first": min(made.first, 65535),
        "last": min(last, 65535), "gap": 0, "scale": 0.1 if made.integers else -1.0, "data_block": data_block,
        "per_frame": made.per_frame, "rate": made.rate,
    } | dict(made.header)  # fmt: skip
    raw = b"\x02\x50"
    for name, value in said.items():
        if name == "events":
            continue
        raw += _float(made, [value]) if name in ("scale", "rate") else _int(made, [value])
    raw = raw.ljust(512, b"\0")
    events = said.get("events", ())
    if events:
        raw = raw[:298] + _int(made, [12345, len(events)]) + raw[302:]
        times = _float(made, [time for time, _ in events])
        labels = b"".join(label.encode().ljust(4) for _, label in events)
        raw = raw[:304] + times + raw[304 + len(times) :]
        raw = raw[:396] + labels + raw[396 + len(labels) :]
    return raw


def described(made: Made, data_block: int = 0) -> dict[str, Entry]:
    """Every parameter of the file, by "GROUP:NAME"."""
    names = (*PLATE, *(f"EMG {n + 1}" for n in range(made.extra)))
    units = ("N", "N", "N", "Nmm", "Nmm", "Nmm", *("V",) * made.extra)
    found: dict[str, Entry | None] = {
        "POINT:USED": number(made.points),
        "POINT:SCALE": real(0.1 if made.integers else -1.0),
        "POINT:RATE": real(made.rate),
        "POINT:DATA_START": number(data_block),
        "POINT:FRAMES": number(min(made.frames, 65535)),
        "POINT:LABELS": text(*(f"M{n + 1}" for n in range(made.points)), width=4),
        "POINT:UNITS": word("mm"),
        "ANALOG:USED": number(made.channels),
        "ANALOG:RATE": real(made.rate * made.per_frame),
        "ANALOG:GEN_SCALE": real(1.0),
        "ANALOG:FORMAT": word("UNSIGNED" if made.unsigned else "SIGNED"),
        "ANALOG:BITS": number(16),
        "ANALOG:LABELS": text(*names),
        "ANALOG:UNITS": text(*units),
        "ANALOG:SCALE": reals(made.scale),
        "ANALOG:OFFSET": ints([made.offset] * made.channels),
        "FORCE_PLATFORM:USED": number(1),
        "FORCE_PLATFORM:TYPE": ints([2]),
        "FORCE_PLATFORM:ZERO": ints([0, 0]),
        "FORCE_PLATFORM:CORNERS": reals(CORNERS, 3, 4, 1),
        "FORCE_PLATFORM:ORIGIN": reals([0, 0, -40], 3, 1),
        "FORCE_PLATFORM:CHANNEL": ints(range(1, 7), 6, 1),
    }
    found.update(made.parameters)
    return {name: entry for name, entry in found.items() if entry is not None}


def _section(made: Made, data_block: int) -> bytes:
    entries = described(made, data_block)
    groups = list(dict.fromkeys(name.split(":")[0] for name in entries))
    raw = b"\0\0\0\0"
    for index, group in enumerate(groups, 1):
        raw += struct.pack("<bb", len(group), -index) + group.encode() + _int(made, [3]) + b"\0"
    for full, (kind, dims, value) in entries.items():
        group, name = full.split(":")
        data = {-1: bytes, 1: bytes, 2: lambda v: _int(made, v), 4: lambda v: _float(made, v)}[kind](value)
        rest = struct.pack("<bB", kind, len(dims)) + bytes(dims) + data + b"\0"
        raw += struct.pack("<bb", len(name), groups.index(group) + 1) + name.encode()
        raw += _int(made, [len(rest) + 2]) + rest
    return raw + b"\0\0"


def _data(made: Made) -> bytes:
    points = np.zeros((made.frames, made.points, 4))
    points[:, :, :3] = made.true_points() / (0.1 if made.integers else 1.0)
    analog = made.true_analog() / made.scale + made.offset
    rows = np.hstack([points.reshape(made.frames, -1), analog.reshape(made.frames, -1)])
    return _int(made, rows) if made.integers else _float(made, rows)


def _int(made: Made, values: Any) -> bytes:
    whole = np.rint(np.asarray(values, np.float64)).astype(np.int64) % 65536
    return whole.astype(">u2" if made.processor == MIPS else "<u2").tobytes()


def _float(made: Made, values: Any) -> bytes:
    array = np.asarray(values, np.float64)
    if made.processor != DEC:
        return array.astype(">f4" if made.processor == MIPS else "<f4").tobytes()
    # VAX F: four times the number's IEEE pattern, its two words exchanged.
    bits = (array.astype(np.float32) * np.float32(4)).ravel().view(np.uint32)
    return np.column_stack([bits >> 16, bits & 0xFFFF]).astype("<u2").tobytes()
