"""What it costs to write 100 channels in each format: time and the most memory. GROUNDUP_EXPORT_MINUTES=60 is the hour.

GROUNDUP_EXPORT_HZ, GROUNDUP_EXPORT_FORMATS (``c3d,bdf``) choose less. EMG lies on no format's clock: it is resampled.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.rows import Row
from groundup.headers.writing import header_xml
from groundup.model.source import PROBE, Block, Source, SourceStream
from groundup.model.streams import Channel, Plate, StreamSpec
from groundup.model.subject import Subject
from groundup.recording.seal import seal

_FORMATS = os.environ.get("GROUNDUP_EXPORT_FORMATS", "csv,xdf,parquet,mat,nwb,bids,c3d,bdf,edf,opensim").split(",")
_MINUTES = [float(text) for text in os.environ.get("GROUNDUP_EXPORT_MINUTES", "1,5").split(",")]
_RATE = float(os.environ.get("GROUNDUP_EXPORT_HZ", "1000"))
_PPM, _LATE_S = 20e-6, 0.3e-3  # of the EMG's clock
_CORNERS = ((0.6, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.4, 0.0), (0.6, 0.4, 0.0))


def run() -> list[Row]:
    """For each format, in a process of its own, as people call it."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for minutes in _MINUTES:
            file = recording(Path(folder) / f"{minutes:g}.h5", round(60 * minutes))
            for form in _FORMATS:
                rows += _export(file, form, minutes)
            file.unlink()
    return rows


def _export(file: Path, form: str, minutes: float) -> list[Row]:
    out, none = file.with_name(f"{form}-{minutes:g}"), float("nan")
    began = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-m", "groundup", "export", str(file), "--to", form, "-o", str(out)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"export to {form} ended with status {child.returncode}")
    subprocess.run(["rm", "-r", str(out)], check=True)
    what = f"{form}, 100 channels, {minutes:g} minutes at {_RATE:g} Hz"
    return [
        Row(f"time, {what}", time.perf_counter() - began, "s", "none", none),
        Row(f"most memory, {what}", used.ru_maxrss / 1e3, "MB", "none", none, "500"),
    ]


def recording(path: Path, seconds: int) -> Path:
    """Make a recording of 46 EMG, two plates and 14 markers: 100 channels."""
    plates = [
        StreamSpec(f"plate{n}", "Force", _RATE, "float32", tuple(Channel(name, unit) for name, unit in zip(
            ("Fx", "Fy", "Fz", "Mx", "My", "Mz"), ("N", "N", "N", "Nm", "Nm", "Nm"), strict=True)),
            plate=Plate(2, _CORNERS))
        for n in (1, 2)
    ]  # fmt: skip
    emg = StreamSpec("emg", "EMG", _RATE, "float32", tuple(Channel(f"c{n}", "V") for n in range(46)))
    points = tuple(Channel(f"M{n}.{axis}", "mm") for n in range(14) for axis in "xyz")
    mocap = StreamSpec("mocap", "MoCap", _RATE, "float32", points)
    source = Source(
        streams=[_stream(spec, seconds) for spec in (emg, *plates, mocap)], recording_id="made",
        started_utc="2026-01-01T00:00:00Z", clock_origin=5.0, subject=Subject(), participant_id="", ledger=(),
        software={}, lab_toml="",
    )  # fmt: skip
    seal(source, path)
    return path


def _stream(spec: StreamSpec, seconds: int) -> SourceStream:
    pace, late = (1.0 + _PPM, _LATE_S) if spec.name == "emg" else (1.0, 0.0)

    def blocks() -> Iterator[Block]:
        random = np.random.default_rng(1)
        for second in range(seconds):
            stamps = 5.0 + late + pace * (second + np.arange(round(_RATE)) / _RATE)
            yield stamps, random.standard_normal((round(_RATE), len(spec.channels)), np.float32)

    probes = np.array([(5.0 + t, 0.0, 1e-4, 5.0 + t) for t in range(0, seconds, 2)], PROBE)
    return SourceStream(spec.name, spec, header_xml(spec), round(seconds * _RATE), blocks, probes, ())
