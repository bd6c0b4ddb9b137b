"""A device whose clock runs at its own pace (under libfaketime), and whose every sample carries the true time.

``python faked_device.py NAME PPM SECONDS [lose|burst|steady]``: samples at 200 Hz of its own clock. The clock it
reads is changed by libfaketime, LSL's with it; the true one is asked of the kernel directly. Its first channel is the
true time of each sample, its second a swing that all devices share: it rises through zero at each whole second of the
true clock. Time stamps are late by chance, as a device's are: a gamma of shape 2, 0.4 ms in the mean.
"""

import ctypes
import math
import os
import random
import sys

_CLOCK_GETTIME = {"x86_64": 228, "aarch64": 113}[os.uname().machine]
_NANOSLEEP = {"x86_64": 35, "aarch64": 101}[os.uname().machine]
_MONOTONIC = 1
_BRACKET_S = 40e-6  # two looks at its clock with one at the true clock between them
_TRIES = 50
_PATIENCE_S = 240.0
RATE = 200.0


class _Timespec(ctypes.Structure):
    _fields_ = (("s", ctypes.c_long), ("ns", ctypes.c_long))


_libc = ctypes.CDLL(None)


def true_time() -> float:
    """The kernel's monotonic clock, which libfaketime does not reach."""
    now = _Timespec()
    _libc.syscall(_CLOCK_GETTIME, _MONOTONIC, ctypes.byref(now))
    return float(now.s + now.ns * 1e-9)


def sleep(seconds: float) -> None:
    if seconds > 0:
        _libc.syscall(_NANOSLEEP, ctypes.byref(_Timespec(int(seconds), int(seconds % 1 * 1e9))), None)


def both_clocks() -> tuple[float, float]:
    """Its own clock and the true one at one moment; a look that was interrupted is taken again."""
    import pylsl

    best = (math.inf, 0.0, 0.0)
    for _ in range(_TRIES):
        before, true, after = pylsl.local_clock(), true_time(), pylsl.local_clock()
        best = min(best, (after - before, (before + after) / 2.0, true))
        if best[0] < _BRACKET_S:
            break
    return best[1], best[2]


def main(name: str, ppm: float, seconds: float, how: str) -> None:
    import pylsl

    chance = random.Random(round(ppm))
    outlet = pylsl.StreamOutlet(pylsl.StreamInfo(name, "faked", 2, RATE, pylsl.cf_double64, name))
    if not outlet.wait_for_consumers(_PATIENCE_S):
        raise SystemExit("nobody records")
    pace = 1.0 + ppm * 1e-6
    start = pylsl.local_clock() + 0.1
    waiting: list[tuple[float, float]] = []
    for k in range(round(seconds * RATE)):
        due = start + k / RATE
        late = chance.gammavariate(2.0, 2e-4)
        sleep((due + late - pylsl.local_clock()) / pace)
        mine, true = both_clocks()
        taken = true - (mine - due) / pace
        moment = k / RATE
        if how == "lose" and (5.0 <= moment < 5.7 or 9.0 <= moment < 9.05):
            continue
        waiting.append((taken, due + late))
        if how == "burst" and 6.0 <= moment < 8.0:
            continue
        for value, stamp in waiting:
            outlet.push_sample([value, math.sin(2.0 * math.pi * value)], stamp)
        waiting.clear()
    sleep(0.5)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), sys.argv[4])
