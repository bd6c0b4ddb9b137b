"""A long recording at ten times its speed: the recorder's memory along the way, then what sealing it takes.

``python -m benchmarks.bench_long --hours 3`` records the whole length (18 minutes for 3 hours); by default it is short.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from dataclasses import replace
from pathlib import Path

import psutil

from benchmarks.bench_seal import copy, seal
from benchmarks.load import GAIT, Sender
from benchmarks.rows import Row, table
from groundup.lsl import private_session

_FASTER = 10
_HOURS = 1.0 / 6.0
_LOOKS = 12
_KEEP = "[record]\nkeep_journal = true\n"


def run(hours: float = _HOURS) -> list[Row]:
    loads = [replace(load, rate=load.rate * _FASTER) for load in GAIT]
    prefix, seconds = f"long-{uuid.uuid4()}-", hours * 3600.0 / _FASTER
    name = f"{hours:.3g} h of the gait load in {seconds:.0f} s"
    with tempfile.TemporaryDirectory() as folder, private_session(prefix) as environment:
        lab, out = Path(folder) / "lab.toml", Path(folder) / "x.h5"
        lab.write_text(_KEEP, encoding="utf-8")
        sender = Sender(environment, prefix, loads, seconds)
        recorder = subprocess.Popen(
            [sys.executable, "-m", "groundup", "record", str(lab), "--stream", f"starts-with(name,'{prefix}')",
             "-o", str(out), "--no-analyze", "--json"],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        memory = _memory(recorder, seconds)
        sent, behind = sender.wait()
        assert behind < 30.0, f"the machine could not send this load: {behind:.1f} s behind"
        recorder.send_signal(signal.SIGINT)
        printed, _ = recorder.communicate()
        lost = sent - sum(json.loads(printed)["samples"].values())
        journal = Path(folder) / "x.journal.xdf"
        size = journal.stat().st_size / 1e6
        out.unlink()
        theirs = size / copy(journal, Path(folder) / "copy")
        took, cpu, megabytes = seal(journal, out)
    first, middle, last = memory[1], memory[len(memory) // 2], memory[-1]
    return [
        Row(f"record {name}: samples lost of {sent}", lost, "samples", "sent", 0.0, "none"),
        Row(f"record {name}: memory in the middle", middle, "MB", "at the start", first, "flat"),
        Row(f"record {name}: memory at the end", last, "MB", "at the start", first, "flat"),
        Row(
            f"seal it ({size:.0f} MB), read from the disk", size / took, "MB/s", "cp and fsync", theirs, "at least half"
        ),
        Row("seal it, per second of CPU", size / cpu, "MB/s", "cp and fsync", theirs),
        Row("seal it: peak memory", megabytes, "MB", "its size", size, "independent of length"),
    ]


def _memory(recorder: "subprocess.Popen[str]", seconds: float) -> list[float]:
    """The recorder's memory in MB, looked at while the sender sends: the last time shortly before its end."""
    watched, pause = psutil.Process(recorder.pid), threading.Event()
    memory = []
    for _ in range(_LOOKS):
        pause.wait(seconds / (_LOOKS + 1))
        memory.append(watched.memory_info().rss / 1e6)
    return memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=_HOURS)
    print(table(run(parser.parse_args().hours)))


if __name__ == "__main__":
    main()
