"""Metrics live in a process of their own: one that crashes or hangs is said, left out, and the rest goes on."""

import math
import sys
from pathlib import Path

import pytest
from tests.installed_plugin import install_plugin

from groundup.analysis.metrics.measure import MetricRow
from groundup.live.causal import run_causal_pipeline
from groundup.live.metrics.job import Job
from groundup.live.metrics.metric_worker import Worker
from groundup.model.events import Stride
from groundup.model.status import OK
from groundup.model.streams import StreamSpec
from groundup.model.subject import Subject
from groundup.plugin.chosen import metric_with
from groundup.plugin.formats import Imported, ImportedStream
from groundup.plugin.metric import Metric
from groundup.sources.from_import import source_from_import
from groundup.testing.people import walker

PLUGIN = '''
"""Metrics that behave, and metrics that do not."""
import os, signal, time
from groundup.plugin import Settings, Stride, hookimpl, metric

@metric("t_good", of=Stride, unit="s")
def good(stride):
    """How long it takes."""
    print("a plugin that prints")
    return stride.t1 - stride.t0

@metric("t_crash", of=Stride, unit="1")
def crash(stride):
    """Dies from its second stride on."""
    if stride.number >= 1:
        os._exit(7)
    return 1.0

@metric("t_hang", of=Stride, unit="1")
def hang(stride):
    """Does not come back from its third stride."""
    if stride.number == 2:
        time.sleep(1e6)
    return 2.0

class TimesSettings(Settings, frozen=True):
    times: int = 2

@metric("t_times", of=Stride, unit="s", settings_type=TimesSettings)
def times(stride, settings):
    """A multiple of it."""
    return (stride.t1 - stride.t0) * settings.times

@metric("t_slow", of=Stride, unit="1")
def slow(stride):
    """Takes longer than strides do."""
    time.sleep(0.5)
    return 1.0

@hookimpl
def groundup_metrics():
    return [good, crash, hang, times, slow]
'''


@pytest.fixture
def metrics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Metric]:
    """The metrics above, installed for the worker and for this process."""
    install_plugin(tmp_path, "misbehaving", PLUGIN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "misbehaving", raising=False)
    import misbehaving

    found: list[Metric] = list(misbehaving.groundup_metrics())
    return found


def job(number: int) -> Job:
    return Job((Stride(10.0 + number, 11.0 + number, math.nan, "L", number),))


@pytest.mark.rig
@pytest.mark.survives(
    "programs",
    fault="A live metric crashes or hangs.",
    happens=("Its values fail, and it is started again; after three crashes it is left out. The other metrics go on."),
    said="“failed: it did not answer for 5 s”, “failed: it ended its process (status 7)”, in place of its values",
    lost="Its values.",
)
def test_a_metric_that_crashes_or_hangs_is_said_and_the_others_go_on(metrics: list[Metric]) -> None:
    said: list[str] = []
    worker = Worker(metrics[:3], Subject(), said.append, patience_s=5.0)
    try:
        for number in range(7):
            worker.submit(job(number))
        worker.drain()
        rows: list[MetricRow] = [row for group in worker.rows() for row in group]
    finally:
        worker.close()
    by_name = {name: [row for row in rows if row.name == name] for name in ("t_good", "t_crash", "t_hang")}
    assert [(row.stride, row.value, row.status) for row in by_name["t_good"]] == [(n, 1.0, OK) for n in range(7)]
    assert [row.status == OK for row in by_name["t_hang"]] == [n != 2 for n in range(7)]
    assert by_name["t_hang"][2].reason == "it did not answer for 5 s"
    assert by_name["t_crash"][0].status == OK
    assert [(row.status, row.reason) for row in by_name["t_crash"][1:]] == [
        ("failed", "it ended its process (status 7)")
    ] * 3
    assert len(by_name["t_crash"]) == 4  # after three times it is left out
    assert sum("t_crash is left out from here on" in text for text in said) == 1
    assert worker.restarts == 4


def test_closing_leaves_neither_a_process_nor_a_thread(metrics: list[Metric]) -> None:
    worker = Worker(metrics[:3], Subject(), lambda text: None)
    worker.submit(job(2))  # it hangs
    while worker._process is None:
        worker.watch()
    process = worker._process
    worker.close()
    worker.close()
    assert process.poll() is not None
    assert not worker._thread.is_alive()


@pytest.mark.rig
def test_the_process_that_measures_is_told_what_lab_toml_chooses(metrics: list[Metric]) -> None:
    (one,) = [metric_with(metric, {"t_times": {"times": 5}}) for metric in metrics if metric.name == "t_times"]
    worker = Worker([one], Subject(), pytest.fail)
    try:
        worker.submit(job(0))
        worker.drain()
        ((row,),) = worker.rows()
    finally:
        worker.close()
    assert (row.status, row.value) == (OK, 5.0)


@pytest.mark.rig
def test_a_slow_metric_is_named_and_does_not_hold_up_the_others(metrics: list[Metric]) -> None:
    said: list[str] = []
    by_name = {metric.name: metric for metric in metrics}
    worker = Worker([by_name["t_slow"], by_name["t_good"]], Subject(), said.append)
    try:
        for number in range(12):
            worker.submit(job(number))
        worker.drain()
        rows = [row for group in worker.rows() for row in group]
    finally:
        worker.close()
    assert [row.status for row in rows if row.name == "t_good"] == [OK] * 12
    slow = [row for row in rows if row.name == "t_slow"]
    assert len(slow) == 12
    left_out = [row for row in slow if row.status != OK]
    assert len(left_out) >= 8
    assert {row.reason for row in left_out} == {"it takes long, and others waited for it; groundup analyze has it"}
    assert len(said) == 1
    assert "the metric t_slow takes" in said[0]


@pytest.mark.rig
def test_computed_causally_a_metric_that_ends_its_process_costs_itself_alone(
    metrics: list[Metric],
) -> None:
    person = walker(seconds=6.0)
    plates = [s for s in person.signals if s.kind == "plate"]
    streams = [
        ImportedStream(
            s.id, StreamSpec(s.id, "Force", s.rate, "double64", s.channels, plate=s.plate), s.samples, s.time
        )
        for s in plates
    ]
    result = run_causal_pipeline(source_from_import(Imported(tuple(streams))), None, metrics[:2], apart=True)
    by_name = {name: [row.status for row in result.rows if row.name == name] for name in ("t_good", "t_crash")}
    assert len(by_name["t_good"]) >= 4
    assert set(by_name["t_good"]) == {OK}
    assert by_name["t_crash"][:4] == [OK, "failed", "failed", "failed"]
    assert any("t_crash ended its process (status 7)" in note for note in result.notes)
