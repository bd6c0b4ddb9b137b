"""What it costs to read files of 100 channels, and to join two: time and the most memory. Out: `bench_export`.

GROUNDUP_FORMATS_MINUTES (``1,4``) says how long the files are, GROUNDUP_FORMATS (``csv,c3d``) which. What grows from
the shorter to the longer, beside what the numbers themselves take, is what an hour costs.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.bench_export import recording
from benchmarks.rows import Row

_FORMATS = os.environ.get("GROUNDUP_FORMATS", "csv,xdf,c3d,bdf,trc,join").split(",")
_MINUTES = [float(text) for text in os.environ.get("GROUNDUP_FORMATS_MINUTES", "0.5,2").split(",")]
_RATE = 1000.0  # of `bench_export`
_PARTS = {"csv": ("csv", "streams/emg.csv"), "trc": ("opensim", "markers_mocap.trc")}
"""What is exported for a file of this kind, and which file of it is read."""


def run() -> list[Row]:
    """For each format, in a process of its own, as people call it."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for minutes in _MINUTES:
            folder = Path(name) / f"{minutes:g}"
            folder.mkdir()
            file = recording(folder / "made.h5", round(60 * minutes))
            made = {form: _exported(file, form) for form in _FORMATS if form != "join"}
            for form, path in made.items():
                rows += _measured(form, minutes, ["import", str(path), "-o", str(folder / f"{form}.h5")])
            if "join" in _FORMATS:
                pair = [str(_exported(file, "xdf", f"{k}.xdf")) for k in (1, 2)]
                rows += _measured("join of two xdf", minutes, ["join", *pair, "-o", str(folder / "joined.h5")])
    return rows


def _exported(file: Path, form: str, name: str = "") -> Path:
    exporter, part = _PARTS.get(form, (form, ""))
    out = file.with_name(name or f"in.{form}")
    subprocess.run(
        [sys.executable, "-m", "groundup", "export", str(file), "--to", exporter, "-o", str(out)],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return out / part if part else out


def _measured(what: str, minutes: float, words: list[str]) -> list[Row]:
    none, began = float("nan"), time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-m", "groundup", *words, "--no-analyze"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stderr is not None
    said = child.stderr.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 3):
        raise RuntimeError(f"{what} ended with status {child.returncode}: {said[-300:]}")
    case = f"{what}, {minutes:g} minutes at {_RATE:g} Hz"
    return [
        Row(f"time, {case}", time.perf_counter() - began, "s", "none", none),
        Row(f"most memory, {case}", used.ru_maxrss / 1e3, "MB", "none", none),
    ]
