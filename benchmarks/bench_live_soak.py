"""Soak: `groundup live` at full load, a minute by default (GROUNDUP_SOAK_S=1800 for 30): losses, memory, threads.

The load of `bench_live`. There is no peer: the second column is where the process stood when all had settled.
"""

import json
import os
import sys
import tempfile
import threading
import uuid
from pathlib import Path

import psutil

from benchmarks.bench_live import lab_toml, started
from benchmarks.rows import Row
from groundup.lsl import private_session

SECONDS = float(os.environ.get("GROUNDUP_SOAK_S", "60"))
_SETTLE_S = min(60.0, max(25.0, SECONDS / 4))  # until all that is kept has come once


def run() -> list[Row]:
    prefix = f"soak-{uuid.uuid4()}-"
    pause = threading.Event()
    with tempfile.TemporaryDirectory() as folder, private_session(prefix) as environment:
        lab = Path(folder) / "lab.toml"
        lab.write_text(lab_toml(prefix), encoding="utf-8")
        with started([sys.executable, "-m", "benchmarks.live_load", prefix, "wait"], environment) as sender:
            sender.expect("ready")
            live = [sys.executable, "-m", "groundup", "live", str(lab), "--quiet", "--json"]
            with started(live, environment) as watched:
                process = psutil.Process(watched.process.pid)
                pause.wait(_SETTLE_S)
                every = [process, *process.children(recursive=True)]
                before = [(p.memory_info().rss, p.num_threads()) for p in every]
                pause.wait(SECONDS)
                after = [(p.memory_info().rss, p.num_threads()) for p in every]
                sent = json.loads(sender.finish()[-1])["sent"]
                told = json.loads("\n".join(watched.finish()))
    lost = sum(abs(count - told["samples"].get(name, 0)) for name, count in sent.items())
    peer = f"after {_SETTLE_S:.0f} s"
    span = f"after {SECONDS:.0f} s more"
    return [
        Row(f"live_soak samples lost, of {sum(told['samples'].values())}", lost, "", "", 0, "none"),
        Row(f"live_soak memory of live {span}", _mb(after[0]), "MB", peer, _mb(before[0]), "flat"),
        Row(f"live_soak memory of the metrics {span}", _mb(after[-1]), "MB", peer, _mb(before[-1]), "flat"),
        Row(f"live_soak threads {span}", sum(n for _, n in after), "", peer, sum(n for _, n in before), "no more"),
        Row(f"live_soak events and values {span}", told["events"] + told["values"], "", "", 0),
        Row("live_soak restarts of the metrics", told["restarts"], "", "", 0, "none"),
    ]


def _mb(facts: tuple[int, int]) -> float:
    return facts[0] / 1e6
