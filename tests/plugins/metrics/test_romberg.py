"""Romberg's ratio: of a published person's trials, and only of trials that differ in the eyes alone."""

import csv
from statistics import median

import numpy as np
import pytest

from groundup.analysis.pipeline import run_pipeline
from groundup.plugin import Channel, Plate, Signal, Subject, Trial
from groundup_plugins.metrics.romberg import groundup_metrics
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.force_plate import ForcePlate

LABELS, UNITS = ("Fx", "Fy", "Fz", "Mx", "My", "Mz"), ("N", "N", "N", "Nm", "Nm", "Nm")
EVERY_S = 70.0


def visit(folder):
    """Three trials with the eyes open and three with the eyes closed, of one person, as one recording."""
    with (folder / "published_sway.csv").open() as file:
        published = list(csv.DictReader(file))
    tables = [np.loadtxt(folder / f"{row['Trial']}.txt", skiprows=1)[:, 1:7] for row in published]
    # Between the trials the person stands on as in the last moment of each.
    parts = [np.vstack([table, np.repeat(table[-1:], round(EVERY_S * 100) - len(table), axis=0)]) for table in tables]
    samples = np.vstack(parts)
    channels = tuple(Channel(label, unit) for label, unit in zip(LABELS, UNITS, strict=True))
    time = np.arange(len(samples)) / 100.0
    spans = [(n * EVERY_S, n * EVERY_S + (len(table) - 1) / 100.0) for n, table in enumerate(tables)]
    return Signal("plate", "plate", time, samples, channels, 100.0, Plate(2, ())), spans, published


def rows(signal, trials):
    return run_pipeline([signal], [], Subject(), [ForcePlate, Contacts], list(groundup_metrics()), trials=trials).rows


def test_each_trial_with_the_eyes_closed_is_held_against_the_published_ones_with_the_eyes_open(shared):
    signal, spans, published = visit(shared / "quiet_standing")
    every = enumerate(zip(spans, published, strict=True))
    trials = [Trial(*span, f"{row['Vision']} eyes {n}", "firm") for n, (span, row) in every]
    found = {(row.name, row.trial): row for row in rows(signal, trials)}
    for name, column in (("romberg_ratio_velocity", "COPvelo"), ("romberg_ratio_area", "COParea")):
        opened = median(float(row[column]) for row in published if row["Vision"] == "Open")
        for trial, row in zip(trials, published, strict=True):
            value = found[name, trial.name]
            if row["Vision"] == "Closed":
                assert value.value == pytest.approx(float(row[column]) / opened, rel=1e-5)
            else:
                assert "eyes closed" in value.reason


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("eyes open, firm", "eyes closed, foam", "no trial is called the same"),
        ("sway", "EC", "no trial is called the same"),
        ("EO", "EC 泡沫垫", "no trial is called the same"),
        ("EO Füße", "EC Fäße", "no trial is called the same"),
        ("EO", "sway", "eyes closed"),
        ("EO foam 1", "foam EC 2", ""),
    ],
)
def test_trials_that_differ_in_more_than_the_eyes_have_no_ratio(shared, first, second, words):
    signal, spans, _ = visit(shared / "quiet_standing")
    trials = [Trial(*spans[0], first), Trial(*spans[3], second)]
    (row,) = [r for r in rows(signal, trials) if r.name == "romberg_ratio_velocity" and r.trial == second]
    assert words in row.reason
    assert (row.status == "ok") == (not words)
