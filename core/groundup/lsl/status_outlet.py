"""Sends what a device says of itself (`groundup.lsl.device_status`)."""

from collections import deque
from collections.abc import Callable, Sequence

from groundup.lsl.device_status import Row, row_json
from groundup.lsl.outlet import Outlet

_AGAIN_S = 5.0


class StatusOutlet:
    """Sends rows, each twice, some seconds apart; what holds on, such as who it is, again and again.

    Whoever listens opens one stream after another, and may come late: a remote recorder, the dashboard.

    Parameters
    ----------
    make : callable
        Makes the outlet; called with the first row.
    """

    def __init__(self, make: Callable[[], Outlet]) -> None:
        self._make = make
        self._outlet: Outlet | None = None
        self._again: deque[tuple[float, Row]] = deque()
        self._standing: Sequence[Row] = ()
        self._stood = 0.0
        self._heard = False

    def push(self, rows: Sequence[Row], now: float) -> None:
        """Send rows, and once more later."""
        self._again.extend((now + _AGAIN_S, row) for row in rows)
        self._send(rows, now)

    def stand(self, rows: Sequence[Row], now: float) -> None:
        """From now on say these, instead of what was said before, to whoever begins to listen."""
        self._standing, self._stood = rows, now
        self._send(rows, now)

    def look(self, now: float) -> None:
        """Send what is due once more; called now and then."""
        to_send: list[Row] = []
        while self._again and self._again[0][0] <= now:
            to_send.append(self._again.popleft()[1])
        heard = self._outlet is not None and self._outlet.has_consumer()
        if (heard and not self._heard) or now - self._stood >= _AGAIN_S:
            self._stood = now
            to_send += self._standing
        self._heard = heard
        self._send(to_send, now)

    def end(self, now: float) -> None:
        """Send everything a last time."""
        self._send([*self._standing, *(row for _, row in self._again)], now)
        self._again.clear()

    def _send(self, rows: Sequence[Row], now: float) -> None:
        if rows:
            if self._outlet is None:
                self._outlet = self._make()
            self._outlet.push([[row_json(row)] for row in rows], [now] * len(rows))
