"""Contacts and rises by IMUs: against markers, insoles and a published detector, and on made movements."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from benchmarks.matched import matched
from real_imus import BACK_WALKS, SIDES, feet, low_back, lumbar, marker_contacts

from groundup.live.engine.graph import Graph
from groundup.plugin import Channel, NotComputableError, Signal, SignalForm
from groundup_plugins.processors.foot_contacts import FootContacts
from groundup_plugins.processors.foot_rests import rests
from groundup_plugins.processors.low_back_contacts import LowBackContacts
from groundup_plugins.processors.lumbar_rises import LumbarRises, LumbarRisesSettings
from groundup_plugins.processors.shank_contacts import ShankContacts


def events_of(kind, signal, settings=None):
    return list(kind(settings or kind.settings_type()).whole(signal).events)


def sure(events, kind, side):
    return np.array([e.time for e in events if (e.kind, e.side) == (kind, side) and e.confidence >= 0.5])


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("kind", "which", "bias"), [("IC", 0, -0.010), ("FO", 1, 0.018)])
def test_foot_contacts_are_those_of_markers_but_for_a_constant(shared, side, kind, which, bias):
    truth = marker_contacts(shared, side)[which]
    found = sure(events_of(FootContacts, feet(shared)), kind, side)
    errors = matched(found, truth, 0.2)
    assert len(truth) == 31
    assert len(errors) >= 29, "a step on the spot in the turn is doubtful"
    assert len(found) == len(errors), "none is found where no marker saw one"
    assert np.median(errors) == pytest.approx(bias, abs=0.010), "the constant bias"
    assert np.abs(errors - np.median(errors)).max() < 0.025


def test_a_pivot_on_the_spot_is_a_doubtful_contact(shared):
    events = events_of(FootContacts, feet(shared))
    doubtful = [e.time for e in events if e.kind == "IC" and e.side == "L" and e.confidence < 0.5]
    assert any(abs(t - 18.48) < 0.1 for t in doubtful)


def turned_about(signal, seed):
    """The same sensors, mounted another way."""
    axes = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
    axes[:, 0] *= np.linalg.det(axes)
    parts = [signal.samples[:, k : k + 3] @ axes for k in range(0, signal.samples.shape[1], 3)]
    return replace(signal, samples=np.hstack(parts))


@pytest.mark.parametrize("seed", range(3))
def test_how_a_sensor_is_mounted_does_not_matter(shared, seed):
    for kind, signal in ((FootContacts, feet(shared)), (LowBackContacts, low_back(shared, BACK_WALKS[1])[0])):
        here, there = events_of(kind, signal), events_of(kind, turned_about(signal, seed))
        assert [(e.kind, e.side) for e in there] == [(e.kind, e.side) for e in here]
        np.testing.assert_allclose([e.time for e in there], [e.time for e in here], atol=1e-6)


def test_the_low_back_sees_as_many_contacts_as_its_peer(shared):
    signal, truth = low_back(shared, BACK_WALKS[0])
    errors = matched([e.time for e in events_of(LowBackContacts, signal)], truth["time"], 0.25)
    assert len(truth) == 63
    assert len(errors) >= 58
    assert np.median(np.abs(errors)) <= 0.080


def test_rises_by_a_lumbar_sensor_are_those_of_the_published_method(shared):
    """3 that begin from stillness, 5 by displacement; begin and duration beside the peer's."""
    signal, truth = lumbar(shared)
    for from_stillness, mode, count in ((True, "stillness", 3), (False, "displacement", 5)):
        events = events_of(LumbarRises, signal, LumbarRisesSettings(from_stillness))
        offs = [i for i, e in enumerate(events) if e.kind == "seat_off"]
        rises = np.array([(events[i - 1].time, events[i + 1].time) for i in offs])
        assert len(rises) == len(truth[mode]) == count
        np.testing.assert_allclose(rises, truth[mode], atol=0.03)


def test_who_rises_sat_down_before(shared):
    signal, _ = lumbar(shared)
    events = events_of(LumbarRises, signal)
    kinds = [e.kind for e in events if e.kind in ("seat_on", "seat_off")]
    assert kinds == ["seat_on", "seat_off"] * 3
    assert [e.kind for e in events[:3]] == ["standing", "seat_on", "seated"]


def shank(strides=8, rate=100.0, stride_s=1.1, sense=1.0):
    """A shank that turns back at foot off and contact and fast forward between; contacts and foot offs are known."""
    time = np.arange(int((strides + 1) * stride_s * rate)) / rate
    pitch = np.zeros(len(time))
    contacts, offs = [], []
    for number in range(strides):
        middle = (number + 0.8) * stride_s
        for moment, height, width in ((middle, 5.0, 0.09), (middle - 0.26, -2.5, 0.05), (middle + 0.22, -2.0, 0.035)):
            pitch += height * np.exp(-0.5 * ((time - moment) / width) ** 2)
        offs.append(middle - 0.26)
        contacts.append(middle + 0.22)
    pitch -= 0.6 * (pitch == 0)
    samples = np.zeros((len(time), 6))
    samples[:, 2], samples[:, 4] = 9.81, sense * pitch
    channels = tuple(Channel(f"c{i}", "m/s^2" if i < 3 else "rad/s", "shank", "R") for i in range(6))
    return Signal("shank", "imu", time, samples, channels, rate), np.array(contacts), np.array(offs)


@pytest.mark.parametrize("sense", [1.0, -1.0])
def test_shank_contacts_are_the_troughs_around_mid_swing(sense):
    signal, contacts, offs = shank(sense=sense)
    events = events_of(ShankContacts, signal)
    np.testing.assert_allclose(sure(events, "IC", "R"), contacts, atol=0.025)
    np.testing.assert_allclose(sure(events, "FO", "R"), offs, atol=0.025)


def shaken(shared, side, inside, every):
    """The real walk; in stances, from `inside` s after contact to as long before foot off, the sensor wobbles."""
    signal = feet(shared)
    contacts, offs = marker_contacts(shared, side)
    stances = [(a, min(b for b in offs if b > a)) for a in contacts if (offs > a).any()]
    samples = signal.samples.copy()
    columns = [i for i, c in enumerate(signal.channels) if c.side == side and c.unit == "deg/s"]
    for begin, end in stances[1::every]:
        here = (signal.time > begin + inside) & (signal.time < end - inside)
        samples[np.ix_(here, columns)] += 130.0 * np.sin(2 * np.pi * 12.0 * signal.time[here])[:, None]
    return replace(signal, samples=samples)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("inside", "every"), [(0.28, 1), (0.05, 3)])
def test_a_sensor_that_wobbles_in_stance_loses_no_contact(shared, side, inside, every):
    """In the middle of every stance, which then falls apart, or throughout every third, which then is never quiet."""
    truth, _ = marker_contacts(shared, side)
    events = events_of(FootContacts, shaken(shared, side, inside, every))
    found = sure(events, "IC", side)
    errors = matched(found, truth, 0.2)
    assert len(errors) >= 28
    assert len(found) <= len(errors) + 1
    assert np.sort(np.abs(errors - np.median(errors)))[-2] < 0.03, "all but that of the pivot in the turn"
    doubtful = [e for e in events if e.kind == "IC" and e.side == side and e.confidence < 0.5]
    assert len(doubtful) <= 4, "a doubtful contact in a stance would take the stride"


def test_a_foot_that_lies_still_to_the_last_bit_rests():
    time = np.arange(20_000) / 2000.0
    swings = np.sin(2 * np.pi * time / 1.1)
    speed = np.where(swings > 0.3, 7.3 * swings, 0.0)
    found = rests(speed, 2000.0)
    still = np.flatnonzero(np.diff((speed == 0).astype(int)) == 1) / 2000.0
    np.testing.assert_allclose([first / 2000.0 for first, _ in found], still, atol=0.05)


def test_a_shank_that_turns_evenly_makes_no_steps(recwarn):
    samples = np.tile([0.0, 0.0, 9.81, 9.0, 0.0, 0.0], (500, 1))
    channels = tuple(Channel(f"c{i}", "m/s^2" if i < 3 else "rad/s", "shank", "L") for i in range(6))
    assert events_of(ShankContacts, Signal("s", "imu", np.arange(500) / 100.0, samples, channels, 100.0)) == []
    assert len(recwarn) == 0


@pytest.mark.parametrize("kind", [FootContacts, ShankContacts, LowBackContacts, LumbarRises])
def test_who_stands_still_or_is_not_worn_there_has_no_contacts(kind):
    random = np.random.default_rng(0)
    samples = random.normal(scale=0.02, size=(2000, 6))
    samples[:, 2] += 9.81
    for site in ("foot", "shank", "pelvis", "head"):
        channels = tuple(Channel(f"c{i}", "m/s^2" if i < 3 else "rad/s", site, "") for i in range(6))
        assert events_of(kind, Signal("s", "imu", np.arange(2000) / 100.0, samples, channels, 100.0)) == []


def test_a_sensor_of_unknown_units_says_so():
    channels = tuple(Channel(f"c{i}", "furlong", "foot", "L") for i in range(6))
    with pytest.raises(NotComputableError, match="name the units"):
        events_of(FootContacts, Signal("s", "imu", np.arange(500) / 100.0, np.zeros((500, 6)), channels, 100.0))


@pytest.mark.parametrize(("kind", "late_s"), [(FootContacts, 2.5), (LowBackContacts, 3.5)])
def test_live_contacts_are_those_of_the_whole_recording_for_any_chunks(shared, kind, late_s):
    signal = feet(shared) if kind is FootContacts else low_back(shared, BACK_WALKS[1])[0]
    told = []
    for step in (1000, 997, 61):
        graph = Graph([SignalForm.of(signal)], [kind], ())
        events = []
        for a, b in pairwise([*range(0, len(signal.time), step), len(signal.time)]):
            fed = graph.feed(signal.id, signal.time[a:b], signal.samples[a:b])
            assert fed.faults == ()
            events += fed.events
        told.append(events)
    assert told[0] == told[1] == told[2]
    whole = [e for e in events_of(kind, signal) if e.confidence >= 0.5 and e.time < signal.time[-1] - late_s]
    live = [e for e in told[0] if e.confidence >= 0.5]
    for side in ("L", "R"):
        for of in ("IC", "FO"):
            expected = sure(whole, of, side)
            assert len(matched(sure(live, of, side), expected, 0.04)) >= 0.9 * len(expected)
