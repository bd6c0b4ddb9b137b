"""Values that go round are summed up and compared the short way round: just before and just after 0 are neighbours."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.profile.circular import difference, direction, median, percentiles
from groundup.analysis.profile.differences import HIGHER, LOWER, SAME, Values, cliffs_delta, compare
from groundup.analysis.profile.profile_lines import profile_lines
from groundup.analysis.profile.strategy_profile import bootstrap_interval, strategy_profile
from groundup.model.events import Stride
from groundup.plugin import metric


@metric("moment", of=Stride, unit="1", axis="cooperation", circular=1.0)
def moment(stride):
    """When in the cycle."""
    return 0.0


@metric("level", of=Stride, unit="1")
def level(stride):
    """How much."""
    return 0.0


def rows(values, of=moment):
    return [MetricRow(of.name, n, n + 1.0, "", n, "LR"[n % 2], float(v), "1") for n, v in enumerate(values)]


def compared(before, after, of=moment):
    (found,) = compare(Values("before", rows(before, of), {}), Values("after", rows(after, of), {}), [of])
    return found


def test_the_middle_of_values_around_zero_is_zero_and_not_opposite_of_it():
    assert float(difference(0.0, median([0.97, 0.98, 0.01, 0.02, 0.03], 1.0), 1.0)) == pytest.approx(0.01)
    assert float(difference(0.0, median([350.0, 10.0], 360.0), 360.0)) == pytest.approx(0.0)
    assert float(direction(np.array([170.0, 10.0]), 180.0)) % 180.0 == pytest.approx(0.0, abs=1e-9)
    assert float(median([1.0, 5.0, 60.0])) == 5.0
    # One that lies far off moves it no more than it moves a median.
    assert float(median([0.98, 0.99, 0.0, 0.01, 0.4], 1.0)) == pytest.approx(0.0)


def test_the_way_between_two_is_the_short_one():
    assert float(difference(0.98, 0.02, 1.0)) == pytest.approx(0.04)
    assert float(difference(0.02, 0.98, 1.0)) == pytest.approx(-0.04)
    assert float(difference(175.0, 5.0, 180.0)) == pytest.approx(10.0)
    assert float(difference(0.98, 0.02, None)) == pytest.approx(-0.96)


def test_quartiles_go_round_with_the_values():
    low, high = percentiles([0.96, 0.98, 0.0, 0.02, 0.04], [25, 75], 1.0)
    assert (low, high) == (pytest.approx(0.98), pytest.approx(0.02))


def test_the_interval_of_a_middle_at_zero_holds_zero_and_is_as_wide_as_elsewhere():
    spread = np.random.default_rng(5).normal(0.0, 0.02, 60)
    low, high = bootstrap_interval((spread % 1.0).tolist(), [""] * 60, 1.0)
    there = bootstrap_interval((spread + 0.5).tolist(), [""] * 60)
    assert low > 0.9 > 0.1 > high
    assert (low - 1.0, high) == (pytest.approx(there[0] - 0.5), pytest.approx(there[1] - 0.5))


def test_the_profile_goes_round_too():
    spread = np.linspace(-0.03, 0.04, 12)
    profile = strategy_profile(rows(spread % 1.0), [moment])
    found = next(part for part in profile if part.axis == "cooperation").entries[0]
    assert found.median == pytest.approx(0.005)
    assert found.low > 0.9 > 0.1 > found.high
    line = next(line for line in profile_lines(profile) if "moment" in line)
    assert "0.9" in line


@pytest.mark.parametrize("middle", [0.0, 0.3, 0.99])
def test_a_comparison_says_the_same_wherever_on_the_circle_it_is_made(middle):
    random = np.random.default_rng(6)
    one, other = random.normal(0.0, 0.02, 30), random.normal(0.03, 0.02, 24)
    found = compared((one + middle) % 1.0, (other + middle) % 1.0)
    plain = compared(one, other, level)
    assert found.verdict == plain.verdict == HIGHER
    for name in ("effect", "effect_low", "effect_high", "change", "change_low", "change_high"):
        assert getattr(found, name) == pytest.approx(getattr(plain, name)), name
    assert compared((other + middle) % 1.0, (one + middle) % 1.0).verdict == LOWER


def test_the_same_on_both_sides_of_zero_is_no_difference():
    spread = np.array([0.96, 0.98, 0.99, 0.01, 0.02, 0.04])
    assert compared(np.tile(spread, 4), np.tile(spread[::-1], 4)).verdict == SAME


def test_what_is_opposite_is_neither_higher_nor_lower():
    assert cliffs_delta(np.array([0.25]), np.array([0.75]), 1.0) == 0.0
    assert cliffs_delta(np.array([0.25]), np.array([0.74]), 1.0) == 1.0
    assert cliffs_delta(np.array([0.25]), np.array([0.76]), 1.0) == -1.0
    assert cliffs_delta(np.array([0.95, 0.05]), np.array([0.05, 0.05]), 1.0) == 0.5


@pytest.mark.rig
@given(
    st.lists(st.floats(0.0, 0.999), min_size=1, max_size=12),
    st.lists(st.floats(0.0, 0.999), min_size=1, max_size=12),
)
def test_the_effect_is_that_of_all_pairs(before, after):
    ways = [(b - a) % 1.0 for a in np.array(before) for b in np.array(after)]
    pairs = [0 if way in (0.0, 0.5) else 1 if way < 0.5 else -1 for way in ways]
    close = any(0.0 < min(abs(way - edge) for edge in (0.0, 0.5, 1.0)) < 1e-12 for way in ways)
    if not close:
        assert cliffs_delta(np.array(before), np.array(after), 1.0) == pytest.approx(np.mean(pairs))


@pytest.mark.parametrize("period", [0.0, -1.0, float("nan"), float("inf")])
def test_a_period_is_a_number_above_zero(period):
    with pytest.raises(ValueError, match="moment: circular is the period"):
        metric("moment", of=Stride, unit="1", circular=period)(lambda stride: 0.0)


def test_the_circular_metrics_in_the_box_say_so():
    from groundup.plugin.manager import plugins

    periods = {name: loaded.item.circular for name, loaded in plugins().metrics.items() if loaded.item.circular}
    timing = {name: period for name, period in periods.items() if name.startswith(("emg_on_", "emg_off_"))}
    assert set(timing.values()) == {100.0}
    assert {k: v for k, v in periods.items() if k not in timing} == {"centre_of_activity": 1.0, "coupling_angle": 180.0}
