"""The cost of recording: CPU, memory and threads of groundup and of LabRecorderCLI under the same load.

The two take turns, so that a slow moment of the machine meets both; each figure is the median of its runs, start-up and
end apart.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.load import EMG_ARRAYS, GAIT, WIDE, Load, Sender
from benchmarks.recorders import LABRECORDER, peer
from benchmarks.rows import Row
from groundup.lsl import private_session

_SETTLE_S = 3.0
_MEASURE_S = 8.0


@dataclass(frozen=True)
class Cost:
    """What a recorder used while it recorded, start-up apart."""

    cpu: float
    megabytes: float
    threads: int


def run() -> list[Row]:
    rows = []
    for name, loads, factor, pairs in (
        ("gait load, 11 streams", GAIT, 1.2, 5),
        ("8 x 16 channels x 2 kHz", EMG_ARRAYS, 1.5, 3),
        ("4 x 256 channels x 2048 Hz", WIDE, 1.5, 3),
    ):
        runs = [(measure(loads, _groundup), measure(loads, _labrecorder)) for _ in range(pairs)]
        a, b = (_median(costs) for costs in zip(*runs, strict=True))
        ratios = sorted(ours.cpu / theirs.cpu for ours, theirs in runs)
        spread = f"{pairs} pairs, {ratios[0]:.2f} to {ratios[-1]:.2f} x"
        goal = f"at most {factor:g} x theirs"
        rows += [
            Row(f"record {name}: CPU ({spread})", 100 * a.cpu, "% of a core", peer(), 100 * b.cpu, goal),
            Row(f"record {name}: memory", a.megabytes, "MB", peer(), b.megabytes, "no more"),
            Row(f"record {name}: threads", a.threads, "", peer(), b.threads),
        ]
    return rows


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        statistics.median(c.cpu for c in costs),
        statistics.median(c.megabytes for c in costs),
        round(statistics.median(c.threads for c in costs)),
    )


def measure(loads: list[Load], recorder: Callable[[Path, str], list[str]]) -> Cost:
    """Run a sender and a recorder, and account for the recorder's time while both run."""
    prefix = f"bench-{uuid.uuid4()}-"
    with tempfile.TemporaryDirectory() as folder, private_session(prefix) as environment:
        sender = Sender(environment, prefix, loads, _SETTLE_S + _MEASURE_S + 30.0)
        process = subprocess.Popen(
            recorder(Path(folder) / "x", prefix), env=environment, stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        watched = psutil.Process(process.pid)
        pause = threading.Event()
        _wait_for_samples(Path(folder), process, pause)
        pause.wait(_SETTLE_S)
        before = watched.cpu_times()
        pause.wait(_MEASURE_S)
        after = watched.cpu_times()
        cost = Cost(
            (after.user + after.system - before.user - before.system) / _MEASURE_S,
            watched.memory_info().rss / 1e6,
            watched.num_threads(),
        )
        process.kill()  # how it ends is not what is measured here
        process.wait()
        _, behind = sender.stop()
        assert behind < 2.0, f"the machine could not send this load: it was {behind:.1f} s behind"
    return cost


def _wait_for_samples(folder: Path, process: "subprocess.Popen[bytes]", pause: threading.Event) -> None:
    """Wait until the recorder's file has samples in it."""
    while not any(path.stat().st_size > 100_000 for path in folder.iterdir()):
        if process.poll() is not None:
            raise OSError(f"the recorder has ended with status {process.returncode}")
        pause.wait(0.1)


def _groundup(out: Path, prefix: str) -> list[str]:
    predicate = f"starts-with(name,'{prefix}')"
    return [sys.executable, "-m", "groundup", "record", "--stream", predicate, "-o", f"{out}.h5", "--no-analyze"]


def _labrecorder(out: Path, prefix: str) -> list[str]:
    return [os.fspath(LABRECORDER), f"{out}.xdf", f"starts-with(name,'{prefix}')"]
