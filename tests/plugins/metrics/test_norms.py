"""Norms are what their scripts make of public data, hold people who were left out, and are used for nothing else."""

import csv
from dataclasses import replace
from importlib.resources import files
from itertools import pairwise

import numpy as np
import pytest

from groundup.analysis.circumstances import circumstances_of
from groundup.analysis.conditions import conditions_of
from groundup.analysis.norms import NO_NORM, Compared, compared_with, difference
from groundup.analysis.pipeline import ProcessStep, analyse
from groundup.analysis.profile import AXES
from groundup.plugin import Channel, Event, Norm, Signal, Subject, interval_of_people
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
        assert norm.source
        assert norm.metric in plugins().metrics
        assert norm.low < min(values) < max(values) < norm.high


@pytest.mark.parametrize("name", sorted(NORMS))
def test_a_norm_of_mean_cycles_names_its_people_and_the_installed_metric_that_measured_them(name):
    norm = NORMS[name]
    assert (norm.n, norm.licence, norm.gait, len(norm.muscles)) == (8, "MIT", "walking", 13)
    assert norm.source
    assert plugins().metrics[norm.method].item.unit == plugins().metrics[name].item.unit
    assert plugins().metrics[norm.method].item.parameters["filter"].startswith("high-pass 50 Hz")


def left_out(values):
    """Which of some people lie in the interval of the others."""
    inside = []
    for k, value in enumerate(values):
        left = Norm.of_people("m", [*values[:k], *values[k + 1 :]], people="others", source="test")
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
    result = analyse([signal], events, Subject(), [EmgEnvelope], METRICS, steps)
    conditions = conditions_of(METRICS, result.signals, result.makers, result.normalisations, causal)
    norms = [loaded.item for loaded in plugins().norms.values()]
    rows = {metric.name: [row for row in result.rows if row.name == metric.name] for metric in METRICS}
    known = circumstances_of(result.trials, result.strides, result.stances, [], Subject())
    found = {m.name: compared_with(m, norms, conditions, rows, known) for m in METRICS}
    values = {row.name: row.value for row in result.rows if row.quality == "ok"}
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
    norm = Norm.of_people("m", [1, 2, 3], people="some", source="test", muscles=muscles, conditions=NEEDING)
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
