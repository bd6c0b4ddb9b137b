"""The profile describes six axes, each with its strides, its interval and its method, and never more than it knows."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.profile.norms import Compared, compared_from, to_store
from groundup.analysis.profile.profile_lines import profile_lines
from groundup.analysis.profile.strategy_profile import AXES, bootstrap_interval, strategy_profile
from groundup.model.events import Stride
from groundup.model.reasons import Reason
from groundup.plugin import metric


@metric("share", of=Stride, unit="1", axis="gluteal role", parameters={"corner": 6.0})
def share(stride):
    """Share of what is shared.

    More of it.
    """
    return 0.0


@metric("plain", of=Stride, unit="s")
def plain(stride):
    """Not of an axis."""
    return 0.0


NO_REASON = Reason("")


def row(value, n=0, side="R", trial="", status="ok", why=NO_REASON):
    return MetricRow("share", n, n + 1.0, trial, n, side, value, "1", status, why.text, why.t0, why.t1)


def entry(rows):
    (found,) = next(part for part in strategy_profile(rows, [share, plain]) if part.axis == "gluteal role").entries
    return found


def test_all_six_axes_are_there_and_an_axis_nobody_speaks_for_says_so():
    profile = strategy_profile([], [share])
    assert [part.axis for part in profile] == list(AXES)
    assert len(AXES) == 6
    assert sum("no installed metric speaks for this axis" in line for line in profile_lines(profile)) == 5


def test_the_median_its_sides_and_its_method_are_given():
    found = entry([row(v, n, "L" if n % 2 else "R") for n, v in enumerate([1.0, 2.0, 3.0, 4.0, 5.0, 60.0])])
    assert (found.median, found.right, found.left, found.strides) == (3.5, 3.0, 4.0, 6)
    assert found.low < found.median < found.high
    assert (found.norm, found.method, found.parameters) == ("no norm", "Share of what is shared.", {"corner": 6.0})


def test_a_norm_is_shown_with_its_people_and_no_norm_with_its_reason():
    norms = {"share": [Compared("youths, n = 4", 0.5, 1.5, 4, "somewhere")]}
    profile = strategy_profile([row(1.0)], [share], norms)
    found = next(part for part in profile if part.axis == "gluteal role").entries[0]
    assert (found.norm, found.norm_low, found.norm_high) == ("youths, n = 4", 0.5, 1.5)
    text = "\n".join(profile_lines(profile))
    assert "0.500 to 1.50" in text
    assert "95 % of people like youths, n = 4 lie" in text
    assert "no norm" not in text
    assert "(youths, n = 4)" in profile._repr_html_()
    none = strategy_profile(
        [row(1.0)], [share], {"share": [Compared(why="that of youths was made with another filter")]}
    )
    assert "no norm: that of youths was made with another filter" in "\n".join(profile_lines(none))


def test_what_is_stored_of_a_norm_is_read_again():
    for norm in (Compared("youths, n = 4", 0.5, 1.5, 4, "somewhere"), Compared(why="other muscles")):
        assert repr(compared_from(to_store([norm]))) == repr((norm,))
        assert repr(compared_from(norm.stored())) == repr((norm,))  # as recordings had it that knew one norm
    two = (
        Compared("one", 0.0, 1.0, 9, value=0.0, values=3),
        Compared("other", 2.0, 3.0, 9, method="m", of="eyes open"),
    )
    assert repr(compared_from(to_store(two))) == repr(two)
    assert compared_from(None) == compared_from({}) == ()


def test_under_six_strides_there_is_no_interval():
    found = entry([row(float(n), n) for n in range(5)])
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert "under 6 values" in "\n".join(profile_lines(strategy_profile([row(1.0)], [share])))


def test_strides_are_resampled_within_their_trials():
    # Of two trials with three equal strides each, every resample is the same: the trials are never mixed.
    low, high = bootstrap_interval([1.0] * 3 + [9.0] * 3, ["a"] * 3 + ["b"] * 3)
    assert (low, high) == (5.0, 5.0)


@pytest.mark.rig
def test_the_interval_is_the_same_every_time_and_covers_like_95_percent():
    random = np.random.default_rng(4)
    samples = random.normal(size=(300, 40))
    inside = [low <= 0.0 <= high for low, high in (bootstrap_interval(x, [""] * 40) for x in samples)]
    assert 0.90 <= np.mean(inside) <= 0.99
    assert bootstrap_interval(samples[0], [""] * 40) == bootstrap_interval(samples[0], [""] * 40)


def test_what_was_not_computable_is_counted_with_its_usual_reason():
    bad = [row(math.nan, n, status="not_computable", why=Reason("it has a gap", n + 0.5, n + 0.5)) for n in range(3)]
    odd = row(math.nan, 9, status="failed", why=Reason("ValueError: no"))
    found = entry([row(1.0, 20), *bad, odd])
    assert (found.strides, found.not_computable, found.reason) == (
        1,
        4,
        "it has a gap, first at 0.500 s on the lab clock",
    )


def test_a_metric_without_any_value_gives_no_number():
    found = entry([row(math.nan, status="not_computable", why=Reason("it rained"))])
    assert math.isnan(found.median)
    text = "\n".join(
        profile_lines(strategy_profile([row(math.nan, status="not_computable", why=Reason("it rained"))], [share]))
    )
    assert "not computable" in text
    assert "because it rained" in text
    assert "nan" not in text


def test_a_metric_without_rows_says_that_no_stride_was_seen():
    assert "no stride was seen" in entry([]).reason


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=12), st.integers(80, 100))
def test_the_lines_fit_a_terminal(values, width):
    rows = [row(v, n) for n, v in enumerate(values)]
    rows.append(row(math.nan, 99, status="not_computable", why=Reason("of a long story " * 9)))
    assert max(len(line) for line in profile_lines(strategy_profile(rows, [share]), width=width)) <= 100


@pytest.mark.parametrize("word", ["normal", "abnormal", "patholog", "deficit", "weak", "too "])
def test_it_describes_and_never_judges(word):
    text = "\n".join(profile_lines(strategy_profile([row(float(n), n) for n in range(8)], [share])))
    assert word not in text.lower()
