"""A sink that keeps what a driver pushes, and lets a test wait for it."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from groundup.model.health import About, HealthLevel
from groundup.model.option_changes import OptionChange, OptionChanges
from groundup.model.stream_keys import ONE
from groundup.model.streams import StreamSpec
from groundup.plugin.device import Device
from groundup.plugin.streams import is_new, keyed, unknown_key

PATIENCE_S = 60.0


class Collector:
    """Keeps what a driver pushes; a `groundup.plugin.Sink`.

    Attributes
    ----------
    got : dict
        Key of a stream to a list of (samples, timestamps), as pushed.
    tick_rows : dict
        Key of a stream to a list of rows of ticks, as told.
    specs : dict
        Key of a stream to what was announced, also later.
    reasons : dict
        Key of a stream to the reasons why it was away, as said.
    omitted : dict
        Key of a stream to how many of its samples were left out, as told.
    abouts, healths : list
        What it said of itself, and of how it does.
    failure : str
        What the driver said when it failed.
    changed : dict
        Key of a stream to its changes of options: the number of the first sample, and what changed.

    Parameters
    ----------
    made : OptionChanges, optional
        Of the device (`Device.option_changes`).
    """

    def __init__(self, made: OptionChanges | None = None) -> None:
        self._made = made if made is not None else OptionChanges()
        self._told: Counter[str] = Counter()
        self.changed: dict[str, list[tuple[int, OptionChange]]] = defaultdict(list)
        self.got: dict[str, list[tuple[object, NDArray[np.float64]]]] = defaultdict(list)
        self.tick_rows: dict[str, list[NDArray[np.float64]]] = defaultdict(list)
        self.specs: dict[str, StreamSpec] = {}
        self.reasons: dict[str, list[str]] = defaultdict(list)
        self.omitted: Counter[str] = Counter()
        self.abouts: list[About] = []
        self.healths: list[tuple[HealthLevel, ...]] = []
        self.failure = ""
        self._news = threading.Condition()

    @property
    def changes(self) -> int:
        """How many values of options there have been."""
        return len(self._made)

    def push(
        self, samples: object, timestamps: NDArray[np.float64], stream: str = "", changes: int | None = None
    ) -> None:
        """Keep them.

        Raises
        ------
        ValueError
            If there are not as many samples as times, or the key of the stream is no text.
        """
        if not isinstance(stream, str):
            raise ValueError(unknown_key(stream, ()))
        if len(samples) != len(timestamps):  # type: ignore[arg-type]
            raise ValueError(f"{len(samples)} samples came with {len(timestamps)} times")  # type: ignore[arg-type]
        made = len(self._made) if changes is None else changes
        with self._news:
            for change in self._made.between(self._told[stream], made):
                if change.of in ("", stream):
                    self.changed[stream].append((self.count(stream), change))
            self._told[stream] = max(made, self._told[stream])
            self.got[stream].append((samples, np.asarray(timestamps)))
            self._news.notify_all()

    def ticks(self, rows: NDArray[np.float64], stream: str = "") -> None:
        """Keep them."""
        with self._news:
            self.tick_rows[stream].append(np.asarray(rows))

    def add(self, key: str, spec: StreamSpec) -> None:
        """Keep what is announced.

        Raises
        ------
        StreamsError
            If it cannot be a stream beside the others, or was announced as another.
        """
        with self._news:
            if is_new(key, spec, self.specs):
                self.specs[key] = spec
            self._news.notify_all()

    def away(self, key: str, reason: str) -> None:
        """Keep the reason."""
        with self._news:
            self.reasons[key].append(reason)
            self._news.notify_all()

    def left_out(self, count: int, reason: str, stream: str = "") -> None:
        """Keep the count."""
        with self._news:
            self.omitted[stream] += count

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds, looking whenever something is pushed or said.

        Raises
        ------
        AssertionError
            If it does not come to hold.
        """
        with self._news:
            if not self._news.wait_for(holds, PATIENCE_S):
                raise AssertionError(f"that did not happen within {PATIENCE_S:.0f} s")

    def about(self, about: About) -> None:
        """Keep it."""
        self.abouts.append(about)

    def health(self, levels: Sequence[HealthLevel]) -> None:
        """Keep them."""
        self.healths.append(tuple(levels))

    def clock(self) -> float:
        """LSL's clock, in seconds."""
        from groundup import lsl

        return lsl.clock()

    def fail(self, reason: str, final: bool = False) -> None:
        """Keep the reason."""
        with self._news:
            self.failure = reason
            self._news.notify_all()

    def count(self, stream: str = "") -> int:
        """How many samples of a stream have come."""
        return sum(len(stamps) for _, stamps in list(self.got[stream]))

    def wait_for(self, count: int, *streams: str) -> None:
        """Wait until each of these streams has so many samples; the only one where none is named.

        Raises
        ------
        AssertionError
            If they do not come, or the driver fails.
        """
        keys = streams or (ONE,)
        with self._news:
            there = self._news.wait_for(
                lambda: bool(self.failure) or all(self.count(s) >= count for s in keys), PATIENCE_S
            )
        if self.failure:
            raise AssertionError(self.failure)
        if not there:
            raise AssertionError(f"in {PATIENCE_S:.0f} s only { ({s: self.count(s) for s in keys}) } samples came")

    def wait_for_failure(self) -> str:
        """Wait until the driver says that it has failed; what it said."""
        with self._news:
            if not self._news.wait_for(lambda: bool(self.failure), PATIENCE_S):
                raise AssertionError(f"the driver did not fail within {PATIENCE_S:.0f} s")
        return self.failure

    def stream(self, key: str = "") -> tuple[NDArray[np.generic], NDArray[np.float64]]:
        """All samples of a numeric stream, shape (N, C), and their times, shape (N,)."""
        samples, times = zip(*self.got[key], strict=True)
        return np.concatenate([np.asarray(s) for s in samples]), np.concatenate(times)

    def rows(self, key: str = "") -> list[list[str]]:
        """All samples of a stream of text."""
        return [list(row) for samples, _ in self.got[key] for row in samples]  # type: ignore[attr-defined]


@contextmanager
def driven(device: Device) -> Iterator[tuple[dict[str, StreamSpec], Collector]]:
    """A device, opened and started; stopped and closed at the end.

    Yields
    ------
    specs : dict of str to StreamSpec
        By key; that of an only stream is empty.
    sink : Collector
    """
    sink = Collector(device.option_changes)
    try:
        specs = sink.specs
        specs.update(keyed(device.open()))
        device.start(sink)
        yield specs, sink
    finally:
        device.stop()
        device.close()
