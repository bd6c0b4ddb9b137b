from typing import Any

from numpy.typing import NDArray
from typing_extensions import Buffer

CHUNK_FORMAT: list[tuple[str, str]]
STATES: dict[int, str]

class Scanner:
    @property
    def ours(self) -> int: ...
    @property
    def settled(self) -> int: ...
    def __init__(self, data: Buffer) -> None: ...
    def batch(self, length: int) -> tuple[bytearray, bytearray]: ...

def walk(
    data: Buffer, position: int, length: int, begins: NDArray[Any], ends: NDArray[Any]
) -> tuple[bytearray, int]: ...
def scan(data: Buffer) -> tuple[bytearray, bytearray, int]: ...
def decode_numbers(
    data: Buffer,
    offsets: NDArray[Any],
    lengths: NDArray[Any],
    row: int,
    interval: float,
    last: float,
    stamps: NDArray[Any],
    values: NDArray[Any],
    decoded: NDArray[Any],
) -> tuple[int, float]: ...
def count_samples(
    data: Buffer,
    offsets: NDArray[Any],
    lengths: NDArray[Any],
    row: int,
    channels: int,
    whole: NDArray[Any],
    rest: NDArray[Any] | None = None,
) -> None: ...
def decode_strings(
    data: Buffer, offset: int, length: int, channels: int, interval: float, last: float
) -> tuple[list[float], list[list[bytes]]]: ...
