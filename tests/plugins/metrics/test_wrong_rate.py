"""Real EMG whose rate is declared wrong: the stride period gives it away, and no phase is read off the wrong place."""

from dataclasses import replace

import numpy as np
import pytest

from groundup.analysis.pipeline import run_pipeline
from groundup.plugin import Channel, Event, Signal, Subject
from groundup_plugins.metrics.centre_of_activity import centre_of_activity
from groundup_plugins.metrics.gait import stride_time
from groundup_plugins.metrics.glutes import glute_share_ratio
from groundup_plugins.metrics.synergies import vaf_one_synergy
from groundup_plugins.norms.make_stance_peaks import SITES
from groundup_plugins.processors.emg_envelope import EmgEnvelope

PHASES = [glute_share_ratio, centre_of_activity, vaf_one_synergy]


@pytest.fixture(scope="module")
def walk(shared):
    folder = shared / "walk_emg_synergies"
    names = (folder / "raw_emg_1000hz.csv").read_text().split("\n", 1)[0].split(",")
    raw = np.loadtxt(folder / "raw_emg_1000hz.csv", delimiter=",", skiprows=1)
    cycles = np.loadtxt(folder / "gait_cycles_s.csv", delimiter=",", skiprows=1)
    channels = tuple(Channel(name, "uV", SITES[name.strip('"')], "R") for name in names[1:])
    events = [Event(time, kind, "R", "file") for row in cycles for time, kind in zip(row, ("IC", "FO"), strict=True)]
    return Signal("emg", "emg", raw[:, 0], raw[:, 1:], channels, 1000.0), events


def rows(walk, rate):
    emg, events = walk
    declared = replace(emg, time=emg.time[0] + np.arange(len(emg.time)) / rate, rate=rate)
    result = run_pipeline([declared], events, Subject(), [EmgEnvelope], [*PHASES, stride_time])
    return result, {name: [r for r in result.rows if r.name == name] for name in {r.name for r in result.rows}}


def test_with_the_rate_that_is_right_every_phase_has_its_values(walk):
    result, found = rows(walk, 1000.0)
    assert not any("strides of emg" in note for note in result.notes)
    assert {metric.name for metric in PHASES} <= {r.name for r in result.rows if r.status == "ok"}
    assert [r.status for r in found["stride_time"]] == ["ok"] * 5


@pytest.mark.parametrize("rate", [1040.0, 1041.6, 960.0])
def test_with_a_rate_four_percent_wrong_no_phase_has_a_value_and_each_says_why(walk, rate):
    result, found = rows(walk, rate)
    (note,) = [note for note in result.notes if "strides of emg" in note]
    assert f"instead of {rate:g} Hz" in note
    for metric in PHASES:
        assert found[metric.name]
        for row in found[metric.name]:
            if row.side == "R":
                assert row.reason.startswith("the stride period of emg disagrees"), row
    assert [r.status for r in found["stride_time"]] == ["ok"] * 5  # of the events alone
