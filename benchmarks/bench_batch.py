"""groundup batch: rows equal to analyze's with workers killed on the way, throughput, and what a file costs.

GROUNDUP_BATCH says how many recordings (40).
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from tests.made_cohort import make_cohort

import groundup
from benchmarks.rows import Row
from groundup.workflows.analyze import analyze
from groundup.workflows.batch.one_file import take_file
from groundup.workflows.batch.plan import Plan

_KILLS = 3
_REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "walk_overground_c3d"
_PEER = "one process, the same files"


def run() -> list[Row]:
    count = int(os.environ.get("GROUNDUP_BATCH", "40"))
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
        ]  # fmt: skip
        return rows + _throughput(folder, files[:60])


def _batch(data: Path, archive: Path, *more: str, kills: int = 0) -> dict:
    """Run a batch of two workers as a person does, and kill some of its workers."""
    command = [sys.executable, "-m", "groundup", "batch", str(data), "-o", str(archive), "--workers", "2", "--json"]
    with subprocess.Popen([*command, *more], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as batch:
        chance = random.Random(1)
        while kills and batch.poll() is None:
            parts = sum(1 for _ in (archive / "parts").rglob("*.arrow")) if archive.exists() else 0
            workers = [one for one in psutil.Process(batch.pid).children() if "spawn_main" in " ".join(one.cmdline())]
            if workers and parts >= (_KILLS - kills + 1) * 4:
                chance.choice(workers).kill()
                kills -= 1
                time.sleep(5.0)
            time.sleep(0.2)
        out = batch.communicate()[0]
    return json.loads(out)


def _differing(files: list[Path], archive: Path) -> int:
    """How many recordings have other values in the archive than analyze writes into a copy of them."""
    opened = groundup.archive(archive)
    columns = [
        "t0",
        "t1",
        "trial",
        "stride",
        "side",
        "value",
        "uncertainty",
        "unit",
        "status",
        "reason",
        "reason_t0",
        "reason_t1",
    ]
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
    """Files by one process, and by two workers beside it: wall time, and seconds of a core."""
    alone = Plan(str(folder / "alone"))
    Path(alone.archive).mkdir()
    take_file(alone, str(files[0]))  # what is imported is imported
    begun = time.monotonic()
    single = [take_file(alone, str(file)).cpu_s for file in files[1:]]
    single_s = (time.monotonic() - begun) / len(single)
    data = folder / "few"
    for number, file in enumerate(files):
        (data / str(number)).mkdir(parents=True)
        shutil.copy(file, data / str(number))
    before = psutil.Process().cpu_times()
    begun = time.monotonic()
    found = _batch(data, folder / "few-archive")
    spent = psutil.Process().cpu_times()
    total = spent.children_user + spent.children_system - before.children_user - before.children_system
    return [
        Row("a file by a worker", _median(found["cpu_s"]), "s of a core", _PEER, _median(single), "at most 1.1 x"),
        Row("a file by two workers, with their start", (time.monotonic() - begun) / len(files), "s", _PEER, single_s,
            "0.9 x cores, when the start is over"),
        Row("all else (start, scheduler, collecting), a file", (total - sum(found["cpu_s"])) / len(files),
            "s of a core", "", 0),
    ]  # fmt: skip


def _median(values: list[float]) -> float:
    return float(np.median(values))
