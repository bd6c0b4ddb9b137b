"""Senders whose every sample is known: sample k of a stream holds k; and what of it a recorder has kept.

``python -m benchmarks.counting NAME RATE FIRST`` sends one stream in a process of its own and prints when it is up.
"""

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import groundup
from groundup import lsl
from groundup.lsl.outlet import Outlet
from groundup.model.streams import Channel, StreamSpec

RATES = {"slow": 10.0, "imu": 50.0, "plate": 500.0, "emg": 2000.0, "markers": 0.0}
"""The streams of a small lab; a marker comes every 0.3 s."""
_MARKER_S = 0.3
_TICK_S = 0.01


@dataclass
class Counting:
    """One stream.

    Attributes
    ----------
    sent : list of (float, int)
        LSL time after each packet, and the number of samples sent by then.
    """

    name: str
    rate: float
    first: int = 0
    sent: list[tuple[float, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        spec = StreamSpec(self.name, "Test", self.rate, "int32" if self.rate else "string", (Channel("k"),))
        self.outlet = Outlet(spec, self.name)
        self.start = lsl.clock()

    def push(self, now: float) -> None:
        """Send what is due."""
        rate = self.rate or 1.0 / _MARKER_S
        before = self.sent[-1][1] if self.sent else 0
        due = int((now - self.start) * rate)
        if due <= before:
            return
        numbers = np.arange(before, due, dtype=np.int32)
        rows = (self.first + numbers[:, None]).astype(np.int32) if self.rate else [[str(n)] for n in numbers]
        self.outlet.push(rows, (self.start + numbers / rate).tolist())
        self.sent.append((lsl.clock(), due))

    def lost_s(self, last: int | None, until: float, since: float) -> float:
        """Seconds before `until` from which on nothing was kept, if sample `last` was the newest kept one."""
        kept = -1 if last is None else last
        missed = next((time for time, count in self.sent if count > kept + 1), until)
        return max(0.0, until - max(missed, since))


class Lab:
    """All streams of `RATES`, sent from one thread."""

    def __init__(self, prefix: str) -> None:
        self.streams = {name: Counting(prefix + name, rate) for name, rate in RATES.items()}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop sending."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(_TICK_S):
            for stream in self.streams.values():
                stream.push(lsl.clock())


def ours(path: Path, prefix: str) -> dict[str, np.ndarray]:
    """The numbers in a recording of ours, by the stream's name without its prefix."""
    with groundup.open(path) as recording:
        return {
            s.spec.name.removeprefix(prefix): np.array([int(v) for v in np.asarray(s.samples)[:, 0]])
            for s in recording.streams.values()
        }


def theirs(path: Path, prefix: str) -> dict[str, np.ndarray]:
    """The numbers in an XDF file, as pyxdf reads it; what it cannot read holds none."""
    import pyxdf

    try:
        streams, _ = pyxdf.load_xdf(str(path), synchronize_clocks=False, dejitter_timestamps=False)
    except Exception:  # whatever a torn file makes of pyxdf
        return {}
    return {
        s["info"]["name"][0].removeprefix(prefix): np.array([int(row[0]) for row in s["time_series"]]) for s in streams
    }


Reader = Callable[[Path, str], dict[str, np.ndarray]]


def main() -> None:
    name, rate, first = sys.argv[1:]
    stream = Counting(name, float(rate), int(first))
    print(stream.start, flush=True)
    waiting = threading.Event()
    while not waiting.wait(_TICK_S):
        stream.push(lsl.clock())


if __name__ == "__main__":
    main()
