"""Strides by the low back alone are right or not given: against insoles, and on made walks that hide nothing."""

import numpy as np
import pytest
from made_walks import contact_times, made_walk
from real_imus import BACK_WALKS, low_back

from groundup.analysis.gait.strides import cut_strides
from groundup.plugin import Signal
from groundup_plugins.processors.low_back_contacts import LowBackContacts

WITHIN = 0.25  # s, between a contact and the one by the insoles


def events_of(signal):
    return list(LowBackContacts(LowBackContacts.settings_type()).whole(signal).events)


def insole_strides(truth):
    """Begin, end and side of what the insoles saw whole: three contacts that follow on each other, of feet in turn."""
    rows = list(truth.itertuples(index=False))
    return [
        (a.time, c.time, a.side)
        for a, b, c in zip(rows, rows[1:], rows[2:], strict=False)
        if a.side == c.side != b.side and c.time - a.time < 3.0 and min(b.time - a.time, c.time - b.time) > 0.1
    ]


def held_against(strides, truth):
    """Of each stride that begins at a true one, its length beside that one's, and whether the side is right."""
    lengths, sides = [], []
    for stride in strides:
        begin, end, side = min(truth, key=lambda one: abs(one[0] - stride.t0))
        if abs(begin - stride.t0) < WITHIN:
            lengths.append((stride.t1 - stride.t0) / (end - begin) - 1.0)
            sides.append(stride.side == side)
    return np.array(lengths), np.array(sides)


@pytest.mark.parametrize(("name", "share"), list(zip(BACK_WALKS, (0.5, 1.0, 1.0), strict=True)))
def test_stride_times_and_sides_beside_insoles_are_right(shared, name, share):
    """In the first the person potters about, turning in every second stride; given are the strides between turns."""
    signal, told = low_back(shared, name)
    truth = insole_strides(told)
    lengths, sides = held_against(cut_strides(events_of(signal)), truth)
    assert np.mean(np.abs(lengths) <= 0.05) >= 0.95
    assert np.mean(sides) >= 0.98
    assert len(lengths) >= share * len(truth)


@pytest.mark.parametrize("name", BACK_WALKS)
def test_sides_beside_insoles_are_right_without_a_gyroscope(shared, name):
    signal, told = low_back(shared, name)
    alone = Signal(signal.id, "imu", signal.time, signal.samples[:, :3], signal.channels[:3], signal.rate)
    lengths, sides = held_against(cut_strides(events_of(alone)), insole_strides(told))
    assert np.mean(np.abs(lengths) <= 0.05) >= 0.9, "turns are not seen"
    assert sides.all()
    assert len(sides) >= 7


@pytest.mark.parametrize("name", BACK_WALKS)
def test_contacts_beside_insoles_have_the_right_side_or_none(shared, name):
    signal, truth = low_back(shared, name)
    events = [event for event in events_of(signal) if event.side]
    sides = []
    for moment, side in truth.itertuples(index=False):
        near = min(events, key=lambda event: abs(event.time - moment))
        if abs(near.time - moment) < WITHIN:
            sides.append(near.side == side)
    assert np.mean(sides) >= 0.98
    assert len(sides) >= 0.65 * len(truth)


def variability(lasts):
    """Coefficient of variation, %."""
    return 100.0 * np.std(lasts, ddof=1) / np.mean(lasts)


def strides_of(walk):
    strides = cut_strides(events_of(walk.signal))
    lengths, sides = held_against(strides, walk.strides())
    assert len(lengths) == len(strides), "none begins where no foot landed"
    return strides, lengths, sides


@pytest.mark.parametrize(
    ("stride_s", "limp", "weak", "gyroscope"),
    [
        (0.9, 0.5, 1.0, True),
        (1.1, 0.5, 1.0, False),
        (1.1, 0.36, 1.0, True),
        (1.6, 0.6, 0.4, True),
        (2.0, 0.5, 1.0, True),
        (3.0, 0.5, 0.5, True),
        (4.0, 0.5, 1.0, True),
        (4.0, 0.5, 1.0, False),
    ],
)
def test_strides_of_quick_slow_and_limping_walkers_are_right(stride_s, limp, weak, gyroscope):
    for seed, first in enumerate("RL"):
        contacts = contact_times(seed, stride_s, limp=limp, strides=12)
        walk = made_walk(seed, contacts, first=first, weak=weak, gyroscope=gyroscope)
        strides, lengths, sides = strides_of(walk)
        assert np.mean(np.abs(lengths) <= 0.05) >= 0.95
        assert sides.all()
        assert len(lengths) >= 0.8 * len(walk.strides())
        found = variability([stride.t1 - stride.t0 for stride in strides])
        assert abs(found - variability([end - begin for begin, end, _ in walk.strides()])) < 1.0


def test_a_u_turn_and_standing_give_no_stride():
    contacts = contact_times(3, strides=14)
    middle = float(contacts[14])
    strides, lengths, sides = strides_of(made_walk(3, contacts, turn_at=middle))
    assert not [s for s in strides if s.t0 < middle < s.t1]
    assert contacts[0] - 0.1 < strides[0].t0 < strides[-1].t1 < contacts[-1] + 0.1
    assert len(strides) >= 0.8 * (len(contacts) - 2)
    assert sides.all()
    assert np.abs(lengths).max() < 0.05


def test_a_step_that_is_waited_with_gives_no_stride():
    """A second's halt in the middle of a walk, with the other foot first after it or the same one."""
    early, late = contact_times(5, strides=8), contact_times(6, strides=8)
    for skipped in (0, 1):
        contacts = np.concatenate([early, early[-1] + 1.9 + late[skipped:] - late[0]])
        strides, lengths, _ = strides_of(made_walk(5, contacts))
        assert not [s for s in strides if s.t0 < early[-1] + 0.5 < s.t1]
        assert np.abs(lengths).max() < 0.05
        assert len(strides) >= 20


def test_where_sway_and_turning_contradict_no_side_is_told():
    """As where the turning has the wrong sign: one of the two is not what it is said to be."""
    walk = made_walk(2, contact_times(2))
    samples = walk.signal.samples.copy()
    samples[:, 3:] *= -1.0
    events = events_of(Signal("back", "imu", walk.signal.time, samples, walk.signal.channels, walk.signal.rate))
    assert len(events) > 20
    assert {(event.side, event.confidence < 0.5) for event in events} == {("", True)}


def test_a_runner_without_a_gyroscope_has_no_side():
    """In running the body is slowest where it is lowest: forward would be taken for backward."""
    walk = made_walk(4, contact_times(4, 0.8, strides=20), gyroscope=False)
    samples = walk.signal.samples.copy()
    up = samples.mean(axis=0) / np.linalg.norm(samples.mean(axis=0))
    samples += 2.5 * np.outer((samples @ up) - 9.81, up)
    events = events_of(Signal("back", "imu", walk.signal.time, samples, walk.signal.channels, walk.signal.rate))
    assert len(events) > 20
    assert {event.side for event in events} == {""}
