"""Streams whose stride periods disagree: what brings them together has no value, and everything else keeps its own."""

from dataclasses import replace

import pytest

from groundup.analysis.gait.stride_period import FILE, Disagreement
from groundup.analysis.metrics.unreliable_streams import UnreliableStreams
from groundup.model.events import Event, Stance, Stride, Trial
from groundup.model.signals import Signal
from groundup.plugin import Channel, each, emg, grf, metric

TRIAL = Trial(0.0, 10.0)
EVENTS = [Event(t, "IC", "L", "plate:1") for t in (1.0, 2.0)] + [Event(t, "IC", "R", "file") for t in (1.5, 2.5)]
ON_PLATE, MARKED = Stride(1.0, 2.0, 1.6, "L", 0), Stride(1.5, 2.5, 2.1, "R", 1)


def signal(name, kind, site, side, inputs=()):
    return Signal(name, kind, None, None, (Channel("a", "", site, side),), 1000.0, inputs=inputs)


SIGNALS = [
    signal("box", "plate", "plate:1", ""),
    signal("box.grf", "grf", "plate:1", "", ("box",)),
    signal("emg", "emg", "soleus", "L"),
    signal("emg.clean", "emg", "soleus", "L", ("emg",)),
    signal("emg.envelope", "envelope", "soleus", "L", ("emg.clean",)),
    signal("other.envelope", "envelope", "gluteus_maximus", "R", ("other",)),
]


def of(scope, *needs):
    return metric("made", of=scope, unit="1", needs=needs)(lambda *_: 0.0)


def wrong(stream, *others, either=False):
    return Disagreement(stream, others, 1.04, 1.03, 1.05, 20, 960.0, 1000.0, either)


def why(disagreement, metric, stretch, side):
    return UnreliableStreams([disagreement], SIGNALS, EVENTS).about(metric, stretch, side)


@pytest.mark.parametrize("either", [True, False])
def test_a_phase_of_one_stream_in_strides_of_another_that_disagrees_has_no_value(either):
    for disagreement in (wrong("emg", "box", either=either), wrong("box", "emg", either=either)):
        reason = why(disagreement, of(Stride, emg("soleus")), ON_PLATE, "L")
        assert "stride period of" in reason
        assert "4.0% longer" in reason
        assert "wrong sampling rate" in reason
        assert why(disagreement, of(Trial, each(emg("soleus"), Stride)), TRIAL, "L")


def test_what_is_wrong_for_sure_has_no_value_even_by_itself():
    assert why(wrong("box", "emg", "imu"), of(Stride), ON_PLATE, "L")
    assert why(wrong("box", "emg", "imu"), of(Stance, grf("v")), Stance(1.0, 1.6, "L", "plate:1"), "L")


def test_where_either_may_be_wrong_each_keeps_what_is_its_own():
    both = wrong("emg", "box", either=True)
    assert why(both, of(Stride), ON_PLATE, "L") == ""
    assert why(both, of(Stride, grf("v")), ON_PLATE, "L") == ""
    assert why(both, of(Stride, emg("soleus")), replace(ON_PLATE, t0=5.0, t1=6.0), "L") == ""


def test_other_muscles_and_strides_of_other_events_keep_their_values():
    assert why(wrong("emg", "box"), of(Stride, emg("gluteus_maximus")), MARKED, "R") == ""
    assert why(wrong("box", "emg", "imu"), of(Stride), MARKED, "R") == ""
    assert why(wrong("other", FILE, either=True), of(Stride, emg()), MARKED, "R")


def test_without_a_disagreement_nothing_is_doubted():
    assert UnreliableStreams([], SIGNALS, EVENTS).about(of(Stride, emg()), ON_PLATE, "L") == ""
