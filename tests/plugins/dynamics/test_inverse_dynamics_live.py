"""Inverse dynamics while it is recorded: no chunk changes a bit, and it says what the whole recording says."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from real_files import of_c3d

from groundup.analysis.pipeline import run_pipeline
from groundup.live.engine.engine import LiveAnalysis
from groundup.live.metrics.job import Measurer
from groundup.model.streams import StreamSpec
from groundup_plugins.dynamics.inverse_dynamics import InverseDynamics
from groundup_plugins.dynamics.margin_of_stability import MarginOfStability, margin_of_stability_ml
from groundup_plugins.metrics.joint_work import groundup_metrics
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.force_plate import ForcePlate

METRICS = [*groundup_metrics(), margin_of_stability_ml]
PROCESSORS = [ForcePlate, Contacts, InverseDynamics, MarginOfStability]
TYPE = {"plate": "Force", "mocap": "MoCap"}


@cache
def walk(path):
    signals, _, subject = of_c3d(path)
    return [s for s in signals if s.kind in TYPE], subject


def live(path, chunk_s):
    """Rows of all metrics, as chunks of each stream come in."""
    signals, subject = walk(path)
    specs = {s.id: StreamSpec(s.id, TYPE[s.kind], s.rate, "double64", s.channels, plate=s.plate) for s in signals}
    analysis, measurer, rows = LiveAnalysis(specs, PROCESSORS, METRICS), Measurer(METRICS, subject), []
    start, end = min(s.time[0] for s in signals), max(s.time[-1] for s in signals)

    def take(decided):
        for one in decided:
            if one.job is not None:
                rows.extend(measurer.rows(one.job))

    edges = np.arange(start, end + 2 * chunk_s, chunk_s)
    for begin, stop in pairwise(edges):
        for s in signals:
            i, j = np.searchsorted(s.time, [begin, stop])
            analysis.feed(s.id, s.time[i:j], s.samples[i:j])
        take(analysis.advance())
    take(analysis.finish())
    return rows


@pytest.fixture
def path(shared):
    return shared / "walk_splitbelt_c3d" / "treadmill_events.c3d"


def test_no_value_depends_on_the_chunks(path):
    rows = live(path, 0.21)
    for name in ("hip_work_share", "margin_of_stability_ml"):
        assert sum(row.status == "ok" for row in rows if row.name == name) >= 4, name
    assert [repr(row) for row in rows] == [repr(row) for row in live(path, 1.7)]


def test_live_says_what_the_whole_recording_says(path):
    """The filter sees 0.1 s around a stretch; what that changes is 1 % of the greatest value at most."""
    signals, subject = walk(path)
    whole = {}
    for row in run_pipeline(signals, (), subject, PROCESSORS, METRICS).rows:
        whole.setdefault((row.name, row.side), []).append(row)
    seen = 0
    for row in live(path, 0.21):
        same = [
            r for r in whole.get((row.name, row.side), ()) if abs(r.t0 - row.t0) < 0.005 and abs(r.t1 - row.t1) < 0.005
        ]
        if row.status == "ok" and same and same[0].status == "ok":
            seen += 1
            scale = max(abs(r.value) for r in whole[row.name, row.side] if r.status == "ok")
            assert row.value == pytest.approx(same[0].value, abs=0.02 * scale), row
    assert seen > 60
