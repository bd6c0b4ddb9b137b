"""Who was started by a program that is killed ends by itself, also while a plugin hangs."""

import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from groundup_plugins.demo import lab_toml
from tests.installed_plugin import install_plugin
from tests.rig.conftest import PATIENCE_S, Rig, recorded
from tests.rig.test_driver_says import naughty

__all__ = ["naughty"]

if not (hasattr(os, "pidfd_open") and Path("/proc/self/task").is_dir()):
    pytest.skip("this system does not tell what a process has started", allow_module_level=True)

HANGS = '''
"""A metric that never comes back, in C, and holds the interpreter all the while."""
import ctypes
from groundup.plugin import Stride, hookimpl, metric

@metric("t_held", of=Stride, unit="1")
def held(stride):
    """Hangs."""
    print("hanging", flush=True)
    ctypes.PyDLL(None).sleep(3600)
    return 1.0

@hookimpl
def groundup_metrics():
    return [held]
'''

MEASURES = """
import math, sys
from held import held
from groundup.model.events import Stride
from groundup.live.metrics.job import Job
from groundup.live.metrics.metric_worker import Worker
from groundup.model.subject import Subject
worker = Worker([held], Subject(), print)
worker.submit(Job((Stride(10.0, 11.0, math.nan, "L", 1),)))
worker.drain()
"""


def descendants(pid: int) -> list[int]:
    """Processes that a process has started, and those that they have."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *descendants(child)]
    return found


def assert_they_end(handles: dict[int, int]) -> None:
    left, deadline = dict(handles), time.monotonic() + PATIENCE_S
    while left and time.monotonic() < deadline:
        ended, _, _ = select.select(list(left.values()), [], [], deadline - time.monotonic())
        left = {pid: handle for pid, handle in left.items() if handle not in ended}
    for handle in handles.values():
        os.close(handle)
    for pid in left:
        os.kill(pid, 9)
    assert not left, "they went on without a parent"


@pytest.mark.survives(
    "programs",
    fault="Live analysis is killed (kill -9) while a metric hangs in C",
    happens="The process that measures ends with it (on Linux)",
    said="Nothing: nobody is there who would",
    lost="The values that were being measured",
)
def test_what_measures_ends_with_a_live_analysis_that_is_killed(tmp_path: Path) -> None:
    install_plugin(tmp_path, "held", HANGS)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    parent = subprocess.Popen([sys.executable, "-c", MEASURES], env=environment, stderr=subprocess.PIPE)
    assert parent.stderr is not None
    assert parent.stderr.readline() == b"hanging\n"  # what a plugin prints goes there
    handles = {pid: os.pidfd_open(pid) for pid in descendants(parent.pid)}
    assert handles
    parent.kill()
    parent.wait()
    assert_they_end(handles)


@pytest.mark.survives(
    "programs",
    fault="The recorder is killed (kill -9)",
    happens="Its drivers, the live analysis and what that has started stop; one that hangs ends itself after 10 s",
    said="Nothing: nobody is there who would; `groundup recover` seals what was recorded",
    lost="What came later",
)
@pytest.mark.parametrize("how", ["as it should", "hangs"])
def test_drivers_and_live_end_with_a_recorder_that_is_killed(naughty: Rig, how: str) -> None:
    lab = lab_toml("ground_up", 1, 60.0, 0.002) + '\n[live]\nmetrics = ["stance_time"]\n'
    (naughty.cwd / "lab.toml").write_text(lab + f'\n[devices.mat]\ndriver = "naughty"\nhow = "{how}"\n')
    process = naughty.start("record", "lab.toml", "-o", "x.h5", "--no-analyze")

    def all_run() -> bool:
        counts = {s.spec.name: s.count for s in recorded(naughty.cwd / "x.journal.xdf").values()}
        return counts.get("groundup.metrics", 0) > 0 and counts.get("Mat", 0) > 50

    process.wait_until(all_run)
    handles = {pid: os.pidfd_open(pid) for pid in descendants(process.process.pid)}
    assert len(handles) >= 4  # two drivers, live, and what measures
    process.kill()
    assert_they_end(handles)
