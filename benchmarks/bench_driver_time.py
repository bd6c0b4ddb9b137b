"""Time stamps of a driver: the counter and its true rate, beside stamps made of the arrival of packets.

The peer is what most programs that bring hardware into LSL do: the newest sample of a packet gets the time at which the
packet was there, those before it are a nominal interval apart (pylsl's ``push_chunk`` with one time stamp does so).
Errors are 95th percentiles, a constant removed: after 10 s over all, and of each third of the recording from its first
sample on, when sealed by the stamps alone and with what the driver has told (hindsight).
"""

import os

import numpy as np
from numpy.typing import NDArray

from benchmarks.drivers import CASES, Driven, Recorded, drive
from benchmarks.rows import Row
from groundup.clock import ClockInput, synchronise

_SEEDS = range(int(os.environ.get("GROUNDUP_SEEDS", "10")))
_SECONDS, _SETTLED_S = 120.0, 10.0
_SURE = 0.93  # of the samples of a third inside the bound


def _off(time: NDArray[np.float64], sent: Recorded) -> NDArray[np.float64]:
    off = (time - sent.true) * 1e3
    return np.asarray(np.abs(off - np.median(off)))


def _p95(off: NDArray[np.float64]) -> float:
    return float(np.quantile(off, 0.95))


def _of(device: Driven, seed: int) -> NDArray[np.float64]:
    """Errors in ms: as sent, by arrival, arrival sealed; then sealed by stamps and with hindsight, thirds and share."""
    sent = drive(device, _SECONDS, seed)
    begin = int(_SETTLED_S * device.rate)
    (by_arrival,) = synchronise([ClockInput("x", sent.arrival, device.nominal, sent.probes(seed))])
    found = [_p95(_off(time, sent)[begin:]) for time in (sent.stamps, sent.arrival, by_arrival.time)]
    for hindsight in (False, True):
        synced = sent.sealed(device.nominal, seed, hindsight=hindsight)
        off = _off(synced.time, sent)
        thirds = np.array_split(off, 3)
        inside = [float(np.mean(third <= synced.certificate.bound_ms)) for third in thirds]
        found += [_p95(off[begin:]), *(_p95(third) for third in thirds), min(inside), synced.certificate.bound_ms]
    return np.array(found)


def run() -> list[Row]:
    rows = []
    for device in CASES:
        found = np.array([_of(device, seed) for seed in _SEEDS])
        middle, worst = np.median(found, axis=0).tolist(), found.max(axis=0).tolist()
        peer, name = "stamps alone, sealed", device.name
        rows.append(Row(f"{name}: error as sent", middle[0], "ms", "arrival of the packet", middle[1]))
        rows.append(Row(f"{name}: error after sealing", middle[9], "ms", "arrival of the packet, sealed", middle[2]))
        for third, place in (("first", 10), ("middle", 11), ("last", 12)):
            rows.append(Row(f"{name}: {third} third", middle[place], "ms", peer, middle[place - 6]))
            rows.append(Row(f"{name}: {third} third, worst", worst[place], "ms", peer, worst[place - 6]))
        rows.append(Row(f"{name}: bound", middle[14], "ms", peer, middle[8]))
        sure = [float(np.mean(found[:, place] >= _SURE)) for place in (13, 7)]
        rows.append(Row(f"{name}: streams with 93 % of each third inside", 100.0 * sure[0], "%", peer, 100.0 * sure[1]))
    return rows
