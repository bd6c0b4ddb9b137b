"""Joint angles by IMUs while they are recorded: no chunk changes a bit, each sensor a stream of its own."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from made_legs import SITES, Leg, imus

from groundup.analysis.pipeline import run_pipeline
from groundup.analysis.wiring import ProcessStep
from groundup.live.engine.engine import LiveAnalysis
from groundup.live.metrics.job import Measurer
from groundup.model.streams import StreamSpec
from groundup.plugin import Signal, Subject
from groundup_plugins.kinematics.imu_joint_angles import ImuJointAngles
from groundup_plugins.kinematics.segment_angle import SegmentAngle
from groundup_plugins.metrics.joint_work import groundup_metrics
from groundup_plugins.processors.orientation import Orientation
from groundup_plugins.processors.shank_contacts import ShankContacts

pytest.importorskip("vqf")
METRICS = [m for m in groundup_metrics() if m.name.endswith(("range_of_motion", "dorsiflexion", "knee_peak_flexion"))]
PROCESSORS = [Orientation, SegmentAngle, ImuJointAngles, ShankContacts]
LEG = Leg(walks_s=16.0, sideways=5.0, axial=5.0, noise=1.0)


@cache
def streams():
    """Each sensor in a stream, stamped a third of a sample apart."""
    whole = imus(LEG)
    found = []
    for number, site in enumerate(SITES):
        own = slice(6 * number, 6 * number + 6)
        time = whole.time + number / 300.0
        found.append(Signal(site, "imu", time, whole.samples[:, own], whole.channels[own], whole.rate))
    return found


@cache
def live(chunk_s):
    specs = {s.id: StreamSpec(s.id, "IMU", s.rate, "double64", s.channels) for s in streams()}
    steps = [ProcessStep("orientation", "imu")]
    analysis, measurer, rows = LiveAnalysis(specs, PROCESSORS, METRICS, steps), Measurer(METRICS, Subject()), []

    def take(decided):
        for one in decided:
            if one.job is not None:
                rows.extend(measurer.rows(one.job))

    for begin, stop in pairwise(np.arange(0.0, LEG.ends + 2 * chunk_s, chunk_s)):
        for s in streams():
            i, j = np.searchsorted(s.time, [begin, stop])
            analysis.feed(s.id, s.time[i:j], s.samples[i:j])
        take(analysis.advance())
    take(analysis.finish())
    return rows


def test_no_value_depends_on_the_chunks():
    rows = live(0.21)
    assert sum(row.status == "ok" for row in rows) >= 24
    assert [repr(row) for row in rows] == [repr(row) for row in live(1.7)]


def test_live_is_within_a_degree_of_the_leg_once_it_is_aligned():
    walking = np.arange(12.0, 18.0, 0.01)
    truth = {
        "knee_range_of_motion": np.degrees(np.ptp(LEG.truth("knee", walking))),
        "knee_peak_flexion": np.degrees(LEG.truth("knee", walking).max()),
        "ankle_range_of_motion": np.degrees(np.ptp(LEG.truth("ankle", walking))),
    }
    for name, value in truth.items():
        found = [row for row in live(0.21) if row.name == name and row.t1 < LEG.stands_s + LEG.walks_s - 1.0]
        told = [row.value for row in found if row.status == "ok"]
        assert len(told) >= 6, name
        assert told == pytest.approx([value] * len(told), abs=1.0), name
        assert any("4 s of straight walking" in row.reason for row in found)


def test_the_whole_recording_says_the_same_and_more():
    whole = run_pipeline(streams(), (), Subject(), PROCESSORS, METRICS, [ProcessStep("orientation", "imu")]).rows
    by_time = {(r.name, round(r.t0, 2)): r.value for r in whole if r.status == "ok"}
    told = [r for r in live(0.21) if r.status == "ok"]
    both = [(r, by_time[r.name, round(r.t0, 2)]) for r in told if (r.name, round(r.t0, 2)) in by_time]
    assert len(both) >= 20
    assert len(by_time) > len(told)
    assert all(r.value == pytest.approx(value, abs=1.0) for r, value in both)
