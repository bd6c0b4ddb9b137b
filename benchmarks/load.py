"""A sender of made streams, in its own process: ``python -m benchmarks.load PREFIX SECONDS NAME:RATE:CHANNELS...``.

Sends float32 noise in packets of 10 ms, every sample stamped, until its time is over or its input closes; prints a line
when its outlets are up, then how many samples it sent of each stream, and by how much it fell behind at worst.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from groundup import lsl
from groundup.lsl.outlet import Outlet
from groundup.model.streams import Channel, StreamSpec
from groundup.system.processes import stop_when_input_closes

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


class Sender:
    """A sender in a process of its own; when it is made, its outlets are up.

    Parameters
    ----------
    environment : dict
    prefix : str
        Of its streams' names.
    loads : sequence of Load
    seconds : float
        From when every stream has a consumer.
    """

    def __init__(self, environment: dict[str, str], prefix: str, loads: Sequence[Load], seconds: float) -> None:
        command = [sys.executable, "-m", "benchmarks.load", prefix, str(seconds), *map(str, loads)]
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        self._process.stdout.readline()

    def wait(self) -> tuple[int, float]:
        """Wait for its end: samples sent of all streams, and by how many seconds it was late at worst."""
        assert self._process.stdout is not None
        counts = json.loads(self._process.stdout.read() or "{}")
        self._process.wait()
        behind = float(counts.pop("behind", float("inf")))
        return sum(counts.values()), behind

    def stop(self) -> tuple[int, float]:
        """End it; as `wait`."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self.wait()


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
        noise.append(random.standard_normal((int(load.rate * _PACKET_S) + 2, load.channels), np.float32))
    print("up", flush=True)
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
