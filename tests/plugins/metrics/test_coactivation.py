"""Whole-leg co-activation: levels that are known, and tone, which synergies cannot see."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.plugin import NotComputableError, Stride, Trace, Trial
from groundup_plugins.metrics.coactivation import coactivation, whole_leg_coactivation
from groundup_plugins.metrics.synergies import synergy_count, vaf_one_synergy

STRIDE = Stride(10.0, 11.0, 10.6, "R", 0)
TIME = np.linspace(10.0, 11.0, 1001)
SITES = (
    "gluteus_maximus", "gluteus_medius", "vastus_lateralis", "rectus_femoris", "biceps_femoris", "soleus",
    "gastrocnemius_medialis", "tibialis_anterior",
)  # fmt: skip


def leg(tone, sites=SITES):
    """One burst of each muscle, spread over the cycle, on a tonic level; over its own peak."""
    made = {}
    for number, site in enumerate(sites):
        away = (TIME - 10.0 - number / len(sites) + 0.5) % 1.0 - 0.5
        values = (np.exp(-0.5 * (away / 0.08) ** 2) + tone) / (1.0 + tone)
        made[site] = Trace(TIME, values, 1000.0, "1", site, "R")
    return made


def test_it_rises_with_tone_where_the_synergies_see_nothing():
    tones = (0.0, 0.1, 0.25, 0.5, 1.0)
    seen = [whole_leg_coactivation(STRIDE, leg(tone)) for tone in tones]
    assert all(b > 1.2 * a for a, b in pairwise(seen))
    assert seen[-1] > 5 * seen[0]
    strides = {tone: [(STRIDE, leg(tone))] * 3 for tone in tones}
    trial = Trial(0.0, 20.0)
    assert len({round(vaf_one_synergy(trial, strides[tone]), 6) for tone in tones}) == 1
    assert len({synergy_count(trial, strides[tone]) for tone in (0.0, 1.0)}) == 1


@pytest.mark.parametrize("level", [0.05, 0.3, 1.0])
def test_muscles_that_hold_one_level_have_that_level(level):
    constant = {site: Trace(TIME, np.full(len(TIME), level), 1000.0) for site in SITES}
    # The published weight of muscles that are alike is 0.9975.
    assert whole_leg_coactivation(STRIDE, constant) == pytest.approx(level / (1 + np.exp(-6.0)), rel=1e-9)


def test_one_muscle_alone_is_no_coactivation():
    alone = {site: Trace(TIME, np.full(len(TIME), float(site == "soleus")), 1000.0) for site in SITES}
    assert whole_leg_coactivation(STRIDE, alone) < 0.02


@settings(max_examples=50)
@given(st.lists(st.floats(0.0, 1.5), min_size=2, max_size=9))
def test_it_is_the_published_formula_pair_by_pair(values):
    pairs = [abs(a - b) for i, a in enumerate(values) for b in values[i + 1 :]]
    weight = 1.0 - 1.0 / (1.0 + np.exp(-12.0 * (np.mean(pairs) - 0.5)))
    top = max(values)
    wanted = weight * np.mean(values) ** 2 / top if top > 0 else 0.0
    assert coactivation(np.array(values)[:, None])[0] == pytest.approx(wanted, rel=1e-9, abs=1e-12)


def test_a_few_muscles_or_one_segment_are_no_leg():
    with pytest.raises(NotComputableError, match="4 muscles"):
        whole_leg_coactivation(STRIDE, leg(0.1, SITES[:4]))
    shank = ("soleus", "gastrocnemius_medialis", "gastrocnemius_lateralis", "tibialis_anterior", "peroneus_longus")
    with pytest.raises(NotComputableError, match="one segment"):
        whole_leg_coactivation(STRIDE, leg(0.1, shank))
