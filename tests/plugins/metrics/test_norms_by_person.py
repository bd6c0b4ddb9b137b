"""Norms by age, by how somebody stood and by speed: who is held against which, and how often they are right."""

import numpy as np
import pytest

from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.pipeline import run_pipeline
from groundup.analysis.profile.circumstances import circumstances_of
from groundup.analysis.profile.conditions import conditions_of
from groundup.analysis.profile.norms import compared_with
from groundup.plugin import Channel, NotComputableError, Plate, Signal, Stance, Stride, Subject, Trace, Trial
from groundup.plugin.manager import plugins
from groundup_plugins.metrics.gait import cadence
from groundup_plugins.metrics.sway import groundup_metrics, sway_area, sway_mean_frequency, sway_path, sway_velocity
from groundup_plugins.metrics.sway_60s import in_60_s
from groundup_plugins.norms import make_bmclab as made
from groundup_plugins.norms.tables import norms_of_intervals
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.force_plate import ForcePlate

TABLES = ("santos2016_sway.csv", "bmclab_walking.csv")


@pytest.fixture(scope="module")
def sources(shared):
    folder = shared / "norm_sources"
    if not folder.exists():
        pytest.skip("the tables of people are not here")
    return folder


def test_the_tables_are_what_their_script_makes_of_the_public_data(sources):
    from importlib.resources import files

    for name, text in made.tables(sources).items():
        assert text == (files("groundup_plugins") / "norms" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TABLES)
def test_every_norm_names_its_people_source_licence_and_age(name):
    for norm in norms_of_intervals(name):
        assert norm.people
        assert norm.reference
        assert norm.licence == "CC BY 4.0"
        assert norm.age
        assert norm.n >= 15
        assert norm.metric in plugins().metrics
        assert plugins().metrics[norm.method or norm.metric].item.unit == plugins().metrics[norm.metric].item.unit


def without(people, who):
    return {name: values for name, values in people.items() if name != who}


def share_inside(people, inside):
    """Of people who were left out, each counting once however many trials of them there are."""
    return [float(np.mean(inside(without(people, who), values))) for who, values in people.items()]


def in_an_interval(others, values):
    low, high = made.interval_of_a_trial(others)
    return (low <= values) & (values <= high)


def in_an_interval_by_speed(others, points):
    table = made.intervals_by_speed(others)
    there = points[(points[:, 0] >= table[0, 0]) & (points[:, 0] <= table[-1, 0])]
    low, high = (np.interp(there[:, 0], table[:, 0], table[:, column]) for column in (1, 2))
    return (low <= there[:, 1]) & (there[:, 1] <= high)


@pytest.mark.parametrize("metric", made.SWAY)
def test_93_to_97_of_100_people_who_were_left_out_stand_inside(sources, metric):
    found = [
        s
        for key, people in made.standing(sources).items()
        if key[0] == metric
        for s in share_inside(people, in_an_interval)
    ]
    assert len(found) == 2 * (87 + 76) + 2 * (87 + 76) - 1 - 3 - 4
    assert 0.93 <= np.mean(found) <= 0.97


@pytest.mark.parametrize("metric", made.GAIT)
def test_93_to_97_of_100_people_who_were_left_out_walk_inside(sources, metric):
    found = [
        s for key, people in made.walking(sources).items() if key[0] == metric
        for s in share_inside(people, in_an_interval_by_speed)
    ]  # fmt: skip
    assert len(found) == 51
    assert 0.93 <= np.mean(found) <= 0.97


def centre_of(at, rate=100.0):
    return Trace(np.arange(len(at)) / rate, np.column_stack([at, np.full(len(at), 700.0)]), rate, "m")


@pytest.mark.parametrize("number", range(1, 7))
def test_measured_as_the_people_of_the_norm_a_published_trial_keeps_its_published_sway(shared, number):
    table = np.loadtxt(shared / "quiet_standing" / f"BDS0000{number}.txt", skiprows=1)
    centre, trial = centre_of(table[:, 7:9] / 100), Trial(0.0, 60.0)
    for metric in (sway_path, sway_velocity, sway_area, sway_mean_frequency):
        # It was low-pass filtered before it was published: once more takes a little of the path.
        assert in_60_s(metric)(trial, centre) == pytest.approx(metric(trial, centre), rel=0.03)


def test_a_fast_plate_with_noise_sways_no_more_by_the_norms_method(shared):
    table = np.loadtxt(shared / "quiet_standing" / "BDS00001.txt", skiprows=1)
    slow = centre_of(table[:, 7:9] / 100)
    time = np.arange(0.0, 59.99, 0.001)
    noise = np.random.default_rng(2).normal(0, 3e-4, (len(time), 2))
    fast = centre_of(np.column_stack([np.interp(time, slow.time, slow.values[:, k]) for k in (0, 1)]) + noise, 1000.0)
    trial = Trial(0.0, 60.0)
    assert sway_velocity(trial, fast) > 10 * sway_velocity(trial, slow)
    assert in_60_s(sway_velocity)(trial, fast) == pytest.approx(sway_velocity(trial, slow), rel=0.1)


def test_of_a_long_trial_the_first_minute_is_taken_and_a_short_one_has_none():
    random = np.random.default_rng(1)
    at = np.cumsum(random.normal(0, 1e-4, (12000, 2)), axis=0)
    long, minute = centre_of(at), centre_of(at[:6000])
    for metric in (sway_path, sway_area):
        assert in_60_s(metric)(Trial(0, 120), long) == pytest.approx(in_60_s(metric)(Trial(0, 60), minute), rel=1e-3)
    with pytest.raises(NotComputableError, match="stood for 60 s"):
        in_60_s(sway_area)(Trial(0, 30), centre_of(at[:3000]))


def stood(shared, condition, age, seconds=60.0):
    """A real trial of a person of 33 years, eyes open on firm ground, called something."""
    table = np.loadtxt(shared / "quiet_standing" / "BDS00001.txt", skiprows=1)[: int(seconds * 100)]
    channels = tuple(
        Channel(label, unit)
        for label, unit in zip(("Fx", "Fy", "Fz", "Mx", "My", "Mz"), 3 * ("N",) + 3 * ("Nm",), strict=True)
    )
    plate = Signal("plate", "plate", table[:, 0], table[:, 1:7], channels, 100.0, Plate(2, ()))
    trials = [Trial(float(table[0, 0]), float(table[-1, 0]), condition, "")]
    metrics = list(groundup_metrics())
    result = run_pipeline([plate], [], Subject(age_years=age), [ForcePlate, Contacts], metrics, trials=trials)
    conditions = conditions_of(metrics, result.signals, result.makers, result.normalisations, causal=False)
    rows = {m.name: [row for row in result.rows if row.name == m.name] for m in metrics}
    known = circumstances_of(trials, result.strides, result.stances, [], Subject(age_years=age))
    return compared_with(sway_velocity, norms_of_intervals(TABLES[0]), conditions, rows, known)


def test_a_person_is_held_against_people_of_that_age_who_stood_like_that(shared):
    (young,) = stood(shared, "eyes open, firm 1", 33.0)
    assert (young.low, young.high, young.n) == (0.0042909, 0.016122, 87)
    assert young.low < young.value < young.high
    assert young.method == "sway_velocity_60s"
    assert "33 years old" in young.of
    (old,) = stood(shared, "EC foam", 70.0)
    assert (old.low, old.high, old.n) == (0.026027, 0.069197, 72)
    assert old.value < old.low


@pytest.mark.parametrize(
    ("condition", "age", "seconds", "words"),
    [
        ("eyes open, firm", float("nan"), 60.0, "participant.age_years"),
        ("eyes open, firm", 12.0, 60.0, "this one is 12"),
        ("eyes open", 33.0, 60.0, "is by surface, and the trial does not tell"),
        ("firm", 33.0, 60.0, "is by eyes, and the trial does not tell"),
        ("eyes open then eyes closed, firm", 33.0, 60.0, "is by eyes"),
        ("eyes open, firm", 33.0, 30.0, "the people of the norm stood for 60 s"),
    ],
)
def test_where_age_eyes_surface_or_time_are_not_known_it_says_so_once(shared, condition, age, seconds, words):
    (none,) = stood(shared, condition, age, seconds)
    assert not none.known
    assert words in none.why
    assert none.why.count("Santos") == 1


def walk(speed, duty=0.62, age=30.0, every=110.0):
    """Ten strides of known cadence, and how fast they were."""
    time = 120.0 / every
    strides = [Stride(k * time, (k + 1) * time, (k + duty) * time, "L", k) for k in range(10)]
    rows = {
        name: [MetricRow(name, s.t0, s.t1, "", s.number, "L", value, unit) for s in strides]
        for name, value, unit in (("cadence", every, "1/min"), ("walking_speed", speed, "m/s"))
        if np.isfinite(value)
    }
    known = circumstances_of([], strides, [], rows.get("walking_speed", []), Subject(age_years=age))
    (found,) = compared_with(cadence, norms_of_intervals(TABLES[1]), {}, rows, known)
    return found


def test_cadence_is_held_against_people_of_that_age_at_that_speed():
    young, slow, old = walk(1.1), walk(0.75), walk(1.1, age=70.0)
    assert (young.low, young.high, young.n) == (100.8, 122.69, 24)
    assert (old.low, old.high) == (98.641, 139.26)
    assert slow.low == pytest.approx((77.963 + 84.793) / 2)
    assert "at 0.75 m/s" in slow.of
    assert "n = 24" in young.name


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"speed": 1.1, "duty": 0.38}, "is of walking, and this is running"),
        ({"speed": 1.1, "duty": float("nan")}, "whether this is walking is not known"),
        ({"speed": 2.0}, "and this is 2.00 m/s"),
        ({"speed": float("nan")}, "nothing tells how fast this was"),
        ({"speed": 1.1, "age": 45.0}, "and this one is 45"),
        ({"speed": 1.1, "age": float("nan")}, "participant.age_years"),
    ],
)
def test_nobody_who_runs_or_whose_speed_or_age_is_not_known_is_held_against_walkers(how, words):
    found = walk(**how)
    assert not found.known
    assert words in found.why


def test_trials_that_are_called_the_same_are_one_and_others_are_not():
    trials = [Trial(0, 1, "stand 1", "eyes open"), Trial(2, 3, "stand 2", "Eyes open"), Trial(4, 5, "walk", "")]
    stances = [Stance(4.0, 4.6, "L", "p"), Stance(4.5, 5.0, "R", "p")]
    found = {one.called: one for one in circumstances_of(trials, [], stances, [], Subject())}
    assert list(found) == ["", "eyes open, stand", "walk"]
    assert found["eyes open, stand"].spans == ((0, 1), (2, 3))
    assert found["walk"].gait == "walking"  # both feet on the ground at once
    assert "not known" in found["eyes open, stand"].gait
