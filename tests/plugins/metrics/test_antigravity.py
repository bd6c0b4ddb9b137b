"""Gluteal activity on load: a known line, shifted by a known lag, is read back; the shift moves the lag alone."""

import numpy as np
import pytest

from groundup.plugin import NotComputableError, Stride, Subject, Trace
from groundup_plugins.metrics.antigravity import antigravity_coupling, antigravity_lag, antigravity_r2

RATE = 1000.0
BODY = Subject(70.0)
WEIGHT = 70.0 * 9.80665
STRIDE = Stride(50.0, 51.1, 50.68, "R", 0)
METRICS = (antigravity_coupling, antigravity_lag, antigravity_r2)


def load_at(time):
    """Two peaks of a stance and nothing in swing, stride after stride (body weights)."""
    share = ((time - STRIDE.t0) % 1.1) / 0.68
    inside = np.where(share < 1, share, 0.0)
    return np.where(share < 1, 1.35 * np.sin(np.pi * inside) + 0.45 * np.sin(3 * np.pi * inside), 0.0)


def vertical():
    time = np.arange(STRIDE.t0, STRIDE.t1, 1 / RATE)
    return Trace(time, load_at(time) * WEIGHT, RATE, "N")


def muscle(slope, lead, noise=0.0, level=0.2, seed=0):
    """Active `lead` seconds before the load, by `slope` for a body weight, and by noise as slow as an envelope's."""
    time = np.arange(STRIDE.t0 - 0.3, STRIDE.t1 + 0.1 + 1 / RATE, 1 / RATE)
    slow = np.convolve(np.random.default_rng(seed).normal(size=len(time) + 39), np.ones(40), "valid")
    values = level + slope * load_at(time + lead) + noise * slow / slow.std()
    return Trace(time, values, RATE, "1")


def measured(*traces):
    glutes = dict(zip(("gluteus_maximus", "gluteus_medius"), traces, strict=False))
    return [metric(STRIDE, glutes, vertical(), BODY) for metric in METRICS]


@pytest.mark.parametrize("slope", [0.05, 0.4])
@pytest.mark.parametrize("lead", [-0.06, 0.0, 0.06, 0.1234, 0.25])
def test_slope_lag_and_fit_are_what_was_put_in(slope, lead):
    assert measured(muscle(slope, lead)) == [
        pytest.approx(slope, rel=2e-3), pytest.approx(lead, abs=1e-3), pytest.approx(1.0, abs=2e-3)
    ]  # fmt: skip


def test_sixty_milliseconds_earlier_or_later_move_the_lag_and_not_the_slope():
    usual, early, late = (measured(muscle(0.3, 0.08 + shift)) for shift in (0.0, 0.06, -0.06))
    assert [early[1] - usual[1], usual[1] - late[1]] == pytest.approx([0.06, 0.06], abs=2e-3)
    assert [early[0], late[0]] == pytest.approx([usual[0]] * 2, rel=0.01)
    assert [early[2], late[2]] == pytest.approx([usual[2]] * 2, abs=0.01)


def test_tone_changes_neither_and_activity_of_its_own_lowers_the_fit():
    assert measured(muscle(0.3, 0.05, level=2.0)) == pytest.approx(measured(muscle(0.3, 0.05)), rel=1e-6)
    load = load_at(vertical().time)
    fits = [measured(muscle(0.3, 0.05, noise=0.5 * 0.3 * load.std(), seed=seed))[2] for seed in range(10)]
    assert np.mean(fits) == pytest.approx(1 / (1 + 0.5**2), abs=0.03)


def test_of_two_muscles_their_mean_is_held_against_load():
    slope, lag, r2 = measured(muscle(0.5, 0.05), muscle(0.1, 0.05))
    assert (slope, lag, r2) == pytest.approx((0.3, 0.05, 1.0), abs=2e-3)


def test_activity_that_follows_no_load_has_no_lag_and_says_so():
    with pytest.raises(NotComputableError, match=r"no lag is theirs|at every lag"):
        measured(muscle(0.3, 0.45))
    time = np.arange(STRIDE.t0 - 0.3, STRIDE.t1 + 0.2, 1 / RATE)
    own = Trace(time, 0.5 + 0.1 * np.random.default_rng(3).normal(size=len(time)), RATE)
    assert antigravity_r2(STRIDE, {"gluteus_medius": own}, vertical(), BODY) < 0.05
    with pytest.raises(NotComputableError, match="does not change"):
        antigravity_r2(STRIDE, {"gluteus_medius": Trace(time, np.ones(len(time)), RATE)}, vertical(), BODY)
