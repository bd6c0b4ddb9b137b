"""MVN's network streamer without a suit: datagrams of joints, segments, trackers and the centre of mass over UDP.

It can misbehave: skip frames, split what is too large, lose and swap datagrams, stream two people, run its clock wrong.
"""

import argparse
import math
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

_HEADER = struct.Struct(">6sIBBIBBBBHH")
_SEGMENTS = 23
_LEGS = ((1, 16), (16, 17), (17, 18), (18, 19), (1, 20), (20, 21), (21, 22), (22, 23))  # joints, by segment IDs
TRACKED = (1, 5, 16, 17, 18, 20, 21, 22)
"""Segment IDs that wear a tracker."""


@dataclass
class Behaviour:
    """What is streamed, and what is wrong with it.

    Attributes
    ----------
    rate : float
        Updates a second; the counter counts them.
    every : int
        Every how many updates a frame is streamed.
    kinds : tuple of str
        Message types.
    characters : tuple of int
    centimetres, old_trackers : bool
    split : int
        Items a datagram at the most; 0: all.
    swap : bool
        Whether the datagrams of a sample come in reverse order.
    lost : tuple of int
        Numbers of frames that get lost.
    first : int
        The counter's first value.
    """

    rate: float = 60.0
    every: int = 1
    kinds: tuple[str, ...] = ("20", "21", "23", "24")
    characters: tuple[int, ...] = (0,)
    centimetres: bool = False
    old_trackers: bool = False
    split: int = 0
    swap: bool = False
    lost: tuple[int, ...] = ()
    first: int = 0


def angle(number: int, joint: int, axis: int) -> float:
    """Joint angle of frame `number`, in degrees."""
    return float((number + 10 * joint + 3 * axis) % 90 - 45)


def position(number: int, item: int, axis: int) -> float:
    """Position of frame `number`, in m: the first item is 1 m high."""
    return 1.0 if axis == 2 else 0.001 * (number % 1000) + 0.1 * item + axis


def reading(number: int, item: int, value: int) -> float:
    """Raw reading of a tracker: acceleration (m/s²), angular velocity (degrees a second) and field, three each."""
    return 9.81 if value == 2 else float((number + item + value) % 50)


def items(kind: str, number: int, behaviour: Behaviour) -> list[bytes]:
    """What a frame has of a kind, one piece of bytes an item."""
    unit = 100.0 if behaviour.centimetres else 1.0
    if kind == "20":
        ends = enumerate(_LEGS)
        return [struct.pack(">2i3f", 256 * a, 256 * b, *(angle(number, j, x) for x in range(3))) for j, (a, b) in ends]
    if kind == "21":
        return [
            struct.pack(">i9f", item + 1, *(unit * position(number, item, x) for x in range(3)), *[0.0] * 6)
            for item in range(_SEGMENTS)
        ]
    if kind == "24":
        return [struct.pack(">3f", *(unit * position(number, 0, x) for x in range(3)))]
    raw = range(6, 9) if behaviour.old_trackers else range(9)
    pose = (1.0, *[0.0] * 6)
    return [
        struct.pack(f">i{7 + len(raw)}f", segment, *pose, *(reading(number, item, v) for v in raw))
        for item, segment in enumerate(TRACKED)
    ]


def datagrams(kind: str, number: int, character: int, behaviour: Behaviour) -> Iterator[bytes]:
    """The datagrams of one kind of frame `number`."""
    every = items(kind, number, behaviour)
    size = behaviour.split or len(every)
    parts = [every[at : at + size] for at in range(0, len(every), size)]
    numbered = list(enumerate(parts))
    for index, part in reversed(numbered) if behaviour.swap else numbered:
        last = 0x80 if index == len(parts) - 1 else 0
        payload = b"".join(part)
        counter = (behaviour.first + number * behaviour.every) % (1 << 32)
        code = int(1000 * number * behaviour.every / behaviour.rate)
        name = f"MXTP{kind}".encode()
        yield _HEADER.pack(
            name, counter, index | last, len(part), code, character, _SEGMENTS, 0, 0, 0, len(payload)
        ) + payload  # fmt: skip


class Mvn:
    """The streamer; also a context manager.

    Attributes
    ----------
    silent : Event
        While it is set nothing is sent.
    """

    def __init__(self, port: int, behaviour: Behaviour | None = None, ppm: float = 0.0) -> None:
        self.port, self.behaviour, self.ppm = port, behaviour or Behaviour(), ppm
        self.silent = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Mvn":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        this, start, number = self.behaviour, time.monotonic(), 0
        period = this.every / this.rate / (1.0 + self.ppm * 1e-6)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            while not self._stop.wait(max(0.0, start + number * period - time.monotonic())):
                if not self.silent.is_set() and number not in this.lost:
                    for character in this.characters:
                        for kind in this.kinds:
                            for datagram in datagrams(kind, number, character, this):
                                with suppress(OSError):  # nobody listens yet
                                    out.sendto(datagram, ("127.0.0.1", self.port))
                number += 1


def free_port() -> int:
    """A UDP port of the loopback that nobody listens at."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def main() -> None:
    """Stream until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A simulated MVN network streamer.")
    parser.add_argument("--port", type=int, default=9763)
    parser.add_argument("--rate", type=float, default=60.0)
    given = parser.parse_args()
    if not math.isfinite(given.rate) or given.rate <= 0:
        parser.error("--rate is more than 0")
    with Mvn(given.port, Behaviour(given.rate)), suppress(KeyboardInterrupt):
        print(f"MVN streams to 127.0.0.1:{given.port}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
