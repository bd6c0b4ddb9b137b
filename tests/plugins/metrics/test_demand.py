"""Gluteal demand, tone, rest and coupling to load, from EMG whose level is known, through the whole analysis."""

import numpy as np
import pytest
from people import chair, plate

from groundup.analysis.pipeline import run_pipeline
from groundup.plugin import Channel, Event, Signal, Stride, Subject, Trace, Trial
from groundup_plugins.metrics.antigravity import activation_cost, antigravity_coupling
from groundup_plugins.metrics.glute_demand import glute_demand, glute_quiet_time, glute_tonic_level
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.emg_envelope import EmgEnvelope
from groundup_plugins.processors.force_plate import ForcePlate
from groundup_plugins.processors.sit_to_stand import SitToStandEvents

RATE = 1000.0
TIME = np.arange(0, 40, 1 / RATE)
MVIC, REST, WALK = Trial(2.0, 8.0, "1", "MVIC"), Trial(10.0, 18.0, "sofa", "rest"), Trial(20.0, 38.0, "walk", "usual")
STRIDES = [Event(t, "IC", "R", "file") for t in np.arange(20.5, 37.0, 1.0)]
METRICS = [glute_demand, glute_tonic_level, glute_quiet_time]


def tone(level):
    """A carrier whose envelope is `level`: a rectified sine has 2/pi of its height."""
    return np.pi / 2 * level * np.sin(2 * np.pi * 123.0 * TIME)


def emg(level, noise=0.0):
    samples = tone(level) + noise * np.random.default_rng(0).normal(size=len(TIME))
    return Signal("emg", "emg", TIME, samples[:, None], (Channel("x", "V", "gluteus_medius", "R"),), RATE)


def in_trial(trial):
    return (trial.t0 <= TIME) & (trial.t1 > TIME)


def values(signal, trials, metrics=METRICS):
    result = run_pipeline([signal], STRIDES, Subject(), [EmgEnvelope], metrics, trials=trials)
    return result, {m.name: [r for r in result.rows if r.name == m.name] for m in metrics}


def level():
    """Strong in the MVIC, a burst in each stride, almost silent at rest."""
    walk = 1e-5 + 3e-5 * (1 + np.cos(2 * np.pi * (TIME - 20.5))) / 2
    return np.where(in_trial(MVIC), 1e-4, np.where(in_trial(REST), 1e-7, walk))


def test_demand_and_tone_are_in_percent_of_the_mvic():
    result, found = values(emg(level()), [MVIC, REST, WALK])
    assert [r.value for r in found["glute_demand"]] == pytest.approx([25.0] * 16, rel=0.02)
    assert [r.value for r in found["glute_tonic_level"]] == pytest.approx([10.0] * 16, rel=0.05)
    assert {r.unit for r in found["glute_demand"]} == {"%"}
    assert result.normalisations["glute_demand"] == "% of MVIC: the largest 0.5 s mean of the envelope in '1'"


def test_one_spike_in_the_mvic_does_not_make_it_stronger():
    signal = emg(level())
    signal.samples[5000:5010] *= 20.0
    _, found = values(signal, [MVIC, WALK])
    assert np.mean([r.value for r in found["glute_demand"]]) > 0.6 * 25.0


def test_without_an_mvic_a_reference_trial_is_what_demand_is_over_and_it_is_said():
    early, late = Trial(20.0, 29.0, "before", "reference"), Trial(29.0, 38.0, "after", "squeeze")
    loud = np.where(TIME < 29.2, 1.0, 1.5) * level()
    result, found = values(emg(loud), [early, late])
    assert [r.value for r in found["glute_demand"] if r.trial == "before"] == pytest.approx([100.0] * 8, rel=0.03)
    assert [r.value for r in found["glute_demand"] if r.trial == "after"] == pytest.approx([150.0] * 7, rel=0.03)
    assert "reference trial" in result.normalisations["glute_demand"]
    assert all("no MVIC trial" in r.reason for r in found["glute_tonic_level"])


def test_without_any_reference_nothing_is_said_of_demand():
    _, found = values(emg(level()), [WALK])
    for name in ("glute_demand", "glute_tonic_level", "glute_quiet_time"):
        assert all(r.reason.startswith("no ") for r in found[name])


@pytest.mark.parametrize(
    ("mvic", "rest", "words"),
    [
        (Trial(22.0, 28.0, "", "mvic"), Trial(30.0, 36.0, "", "rest"), "somebody walks in the {} trial"),
        (Trial(3.0, 3.4, "", "mvic"), Trial(11.0, 11.5, "", "rest"), "and 1 s is the least"),
    ],
)
def test_a_trial_too_short_or_with_strides_in_it_normalises_nothing_and_it_is_said(mvic, rest, words):
    _, found = values(emg(level()), [mvic, rest, WALK])
    for metric, name in (("glute_tonic_level", "MVIC"), ("glute_quiet_time", "rest")):
        assert all(words.format(name) in row.reason for row in found[metric])


def test_of_several_trials_those_that_are_none_are_left_out():
    _, found = values(emg(level()), [Trial(22.0, 28.0, "walked", "mvic"), MVIC, WALK])
    assert np.nanmedian([r.value for r in found["glute_demand"]]) == pytest.approx(25.0, rel=0.02)


def test_two_strides_are_no_reference():
    _, found = values(emg(level()), [Trial(20.0, 22.6, "", "reference"), Trial(23.0, 38.0, "walk", "usual")])
    assert all("2 strides" in row.reason and "3 are the least" in row.reason for row in found["glute_demand"])


def test_strides_above_their_mvic_are_kept_and_a_note_says_that_it_was_no_greatest_effort():
    weak = np.where(in_trial(MVIC), 1.5e-5, level())
    result, found = values(emg(weak), [MVIC, WALK])
    assert [r.value for r in found["glute_demand"]] == pytest.approx([25.0 / 0.15] * 16, rel=0.02)
    (note,) = [note for note in result.notes if "100 %" in note]
    assert note == "glute_demand is above 100 % of MVIC in 16 of 16 values: the MVIC trial was no greatest effort"
    assert not [note for note in values(emg(level()), [MVIC, WALK])[0].notes if "100 %" in note]


def test_quiet_time_is_the_share_of_the_cycle_at_the_level_of_rest():
    quiet = (TIME % 1.0) < 0.6
    signal = emg(np.where(in_trial(WALK) & ~quiet, 1e-4, 0.0), noise=2e-6)
    _, found = values(signal, [REST, WALK])
    # The 6 Hz of the envelope blur each edge, and 2 SD let about one in forty of the quiet samples go.
    assert np.mean([r.value for r in found["glute_quiet_time"]]) == pytest.approx(0.5, abs=0.1)


STRIDE = Stride(1.0, 2.0, 1.6, "R", 0)


def test_an_envelope_that_follows_load_has_its_slope():
    time = np.linspace(1.0, 2.0, 1001)
    load = 700.0 * np.clip(np.sin(np.pi * (time - 1.0) / 0.6), 0, None)
    body = Subject(700.0 / 9.80665)
    glutes = {
        "gluteus_medius": Trace(time, 0.1 + 0.5 * load / 700.0, RATE, "1"),
        "gluteus_maximus": Trace(time[::2], 0.3 - 0.1 * load[::2] / 700.0, RATE / 2, "1"),
    }
    vertical = Trace(time, load, RATE, "N")
    assert antigravity_coupling(STRIDE, glutes, vertical, body) == pytest.approx((0.5 - 0.1) / 2, abs=1e-4)


def test_rising_from_a_chair_has_a_coupling_of_each_side():
    processors = [ForcePlate, Contacts, SitToStandEvents, EmgEnvelope]
    result = run_pipeline(chair(), [], Subject(70.0), processors, [antigravity_coupling])
    assert [(row.side, row.status) for row in result.rows] == [("L", "ok"), ("R", "ok")]
    # The EMG of this person grows with load from 0.3 to 1.08 of what it is at its peak.
    assert all(0.5 < row.value < 1.2 for row in result.rows)


def test_the_cost_of_a_metre_is_activity_over_distance():
    time = np.linspace(1.0, 2.0, 1001)
    muscles = {name: Trace(time, np.full(1001, height), RATE) for name, height in (("soleus", 0.2), ("a", 0.3))}
    assert activation_cost(STRIDE, muscles, 1.25) == pytest.approx(0.5 / 1.25)


def overground(spacing_m, plates=3):
    """Steps on plates in a row, the right foot on the first and third; 16 ms of the way."""
    steps = np.arange(plates)
    made = []
    for n in steps:
        begin = 21.0 + 0.55 * n
        since = (TIME - begin) / 0.65
        on = (since >= 0) & (since < 1)
        s = np.where(on, since, 0.0)
        force = np.where(on, 700 * (1.35 * np.sin(np.pi * s) + 0.45 * np.sin(3 * np.pi * s)), 0.0)
        at = np.column_stack([np.full(len(TIME), spacing_m * n), np.full(len(TIME), 0.1 * (-1) ** n)])
        signal = plate(f"p{n}", force, RATE, "RL"[n % 2], at)
        made.append(_numbered(signal, n + 1))
    return made


def _numbered(signal, number):
    from dataclasses import replace

    return replace(signal, channels=tuple(replace(c, site=f"plate:{number}") for c in signal.channels))


def test_the_distance_of_a_stride_is_that_between_its_plates():
    signals = [*overground(0.6), emg(level())]
    result = run_pipeline(signals, [], Subject(70.0), [ForcePlate, Contacts, EmgEnvelope], [activation_cost])
    (stride,) = [s for s in result.strides if s.side == "R"]
    (row,) = [r for r in result.rows if r.side == "R"]
    assert stride.t1 - stride.t0 == pytest.approx(1.1, abs=0.01)
    # A muscle that is on average 0.62 of its peak in such a stride, for 1.1 s, over 1.2 m.
    assert row.status == "ok"
    assert row.value == pytest.approx(0.62 * 1.1 / 1.2, rel=0.15)
