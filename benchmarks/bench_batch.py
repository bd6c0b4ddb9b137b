"""groundup batch: rows equal to analyze's with workers killed on the way, throughput, and what a file costs.

GROUNDUP_BATCH says how many recordings (16).
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
from tests.made_cohort import make_cohort

import groundup
from benchmarks.rows import Row
from groundup.workflows.analyze import analyze
from groundup.workflows.batch.one_file import take_file
from groundup.workflows.batch.plan import Plan
from groundup.workflows.batch.run import Stop
from groundup.workflows.batch.run import run as run_batch
from groundup.workflows.batch.to_do import Summary
from groundup.workflows.batch.workers import local_workers

_KILLS, _KILLED_AFTER = 3, 3
"""How many workers are killed, and after how many recordings each."""
_WORKERS = 2
_REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "walk_overground_c3d"
_PEER = "one process, the same files"


def run() -> list[Row]:
    count = int(os.environ.get("GROUNDUP_BATCH", "16"))
    with tempfile.TemporaryDirectory(prefix="groundup-bench-") as made:
        folder = Path(made)
        files = make_cohort(folder / "data", count // 2, _REAL if _REAL.is_dir() else None)
        archive = folder / "archive"
        killed = _batch(folder / "data", archive, kills=_KILLS)
        begun = time.monotonic()
        second = _batch(folder / "data", archive)
        second_s = time.monotonic() - begun
        differing = _differing(files, archive)
        few, many = killed["cpu_s"][:10], killed["cpu_s"][-len(killed["cpu_s"]) // 2 :]
        rows = [
            Row(f"recordings of {count} that differ from analyze, 3 workers killed", differing, "files", "", 0, "none"),
            Row("without values", len(killed["wrong"]), "files", "", 0, "none"),
            Row("a second run: files that are taken", sum(second["taken"].values()), "files", "", 0, "none"),
            Row("a second run", second_s, "s", "", 0, "under 30 s"),
            Row(f"a file, the median of the last half of {count}", _median(many), "s of a core",
                "the same, the first 10", _median(few), "flat"),
            Row("memory of the largest worker", killed["peak_mb"], "MB", "", 0, "bounded"),
            Row("disk that a recording takes in parts and tables", _bytes(archive) / 1e3 / count, "kB", "", 0, ""),
        ]  # fmt: skip
        return rows + _throughput(folder, files[:60])


def _batch(data: Path, archive: Path, kills: int = 0) -> dict:
    """Run a batch of two workers as a person does, and kill some of its workers."""
    command = [sys.executable, "-m", "groundup", "batch", str(data), "-o", str(archive), "--workers", "2", "--json"]
    chance, killed = random.Random(1), 0
    with tempfile.TemporaryFile("w+") as said:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True) as batch:
            while killed < kills and batch.poll() is None:
                parts = sum(1 for _ in (archive / "parts").rglob("*.arrow")) if archive.exists() else 0
                if parts >= (killed + 1) * _KILLED_AFTER and (workers := _workers_of(batch.pid)):
                    chance.choice(workers).kill()
                    killed += 1
                time.sleep(0.2)
            out = batch.communicate()[0]
        said.seek(0)
        if not out or killed < kills:
            raise RuntimeError(f"the batch ended with {batch.returncode}, {killed} killed: {said.read()}")
    return json.loads(out)


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _workers_of(pid: int) -> list[psutil.Process]:
    """Those processes of a batch that work; one that ends meanwhile is none."""
    found = []
    for child in psutil.Process(pid).children():
        with suppress(psutil.NoSuchProcess):
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(child)
    return found


def _differing(files: list[Path], archive: Path) -> int:
    """How many recordings have other values in the archive than analyze writes into a copy of them."""
    opened = groundup.archive(archive)
    times, words = ["t0", "t1", "reason_t0", "reason_t1"], ["trial", "side", "unit", "status", "reason"]
    columns = [*times, *words, "stride", "value", "uncertainty"]
    found = dict(iter(opened.metrics.groupby("recording")))
    whose = {path: row.recording for row in opened.recordings.itertuples() for path in row.paths}
    differing = 0
    for file in files:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(shutil.copy(file, folder))
            analyze(copy)
            with groundup.open(copy) as recording:
                mine = found.get(whose.get(str(file), ""))
                tables = {} if mine is None else dict(iter(mine.groupby("metric")))
                wanted = {name: table for name, table in recording.metrics.items() if len(table)}
                same = tables.keys() == wanted.keys() and all(
                    _same(tables[name][columns], table[columns]) for name, table in wanted.items()
                )
                differing += not same
    return differing


def _same(one, other) -> bool:
    """Whether two tables are equal to the bit."""
    return len(one) == len(other) and all(
        one[name].to_numpy(np.float64).tobytes() == other[name].to_numpy(np.float64).tobytes()
        if one[name].dtype.kind in "fi"
        else one[name].tolist() == other[name].tolist()
        for name in one
    )


def _throughput(folder: Path, files: list[Path]) -> list[Row]:
    """Files by one process, and by two workers beside it, both with all imported: wall time, and seconds of a core.

    Seconds of a core are of one process and one worker by turns: on a busy computer they grow, for both alike.
    """
    first, rest = [str(file) for file in files[:4]], [str(file) for file in files[4:]]
    alone, turns, many = (Plan(str(folder / name)) for name in ("alone", "turns", "many"))
    for plan in (alone, turns):
        plan.folder.mkdir()
    for path in first:
        take_file(alone, path)
    single, worker, single_s = [], [], 0.0
    with local_workers(_WORKERS) as workers:
        run_batch(many, first, Summary(files=len(first)), workers, Stop())
        who = min(workers.client.nthreads())
        for path in rest:
            begun = time.monotonic()
            single.append(take_file(alone, path).cpu_s)
            single_s += (time.monotonic() - begun) / len(rest)
            worker.append(workers.client.submit(take_file, turns, path, workers=[who], pure=False).result().cpu_s)
        before, begun = _others_s(), time.monotonic()
        run_batch(many, rest, Summary(files=len(rest)), workers, Stop())
        ours_s, others = (time.monotonic() - begun) / len(rest), _others_s() - before
    return [
        Row("a file by a worker", _median(worker), "s of a core", _PEER, _median(single), "at most 1.1 x"),
        Row(f"a file by {_WORKERS} workers that have started", ours_s, "s", _PEER, single_s, "0.9 x cores"),
        Row("scheduling and collecting, a file", others / len(rest), "s of a core", "", 0, "under 0.1"),
    ]  # fmt: skip


def _others_s() -> float:
    """Seconds of a core that this process has had: the scheduler's and the archive's share of a batch."""
    used = psutil.Process().cpu_times()
    return used.user + used.system


def _median(values: list[float]) -> float:
    return float(np.median(values))
