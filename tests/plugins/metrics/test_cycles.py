"""The mean cycle that timing, order and synergies of muscles are measured of."""

import numpy as np
import pytest

from groundup.plugin import NotComputableError, Stride, Trace
from groundup_plugins.metrics.cycles import mean_cycle


def recorded(hit=None):
    """Six strides of two muscles; in one of them the cable of the soleus is hit."""
    strides = []
    for number in range(6):
        t0 = 10.0 + 1.1 * number
        time = np.arange(t0 - 0.1, t0 + 1.2, 1e-3)
        bump = np.exp(-(((time - t0 - 0.4) / 0.1) ** 2))
        traces = {site: Trace(time, bump.copy(), 1000.0, "V", site, "R") for site in ("soleus", "vastus_lateralis")}
        if number == hit:
            traces["soleus"].values[np.abs(time - t0 - 0.8) < 0.02] = 40.0
        strides.append((Stride(t0, t0 + 1.1, t0 + 0.66, "R", number), traces))
    return strides


def test_one_hit_on_a_cable_is_no_activity_of_a_muscle():
    with pytest.raises(NotComputableError, match=r"one stride of 6 .* soleus: it may hold an artefact") as raised:
        mean_cycle(recorded(hit=3), 3)
    assert raised.value.reason.t0 == pytest.approx(13.3)
    assert raised.value.reason.t1 == pytest.approx(14.4)


def test_without_one_it_is_the_mean():
    sites, cycle = mean_cycle(recorded(), 3)
    assert sites == ["soleus", "vastus_lateralis"]
    assert np.argmax(cycle[0]) == pytest.approx(100 * 0.4 / 0.66, abs=1)
    assert cycle.max() == pytest.approx(1.0, abs=0.01)
