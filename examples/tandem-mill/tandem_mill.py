"""A driver: a treadmill of two belts and two plates over TCP, with commands, a gain, and its health."""

import socket
import struct
import time
import zlib
from contextlib import contextmanager
from typing import Annotated, Literal

import msgspec
import numpy as np

from groundup.plugin import (
    POLL_S,
    About,
    Channel,
    CommandError,
    HealthLevel,
    Plate,
    PolledDevice,
    Settings,
    StreamSpec,
    command,
    hookimpl,
    option,
)

RATE, BELTS_EVERY = 1000.0, 100
FRAME = struct.Struct("<2sI12h2HfI")  # "TM", counter, six of each plate, mm/s of each belt, degC, CRC-32
ANSWER = struct.Struct("<2sB")  # "TA", how long the text is that follows
SCALES = np.tile([0.1] * 3 + [0.02] * 3, 2)  # N and N m of one count, at gain 1
SIDES = {"left": "L", "right": "R"}
ANSWER_S = 2.0


class TandemMillSettings(Settings, frozen=True):
    host: str = "127.0.0.1"
    port: int = 5025
    gain: Literal[1, 2, 4] = 1


class TandemMill(PolledDevice):
    """Forces and moments of both plates, as ``mill.left`` and ``mill.right``, and the speeds as ``mill.belts``."""

    name = "tandem_mill"
    settings_type = TandemMillSettings

    def connect(self):
        self.socket = socket.create_connection((self.settings.host, self.settings.port), timeout=5.0)
        self.socket.settimeout(POLL_S)
        self.rest, self.sink, self.celsius, self.clock = b"", None, np.nan, self.sample_clock(RATE)
        self.serial = self.ask("ID")
        self.ask(f"GAIN {self.settings.gain}")
        belts = tuple(Channel(f"speed_{side}", "m/s", "", side) for side in "LR")
        return {
            **{key: plate(key, side) for key, side in SIDES.items()},
            "belts": StreamSpec("Tandem belts", "Treadmill", RATE / BELTS_EVERY, "float32", belts),
        }

    def begin(self, sink):
        self.sink = sink
        self.ask("START")

    def read(self, sink):
        self.take()

    def finish(self, sink):
        self.ask("STOP")

    def disconnect(self):
        if hasattr(self, "socket"):
            self.socket.close()

    def about(self):
        return About(model="Tandem", serial=self.serial)

    def health(self):
        return [HealthLevel("temperature", self.celsius, "degC", amber=60.0, red=80.0)]

    @command(confirm="Does nobody stand on the plates?", mends="zero")
    def tare(self, plate: Literal["L", "R", "both"] = "both") -> str:
        """Zero the plates."""
        return self.ask(f"TARE {plate}")

    @command(confirm="Is the person ready?")
    def go(self, speed: Annotated[float, msgspec.Meta(ge=0, le=3)]) -> str:
        """Run both belts at a speed, in m/s."""
        return self.ask(f"GO {round(1000 * speed)}")

    @option(mends="saturation")
    def gain(self, value):
        """Gain of the plates' amplifiers."""
        self.ask(f"GAIN {value}")

    def ask(self, words):
        """Tell it something; its answer. The frames before that are pushed: they are of the time before."""
        self.socket.sendall(words.encode() + b"\n")
        until = time.monotonic() + ANSWER_S
        while time.monotonic() < until:
            for answer in self.take():
                if answer.startswith("no"):
                    raise CommandError(f"the treadmill refuses {words}: {answer}")
                return answer
        raise OSError(f"the treadmill does not answer to {words}")

    def take(self):
        """Push the frames that have come, until its next answer; return that, if there is one."""
        try:
            data = self.socket.recv(65536)
            if not data:
                raise OSError("the treadmill has closed the connection")
            self.rest += data
        except TimeoutError:
            pass
        frames = []
        for packet in packets(self):
            if isinstance(packet, str):
                self.push(frames)
                return [packet]
            frames.append(packet)
        self.push(frames)
        return []

    def push(self, frames):
        if not frames or self.sink is None:
            return
        numbers, *values = np.array(frames, np.float64).T
        counts, speeds, self.celsius = np.array(values[:12]).T, np.array(values[12:14]).T, float(values[14][-1])
        forces = (counts * (SCALES / self.settings.gain)).astype(np.float32)
        slow, now = numbers % BELTS_EVERY == 0, self.sink.clock()
        self.clock.push(self.sink, {"left": forces[:, :6], "right": forces[:, 6:]}, numbers, now)
        self.clock.push(self.sink, {"belts": (speeds[slow] / 1000).astype(np.float32)}, numbers[slow], now)


def packets(mill):
    """Frames whose checksum is right, and answers, in their order; what is not whole yet stays in ``mill.rest``."""
    while len(mill.rest) >= ANSWER.size:
        if mill.rest.startswith(b"TA"):
            size = ANSWER.size + mill.rest[2]
        elif mill.rest.startswith(b"TM"):
            size = FRAME.size
        else:
            size = 0
        if len(mill.rest) < size:
            return
        one = mill.rest[:size]
        if one.startswith(b"TA"):
            mill.rest = mill.rest[size:]
            yield one[ANSWER.size :].decode("ascii", "replace")
        elif size and zlib.crc32(one[:-4]) == FRAME.unpack(one)[-1]:
            mill.rest = mill.rest[size:]
            yield FRAME.unpack(one)[1:-1]
        else:  # damaged, or in the middle of a frame: on to the next letter that one may begin with
            at = mill.rest.find(b"T", 1)
            mill.rest = mill.rest[at:] if at > 0 else b""


def plate(key, side):
    parts = [(f"{what}{axis}", unit) for what, unit in (("F", "N"), ("M", "Nm")) for axis in "xyz"]
    channels = tuple(Channel(name, unit, f"plate:{'LR'.index(side) + 1}", side) for name, unit in parts)
    return StreamSpec(f"Tandem {key}", "Force", RATE, "float32", channels, plate=Plate(2, ()))


class Simulator:
    """The treadmill's own side: what it answers, and its frames."""

    def __init__(self):
        self.gain, self.speed = 1, 1250

    def frame(self, number):
        load = round(8000 * abs(np.sin(number / 300))) * self.gain
        one = [0, 0, min(load, 32767), 0, 0, 0]
        body = FRAME.pack(b"TM", number, *one, *one, self.speed, self.speed, 31.0, 0)[:-4]
        return body + struct.pack("<I", zlib.crc32(body))

    def answer(self, data):
        answers = b""
        for line in data.decode().splitlines():
            word, _, value = line.partition(" ")
            text = "M-0042" if word == "ID" else "ok"
            if word == "GAIN":
                self.gain = int(value)
            elif word == "GO":
                self.speed = int(value)
                text = f"the belts run at {self.speed / 1000:g} m/s"
            elif word == "TARE":
                text = "zeroed"
            answers += ANSWER.pack(b"TA", len(text)) + text.encode()
        return answers


@contextmanager
def simulated(faults=None):
    """Settings that reach a simulator while the context is open."""
    from groundup.testing import Faults, TcpPeer

    mill = Simulator()
    with TcpPeer(mill.frame, RATE, faults or Faults(), answer=mill.answer, asked_first=True) as peer:
        yield TandemMillSettings(port=peer.port)


TandemMill.simulated = staticmethod(simulated)


@hookimpl
def groundup_devices():
    return [TandemMill]
