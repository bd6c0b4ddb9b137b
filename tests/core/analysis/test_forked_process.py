"""A metric that hangs, exits or takes all memory costs itself alone, offline too."""

import os
import sys
import time
from collections import Counter

import numpy as np
import pytest

from groundup.analysis.metrics import forked_process, measure
from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.metrics.needs import Resolver
from groundup.model.events import Stride
from groundup.model.status import FAILED, OK
from groundup.plugin import metric
from groundup.system import memory_limit

STRIDES = [Stride(float(k), k + 1.0, k + 0.6, "L", k) for k in range(8)]


@metric("a_good", of=Stride, unit="s")
def good(stride: Stride) -> float:
    """How long it takes."""
    return stride.t1 - stride.t0


@metric("a_exit", of=Stride, unit="1")
def exits(stride: Stride) -> float:
    """Ends its process from the third stride on."""
    if stride.number >= 2:
        os._exit(0)
    return 1.0


@metric("a_hang", of=Stride, unit="1")
def hangs(stride: Stride) -> float:
    """Never comes back of one stride."""
    if stride.number == 4:
        time.sleep(1e6)
    return 2.0


@metric("a_memory", of=Stride, unit="1")
def takes(stride: Stride) -> float:
    """Takes more memory than any machine has."""
    return float(len(np.ones(1 << 50)))


@pytest.mark.survives(
    "programs",
    fault="A metric hangs, ends its process or takes all memory in an analysis (Linux and macOS).",
    happens="Its value fails, and the rest goes on; after three times it is not asked again.",
    said="“it did not come to its end within 10 s”, “it ended its process (status 7)”, in place of its values",
    lost="Its values.",
)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is not forked here")
def test_a_metric_that_hangs_or_exits_costs_itself_alone_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "PATIENCE_S", 1.0)
    rows, _ = measure.measure([exits, good, hangs, takes], Resolver([], strides=STRIDES), (), apart=True)
    by_name: dict[str, list[MetricRow]] = {}
    for row in rows:
        by_name.setdefault(row.name, []).append(row)
    assert [(row.status, row.value) for row in by_name["a_good"]] == [(OK, 1.0)] * 8
    assert [row.status for row in by_name["a_exit"]] == [OK, OK] + [FAILED] * 6
    assert by_name["a_exit"][2].reason == "it ended its process (status 0)"
    assert by_name["a_exit"][7].reason == "it ended the process that measures 3 times before"
    assert [row.status for row in by_name["a_hang"]] == [OK] * 4 + [FAILED] + [OK] * 3
    assert by_name["a_hang"][4].reason == "it did not come to its end within 1 s"
    assert {row.status for row in by_name["a_memory"]} == {FAILED}
    assert Counter(row.name for row in rows) == dict.fromkeys(("a_good", "a_exit", "a_hang", "a_memory"), 8)


def test_apart_gives_the_same_rows() -> None:
    many = [Stride(k / 10, k / 10 + 1.0, k / 10 + 0.6, "R", k) for k in range(2000)]
    here, _ = measure.measure([good], Resolver([], strides=many), ())
    there, _ = measure.measure([good], Resolver([], strides=many), (), apart=True)
    assert [repr(row) for row in there] == [repr(row) for row in here]
    assert forked_process.PATIENCE_S == 10.0


@metric("a_grows", of=Stride, unit="1")
def grows(stride: Stride) -> float:
    """Takes more and more memory in one stride."""
    kept = [np.ones(1 << 20)]
    while stride.number == 3 and len(kept) < 512:  # 4 GB
        kept.append(np.ones(1 << 20))
    return float(len(kept))


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux only")
def test_a_metric_that_takes_more_memory_than_is_free_costs_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_limit, "LEAST_BYTES", 200 << 20)
    monkeypatch.setattr(memory_limit, "SHARE", 0.0)
    rows, _ = measure.measure([grows, good], Resolver([], strides=STRIDES), (), apart=True)
    assert [row.status for row in rows if row.name == "a_good"] == [OK] * 8
    grown = [row for row in rows if row.name == "a_grows"]
    assert [row.status for row in grown] == [OK] * 3 + [FAILED] + [OK] * 4
    assert "MemoryError" in grown[3].reason
