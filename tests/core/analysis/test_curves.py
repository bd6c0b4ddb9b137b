"""Mean curves are the mean and SD of the cut stretches, by numpy on the same samples."""

import numpy as np
import pytest

from groundup.analysis.gait.walking_bouts import WalkingBout
from groundup.analysis.metrics.curves import PERCENT, mean_curves
from groundup.analysis.metrics.needs import Resolver
from groundup.model.events import Stance, Stride
from groundup.model.signals import Signal
from groundup.model.streams import Channel

RATE = 1000.0
TIME = np.arange(0.0, 12.0, 1 / RATE)
STRIDES = tuple(Stride(t, t + 1.0 + 0.1 * (n % 3), t + 0.6, "R", n) for n, t in enumerate(np.arange(0.5, 8.0, 1.2)))
STANCES = tuple(Stance(s.t0, s.foot_off, "R", "plate:1", s.number) for s in STRIDES)


def envelope(values):
    return Signal("e", "envelope", TIME, values[:, None], (Channel("x", "V", "soleus", "R"),), RATE)


def plate():
    force = np.column_stack([np.sin(TIME), 0.1 * TIME, 700.0 + 10.0 * TIME])
    return Signal("p", "grf", TIME, force, tuple(Channel(c, "N", "plate:1", "R") for c in ("Fx", "Fy", "Fz")), RATE)


def curves(*signals):
    return {
        (c.what, c.name, c.side): c
        for c in mean_curves(Resolver(signals, STANCES, STRIDES, [WalkingBout(0.0, 12.0, (0.0, 1.0))]))
    }


def test_mean_and_sd_are_those_of_all_strides_at_each_percent():
    values = 1e-5 * (2.0 + np.sin(3.0 * TIME))
    found = curves(envelope(values))["emg", "soleus", "R"]
    each = np.array([np.interp(s.t0 + PERCENT / 100 * (s.t1 - s.t0), TIME, values) for s in STRIDES])
    assert (found.count, found.of, found.unit) == (len(STRIDES), "stride", "V")
    np.testing.assert_allclose(found.mean, each.mean(axis=0), rtol=1e-3)
    np.testing.assert_allclose(found.sd, each.std(axis=0, ddof=1), rtol=0.05, atol=1e-8)


def test_forces_are_those_of_stances_in_the_persons_own_directions():
    found = curves(plate())
    assert set(found) == {("grf", name, "R") for name in ("vertical", "forward", "to the left")}
    middle = np.mean([700.0 + 10.0 * (s.t0 + s.t1) / 2 for s in STANCES])
    assert found["grf", "vertical", "R"].mean[50] == pytest.approx(middle, rel=1e-4)
    assert found["grf", "forward", "R"].mean[50] == pytest.approx(0.01 * (middle - 700.0), rel=1e-3)
    assert found["grf", "vertical", "R"].of == "stance"


def test_a_stride_with_a_gap_is_left_out_and_the_count_says_so():
    values = np.ones(len(TIME))
    values[(TIME > 3.0) & (TIME < 3.1)] = np.nan
    found = curves(envelope(values))["emg", "soleus", "R"]
    assert found.count == len(STRIDES) - 1
    assert found.mean == pytest.approx(1.0)


def test_one_stride_has_no_sd():
    lone = mean_curves(Resolver([envelope(np.ones(len(TIME)))], (), STRIDES[:1]))[0]
    assert lone.count == 1
    assert np.isnan(lone.sd).all()
