"""Sends what a driver made its stamps of (`groundup.lsl.ticks`)."""

from collections import deque
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from groundup.lsl.outlet import Outlet
from groundup.lsl.ticks import CHANNELS
from groundup.model.stream_keys import number_of

_AGAIN_S = 5.0


class TicksOutlet:
    """Sends ticks, each twice.

    Parameters
    ----------
    make : callable
        Makes the outlet; called with the first.
    """

    def __init__(self, make: Callable[[], Outlet]) -> None:
        self._make = make
        self._outlet: Outlet | None = None
        self._again: deque[tuple[float, NDArray[np.float64]]] = deque()

    def push(self, rows: NDArray[np.float64], stream: str, now: float) -> None:
        """Send rows of the stream of a key, shape (n, 5), and once more those of some seconds ago."""
        mine = np.column_stack([np.full(len(rows), float(number_of(stream))), rows])
        self._again.append((now + _AGAIN_S, mine))
        to_send = [mine]
        while self._again[0][0] <= now:
            to_send.append(self._again.popleft()[1])
        self._send(to_send, now)

    def end(self, now: float) -> None:
        """Send the last ones once more."""
        self._send([rows for _, rows in self._again], now)
        self._again.clear()

    def _send(self, parts: Sequence[NDArray[np.float64]], now: float) -> None:
        rows = np.concatenate(parts) if parts else np.empty((0, len(CHANNELS)))
        if len(rows):
            if self._outlet is None:
                self._outlet = self._make()
            self._outlet.push(rows, np.full(len(rows), now))
