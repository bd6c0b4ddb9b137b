"""A Trigno server without a base station: the command port, the EMG and the auxiliary data port over TCP.

It answers as the Trigno SDK User Guide (MAN-025-3-5) says, and can misbehave: send in pieces, drop its connections,
fall silent, or run its crystal wrong.
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

BANNER = "Delsys Trigno System Digital Protocol Version 3.6.0 (simulated)"
_FRAME_S = 0.0135
_EMG, _AUX, _PER_SENSOR = 16, 144, 9


@dataclass
class Behaviour:
    """What the simulated system is, and what is wrong with it.

    Attributes
    ----------
    slots : tuple of int
        Paired slots.
    emg_samples, aux_samples : int
        Samples in a frame of 13.5 ms: 27 and 2 make 2000 and 148.1 Hz.
    big_endian, compatible, upsampled : bool
        As set in the Trigno Control Utility.
    start_base : int
        What STARTINDEX calls the first channel.
    ppm : float
        How wrong the base station's crystal is.
    piece : int
        Bytes of the pieces in which frames are sent; 0: whole frames.
    """

    slots: tuple[int, ...] = (1, 2, 5)
    emg_samples: int = 27
    aux_samples: int = 2
    big_endian: bool = False
    compatible: bool = False
    upsampled: bool = True
    start_base: int = 1
    ppm: float = 0.0
    piece: int = 0


def emg(index: NDArray[np.int64]) -> NDArray[np.float32]:
    """EMG samples with these numbers, shape (n, 16), in volts: each channel counts microvolts from its own start."""
    return (1e-6 * (index[:, None] % 1000 + 1000 * np.arange(_EMG))).astype(np.float32)


def aux(index: NDArray[np.int64]) -> NDArray[np.float32]:
    """Auxiliary samples with these numbers, shape (n, 144), in g, degrees a second and microtesla."""
    return (0.001 * (index[:, None] % 500) + np.arange(_AUX)).astype(np.float32)


class TrignoServer:
    """The server; also a context manager.

    Attributes
    ----------
    ports : tuple of int
        Command, EMG and auxiliary port; 0 asks the system for free ones.
    started : list of float
        `clock` at sample 0 of each time it was started.
    asked : list of str
        Every command that came.
    """

    def __init__(
        self,
        behaviour: Behaviour | None = None,
        ports: tuple[int, int, int] = (0, 0, 0),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.behaviour = behaviour or Behaviour()
        self.clock = clock
        self.started: list[float] = []
        self.asked: list[str] = []
        self.silent = threading.Event()
        self._stop = threading.Event()
        self._sending = threading.Event()
        self._listeners = [_listen(port) for port in ports]
        self.ports = tuple(int(listener.getsockname()[1]) for listener in self._listeners)
        self._clients: list[list[socket.socket]] = [[], [], []]
        self._lock = threading.Lock()
        work = [lambda kind=kind: self._accept(kind) for kind in range(3)]
        self._threads = [threading.Thread(target=target, daemon=True) for target in (*work, self._send)]

    def __enter__(self) -> "TrignoServer":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self.drop()
        for listener in self._listeners:
            listener.close()
        for thread in self._threads:
            thread.join()

    def drop(self) -> None:
        """Close every connection, as when the computer of the server is unplugged."""
        self._sending.clear()
        with self._lock:
            for clients in self._clients:
                for client in clients:
                    with suppress(OSError):
                        client.shutdown(socket.SHUT_RDWR)
                    client.close()
                clients.clear()

    def answer(self, command: str) -> str:
        """What the server says to a command."""
        this = self.behaviour
        words = command.upper().split()
        if len(words) > 2 and words[0] == "SENSOR":
            return self._of_sensor(int(words[1]), " ".join(words[2:]))
        if words == ["START"]:
            self._sending.set()
        elif words in (["STOP"], ["QUIT"]):
            self._sending.clear()
        answers = {
            "START": "OK",
            "STOP": "OK",
            "QUIT": "BYE",
            "FRAME INTERVAL?": f"{_FRAME_S}",
            "MAX SAMPLES EMG?": str(this.emg_samples),
            "MAX SAMPLES AUX?": str(this.aux_samples),
            "BACKWARDS COMPATIBILITY?": "YES" if this.compatible else "NO",
            "UPSAMPLING?": "UPSAMPLING ON" if this.upsampled else "UPSAMPLING OFF",
            "ENDIANNESS?": "BIG" if this.big_endian else "LITTLE",
            "BASE FIRMWARE?": "0.0",
        }
        return answers.get(" ".join(words), "INVALID COMMAND")

    def _of_sensor(self, slot: int, question: str) -> str:
        if question == "PAIRED?":
            return "YES" if slot in self.behaviour.slots else "NO"
        if slot not in self.behaviour.slots:
            return "INVALID COMMAND"
        if question.startswith("CHANNEL "):
            number = int(question.split()[1])
            kind = ["Volts", *["g"] * 3, *["deg/s"] * 3, *["uT"] * 3][number - 1]
            return kind if question.endswith("UNITS?") else "INVALID COMMAND"
        answers = {
            "TYPE?": "O",
            "SERIAL?": f"{1000 + slot}",
            "MODE?": "40",
            "STARTINDEX?": str(slot - 1 + self.behaviour.start_base),
            "EMGCHANNELCOUNT?": "1",
            "AUXCHANNELCOUNT?": str(_PER_SENSOR),
            "CHANNELCOUNT?": str(1 + _PER_SENSOR),
        }
        return answers.get(question, "INVALID COMMAND")

    def _accept(self, kind: int) -> None:
        while not self._stop.is_set():
            try:
                client, _ = self._listeners[kind].accept()
            except TimeoutError:
                continue
            except OSError:
                return
            client.settimeout(2.0)
            with self._lock:
                self._clients[kind].append(client)
            if kind == 0:
                self._converse(client)

    def _converse(self, client: socket.socket) -> None:
        buffer = b""
        try:
            client.sendall(BANNER.encode() + b"\r\n\r\n")
            client.settimeout(0.1)
            while not self._stop.is_set():
                try:
                    data = client.recv(4096)
                except TimeoutError:
                    continue
                if not data:
                    break
                *packets, buffer = (buffer + data).split(b"\r\n\r\n")
                for packet in packets:
                    for command in filter(None, packet.decode("ascii", "replace").split("\r\n")):
                        self.asked.append(command)
                        client.sendall(self.answer(command).encode() + b"\r\n\r\n")
        except OSError:
            pass
        self._sending.clear()  # the master has gone

    def _send(self) -> None:
        this = self.behaviour
        kind = ">f4" if this.big_endian else "<f4"
        while not self._stop.is_set():
            if not self._sending.wait(0.05):
                continue
            start, frame = self.clock(), 0
            self.started.append(start)
            seconds = _FRAME_S / (1.0 + this.ppm * 1e-6)
            while self._sending.is_set() and not self._stop.is_set():
                frame += 1
                # A frame leaves when its last sample has been taken.
                self._stop.wait(max(0.0, start + frame * seconds - self.clock()))
                if self.silent.is_set():
                    continue
                for port, samples, made in ((1, this.emg_samples, emg), (2, this.aux_samples, aux)):
                    index = np.arange((frame - 1) * samples, frame * samples)
                    self._put(port, made(index).astype(kind).tobytes())

    def _put(self, port: int, data: bytes) -> None:
        piece = self.behaviour.piece or len(data)
        with self._lock:
            for client in list(self._clients[port]):
                try:
                    for at in range(0, len(data), piece):
                        client.sendall(data[at : at + piece])
                except OSError:
                    client.close()
                    self._clients[port].remove(client)


def _listen(port: int) -> socket.socket:
    listener = socket.create_server(("127.0.0.1", port))
    listener.settimeout(0.1)
    return listener


def main() -> None:
    """Run a server on the ports that drivers expect, until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A simulated Delsys Trigno server.")
    parser.add_argument("--ppm", type=float, default=0.0, help="how wrong its crystal is")
    parser.add_argument("--ports", type=int, nargs=3, default=(50040, 50043, 50044), metavar=("COMMAND", "EMG", "AUX"))
    arguments = parser.parse_args()
    with TrignoServer(Behaviour(ppm=arguments.ppm), tuple(arguments.ports)) as server, suppress(KeyboardInterrupt):
        print("a Trigno server answers at 127.0.0.1, ports", *server.ports, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
