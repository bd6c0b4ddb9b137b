"""What the tests of drivers share: a sink that keeps what is pushed and lets a test wait for it."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from groundup.plugin import Device, StreamSpec

PATIENCE_S = 60.0


class Collector:
    """Keeps what a driver pushes."""

    def __init__(self) -> None:
        self.got: dict[int, list[tuple[object, np.ndarray]]] = defaultdict(list)
        self.failure = ""
        self._news = threading.Condition()

    def push(self, stream: int, samples: object, timestamps: np.ndarray) -> None:
        with self._news:
            assert len(samples) == len(timestamps)
            self.got[stream].append((samples, np.asarray(timestamps)))
            self._news.notify_all()

    def clock(self) -> float:
        return time.monotonic()

    def fail(self, reason: str) -> None:
        with self._news:
            self.failure = reason
            self._news.notify_all()

    def count(self, stream: int) -> int:
        return sum(len(stamps) for _, stamps in self.got[stream])

    def wait_for(self, count: int, *streams: int) -> None:
        """Wait until each of these streams has so many samples."""
        with self._news:
            there = self._news.wait_for(
                lambda: bool(self.failure) or all(self.count(s) >= count for s in streams or (0,)), PATIENCE_S
            )
        assert there, f"only {dict((s, self.count(s)) for s in streams or (0,))} samples came"
        assert not self.failure, self.failure

    def wait_for_failure(self) -> str:
        with self._news:
            assert self._news.wait_for(lambda: bool(self.failure), PATIENCE_S)
        return self.failure

    def stream(self, number: int = 0) -> tuple[np.ndarray, np.ndarray]:
        samples, times = zip(*self.got[number], strict=True)
        return np.concatenate([np.asarray(s) for s in samples]), np.concatenate(times)

    def rows(self, number: int) -> list[list[str]]:
        return [list(row) for samples, _ in self.got[number] for row in samples]


@contextmanager
def driven(device: Device) -> Iterator[tuple[list[StreamSpec], Collector]]:
    """A device, opened and started; stopped and closed at the end."""
    sink = Collector()
    try:
        specs = device.open()
        device.start(sink)
        yield specs, sink
    finally:
        device.stop()
        device.close()
