"""What a Shimmer3 and a computer say to each other, by the manual of its LogAndStream firmware.

A command is a byte; the sensor acknowledges it with 0xFF and answers. While it streams, each sample is 0x00, a time
stamp of three bytes in ticks of 1/32768 s, and the channels that the inquiry named.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

TICKS_HZ = 32768.0
TICKS_WRAP = float(1 << 24)
ACK, PACKET, IN_STREAM = 0xFF, 0x00, 0x8A
INQUIRY, START, STOP, CALIBRATION, FIRMWARE = 0x01, 0x07, 0x20, 0x2C, 0x2E
SET_EXG_REGISTERS, EXG_REGISTERS = 0x61, 0x63
_STAMP = 3
_NEAR = 0.125  # of an interval: a time stamp is taken some ticks after its sample
EXG_VOLTS = 2.42  # reference of the ADS1292R
_GAINS = (6, 1, 2, 3, 4, 8, 12)
_EXG_LENGTH = 10
_EXG_GAINS = 3  # the register of the first channel; that of the second follows
_CALIBRATION_LENGTH = 21
_GYRO_SCALE = 100.0  # its sensitivity is sent in hundredths

Sensor = Literal["accelerometer", "gyroscope", "magnetometer", "wide_range", "emg"]
CALIBRATED: tuple[Sensor, ...] = ("accelerometer", "gyroscope", "magnetometer", "wide_range")
"""In the order in which their calibrations are sent."""


@dataclass(frozen=True)
class Field:
    """A channel of a packet.

    Attributes
    ----------
    code : str
        Letter of its type, as for `struct`; ``t`` and ``T`` are three bytes, little and big endian; with its sign.
    sensor : str
        Empty for one that is not recorded.
    axis : str
        ``x``, ``y``, ``z``, or the input of an ExG unit.
    """

    code: str
    sensor: Sensor | Literal[""] = ""
    axis: str = ""

    @property
    def size(self) -> int:
        """Bytes."""
        return 3 if self.code in ("T", "P") else struct.calcsize(self.code)


def _axes(first: int, code: str, sensor: Sensor) -> dict[int, Field]:
    return {first + n: Field(code, sensor, axis) for n, axis in enumerate("xyz")}


FIELDS: dict[int, Field] = {
    **_axes(0x00, "<h", "accelerometer"),
    0x03: Field("<h"),  # battery
    **_axes(0x04, "<h", "wide_range"),
    **_axes(0x07, "<h", "magnetometer"),
    **_axes(0x0A, ">h", "gyroscope"),
    **{number: Field("<H") for number in range(0x0D, 0x14)},  # analog inputs
    0x1A: Field(">H"),  # temperature
    0x1B: Field("P"),  # pressure
    0x1C: Field("<H"),  # skin
    0x1D: Field("B"),
    0x1E: Field("T", "emg", "1.1"),
    0x1F: Field("T", "emg", "1.2"),
    0x20: Field("B"),
    0x21: Field("T", "emg", "2.1"),
    0x22: Field("T", "emg", "2.2"),
    0x23: Field(">h", "emg", "1.1"),
    0x24: Field(">h", "emg", "1.2"),
    0x25: Field(">h", "emg", "2.1"),
    0x26: Field(">h", "emg", "2.2"),
    0x27: Field("<H"),
    0x28: Field("<H"),
}
"""By the number that the inquiry gives a channel."""


@dataclass(frozen=True)
class Inquiry:
    """What a sensor sends.

    Attributes
    ----------
    rate : float
        Samples a second.
    fields : tuple of Field
        In the order of a packet.
    """

    rate: float
    fields: tuple[Field, ...]

    @property
    def size(self) -> int:
        """Bytes of a packet."""
        return 1 + _STAMP + sum(field.size for field in self.fields)


@dataclass(frozen=True)
class Calibration:
    """Turns counts of a sensor with three axes into its unit: ``inverse(alignment) @ ((counts - offset) / scale)``."""

    offset: NDArray[np.float64]
    scale: NDArray[np.float64]
    alignment: NDArray[np.float64]

    def __call__(self, counts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of counts, shape (n, 3)."""
        return np.asarray(np.linalg.solve(self.alignment, ((counts - self.offset) / self.scale).T).T, np.float64)


class Line:
    """The commands to a sensor that does not stream yet.

    Parameters
    ----------
    write, read : callable
        Of the serial port; ``read(n)`` gives n bytes or, when they do not come in time, fewer.
    """

    def __init__(self, write: Callable[[bytes], object], read: Callable[[int], bytes]) -> None:
        self._write, self._read = write, read

    def send(self, command: int, *more: int) -> None:
        """Send a command, and wait until it is acknowledged.

        Raises
        ------
        OSError
            If it is not.
        """
        self._write(bytes([command, *more]))
        # What it had still to say of an earlier stream comes first.
        for _ in range(4096):
            if self._take(1)[0] == ACK:
                return
        raise OSError(
            f"the Shimmer does not acknowledge command 0x{command:02x}: is it one with LogAndStream firmware?"
        )

    def inquire(self) -> Inquiry:
        """Ask which channels it sends, and how often.

        Raises
        ------
        OSError
            If it does not answer, or sends a channel whose form is not known.
        """
        self.send(INQUIRY)
        _, divider, _, count, _ = struct.unpack("<BHIBB", self._take(9))
        numbers = self._take(count)
        unknown = [f"0x{number:02x}" for number in numbers if number not in FIELDS]
        if unknown or not divider:
            raise OSError(f"the Shimmer sends channels that are not known ({', '.join(unknown)}): switch them off")
        return Inquiry(TICKS_HZ / divider, tuple(FIELDS[number] for number in numbers))

    def calibrations(self) -> dict[Sensor, Calibration]:
        """Ask for the calibrations that it keeps; of those sensors that have a possible one.

        In m/s², degrees a second and the local field.
        """
        self.send(CALIBRATION)
        data = self._take(1 + _CALIBRATION_LENGTH * len(CALIBRATED))[1:]
        found: dict[Sensor, Calibration] = {}
        for number, sensor in enumerate(CALIBRATED):
            values = struct.unpack_from(">6h9b", data, number * _CALIBRATION_LENGTH)
            scale = np.array(values[3:6]) / (_GYRO_SCALE if sensor == "gyroscope" else 1.0)
            alignment = np.array(values[6:]).reshape(3, 3) / 100.0
            if (scale != 0).all() and abs(np.linalg.det(alignment)) > 0.5:
                found[sensor] = Calibration(np.array(values[:3], float), scale, alignment)
        return found

    def exg_gains(self) -> dict[str, float]:
        """Ask for the gain of each input of its ExG unit.

        Raises
        ------
        OSError
            If one has a gain that there is not.
        """
        found = {}
        for chip in (1, 2):
            registers = self._exg_registers(chip)
            for channel in (1, 2):
                code = registers[_EXG_GAINS + channel - 1] >> 4 & 7
                if code >= len(_GAINS):
                    raise OSError(f"the Shimmer's ExG input {chip}.{channel} has a gain that there is not")
                found[f"{chip}.{channel}"] = float(_GAINS[code])
        return found

    def set_exg_gain(self, gain: int) -> None:
        """Set the gain of every input of its ExG unit, and see that it has it.

        Raises
        ------
        OSError
            If it has not.
        """
        code = _GAINS.index(gain)
        for chip in (1, 2):
            before = self._exg_registers(chip)[_EXG_GAINS : _EXG_GAINS + 2]
            self.send(SET_EXG_REGISTERS, chip - 1, _EXG_GAINS, 2, *(one & 0x8F | code << 4 for one in before))
        if set(self.exg_gains().values()) != {float(gain)}:
            raise OSError(f"the Shimmer's ExG unit does not take a gain of {gain}")

    def _exg_registers(self, chip: int) -> bytes:
        self.send(EXG_REGISTERS, chip - 1, 0, _EXG_LENGTH)
        return self._take(2 + _EXG_LENGTH)[2:]

    def firmware(self) -> str:
        """Ask for the version of its firmware."""
        self.send(FIRMWARE)
        _, _, major, minor, patch = struct.unpack("<BHHBB", self._take(7))
        return f"{major}.{minor}.{patch}"

    def _take(self, count: int) -> bytes:
        data = self._read(count)
        if len(data) < count:
            raise OSError("the Shimmer does not answer: is it switched on, near, and in no other program's hands?")
        return data


def emg_scale(field: Field, gain: float) -> float:
    """Volts of one count."""
    return EXG_VOLTS / gain / ((1 << 23 if field.code == "T" else 1 << 15) - 1)


class Packets:
    """Cuts what comes into packets.

    There is no checksum. So a packet is one only if the byte behind it begins something, too, and if its time stamp is
    a number of sampling intervals after the last one, or before the next.

    Attributes
    ----------
    lost_bytes : int
        That belonged to no packet.
    """

    def __init__(self, inquiry: Inquiry) -> None:
        self.lost_bytes = 0
        self._size = inquiry.size
        self._fields = inquiry.fields
        self._interval = TICKS_HZ / inquiry.rate
        self._rest = b""
        self._last: int | None = None

    def feed(self, data: bytes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Time stamps in ticks, shape (n,), and counts, shape (n, fields), of the packets that are whole with this."""
        data, at, packets = self._rest + data, 0, []
        while at + self._size < len(data):
            verdict = self._is_packet(data, at)
            if verdict is None:
                break
            if verdict:
                packets.append(data[at : at + self._size])
                self._last = _stamp(data, at)
                at += self._size
            else:
                self.lost_bytes += data[at] != ACK
                at += 1
        self._rest = data[at:]
        return _decode(packets, self._fields)

    def _is_packet(self, data: bytes, at: int) -> bool | None:
        """Whether a packet begins here; None: not known yet."""
        then = at + self._size
        if data[at] != PACKET or data[then] not in (PACKET, ACK, IN_STREAM):
            return False
        if self._last is not None and self._follows(_stamp(data, at), self._last):
            return True
        if data[then] != PACKET:
            return False
        return self._follows(_stamp(data, then), _stamp(data, at)) if then + 1 + _STAMP <= len(data) else None

    def _follows(self, stamp: int, last: int) -> bool:
        intervals = (stamp - last) % int(TICKS_WRAP) / self._interval
        return intervals > _NEAR and abs(intervals - round(intervals)) < _NEAR


def _stamp(data: bytes, at: int) -> int:
    return int.from_bytes(data[at + 1 : at + 1 + _STAMP], "little")


def _decode(packets: list[bytes], fields: tuple[Field, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if not packets:
        return np.empty(0), np.empty((0, len(fields)))
    raw = np.frombuffer(b"".join(packets), np.uint8).reshape(len(packets), -1)
    ticks = raw[:, 1:4].astype(np.int64) @ np.array([1, 1 << 8, 1 << 16])
    counts, at = np.empty((len(packets), len(fields))), 1 + _STAMP
    for column, field in enumerate(fields):
        counts[:, column] = _column(np.ascontiguousarray(raw[:, at : at + field.size]), field)
        at += field.size
    return ticks.astype(np.float64), counts


def _column(raw: NDArray[np.uint8], field: Field) -> NDArray[np.float64]:
    if field.size != 3:
        return np.asarray(raw.view(np.dtype(field.code))[:, 0], np.float64)
    value = raw.astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])
    if field.code == "T":
        value -= (value >> 23) << 24
    return np.asarray(value, np.float64)
