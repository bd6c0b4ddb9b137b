"""Norms of one's own: 95 of 100 further people lie in them, nothing is extrapolated, and what is not so is said."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from archives import rows

from groundup.lab.errors import LabError
from groundup.plugin.norm_file import norms_from_file
from groundup.population.curve_band import pointwise, simultaneous
from groundup.population.curve_norms import build_curve_norms
from groundup.population.fit import fit
from groundup.population.norm_writing import write_norms
from groundup.population.norms import build_norms
from groundup.population.people import People

SEEDS = 120


def people(n, random, scatter, *, sessions=1, within=0.0):
    """Whose values grow with speed and fall with age, and differ by `scatter`(speed, n)."""
    speed, age = random.uniform(0.8, 1.8, n), random.uniform(20, 70, n)
    mine = 1.0 + 0.35 * speed - 0.001 * age + scatter(speed, random)
    every = mine[:, None] + within * random.standard_normal((n, sessions))
    sd = math.sqrt(every.var(axis=1, ddof=1).mean()) if sessions > 1 else math.nan
    known = {"speed": speed, "age_years": age}
    names = tuple(map(str, range(n)))
    return People(names, every.mean(axis=1), every[:, 0], np.full(n, sessions), sd, known, ("",) * n)


def normal(speed, random):
    return 0.05 * random.standard_normal(len(speed))


def skewed(speed, random):
    return 0.05 * (random.exponential(1.0, len(speed)) - 1.0)


def growing(speed, random):
    return 0.1 * (speed - 0.7) * random.standard_normal(len(speed))


def tried(scatter, n, terms, **more):
    """Share of further people inside, by the truth and left out in turn; and the remarks of all seeds."""
    inside, left_out, fast, remarks = [], [], [], []
    for seed in range(SEEDS):
        random = np.random.default_rng(seed)
        found = fit(people(n, random, scatter, **more), terms)
        others = people(50, random, scatter, within=more.get("within", 0.0))
        ends = [
            found.regression.interval({term: others.known[term][i] for term in terms}) for i in range(len(others.names))
        ]
        is_in = [low <= value <= high for (low, high), value in zip(ends, others.first, strict=True)]
        inside.append(np.mean(is_in))
        fast.append(np.mean(np.array(is_in)[others.known["speed"] > 1.5]))
        left_out.append(found.coverage)
        remarks.append(found.remarks)
    return np.mean(inside), np.mean(left_out), np.mean(fast), remarks


@pytest.mark.parametrize("more", [{}, {"sessions": 3, "within": 0.04}], ids=["one session", "three sessions"])
@pytest.mark.parametrize("terms", [("speed",), ("speed", "age_years")])
def test_of_further_people_95_of_100_lie_in_a_norm_and_it_says_so_of_its_own(terms, more):
    inside, left_out, _, _ = tried(normal, 40, terms, **more)
    assert 0.93 < inside < 0.97
    assert 0.93 < left_out < 0.97


def test_of_skewed_people_as_many_lie_in_it_but_all_others_on_one_side_and_that_is_said():
    inside, left_out, _, _ = tried(skewed, 100, ("speed",))
    assert 0.93 < inside < 0.97
    assert 0.93 < left_out < 0.97
    found = fit(people(300, np.random.default_rng(1), skewed), ("speed", "age_years"))
    assert any("skewed" in remark for remark in found.remarks)
    assert found.above > found.below


def test_where_people_differ_more_at_speed_the_norm_holds_fewer_of_the_fast_and_says_where():
    inside, _, fast, remarks = tried(growing, 80, ("speed",))
    assert 0.93 < inside < 0.97
    assert fast < 0.93
    assert np.mean([any("greater speed" in remark for remark in mine) for mine in remarks]) > 0.8


def test_a_speed_that_was_left_aside_and_a_bend_are_said():
    random = np.random.default_rng(0)
    aside = fit(people(40, random, normal), ())
    assert any("build it by speed" in remark for remark in aside.remarks)
    bent = fit(people(40, random, lambda speed, r: (speed - 1.3) ** 2 + normal(speed, r)), ("speed",))
    assert any("straight line" in remark for remark in bent.remarks)


def frame(n=40, seed=0, sessions=1, strides=1, **more):
    random = np.random.default_rng(seed)
    speed, age = random.uniform(0.8, 1.8, n), random.uniform(20, 70, n)
    steps = 0.3 + 0.3 * speed + 0.02 * random.standard_normal(n)
    names = [f"P{i:03d}" for i in range(n)]
    metrics = pd.concat(
        [
            rows(name, {who: {f"s{k}": v for k in range(sessions)} for who, v in zip(names, values, strict=True)},
                 unit=unit, strides=strides, **more)
            for name, values, unit in (("walking_speed", speed, "m/s"), ("step_length", steps, "m"))
        ]
    )  # fmt: skip
    sexes = ["F" if i % 2 else "M" for i in range(n)]
    persons = metrics[["participant", "session", "recording"]].drop_duplicates()
    persons = persons.assign(
        age_years=persons["participant"].map(dict(zip(names, age, strict=True))),
        sex=persons["participant"].map(dict(zip(names, sexes, strict=True))),
    )
    return metrics, persons


def of(built, metric, sex=""):
    return next(norm for norm in built.norms if norm.metric == metric and norm.sex == sex)


def test_it_is_by_speed_and_age_within_those_of_its_people():
    metrics, persons = frame()
    norm = of(build_norms(metrics, persons, ("speed", "age")), "step_length")
    assert norm.n == 40
    assert norm.regression.terms == ("speed", "age_years")
    assert norm.regression.coefficients[1] == pytest.approx(0.3, abs=0.03)
    assert norm.people_from_to["age_years"] == pytest.approx((persons["age_years"].min(), persons["age_years"].max()))


def test_one_person_with_a_thousand_strides_is_one_voice():
    metrics, persons = frame(12)
    loud = metrics[metrics["participant"] == "P000"]
    many = pd.concat([metrics, *[loud] * 999])
    assert of(build_norms(many, persons), "step_length") == of(build_norms(metrics, persons), "step_length")


def test_sides_that_are_swapped_change_nothing():
    metrics, persons = frame(12)
    left = pd.concat([metrics.assign(side="L"), metrics.assign(side="R", value=metrics["value"] * 1.1)])
    swapped = left.assign(side=left["side"].map({"L": "R", "R": "L"}))
    assert build_norms(left, persons).norms == build_norms(swapped, persons).norms


def test_few_people_the_same_value_mixed_units_and_unknown_speeds_are_no_norm():
    metrics, persons = frame(9)
    assert "9 people, and 10 are the least" in build_norms(metrics, persons).left_out["step_length (walk)"]
    metrics, persons = frame(20)
    same = metrics.assign(value=1.0)
    assert "same value" in build_norms(same, persons).left_out["step_length (walk)"]
    mixed = pd.concat([metrics, metrics.assign(unit="cm")])
    assert "unit 'cm' and 'm'" in build_norms(mixed, persons).left_out["step_length (walk)"]
    no_speed = metrics[metrics["metric"] == "step_length"]
    assert "walking speed of nobody" in build_norms(no_speed, persons, ["speed"]).left_out["step_length (walk)"]
    nothing = metrics.assign(value=math.nan)
    assert build_norms(nothing, persons).norms == []


def test_people_who_cannot_be_fitted_are_no_norm():
    metrics, persons = frame(40)
    speed = metrics[metrics["metric"] == "walking_speed"].set_index("participant")["value"]
    together = persons.assign(age_years=persons["participant"].map(speed * 30.0))
    assert "go together" in build_norms(metrics, together, ("age", "speed")).left_out["step_length (walk)"]
    line = metrics.assign(value=metrics["participant"].map(speed))
    assert "last digit" in build_norms(line, persons, ("speed",)).left_out["step_length (walk)"]
    ages = persons["participant"].eq("P000") * 50.0 + 20.0
    assert (
        "theirs alone" in build_norms(metrics, persons.assign(age_years=ages), ["age"]).left_out["step_length (walk)"]
    )


def test_by_sex_there_are_two_and_of_women_alone_it_is_of_women():
    metrics, persons = frame(40)
    both = build_norms(metrics, persons, ["sex"])
    assert {norm.sex for norm in both.norms} == {"F", "M"}
    women = metrics[metrics["participant"].isin(persons.loc[persons["sex"] == "F", "participant"])]
    assert of(build_norms(women, persons), "step_length", "F").n == 20


def test_a_file_says_again_what_was_built_and_refuses_what_cannot_be(tmp_path):
    metrics, persons = frame()
    built = build_norms(metrics, persons, ["speed"])
    path = write_norms(
        tmp_path / "norm.toml", built.norms, built.left_out, made="2026-11-30", people="our people", reference="ours"
    )
    norm = next(one for one in norms_from_file(path) if one.metric == "step_length")
    made = of(built, "step_length")
    assert (norm.low, norm.high, norm.n, norm.unit) == pytest.approx((made.low, made.high, 40, "m"))
    assert norm.regression.interval({"speed": 1.2}) == pytest.approx(
        (0.66 - 2.06 * 0.02, 0.66 + 2.06 * 0.02), abs=0.015
    )
    path.write_text(path.read_text().replace("sd = ", "sd = -"))
    with pytest.raises(LabError, match=r"\[\[norms\]\] number 1: the regression has numbers only"):
        norms_from_file(path)
    path.write_text("format = 1")
    with pytest.raises(LabError, match="groundup norms build"):
        norms_from_file(path)


def test_it_asks_for_the_settings_filters_and_muscles_that_its_people_were_measured_by(tmp_path):
    metrics, persons = frame(12)
    told = {"filter": "low-pass 20 Hz", "skip_strides": 5, "belt_speed": "1.2 m/s", "muscles_left": "soleus"}
    mine = metrics.assign(conditions=json.dumps(told))
    built = build_norms(mine, persons, of_emg={"step_length"})
    path = write_norms(tmp_path / "n.toml", built.norms, {}, made="", people="ours", reference="ours")
    norm = next(one for one in norms_from_file(path) if one.metric == "step_length")
    assert norm.conditions == {"filter": "low-pass 20 Hz", "skip_strides": 5}
    assert norm.muscles == {"soleus"}
    assert "by which filters" in build_norms(metrics, persons, of_emg={"step_length"}).left_out["step_length (walk)"]
    others = mine.assign(conditions=[json.dumps(told | {"muscles_left": m}) for m in ["soleus", "vastus"] * 12])
    assert "different muscles" in build_norms(others, persons).left_out["step_length (walk)"]
    filtered = mine.assign(conditions=[json.dumps(told | {"filter": f}) for f in ["low-pass 6 Hz", "none"] * 12])
    assert "filter 'low-pass 6 Hz' and 'none'" in build_norms(filtered, persons).left_out["step_length (walk)"]


def test_people_at_other_belt_speeds_were_measured_in_the_same_way():
    metrics, persons = frame(12)
    speeds = [json.dumps({"belt_speed": f"{speed} m/s"}) for speed in [1.2, 1.3] * 12]
    assert of(build_norms(metrics.assign(parameters=speeds), persons), "step_length").n == 12


def made_curves(n, random):
    x = np.linspace(0, 1, 101)
    shape = random.standard_normal((n, 6)) @ np.array([np.cos(np.pi * k * x) / (1 + k) for k in range(6)])
    return 1 + 0.05 * shape + 0.002 * random.standard_normal((n, 101))


def test_a_band_is_of_the_ages_that_its_people_had_when_they_were_measured():
    random, who = np.random.default_rng(0), [f"P{i:02d}" for i in range(12)]
    one = {"what": "grf", "name": "vertical", "side": "L", "of": "stance", "unit": "N", "condition": "walk"}
    curves = pd.concat(
        pd.DataFrame({"percent": np.arange(101.0), "mean": 700.0 * curve, "participant": name, "recording": name})
        for name, curve in zip(who, made_curves(12, random), strict=True)
    ).assign(**one)
    persons = pd.DataFrame({"recording": who, "participant": who, "mass_kg": 70.0, "age_years": np.arange(30.0, 42.0)})
    later = persons.assign(recording=[f"{name} later" for name in who], age_years=80.0)
    (norm,) = build_curve_norms(curves, pd.concat([persons, later])).norms
    assert norm.people_from_to["age_years"] == (30.0, 41.0)


def test_a_band_percent_by_percent_holds_points_and_one_of_whole_curves_holds_curves():
    points, whole, curves = [], [], []
    for seed in range(100):
        random = np.random.default_rng(seed)
        known, further = made_curves(30, random), made_curves(50, random)
        low, high = pointwise(known).T
        is_in = (further >= low) & (further <= high)
        points.append(is_in.mean())
        whole.append(is_in.all(axis=1).mean())
        low, high = simultaneous(known).T
        curves.append(((further >= low) & (further <= high)).all(axis=1).mean())
    assert 0.93 < np.mean(points) < 0.97
    assert np.mean(whole) < 0.9
    assert 0.93 < np.mean(curves) < 0.985
