"""Ticks: what a driver made its stamps of, in the stream ``groundup.ticks`` beside its own, one for each driver.

A sample is a row of `groundup.source.TICK` of one of its streams. Every row is sent twice, some seconds apart: whoever
listens opens one stream after another, and may be killed at any time.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from groundup.source import TICK
from groundup.streams import Channel, StreamSpec

if TYPE_CHECKING:
    from groundup.lsl.outlet import Outlet

TICKS = "groundup.ticks"
"""Name of the stream, and its role in a recording."""

_SOURCE, _INDEX = "ticks_source_id", "ticks_stream"
_AGAIN_S = 5.0
_CHANNELS = ("stream", *(TICK.names or ()))
_UNITS = {"stream": "1", "counted": "1", "tick": "1"}


def ticks_spec() -> StreamSpec:
    """Describe the stream."""
    channels = tuple(Channel(name, _UNITS.get(name, "s")) for name in _CHANNELS)
    return StreamSpec(TICKS, TICKS, 0.0, "double64", channels, role="ticks")


def are_ticks(spec: StreamSpec) -> bool:
    """Whether a stream, or its short announcement, is of this kind: no data of its own to a person."""
    return spec.name == TICKS and spec.type == TICKS and spec.format == "double64"


def ticks_source(prefix: str) -> str:
    """Source id of the ticks of a driver whose source ids begin so."""
    return f"{prefix}{TICKS}"


def told_by(spec: StreamSpec, source: str, index: int) -> StreamSpec:
    """A driver's stream, with a word of where its ticks are."""
    return replace(spec, extra={**spec.extra, _SOURCE: source, _INDEX: str(index)})


def source_of(spec: StreamSpec) -> str:
    """Source id of the ticks that a stream's driver tells; empty if it tells none."""
    return spec.extra.get(_SOURCE, "")


def rows_of(spec: StreamSpec, samples: NDArray[np.float64]) -> NDArray[np.void]:
    """Those of one stream, as `groundup.source.TICK`.

    Parameters
    ----------
    spec : StreamSpec
        Of the stream that was stamped.
    samples : ndarray, shape (n, 6)
        All that its driver told.
    """
    index = spec.extra.get(_INDEX, "")
    mine = samples[samples[:, 0] == float(index)] if index.isdecimal() else samples[:0]
    rows = np.empty(len(mine), TICK)
    for column, name in enumerate(TICK.names or (), 1):
        rows[name] = mine[:, column]
    return rows


class TicksOutlet:
    """Sends ticks, each twice.

    Parameters
    ----------
    make : callable
        Makes the outlet; called with the first.
    """

    def __init__(self, make: Callable[[], "Outlet"]) -> None:
        self._make = make
        self._outlet: Outlet | None = None
        self._again: deque[tuple[float, NDArray[np.float64]]] = deque()

    def push(self, stream: int, rows: NDArray[np.float64], now: float) -> None:
        """Send rows of a stream, shape (n, 5), and once more those of some seconds ago."""
        mine = np.column_stack([np.full(len(rows), float(stream)), rows])
        self._again.append((now + _AGAIN_S, mine))
        due = [mine]
        while self._again[0][0] <= now:
            due.append(self._again.popleft()[1])
        self._send(due, now)

    def end(self, now: float) -> None:
        """Send the last ones once more."""
        self._send([rows for _, rows in self._again], now)
        self._again.clear()

    def _send(self, parts: Sequence[NDArray[np.float64]], now: float) -> None:
        rows = np.concatenate(parts) if parts else np.empty((0, len(_CHANNELS)))
        if len(rows):
            if self._outlet is None:
                self._outlet = self._make()
            self._outlet.push(rows, np.full(len(rows), now))
