"""A batch whose worker is killed and which is then stopped goes on where it was, and loses nothing."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

import psutil
import pytest

import groundup
from groundup.archives.collect import collect
from groundup.workflows.batch.one_file import take_file
from groundup.workflows.batch.plan import Plan
from groundup.workflows.batch.run import Stop, run
from groundup.workflows.batch.to_do import to_do
from groundup.workflows.batch.workers import workers_of
from tests.conftest import Once
from tests.made_cohort import damaged_copy, make_cohort

PATIENCE_S = 600.0
BY = ["recording", "metric", "t0", "side", "stride"]
DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture
def cohort(once: Once) -> Path:
    """Twelve short walks of six people, and a damaged one."""

    def fill(folder: Path) -> None:
        paths = make_cohort(folder, people=6)
        damaged_copy(paths[0], folder / "damaged.h5")

    return once("batch-cohort", fill)


def wait_for(what: Callable[[], object]) -> None:
    until = monotonic() + PATIENCE_S
    while not what():
        assert monotonic() < until, "it never came"
        sleep(0.1)


def parts(archive: Path) -> int:
    return sum(1 for _ in archive.rglob("*.arrow"))


@pytest.mark.skipif(sys.platform == "win32", reason="processes are told to stop otherwise there")
@pytest.mark.timeout(1800)
def test_killed_stopped_and_given_again_it_holds_what_one_by_one_holds(cohort: Path, tmp_path: Path) -> None:
    archive = tmp_path / "an archive"
    command = [sys.executable, "-m", "groundup", "batch", str(cohort), "-o", str(archive), "--workers", "2"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, process_group=0) as batch:
        wait_for(lambda: parts(archive) >= 1 or batch.poll() is not None)
        workers = [one for one in psutil.Process(batch.pid).children() if "spawn_main" in " ".join(one.cmdline())]
        workers[0].kill()
        wait_for(lambda: parts(archive) >= 3 or batch.poll() is not None)
        os.killpg(batch.pid, signal.SIGINT)  # as Ctrl-C in a terminal does
        out, err = batch.communicate(timeout=PATIENCE_S)
    assert batch.returncode == 130, err
    assert "give the same command again" in out
    assert len(groundup.archive(archive).recordings) >= 3

    again = subprocess.run([*command, "--json"], capture_output=True, text=True, timeout=PATIENCE_S)
    told = json.loads(again.stdout)
    assert again.returncode == 3, again.stderr
    assert told["known"] >= 3
    assert [Path(path).name for path in told["wrong"]] == ["damaged.h5"]

    alone = Plan(str(tmp_path / "one by one"))
    for path in sorted(cohort.rglob("*.h5")):
        take_file(alone, str(path))
    collect(alone.folder)
    mine, theirs = (groundup.archive(one).metrics.sort_values(BY, ignore_index=True) for one in (archive, alone.folder))
    assert mine.equals(theirs)
    assert mine["recording"].nunique() == 12
    assert to_do(Plan(str(archive)), [str(path) for path in cohort.rglob("*.h5")])[0] == []


@pytest.mark.timeout(1800)
def test_a_cluster_of_jobs_takes_files(cohort: Path, tmp_path: Path) -> None:
    jobs = pytest.importorskip("dask_jobqueue.local")
    files = sorted(map(str, cohort.rglob("*.h5")))[:2]
    plan = Plan(str(tmp_path / "archive"))
    with jobs.LocalCluster(cores=1, memory="2GB", processes=1, log_directory=str(tmp_path)) as cluster:
        cluster.scale(1)
        todo, summary = to_do(plan, files)
        with workers_of(cluster.scheduler_address) as workers:
            workers.client.wait_for_workers(1, timeout=PATIENCE_S)
            run(plan, todo, summary, workers, Stop())
    assert sum(summary.counts.values()) == 2
    assert len(groundup.archive(plan.folder).recordings) == 2


def test_the_scripts_of_the_page_are_scripts(tmp_path: Path) -> None:
    from tests.docs_runner import blocks

    scripts = [block for block in blocks(DOCS / "how-to" / "analyse-many-recordings.md") if block.kind == "bash"]
    assert scripts
    for number, script in enumerate(scripts):
        file = tmp_path / f"{number}.sh"
        file.write_text(script.text, encoding="utf-8")
        subprocess.run(["bash", "-n", str(file)], check=True)
