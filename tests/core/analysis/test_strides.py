"""Stances and strides are cut by the best source that saw each contact, and a missed contact makes no stride."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundup.analysis.gait.strides import cut_stances, cut_strides
from groundup.model.events import Event, Trial
from groundup.model.signals import Signal
from groundup.model.streams import Channel


def steps(*contacts, side="R", source="plate:1", length=0.6, confidence=1.0):
    events = []
    for time in contacts:
        events.append(Event(time, "IC", side, source, confidence))
        events.append(Event(time + length, "FO", side, source, confidence))
    return events


def test_a_stance_is_a_contact_and_its_foot_off_of_one_source_and_side():
    stances = cut_stances(steps(1.0, 2.1) + steps(1.5, side="L", source="plate:2"))
    assert [(s.t0, s.t1, s.side, s.source) for s in stances] == [
        (1.0, 1.6, "R", "plate:1"),
        (1.5, 2.1, "L", "plate:2"),
        (2.1, 2.7, "R", "plate:1"),
    ]


def test_a_stride_goes_from_one_contact_of_a_foot_to_its_next():
    strides = cut_strides(steps(1.0, 2.1, 3.2) + steps(1.5, 2.6, side="L"))
    assert [(s.t0, s.t1, s.side, s.number) for s in strides] == [
        (1.0, 2.1, "R", 0),
        (1.5, 2.6, "L", 1),
        (2.1, 3.2, "R", 2),
    ]
    assert strides[0].foot_off == 1.6


def test_stances_carry_the_number_of_the_stride_they_begin():
    events = steps(1.0, 2.1)
    strides = cut_strides(events)
    assert [s.number for s in cut_stances(events, strides)] == [0, -1]


@pytest.mark.parametrize("length", [0.2, 3.5])
def test_what_is_too_short_or_too_long_is_no_stride(length):
    assert cut_strides([Event(1.0, "IC", "R", "plate:1"), Event(1.0 + length, "IC", "R", "plate:1")]) == []


def test_events_of_the_file_close_the_strides_that_two_plates_leave_open():
    plates = steps(1.83, side="R", source="plate:2", length=0.52) + steps(
        2.283, side="L", source="plate:1", length=0.52
    )
    file = steps(1.84, 2.74, side="R", source="file", length=0.5) + steps(
        1.35, 2.27, side="L", source="file", length=0.5
    )
    strides = cut_strides(plates + file)
    assert [(s.t0, s.t1, s.side) for s in strides] == [(1.35, 2.283, "L"), (1.83, 2.74, "R")]
    assert strides[1].foot_off == pytest.approx(2.35)
    kept = [(s.source, s.side) for s in cut_stances(plates + file, strides)]
    assert kept == [("file", "L"), ("plate:2", "R"), ("plate:1", "L"), ("file", "R")]


def test_a_worse_source_adds_no_contact_where_a_plate_watches_the_foot():
    strides = cut_strides(steps(1.0, 2.1, 3.2) + steps(1.7, 2.12, source="imu:foot_R"))
    assert [(s.t0, s.t1) for s in strides] == [(1.0, 2.1), (2.1, 3.2)]


def test_a_step_beside_the_plates_does_not_make_a_stride_of_double_length():
    plates = steps(1.0) + steps(3.2, source="plate:3")
    strides = cut_strides(plates + steps(2.1, source="imu:foot_R"))
    assert [(s.t0, s.t1) for s in strides] == [(1.0, 2.1), (2.1, 3.2)]


def test_a_doubtful_contact_is_used_by_nothing_and_bridges_nothing():
    events = steps(1.0, 3.2) + steps(2.1, confidence=0.3)
    assert cut_strides(events) == []
    assert [s.t0 for s in cut_stances(events)] == [1.0, 3.2]


def test_the_doubt_of_a_worse_source_takes_no_stride_that_one_better_source_watched():
    doubt = [Event(1.8, "IC", "", "imu:pelvis", 0.4)]
    assert [(s.t0, s.t1) for s in cut_strides(steps(1.0, 2.1) + doubt)] == [(1.0, 2.1)]
    assert cut_strides(steps(1.0) + steps(3.2, source="plate:3") + doubt) == [], "beside the plates there may be a step"
    assert cut_strides(steps(1.0, 2.1, source="imu:pelvis") + doubt) == []


def test_another_source_speaks_for_a_doubtful_contact():
    events = steps(1.0, 3.2) + steps(2.1, confidence=0.3) + steps(2.11, source="file")
    assert [(s.t0, s.t1) for s in cut_strides(events)] == [(1.0, 2.11), (2.11, 3.2)]


def test_two_stances_in_one_stretch_are_no_stride():
    missed = [e for e in steps(1.0, 2.1, 3.2) if (e.kind, e.time) != ("IC", 2.1)]
    assert cut_strides(missed) == []


def test_a_gap_long_enough_to_hide_a_stance_is_no_stride():
    time = np.concatenate((np.arange(0.0, 1.9, 1e-3), np.arange(2.9, 5.0, 1e-3)))
    plate = Signal("p", "grf", time, np.zeros((len(time), 1)), (Channel("Fz", "N", "plate:1", "R"),), 1000.0)
    events = steps(1.0, 3.2)
    assert len(cut_strides(events)) == 1
    assert cut_strides(events, [plate]) == []


def test_a_foot_off_that_nothing_saw_is_not_made_up():
    (stride,) = cut_strides([e for e in steps(1.0, 2.1) if e.kind == "IC"])
    assert math.isnan(stride.foot_off)


def test_contacts_without_a_side_make_stances_and_no_strides():
    events = steps(1.0, 2.1, side="")
    assert len(cut_stances(events)) == 2
    assert cut_strides(events) == []


def test_a_stride_belongs_to_a_trial_only_if_all_of_it_does():
    trials = [Trial(0.0, 2.5, "before"), Trial(2.5, 9.0, "after")]
    assert [s.trial for s in cut_strides(steps(1.0, 2.1, 3.2, 4.3), trials=trials)] == ["before", "", "after"]


def test_a_slow_walker_has_strides_of_four_seconds():
    strides = cut_strides(steps(1.0, 5.0, 9.1) + steps(3.1, 7.0, 11.0, side="L"))
    assert [(s.t0, s.t1, s.side) for s in strides] == [
        (1.0, 5.0, "R"), (3.1, 7.0, "L"), (5.0, 9.1, "R"), (7.0, 11.0, "L"),
    ]  # fmt: skip


@pytest.mark.parametrize("others", [(), (1.6,), (1.6, 4.4), (4.5,)])
def test_a_pause_and_the_way_back_are_no_slow_strides(others):
    strides = cut_strides(steps(1.0, 5.0) + steps(*others, side="L"))
    assert not [s for s in strides if s.side == "R"]


walks = st.lists(st.floats(0.4, 2.0), min_size=2, max_size=12).map(lambda d: np.cumsum([10.0, *d]).tolist())


@given(walks, st.floats(-100.0, 100.0))
def test_strides_move_with_time(contacts, shift):
    here = cut_strides(steps(*contacts, length=0.3))
    there = cut_strides(steps(*(t + shift for t in contacts), length=0.3))
    assert len(here) == len(there) == len(contacts) - 1
    assert [s.t0 + shift for s in here] == pytest.approx([s.t0 for s in there])


@given(walks)
def test_left_and_right_are_cut_alike(contacts):
    right, left = (cut_strides(steps(*contacts, side=side, length=0.3)) for side in ("R", "L"))
    assert [(s.t0, s.t1, s.foot_off) for s in right] == [(s.t0, s.t1, s.foot_off) for s in left]
    assert {s.side for s in left} == {"L"}


@given(
    st.lists(
        st.tuples(
            st.floats(0, 20),
            st.sampled_from(["IC", "FO"]),
            st.sampled_from(["L", "R", ""]),
            st.sampled_from(["plate:1", "plate:2", "file", "imu:foot_R"]),
            st.sampled_from([0.3, 1.0]),
        )
    )
)
def test_whatever_the_events_no_stride_is_implausible_or_laid_over_another(raw):
    strides = cut_strides([Event(t, kind, side, source, sure) for t, kind, side, source, sure in raw])
    for side in ("L", "R"):
        mine = [s for s in strides if s.side == side]
        assert all(0.3 <= s.t1 - s.t0 <= 6.0 for s in mine)
        assert all(a.t1 <= b.t0 for a, b in pairwise(mine))


def test_no_stride_is_between_a_foots_own_contact_and_one_of_the_low_back():
    """The low back is early or late by up to a tenth of a second: by 8 % of a stride."""
    own = [Event(t, "IC", "R", "plate:1", 1.0) for t in (1.0, 2.1)]
    back = [Event(t, "IC", "R", "imu:pelvis", 0.6) for t in (3.28, 4.38)]
    other = [Event(t, "IC", "L", "imu:foot_L", 0.8) for t in (1.55, 2.65, 3.75)]
    strides = [s for s in cut_strides(sorted([*own, *back, *other])) if s.side == "R"]
    assert [(s.t0, s.t1) for s in strides] == [(1.0, 2.1), (3.28, 4.38)]
