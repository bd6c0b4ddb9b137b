"""Stride length by foot sensors: beside the heel markers of a real walk, and of a made foot with a known way."""

import numpy as np
import pytest
from real_imus import SIDES, feet, heel_path

from groundup.analysis.pipeline import run_pipeline
from groundup.plugin import Subject
from groundup_plugins.metrics.stride_length import stride_length, walking_speed
from groundup_plugins.processors.foot_contacts import FootContacts
from groundup_plugins.processors.footholds import Footholds, travelled, turned

STANDS_S = 0.25  # after contact


@pytest.fixture(scope="module")
def walked(shared):
    pytest.importorskip("vqf", reason="foot sensors need vqf")
    return run_pipeline(
        [feet(shared)], [], Subject(70.0), [FootContacts, Footholds], [stride_length, walking_speed]
    ).rows


@pytest.mark.parametrize("side", SIDES)
def test_stride_length_is_that_of_the_heel_marker(shared, walked, side):
    """As near as a peer, whose SD is about 40 mm."""
    rows = [row for row in walked if row.name == "stride_length" and row.side == side]
    assert len(rows) >= {"L": 27, "R": 28}[side], "two contacts of the left foot in the turn are doubtful"
    assert {row.status for row in rows} == {"ok"}
    time, heel = heel_path(shared, side)
    lengths = []
    for row in rows:
        ends = [[np.interp(t + STANDS_S, time, axis) for axis in heel.T] for t in (row.t0, row.t1)]
        lengths.append(np.linalg.norm(np.subtract(*ends)))
    errors = np.array([row.value for row in rows]) - lengths
    assert abs(errors.mean()) < 0.025
    assert errors.std(ddof=1) < 0.050


def test_speed_is_length_over_time(walked):
    lengths = {(r.t0, r.side): r.value for r in walked if r.name == "stride_length"}
    speeds = [r for r in walked if r.name == "walking_speed"]
    assert len(speeds) == len(lengths)
    for row in speeds:
        assert row.value == pytest.approx(lengths[row.t0, row.side] / (row.t1 - row.t0))


def test_a_constant_acceleration_on_top_changes_no_distance():
    time = np.linspace(0.0, 1.0, 1001)
    forward = 1.4 * 2 * np.pi * np.sin(2 * np.pi * time)  # 1.4 m in a second, from rest to rest
    acceleration = np.column_stack([forward, np.full(1001, 0.3), np.full(1001, 9.9)])
    np.testing.assert_allclose(travelled(acceleration, 1000.0), [1.4, 0.0, 0.0], atol=1e-5)


def test_a_quarter_turn_about_the_vertical_makes_forward_left():
    half = np.sqrt(0.5)
    np.testing.assert_allclose(
        turned(np.array([[half, 0, 0, half]]), np.array([[1.0, 0, 2.0]])), [[0, 1.0, 2.0]], atol=1e-12
    )


@pytest.mark.rig
def test_on_a_treadmill_of_known_speed_strides_are_as_long_as_the_belt_goes() -> None:
    from people import MASS_KG, walking

    from groundup.model.subject import Treadmill
    from groundup_plugins.processors.contacts import Contacts
    from groundup_plugins.processors.force_plate import ForcePlate

    plates = [signal for signal in walking(seconds=5.0) if signal.kind == "plate"]
    metrics = [stride_length, walking_speed]
    told = run_pipeline(plates, [], Subject(MASS_KG, treadmill=Treadmill(1.4)), [ForcePlate, Contacts], metrics)
    speeds = [row.value for row in told.rows if row.name == "walking_speed"]
    assert len(speeds) > 4
    assert speeds == pytest.approx([1.4] * len(speeds))
    lengths = {(row.side, row.stride): row.value for row in told.rows if row.name == "stride_length"}
    assert lengths == {(s.side, s.number): pytest.approx(1.4 * (s.t1 - s.t0)) for s in told.strides}
    unknown = run_pipeline(plates, [], Subject(MASS_KG), [ForcePlate, Contacts], metrics)
    assert all("under [treadmill]" in row.reason for row in unknown.rows)
