"""The laws that every installed metric keeps, on a walker and on somebody who rises from a chair and stands."""

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from people import chair, walking

from groundup.analysis.measure import NOT_COMPUTABLE, OK
from groundup.analysis.pipeline import analyse
from groundup.plugin import Subject, Trial
from groundup.plugin.manager import plugins

INSTALLED = plugins()
METRICS = {name: loaded.item for name, loaded in INSTALLED.metrics.items() if loaded.origin.distribution == "groundup"}
PROCESSORS = [loaded.item for loaded in INSTALLED.processors.values()]
OTHER = {"L": "R", "R": "L", "": ""}
# What compares right with left changes its sign when they are swapped.
SIGNED = {"symmetry_index", "sit_to_stand_symmetry"}
# What is said of all strides together, or over a peak, MVIC or norm of all of them, moves a little when one is lost.
TOGETHER = 0.25

every_metric = pytest.mark.parametrize("name", METRICS)


def people(name):
    if name == "walking":
        trials = [
            Trial(5000.0, 5010.0, "walk", "usual"),
            Trial(5002.0, 5004.0, "strong", "mvic"),
            Trial(5009.0, 5010.0, "sofa", "rest"),
        ]
        return walking(), trials
    return chair(), [Trial(0.0, 6.0, "up"), Trial(7.0, 20.0, "still")]


def _same(signal):
    return signal


@cache
def analysed(person, change=_same, shift=0.0, mass=70.0):
    signals, trials = people(person)
    changed = [made for signal in signals if (made := change(signal)) is not None]
    moved = [replace(t, t0=t.t0 + shift, t1=t.t1 + shift) for t in trials]
    result = analyse(changed, [], Subject(mass), PROCESSORS, list(METRICS.values()), trials=moved)
    rows = {}
    for row in result.rows:
        rows.setdefault(row.name, []).append(row)
    return rows


def rows(name, *args, **kwargs):
    return [row for person in ("walking", "chair") for row in analysed(person, *args, **kwargs).get(name, [])]


def keyed(found):
    return {(row.trial, row.side, round(row.t0, 1), round(row.t1, 1)): row for row in found}


def test_every_metric_has_a_value_on_these_people_or_is_named_here():
    """What a treadmill walker and a riser cannot show: else the laws below would hold of nothing."""
    silent = {name for name in METRICS if not any(row.quality == OK for row in rows(name))}
    needs_another_person = {
        "activation_cost",  # of unknown speed
        "intermuscular_coherence",  # of muscles that share no drive
        "loading_rate_average",  # with an impact peak
        "loading_rate_peak",
        "vertical_stiffness",  # who runs
    }
    assert silent <= needs_another_person


@every_metric
def test_it_gives_a_number_or_says_why_not(name):
    for row in rows(name):
        assert (row.quality == OK) == np.isfinite(row.value)
        assert row.quality == OK or row.quality.startswith(NOT_COMPUTABLE)
        assert row.unit == METRICS[name].unit
    metric = METRICS[name]
    assert metric.definition
    assert metric.source


def later(signal):
    return replace(signal, time=signal.time + 4096.0)


@every_metric
def test_a_shift_in_time_changes_no_value(name):
    for here, there in zip(rows(name), rows(name, later, 4096.0), strict=True):
        assert there.t0 == pytest.approx(here.t0 + 4096.0, abs=1e-6)
        assert there.value == pytest.approx(here.value, rel=1e-5, abs=1e-9, nan_ok=True)


def swapped(signal):
    return replace(signal, channels=tuple(replace(c, side=OTHER[c.side]) for c in signal.channels))


@every_metric
def test_left_and_right_swapped_are_right_and_left(name):
    here, there = keyed(rows(name)), keyed(rows(name, swapped))
    assert {(trial, OTHER[side], *times) for trial, side, *times in there} == set(here)
    for (trial, side, *times), row in there.items():
        sign = -1.0 if name in SIGNED else 1.0
        assert row.value == pytest.approx(sign * here[trial, OTHER[side], *times].value, rel=1e-6, nan_ok=True)


def renamed(signal):
    channels = tuple(replace(c, label=f"Kanal {7 * n}") for n, c in enumerate(signal.channels))
    return replace(signal, id=f"box {signal.id[::-1]}", channels=channels)


@every_metric
def test_no_value_depends_on_what_the_lab_calls_its_channels(name):
    for here, there in zip(rows(name), rows(name, renamed), strict=True):
        assert (there.side, there.trial) == (here.side, here.trial)
        assert there.value == pytest.approx(here.value, rel=1e-9, nan_ok=True)


def louder(signal):
    return replace(signal, samples=signal.samples * 4.0) if signal.kind == "emg" else signal


@every_metric
def test_louder_emg_changes_only_what_is_in_volts(name):
    factor = 4.0 if METRICS[name].unit.startswith("V") else 1.0
    for here, there in zip(rows(name), rows(name, louder), strict=True):
        assert there.value == pytest.approx(here.value * factor, rel=1e-6, nan_ok=True)


def heavier(signal):
    return replace(signal, samples=signal.samples * 1.1) if signal.kind == "plate" else signal


@every_metric
def test_a_heavier_person_changes_only_what_is_in_newtons(name):
    """Force and mass together: what is in body weights or a kilogram stays."""
    factor = 1.1 if METRICS[name].unit in ("N", "N/s", "N/m") else 1.0
    here, there = keyed(rows(name)), keyed(rows(name, heavier, 0.0, 77.0))
    # A foot is on the plate from 20 N on, and so a little earlier.
    for key in here.keys() & there.keys():
        both = (here[key].value, there[key].value)
        if np.isfinite(both).all() and METRICS[name].unit != "%":
            assert both[1] == pytest.approx(both[0] * factor, rel=0.03, abs=0.02)


def kept_or_not_computable(name, change):
    """Rows after some data were lost: each has the value it had before, or none."""
    before = keyed(rows(name))
    metric = METRICS[name]
    together = any(need.over or need.each for need in metric.needs) or "norm" in metric.parameters
    for key, row in keyed(rows(name, change)).items():
        if row.quality == OK:
            assert key in before
            assert row.value == pytest.approx(before[key].value, rel=TOGETHER if together else 1e-3, abs=1e-6)
        else:
            assert row.quality.startswith(NOT_COMPUTABLE)


def middle(signal):
    at = float(signal.time[0]) + 6.1
    return (signal.time > at) & (signal.time < at + 0.08)


def with_a_gap(signal):
    keep = ~middle(signal)
    return replace(signal, time=signal.time[keep], samples=signal.samples[keep])


def with_nan(signal):
    samples = signal.samples.copy()
    samples[middle(signal)] = np.nan
    return replace(signal, samples=samples)


@every_metric
@pytest.mark.parametrize("change", [with_a_gap, with_nan])
def test_lost_data_never_make_a_wrong_number(name, change):
    kept_or_not_computable(name, change)


@every_metric
@pytest.mark.parametrize("change", [with_a_gap, with_nan])
def test_what_lies_in_lost_data_is_not_computable(name, change):
    """Of stretches of one leg; what is said of all strides together goes without those that lost something."""
    metric = METRICS[name]
    if not metric.needs or any(need.each for need in metric.needs):
        return
    for row in rows(name, change):
        # Lost data lie inside, and not where nothing was asked for.
        whole = all(not need.first_s and need.what != "subject" for need in metric.needs if need.what != "subject")
        start = (5000.0 if row.t0 > 1000 else 0.0) + 6.1
        if whole and row.t0 < start - 0.1 and row.t1 > start + 0.2:
            assert row.quality.startswith(NOT_COMPUTABLE), row


def without(kind):
    def change(signal):
        return None if signal.kind == kind else signal

    return change


NO_EMG, NO_PLATES, NO_IMUS = without("emg"), without("plate"), without("imu")
NEEDS = {"emg": NO_EMG, "raw_emg": NO_EMG, "grf": NO_PLATES, "cop": NO_PLATES, "acc": NO_IMUS}


@every_metric
def test_without_what_it_needs_it_has_no_value(name):
    for change in {NEEDS[need.what] for need in METRICS[name].needs if need.what in NEEDS}:
        for row in rows(name, change):
            assert row.quality.startswith(NOT_COMPUTABLE), row


def only_one_stride(signal):
    inside = (signal.time >= 5002.0) & (signal.time <= 5003.9) if signal.time[0] > 1000 else signal.time < 2.0
    return replace(signal, time=signal.time[inside], samples=signal.samples[inside])


@every_metric
def test_one_stride_gives_nothing_that_is_said_of_many(name):
    if any(need.each is not None for need in METRICS[name].needs):
        found = [row for row in rows(name, only_one_stride) if row.quality == OK]
        # One left and one right stance can be compared, and are.
        assert not found or name == "symmetry_index"


def test_no_metric_asks_for_a_channel_by_name():
    for metric in METRICS.values():
        for need in metric.needs:
            assert not any(re.search(r"[A-Z0-9 ]", site) for site in need.sites), metric.name
