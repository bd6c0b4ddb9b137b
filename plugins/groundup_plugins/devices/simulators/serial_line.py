"""A small force plate on a serial line that is not there: a pseudo terminal on Linux and macOS, any port elsewhere.

It sends four load cells at 80 Hz as an Arduino would: lines of text, or frames with a counter and a checksum.
"""

import argparse
import binascii
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from groundup.testing import Pty

SYNC = bytes.fromhex("AA55")
CELLS = 4

__all__ = ["CELLS", "SYNC", "Pty", "cells", "frame", "line", "send"]


def cells(number: int) -> tuple[int, ...]:
    """What the four load cells say in sample `number`, in their 24-bit counts."""
    return tuple((number * (cell + 1)) % 100_000 - 50_000 * (cell % 2) for cell in range(CELLS))


def line(number: int) -> bytes:
    """Sample `number` as a line: the board's milliseconds (80 Hz), and the cells."""
    return (",".join(str(value) for value in (round(number * 12.5), *cells(number))) + "\r\n").encode()


def frame(number: int) -> bytes:
    """Sample `number` as a frame: sync, a counter of one byte, the cells in three bytes each, a CRC."""
    body = struct.pack("<B", number % 256) + b"".join(v.to_bytes(3, "little", signed=True) for v in cells(number))
    return SYNC + body + struct.pack("<H", binascii.crc_hqx(body, 0xFFFF))


def send(
    write: Callable[[bytes], object],
    make: Callable[[int], bytes],
    rate: float,
    stop: threading.Event,
    clock: Callable[[], float] = time.monotonic,
) -> float:
    """Send sample after sample until told to stop; the time of sample 0."""
    start, number = clock(), 0
    while not stop.wait(max(0.0, start + number / rate - clock())):
        write(make(number))
        number += 1
    return start


def main() -> None:
    """Send until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A simulated plate of four load cells on a serial line.")
    parser.add_argument("--port", help="a serial port to send through; without it a pseudo terminal is made")
    parser.add_argument("--frames", action="store_true", help="frames instead of lines")
    arguments = parser.parse_args()
    make = frame if arguments.frames else line
    with suppress(KeyboardInterrupt):
        if arguments.port:
            import serial

            send(serial.Serial(arguments.port, 115200).write, make, 80.0, threading.Event())
        else:
            pty = Pty()
            print(pty.path, flush=True)
            send(pty.write, make, 80.0, threading.Event())


if __name__ == "__main__":
    main()
