"""Co-contraction, centre of activity, median frequency and coherence against signals whose truth is known."""

import numpy as np
import pytest

from groundup.plugin import NotComputableError, Stride, Trace, Trial
from groundup_plugins.metrics.centre_of_activity import centre_of_activity, full_width_half_maximum
from groundup_plugins.metrics.cocontraction import cocontraction_falconer_winter, cocontraction_rudolph
from groundup_plugins.metrics.coherence import (
    coherence,
    intermuscular_coherence,
    intermuscular_coherence_limit,
    intermuscular_coherence_low,
)
from groundup_plugins.metrics.emg_spectrum import median_frequency

STRIDE = Stride(10.0, 11.0, 10.6, "R", 0)
TIME = np.linspace(10.0, 11.0, 2001)


def trace(values, site="soleus", rate=2000.0):
    return Trace(TIME, np.broadcast_to(np.asarray(values, float), TIME.shape), rate, "1", site)


def test_constants_give_the_known_indices():
    muscles = {"tibialis_anterior": trace(0.6), "soleus": trace(0.3)}
    assert cocontraction_falconer_winter(STRIDE, muscles) == pytest.approx(2 / 3)
    assert cocontraction_rudolph(STRIDE, muscles) == pytest.approx(0.45)


def test_antagonists_that_take_turns_do_not_cocontract_and_equal_ones_do_fully():
    first = TIME < 10.5
    apart = {"rectus_femoris": trace(first), "biceps_femoris": trace(~first)}
    assert cocontraction_falconer_winter(STRIDE, apart) == 0.0
    assert cocontraction_rudolph(STRIDE, apart) == 0.0
    same = {"rectus_femoris": trace(first), "biceps_femoris": trace(first)}
    assert cocontraction_falconer_winter(STRIDE, same) == pytest.approx(1.0)


def test_a_side_of_a_joint_is_the_mean_of_its_muscles_and_joints_count_alike():
    knee = {"vastus_medialis": trace(0.9), "vastus_lateralis": trace(0.3), "semitendinosus": trace(0.3)}
    assert cocontraction_falconer_winter(STRIDE, knee) == pytest.approx(2 / 3)
    both = knee | {"tibialis_anterior": trace(0.5), "soleus": trace(0.5)}
    assert cocontraction_falconer_winter(STRIDE, both) == pytest.approx((2 / 3 + 1) / 2)
    with pytest.raises(NotComputableError, match="both sides of a joint"):
        cocontraction_falconer_winter(STRIDE, {"soleus": trace(0.5), "gluteus_medius": trace(0.5)})


@pytest.mark.parametrize("centre", [0.02, 0.25, 0.5, 0.97])
def test_a_burst_has_its_centre_and_width_wherever_it_lies_in_the_circle(centre):
    away = (TIME - 10.0 - centre + 0.5) % 1.0 - 0.5
    burst = trace(np.exp(-0.5 * (away / 0.06) ** 2))
    found = centre_of_activity(STRIDE, {"soleus": burst})
    assert (found - centre + 0.5) % 1.0 - 0.5 == pytest.approx(0.0, abs=1e-3)
    width = full_width_half_maximum(STRIDE, {"soleus": burst})
    assert width == pytest.approx(2 * np.sqrt(2 * np.log(2)) * 0.06, abs=0.006)


def test_even_activity_has_no_centre():
    with pytest.raises(NotComputableError, match="spread evenly"):
        centre_of_activity(STRIDE, {"soleus": trace(1.0)})


@pytest.mark.parametrize("frequency", [60.0, 110.0, 200.0])
def test_the_median_frequency_of_a_tone_is_its_frequency(frequency):
    tone = trace(np.sin(2 * np.pi * frequency * TIME))
    assert median_frequency(STRIDE, {"soleus": tone}) == pytest.approx(frequency, abs=1.0)


def test_the_median_frequency_halves_flat_noise_between_20_and_450_hz():
    random = np.random.default_rng(5)
    found = [median_frequency(STRIDE, {"soleus": trace(random.normal(size=len(TIME)))}) for _ in range(40)]
    assert np.mean(found) == pytest.approx(235.0, abs=4.0)


def shared_drive(random, count, share):
    common = random.normal(size=count)
    return np.stack([np.sqrt(share) * common + np.sqrt(1 - share) * random.normal(size=count) for _ in range(2)])


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_two_signals_with_a_common_part_have_its_share_squared_as_coherence(share):
    random = np.random.default_rng(2)
    pieces = [shared_drive(random, 1500, share) for _ in range(200)]
    found = coherence(pieces, 1000.0, [(0, 1)])
    assert found.squared.mean() == pytest.approx(share**2, abs=0.01)


def test_independent_signals_stay_under_the_limit_as_often_as_it_says():
    """Overlapping segments are not independent: the limit counts them for what they are worth."""
    random = np.random.default_rng(8)
    under, total = 0, 0
    for _ in range(60):
        found = coherence([shared_drive(random, 2500, 0.0) for _ in range(8)], 1000.0, [(0, 1)])
        inner = found.squared[0, 2:-2]
        under, total = under + int((inner <= found.limit).sum()), total + len(inner)
    assert under / total == pytest.approx(0.95, abs=0.01)


def strides_of(drive, count=30, rate=1000.0, seed=0):
    random = np.random.default_rng(seed)
    found = []
    for n in range(count):
        stride = Stride(2.0 * n, 2.0 * n + 1.5, 2.0 * n + 1.0, "R", n)
        time = np.arange(stride.t0 - 0.1, stride.t1 + 0.1, 1 / rate)
        common = 1 + drive * np.sin(2 * np.pi * 30.0 * time + random.uniform(0, 6))
        traces = {
            site: Trace(time, random.normal(size=len(time)) * common, rate, "V", site)
            for site in ("vastus_medialis", "vastus_lateralis")
        }
        found.append((stride, traces))
    return found


def test_muscles_with_a_common_drive_at_30_hz_cohere_there_and_others_do_not():
    trial = Trial(0.0, 60.0)
    limit = intermuscular_coherence_limit(trial, strides_of(0.9))
    assert intermuscular_coherence(trial, strides_of(0.9)) > limit
    assert intermuscular_coherence(trial, strides_of(0.0)) < limit
    assert intermuscular_coherence_low(trial, strides_of(0.9)) < limit
    with pytest.raises(NotComputableError, match="least"):
        intermuscular_coherence(trial, strides_of(0.9, count=3))
    alone = [(s, {"soleus": t["vastus_medialis"]}) for s, t in strides_of(0.9)]
    with pytest.raises(NotComputableError, match="no two muscles"):
        intermuscular_coherence(trial, alone)


def test_the_mean_of_a_group_without_a_common_drive_is_that_of_chance():
    """1 / L with L independent segments; those under the limit left out, it would be above the limit: 3 / L."""
    trial, group = Trial(0.0, 60.0), [strides_of(0.0, seed=seed) for seed in range(12)]
    found = [intermuscular_coherence(trial, one) for one in group]
    segments = 1 + np.log(0.05) / np.log(1 - intermuscular_coherence_limit(trial, group[0]))
    assert np.mean(found) == pytest.approx(1 / segments, rel=0.1)
