"""A value that says how far it may be off keeps that beside it: in its row, in the file, in the profile."""

import math
import pickle

import numpy as np
import pytest

from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.profile.profile_lines import profile_lines
from groundup.analysis.profile.strategy_profile import strategy_profile
from groundup.model.uncertain import Uncertain
from groundup.plugin import Stance, Trace, metric
from groundup.recording import tables
from groundup_plugins.metrics.joint_work import uncertain, work


@metric("share", of=Stance, unit="1", axis="where the work is done")
def share(stance):
    """A share."""
    return Uncertain(0.4, 0.12)


def test_it_is_the_number_it_stands_for():
    one = Uncertain(0.4, 0.12)
    assert one == 0.4
    assert math.isnan(Uncertain(0.4).uncertainty)
    assert pickle.loads(pickle.dumps(one)).uncertainty == 0.12


def test_a_table_of_before_has_values_without_an_uncertainty():
    before = tables.METRICS.of_version(2)
    assert not {"uncertainty", "quality"} & before.keys()
    old = tables.make_table(before, [(0.0, 1.0, "", 0, "L", 0.4, "1", "ok", "", math.nan, math.nan)])
    assert np.isnan(tables.METRICS.todays(tables.frame(old))["uncertainty"]).all()


def test_the_profile_says_it_and_no_number_of_values_makes_it_smaller():
    for count in (1, 20):
        rows = [MetricRow("share", n, n + 1.0, "", n, "L", 0.4, "1", uncertainty=0.12) for n in range(count)]
        said = " ".join(" ".join(profile_lines(strategy_profile(rows, [share]))).split())
        assert "a value is known to \u00b10.12" in said


def test_independent_errors_add_as_squares():
    """Work of a constant power of 1 W/kg over 1 s, with errors of 3 % and 4 %: 5 %, times 1.96."""
    time = np.linspace(0.0, 1.0, 101)
    power = Trace(time, np.ones(101), 100.0, "W/kg", errors=np.tile([0.03, 0.04], (101, 1)))
    found = work(power)
    assert found == pytest.approx(1.0)
    assert found.uncertainty == pytest.approx(1.96 * 0.05)
    half = work(power.between(0.0, 0.5))
    assert half.uncertainty == pytest.approx(1.96 * 0.025)


def test_an_error_that_all_joints_share_leaves_their_shares():
    time = np.linspace(0.0, 1.0, 101)
    powers = [Trace(time, np.full(101, p), 100.0, errors=np.full((101, 1), 0.1 * p)) for p in (1.0, 3.0)]
    found = uncertain(
        lambda given: np.trapezoid(given[0], time, axis=0) / 4.0 / (given[0][0] + given[1][0]) * 4, powers
    )
    assert found == pytest.approx(0.25)
    assert found.uncertainty == pytest.approx(0.0, abs=1e-9)


def test_a_power_whose_errors_nobody_tells_has_no_uncertainty():
    time = np.linspace(0.0, 1.0, 11)
    assert not isinstance(work(Trace(time, np.ones(11), 10.0)), Uncertain)


def test_a_ratio_over_what_may_be_nothing_is_not_known_at_all():
    time = np.linspace(0.0, 1.0, 11)
    power = Trace(time, np.full(11, 0.1), 10.0, errors=np.full((11, 1), 0.2))
    found = uncertain(lambda given: 1.0 / np.maximum(given[0], 0.0).sum(axis=0), [power])
    assert found.uncertainty == np.inf
