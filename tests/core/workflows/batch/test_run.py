"""A batch that nobody works on any more ends, says so, and keeps what is done."""

import math
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from distributed import Client, LocalCluster

import groundup
from groundup.workflows.batch.one_file import take_file
from groundup.workflows.batch.plan import Plan
from groundup.workflows.batch.run import Stop, run
from groundup.workflows.batch.to_do import Summary
from groundup.workflows.batch.watch import NoWorkersError
from groundup.workflows.batch.workers import ClusterError, Workers, local_workers

SOON_S = 0.2
FILES = ["a.h5", "b.h5", "c.h5"]


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """An archive in which one file, that is not there, is done."""
    found = Plan(str(tmp_path / "archive"))
    found.folder.mkdir()
    take_file(found, str(tmp_path / "gone.h5"))
    return found


@pytest.fixture
def cluster() -> Iterator[LocalCluster]:
    """A cluster of no workers."""
    with LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0") as found:
        yield found


@pytest.fixture
def nobody(cluster: LocalCluster) -> Iterator[Workers]:
    """Its workers: none."""
    with Client(cluster.scheduler_address, set_as_default=False) as client:
        yield Workers(client, local=False, patience_s=SOON_S)


def test_a_batch_without_workers_ends_with_a_sentence_and_keeps_what_is_done(plan: Plan, nobody: Workers) -> None:
    summary = Summary(files=3)
    with pytest.raises(NoWorkersError, match=r"has had no worker for 0 s.*the same command goes on"):
        run(plan, FILES, summary, nobody, Stop())
    assert summary.done == 0
    assert list(groundup.archive(plan.folder).recordings["status"]) == ["unreachable"]


def test_told_to_stop_it_does_not_wait_for_workers_that_never_come(plan: Plan, nobody: Workers) -> None:
    stop = Stop()
    summary = run(
        plan, FILES, Summary(files=3), replace(nobody, patience_s=math.inf), stop, lambda summary: stop.in_order.set()
    )
    assert summary.stopped
    assert len(groundup.archive(plan.folder).recordings) == 1


def test_a_scheduler_that_goes_away_is_no_reason_to_wait(plan: Plan, cluster: LocalCluster, nobody: Workers) -> None:
    patient = replace(nobody, patience_s=math.inf)
    with pytest.raises(ClusterError, match="went away"):
        run(plan, FILES, Summary(files=3), patient, Stop(), lambda summary: cluster.close())


def test_workers_that_cannot_be_started_again_end_it_and_no_file_is_blamed(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text("import os\nos._exit(3)\n")
    summary = Summary(files=3)
    with local_workers(1) as workers:
        monkeypatch.setenv("PYTHONPATH", str(broken))
        for pid in workers.client.run(os.getpid).values():
            psutil.Process(pid).kill()
        with pytest.raises(NoWorkersError, match="could not be started again"):
            run(plan, FILES, summary, replace(workers, patience_s=SOON_S), Stop())
    assert not summary.wrong
    assert len(groundup.archive(plan.folder).recordings) == 1
