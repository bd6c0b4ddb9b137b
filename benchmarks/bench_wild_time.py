"""Synchronising a thousand wild streams: what is said wrongly, miscounted, or outside its bound."""

import time

import numpy as np

from benchmarks.rows import Row
from benchmarks.simulated_time import error_ms
from benchmarks.wild_time import Wild, wild
from groundup.clock import SyncedTime, synchronise

STREAMS = 1000
_CLEAR, _HARD = 0.5, 2.0  # jitter in intervals: below, every loss shows; beyond, single ones hardly do


def run() -> list[Row]:
    """Shares of streams, by how large the jitter is against the interval."""
    seen: dict[str, list[tuple[bool, bool, bool, float, float]]] = {}
    taken = samples = 0.0
    for seed in range(STREAMS):
        one = wild(seed)
        begun = time.perf_counter()
        (synced,) = synchronise([one.stream])
        taken, samples = taken + time.perf_counter() - begun, samples + len(one.truth)
        seen.setdefault(_class(one), []).append(_judged(one, synced))
    rows = [Row("time a sample", 1e6 * taken / samples, "µs", "none", float("nan"))]
    for name, judged in sorted(seen.items()):
        false, miscounted, wrong, errors, bounds = (np.array(column) for column in zip(*judged, strict=True))
        known = np.isfinite(bounds)
        inside = 100.0 * float(np.mean((errors <= bounds)[known]))
        of = f"{name} ({len(judged)} streams)"
        rows += [
            Row(f"{of}: a fault or step that was none", 100.0 * false.mean(), "%", "none", float("nan"), "0 %"),
            Row(f"{of}: samples lost are miscounted", 100.0 * miscounted.mean(), "%", "none", float("nan")),
            Row(f"{of}: off by more than 0.25 ms", 100.0 * wrong.mean(), "%", "none", float("nan")),
            Row(f"{of}: inside the bound", inside, "%", "none", float("nan"), "93-99 %"),
            Row(f"{of}: bound / error", float(np.median((bounds / errors)[known])), "x", "none", float("nan"), "4 x"),
        ]
    return rows


def _class(one: Wild) -> str:
    if len(one.stream.probes) < 4:
        return "hardly a probe"
    size = "less than half" if one.jitter < _CLEAR else "up to two" if one.jitter < _HARD else "more than two"
    return f"jitter of {size} intervals"


def _judged(one: Wild, synced: SyncedTime) -> tuple[bool, bool, bool, float, float]:
    wrong_rate = abs(one.stream.rate / one.rate - 1.0) > 0.01
    false = any(
        (row.kind == "rate" and not wrong_rate)
        or row.kind == "stamps"
        or (row.kind == "clock_step" and not one.stepped)
        for row in synced.ledger
    )
    counted = sum(row.count for row in synced.ledger if row.kind == "gap")
    lost = int(one.number[-1] - one.number[0]) + 1 - len(one.number)
    error = error_ms(synced.time, one.truth)
    return false, not one.restarted and counted != lost, error > 0.25, error, synced.certificate.bound_ms
