"""A device that is not there: it speaks bytes over a serial line or TCP as it is told, and misbehaves as it is told.

::

    with TcpPeer(frame, rate=100, faults=Faults(garbage_every=10, ppm=200)) as peer:
        with driven(MyPlate(MyPlateSettings(port=peer.port))) as (specs, sink):
            sink.wait_for(200)
"""

from __future__ import annotations

import random
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

Frame = Callable[[int], bytes]
"""Bytes of sample number n."""


@dataclass(frozen=True)
class Faults:
    """What is wrong with the device or its line. Of each ``every``, 0 is never; frames are counted from 1.

    Attributes
    ----------
    piece : int
        Bytes of the pieces that are sent, so that frames arrive in parts; 0: whole frames.
    pause_s : float
        Between pieces: a slow line.
    burst : int
        Frames that are held back and sent at once.
    garbage_every, garbage : int
        Random bytes before a frame, and how many.
    corrupt_every : int
        One bit of the frame is wrong, so that its checksum is.
    lose_every : int
        The frame is not sent.
    cut_every : int
        Only the first half of the frame is sent.
    disconnect_every : int
        The connection ends after so many frames; the device may be connected to again.
    silent_after : int
        Nothing more is sent after so many frames, and the connection stays.
    ppm : float
        How wrong its crystal is: positive is fast.
    seed : int
        Of what is random.
    """

    piece: int = 0
    pause_s: float = 0.0
    burst: int = 1
    garbage_every: int = 0
    garbage: int = 7
    corrupt_every: int = 0
    lose_every: int = 0
    cut_every: int = 0
    disconnect_every: int = 0
    silent_after: int = 0
    ppm: float = 0.0
    seed: int = 0


NO_FAULTS = Faults()


class Peer(ABC):
    """A device that sends frame after frame to whoever is connected; a context manager.

    Parameters
    ----------
    frame : callable
        Bytes of sample number n, from 0.
    rate : float
        Frames a second.
    faults : Faults
    greeting : bytes
        Sent to each who connects.
    answer : callable, optional
        What is answered to the bytes that come from the driver, as they come.
    asked_first : bool
        Whether it sends nothing before something was asked of it.
    clock : callable
        Seconds; what the device paces itself by, before `Faults.ppm`.

    Attributes
    ----------
    sent : list of int
        Numbers of the samples that were sent whole and unharmed; the last may still be on their way.
    asked : bytes
        What has come from the driver.
    begun : float
        Clock at sample 0.
    """

    def __init__(
        self,
        frame: Frame,
        rate: float = 100.0,
        faults: Faults = NO_FAULTS,
        *,
        greeting: bytes = b"",
        answer: Callable[[bytes], bytes] | None = None,
        asked_first: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.faults, self.sent, self.asked, self.begun = faults, list[int](), b"", 0.0
        self._frame, self._rate, self._clock = frame, rate * (1.0 + faults.ppm * 1e-6), clock
        self._greeting, self._answer, self._asked_first = greeting, answer, asked_first
        self._stop, self._go = threading.Event(), threading.Event()
        self._random = random.Random(faults.seed)
        self._next = 0
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._talk, self._listen)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._go.set()
        self.close()
        for thread in self._threads:
            thread.join()

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Send to the driver; with nobody there it is lost, and an OSError."""

    @abstractmethod
    def read(self) -> bytes:
        """What the driver has sent; waits a moment for it."""

    @abstractmethod
    def wait_connected(self) -> bool:
        """Wait a moment until somebody is there, and say whether there is."""

    @abstractmethod
    def disconnect(self) -> None:
        """Pull the plug, and put it in again."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the line."""

    def _talk(self) -> None:
        while not self._stop.is_set():
            if not self.wait_connected():
                continue
            with suppress(OSError):
                self.write(self._greeting)
                while self._asked_first and not self._go.wait(0.05) and not self._stop.is_set():
                    pass
                self._send()

    def _send(self) -> None:
        """Frames until the connection ends; numbers go on where they were."""
        faults, first = self.faults, self._next
        start = self._clock()
        if not first:
            self.begun = start
        held, numbers = b"", list[int]()
        while not self._stop.is_set() and not (faults.silent_after and self._next >= faults.silent_after):
            self._stop.wait(max(0.0, start + (self._next - first) / self._rate - self._clock()))
            number, self._next = self._next, self._next + 1
            data, whole = self._spoilt(self._frame(number), number + 1)
            held += data
            numbers += [number] if whole else []
            if (number + 1) % max(1, faults.burst) == 0:
                self.sent += numbers
                self._put(held)
                held, numbers = b"", []
            if _due(faults.disconnect_every, number + 1):
                self.disconnect()
                return
        self._stop.wait()

    def _spoilt(self, frame: bytes, count: int) -> tuple[bytes, bool]:
        """The frame with what is wrong with it, and whether it is whole."""
        faults = self.faults
        before = self._random.randbytes(faults.garbage) if _due(faults.garbage_every, count) else b""
        if _due(faults.lose_every, count):
            return before, False
        if _due(faults.cut_every, count):
            return before + frame[: len(frame) // 2], False
        if _due(faults.corrupt_every, count):
            at = self._random.randrange(len(frame))
            return before + frame[:at] + bytes([frame[at] ^ 0x10]) + frame[at + 1 :], False
        return before + frame, True

    def _put(self, data: bytes) -> None:
        piece = self.faults.piece or len(data) or 1
        for at in range(0, len(data), piece):
            self.write(data[at : at + piece])
            if self.faults.pause_s:
                self._stop.wait(self.faults.pause_s)

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                data = self.read()
            except OSError:
                self._stop.wait(0.01)
                continue
            if data:
                self.asked += data
                if self._answer is not None:
                    with suppress(OSError):
                        self.write(self._answer(data))
                self._go.set()


def _due(every: int, count: int) -> bool:
    return every > 0 and count % every == 0
