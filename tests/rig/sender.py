"""A sender whose every sample is known: sample k holds k."""

import math
import threading
import uuid

import numpy as np

from groundup import lsl
from groundup.lsl.outlet import Outlet
from groundup.model.streams import Channel, Format, StreamSpec


class Counter:
    """Sends a regular stream in packets until it is stopped, or has sent `limit` samples.

    Attributes
    ----------
    sent : list of (float, int)
        LSL time, and number of samples sent by then, after each packet.
    """

    def __init__(
        self, rate: float = 500.0, packet_s: float = 0.02, fmt: Format = "int64", limit: float = math.inf
    ) -> None:
        self.name = f"counter-{uuid.uuid4()}"
        self.rate = rate
        self.spec = StreamSpec(self.name, "EMG", rate, fmt, (Channel("k"), Channel("2k")))
        self.outlet = Outlet(self.spec, self.name)
        self.stamps: list[float] = []
        self.sent: list[tuple[float, int]] = []
        self._limit = limit
        self._packet = max(1, round(packet_s * rate))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def predicate(self) -> str:
        return f"name='{self.name}'"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        start, k = lsl.clock(), 0
        while k < self._limit and not self._stop.wait(max(0.0, start + (k + self._packet) / self.rate - lsl.clock())):
            numbers = np.arange(k, k + self._packet, dtype=np.int64)
            stamps = start + numbers / self.rate
            self.outlet.push(np.column_stack([numbers, 2 * numbers]), stamps)
            self.stamps.extend(stamps.tolist())
            k += self._packet
            self.sent.append((lsl.clock(), k))
