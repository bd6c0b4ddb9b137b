"""Those who look: each gets what it can take, and a slow one loses frames instead of holding anybody up."""

import asyncio
import json
from collections import deque
from typing import Any, Protocol

_MOST_WAITING = 8  # frames; a quarter of a second
_MOST_BYTES = 1 << 22  # of messages; a page that comes back is told everything anew
SLOW_S = 20.0


class SlowViewerError(Exception):
    """A browser that does not read what it is sent."""


class Socket(Protocol):
    """What a viewer is sent through."""

    async def send_bytes(self, data: bytes) -> None:
        """Send a frame."""

    async def send_text(self, data: str) -> None:
        """Send a message."""


class Viewer:
    """One browser.

    Attributes
    ----------
    dropped : int
        Frames it was too slow for.
    """

    def __init__(self, socket: Socket) -> None:
        self.dropped = 0
        self._socket = socket
        self._frames: deque[bytes] = deque()
        self._messages: deque[str] = deque()
        self._waiting = 0
        self._news = asyncio.Event()

    def show(self, frame: bytes) -> None:
        """Send a frame soon; the oldest that waits gives way when there are too many."""
        if len(self._frames) >= _MOST_WAITING:
            self._frames.popleft()
            self.dropped += 1
        self._frames.append(frame)
        self._news.set()

    def tell(self, message: dict[str, Any]) -> None:
        """Send a message soon; none is dropped, but whoever lets them pile up is let go."""
        text = json.dumps(message, allow_nan=False, default=str)
        self._waiting += len(text)
        if self._waiting > _MOST_BYTES:
            self._messages.clear()  # it gets nothing more
        else:
            self._messages.append(text)
        self._news.set()

    async def serve(self) -> None:
        """Send what there is until the connection ends.

        Raises
        ------
        SlowViewerError
            If it does not read.
        """
        while True:
            await self._news.wait()
            self._news.clear()
            while self._messages or self._frames:
                if self._waiting > _MOST_BYTES:
                    raise SlowViewerError
                try:
                    async with asyncio.timeout(SLOW_S):
                        await self._next()
                except TimeoutError:
                    raise SlowViewerError from None

    async def _next(self) -> None:
        if self._messages:
            text = self._messages.popleft()
            self._waiting -= len(text)
            await self._socket.send_text(text)
        else:
            await self._socket.send_bytes(self._frames.popleft())
