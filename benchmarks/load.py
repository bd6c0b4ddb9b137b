"""A sender of made streams, in its own process: ``python -m benchmarks.load PREFIX SECONDS NAME:RATE:CHANNELS...``.

Sends float32 noise in packets of 10 ms, every sample stamped, until its time is over or its input closes; prints how
many samples it sent of each stream, and by how much it fell behind at worst.
"""

import json
import os
import sys
import threading
from dataclasses import dataclass

import numpy as np

from groundup import lsl
from groundup.lsl.outlet import Outlet
from groundup.processes import stop_when_input_closes
from groundup.streams import Channel, StreamSpec

_PACKET_S = float(os.environ.get("GROUNDUP_PACKET_S", "0.01"))


@dataclass(frozen=True)
class Load:
    """A stream to send."""

    name: str
    rate: float
    channels: int

    def __str__(self) -> str:
        return f"{self.name}:{self.rate:g}:{self.channels}"


GAIT = [
    *(Load(f"plate{i}", 1000, 6) for i in range(2)),
    Load("emg", 2000, 16),
    *(Load(f"imu{i}", 200, 6) for i in range(8)),
]
"""2 plates, 16 EMG, 8 IMUs: 11 narrow streams."""

EMG_ARRAYS = [Load(f"emg{i}", 2000, 16) for i in range(8)]
"""8 streams of 16 channels at 2 kHz."""

WIDE = [Load(f"array{i}", 2048, 256) for i in range(4)]
"""4 streams of 256 channels at 2048 Hz."""


def main() -> None:
    prefix, seconds = sys.argv[1], float(sys.argv[2])
    loads = [Load(name, float(rate), int(n)) for name, rate, n in (text.split(":") for text in sys.argv[3:])]
    stop = threading.Event()
    stop_when_input_closes(stop)
    print(json.dumps(send(prefix, loads, seconds, stop)), flush=True)


def send(prefix: str, loads: list[Load], seconds: float, stop: threading.Event) -> dict[str, float]:
    """Send until it is time; samples sent of each stream, and ``behind``: seconds late at worst."""
    random = np.random.default_rng(0)
    outlets, noise, sent = [], [], [0] * len(loads)
    for load in loads:
        channels = tuple(Channel(f"c{i}") for i in range(load.channels))
        spec = StreamSpec(prefix + load.name, "EMG", load.rate, "float32", channels)
        outlets.append(Outlet(spec, prefix + load.name))
        noise.append(random.standard_normal((max(1, round(load.rate * _PACKET_S)), load.channels), np.float32))
    for outlet in outlets:
        while not outlet.wait_for_consumer(0.5):
            if stop.is_set():
                return {}
    start, packet, behind = lsl.clock(), 0, 0.0
    while packet * _PACKET_S < seconds:
        packet += 1
        due = start + packet * _PACKET_S
        if stop.wait(max(0.0, due - lsl.clock())):
            break
        behind = max(behind, lsl.clock() - due)
        for i, load in enumerate(loads):
            upto = round(packet * _PACKET_S * load.rate)
            count = upto - sent[i]
            if count:
                outlets[i].push(noise[i][:count], start + np.arange(sent[i], upto) / load.rate)
                sent[i] = upto
    threading.Event().wait(1.0)
    return {**{load.name: n for load, n in zip(loads, sent, strict=True)}, "behind": behind}


if __name__ == "__main__":
    main()
