"""A sender in a process of its own, which a test can stop, kill and start again: ``python program.py JSON``.

Prints the LSL time when its outlet is up. Sample k holds ``first + k`` in every channel.
"""

import json
import sys
import threading

import numpy as np
import pylsl


def main() -> None:
    want = {"rate": 500.0, "channels": 2, "format": "int64", "first": 0, "name": "", "type": "EMG", "clock": 0.0}
    want |= json.loads(sys.argv[1])
    rate = want.get("true_rate", want["rate"])
    info = pylsl.StreamInfo(
        want["name"], want["type"], want["channels"], want["rate"], want["format"], want["source_id"]
    )
    outlet = pylsl.StreamOutlet(info)
    start, k = pylsl.local_clock(), 0
    print(start, flush=True)
    wait = threading.Event()
    while not wait.wait(0.01):
        due = int((pylsl.local_clock() - start) * rate)
        if due > k:
            numbers = want["first"] + np.arange(k, due)
            stamps = want["clock"] + start + np.arange(k, due) / rate
            rows = np.repeat(numbers[:, None], want["channels"], axis=1).astype(pylsl_types[want["format"]])
            outlet.push_chunk(rows, stamps.tolist())
            k = due


pylsl_types = {"float32": "f4", "double64": "f8", "int32": "i4", "int16": "i2", "int8": "i1", "int64": "i8"}

if __name__ == "__main__":
    main()
