"""The driver of Xsens MVN: joint angles, segments, centre of mass and trackers out of its network streamer."""

import select
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import (
    POLL_S,
    Channel,
    Device,
    PolledDevice,
    SampleClock,
    Settings,
    Side,
    Sink,
    StreamSpec,
    hookimpl,
    say,
    unwrap,
)
from groundup_plugins.devices.xsens_mvn.protocol import (
    CENTRE_OF_MASS,
    JOINT_ANGLES,
    SEGMENTS,
    TRACKERS,
    Assembler,
    Sample,
)
from groundup_plugins.devices.xsens_mvn.settings import XsensMvnSettings

_LARGEST = 1 << 16
_LOOK_S = 1.5  # so long it is looked what comes, and how often
_SILENT_S = 3.0
_COUNTER = float(1 << 32)
_RATES = (60.0, 80.0, 100.0, 120.0, 240.0)  # of Awinda and Link
_NEAR = 0.04
_TALLEST_M = 10.0  # a pelvis or centre of mass that is higher is given in cm
_LOWEST_CM = 3.0  # and one that is lower, in m
_WORN: dict[str, tuple[str, Side]] = {
    "right foot": ("foot", "R"), "right lower leg": ("shank", "R"), "right upper leg": ("thigh", "R"),
    "left foot": ("foot", "L"), "left lower leg": ("shank", "L"), "left upper leg": ("thigh", "L"),
    "pelvis": ("pelvis", ""), "T8": ("trunk", ""), "head": ("head", ""),
}  # fmt: skip
_TO_M = {"m": 1.0, "cm": 0.01}
_TO_RAD = {"rad/s": 1.0, "deg/s": np.pi / 180}


@dataclass
class _Source:
    """One kind of datagram, its items as they were at the beginning, and the streams made of it."""

    names: tuple[str, ...]
    clock: SampleClock
    number: float | None = None


class XsensMvn(PolledDevice):
    """An MVN Analyze or Animate with its network streamer on."""

    name = "xsens_mvn"
    level = "simulated"
    settings_type: ClassVar[type[Settings]] = XsensMvnSettings

    def __init__(self, settings: XsensMvnSettings) -> None:
        super().__init__(settings)
        self._settings = settings
        self._socket: socket.socket | None = None
        self._assembler = Assembler(settings.character)
        self._sources: dict[str, _Source] = {}
        self._heard = 0.0
        self._changed = False

    @classmethod
    @contextmanager
    def simulated(cls) -> Iterator[Settings]:
        """An MVN that streams a walk to a free port."""
        from groundup_plugins.devices.simulators.xsens_mvn import Mvn, free_port

        port = free_port()
        with Mvn(port):
            yield XsensMvnSettings(port=port, host="127.0.0.1", angular_velocity_unit="deg/s")

    def connect(self) -> Mapping[str, StreamSpec]:
        """Listen, and look what comes."""
        settings = self._settings
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        try:
            self._socket.bind((settings.host, settings.port))
        except OSError as error:
            raise OSError(f"UDP port {settings.port} cannot be listened at: {error.strerror or error}") from error
        self._assembler = Assembler(settings.character)
        seen: dict[str, list[tuple[Sample, float]]] = {}
        until = time.monotonic() + _LOOK_S
        while (left := until - time.monotonic()) > 0:
            for sample in self._samples(left):
                seen.setdefault(sample.kind, []).append((sample, time.monotonic()))
        found = {kind: samples for kind, samples in seen.items() if self._wanted(kind) and len(samples) > 1}
        if not found:
            raise OSError(self._nothing(seen))
        return self._specs(found)

    def begin(self, sink: Sink) -> None:
        """It sends already."""
        self._heard = time.monotonic()

    def read(self, sink: Sink) -> None:
        """Push what has come."""
        for sample in self._samples(POLL_S):
            self._push(sink, sample, sink.clock())
        if time.monotonic() - self._heard > _SILENT_S:
            raise OSError(f"MVN has sent nothing that is recorded for {_SILENT_S:g} s")

    def finish(self, sink: Sink) -> None:
        """Push what it had sent by then."""
        for sample in self._samples(0.0):
            self._push(sink, sample, sink.clock())

    def disconnect(self) -> None:
        """Listen no more."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._sources = None, {}

    def _samples(self, patience_s: float) -> Iterator[Sample]:
        """The samples that are whole by now; waits for the first datagram."""
        while self._socket is not None and select.select([self._socket], [], [], patience_s)[0]:
            patience_s = 0.0
            with suppress(ConnectionError):  # Windows tells of other programs' datagrams here
                sample = self._assembler.add(self._socket.recv(_LARGEST))
                if sample is not None:
                    yield sample

    def _wanted(self, kind: str) -> bool:
        return kind != TRACKERS or bool(self._settings.angular_velocity_unit)

    def _nothing(self, seen: Mapping[str, object]) -> str:
        settings, characters = self._settings, sorted(self._assembler.characters)
        if not characters:
            return (
                f"nothing of MVN comes to UDP port {settings.port}: in MVN, Options > Network Streamer, add this "
                "computer's address and the port, and switch streaming on"
            )
        if settings.character not in characters:
            return f"MVN sends character {', '.join(map(str, characters))}, and lab.toml asks for {settings.character}"
        if TRACKERS in seen or self._assembler.old_trackers:
            return "MVN sends trackers only: say their angular_velocity_unit, or switch joint angles on in its streamer"
        return (
            "MVN sends none of what is recorded: switch on joint angles (20), linear segment kinematics (21), motion "
            "trackers (23) or centre of mass (24) in its network streamer"
        )

    def _specs(self, found: Mapping[str, list[tuple[Sample, float]]]) -> dict[str, StreamSpec]:
        specs: dict[str, StreamSpec] = {}
        for kind, samples in found.items():
            steps = np.diff([sample.counter for sample, _ in samples]) % (1 << 32)
            step = float(np.median(steps))
            if not step:
                raise OSError("the sample counter of MVN stands still: is its recording paused?")
            updates = self._settings.rate or _rate(samples)
            first = samples[0][0]
            self._see_length(first)
            self._sources[kind] = _Source(first.names, self.sample_clock(updates))
            specs |= self._streams(kind, first.names, updates / step)
        return specs

    def _see_length(self, sample: Sample) -> None:
        """Refuse positions that are in another unit than lab.toml says."""
        if sample.kind not in (SEGMENTS, CENTRE_OF_MASS):
            return
        height, unit = float(sample.values[0, 2]), self._settings.length_unit
        if unit == "m" and abs(height) > _TALLEST_M:
            raise OSError(f'MVN says {height:.0f} m for a height: its unit is cm; set length_unit = "cm"')
        if unit == "cm" and 0.0 < abs(height) < _LOWEST_CM:
            raise OSError(f'MVN says {height:.2f} cm for a height: its unit is m; set length_unit = "m"')

    def _streams(self, kind: str, names: tuple[str, ...], rate: float) -> dict[str, StreamSpec]:
        if kind == TRACKERS:
            return {_key(name): self._imu(name, rate) for name in names}
        key, stream_type, unit, axes = {
            JOINT_ANGLES: ("joint_angles", "JointAngles", "rad", ("x", "y", "z")),
            SEGMENTS: ("segments", "Segments", "m", ("x", "y", "z")),
            CENTRE_OF_MASS: ("centre_of_mass", "CentreOfMass", "m", ("x", "y", "z")),
        }[kind]
        channels = tuple(Channel(f"{name} {axis}", unit) for name in names for axis in axes)
        return {key: self._spec(f"MVN {key.replace('_', ' ')}", stream_type, rate, channels)}

    def _imu(self, name: str, rate: float) -> StreamSpec:
        segment, side = _WORN.get(name, ("", ""))
        labels = [f"{sensor}_{axis}" for sensor in ("acc", "gyr", "mag") for axis in "xyz"]
        units = ["m/s^2"] * 3 + ["rad/s"] * 3 + ["1"] * 3
        channels = tuple(Channel(label, unit, segment, side) for label, unit in zip(labels, units, strict=True))
        return self._spec(f"MVN tracker {name}", "IMU", rate, channels)

    def _spec(self, name: str, kind: str, rate: float, channels: tuple[Channel, ...]) -> StreamSpec:
        return StreamSpec(
            name, kind, rate, "float32", channels, latency_s=self._settings.latency_s, extra={"manufacturer": "Movella"}
        )

    def _push(self, sink: Sink, sample: Sample, arrived: float) -> None:
        source = self._sources.get(sample.kind)
        if source is None:
            return
        self._heard = time.monotonic()
        if sample.names != source.names:  # a prop, gloves, or a tracker that is off
            if not self._changed:
                say(self.name, "MVN sends other segments than at the beginning; these samples are left out")
            self._changed = True
            return
        numbers = unwrap(np.array([sample.counter]), _COUNTER, source.number)
        source.number = float(numbers[-1])
        source.clock.push(sink, self._parts(sample), numbers, arrived)

    def _parts(self, sample: Sample) -> dict[str, NDArray[np.float32]]:
        if sample.kind == TRACKERS:
            si = np.repeat([1.0, _TO_RAD[self._settings.angular_velocity_unit], 1.0], 3)
            rows = (sample.values * si).astype(np.float32)
            return {_key(name): row[None, :] for name, row in zip(sample.names, rows, strict=True)}
        if sample.kind == JOINT_ANGLES:
            return {"joint_angles": np.deg2rad(sample.values.reshape(1, -1))}
        key = "segments" if sample.kind == SEGMENTS else "centre_of_mass"
        metres = sample.values[:, :3].reshape(1, -1) * np.float32(_TO_M[self._settings.length_unit])
        return {key: metres}


def _key(name: str) -> str:
    """Key of a tracker's stream: ``shank_L``, or its name in MVN."""
    segment, side = _WORN.get(name, (name.replace(" ", "_"), ""))
    return f"{segment}_{side}".rstrip("_")


def _rate(samples: list[tuple[Sample, float]]) -> float:
    """Updates a second: the rate of MVN's that the counter runs at, by its time code, else by when the samples came.

    Raises
    ------
    OSError
        If it runs at none of them.
    """
    (first, began), (last, ended) = samples[0], samples[-1]
    counts = (last.counter - first.counter) % (1 << 32)
    coded = ((last.time_ms - first.time_ms) % (1 << 32)) / 1000.0
    for elapsed in (coded, ended - began):  # on a busy computer samples come late
        seen = counts / max(elapsed, 1e-9)
        nearest = min(_RATES, key=lambda rate: abs(np.log(rate / max(seen, 1e-9))))
        if abs(seen / nearest - 1.0) <= _NEAR:
            return nearest
    raise OSError(f"MVN counts {seen:.0f} updates a second, which is none of its rates: say which with rate = ...")


@hookimpl
def groundup_devices() -> list[type[Device]]:
    """The driver of Xsens MVN."""
    return [XsensMvn]
