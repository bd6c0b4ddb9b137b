"""A phone that sends its accelerometer and gyroscope by OSC over UDP, in bundles with time tags."""

import argparse
import math
import secrets
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

RATE = 100.0
ACCELEROMETER, GYROSCOPE = "/phone/accelerometer", "/phone/gyroscope"


def acceleration(number: int) -> tuple[float, float, float]:
    """Sample `number` of the accelerometer, in g."""
    return math.sin(number / 20.0), number % 1000 / 1000.0, 1.0


def rotation(number: int) -> tuple[float, float, float]:
    """Sample `number` of the gyroscope, in degrees a second."""
    return float(number % 360), 0.5, -0.5


def datagram(number: int, tag: float | None) -> bytes:
    """Both sensors' sample in one bundle; `tag` is its time in seconds since 1970, None for none."""
    from pythonosc import osc_bundle_builder, osc_message_builder

    when: Any = osc_bundle_builder.IMMEDIATELY if tag is None else tag
    bundle = osc_bundle_builder.OscBundleBuilder(when)
    for address, values in ((ACCELEROMETER, acceleration(number)), (GYROSCOPE, rotation(number))):
        message = osc_message_builder.OscMessageBuilder(address)
        for value in values:
            message.add_arg(value, "f")
        bundle.add_content(message.build())
    return bytes(bundle.build().dgram)


def free_port() -> int:
    """A UDP port of this computer that is free, and stays so: none of those that systems give out by themselves."""
    while True:
        port = 10_000 + secrets.randbelow(6_000)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken, suppress(OSError):
            taken.bind(("127.0.0.1", port))
            return port


def send(put: Callable[[bytes], object], stop: threading.Event, ppm: float = 0.0, epoch: float = 1.7e9) -> None:
    """Send sample after sample until told to stop, by a crystal that is wrong by `ppm`."""
    start, number = time.monotonic(), 0
    while not stop.wait(max(0.0, start + number / (RATE * (1.0 + ppm * 1e-6)) - time.monotonic())):
        put(datagram(number, epoch + number / RATE))
        number += 1


def main() -> None:
    """Send until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A simulated phone that sends OSC.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9000)
    arguments = parser.parse_args()
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with suppress(KeyboardInterrupt):
        send(lambda data: out.sendto(data, (arguments.host, arguments.port)), threading.Event())


if __name__ == "__main__":
    main()
