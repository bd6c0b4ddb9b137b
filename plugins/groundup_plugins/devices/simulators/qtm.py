"""A Qualisys Track Manager without cameras: the RT protocol over TCP, as Qualisys documents it (version 1.25).

It has one analog board, two force plates and one rigid body. What it sends is a function of the sample's number, so
that every sample can be checked.
"""

import argparse
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_ERROR, _COMMAND, _XML, _DATA, _EVENT = 0, 1, 2, 3, 6
_ANALOG, _FORCE, _SIX_D = 3, 4, 11
CAPTURE_STARTED, TRIGGER = 3, 16
CORNERS_MM = (((400.0, 600.0), (0.0, 600.0), (0.0, 0.0), (400.0, 0.0)),
              ((810.0, 600.0), (410.0, 600.0), (410.0, 0.0), (810.0, 0.0)))  # fmt: skip


@dataclass
class Behaviour:
    """What the simulated system is, and what is wrong with it.

    Attributes
    ----------
    frame_rate : float
        Of the cameras, in Hz.
    samples : int
        Analog samples and forces in a frame.
    channels : int
        Of the analog board.
    lose_every : int
        Every so manieth frame is never sent; 0: none is lost.
    ppm : float
        How wrong the cameras' crystal is.
    """

    frame_rate: float = 100.0
    samples: int = 10
    channels: int = 4
    lose_every: int = 0
    ppm: float = 0.0


def analog(index: NDArray[np.int64], channels: int) -> NDArray[np.float32]:
    """Analog samples with these numbers, shape (n, channels), in volts."""
    return (0.001 * (index[:, None] % 1000) + np.arange(channels)).astype(np.float32)


def force(index: NDArray[np.int64], plate: int) -> NDArray[np.float32]:
    """Forces with these numbers, shape (n, 9): force (N), moment (Nm) and point of application (mm)."""
    up = 100.0 * plate + (index % 700).astype(float)
    zero = np.zeros_like(up)
    return np.column_stack([0.1 * up, -0.05 * up, up, 0.02 * up, -0.03 * up, zero, zero + 30, zero + 20, zero]).astype(
        np.float32
    )


class QtmServer:
    """The server; also a context manager.

    Attributes
    ----------
    port : int
    started : list of float
        `clock` at sample 0 of each time it was asked to stream.
    asked : list of str
        Every command that came.
    """

    def __init__(
        self, behaviour: Behaviour | None = None, port: int = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.behaviour = behaviour or Behaviour()
        self.clock = clock
        self.started: list[float] = []
        self.asked: list[str] = []
        self._stop = threading.Event()
        self._streaming = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", port))
        self._listener.settimeout(0.1)
        self.port = int(self._listener.getsockname()[1])
        self._client: socket.socket | None = None
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._serve, self._send)]

    def __enter__(self) -> "QtmServer":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self.drop()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def drop(self) -> None:
        """Close the connection, as when QTM crashes."""
        self._streaming.clear()
        with self._lock:
            if self._client is not None:
                with suppress(OSError):
                    self._client.shutdown(socket.SHUT_RDWR)
                self._client.close()
                self._client = None

    def event(self, number: int) -> None:
        """Say that something has happened."""
        self._put(_EVENT, bytes([number]))

    def _serve(self) -> None:
        while not self._stop.is_set():
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            client.settimeout(0.1)
            with self._lock:
                self._client = client
            self._put(_COMMAND, b"QTM RT Interface connected\0")
            self._converse(client)

    def _converse(self, client: socket.socket) -> None:
        buffer = b""
        while not self._stop.is_set():
            try:
                data = client.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                break
            if not data:
                break
            buffer += data
            while len(buffer) >= 8 and len(buffer) >= (size := struct.unpack_from("<I", buffer)[0]):
                command = buffer[8:size].rstrip(b"\0").decode("ascii", "replace")
                buffer = buffer[size:]
                self.asked.append(command)
                self._answer(command.lower().split())
        self._streaming.clear()

    def _answer(self, words: list[str]) -> None:
        match words:
            case ["version", version]:
                self._put(_COMMAND, f"Version set to {version}\0".encode())
            case ["qtmversion"]:
                self._put(_COMMAND, b"QTM Version is 2024.1 (simulated)\0")
            case ["getstate"]:
                self.event(CAPTURE_STARTED)
            case ["getparameters", *_]:
                self._put(_XML, self.parameters().encode() + b"\0")
            case ["streamframes", "stop"]:
                self._streaming.clear()
            case ["streamframes", *_]:
                self._streaming.set()
            case _:
                self._put(_ERROR, b"Parse error\0")

    def parameters(self) -> str:
        """The XML of ``GetParameters General Analog Force 6D``."""
        this = self.behaviour
        rate = this.frame_rate * this.samples
        channels = "".join(
            f"<Channel><Label>EMG {i}</Label><Unit>volts</Unit></Channel>" for i in range(1, this.channels + 1)
        )
        plates = ""
        for number, corners in enumerate(CORNERS_MM, 1):
            where = "".join(
                f"<Corner{i}><X>{x}</X><Y>{y}</Y><Z>0.0</Z></Corner{i}>" for i, (x, y) in enumerate(corners, 1)
            )
            plates += (
                f"<Plate><Force_Plate_Index>{number}</Force_Plate_Index><Analog_Device_ID>1</Analog_Device_ID>"
                f"<Frequency>{rate}</Frequency><Type>AMTI</Type><Name>Plate {number}</Name><Length>600.0</Length>"
                f"<Width>400.0</Width><Location>{where}</Location></Plate>"
            )
        return (
            f"<QTM_Parameters_Ver_1.25><General><Frequency>{this.frame_rate}</Frequency></General>"
            f"<The_6D><Bodies>1</Bodies><Body><Name>pelvis</Name></Body></The_6D>"
            f"<Analog><Device><Device_ID>1</Device_ID><Device_Name>EMG</Device_Name><Channels>{this.channels}</Channels>"
            f"<Frequency>{rate}</Frequency>{channels}</Device></Analog>"
            f"<Force><Unit_Length>mm</Unit_Length><Unit_Force>N</Unit_Force>{plates}</Force></QTM_Parameters_Ver_1.25>"
        )

    def _send(self) -> None:
        this = self.behaviour
        while not self._stop.is_set():
            if not self._streaming.wait(0.05):
                continue
            start, frame = self.clock(), 0
            self.started.append(start)
            while self._streaming.is_set() and not self._stop.is_set():
                frame += 1
                next_frame = start + frame / (this.frame_rate * (1.0 + this.ppm * 1e-6))
                self._stop.wait(max(0.0, next_frame - self.clock()))
                if not (this.lose_every and frame % this.lose_every == 0):
                    self._put(_DATA, self.frame(frame))

    def frame(self, number: int) -> bytes:
        """The data packet of a frame, without its header: the samples that ended with it."""
        this = self.behaviour
        index = np.arange((number - 1) * this.samples, number * this.samples)
        boards = struct.pack("<iiiii", 1, 1, this.channels, this.samples, int(index[0]))
        boards += analog(index, this.channels).T.astype("<f4").tobytes()
        plates = struct.pack("<i", len(CORNERS_MM))
        for plate in range(1, len(CORNERS_MM) + 1):
            plates += (
                struct.pack("<iii", plate, this.samples, int(index[0])) + force(index, plate).astype("<f4").tobytes()
            )
        turned = np.eye(3).ravel()
        bodies = struct.pack("<ihh", 1, 0, 0) + struct.pack("<13f", number, 2.0 * number, 900.0, *turned, 0.5)
        parts = [(_ANALOG, boards), (_FORCE, plates), (_SIX_D, bodies)]
        body = b"".join(struct.pack("<II", len(data) + 8, kind) + data for kind, data in parts)
        return struct.pack("<qII", round(number / this.frame_rate * 1e6), number, len(parts)) + body

    def _put(self, kind: int, data: bytes) -> None:
        with self._lock, suppress(OSError):
            if self._client is not None:
                self._client.settimeout(2.0)
                self._client.sendall(struct.pack("<II", len(data) + 8, kind) + data)
                self._client.settimeout(0.1)


def main() -> None:
    """Run a server on the port that drivers expect, until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A simulated Qualisys Track Manager.")
    parser.add_argument("--port", type=int, default=22223)
    parser.add_argument("--ppm", type=float, default=0.0, help="how wrong the cameras' crystal is")
    arguments = parser.parse_args()
    with QtmServer(Behaviour(ppm=arguments.ppm), arguments.port) as server, suppress(KeyboardInterrupt):
        print(f"QTM answers at 127.0.0.1:{server.port}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
