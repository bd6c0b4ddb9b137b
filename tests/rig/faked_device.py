"""A device whose clock runs at its own pace (under libfaketime), and whose every sample carries the true time.

``python faked_device.py NAME PPM SECONDS [lose|burst|steady]``: samples at 200 Hz of its own clock. The clock it
reads is changed by libfaketime, LSL's with it; the true one is asked of the kernel directly.
"""

import ctypes
import os
import sys

_CLOCK_GETTIME = {"x86_64": 228, "aarch64": 113}[os.uname().machine]
_NANOSLEEP = {"x86_64": 35, "aarch64": 101}[os.uname().machine]
_MONOTONIC = 1
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


def main(name: str, ppm: float, seconds: float, how: str) -> None:
    import pylsl

    info = pylsl.StreamInfo(name, "faked", 1, RATE, pylsl.cf_double64, name)
    outlet = pylsl.StreamOutlet(info)
    if not outlet.wait_for_consumers(60.0):
        raise SystemExit("nobody records")
    pace = 1.0 + ppm * 1e-6
    start = pylsl.local_clock() + 0.1
    waiting: list[tuple[float, float]] = []
    for k in range(round(seconds * RATE)):
        due = start + k / RATE
        sleep((due - pylsl.local_clock()) / pace)
        before, true, after = pylsl.local_clock(), true_time(), pylsl.local_clock()
        # The sample was taken when it was due; the process woke a little later, and that is what it stamps.
        taken = true - ((before + after) / 2.0 - due) / pace
        moment = k / RATE
        if how == "lose" and (5.0 <= moment < 5.7 or 9.0 <= moment < 9.05):
            continue
        waiting.append((taken, after))
        if how == "burst" and 6.0 <= moment < 8.0:
            continue
        for value, stamp in waiting:
            outlet.push_sample([value], stamp)
        waiting.clear()
    sleep(0.5)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), sys.argv[4])
