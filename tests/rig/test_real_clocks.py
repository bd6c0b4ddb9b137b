"""Devices on clocks that really run apart: every sample within a quarter of a millisecond of the truth."""

import subprocess
import sys
import uuid
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import groundup
from tests.rig.conftest import Rig

Floats = NDArray[np.float64]
DEVICE = Path(__file__).with_name("faked_device.py")
LIBRARIES = [
    path
    for folder in ("/usr/lib", "/usr/local/lib", "/lib")
    for path in (*Path(folder).glob("*/faketime/libfaketimeMT.so.1"), *Path(folder).glob("faketime/libfaketimeMT.so.1"))
]
LIMIT_MS = 0.25
pytestmark = pytest.mark.skipif(not LIBRARIES, reason="libfaketime is not here (Debian package faketime)")


def device(rig: Rig, name: str, ppm: float, seconds: float, how: str, ahead_s: int = 5) -> subprocess.Popen[bytes]:
    environment = dict(rig.environment)
    environment["LD_PRELOAD"] = str(LIBRARIES[0])
    environment["FAKETIME"] = f"+{ahead_s} x{1.0 + ppm * 1e-6:.7f}"
    return subprocess.Popen(
        [sys.executable, str(DEVICE), name, str(ppm), str(seconds), how], env=environment, cwd=rig.cwd
    )


def errors_ms(path: Path) -> dict[str, Floats]:
    """Time less the true time, of each sample of each stream."""
    with groundup.open(path) as recording:
        return {
            stream.spec.name: 1e3 * (np.asarray(stream.time) - np.asarray(stream.samples)[:, 0])
            for stream in recording.streams.values()
        }


def record(rig: Rig, session: str, seconds: float) -> Path:
    recorder = rig.start(
        "record", "--stream", f"starts-with(name,'{session}')", "--seconds", str(seconds), "-o", "x.h5", "--no-analyze"
    )
    assert recorder.wait() in (0, 3), "".join(recorder.output)
    return rig.cwd / "x.h5"


@pytest.mark.parametrize(("first_ppm", "second_ppm"), [(300.0, -200.0), (25.0, -25.0)])
def test_two_devices_on_two_clocks_of_one_host_are_in_sync(rig: Rig, first_ppm: float, second_ppm: float) -> None:
    session = f"faked-{uuid.uuid4()}"
    devices = [
        device(rig, f"{session}-a", first_ppm, 20.0, "lose"),
        device(rig, f"{session}-b", second_ppm, 20.0, "burst", ahead_s=60),
    ]
    path = record(rig, session, 24.0)
    for process in devices:
        assert process.wait(30) == 0
    errors = errors_ms(path)
    assert len(errors) == 2
    middles = [float(np.median(error)) for error in errors.values()]
    for error, middle in zip(errors.values(), middles, strict=True):
        assert np.percentile(np.abs(error - middle), 99) < LIMIT_MS
    assert abs(middles[0] - middles[1]) < LIMIT_MS


def test_a_device_that_reconnects_with_another_clock_is_followed(rig: Rig) -> None:
    session = f"faked-{uuid.uuid4()}"
    processes = [device(rig, f"{session}-a", 300.0, 10.0, "steady")]
    recorder = rig.start(
        "record", "--stream", f"starts-with(name,'{session}')", "--seconds", "32", "-o", "x.h5", "--no-analyze"
    )
    assert processes[0].wait(30) == 0
    processes.append(device(rig, f"{session}-a", -100.0, 10.0, "steady", ahead_s=500))
    assert processes[1].wait(60) == 0
    assert recorder.wait() in (0, 3)
    (error,) = errors_ms(rig.cwd / "x.h5").values()
    assert len(error) > 3000
    assert np.percentile(np.abs(error - np.median(error)), 99) < LIMIT_MS
