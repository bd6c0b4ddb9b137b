"""Sealing: a journal verified into a recording, against copying the same file and syncing it to disk.

Both read the file from the disk, as far as the system lets a program drop it from its cache.
"""

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
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
_CYCLE_S = 0.05  # the recorder's

_SEAL = """
import resource, sys, time
from pathlib import Path
from groundup.workflows.seal_journal import seal_journal
started, worked = time.perf_counter(), time.process_time()
seal_journal(Path(sys.argv[1]), Path(sys.argv[2]), keep=True)
took, cpu = time.perf_counter() - started, time.process_time() - worked
print(took, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def run() -> list[Row]:
    rows, memory = [], []
    for seconds in (_SECONDS // 3, _SECONDS):
        with tempfile.TemporaryDirectory() as folder:
            journal = Path(folder) / "x.journal.xdf"
            write_journal(journal, GAIT, seconds)
            size = journal.stat().st_size / 1e6
            ours, busy, theirs = [], [], []
            for _ in range(_REPEATS):
                theirs.append(size / copy(journal, Path(folder) / "copy"))
                took, cpu, megabytes = seal(journal, Path(folder) / "x.h5")
                ours.append(size / took)
                busy.append(size / cpu)
        memory.append(megabytes)
        case = f"seal {seconds} s of the gait load ({size:.0f} MB)"
        rows.append(Row(case, max(ours), "MB/s", "cp and fsync", max(theirs), "at least half"))
        # Says what a machine that does nothing else would reach, when this one does.
        rows.append(Row(f"{case}, per second of CPU", max(busy), "MB/s", "cp and fsync", max(theirs)))
    case = f"seal: peak memory, {_SECONDS} s"
    rows.append(Row(case, memory[1], "MB", f"groundup, {_SECONDS // 3} s", memory[0], "independent of length"))
    return rows


def write_journal(path: Path, loads: list[Load], seconds: int) -> None:
    """Write a journal by the recorder's own writer, in cycles as long as its own."""
    lsl.load()
    random, pause = np.random.default_rng(0), threading.Event()
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND)
    engine = Engine(fd, os.write(fd, b"XDF:"), cycle_s=1e-4)
    engine.start()
    for place in range(-1, round(seconds / _CYCLE_S)):
        before = engine.status()["written"]
        for number, load in enumerate(loads, 1):
            if place < 0:
                engine.chunk(2, number, struct.pack("<I", number) + header(load))
            else:
                engine.chunk(3, number, samples(number, load, place, random, _CYCLE_S))
        while engine.status()["written"] == before:
            pause.wait(1e-4)
    engine.stop()
    os.close(fd)


def copy(source: Path, target: Path) -> float:
    """Seconds that copying and syncing takes."""
    from_disk(source)
    started = time.perf_counter()
    shutil.copyfile(source, target)
    with target.open("rb+") as file:
        os.fsync(file.fileno())
    took = time.perf_counter() - started
    target.unlink()
    return took


def seal(journal: Path, target: Path) -> tuple[float, float, float]:
    """Seconds that sealing takes, those of CPU time, and its peak memory in MB."""
    from_disk(journal)
    command = [sys.executable, "-c", _SEAL, str(journal), str(target)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    target.unlink()
    took, cpu, megabytes = map(float, printed)
    return took, cpu, megabytes


def from_disk(path: Path) -> None:
    """Make the next who reads the file read it from the disk."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
