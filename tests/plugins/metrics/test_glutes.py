"""Gluteal metrics against bursts whose overlap with braking is known exactly."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from groundup.plugin import NotComputableError, Stride, Trace
from groundup_plugins.metrics.glutes import (
    activity,
    braking_times,
    glute_braking_enrichment,
    glute_braking_share,
    glute_share_ratio,
)

STRIDE = Stride(10.0, 11.0, 10.6, "R", 0)


def trace(value, rate=2000.0, phase=0.0, unit="V"):
    """Of a function of time, sampled over the stride and a sample more at each end."""
    time = np.arange(STRIDE.t0 - 1 / rate + phase / rate, STRIDE.t1 + 1 / rate, 1 / rate)
    return Trace(time, np.asarray([value(t) for t in time], dtype=float), rate, unit)


def sinusoidal_force(amplitude=100.0, rate=1000.0, phase=0.0):
    """Brakes for half of a stance of 0.6 s, propels for the other half, nothing in swing."""
    return trace(lambda t: -amplitude * np.sin(2 * np.pi * (t - 10.0) / 0.6) if 10.0 <= t <= 10.6 else 0.0, rate, phase)


def box(a, b, height=1.0):
    return trace(lambda t: height if a <= t <= b else 0.0, 10_000.0)


def test_a_burst_with_a_known_overlap_with_braking_gives_it_exactly():
    for a, b, share in ((10.05, 10.25, 1.0), (10.2, 10.4, 0.5), (10.4, 10.8, 0.0), (10.25, 10.45, 0.25)):
        found = glute_braking_share(STRIDE, {"gluteus_medius": box(a, b)}, sinusoidal_force())
        assert found == pytest.approx(share, abs=1e-3)


def test_a_smooth_envelope_with_a_known_integral_in_braking_gives_it_exactly():
    envelope = trace(lambda t: 1.0 + np.cos(2 * np.pi * (t - 10.0)))
    exact = 0.3 + np.sin(2 * np.pi * 0.3) / (2 * np.pi)
    glutes = {"gluteus_maximus": envelope}
    assert glute_braking_share(STRIDE, glutes, sinusoidal_force()) == pytest.approx(exact, abs=1e-6)
    assert glute_braking_enrichment(STRIDE, glutes, sinusoidal_force()) == pytest.approx(exact / 0.3, abs=1e-5)


def test_even_activity_is_not_enriched_in_braking():
    steady = {"gluteus_medius": trace(lambda t: 3.0)}
    assert glute_braking_share(STRIDE, steady, sinusoidal_force()) == pytest.approx(0.3, abs=1e-6)
    assert glute_braking_enrichment(STRIDE, steady, sinusoidal_force()) == pytest.approx(1.0, abs=1e-6)


def test_every_gluteal_muscle_counts_alike_however_strong_its_signal():
    glutes = {"gluteus_medius": box(10.05, 10.25, height=1e-6), "gluteus_maximus": box(10.4, 10.8, height=1.0)}
    assert glute_braking_share(STRIDE, glutes, sinusoidal_force()) == pytest.approx(0.5, abs=1e-9)


def test_zero_crossings_are_found_between_samples():
    times = braking_times(sinusoidal_force(rate=200.0, phase=0.37))
    assert times.ravel() == pytest.approx([10.0, 10.3], abs=1e-4 + 1 / 200.0)
    assert times[0, 1] == pytest.approx(10.3, abs=1e-4)


heights = st.lists(st.floats(0.0, 1.0), min_size=12, max_size=12)


def envelope_of(levels):
    knots = np.linspace(9.9, 11.1, 12)
    return trace(lambda t: np.interp(t, knots, levels), 500.0)


@pytest.mark.rig
@given(heights, heights, st.floats(1e-6, 1e6), st.floats(0.01, 100.0))
def test_scaling_emg_or_force_changes_no_share(levels, others, gain, force):
    assume(sum(levels) > 0.1 and sum(others) > 0.1)
    glutes = {"gluteus_medius": envelope_of(levels), "gluteus_maximus": envelope_of(others)}
    scaled = {**glutes, "gluteus_medius": envelope_of([gain * level for level in levels])}
    for metric in (glute_braking_share, glute_braking_enrichment):
        here = metric(STRIDE, glutes, sinusoidal_force())
        assert metric(STRIDE, scaled, sinusoidal_force(100.0 * force)) == pytest.approx(here, rel=1e-6)


@pytest.mark.rig
@given(heights, st.floats(-1000.0, 1000.0))
def test_a_shift_in_time_changes_no_share(levels, shift):
    assume(sum(levels) > 0.1)

    def moved(t):
        return Trace(t.time + shift, t.values, t.rate)

    stride = Stride(STRIDE.t0 + shift, STRIDE.t1 + shift, STRIDE.foot_off + shift, "L", 5)
    there = glute_braking_share(stride, {"gluteus_medius": moved(envelope_of(levels))}, moved(sinusoidal_force()))
    here = glute_braking_share(STRIDE, {"gluteus_medius": envelope_of(levels)}, sinusoidal_force())
    assert there == pytest.approx(here, abs=1e-6)


@pytest.mark.rig
@given(heights)
def test_what_is_not_in_braking_is_in_propulsion_or_swing(levels):
    assume(sum(levels) > 0.1)
    envelope = envelope_of(levels)
    parts = [activity(envelope, a, b) for a, b in ((10.0, 10.3), (10.3, 11.0))]
    assert sum(parts) == pytest.approx(activity(envelope, 10.0, 11.0))
    share = glute_braking_share(STRIDE, {"gluteus_medius": envelope}, sinusoidal_force())
    assert share == pytest.approx(parts[0] / sum(parts), abs=2e-3)
    assert 0.0 <= share <= 1.0


def test_a_silent_muscle_has_no_share():
    for metric in (glute_braking_share, glute_braking_enrichment):
        with pytest.raises(NotComputableError, match="silent"):
            metric(STRIDE, {"gluteus_medius": trace(lambda t: 0.0)}, sinusoidal_force())


def test_without_braking_nothing_is_enriched():
    glutes = {"gluteus_medius": trace(lambda t: 1.0)}
    assert glute_braking_share(STRIDE, glutes, trace(lambda t: 50.0)) == 0.0
    with pytest.raises(NotComputableError, match="no braking phase"):
        glute_braking_enrichment(STRIDE, glutes, trace(lambda t: 50.0))


@given(st.lists(st.floats(0.01, 1.0), min_size=3, max_size=3))
def test_weighted_envelopes_give_the_share_of_the_weights(weights):
    shape = envelope_of([0, 0.2, 0.9, 1, 0.6, 0.3, 0.1, 0, 0, 0.2, 0.3, 0.1])
    names = ("gluteus_medius", "soleus", "tibialis_anterior")
    muscles = {n: Trace(shape.time, w * shape.values, shape.rate) for n, w in zip(names, weights, strict=True)}
    assert glute_share_ratio(STRIDE, muscles) == pytest.approx(weights[0] / sum(weights) * 3)


def test_the_share_ratio_needs_gluteal_and_other_muscles():
    with pytest.raises(NotComputableError, match="no gluteal muscle"):
        glute_share_ratio(STRIDE, {"soleus": trace(lambda t: 1.0)})
    with pytest.raises(NotComputableError, match="only gluteal muscles"):
        glute_share_ratio(STRIDE, {"gluteus_medius": trace(lambda t: 1.0), "gluteus_maximus": trace(lambda t: 1.0)})
    with pytest.raises(NotComputableError, match="silent"):
        glute_share_ratio(STRIDE, {"gluteus_medius": trace(lambda t: 0.0), "soleus": trace(lambda t: 0.0)})
