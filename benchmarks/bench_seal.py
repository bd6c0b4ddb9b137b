"""Sealing: a journal verified into a recording, against copying the same file and syncing it to disk."""

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.load import GAIT, Load
from benchmarks.rows import Row
from benchmarks.xdf_files import header, samples
from groundup import lsl
from groundup_ext._recorder import Engine

_SECONDS = 900
_REPEATS = 3

_SEAL = """
import resource, sys, time
from pathlib import Path
from groundup.recording.finish import seal_journal
started = time.perf_counter()
seal_journal(Path(sys.argv[1]), Path(sys.argv[2]), keep=True)
print(time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def run() -> list[Row]:
    rows, memory = [], []
    for seconds in (_SECONDS // 3, _SECONDS):
        with tempfile.TemporaryDirectory() as folder:
            journal = Path(folder) / "x.journal.xdf"
            write_journal(journal, GAIT, seconds)
            size = journal.stat().st_size / 1e6
            ours, theirs = [], []
            for _ in range(_REPEATS):
                theirs.append(size / _copy(journal, Path(folder) / "copy"))
                took, megabytes = _seal(journal, Path(folder) / "x.h5")
                ours.append(size / took)
        memory.append(megabytes)
        case = f"seal {seconds} s of the gait load ({size:.0f} MB)"
        rows.append(Row(case, max(ours), "MB/s", "cp and fsync", max(theirs), "at least half"))
    case = f"seal: peak memory, {_SECONDS} s"
    rows.append(Row(case, memory[1], "MB", f"groundup, {_SECONDS // 3} s", memory[0], "independent of length"))
    return rows


def write_journal(path: Path, loads: list[Load], seconds: int) -> None:
    """Write a journal by the recorder's own writer, a cycle for each half second."""
    lsl.load()
    random = np.random.default_rng(0)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND)
    offset = os.write(fd, b"XDF:")
    cycles = [[(2, n, struct.pack("<I", n) + header(load)) for n, load in enumerate(loads, 1)]]
    cycles += [[] for _ in range(seconds * 2)]
    for half, chunks in enumerate(cycles, -1):
        if half >= 0:
            chunks = [(3, n, samples(n, load, half, random)) for n, load in enumerate(loads, 1)]
        engine = Engine(fd, offset, cycle_s=60.0)
        for chunk in chunks:
            engine.chunk(*chunk)
        engine.start()
        engine.stop()
        offset = engine.status()["written"]
    os.close(fd)


def _copy(source: Path, target: Path) -> float:
    started = time.perf_counter()
    shutil.copyfile(source, target)
    with target.open("rb+") as file:
        os.fsync(file.fileno())
    took = time.perf_counter() - started
    target.unlink()
    return took


def _seal(journal: Path, target: Path) -> tuple[float, float]:
    command = [sys.executable, "-c", _SEAL, str(journal), str(target)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    target.unlink()
    return float(printed[0]), float(printed[1])
