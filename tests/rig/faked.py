"""Clocks that really run apart: devices under libfaketime, and what a recording of them should say."""

import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_DEVICE = Path(__file__).with_name("faked_device.py")
_FOLDERS = ("/usr/lib", "/usr/local/lib", "/lib")
LIBRARIES = [
    path
    for folder in _FOLDERS
    for path in (*Path(folder).glob("*/faketime/libfaketimeMT.so.1"), *Path(folder).glob("faketime/libfaketimeMT.so.1"))
]
"""libfaketime, if it is on this machine."""
WITHOUT = "libfaketime is not here (Debian package faketime)"


def device(
    environment: dict[str, str], name: str, ppm: float, seconds: float, how: str, ahead_s: int = 5
) -> subprocess.Popen[bytes]:
    """Start a device (`faked_device.py`) whose clock runs ``1 + ppm * 1e-6`` times as fast, and `ahead_s` ahead."""
    faked = {"LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME": f"+{ahead_s} x{1.0 + ppm * 1e-6:.7f}"}
    command = [sys.executable, str(_DEVICE), name, str(ppm), str(seconds), how]
    return subprocess.Popen(command, env=environment | faked)


def errors_ms(time: Floats, samples: Floats) -> Floats:
    """Time less the true time of each sample, a constant removed."""
    error = 1e3 * (np.asarray(time) - np.asarray(samples)[:, 0])
    return error - np.median(error)


def events(time: Floats, samples: Floats) -> dict[int, float]:
    """The event that all devices share, once a true second: which second, and its time in the recording."""
    time, true, swing = np.asarray(time), np.asarray(samples)[:, 0], np.asarray(samples)[:, 1]
    rises = np.flatnonzero((swing[:-1] < 0.0) & (swing[1:] >= 0.0) & (np.diff(true) < 0.01))
    share = -swing[rises] / (swing[rises + 1] - swing[rises])
    at = time[rises] + share * (time[rises + 1] - time[rises])
    return dict(zip(np.round(true[rises + 1]).astype(int).tolist(), at.tolist(), strict=True))


def apart_ms(one: dict[int, float], other: dict[int, float]) -> float:
    """By how much the same events lie apart on two devices, at worst."""
    return max(1e3 * abs(one[k] - other[k]) for k in one.keys() & other.keys())
