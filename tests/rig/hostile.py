"""A hostile outlet in a process of its own: ``python hostile.py PLAN`` (JSON); prints ``up`` and ``done``.

It announces, sends, and comes and goes as its plan says, and ends when its input closes.
"""

import json
import sys
import threading

import numpy as np
import pylsl

DTYPES = {"float32": "f4", "double64": "f8", "int32": "i4", "int16": "i2", "int8": "i1", "int64": "i8"}


def outlet(plan: dict) -> pylsl.StreamOutlet:
    info = pylsl.StreamInfo(
        plan["name"], plan["type"], plan["channels"], float(plan["rate"]), plan["format"], plan["source_id"]
    )
    node = info.desc()
    for _ in range(plan["depth"]):
        node = node.append_child("deeper")
    node.append_child_value("text", plan["text"])
    return pylsl.StreamOutlet(info, 0, 1)


def stamps(plan: dict, now: float, count: int) -> list[float]:
    kinds = {
        "sound": now - 0.05 + np.arange(count) / 100.0,
        "epoch": 1.7e9 + now + np.arange(count) / 100.0,
        "huge": np.full(count, 1e308) * np.resize([1.0, -1.0], count),
        "none": np.resize([np.nan, np.inf, -np.inf, now], count),
        "back": now - np.arange(count) / 10.0,
        "zero": np.full(count, 1e-300),
        "mixed": np.resize([now, np.nan, 1e308, 0.5, -1e9], count),
    }
    return [float(stamp) for stamp in kinds[plan["stamps"]]]


def send(plan: dict, to: pylsl.StreamOutlet, count: int) -> None:
    channels = plan["channels"]
    times = stamps(plan, pylsl.local_clock(), count)
    if channels == 0:
        return
    if plan["format"] == "string":
        for time in times:
            to.push_sample([plan["text"]] * channels, time)
        return
    dtype = np.dtype(DTYPES[plan["format"]])
    low, high = (-np.inf, np.nan) if dtype.kind == "f" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    values = np.resize(np.array([low, high, 0], dtype), (count, channels))
    for row, time in zip(values, times, strict=True):
        to.push_sample(row, time)


def main() -> None:
    plan, wait = json.loads(sys.argv[1]), threading.Event()
    many = plan["channels"] > 1000
    for _ in range(plan["lives"]):
        to = outlet(plan)
        print("up", flush=True)
        to.wait_for_consumers(1.0)
        for _ in range(4):
            send(plan, to, 1 if many else 5)
            wait.wait(0.05)
        if plan["lives"] > 1:
            del to
            wait.wait(0.3)
    print("done", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
