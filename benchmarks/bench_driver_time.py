"""Time stamps of a driver: the counter and its true rate, beside stamps made of the arrival of packets.

The peer is what most programs that bring hardware into LSL do: the newest sample of a packet gets the time at which the
packet was there, those before it are a nominal interval apart (pylsl's ``push_chunk`` with one time stamp does so).
Errors are 95th percentiles, a constant removed.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks.rows import Row
from groundup.clock import Clocked, synchronise
from groundup.plugin import SampleClock
from groundup.source import PROBE

_SEEDS = range(10)
_SECONDS, _SETTLED_S = 120.0, 10.0

Late = Callable[[np.random.Generator], float]


def _radio(rng: np.random.Generator) -> float:
    """Some milliseconds, and now and then a packet that was sent again."""
    return float(rng.gamma(2.0, 0.002)) + (0.08 if rng.random() < 0.01 else 0.0)


def _usb(rng: np.random.Generator) -> float:
    """The latency timer of a USB converter: up to 16 ms, evenly."""
    return float(rng.uniform(0.0, 0.016))


class _Kept:
    """A sink that keeps the times."""

    def __init__(self) -> None:
        self.times: list[NDArray[np.float64]] = []

    def push(self, stream: int, samples: object, timestamps: NDArray[np.float64]) -> None:
        self.times.append(timestamps)

    def clock(self) -> float:
        return 0.0

    def fail(self, reason: str) -> None:
        raise OSError(reason)


def _errors(rate: float, nominal: float, packet: int, late: Late, loss: float, seed: int) -> NDArray[np.float64]:
    """95th percentile of the error in s, a constant removed: ours and theirs as sent, then both after sealing."""
    rng = np.random.default_rng(seed)
    clock, last = SampleClock(nominal, drift=1e-3 if packet > 1 else 0.05), -np.inf
    taken, theirs = [], []
    ours = _Kept()
    for first in range(0, int(_SECONDS * rate), packet):
        numbers = np.arange(first, first + packet)
        times = 1000.0 + numbers / rate
        last = max(last, float(times[-1]) + 0.002 + late(rng))
        if rng.random() < loss:
            continue
        taken.append(times)
        clock.push(ours, [(0, numbers)], numbers, last)
        theirs.append(last - (numbers[-1] - numbers) / nominal)
    begin = int(_SETTLED_S * rate)
    clock.flush(ours)
    true = np.concatenate(taken)
    stamps = [np.concatenate(ours.times), np.concatenate(theirs)]
    stamps += [synchronise([Clocked("x", stamp, nominal, np.empty(0, PROBE))])[0].time for stamp in stamps]
    off = [(stamp - true)[begin:] for stamp in stamps]
    return np.array([np.quantile(np.abs(e - np.median(e)), 0.95) for e in off])


def run() -> list[Row]:
    cases: list[tuple[str, float, float, int, Late, float]] = [
        ("EMG 2 kHz by radio and TCP, frames of 13.5 ms, crystal +300 ppm", 2000.6, 2000.0, 27, _radio, 0.0),
        ("load cells 80 Hz, a line each, USB timer 16 ms", 80.0, 80.0, 1, _usb, 0.0),
        ("the same, rate declared 2 % wrong", 78.4, 80.0, 1, _usb, 0.0),
        ("IMU 100 Hz by UDP, 2 % of the datagrams lost", 100.0, 100.0, 1, _radio, 0.02),
    ]
    rows = []
    for name, rate, nominal, packet, late, loss in cases:
        found = np.array([_errors(rate, nominal, packet, late, loss, seed) for seed in _SEEDS]) * 1e3
        sent, their_sent, sealed, their_sealed = np.median(found, axis=0).tolist()
        rows.append(Row(f"{name}: error as sent", sent, "ms", "arrival of the packet", their_sent))
        rows.append(Row(f"{name}: error after sealing", sealed, "ms", "arrival of the packet", their_sealed))
    return rows
