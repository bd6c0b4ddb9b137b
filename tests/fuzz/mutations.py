"""What happens to bytes on bad disks, in bad programs and in bad hands."""

import struct
from collections.abc import Callable

import numpy as np

Rng = np.random.Generator

_WHOLE = (0, 1, 2, 4, 7, 8, 255, 256, 65_535, 65_536, 2**31 - 1, 2**31, 2**32 - 1, 2**62, 2**63 - 1, 2**64 - 1)
_REAL = (0.0, -0.0, 1e-310, 1e300, -1e300, 1e18, np.inf, -np.inf, np.nan)


def mutated(rng: Rng, data: bytes, most: int = 4, within: int | None = None) -> bytes:
    """The bytes after one to `most` accidents, all before byte `within` where one is given."""
    for _ in range(int(rng.integers(1, most + 1))):
        if not data:
            return data
        end = len(data) if within is None else min(within, len(data))
        accident = _ACCIDENTS[int(rng.integers(len(_ACCIDENTS)))]
        data = accident(rng, data, int(rng.integers(end)))
    return data


def refused(error: Exception) -> str:
    """What came of an input that was refused; without a sentence that says why, it is a finding."""
    assert str(error).strip(), f"{type(error).__name__} says nothing"
    return "refused"


def pick(rng: Rng, *choices: object) -> object:
    """One of them."""
    return choices[int(rng.integers(len(choices)))]


def _bit(rng: Rng, data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ (1 << int(rng.integers(8)))]) + data[at + 1 :]


def _run(rng: Rng, data: bytes, at: int) -> bytes:
    length = min(int(2 ** rng.uniform(0, 13)), len(data) - at)
    filled = (b"\0" * length, b"\xff" * length, rng.bytes(length))[int(rng.integers(3))]
    return data[:at] + filled + data[at + length :]


def _whole(rng: Rng, data: bytes, at: int) -> bytes:
    size = int(2 ** rng.integers(0, 4))
    value = _WHOLE[int(rng.integers(len(_WHOLE)))] % 256**size
    return data[:at] + value.to_bytes(size, "little") + data[at + size :]


def _near(rng: Rng, data: bytes, at: int) -> bytes:
    """A count or a length that is off by a little."""
    size = int(2 ** rng.integers(0, 3))
    value = int.from_bytes(data[at : at + size], "little") + int(rng.integers(-9, 10))
    return data[:at] + (value % 256**size).to_bytes(size, "little") + data[at + size :]


def _real(rng: Rng, data: bytes, at: int) -> bytes:
    value = _REAL[int(rng.integers(len(_REAL)))]
    with np.errstate(over="ignore"):
        packed = struct.pack("<d", value) if rng.random() < 0.5 else np.float32(value).tobytes()
    return data[:at] + packed + data[at + len(packed) :]


def _cut(rng: Rng, data: bytes, at: int) -> bytes:
    return data[:at] + data[at + int(2 ** rng.uniform(0, 10)) :]


def _twice(rng: Rng, data: bytes, at: int) -> bytes:
    stop = at + int(2 ** rng.uniform(0, 10))
    return data[:stop] + data[at:stop] + data[stop:]


def _insert(rng: Rng, data: bytes, at: int) -> bytes:
    return data[:at] + rng.bytes(int(2 ** rng.uniform(0, 8))) + data[at:]


def _end(rng: Rng, data: bytes, at: int) -> bytes:
    return data[:at] if rng.random() < 0.5 else data + rng.bytes(int(rng.integers(1, 64)))


_ACCIDENTS: tuple[Callable[[Rng, bytes, int], bytes], ...] = (
    _bit, _bit, _run, _whole, _whole, _near, _near, _real, _cut, _twice, _insert, _end,
)  # fmt: skip
