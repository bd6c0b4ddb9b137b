"""Synchronising against known truth: the worst error of 100 runs of each kind, beside pyxdf and liblsl."""

import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pylsl
import pyxdf
from numpy.typing import NDArray

from benchmarks.clocked_xdf import write_clocked
from benchmarks.rows import Row
from benchmarks.senders import DEVICES, PROGRAMS, Sent
from benchmarks.simulated_time import ROWS, Case, calibration_cases, error_ms, make, one_loss
from groundup.clock import ClockInput, synchronise
from groundup.clock.live import LiveClock, LiveDejitter

SEEDS = 100
STREAMS = 700
SENDERS = 60
"""Of each kind, of seeds that nothing was set on."""
_FIRST_SENDER = 5000
_PARTS = ("first third", "middle third", "last third", "first minute", "last minute")
_PEER_SENDERS = 10
_PEER_SEEDS = 3
"""pyxdf is off by the same in every run: the model, not the noise, makes its error."""
Floats = NDArray[np.float64]


def run() -> list[Row]:
    pyxdf_name = f"pyxdf {version('pyxdf')}"
    rows = []
    for case, limit in ROWS:
        ours = max(_ours(case, seed) for seed in range(SEEDS))
        theirs = max(_pyxdf(case, seed) for seed in range(_PEER_SEEDS))
        rows.append(Row(case.name, ours, "ms", pyxdf_name, theirs, f"{limit:g} ms"))
    return [*rows, _live(), *_certificates(), *_senders(pyxdf_name)]


def _ours(case: Case, seed: int) -> float:
    stream, truth = make(case, seed)
    return error_ms(synchronise([stream])[0].time, truth)


def _pyxdf(case: Case, seed: int) -> float:
    return _theirs(*make(case, seed))


def _theirs(stream: ClockInput, truth: Floats) -> float:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.xdf"
        write_clocked(path, stream)
        (loaded,), _ = pyxdf.load_xdf(str(path))
    return error_ms(loaded["time_stamps"], truth)


def _live() -> Row:
    """One loss of a tenth of a second: the 99th percentile of the error after it, in stamps that both see alike."""
    case = Case("live", seconds=240.0, offset=lambda t: 0.0 * t, lose=one_loss(0.1, 100.0))
    ours, theirs = [], []
    for seed in range(10):
        stream, truth = make(case, seed)
        clock = LiveClock()
        clock.probe(0.0, 0.0, 1e-4)
        for found, time in (
            (ours, LiveDejitter(stream.rate).feed(clock.lab(stream.timestamps))),
            (theirs, _liblsl(stream)),
        ):
            error = time - truth
            error -= np.median(error[2000 : len(error) // 2])
            found.append(float(np.percentile(np.abs(error[len(error) // 2 :]), 99)) * 1e3)
    name = f"liblsl {pylsl.library_version() / 100:g} dejitter"
    return Row("live: one loss of 0.1 s, error after it (99 %)", max(ours), "ms", name, max(theirs), "1 ms")


def _liblsl(stream: ClockInput) -> Floats:
    """What liblsl makes of these stamps: it sees nothing but them."""
    info = pylsl.StreamInfo("made", "EMG", 1, stream.rate, pylsl.cf_float32, f"made-{id(stream)}")
    outlet = pylsl.StreamOutlet(info, max_buffered=600)
    found = pylsl.resolve_byprop("source_id", f"made-{id(stream)}", timeout=10.0)
    inlet = pylsl.StreamInlet(found[0], max_buflen=600, processing_flags=pylsl.proc_dejitter)
    inlet.open_stream(timeout=10.0)
    outlet.wait_for_consumers(10.0)
    for stamp in stream.timestamps.tolist():
        outlet.push_sample([0.0], stamp)
    stamps: list[float] = []
    while len(stamps) < len(stream.timestamps):
        _, more = inlet.pull_chunk(timeout=2.0, max_samples=100_000)
        if not more:
            break
        stamps += more
    inlet.close_stream()
    return np.array(stamps)


def _certificates() -> list[Row]:
    """How many streams' errors lie inside their bound, and how wide it is; pyxdf gives none."""
    by: dict[str, list[tuple[float, float]]] = {"all": []}
    for seed, case in enumerate(calibration_cases(STREAMS, 2)):
        stream, truth = make(case, seed)
        (synced,) = synchronise([stream])
        pair = (error_ms(synced.time, truth), synced.certificate.bound_ms)
        by["all"].append(pair)
        by.setdefault(case.name, []).append(pair)
    rows = []
    for name, pairs in by.items():
        errors, bounds = np.array(pairs).T
        inside, wider = 100.0 * float(np.mean(errors <= bounds)), float(np.median(bounds / errors))
        of = f"certificates, {name} ({len(pairs)} streams)"
        rows.append(
            Row(f"{of}: inside the bound", inside, "%", "none", float("nan"), "93-99 %" if name == "all" else "")
        )
        rows.append(Row(f"{of}: bound / error", wider, "x", "none", float("nan"), "4 x" if name == "all" else ""))
    return rows


def _senders(pyxdf_name: str) -> list[Row]:
    """Devices whose packets are late, programs that sleep: samples inside the bound by thirds, and pyxdf's error."""
    rows = []
    for kind, make_one in {**DEVICES, **PROGRAMS}.items():
        sent = [make_one(_FIRST_SENDER + seed) for seed in range(SENDERS)]
        judged = [_judged(one) for one in sent]
        parts = 100.0 * np.mean([shares for shares, *_ in judged], axis=0)
        certain = 100.0 * np.mean([share for _, share, *_ in judged])
        errors, bounds, made_up = (np.array(column) for column in list(zip(*judged, strict=True))[2:])
        theirs = [_theirs(one.stream, one.truth) for one in sent[:_PEER_SENDERS]]
        ours = float(np.median(errors[:_PEER_SENDERS]))
        goal = "93-99 %"
        none = "none", float("nan")
        rows += [Row(f"{kind}: error (median of {_PEER_SENDERS})", ours, "ms", pyxdf_name, float(np.median(theirs)))]
        rows += [
            Row(f"{kind}: samples inside the bound, {part}", float(share), "%", *none, goal)
            for part, share in zip(_PARTS, parts, strict=True)
        ]
        rows += [
            Row(f"{kind}: samples inside 1.96 x their uncertainty", float(certain), "%", *none, goal),
            Row(f"{kind}: bound / error", float(np.median(bounds / errors)), "x", *none),
            Row(f"{kind}: streams with made-up losses", 100.0 * float(np.mean(made_up)), "%", *none, "0 %"),
        ]
    return rows


def _judged(sent: Sent) -> tuple[list[float], float, float, float, bool]:
    """Shares inside the bound by parts, inside the uncertainty, error, bound, and whether losses were made up."""
    (synced,) = synchronise([sent.stream])
    error = np.abs(synced.time - sent.truth - np.median(synced.time - sent.truth))
    inside, third = 1e3 * error <= synced.certificate.bound_ms, len(error) // 3
    thirds = [inside[part] for part in (slice(third), slice(third, -third), slice(-third, None))]
    minutes = [inside[sent.truth <= sent.truth[0] + 60.0], inside[sent.truth >= sent.truth[-1] - 60.0]]
    shares = [float(np.mean(part)) for part in (*thirds, *minutes)]
    certain = float(np.mean(error <= 1.96 * synced.uncertainty))
    lost = sum(row.count for row in synced.ledger if row.kind == "gap")
    return shares, certain, 1e3 * float(np.percentile(error, 95)), synced.certificate.bound_ms, lost != sent.lost
