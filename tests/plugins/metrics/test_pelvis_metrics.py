"""Harmonic ratios, regularity and variability on made movements of the pelvis with known harmonics and noise."""

from itertools import pairwise

import numpy as np
import pytest
from made_walks import contact_times, made_walk

from groundup.analysis.pipeline import run_pipeline
from groundup.plugin import Event, NotComputableError, Stride, Subject, Trace, Trial
from groundup_plugins.metrics.harmonic_ratio import harmonic_ratio, harmonic_ratio_ap, harmonic_ratio_ml
from groundup_plugins.metrics.regularity import (
    POINTS,
    scaling,
    step_regularity,
    stride_regularity,
    stride_time_scaling,
    stride_time_variability,
)

RATE, LASTS = 200.0, 1.1
TRIAL = Trial(0.0, 1e6)


def pelvis(amplitudes, t0=10.0, axes=None, noise=None, rate=RATE):
    """Gravity up along x, and the sum of harmonics of a stride on each axis: x up, y left, z forward."""
    time = t0 + np.arange(-2, int(LASTS * rate) + 3) / rate
    values = np.zeros((len(time), 3))
    values[:, 0] = 9.81
    for axis, found in enumerate(amplitudes):
        for number, amplitude in found.items():
            values[:, axis] += amplitude * np.cos(2 * np.pi * number * (time - t0) / LASTS + number)
    if noise is not None:
        values += noise.normal(0.0, 1.0, values.shape)
    return Trace(time, values if axes is None else values @ axes, rate, "m/s^2", "pelvis")


STRIDE = Stride(10.0, 10.0 + LASTS, 10.7, "L", 0)
UP, LEFT, FORWARD = {2: 3.0, 4: 1.0, 1: 0.5, 3: 0.5}, {1: 2.0, 3: 1.0, 2: 0.5}, {2: 2.0, 1: 0.8, 20: 0.4}


def test_harmonics_that_were_put_in_are_read_back():
    made = pelvis([UP, LEFT, FORWARD])
    assert harmonic_ratio(STRIDE, made, {}) == pytest.approx(4.0, rel=0.02)
    assert harmonic_ratio_ml(STRIDE, made, {}) == pytest.approx(6.0, rel=0.02)
    assert harmonic_ratio_ap(STRIDE, made, {}) == pytest.approx(3.0, rel=0.02)


def test_the_vertical_does_not_depend_on_how_the_sensor_is_mounted():
    axes = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    turned = harmonic_ratio(STRIDE, pelvis([UP, LEFT, FORWARD], axes=axes), {})
    assert turned == pytest.approx(harmonic_ratio(STRIDE, pelvis([UP, LEFT, FORWARD]), {}), rel=1e-9)


def test_a_sensor_that_lies_flat_or_is_too_slow_says_so():
    flat = pelvis([UP, LEFT, FORWARD], axes=np.array([[0.0, 0, 1], [0, 1, 0], [1, 0, 0]]))
    with pytest.raises(NotComputableError, match="lies flat"):
        harmonic_ratio_ml(STRIDE, flat, {})
    with pytest.raises(NotComputableError, match="20th harmonic"):
        harmonic_ratio(STRIDE, pelvis([UP, LEFT, FORWARD], rate=30.0), {})


def row(amplitudes, count=40, noise=None, rate=RATE):
    found = []
    for number in range(count):
        t0 = 10.0 + number * LASTS
        found.append((Stride(t0, t0 + LASTS, t0 + 0.7, "L", number), pelvis(amplitudes, t0, noise=noise, rate=rate)))
    return found


def test_strides_that_are_alike_are_regular_and_steps_that_differ_are_not():
    assert stride_regularity(TRIAL, row([{2: 1.0}, {}, {}])) == pytest.approx(1.0, abs=1e-6)
    assert step_regularity(TRIAL, row([{2: 1.0}, {}, {}])) == pytest.approx(1.0, abs=1e-3)
    # The odd harmonic is turned over from step to step: (a2² - a1²) / (a2² + a1²).
    assert stride_regularity(TRIAL, row([{1: 0.5, 2: 1.0}, {}, {}])) == pytest.approx(1.0, abs=1e-6)
    assert step_regularity(TRIAL, row([{1: 0.5, 2: 1.0}, {}, {}])) == pytest.approx(0.75 / 1.25, abs=0.01)


def test_noise_of_known_power_takes_its_share_of_regularity():
    # Sampled where it is looked at, or interpolation would smooth the noise.
    found = stride_regularity(TRIAL, row([{2: 2.0}, {}, {}], 80, np.random.default_rng(0), POINTS / LASTS))
    assert found == pytest.approx(2.0 / 3.0, abs=0.04)  # power 2 of the harmonic, 1 of the noise


def times(lasts):
    edges = 10.0 + np.concatenate([[0.0], np.cumsum(lasts)])
    return [(Stride(a, b, a + 0.6, "L", n), Subject()) for n, (a, b) in enumerate(pairwise(edges))]


def test_the_coefficient_of_variation_is_the_one_put_in():
    lasts = 1.1 + 0.02 * np.random.default_rng(0).normal(size=3000)
    assert stride_time_variability(TRIAL, times(lasts)) == pytest.approx(2.0 / 1.1, rel=0.05)
    with pytest.raises(NotComputableError, match="needs 6 steady strides, and 5 were seen"):
        stride_time_variability(TRIAL, times(lasts[:5]))


def test_a_pause_and_a_missed_contact_are_no_variability():
    lasts = 1.1 + 0.02 * np.random.default_rng(1).normal(size=60)
    known = stride_time_variability(TRIAL, times(lasts))
    lasts[[10, 30, 31]] = (2.9, 2.2, 0.6)
    assert stride_time_variability(TRIAL, times(lasts)) == pytest.approx(known, rel=0.1)
    with pytest.raises(NotComputableError, match="needs 6 steady strides, and 5 of 7 are"):
        stride_time_variability(TRIAL, times(np.array([1.1, 1.1, 2.9, 1.1, 0.5, 1.1, 1.1])))


def test_a_walker_who_slows_down_is_steady():
    lasts = np.linspace(1.0, 3.0, 100)
    assert stride_time_variability(TRIAL, times(lasts)) == pytest.approx(100 * lasts.std(ddof=1) / lasts.mean())


def test_a_stride_with_a_pause_is_left_out_of_regularity():
    strides = row([{2: 1.0}, {}, {}])
    longer = Stride(strides[20][0].t0, strides[20][0].t0 + 2 * LASTS, strides[20][0].foot_off, "L", 20)
    paused = [*strides[:20], (longer, strides[20][1]), *strides[22:]]
    assert stride_regularity(TRIAL, paused) == pytest.approx(1.0, abs=1e-6)
    with pytest.raises(NotComputableError, match="needs 5 steady strides with one that follows, and 4 of 5 have it"):
        stride_regularity(TRIAL, strides[:5])


def test_scaling_exponents_of_known_noises():
    random = np.random.default_rng(3)
    white = random.normal(size=8000)
    assert scaling(white) == pytest.approx(0.5, abs=0.05)
    assert scaling(np.cumsum(white)) == pytest.approx(1.5, abs=0.07)
    spectrum = np.fft.rfft(random.normal(size=8000))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    assert scaling(np.fft.irfft(spectrum)) == pytest.approx(1.0, abs=0.07)


def test_few_strides_or_a_row_that_is_broken_have_no_exponent():
    lasts = 1.1 + 0.02 * np.random.default_rng(0).normal(size=400)
    assert stride_time_scaling(TRIAL, times(lasts)) == pytest.approx(0.5, abs=0.15)
    with pytest.raises(NotComputableError, match="256 strides"):
        stride_time_scaling(TRIAL, times(lasts[:255]))
    broken = times(lasts)
    del broken[200]
    with pytest.raises(NotComputableError, match="longest row has 200"):
        stride_time_scaling(TRIAL, broken)


def test_strides_of_a_u_turn_have_no_harmonic_ratio_and_those_beside_it_have():
    contacts = contact_times(3, strides=14)
    turn = float(contacts[14])
    walk = made_walk(3, contacts, turn_at=turn)
    events = [Event(t, "IC", side, "file") for t, side in zip(walk.contacts.tolist(), walk.sides, strict=True)]
    rows = run_pipeline([walk.signal], events, Subject(), [], [harmonic_ratio]).rows
    turning = [row for row in rows if row.t0 < turn - 0.1 and row.t1 > turn + 0.1]
    away = [row for row in rows if row.t1 < turn - 0.9 or row.t0 > turn + 0.9]
    assert turning
    assert all("the person turns by" in row.reason for row in turning)
    assert len(away) > 10
    assert all(row.status == "ok" for row in away)
    # Without a gyroscope nothing tells it.
    blind = made_walk(3, contacts, turn_at=turn, gyroscope=False)
    assert all(row.status == "ok" for row in run_pipeline([blind.signal], events, Subject(), [], [harmonic_ratio]).rows)
