"""Coordination on made angles with known directions, phases and spread."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundup.plugin import NotComputableError, Stride, Trace, Trial
from groundup_plugins.metrics.coordination import (
    continuous_relative_phase,
    coordination_variability,
    coupling,
    coupling_angle,
    coupling_anti_phase,
    coupling_distal_lead,
    coupling_in_phase,
    deviation,
    mean_direction,
    relative_phase,
    shares,
)
from groundup_plugins.metrics.segment_turns import forward_turning

STRIDE = Stride(10.0, 11.1, 10.7, "R", 0)
RATE = 200.0
TURN = 2 * np.pi / 1.1


def swing(phase=0.0, height=1.0):
    """Angular velocity that is backwards in stance and forwards in swing."""
    time = 10.0 + np.arange(-2, 225) / RATE
    return time, -height * np.sin(TURN * (time - 10.0) - phase)


def sensor(segment, values, axis=(0.0, 1.0, 0.0)):
    time, _ = swing()
    return Trace(time, np.outer(values, axis), RATE, "rad/s", segment, "R")


def leg(thigh, shank):
    return {"thigh": sensor("thigh", thigh), "shank": sensor("shank", shank)}


def test_together_is_45_degrees_and_against_each_other_135():
    one = np.sin(np.linspace(0, 2 * np.pi, 50)) + 0.3
    assert mean_direction(one, one) == pytest.approx(45.0)
    assert mean_direction(one, -one) == pytest.approx(135.0)
    assert mean_direction(one, 0 * one) % 180 == pytest.approx(0.0, abs=1e-9)
    assert mean_direction(0 * one, one) == pytest.approx(90.0)


def test_of_a_stride_it_is_the_direction_in_which_thigh_and_shank_turn():
    _, turning = swing()
    assert coupling_angle(STRIDE, leg(turning, turning)) == pytest.approx(45.0)
    assert coupling_angle(STRIDE, leg(turning, np.sqrt(3) * turning)) == pytest.approx(60.0)
    assert coupling_in_phase(STRIDE, leg(turning, turning)) == 1.0
    assert coupling_anti_phase(STRIDE, leg(turning, turning)) == 0.0
    assert coupling_distal_lead(STRIDE, leg(turning, 1.2 * turning)) == 1.0
    assert coupling_distal_lead(STRIDE, leg(turning, 0.8 * turning)) == 0.0


@given(st.floats(0.3, 5.0), st.integers(0, 5))
def test_neither_how_a_sensor_is_mounted_nor_a_common_speed_matters(factor, seed):
    _, thigh = swing()
    _, shank = swing(0.4, 1.3)
    axes = np.random.default_rng(seed).normal(size=(2, 3))
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    turned = {
        name: sensor(name, factor * v, a) for name, v, a in zip(("thigh", "shank"), (thigh, shank), axes, strict=True)
    }
    for metric in (coupling_angle, continuous_relative_phase, coupling_in_phase):
        assert metric(STRIDE, turned) == pytest.approx(metric(STRIDE, leg(thigh, shank)))


def test_bins_are_centred_on_or_bounded_by_45_degrees():
    angles = np.array([0.0, 44.0, 46.0, 100.0, 134.0, 136.0, 170.0, 224.0, 270.0, 315.0])
    four = shares(angles, 4)
    assert four == {"proximal": 0.2, "in phase": 0.3, "distal": 0.2, "anti-phase": 0.3}
    eight = shares(angles, 8)
    assert eight["in phase, proximal leads"] == 0.3
    assert sum(eight.values()) == pytest.approx(1.0)


@pytest.mark.parametrize("shift", [0.0, 30.0, 90.0, 150.0, 180.0])
def test_the_relative_phase_of_shifted_sines_is_their_shift(shift):
    turn = 2 * np.pi * (np.arange(100) + 0.5) / 100
    assert relative_phase(np.sin(turn), 2.5 * np.sin(turn - np.radians(shift))) == pytest.approx(shift, abs=2.0)


def test_strides_that_are_alike_do_not_vary():
    _, thigh = swing()
    _, shank = swing(0.3)
    alike = [(STRIDE, leg(thigh, shank))] * 6
    assert coordination_variability(Trial(0, 20), alike) == pytest.approx(0.0, abs=1e-5)
    with pytest.raises(NotComputableError, match="6 strides"):
        coordination_variability(Trial(0, 20), alike[:5])


def test_a_known_spread_is_read_back():
    random = np.random.default_rng(1)
    angles = 60.0 + random.normal(0.0, 10.0, (4000, 20))
    assert deviation(angles) == pytest.approx(10.0, abs=0.2)
    assert deviation(random.uniform(0, 360, (4000, 20))) == pytest.approx(81.0, abs=1.5)
    np.testing.assert_allclose(coupling(np.array([1.0, -1.0]), np.array([1.0, -1.0])), [45.0, 225.0])


def test_a_leg_that_does_not_turn_or_lacks_a_sensor_is_not_computable():
    _, turning = swing()
    with pytest.raises(NotComputableError, match="hardly turns back"):
        forward_turning(STRIDE, sensor("thigh", 0.01 * turning))
    with pytest.raises(NotComputableError, match="none on the shank"):
        coupling_angle(STRIDE, {"thigh": sensor("thigh", turning)})
