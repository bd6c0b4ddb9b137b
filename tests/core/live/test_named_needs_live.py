"""What metrics ask for by a name is kept and waited for live, and is the same however the streams come."""

import pytest
from tests.core.live.walking import PROCESSORS, streams

from groundup.analysis.metrics.measure import MetricRow
from groundup.live.engine.engine import LiveAnalysis
from groundup.live.inputs.playback import play
from groundup.live.metrics.job import Measurer
from groundup.model.status import OK
from groundup.model.subject import Subject
from groundup.plugin import Event, Stride, Trace, emg, events, metric, other, raw_emg, signal, stream


@metric("n_smooth", of=Stride, unit="1", needs=[signal("smooth", "soleus"), emg("soleus")])
def smooth(stride: Stride, named: Trace, envelope: Trace) -> float:
    """What the processor made, over the same asked for as an envelope."""
    return float(named.values.sum() / envelope.values.sum())


@metric("n_raw", of=Stride, unit="1", needs=[stream(type="EMG"), raw_emg("soleus")])
def raw(stride: Stride, named: Trace, emg_: Trace) -> float:
    """What the device sent of that side, over the same asked for as EMG."""
    return float(abs(named.values).sum() / abs(emg_.values).sum())


@metric("n_contacts", of=Stride, unit="1", needs=[events("IC"), other(events("IC"))])
def contacts(stride: Stride, own: list[Event], others: list[Event]) -> float:
    """Contacts of the foot itself, and a tenth of those of the other."""
    return len(own) + len(others) / 10


@metric("n_none", of=Stride, unit="1", needs=[events("burst")])
def none(stride: Stride, bursts: list[Event]) -> float:
    """What nobody looks for."""
    return len(bursts)


METRICS = [smooth, raw, contacts, none]


def rows(slice_s: float) -> list[MetricRow]:
    made = streams(8.0)
    analysis, measurer = LiveAnalysis({s.id: s.spec for s in made}, PROCESSORS, METRICS), Measurer(METRICS, Subject())
    jobs = [tick.job for step in play(analysis, made, slice_s=slice_s) for tick in step.ticks if tick.job is not None]
    jobs += [tick.job for tick in analysis.finish() if tick.job is not None]
    return [row for job in jobs for row in measurer.rows(job)]


def test_what_is_asked_for_by_a_name_is_there_live() -> None:
    found = rows(0.25)
    values = {
        name: [row for row in found if row.name == name] for name in ("n_smooth", "n_raw", "n_contacts", "n_none")
    }
    assert len(values["n_smooth"]) >= 8
    for name, expected in (("n_smooth", 1.0), ("n_raw", 1.0), ("n_contacts", 2.1)):
        assert [row.status for row in values[name]] == [OK] * len(values[name]), values[name]
        assert [row.value for row in values[name]] == pytest.approx([expected] * len(values[name]))
    assert {row.reason for row in values["n_none"]} == {'no event of the kind "burst" was found in the recording'}
    assert [repr(row) for row in rows(1.7)] == [repr(row) for row in found]
