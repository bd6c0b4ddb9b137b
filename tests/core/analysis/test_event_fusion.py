"""Contacts that several sources saw are one contact, by the best of them."""

import numpy as np
import pytest

from groundup.analysis.gait.event_fusion import fuse_events
from groundup.analysis.gait.segmentation import segment_gait
from groundup.analysis.gait.strides import source_order
from groundup.plugin import Event


def test_plates_are_trusted_before_the_file_and_sensors_by_how_near_the_ground_they_are():
    sources = ["plate:2", "file", "imu:foot_L", "imu:shank_R", "imu:pelvis"]
    assert sorted(reversed(sources), key=source_order) == sources


def walk(source, late=0.0, first=0, count=12, wrong=()):
    """Contacts, right and left in turn, half a second apart."""
    events = []
    for number in range(first, first + count):
        side = "RL"[(number + (number in wrong)) % 2]
        events.append(Event(0.5 * number + late, "IC", side, source, 0.6))
        if source != "imu:pelvis":
            events.append(Event(0.5 * number + 0.6 + late, "FO", side, source, 0.6))
    return events


@pytest.mark.parametrize("late", [-0.08, -0.03, 0.03, 0.08])
def test_what_a_worse_sensor_says_of_the_same_steps_changes_nothing(late):
    plates = walk("plate:1", count=6) + walk("plate:2", first=6, count=6)
    alone = segment_gait(plates, [], [])
    fused = segment_gait([*plates, *walk("imu:foot_R", late), *walk("imu:pelvis", late, wrong=(3, 7))], [], [])
    assert [(s.t0, s.t1, s.side) for s in fused.strides] == [(s.t0, s.t1, s.side) for s in alone.strides]
    stances = [s for s in fused.stances if s.source.startswith("plate")]
    assert [(s.t0, s.t1, s.side) for s in stances] == [(s.t0, s.t1, s.side) for s in alone.stances]
    np.testing.assert_array_equal([s.other_contact for s in stances], [s.other_contact for s in alone.stances])
    assert len(fused.events) == len(plates) + 24 + 12, "they stay in the table of events"


def test_where_no_better_source_saw_a_step_the_worse_one_speaks():
    events = sorted(walk("plate:1", count=4) + walk("imu:pelvis", late=0.04, count=12))
    cuts = segment_gait(events, [], [])
    assert len([e for e in fuse_events(events) if e.source == "imu:pelvis"]) == 8
    # None of each foot from a plate's contact to one of the pelvis, which is 0.04 s late: it would be so much too long.
    assert len(cuts.strides) == 8
    assert {round(s.t1 - s.t0, 6) for s in cuts.strides} == {1.0}
    assert cuts.strides[-1].t1 == pytest.approx(5.54)


@pytest.mark.parametrize("first", [0, 4])
def test_a_sensor_that_takes_the_wrong_foot_beside_the_plates_says_nothing_where_they_are_silent(first):
    plates = walk("plate:1", first=first, count=8)
    pelvis = walk("imu:pelvis", late=0.03, count=12, wrong=range(12))
    alone, fused = segment_gait(plates, [], []), segment_gait(sorted(plates + pelvis), [], [])
    assert [(s.t0, s.t1, s.side) for s in fused.strides] == [(s.t0, s.t1, s.side) for s in alone.strides]


def test_a_wrong_foot_long_ago_does_not_silence_a_sensor():
    events = sorted(walk("plate:1", count=8) + walk("imu:pelvis", late=0.03, count=12, wrong=(0, 1)))
    assert len([e for e in fuse_events(events) if e.source == "imu:pelvis"]) == 4
