"""What it costs to write 30 channels of 1 kHz in other formats: time and the most memory, of 2 and of 10 minutes."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.rows import Row
from groundup.model.source import PROBE, Block, Source, SourceStream
from groundup.model.streams import Channel, StreamSpec
from groundup.model.subject import Subject
from groundup.recording.seal import seal

_FORMATS = ("c3d", "bdf", "mat", "parquet")
_CHANNELS, _RATE = 30, 1000.0


def run() -> list[Row]:
    """For each format, in a process of its own, as people call it."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for minutes in (2, 10):
            file = _recording(Path(folder) / f"{minutes}.h5", 60 * minutes)
            for form in _FORMATS:
                rows += _export(file, form, minutes)
    return rows


def _export(file: Path, form: str, minutes: int) -> list[Row]:
    out, none = file.with_name(f"{form}-{minutes}"), float("nan")
    began = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-m", "groundup", "export", str(file), "--to", form, "-o", str(out)], stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"export to {form} ended with status {child.returncode}")
    what = f"{form}, {minutes} minutes"
    return [
        Row(f"time, {what}", time.perf_counter() - began, "s", "none", none),
        Row(f"most memory, {what}", used.ru_maxrss / 1e3, "MB", "none", none, "500"),
    ]


def _recording(path: Path, seconds: int) -> Path:
    def blocks() -> Iterator[Block]:
        random = np.random.default_rng(1)
        for second in range(seconds):
            time = 5.0 + second + np.arange(int(_RATE)) / _RATE
            yield time, random.standard_normal((int(_RATE), _CHANNELS))

    spec = StreamSpec("EMG", "EMG", _RATE, "double64", tuple(Channel(f"c{n}", "V") for n in range(_CHANNELS)))
    probes = np.array([(5.0 + t, 0.0, 1e-4, 5.0 + t) for t in range(0, seconds, 2)], PROBE)
    stream = SourceStream("emg", spec, "<info><name>EMG</name></info>", int(seconds * _RATE), blocks, probes, ())
    source = Source(
        streams=[stream], recording_id="made", started_utc="2026-01-01T00:00:00Z", clock_origin=5.0, subject=Subject(),
        participant_id="", ledger=(), software={}, lab_toml="",
    )  # fmt: skip
    seal(source, path)
    return path
