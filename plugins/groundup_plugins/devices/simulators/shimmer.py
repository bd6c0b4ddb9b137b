"""A Shimmer3 on a pseudo terminal (not on Windows): it answers commands and streams packets, as its manual says.

It can misbehave: a crystal that runs wrong, packets that get lost, bytes that belong to none, silence.
"""

import argparse
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from groundup.testing import Pty

_TICKS_HZ = 32768
ACCELEROMETER, GYROSCOPE = (0x00, 0x01, 0x02), (0x0A, 0x0B, 0x0C)
EMG_24, EMG_16 = (0x1D, 0x1E, 0x1F), (0x1D, 0x23, 0x24)
ACC_COUNTS, GYR_COUNTS, OFFSET = 83, 6550, 2047
"""Counts of 1 m/s² and, times 100, of 1 degree a second; and of nothing."""
GAIN_12 = 6
"""Code of a gain of 12."""
GAINS = (6, 1, 2, 3, 4, 8, 12)
"""By their codes."""
_EXG = (0x1E, 0x1F, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26)


@dataclass
class Behaviour:
    """What is simulated, and what is wrong with it.

    Attributes
    ----------
    channels : tuple of int
        Numbers of the channels, in the order of a packet.
    divider : int
        Ticks of 1/32768 s between two samples; 64 make 512 Hz.
    first : int
        Time stamp of sample 0.
    lost : tuple of int
        Numbers of samples that do not come.
    garbage_at : int
        Before the packet of this number come five bytes that belong to none; -1: nowhere.
    uncalibrated : bool
        Whether its calibration was erased.
    """

    channels: tuple[int, ...] = (*ACCELEROMETER, *GYROSCOPE)
    divider: int = 160
    first: int = 0
    lost: tuple[int, ...] = ()
    garbage_at: int = -1
    uncalibrated: bool = False


def count(number: int, channel: int) -> int:
    """What a channel counts in sample `number`; the status of an ExG chip is 128."""
    return 128 if channel in (0x1D, 0x20) else (number * 7 + channel * 100) % 4000


def packet(number: int, this: Behaviour, gain: float = 12.0) -> bytes:
    """Sample `number`; the ExG unit counts by its gain."""
    stamp = (this.first + number * this.divider) % (1 << 24)
    counts = (round(count(number, c) * gain / 12.0) if c in _EXG else count(number, c) for c in this.channels)
    values = b"".join(_bytes(value, c) for value, c in zip(counts, this.channels, strict=True))
    return b"\x00" + stamp.to_bytes(3, "little") + values


def _bytes(value: int, channel: int) -> bytes:
    if channel in (0x1D, 0x20):
        return bytes([value])
    if channel in (0x1E, 0x1F, 0x21, 0x22):
        return value.to_bytes(3, "big", signed=True)
    return value.to_bytes(2, "big" if 0x0A <= channel <= 0x0C or channel >= 0x23 else "little", signed=True)


def _calibration(scale: int, offset: int) -> bytes:
    return struct.pack(">6h9b", offset, offset, offset, scale, scale, scale, 0, -100, 0, -100, 0, 0, 0, 0, -100)


def registers() -> dict[int, bytearray]:
    """The registers of both chips of an ExG unit, as they are when it is switched on."""
    return {chip: bytearray([0, 0, 0, GAIN_12 << 4, GAIN_12 << 4, 0, 0, 0, 0, 0]) for chip in (0, 1)}


def answer(command: bytes, this: Behaviour, exg: dict[int, bytearray]) -> bytes:
    """What the sensor says to a command, whose registers of the ExG unit are `exg`."""
    code = command[0]
    reply = b"\xff"
    if code == 0x01:
        reply += struct.pack("<BHIBB", 0x02, this.divider, 0, len(this.channels), 1) + bytes(this.channels)
    elif code == 0x2C:
        each = ((ACC_COUNTS, OFFSET), (GYR_COUNTS, 0), (600, 0), (1671, 0))
        reply += b"\x2d" + b"".join(_calibration(0 if this.uncalibrated else s, o) for s, o in each)
    elif code == 0x63:
        reply += bytes([0x62, 10, *exg[command[1]]])
    elif code == 0x61:
        exg[command[1]][command[2] : command[2] + command[3]] = command[4:]
    elif code == 0x2E:
        reply += struct.pack("<BHHBB", 0x2F, 3, 0, 11, 0)
    return reply


class ShimmerSensor:
    """The sensor; also a context manager.

    Attributes
    ----------
    path : str
        The port to open.
    silent : Event
        While it is set nothing is sent.
    asked : list of int
        Every command that came.
    """

    def __init__(
        self, behaviour: Behaviour | None = None, ppm: float = 0.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.behaviour, self.clock = behaviour or Behaviour(), clock
        self.silent = threading.Event()
        self.asked: list[int] = []
        self._exg = registers()
        self._rate = _TICKS_HZ / self.behaviour.divider * (1.0 + ppm * 1e-6)
        self._pty = Pty()
        self.path = self._pty.path
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "ShimmerSensor":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._pty.close()

    @property
    def gain(self) -> float:
        """Of the ExG unit."""
        return float(GAINS[self._exg[0][3] >> 4 & 7])

    def switch_off_and_on(self) -> None:
        """Forget what it was set to."""
        self._exg = registers()

    def _run(self) -> None:
        start: float | None = None
        number = 0
        while not self._stop.is_set():
            left = 0.05 if start is None else max(0.0, min(0.05, start + number / self._rate - self.clock()))
            if self._pty.waits(left):
                command = self._pty.read()
                self.asked.append(command[0])
                self._pty.write(answer(command, self.behaviour, self._exg))
                if command[0] == 0x07:
                    start, number = self.clock(), 0
                elif command[0] == 0x20:
                    start = None
            while start is not None and self.clock() >= start + number / self._rate:
                self._put(number)
                number += 1

    def _put(self, number: int) -> None:
        if self.silent.is_set() or number in self.behaviour.lost:
            return
        garbage = b"\x11\x22\x33\x44\x55" if number == self.behaviour.garbage_at else b""
        self._pty.write(garbage + packet(number, self.behaviour, self.gain))


def main() -> None:
    """Run a sensor until Ctrl-C."""
    argparse.ArgumentParser(description="A simulated Shimmer3 on a pseudo terminal.").parse_args()
    with ShimmerSensor() as sensor, suppress(KeyboardInterrupt):
        print(sensor.path, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
