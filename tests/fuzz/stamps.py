"""Time stamps and clock measurements of every kind of sender, sound and insane, put on the lab clock."""

from pathlib import Path

import numpy as np

from groundup.clock import ClockInput, synchronise
from groundup.model.source import PROBE
from tests.fuzz.mutations import Rng

_ODD = (np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324, 0.0, 1e18, -1e18, 2**53, 1.7e9)


def try_stamps(rng: Rng, folder: Path) -> str:
    """Map up to three streams; every sample has a time where its stamp is a number, and no bound is negative.

    Samples that a ledger says to be sent twice have none.
    """
    streams = [_stream(rng, f"s{number}") for number in range(int(rng.integers(1, 4)))]
    for stream, timed in zip(streams, synchronise(streams), strict=True):
        stamps = np.asarray(stream.timestamps)
        assert timed.time.shape == timed.uncertainty.shape == stamps.shape
        timeless = ~np.isfinite(timed.time[np.isfinite(stamps) & (np.abs(stamps) < 1e300)])
        twice = sum(row.count for row in timed.ledger if "they have no time" in row.message)
        assert np.count_nonzero(timeless) <= twice, "a stamp has no time"
        assert not (timed.uncertainty < 0).any()
        assert not timed.certificate.bound_ms < 0
        assert np.isfinite(timed.rate)
        assert all(np.isfinite(row.time) for row in timed.ledger)
        odd = not np.isfinite(stamps).all() or len(stamps) == 0
        assert timed.certificate.reason or not odd
    return "mapped"


def _stream(rng: Rng, name: str) -> ClockInput:
    rate = float(rng.choice([0.0, 1.0, 50.0, 100.0, 148.148, 1000.0, 2000.0, 1e9, 1e300, 1e-310, 1e-3]))
    true = rate if 0.1 < rate < 1e5 else float(rng.choice([10.0, 100.0, 1000.0]))
    count = int(rng.choice([0, 1, 2, 9, 10, 11, 100, 700, 3000]))
    stamps = float(rng.choice([0.0, 500.0, 1e6, 1.7e9])) + np.arange(count) / (true * rng.uniform(0.8, 1.2))
    stamps = stamps + rng.choice([0.0, 1e-6, 1e-3, 0.02]) * rng.exponential(size=count)
    for _ in range(int(rng.integers(0, 4))):
        if count:
            stamps = _disturbed(rng, stamps)
    return ClockInput(
        name, stamps, rate, _probes(rng, stamps), float(rng.choice([0.0, 0.01])), str(rng.choice(["", "pc"]))
    )


def _disturbed(rng: Rng, stamps: np.ndarray) -> np.ndarray:
    a, b = sorted(rng.integers(0, len(stamps) + 1, 2).tolist())
    stamps = stamps.copy()
    match int(rng.integers(9)):
        case 0:
            stamps[a:b] += rng.choice([-1.0, 1.0]) * 10.0 ** rng.uniform(-4, 9)
        case 1:
            stamps[a:] += rng.choice([-1.0, 1.0]) * 10.0 ** rng.uniform(-4, 9)
        case 2:
            stamps[a:b] = stamps[a:b][::-1]
        case 3:
            stamps[a:b] = stamps[min(a, len(stamps) - 1)]
        case 4:
            stamps[rng.integers(0, len(stamps), int(rng.integers(1, 9)))] = rng.choice(_ODD)
        case 5:
            stamps[a:b] = rng.choice(_ODD, b - a)
        case 6:
            stamps = np.delete(stamps, np.arange(a, b)) if b - a < len(stamps) else stamps
        case 7:
            stamps %= 10.0 ** rng.uniform(-1, 3)
        case _:
            stamps = stamps[rng.permutation(len(stamps))] if rng.random() < 0.3 else stamps[::-1].copy()
    return stamps


def _probes(rng: Rng, stamps: np.ndarray) -> np.ndarray:
    count = int(rng.choice([0, 1, 2, 3, 20]))
    probes = np.zeros(count, PROBE)
    known = stamps[np.isfinite(stamps) & (np.abs(stamps) < 1e12)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    probes["time"] = np.sort(rng.uniform(low, max(high, low + 1.0), count))
    probes["offset"] = rng.choice([0.0, 3.0, -1.7e9]) + rng.normal(0, 1e-5, count)
    probes["round_trip"] = rng.choice([np.nan, 1e-4, 1e-3], count)
    probes["collected"] = probes["time"] + probes["offset"]
    for _ in range(int(rng.integers(0, 3))):
        if count:
            probes[str(rng.choice(list(PROBE.names or ())))][rng.integers(count)] = rng.choice([*_ODD, 12.5, -3.0])
    return probes
