"""Norms are what their scripts make of public data, hold people who were left out, and are used for nothing else."""

import csv
from dataclasses import replace
from importlib.resources import files
from itertools import pairwise

import numpy as np
import pytest

from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.pipeline import ProcessStep, run_pipeline
from groundup.analysis.profile import circular
from groundup.analysis.profile.circumstances import Circumstances, circumstances_of
from groundup.analysis.profile.conditions import conditions_of
from groundup.analysis.profile.norms import NO_NORM, Compared, compared_with, difference, interval, norm_sentences
from groundup.analysis.profile.strategy_profile import AXES
from groundup.plugin import Channel, Event, Norm, NotComputableError, Signal, Stride, Subject, interval_of_people
from groundup.plugin import metric as made_metric
from groundup.plugin.manager import plugins
from groundup_plugins.metrics import cocontraction
from groundup_plugins.metrics.glutes import glute_share_ratio
from groundup_plugins.metrics.ground_reaction import grf_peak_1
from groundup_plugins.metrics.muscle_order import muscle_order_deviation
from groundup_plugins.metrics.synergies import synergy_count, vaf_one_synergy
from groundup_plugins.norms.make_people import tables
from groundup_plugins.norms.make_stance_peaks import SITES
from groundup_plugins.norms.tables import norms_of
from groundup_plugins.processors.emg_envelope import EmgEnvelope

TABLES = ("santuz2020_cycles.csv", "biomechzoo_grf.csv")
THEIR_FILTER = {"high_pass_hz": 50.0, "low_pass_hz": 0.0, "envelope_hz": 20.0, "envelope_order": 4}
BY_MUSCLE = [synergy_count, vaf_one_synergy, glute_share_ratio, *(metric for metric, _ in cocontraction._OF_CYCLE)]
NORMS = {loaded.item.metric: loaded.item for loaded in plugins().norms.values() if loaded.item.of_muscles}
TIMING = sorted(name for name in NORMS if name.startswith(("emg_on_", "emg_off_")))
DEMO = sorted({"tibialis_anterior", "soleus", "gastrocnemius_medialis", "vastus_lateralis", "rectus_femoris",
               "biceps_femoris", "gluteus_medius", "gluteus_maximus"})  # fmt: skip
METHODS = [loaded.item for name, loaded in plugins().metrics.items() if name.endswith("_santuz2020")]
METRICS = [*BY_MUSCLE, muscle_order_deviation, grf_peak_1, *METHODS]


def people(name):
    lines = (files("groundup_plugins") / "norms" / name).read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    return {metric: [float(row[metric]) for row in rows] for metric in rows[0] if metric != "person"}


def test_the_tables_are_what_their_script_makes_of_the_public_data(shared):
    made = tables(shared)
    assert set(made) == set(TABLES)
    for name, text in made.items():
        assert text == (files("groundup_plugins") / "norms" / name).read_text(encoding="utf-8")


def test_every_norm_names_its_people_their_number_and_its_source():
    for norm in norms_of("biomechzoo_grf.csv"):
        values = people("biomechzoo_grf.csv")[norm.metric]
        assert norm.n == len(values)
        assert norm.people
        assert norm.reference
        assert norm.metric in plugins().metrics
        assert norm.low < min(values) < max(values) < norm.high


@pytest.mark.parametrize("name", sorted(NORMS))
def test_a_norm_of_mean_cycles_names_its_people_and_the_installed_metric_that_measured_them(name):
    norm = NORMS[name]
    assert (norm.n, norm.licence, norm.gait) == (8, "MIT", "walking")
    assert len(norm.muscles) == (1 if name in TIMING else 13)
    assert norm.reference
    assert plugins().metrics[norm.method].item.unit == plugins().metrics[name].item.unit
    assert plugins().metrics[norm.method].item.parameters["filter"].startswith("high-pass 50 Hz")


def left_out(values):
    """Which of some people lie in the interval of the others."""
    inside = []
    for k, value in enumerate(values):
        left = Norm.of_people("m", [*values[:k], *values[k + 1 :]], people="others", reference="test")
        inside.append(left.low <= value <= left.high)
    return inside


def test_people_who_were_left_out_lie_inside_about_as_often_as_it_says():
    """Four and eight people: too few to tell 95 from 100 of 100, for one set of muscles; so it is asked of many."""
    assert np.mean([left_out(values) for values in people("biomechzoo_grf.csv").values()]) >= 0.93
    random, every = np.random.default_rng(20), sorted(NORMS["vaf_one_synergy"].muscles)
    inside = []
    for _ in range(40):
        sites = sorted({"gluteus_medius", *random.choice(every, 6, replace=False)} | {"tibialis_anterior", "soleus"})
        inside += [left_out(NORMS[m.name].of_muscles(sites)) for m in BY_MUSCLE if m is not synergy_count]
    assert 0.93 <= np.mean(inside) <= 0.97


def test_on_and_off_of_people_who_were_left_out_lie_inside_about_as_often_as_it_says():
    """Of muscles whose people differ by less than half of the cycle; others have no norm."""
    inside = []
    for name in TIMING:
        values = NORMS[name].of_muscles(sorted(NORMS[name].muscles))
        laid = circular.unrolled(values, 100.0).tolist()
        if np.ptp(interval_of_people(laid)) < 50.0:
            inside += left_out(laid)
    assert len(inside) > 100
    assert 0.93 <= np.mean(inside) <= 0.97


def test_an_interval_of_what_goes_round_goes_over_the_contact():
    """Who switches on at 90 to 6 % of the cycle is norm there, and not at 48 %."""
    norm = replace(NORMS["emg_on_soleus"], of_muscles=lambda sites: [94.0, 98.0, 2.0, 96.0, 0.0, 98.0])
    low, high, n = interval(norm, {"muscles_left": "soleus"}, period=100.0)
    assert n == 6
    assert 85.0 < low < 94.0
    assert 2.0 < high < 10.0


def test_people_who_differ_by_half_of_the_cycle_are_no_norm_of_when():
    norm = replace(NORMS["emg_on_soleus"], of_muscles=lambda sites: [50.0, 95.0, 50.0, 95.0, 92.0, 52.0])
    with pytest.raises(NotComputableError, match="differ by half of the cycle"):
        interval(norm, {"muscles_left": "soleus"}, period=100.0)
    with pytest.raises(NotComputableError, match="none of those it knows"):
        interval(norm, {"muscles_left": "gluteus_medius"}, period=100.0)


def test_a_muscle_of_one_leg_only_is_held_against_its_norm(walk):
    signal, events = walk
    timing = {name: plugins().metrics[name].item for name in ("emg_on_soleus", "emg_on_soleus_santuz2020")}
    result = run_pipeline([signal], events, Subject(), [EmgEnvelope], [*timing.values()],
                     [ProcessStep("emg_envelope", "emg", "", {})])  # fmt: skip
    conditions = conditions_of([*timing.values()], result.signals, result.makers, result.normalisations, False)
    rows = {name: [row for row in result.rows if row.name == name] for name in timing}
    known = circumstances_of(result.trials, result.strides, result.stances, [], Subject())
    (one,) = compared_with(timing["emg_on_soleus"], [NORMS["emg_on_soleus"]], conditions, rows, known)
    assert "n = 8" in one.name
    assert one.method == "emg_on_soleus_santuz2020"
    assert (one.value - one.low) % 100.0 < (one.high - one.low) % 100.0
    (said,) = norm_sentences([one], "{:.0f}".format)
    assert ": 87 on and round to 33; here 9, measured" in said


def test_shares_of_joint_work_are_means_without_an_interval_and_apply_at_their_speeds():
    norms = [loaded.item for loaded in plugins().norms.values() if "Montgomery" in loaded.item.people]
    means = {norm.metric: norm.mean for norm in norms}
    for joints in ("_work_share", "_negative_work_share"):
        assert sum(means[f"{joint}{joints}"] for joint in ("ankle", "knee", "hip")) == pytest.approx(1.0, abs=0.04)
    assert means["ankle_work_share"] == 0.42
    assert {(norm.n, norm.licence, norm.gait) for norm in norms} == {(20, "CC BY 4.0", "walking")}

    share = made_metric("ankle_work_share", of=Stride, unit="1")(lambda stride: 0.5)
    row = MetricRow("ankle_work_share", 0.0, 1.0, "", 0, "R", 0.5, "1")
    for speed, known in ((1.2, True), (2.0, False), (np.nan, False)):
        here = [Circumstances("", (), Subject(), "walking", speed)]
        (one,) = compared_with(share, norms, {}, {"ankle_work_share": [row]}, here)
        assert one.known == known
    (one,) = compared_with(share, norms, {}, {"ankle_work_share": [row]}, [replace(here[0], speed=1.2)])
    (said,) = norm_sentences([one], str)
    assert "mean of adults" in said
    assert "0.42; here 0.5" in said
    assert "no interval" in said
    assert np.isnan(one.low)


@pytest.fixture(scope="module")
def walk(shared):
    folder = shared / "walk_emg_synergies"
    names = (folder / "raw_emg_1000hz.csv").read_text().split("\n", 1)[0].replace('"', "").split(",")
    raw = np.loadtxt(folder / "raw_emg_1000hz.csv", delimiter=",", skiprows=1)
    cycles = np.loadtxt(folder / "gait_cycles_s.csv", delimiter=",", skiprows=1)
    channels = tuple(Channel(name, "uV", SITES[name], "R") for name in names[1:])
    events = [Event(time, kind, "R", "file") for row in cycles for time, kind in zip(row, ("IC", "FO"), strict=True)]
    return Signal("emg", "emg", raw[:, 0], raw[:, 1:], channels, 1000.0), events


def compared(signal, events, parameters, causal=False):
    steps = [ProcessStep("emg_envelope", "emg", "", parameters)]
    result = run_pipeline([signal], events, Subject(), [EmgEnvelope], METRICS, steps)
    conditions = conditions_of(METRICS, result.signals, result.makers, result.normalisations, causal)
    norms = [loaded.item for loaded in plugins().norms.values()]
    rows = {metric.name: [row for row in result.rows if row.name == metric.name] for metric in METRICS}
    known = circumstances_of(result.trials, result.strides, result.stances, [], Subject())
    found = {m.name: compared_with(m, norms, conditions, rows, known) for m in METRICS}
    values = {row.name: row.value for row in result.rows if row.status == "ok"}
    return values, {name: every[0] if every else Compared() for name, every in found.items()}


@pytest.fixture(scope="module")
def by_default(walk):
    pytest.importorskip("sklearn", reason="synergies need the extra 'science'")
    return compared(*walk, {})


def test_by_the_default_filter_the_value_of_the_norms_method_is_stored_beside_and_held_against_it(by_default):
    values, found = by_default
    for metric in BY_MUSCLE:
        one = found[metric.name]
        assert "Santuz" in one.name
        assert "n = 8" in one.name
        assert one.value == values[one.method] != values[metric.name]
        assert one.low < one.value < one.high
    assert "Santuz" in found["muscle_order_deviation"].name


def test_the_labs_own_filter_changes_nothing_of_what_is_held_against_the_norm(walk, by_default):
    _, found = compared(*walk, THEIR_FILTER)
    for metric in BY_MUSCLE:
        assert found[metric.name].value == pytest.approx(by_default[1][metric.name].value, rel=1e-12)


def test_fewer_muscles_are_held_against_the_same_fewer_of_the_people(walk, by_default):
    signal, events = walk
    kept = [k for k, channel in enumerate(signal.channels) if channel.site in DEMO]
    fewer = replace(signal, samples=signal.samples[:, kept], channels=tuple(signal.channels[k] for k in kept))
    _, found = compared(fewer, events, {})
    for metric in (vaf_one_synergy, glute_share_ratio):
        one, before = found[metric.name], by_default[1][metric.name]
        assert (one.low, one.high) != (before.low, before.high)
        assert (one.low, one.high) == interval_of_people(NORMS[metric.name].of_muscles(DEMO))
        assert one.low < one.value < one.high


def test_somebody_who_runs_is_not_held_against_walkers(walk):
    signal, events = walk
    # The same EMG; but the foot leaves the ground after 36 % of the stride.
    contacts = [event.time for event in events if event.kind == "IC"]
    run = [e for a, b in pairwise(contacts)
           for e in (Event(a, "IC", "R", "file"), Event(a + 0.36 * (b - a), "FO", "R", "file"))]  # fmt: skip
    _, found = compared(signal, run, {})
    assert found["glute_share_ratio"].name == NO_NORM
    assert "is of walking, and this is running" in found["glute_share_ratio"].why


NEEDING = {"emg_envelope.envelope_hz": 20.0, "normalisation": "peak"}


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (NEEDING | {"emg_envelope.envelope_hz": 6.0}, "envelope_hz 20, this with emg_envelope.envelope_hz 6"),
        ({"normalisation": "peak"}, "envelope_hz 20, which is not known here"),
        (NEEDING | {"normalisation": "mvic"}, "normalisation 'peak', this with normalisation 'mvic'"),
        (NEEDING, "no muscle is known here"),
        (NEEDING | {"muscles_left": "soleus"}, "others were recorded (gluteus_medius)"),
        (NEEDING | {"muscles_left": "gluteus_medius, soleus"}, ""),
    ],
)
def test_a_norm_without_a_method_says_what_was_not_made_in_the_same_way(known, words):
    muscles = ("soleus", "gluteus_medius")
    norm = Norm.of_people("m", [1, 2, 3], people="some", reference="test", muscles=muscles, conditions=NEEDING)
    found = difference(norm, known)
    assert words in found
    assert bool(found) == bool(words)


@pytest.mark.parametrize(("low", "high", "n"), [(1.0, 1.0, 8), (2.0, 1.0, 8), (0.0, 1.0, 1)])
def test_an_interval_that_is_none_or_of_one_person_is_refused(low, high, n):
    with pytest.raises(ValueError, match="norm of m"):
        Norm("m", low, high, n, "one", "test")


def test_each_of_the_five_axes_is_spoken_for_by_what_is_in_the_box():
    spoken = {loaded.item.axis for loaded in plugins().metrics.values() if "groundup" in loaded.origin.distribution}
    assert spoken >= set(AXES)
