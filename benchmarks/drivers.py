"""Simulated devices behind drivers: crystals that drift, packets that come late, and true times to hold stamps against.

A driver stamps with a `groundup.plugin.SampleClock`, live, and hands over its ticks; both are sealed as a recording is.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulated_time import probed
from groundup.clock import ClockInput, SyncedTime, synchronise
from groundup.model.source import TICK
from groundup.plugin import SampleClock

Floats = NDArray[np.float64]
Late = Callable[[np.random.Generator], float]
_BEGIN = 1000.0
SHORTEST_S = 0.002
"""That a packet takes at least: no clock sees it."""


def quiet(rng: np.random.Generator) -> float:
    """A cable: under a millisecond."""
    return float(rng.gamma(2.0, 0.0003))


def short(rng: np.random.Generator) -> float:
    """A network in the house: some milliseconds."""
    return float(rng.gamma(2.0, 0.001))


def radio(rng: np.random.Generator) -> float:
    """Some milliseconds, and now and then a packet that was sent again."""
    return float(rng.gamma(2.0, 0.002)) + (0.08 if rng.random() < 0.01 else 0.0)


def usb(rng: np.random.Generator) -> float:
    """The latency timer of a USB converter: up to 16 ms, evenly."""
    return float(rng.uniform(0.0, 0.016))


@dataclass(frozen=True)
class Driven:
    """A device and the way its packets take.

    Attributes
    ----------
    name : str
    rate, nominal : float
        Hz, as it is when warm and as it is stated.
    packet : int
        Samples in one.
    late : callable
    lost : float
        Share of the packets.
    warm_ppm, warm_s : float
        By how much its crystal is slow when it is switched on, and in what time that wears off.
    bursts : bool
        Whether everything is held up now and then, by up to 0.2 s for up to 2 s.
    loaded : bool
        Whether the computer is busy now and then for 1 to 5 s, and wakes its programs late.
    overtaking : bool
        Whether packets may arrive in another order.
    counts : bool
        Whether the device counts its samples; else what comes is counted.
    lost_at : tuple of float
        Seconds after which one packet is lost.
    longer_at, longer_s : float
        After so many seconds packets take so much longer, for good.
    """

    name: str
    rate: float
    nominal: float
    packet: int
    late: Late
    lost: float = 0.0
    warm_ppm: float = 0.0
    warm_s: float = 200.0
    bursts: bool = False
    loaded: bool = False
    overtaking: bool = False
    counts: bool = True
    lost_at: tuple[float, ...] = ()
    longer_at: float = np.inf
    longer_s: float = 0.0


CASES = (
    Driven("EMG 2 kHz by radio and TCP, frames of 13.5 ms, crystal +300 ppm", 2000.6, 2000.0, 27, radio),
    Driven("load cells 80 Hz, a line each, USB timer 16 ms", 80.0, 80.0, 1, usb),
    Driven("the same, rate declared 2 % wrong", 78.4, 80.0, 1, usb),
    Driven("IMU 100 Hz by UDP, 2 % of the datagrams lost", 100.0, 100.0, 1, radio, lost=0.02),
    Driven("200 Hz by radio, warms up by 30 ppm in 200 s", 200.0, 200.0, 4, radio, warm_ppm=30.0),
    Driven("200 Hz by cable, warms up by 30 ppm in 200 s", 200.0, 200.0, 10, quiet, warm_ppm=30.0),
    Driven("1 kHz by cable, held up now and then", 1000.2, 1000.0, 20, quiet, bursts=True),
)


@dataclass(frozen=True)
class Recorded:
    """What a driver sent, and the truth.

    Attributes
    ----------
    true, stamps, arrival : ndarray, shape (N,)
        When each sample was taken, the stamp its driver gave it, and what the arrival of its packet would have given.
    ticks : structured ndarray of `groundup.model.source.TICK`
    """

    true: Floats
    stamps: Floats
    arrival: Floats
    ticks: NDArray[np.void]

    def sealed(self, rate: float, seed: int, *, hindsight: bool = True) -> SyncedTime:
        """On the lab clock, which is the driver's own; by its stamps alone, or with hindsight."""
        ticks = self.ticks if hindsight else self.ticks[:0]
        return synchronise([ClockInput("x", self.stamps, rate, self.probes(seed), ticks=ticks)])[0]

    def probes(self, seed: int) -> NDArray[np.void]:
        """Measurements of that clock."""
        seconds, begin = float(self.true[-1] - self.true[0]) + 2.0, float(self.true[0]) - 1.0
        return probed(lambda lab: lab, seconds, 2.0, np.random.default_rng(seed), begin)


class Kept:
    """A sink that keeps what is pushed."""

    def __init__(self) -> None:
        self.numbers: list[NDArray[np.int64]] = []
        self.times: list[Floats] = []
        self.rows: list[Floats] = []

    changes = 0

    def push(self, samples: NDArray[np.int64], timestamps: Floats, stream: str = "", changes: int = 0) -> None:
        self.numbers.append(samples)
        self.times.append(timestamps)

    def ticks(self, rows: Floats, stream: str = "") -> None:
        self.rows.append(rows)

    def clock(self) -> float:
        return 0.0

    def fail(self, reason: str) -> None:
        raise OSError(reason)


def sampling_times(device: Driven, count: int) -> Floats:
    """When samples are taken."""
    warm = np.arange(count) / device.rate
    slow = device.warm_ppm * 1e-6 * device.warm_s * -np.expm1(-warm / device.warm_s)
    return np.asarray(_BEGIN + warm + slow)


def drive(device: Driven, seconds: float, seed: int) -> Recorded:
    """Run a driver on a device for so long."""
    rng = np.random.default_rng(seed)
    true = sampling_times(device, int(seconds * device.rate))
    packets: list[tuple[float, NDArray[np.int64]]] = []
    until = latest = changes = -np.inf
    busy = True
    for first in range(0, len(true) - device.packet + 1, device.packet):
        numbers = np.arange(first, first + device.packet)
        taken = float(true[numbers[-1]])
        late = device.late(rng)
        if device.bursts and rng.random() < device.packet / device.rate / 20.0:
            until = taken + rng.uniform(0.2, 2.0)
        late += rng.uniform(0.02, 0.2) if taken < until else 0.0
        if device.loaded and taken > changes:
            busy = not busy
            changes = taken + rng.uniform(1.0, 5.0) * (1.0 if busy else 3.0)
        late += float(rng.gamma(2.0, 0.001)) if device.loaded and busy else 0.0
        late += device.longer_s if taken > _BEGIN + device.longer_at else 0.0
        arrived = taken + SHORTEST_S + late
        latest = arrived if device.overtaking else max(latest, arrived)
        missing = any(0.0 <= taken - _BEGIN - moment < device.packet / device.rate for moment in device.lost_at)
        if rng.random() >= device.lost and not missing:
            packets.append((latest, numbers))
    packets.sort(key=lambda packet: packet[0])
    sink, drift = Kept(), 1e-3 if device.packet > 1 else 0.05
    clock = SampleClock(device.nominal, 60.0 if device.counts else 15.0, drift, counted=device.counts)
    come = 0
    for arrived, numbers in packets:
        clock.push(sink, numbers, numbers if device.counts else np.arange(come, come + len(numbers)), arrived)
        come += len(numbers)
    clock.flush(sink)
    rows = np.concatenate(sink.rows)
    ticks = np.empty(len(rows), TICK)
    for column, name in enumerate(TICK.names or ()):
        ticks[name] = rows[:, column]
    by_arrival = [arrived - (numbers[-1] - numbers) / device.nominal for arrived, numbers in packets]
    return Recorded(true[np.concatenate(sink.numbers)], np.concatenate(sink.times), np.concatenate(by_arrival), ticks)
