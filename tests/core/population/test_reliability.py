"""What a lab can tell apart: against Shrout & Fleiss 1979, pingouin, and people whose truth is known."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from archives import rows, tabled

from groundup.lab.errors import LabError
from groundup.population.anova import agreement
from groundup.population.reliability import reliability
from groundup.population.reliability_file import read_reliability, write_reliability
from groundup.population.session_values import PopulationError

SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)


def of(table, **more):
    return reliability(rows("step_length", tabled(table), **more))[0]


def made(people, sessions, sd_person, sd_error, seed):
    random = np.random.default_rng(seed)
    true = random.normal(1.2, sd_person, (people, 1))
    return true + random.normal(0, sd_error, (people, sessions))


def test_the_table_of_shrout_and_fleiss_gives_their_coefficients():
    found = agreement(SHROUT_FLEISS)
    assert round(found.icc_2_1, 2) == 0.29
    assert round(found.icc_3_1, 2) == 0.71
    between_judges, rest = 32.49, 1.02
    assert found.sem == pytest.approx(math.sqrt(rest + (between_judges - rest) / 6), rel=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_intervals_are_those_of_pingouin(seed):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pingouin = pytest.importorskip("pingouin")
    table = SHROUT_FLEISS if seed == 0 else made(12, 3, 0.1, 0.05 * seed, seed)
    n, k = table.shape
    long = pd.DataFrame(
        {"who": np.repeat(np.arange(n), k), "session": np.tile(np.arange(k), n), "value": table.ravel()}
    )
    theirs = pingouin.intraclass_corr(long, "who", "session", "value").set_index("Type")
    column = next(name for name in theirs.columns if name.startswith("CI95"))
    names = {name.replace(" ", ""): name for name in theirs.index}
    mine = agreement(table)
    for value, interval, keys in (
        (mine.icc_2_1, mine.icc_2_1_interval, ("ICC2", "ICC(A,1)")),
        (mine.icc_3_1, mine.icc_3_1_interval, ("ICC3", "ICC(C,1)")),
    ):
        row = theirs.loc[next(names[key] for key in keys if key in names)]
        assert value == pytest.approx(row["ICC"], abs=1e-9)
        assert interval == pytest.approx(tuple(row[column]), abs=0.0051)


def test_the_change_of_who_has_not_changed_is_under_the_mdc95_in_95_of_100():
    """The study is of 30 people; 4,000 others are measured twice, and are as they were."""
    under = []
    for seed in range(20):
        mdc95 = of(made(30, 2, 0.1, 0.03, seed)).mdc95
        pairs = made(200, 2, 0.1, 0.03, 1000 + seed)
        under.append(np.mean(np.abs(pairs[:, 0] - pairs[:, 1]) < mdc95))
    assert 0.93 < np.mean(under) < 0.97


def test_the_interval_of_the_mdc95_holds_the_truth_in_95_of_100():
    truth = 1.96 * math.sqrt(2) * 0.03
    found = [agreement(made(12, 2, 0.1, 0.03, seed)).mdc95_interval for seed in range(400)]
    assert 0.92 < np.mean([low < truth < high for low, high in found]) < 0.98


def test_a_thousand_strides_of_one_person_weigh_as_one_of_another():
    table = made(8, 2, 0.1, 0.03, 1)
    people = tabled(table)
    loud = rows("step_length", {"P00": people["P00"]}, strides=1000)
    quiet = rows("step_length", {who: sessions for who, sessions in people.items() if who != "P00"})
    found = reliability(pd.concat([loud, quiet]))[0]
    assert found.sem == pytest.approx(of(table).sem)


def test_who_has_one_session_only_is_left_out_and_counted():
    people = tabled(made(8, 2, 0.1, 0.03, 2))
    people["P90"] = {"s1": 1.0}
    found = reliability(rows("step_length", people))[0]
    assert (found.participants, found.sessions, found.left_out) == (8, 2, 1)
    assert found.sem == pytest.approx(of(made(8, 2, 0.1, 0.03, 2)).sem)


def test_one_session_a_person_is_not_known_and_says_why():
    found = of(made(9, 1, 0.1, 0.03, 3))
    assert not found.known
    assert math.isnan(found.mdc95)
    assert "each of the 9 participants has one session" in found.why


def test_four_people_are_too_few():
    assert "4 participants" in of(made(4, 2, 0.1, 0.03, 4)).why


def test_the_same_value_everywhere_tells_nothing():
    assert "every value is the same" in of(np.full((8, 2), 1.1)).why
    assert "one recording twice" in of(np.repeat(np.arange(8.0)[:, None], 2, axis=1)).why
    assert "no measurements" in of(np.arange(8.0)[:, None] + [0.0, 0.5]).why


def test_what_has_no_value_is_no_value():
    table = rows("step_length", tabled(made(8, 2, 0.1, 0.03, 5)))
    nothing = table.assign(value=math.nan, status="not_computable")
    infinite = table.assign(value=math.inf)
    assert reliability(pd.concat([table, nothing, infinite]))[0].sem == pytest.approx(reliability(table)[0].sem)


@pytest.mark.parametrize(
    ("column", "other", "said"),
    [
        ("unit", "cm", "unit 'cm' and 'm'"),
        ("method", "of the markers", "method"),
        ("parameters", '{"skip_strides": 5}', "skip_strides '5' and 'none'"),
    ],
)
def test_mixed_units_and_methods_are_refused_and_other_metrics_are_not(column, other, said):
    table = rows("step_length", tabled(made(8, 2, 0.1, 0.03, 6)))
    mixed = pd.concat([table, table.assign(**{column: other})])
    refused, kept = reliability(pd.concat([mixed, table.assign(metric="width")]))
    assert said in refused.why
    assert kept.known


def test_an_archive_that_lacks_a_column_is_refused():
    with pytest.raises(PopulationError, match="participant"):
        reliability(rows("step_length", tabled(made(8, 2, 0.1, 0.03, 6))).drop(columns="participant"))


def test_no_values_at_all_are_no_study():
    assert reliability(rows("step_length", tabled(made(8, 2, 0.1, 0.03, 6))).iloc[:0]) == []


def test_sessions_called_by_their_day_are_first_and_second_of_each_person():
    table = made(8, 2, 0.1, 0.03, 7)
    people = {f"P{i}": {f"day {10 - i}": row[0], f"day {20 + i}": row[1]} for i, row in enumerate(table)}
    found = reliability(rows("step_length", people))[0]
    assert found.sessions_by == "order"
    assert found.sem == pytest.approx(of(table).sem)


def test_dates_come_before_names():
    table = made(8, 2, 0.1, 0.03, 7)
    people = {f"P{i}": {f"b{i}": row[0], f"a{i}": row[1]} for i, row in enumerate(table)}
    dates = {(who, s): "2026-01-01" if s.startswith("b") else "2026-02-01" for who in people for s in people[who]}
    found = reliability(rows("step_length", people), dates=dates)[0]
    assert found.shift == pytest.approx(abs(np.diff(table.mean(axis=0))[0]))
    assert found.sem == pytest.approx(of(table).sem)


def test_left_and_right_are_measured_apart_and_together():
    left, right = made(8, 2, 0.1, 0.03, 8), made(8, 2, 0.1, 0.03, 9)
    both = pd.concat([rows("peak", tabled(left), side="L"), rows("peak", tabled(right), side="R")])
    found = {one.side: one for one in reliability(both)}
    assert found["L"].sem == pytest.approx(of(left).sem)
    assert found["R"].sem == pytest.approx(of(right).sem)
    assert found["both"].sem == pytest.approx(of((left + right) / 2).sem)


def test_what_goes_round_is_laid_out_before_it_is_averaged():
    table = made(8, 2, 0.1, 0.03, 10)
    round_ = reliability(rows("phase", tabled(table % 1.0)), periods={"phase": 1.0})[0]
    assert round_.sem == pytest.approx(of(table).sem)
    everywhere = np.random.default_rng(0).uniform(0, 1, (8, 2))
    assert "go round" in reliability(rows("phase", tabled(everywhere)), periods={"phase": 1.0})[0].why


def test_a_file_says_again_what_was_found(tmp_path):
    found = reliability(
        pd.concat([rows("step_length", tabled(made(8, 2, 0.1, 0.03, 1))), rows("alone", tabled(made(3, 1, 1, 1, 1)))])
    )
    path = tmp_path / "reliability.toml"
    write_reliability(path, found, made="2026-11-30", by="session")
    (read,) = read_reliability(path)
    assert read.mdc95 == pytest.approx(next(one for one in found if one.known).mdc95)
    assert read.held_against(read.mdc95 * 0.9) == "smaller"
    assert read.held_against(-read.high * 1.1) == "larger"
    path.write_text(path.read_text().replace("mdc95 = ", "mdc95 = -"))
    with pytest.raises(LabError, match="step_length"):
        read_reliability(path)
