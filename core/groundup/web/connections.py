"""Connections to the dashboard that are cut off when nothing comes of them: uvicorn itself waits for ever."""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_S = 20.0
"""From the first byte of a request to the last of its answer; a browser on the same network needs a hundredth."""
MOST_WAITING = 64
"""So many connections may be without a request that is answered; one more, and the oldest is cut off."""

ABORT = "abort"
"""Name in ``scope["state"]`` of what cuts a WebSocket off: to close it would wait for a browser that does not read."""


def bounded_http(request_s: float = REQUEST_S, most_waiting: int = MOST_WAITING) -> type[asyncio.Protocol]:
    """Uvicorn's protocol, with a limit on how long a request may take and on how many may be waited for.

    Parameters
    ----------
    request_s : float
        s.
    most_waiting : int
    """
    waiting: dict[Any, asyncio.TimerHandle] = {}

    class BoundedHttp(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._wait()

        def data_received(self, data: bytes) -> None:
            self._wait()
            super().data_received(data)

        def on_response_complete(self) -> None:
            self._done()
            super().on_response_complete()

        def handle_websocket_upgrade(self, event: Any) -> None:
            self._done()
            self.app_state = {**self.app_state, ABORT: self.transport.abort}
            super().handle_websocket_upgrade(event)

        def connection_lost(self, exc: Exception | None) -> None:
            self._done()
            super().connection_lost(exc)

        def _wait(self) -> None:
            if self in waiting or self.transport.is_closing():
                return
            waiting[self] = self.loop.call_later(request_s, self.transport.abort)
            if len(waiting) > most_waiting:
                next(iter(waiting)).transport.abort()

        def _done(self) -> None:
            if (timer := waiting.pop(self, None)) is not None:
                timer.cancel()

    return BoundedHttp
