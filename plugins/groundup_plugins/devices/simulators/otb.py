"""An amplifier of OT Bioelettronica without electrodes: it connects, waits for the command, and sends frames.

It can misbehave: send in pieces, lose frames on the radio, fall silent, hang up and come back, run its crystal wrong.
"""

import argparse
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_CHANNELS = (8, 16, 32, 64)
_RATES = (500, 1000, 2000, 4000)
_PACKET_S = 0.009
_RETRY_S = 0.05


@dataclass
class Behaviour:
    """What is simulated, and what is wrong with it.

    Attributes
    ----------
    model : str
        As of the driver's settings.
    accessories : int
        Accessory channels behind the EMG: 4 or 8 of a Sessantaquattro, 6 of a Muovi.
    first : int
        Value of the frame counter at the first frame.
    lost : tuple of int
        Numbers of frames that get lost on the radio.
    ppm : float
        How wrong its crystal is.
    piece : int
        Bytes of the pieces in which frames are sent; 0: whole packets.
    """

    model: str = "sessantaquattro"
    accessories: int = 8
    first: int = 0
    lost: tuple[int, ...] = ()
    ppm: float = 0.0
    piece: int = 0


@dataclass(frozen=True)
class Order:
    """What a command asks for."""

    emg_channels: int
    rate: int
    go: bool


def order(model: str, command: bytes) -> Order:
    """What a command asks a model for."""
    if model != "sessantaquattro":
        return Order(32 if model == "muovi" else 64, 2000, bool(command[0] & 1))
    word = int.from_bytes(command, "big")
    channels = _CHANNELS[word >> 11 & 3]
    return Order(channels // 2 if word >> 8 & 7 == 1 else channels, _RATES[word >> 13 & 3], bool(word & 1))


def emg(index: NDArray[np.int64], channels: int) -> NDArray[np.int16]:
    """EMG of the frames with these numbers, shape (n, channels), in steps: each channel counts from its own start."""
    return ((index[:, None] + 500 * np.arange(channels)) % 20000 - 10000).astype(np.int16)


class Amplifier:
    """The amplifier; also a context manager.

    Attributes
    ----------
    started : list of float
        `clock` at the first frame of each time it was started.
    asked : list of bytes
        Every command that came.
    silent : Event
        While it is set nothing is sent.
    """

    def __init__(
        self, port: int, behaviour: Behaviour | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.port, self.behaviour, self.clock = port, behaviour or Behaviour(), clock
        self.started: list[float] = []
        self.asked: list[bytes] = []
        self.silent = threading.Event()
        self._stop = threading.Event()
        self._hang_up = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Amplifier":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def hang_up(self) -> None:
        """Lose the connection, and connect again."""
        self._hang_up.set()

    def _run(self) -> None:
        while not self._stop.wait(_RETRY_S):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1.0) as connection:
                self._hang_up.clear()
                connection.settimeout(0.1)
                wanted = self._next_order(connection)
                if wanted is not None and wanted.go:
                    self._send(connection, wanted)

    def _next_order(self, connection: socket.socket) -> Order | None:
        """The next command, None when the connection is over."""
        length = 2 if self.behaviour.model == "sessantaquattro" else 1
        while not self._stop.is_set() and not self._hang_up.is_set():
            with suppress(TimeoutError):
                command = connection.recv(length)
                if not command:
                    return None
                self.asked.append(command)
                return order(self.behaviour.model, command)
        return None

    def _send(self, connection: socket.socket, wanted: Order) -> None:
        connection.setblocking(False)
        start, sent = self.clock(), 0
        self.started.append(start)
        rate = wanted.rate * (1.0 + self.behaviour.ppm * 1e-6)
        while not self._stop.wait(_PACKET_S) and not self._hang_up.is_set():
            with suppress(BlockingIOError):
                command = connection.recv(2)
                self.asked.append(command)
                return  # told to stop, or the computer has gone
            until_now = int((self.clock() - start) * rate)
            if not self.silent.is_set():
                self._put(connection, self._frames(np.arange(sent, until_now), wanted))
            sent = until_now

    def _frames(self, index: NDArray[np.int64], wanted: Order) -> bytes:
        index = index[~np.isin(index, self.behaviour.lost)]
        accessories = np.zeros((len(index), self.behaviour.accessories), np.int16)
        accessories[:, -1] = (index + self.behaviour.first).astype(np.uint16).astype(np.int16)
        return np.hstack([emg(index, wanted.emg_channels), accessories]).astype(">i2").tobytes()

    def _put(self, connection: socket.socket, data: bytes) -> None:
        connection.setblocking(True)
        piece = self.behaviour.piece or len(data) or 1
        for at in range(0, len(data), piece):
            connection.sendall(data[at : at + piece])
        connection.setblocking(False)


def free_port() -> int:
    """A TCP port of the loopback that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def main() -> None:
    """Run an amplifier until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A simulated amplifier of OT Bioelettronica.")
    parser.add_argument("--model", choices=("sessantaquattro", "muovi", "muovi_plus"), default="sessantaquattro")
    parser.add_argument("--port", type=int, default=45454, help="where the driver listens")
    parser.add_argument("--ppm", type=float, default=0.0, help="how wrong its crystal is")
    given = parser.parse_args()
    accessories = 8 if given.model == "sessantaquattro" else 6
    with Amplifier(given.port, Behaviour(given.model, accessories, ppm=given.ppm)), suppress(KeyboardInterrupt):
        print(f"a {given.model} connects to 127.0.0.1:{given.port}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
