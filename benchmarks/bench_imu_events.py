"""Contacts and rises by IMUs: found, error and time, beside what peers say of the same recordings.

The peer of the feet is what gaitmap published with its recording, for its licence keeps the program out. That of the
low back is scikit-digital-health, run where it is installed; for rises it is what that published.
"""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.matched import matched
from benchmarks.rows import Row
from groundup.plugin import Processor, Signal
from groundup_plugins.processors.foot_contacts import FootContacts
from groundup_plugins.processors.low_back_contacts import LowBackContacts
from groundup_plugins.processors.lumbar_rises import LumbarRises, LumbarRisesSettings

_ROOT = Path(__file__).resolve().parents[1]
_SHARED = _ROOT.parent / "shared" / "data"
_near = partial(matched, within=0.25)
_AROUND_S = 1.0


def run() -> list[Row]:
    """Feet against markers, the low back against insoles, rises beside the peer's; nothing without the recordings."""
    if not _SHARED.is_dir():
        return []
    sys.path.insert(0, str(_ROOT / "tests" / "plugins"))
    real = import_module("real_imus")
    rows = _feet(real)
    for name in real.BACK_WALKS:
        rows += _back(real, name)
    return rows + _rises(real)


def _feet(real: Any) -> list[Row]:
    events, spent = _timed(FootContacts(FootContacts.settings_type()), real.feet(_SHARED))
    told = pd.read_csv(_SHARED / "foot_imu_walk" / "stride_events_sample.csv")
    rows = []
    for side, name in real.SIDES.items():
        for kind, column, truth in zip(("IC", "FO"), ("ic", "tc"), real.marker_contacts(_SHARED, side), strict=True):
            ours = [e.time for e in events if (e.kind, e.side) == (kind, side) and e.confidence >= 0.5]
            theirs = told.loc[told["foot"] == name, column].to_numpy() / real.FOOT_RATE
            what = f"foot {name}, {kind}"
            rows += _compared(what, _near(ours, truth), _near(theirs, truth), len(truth), "gaitmap, as published")
    return [*rows, Row("feet, 39 s: time", 1e3 * spent, "ms", "none", float("nan"))]


def _back(real: Any, name: str) -> list[Row]:
    signal, truth = real.low_back(_SHARED, name)
    events, spent = _timed(LowBackContacts(LowBackContacts.settings_type()), signal)
    ours = _near([e.time for e in events], truth["time"].to_numpy())
    peer, told, other = _skdh_contacts(signal, name)
    theirs = _near(told, truth["time"].to_numpy())
    label = f"low back {name[13:]}"
    rows = _compared(label, ours, theirs, len(truth), peer, biased=False)
    return [*rows, Row(f"{label}: time", 1e3 * spent, "ms", peer, 1e3 * other)]


def _rises(real: Any) -> list[Row]:
    signal, truth = real.lumbar(_SHARED)
    rows = []
    for from_stillness, mode in ((True, "stillness"), (False, "displacement")):
        events, spent = _timed(LumbarRises(LumbarRisesSettings(from_stillness)), signal)
        offs = [i for i, e in enumerate(events) if e.kind == "seat_off"]
        lasts = [events[i + 1].time - events[i - 1].time for i in offs]
        peer = "scikit-digital-health, as published"
        theirs = truth[mode][:, 1] - truth[mode][:, 0]
        rows.append(Row(f"rises by {mode}", len(lasts), "", peer, len(theirs), "as many"))
        for number, (mine, other) in enumerate(zip(lasts, theirs, strict=False)):
            rows.append(Row(f"rise {number + 1} by {mode}: duration", mine, "s", peer, float(other)))
        rows.append(Row(f"rises by {mode}, 91 s: time", 1e3 * spent, "ms", "none", float("nan")))
    return rows


def _compared(
    what: str, ours: np.ndarray, theirs: np.ndarray, count: int, peer: str, *, biased: bool = True
) -> list[Row]:
    """Found, constant bias, and the error that is left (feet) or the median error (low back)."""
    rows = [Row(f"{what}: found of {count}", len(ours), "", peer, len(theirs), "no fewer than the peer")]
    if biased:
        rows.append(Row(f"{what}: constant bias", *_each(np.median, ours, theirs, peer)))
        left: Callable[[np.ndarray], float] = lambda e: float(np.abs(e - np.median(e)).max())  # noqa: E731
        rows.append(Row(f"{what}: greatest error but for it", *_each(left, ours, theirs, peer), "at most 50 ms"))
    else:
        middle: Callable[[np.ndarray], float] = lambda e: float(np.median(np.abs(e)))  # noqa: E731
        rows.append(Row(f"{what}: median error", *_each(middle, ours, theirs, peer), "at most 80 ms"))
    return rows


def _each(
    of: Callable[[np.ndarray], Any], ours: np.ndarray, theirs: np.ndarray, peer: str
) -> tuple[float, str, str, float]:
    mine, other = (1e3 * float(of(errors)) if len(errors) else float("nan") for errors in (ours, theirs))
    return mine, "ms", peer, other


def _skdh_contacts(signal: Signal, name: str) -> tuple[str, list[float], float]:
    """Contacts by the peer, which is told where the walks are: it asks for one walk at a time."""
    try:
        import skdh
        from skdh.gait.substeps import ApCwtGaitEvents, PreprocessGaitBout
    except ImportError:
        return "scikit-digital-health, not installed", [], float("nan")
    walks = pd.read_csv(_SHARED / "lowback_imu_walk" / f"indip_walking_bouts_{name}.csv")
    found: list[float] = []
    started = time.perf_counter()
    for begin, end in walks[["start", "end"]].to_numpy(int):
        first = max(begin - round(_AROUND_S * signal.rate), 0)
        part = slice(first, end + round(_AROUND_S * signal.rate))
        given = {"time": signal.time[part] + 1e9, "accel": signal.samples[part, :3], "fs": signal.rate}
        with suppress(Exception):  # a peer that fails has found nothing
            told = ApCwtGaitEvents().predict(**given, **PreprocessGaitBout().predict(**given))
            found += signal.time[first + np.asarray(told["initial_contacts"])].tolist()
    return f"scikit-digital-health {skdh.__version__}, told where the walks are", found, time.perf_counter() - started


def _timed(processor: Processor, signal: Signal) -> tuple[list[Any], float]:
    started = time.perf_counter()
    events = list(processor.whole(signal).events)
    return events, time.perf_counter() - started
