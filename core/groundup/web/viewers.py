"""Those who look: each gets what it can take, and a slow one loses frames instead of holding anybody up."""

import asyncio
import json
from collections import deque
from typing import Any, Protocol

_MOST_WAITING = 8  # frames; a quarter of a second


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
        self._news = asyncio.Event()

    def show(self, frame: bytes) -> None:
        """Send a frame soon; the oldest that waits gives way when there are too many."""
        if len(self._frames) >= _MOST_WAITING:
            self._frames.popleft()
            self.dropped += 1
        self._frames.append(frame)
        self._news.set()

    def tell(self, message: dict[str, Any]) -> None:
        """Send a message soon; messages are never dropped."""
        self._messages.append(json.dumps(message, allow_nan=False, default=str))
        self._news.set()

    async def serve(self) -> None:
        """Send what there is until the connection ends."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._messages or self._frames:
                if self._messages:
                    await self._socket.send_text(self._messages.popleft())
                else:
                    await self._socket.send_bytes(self._frames.popleft())
