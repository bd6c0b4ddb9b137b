"""Live: how late an event is, beside a bare liblsl reader in C, and what it costs, beside MNE-LSL's StreamLSL.

8 EMG streams of 16 channels at 2 kHz with the envelope on all, 2 plates, 8 IMUs, chunks of 10 ms; the metrics of a
stride are computed along with it. Latency is from the push of the chunk with the sample that decides an event (so
without the algorithm's own delay) to the event's arrival at the C reader; the reader's own is to that chunk's arrival.
"""

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import psutil

from benchmarks.live_load import CHUNK_S, FIRST, PLATE_HZ, STANCE, STRIDE, specs
from benchmarks.rows import Row
from groundup.lsl import private_session

_SETTLE_S = 6.0
_MEASURE_S = float(os.environ.get("GROUNDUP_BENCH_LIVE_S", "30"))
_PER_CHUNK = round(PLATE_HZ * CHUNK_S)
_IC_AFTER, _FO_AFTER = 100, 30  # samples: what `contacts` waits for before it tells of a contact, and of its end
METRICS = ("stance_time", "stride_time", "glute_braking_share", "braking_impulse")


@dataclass(frozen=True)
class Latencies:
    """Seconds, one for each event.

    Attributes
    ----------
    events, reader : ndarray
    """

    events: np.ndarray
    reader: np.ndarray


def run() -> list[Row]:
    bare = "bare liblsl reader in C"
    late, ours = _live()
    theirs, peer = _mne()
    more = [1e3 * (np.quantile(late.events, q) - np.quantile(late.reader, q)) for q in (0.5, 0.99)]
    goals = ("2 ms", "4 ms")
    rows = [
        Row(f"live_event_latency_{name}", 1e3 * np.quantile(late.events, q), "ms", bare,
            1e3 * np.quantile(late.reader, q), f"at most {goal} more than the reader; it is {extra:.2f} ms")
        for (name, q), goal, extra in zip((("median", 0.5), ("p99", 0.99)), goals, more, strict=True)
    ]  # fmt: skip
    rows.append(
        Row("live_cpu, metrics included", 100 * ours, "% of a core", peer, 100 * theirs, "under a third of theirs")
    )
    return rows


def _live() -> tuple[Latencies, float]:
    """Latencies of events, and the share of a core that live and its process for the metrics take."""
    prefix = f"bench-{uuid.uuid4()}-"
    with tempfile.TemporaryDirectory() as folder, private_session(prefix) as environment:
        reader = compile_reader(Path(folder))
        lab = Path(folder) / "lab.toml"
        lab.write_text(lab_toml(prefix), encoding="utf-8")
        with started([sys.executable, "-m", "benchmarks.live_load", prefix], environment) as sender:
            sender.expect("ready")
            live = [sys.executable, "-m", "groundup", "live", str(lab), "--quiet"]
            names = f"contains(name,'{prefix}plate') or name='groundup.events'"
            with started(live, environment) as watched, started([str(reader), names, "3"], environment) as read:
                read.expect("ready")
                cpu = _cpu(watched.process.pid)
                lines = read.finish()
            sent = json.loads(sender.finish()[-1])
    assert sent["behind"] < 5.0, f"the machine could not send this load: {sent['behind']:.1f} s late"
    return _latencies(lines, sent, prefix), cpu


def _mne() -> tuple[float, str]:
    """The share of a core that StreamLSL takes on the EMG streams alone, and its name; NaN where it is missing."""
    try:
        peer = f"MNE-LSL {version('mne-lsl')} StreamLSL, band-pass, EMG alone"
    except PackageNotFoundError:
        return float("nan"), "MNE-LSL is not installed: pip install mne-lsl"
    prefix = f"bench-{uuid.uuid4()}-"
    with (
        private_session(prefix) as environment,
        started([sys.executable, "-m", "benchmarks.live_load", prefix], environment) as sender,
    ):
        sender.expect("ready")
        with started([sys.executable, "-m", "benchmarks.mne_filtered", prefix], environment) as watched:
            watched.expect("ready")
            cpu = _cpu(watched.process.pid)
            watched.finish()
        sender.finish()
    return cpu, peer


def _cpu(pid: int) -> float:
    """Share of a core that a process and its children take, once all runs."""
    pause = threading.Event()
    pause.wait(_SETTLE_S)
    process = psutil.Process(pid)
    every = [process, *process.children(recursive=True)]
    before = sum(sum(p.cpu_times()[:2]) for p in every)
    pause.wait(_MEASURE_S)
    return (sum(sum(p.cpu_times()[:2]) for p in every) - before) / _MEASURE_S


def _latencies(lines: list[str], sent: dict[str, object], prefix: str) -> Latencies:
    """For each event that came, by the chunk that decided it."""
    arrived: dict[str, dict[int, float]] = {"plateL": {}, "plateR": {}}
    start = float(sent["start"])  # type: ignore[arg-type]
    events: dict[tuple[str, int], float] = {}
    for line in lines:
        kind, *fields = line.split("\t")
        if kind == "S":
            arrived[fields[0].removeprefix(prefix)][round((float(fields[1]) - start) * PLATE_HZ)] = float(fields[2])
        elif kind == "E":
            event = json.loads(fields[0])
            number = _decided(event, start)
            if number is not None:
                events[f"plate{event['side']}", number] = float(fields[1])
    pushed: dict[str, list[float]] = sent["pushed"]  # type: ignore[assignment]
    late, reader = [], []
    settled = min(events.values(), default=0.0) + _SETTLE_S  # what is called for the first time takes longer
    for (name, number), when in events.items():
        if when < settled:
            continue
        push = pushed[name][number // _PER_CHUNK]
        if number in arrived[name]:
            late.append(when - push)
            reader.append(arrived[name][number] - push)
    assert len(late) > 20, f"only {len(late)} events came"
    return Latencies(np.array(late), np.array(reader))


def _decided(event: dict[str, object], start: float) -> int | None:
    """Number of the sample that decided an event; None for one that is none of ours."""
    at = (float(event["time"]) - start) * PLATE_HZ - FIRST.get(f"plate{event['side']}", 0)  # type: ignore[arg-type]
    first = FIRST[f"plate{event['side']}"]
    stride = round(at / STRIDE) if event["kind"] == "IC" else round((at - STANCE) / STRIDE)
    expected = stride * STRIDE + (0 if event["kind"] == "IC" else STANCE)
    if stride < 0 or abs(at - expected) > 5:
        return None
    return first + expected + (_IC_AFTER if event["kind"] == "IC" else _FO_AFTER - 1)


def lab_toml(prefix: str) -> str:
    """The lab: every stream by its name."""
    streams = "".join(f"[streams.{name}]\nmatch = \"name='{spec.name}'\"\n" for name, spec in specs(prefix).items())
    return f"[participant]\nmass_kg = 70\n{streams}[live]\nmetrics = {list(METRICS)}\n".replace("'[", "[").replace(
        "]'", "]"
    )


def compile_reader(folder: Path) -> Path:
    """The C reader, linked with the liblsl that pylsl brings."""
    library = next((Path(sysconfig.get_paths()["purelib"]) / "pylsl" / "lib").glob("liblsl*.so*"))
    target = folder / "reader"
    source = Path(__file__).with_name("reader.c")
    command = ["gcc", "-O2", "-o", target, source, library, f"-Wl,-rpath,{library.parent}", "-lpthread"]
    subprocess.run(command, check=True)
    return target


class Started:
    """A process and its lines."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def expect(self, line: str) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == line

    def finish(self) -> list[str]:
        """Close its input, and give what it still says."""
        return self.process.communicate()[0].splitlines()


@contextmanager
def started(command: list[str], environment: dict[str, str]) -> Iterator[Started]:
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    try:
        yield Started(process)
    finally:
        if process.stdin is not None and not process.stdin.closed:
            process.stdin.close()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


if __name__ == "__main__":
    print(json.dumps([row.facts() for row in run()], indent=2))
