"""A sender of odd things in a process of its own: ``python odd_sender.py LABEL-OR-HEADER-BYTES STAMPS SOURCE_ID``.

A stream named by its source id at 100 Hz whose sample k holds k, with a label as given (escapes as Python has them), a
description of so many bytes, and stamps as told: sound, nan, huge (1e308), alternating.
"""

import sys
import threading

import pylsl

STAMPS = {
    "sound": lambda start, k: start + k / 100.0,
    "nan": lambda start, k: float("nan") if k % 3 == 0 else float("inf") if k % 3 == 1 else start + k / 100.0,
    "huge": lambda start, k: 1e308,
    "alternating": lambda start, k: (start + k / 100.0) * (-1e300 if k % 2 else 1e300),
}


def main() -> None:
    label, size, stamps, source = sys.argv[1].encode().decode("unicode_escape"), int(sys.argv[2]), *sys.argv[3:5]
    info = pylsl.StreamInfo(source, "EMG", 1, 100, "int64", source)
    channel = info.desc().append_child("channels").append_child("channel")
    channel.append_child_value("label", label)
    if size:
        info.desc().append_child_value("notes", "x" * size)
    outlet = pylsl.StreamOutlet(info)
    start, k, wait = pylsl.local_clock(), 0, threading.Event()
    while not wait.wait(0.02):
        while k < (pylsl.local_clock() - start) * 100:
            outlet.push_sample([k], STAMPS[stamps](start, k))
            k += 1


if __name__ == "__main__":
    main()
