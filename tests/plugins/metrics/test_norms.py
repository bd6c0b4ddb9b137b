"""Norms are what their scripts make of public data, hold people who were left out, and are used for nothing else."""

import csv
import math
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest

from groundup.analysis.norms import NO_NORM, compared_with, conditions_of
from groundup.analysis.pipeline import ProcessStep, analyse
from groundup.analysis.profile import AXES
from groundup.plugin import Channel, Event, Norm, Signal, Subject
from groundup.plugin.manager import plugins
from groundup_plugins.metrics.glutes import glute_share_ratio
from groundup_plugins.metrics.ground_reaction import grf_peak_1
from groundup_plugins.metrics.muscle_order import muscle_order_deviation
from groundup_plugins.metrics.synergies import synergy_count, vaf_one_synergy
from groundup_plugins.norms.make_people import tables
from groundup_plugins.norms.make_stance_peaks import SITES
from groundup_plugins.norms.tables import norms_of
from groundup_plugins.processors.emg_envelope import EmgEnvelope

TABLES = ("santuz2020_synergies.csv", "santuz2020_glute_share.csv", "biomechzoo_grf.csv")
THEIR_FILTER = {"high_pass_hz": 50.0, "low_pass_hz": 0.0, "envelope_hz": 20.0, "envelope_order": 4}
METRICS = [synergy_count, vaf_one_synergy, glute_share_ratio, muscle_order_deviation, grf_peak_1]


def people(name):
    lines = (files("groundup_plugins") / "norms" / name).read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    return {metric: [float(row[metric]) for row in rows] for metric in rows[0] if metric != "person"}


def test_the_tables_are_what_their_script_makes_of_the_public_data(shared):
    pytest.importorskip("sklearn", reason="synergies need the extra 'science'")
    made = tables(shared)
    assert set(made) == set(TABLES)
    for name, text in made.items():
        shipped = (files("groundup_plugins") / "norms" / name).read_text(encoding="utf-8").splitlines()
        for one, other in zip(text.splitlines(), shipped, strict=True):
            if one.startswith(("#", "person")):
                assert one == other
            else:
                values = [np.array(line.split(",")[1:], float) for line in (one, other)]
                assert values[0] == pytest.approx(values[1], abs=2e-4)


@pytest.mark.parametrize("name", TABLES)
def test_every_norm_names_its_people_their_number_and_its_source(name):
    for norm in norms_of(name):
        assert norm.n == len(people(name)[norm.metric])
        assert norm.people
        assert norm.source
        assert norm.metric in plugins().metrics
        assert norm.low < min(people(name)[norm.metric]) < max(people(name)[norm.metric]) < norm.high
        assert bool(norm.muscles) == bool(norm.conditions)


def test_people_who_were_left_out_lie_inside_about_as_often_as_it_says():
    inside = []
    for name in TABLES:
        for values in people(name).values():
            for k, value in enumerate(values):
                left = Norm.of_people("m", values[:k] + values[k + 1 :], people="others", source="test")
                inside.append(left.low <= value <= left.high)
    assert len(inside) == 3 * 8 + 3 * 4
    assert 0.86 <= np.mean(inside) <= 1.0


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
    found = {metric.name: compared_with(metric.name, norms, conditions[metric.name]) for metric in METRICS}
    return {row.name: row.value for row in result.rows if row.quality == "ok"}, found


def test_a_person_of_the_norm_filtered_as_the_norm_was_is_compared_and_lies_inside(walk):
    pytest.importorskip("sklearn", reason="synergies need the extra 'science'")
    values, found = compared(*walk, THEIR_FILTER)
    for name in ("synergy_count", "vaf_one_synergy", "muscle_order_deviation"):
        assert "Santuz" in found[name].name
        assert "n = 8" in found[name].name
        assert found[name].low < values[name] < found[name].high


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"envelope_hz": 6.0}, ["envelope_hz 20", "envelope_hz 6"]),
        ({"high_pass_hz": 20.0}, ["high_pass_hz 50", "high_pass_hz 20"]),
    ],
)
def test_another_filter_is_no_norm_and_the_reason_names_both(walk, change, words):
    _, found = compared(*walk, THEIR_FILTER | change)
    assert found["synergy_count"].name == NO_NORM
    assert math.isnan(found["synergy_count"].low)
    assert all(word in found["synergy_count"].why for word in words)


def test_other_muscles_are_no_norm_and_are_named(walk):
    signal, events = walk
    fewer = replace(signal, samples=signal.samples[:, 1:], channels=signal.channels[1:])
    _, found = compared(fewer, events, THEIR_FILTER)
    assert found["synergy_count"].name == NO_NORM
    assert "others were recorded (gluteus_medius)" in found["synergy_count"].why


def test_another_normalisation_is_no_norm(walk):
    _, found = compared(*walk, THEIR_FILTER)
    assert found["glute_share_ratio"].name == NO_NORM
    assert "normalisation" in found["glute_share_ratio"].why


def test_what_is_filtered_as_live_is_not_held_against_what_was_filtered_both_ways(walk):
    _, found = compared(*walk, THEIR_FILTER, causal=True)
    assert "lag" in found["synergy_count"].why
    assert found["grf_peak_1"].name != NO_NORM


@pytest.mark.parametrize(("low", "high", "n"), [(1.0, 1.0, 8), (2.0, 1.0, 8), (0.0, 1.0, 1)])
def test_an_interval_that_is_none_or_of_one_person_is_refused(low, high, n):
    with pytest.raises(ValueError, match="norm of m"):
        Norm("m", low, high, n, "one", "test")


def test_each_of_the_five_axes_is_spoken_for_by_what_is_in_the_box():
    spoken = {loaded.item.axis for loaded in plugins().metrics.values() if "groundup" in loaded.origin.distribution}
    assert spoken >= set(AXES)
