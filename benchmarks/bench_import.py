"""Importing XDF: parse, map to the lab clock, remove jitter, in memory; time and memory, against pyxdf."""

import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from benchmarks.load import GAIT, WIDE, Load
from benchmarks.rows import Row
from benchmarks.xdf_files import write

_REPEATS = 3

_OURS = """
from pathlib import Path
from groundup.journal import load_synchronised
{measure}
run(lambda: load_synchronised(Path({path!r})))
"""

_PYXDF = """
import pyxdf
{measure}
run(lambda: pyxdf.load_xdf({path!r}))
"""

_MEASURE = """
import resource, time
def run(action):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    action()
    print(time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def run() -> list[Row]:
    rows = []
    for name, loads, seconds, jitter, lost, factor in (
        ("gait, 10 min", GAIT, 600.0, 0.0, 0.0, 4.0),
        ("gait, 10 min, stamps 1 ms late", GAIT, 600.0, 0.5e-3, 0.0, 4.0),
        ("gait, 10 min, stamps 1 ms late, 1 % of the samples lost", GAIT, 600.0, 0.5e-3, 0.01, 4.0),
        ("wide, 20 s", WIDE, 20.0, 0.0, 0.0, 2.5),
    ):
        rows += _compare(name, loads, seconds, jitter, lost, factor)
    return rows


def _compare(name: str, loads: list[Load], seconds: float, jitter: float, lost: float, factor: float) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.xdf"
        write(path, loads, seconds, jitter, lost)
        size = path.stat().st_size / 1e6
        ours, theirs = [], []
        for _ in range(_REPEATS):  # in turn, so that a slow moment of the machine meets both
            ours.append(_measure(_OURS, path))
            theirs.append(_measure(_PYXDF, path))
    peer = f"pyxdf {version('pyxdf')}"
    seconds_goal = f"{factor:g} times as fast"
    time = Row(f"import {name} ({size:.0f} MB), time", min(ours)[0], "s", peer, min(theirs)[0], seconds_goal)
    megabytes = [min(memory for _, memory in runs) for runs in (ours, theirs)]
    memory = Row(f"import {name}, peak memory", megabytes[0], "MB", peer, megabytes[1], "less")
    return [time, memory]


def _measure(program: str, path: Path) -> tuple[float, float]:
    text = program.format(path=str(path), measure=_MEASURE)
    printed = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True).stdout.split()
    return float(printed[0]), float(printed[1])
