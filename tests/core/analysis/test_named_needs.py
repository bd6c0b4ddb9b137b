"""Markers, signals of processors, events and streams are cut for a metric by their names, or it is said why not."""

import numpy as np
import pytest

from groundup.analysis.gait.walking_bouts import WalkingBout
from groundup.analysis.metrics.needs import Resolver
from groundup.model.events import Event, Stride
from groundup.model.signals import STREAM_TYPE, Signal
from groundup.model.streams import Channel
from groundup.plugin import (
    DISTANCE,
    LEGS,
    LOAD,
    STEP,
    SUBJECT,
    NotComputableError,
    Stance,
    both_sides,
    cop,
    emg,
    events,
    grf,
    marker,
    other,
    signal,
    stream,
)
from groundup.plugin.need_functions import each

RATE = 100.0
TIME = np.arange(0.0, 4.0, 1 / RATE)
STRIDE = Stride(1.0, 2.1, 1.6, "R", 0)


def made(id_, kind, channels, unit_value=1.0, type_="", inputs=()):
    samples = np.stack([np.full(len(TIME), unit_value * (n + 1)) for n in range(len(channels))], axis=1)
    return Signal(id_, kind, TIME, samples, tuple(channels), RATE, inputs=inputs, attrs={STREAM_TYPE: type_})


def markers(*labels, unit="mm", site="", side=""):
    return [Channel(f"{label}.{axis}", unit, site, side) for label in labels for axis in "xyz"]


def why(resolver, need, side="R", stretch=STRIDE):
    with pytest.raises(NotComputableError) as error:
        resolver.resolve(need, stretch, side)
    return str(error.value)


def test_a_marker_by_its_label_is_a_path_in_metres_the_same_for_either_side():
    resolver = Resolver([made("mocap", "mocap", markers("P01:LHEE", "P01:LASI"), 1000.0)])
    for side in ("L", "R"):
        trace = resolver.resolve(marker("LASI"), STRIDE, side)
        assert trace.unit == "m"
        assert trace.values[0].tolist() == [4.0, 5.0, 6.0]
    both = resolver.resolve(marker("LHEE", "LASI"), STRIDE, "R")
    assert list(both) == ["LHEE", "LASI"]
    assert why(resolver, marker("RASI")) == 'no marker called "RASI" was recorded'
    mixed = [Channel("LTOE.x", "mm"), Channel("LTOE.y", "m"), Channel("LTOE.z", "mm")]
    assert "three channels of one unit" in why(Resolver([made("mocap", "mocap", mixed)]), marker("LTOE"))


def test_a_heel_is_found_by_what_marker_sets_call_it_and_the_other_side_is_the_other_foot():
    resolver = Resolver([made("mocap", "mocap", markers("LHEE", "RHEE", unit="m"))])
    heel = marker(site="foot", point="heel")
    assert resolver.resolve(heel, STRIDE, "R").values[0, 0] == 4.0
    assert resolver.resolve(other(heel), STRIDE, "R").values[0, 0] == 1.0
    assert "no marker on the head" in why(resolver, marker(site="head"))


def test_what_a_processor_made_is_asked_for_by_its_name_and_site():
    channels = [
        Channel("a", "1", "soleus", "L"),
        Channel("b", "1", "soleus", "R"),
        Channel("c", "1", "tibialis_anterior", "R"),
    ]
    for id_ in ("emg.teager", "emg.teager.causal"):
        resolver = Resolver([made(id_, "teager", channels, inputs=("emg",))])
        assert resolver.resolve(signal("teager", "soleus"), STRIDE, "R").values[0] == 2.0
        assert resolver.resolve(other(signal("teager", "soleus")), STRIDE, "R").values[0] == 1.0
        assert list(resolver.resolve(signal("teager"), STRIDE, "R")) == ["soleus", "tibialis_anterior"]
        assert list(resolver.resolve(signal("teager"), STRIDE, "")) == ["soleus_L", "soleus_R", "tibialis_anterior_R"]
    assert why(resolver, signal("hum")) == 'no processor made a signal "hum"'
    assert "no channel of gluteus_medius on the right side" in why(resolver, signal("teager", "gluteus_medius"))
    raw = made("teager", "teager", channels)
    assert why(Resolver([raw]), signal("teager")).startswith("no processor made")


def test_events_of_a_kind_are_those_of_the_stretch_the_side_and_the_muscle():
    found = [
        Event(1.5, "burst", "R", "soleus"),
        Event(1.2, "burst", "R", "tibialis_anterior"),
        Event(1.3, "burst", "L", "soleus"),
        Event(1.4, "burst", "", "imu"),
        Event(3.0, "burst", "R", "soleus"),
        Event(1.1, "IC", "R", "plate:1"),
    ]
    resolver = Resolver([], events=found)
    assert [e.time for e in resolver.resolve(events("burst"), STRIDE, "R")] == [1.2, 1.4, 1.5]
    assert [e.time for e in resolver.resolve(events("burst", "soleus"), STRIDE, "R")] == [1.5]
    assert [e.time for e in resolver.resolve(other(events("burst", "soleus")), STRIDE, "R")] == [1.3]
    assert [e.time for e in resolver.resolve(events("burst", "soleus", after_s=1.0), STRIDE, "R")] == [1.5, 3.0]


def test_an_event_that_nobody_looked_for_is_not_the_same_as_none():
    assert "no event of the kind" in why(Resolver([]), events("burst"))
    assert Resolver([], known_events=frozenset(["burst"])).resolve(events("burst"), STRIDE, "R") == []


def test_a_stream_is_found_by_its_type_or_key_and_its_sides_are_kept_apart():
    knees = made("gonio", "other", [Channel("l", "deg", "", "L"), Channel("r", "deg", "", "R")], type_="Goniometer")
    belt = made("mill.belts", "treadmill", [Channel("v", "m/s")], 1.3, type_="Treadmill")
    resolver = Resolver([knees, belt])
    assert resolver.resolve(stream(type="goniometer"), STRIDE, "R").values[0] == 2.0
    assert resolver.resolve(stream(type="Goniometer"), STRIDE, "").values.shape[1] == 2
    speed = resolver.resolve(stream(key="mill.belts"), STRIDE, "L")
    assert (speed.values[0], speed.unit) == (1.3, "m/s")
    assert why(resolver, stream(type="Insole")) == 'no stream of the type "Insole" was recorded'
    twice = Resolver([belt, made("other", "treadmill", [Channel("v", "m/s")], type_="Treadmill")])
    assert "ask for one by its key" in why(twice, stream(type="Treadmill"))


def test_each_stride_or_stance_has_its_own_of_all_of_them():
    strides = [Stride(0.5, 1.5, 1.0, "R", 0), Stride(1.5, 2.5, 2.0, "R", 1), Stride(1.0, 2.0, 1.4, "L", 2)]
    resolver = Resolver(
        [made("mocap", "mocap", markers("LHEE", "RHEE", unit="m"))],
        strides=strides,
        events=[Event(0.7, "burst", "R"), Event(1.6, "burst", "R"), Event(1.7, "burst", "R")],
    )
    whole = Stride(0.0, 3.0, 1.0, "R", 9)
    assert [len(found) for _, found in resolver.resolve(each(events("burst"), Stride), whole, "R")] == [1, 2]
    heels = resolver.resolve(each(other(marker(site="foot", point="heel")), Stride), whole, "R")
    assert [trace.values[0, 0] for _, trace in heels] == [1.0, 1.0]
    assert "no stance" in why(resolver, each(marker("LHEE"), Stance), stretch=whole)


def two_plates():
    """A right foot that presses with 700 N on plate 1, and a left one with 500 N on plate 2 before and after it."""
    stances = [Stance(0.4, 1.1, "L", "plate:2"), Stance(1.0, 1.6, "R", "plate:1"), Stance(1.5, 2.3, "L", "plate:2")]
    plates = []
    for site, newtons in (("plate:1", 700.0), ("plate:2", 500.0)):
        samples = np.zeros((len(TIME), 3))
        for stance in stances:
            if stance.source == site:
                samples[(stance.t0 - 1e-6 < TIME) & (stance.t1 + 1e-6 > TIME)] = (30.0, 0.0, newtons)
        channels = tuple(Channel(axis, "N", site) for axis in ("Fx", "Fy", "Fz"))
        plates.append(Signal(f"{site}.grf", "grf", TIME, samples, channels, RATE))
    stride = Stride(1.0, 2.1, 1.6, "R", 0, other_foot_off=1.1, other_contact=1.5)
    return Resolver(plates, stances, [stride], [WalkingBout(0.0, 4.0, (1.0, 0.0))]), stances[1], stride


def test_the_force_under_the_other_foot_is_never_that_under_this_one():
    resolver, stance, stride = two_plates()
    own, beside = (resolver.resolve(need, stride, "R") for need in (grf("v"), other(grf("v"))))
    assert (own.side, beside.side) == ("R", "L")
    at = [int(np.searchsorted(own.time, t)) for t in (1.05, 1.3, 1.8)]
    assert own.values[at].tolist() == [700.0, 700.0, 0.0]
    assert beside.values[at].tolist() == [500.0, 0.0, 500.0]
    assert resolver.resolve(other(grf("ap")), stride, "R").values[at].tolist() == [30.0, 0.0, 30.0]
    assert "of strides and trials only" in why(resolver, other(grf("v")), stretch=stance)
    assert resolver.resolve(grf("v"), stance, "R").values.max() == 700.0


@pytest.mark.parametrize("need", [grf("v"), STEP, DISTANCE, LEGS], ids=lambda need: need.what)
def test_what_is_of_the_foot_of_a_stride_is_not_given_as_that_of_both(need):
    resolver, stance, stride = two_plates()
    for stretch in (stance, stride):
        reason = why(resolver, both_sides(need), "", stretch)
        assert "is of the foot that a stance or stride is of" in reason


@pytest.mark.parametrize("need", [LOAD, LEGS, STEP, DISTANCE, SUBJECT, cop(), marker("LHEE")], ids=str)
def test_the_other_side_of_what_has_none_is_an_error_when_the_metric_is_written(need):
    with pytest.raises(ValueError, match="has no other side"):
        other(need)


def test_a_need_is_told_in_words():
    assert str(other(grf("v"))) == "force under the foot, v, until 0.5 s after, of the other side"
    assert str(each(emg("soleus", normalise_by="peak"), Stride)) == (
        "EMG envelope of soleus, normalised by peak, of each stride"
    )
    assert str(events("burst", "soleus")) == "events burst of soleus"
    assert str(marker("LHEE", "RHEE")) == "marker LHEE, RHEE"
    assert str(stream(key="mill.belts")) == "stream mill.belts"


@pytest.mark.parametrize("wrong", [lambda: marker(), lambda: marker("A", site="foot"), lambda: stream()])
def test_what_is_asked_for_in_no_or_two_ways_is_an_error_when_the_metric_is_written(wrong):
    with pytest.raises(ValueError, match="asked for by"):
        wrong()
