"""The whole analysis, in memory, against walkers whose strategy is known: from their sensors to the profile."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from groundup.analysis.pipeline import run_pipeline
from groundup.analysis.profile.profile_lines import profile_lines
from groundup.analysis.profile.strategy_profile import strategy_profile
from groundup.plugin import Signal, Subject, Trial
from groundup_plugins.devices.virtual_lab.emg import Emg
from groundup_plugins.devices.virtual_lab.imu import Imus
from groundup_plugins.devices.virtual_lab.plates import ForcePlate
from groundup_plugins.devices.virtual_lab.truth import truth_of
from groundup_plugins.devices.virtual_lab.walker import Walker
from groundup_plugins.metrics.glutes import groundup_metrics as glutes
from groundup_plugins.metrics.load_wave import groundup_metrics as load_wave
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.emg_envelope import EmgEnvelope
from groundup_plugins.processors.force_plate import ForcePlate as ForcePlateProcessor

pytestmark = pytest.mark.rig

T0, LENGTH_S = 5000.0, 20.0
METRICS = [*glutes(), *load_wave()]
PROCESSORS = [EmgEnvelope, Contacts, ForcePlateProcessor]


def walker(strategy):
    return Walker(strategy, 3, 70.0)


@cache
def signals(strategy, swapped=None):
    who = walker(strategy)
    made = []
    for instrument in (ForcePlate(who, "L"), ForcePlate(who, "R"), Emg(who), Imus(who, swapped)):
        index = np.arange(int(T0 * instrument.rate), int((T0 + LENGTH_S) * instrument.rate))
        time = index / instrument.rate
        for key, samples in instrument.read(index, time).items():
            spec = instrument.streams[key]
            values = np.asarray(samples, dtype=float)
            made.append(Signal(spec.name, spec.kind, time, values, spec.channels, spec.rate, spec.plate))
    return made


@cache
def analysed(strategy):
    return run_pipeline(signals(strategy), [], Subject(70.0), PROCESSORS, METRICS)


@cache
def true_strides(strategy):
    return truth_of(walker(strategy), T0, T0 + LENGTH_S)


def values(result, name):
    return np.array([row.value for row in result.rows if row.name == name and row.status == "ok"])


@pytest.mark.parametrize("strategy", ["ground_up", "proximal"])
class TestBothWalkers:
    def test_the_strategy_is_read_back(self, strategy):
        result, known = analysed(strategy), true_strides(strategy)["metrics"]
        assert len(result.strides) >= 32
        assert result.notes == ()
        for name, tolerance in (
            ("glute_braking_share", 0.03),
            ("distal_absorption", 0.05),
            ("load_wave_lag", 0.001),
            ("load_wave_order", 0.0),
        ):
            # The wave needs a little time before the contact, which the first stride may not have.
            assert len(values(result, name)) >= len(result.strides) - 1, name
            assert values(result, name).mean() == pytest.approx(known[name]["both"], abs=tolerance), name

    def test_every_single_stride_has_its_wave_read_back(self, strategy):
        result, known = analysed(strategy), true_strides(strategy)["metrics"]
        for name, tolerance in (("distal_absorption", 0.05), ("load_wave_lag", 0.001), ("load_wave_order", 0.0)):
            assert np.abs(values(result, name) - known[name]["both"]).max() <= tolerance, name

    def test_every_contact_is_within_5_ms(self, strategy):
        found = [e for e in analysed(strategy).events if e.kind in ("IC", "FO")]
        for contact in true_strides(strategy)["contacts"]:
            for kind, key in (("IC", "ic"), ("FO", "fo")):
                if contact[key] < T0 + LENGTH_S:
                    mine = [e.time for e in found if (e.kind, e.side) == (kind, contact["side"])]
                    assert min(abs(t - contact[key]) for t in mine) < 0.005

    @pytest.mark.parametrize("swapped", [("pelvis", "trunk"), ("foot_R", "shank_R"), ("pelvis", "head")])
    def test_swapped_sensors_are_caught_in_every_stride(self, strategy, swapped):
        without_emg = [s for s in signals(strategy, swapped) if s.kind != "emg"]
        result = run_pipeline(without_emg, [], Subject(70.0), PROCESSORS, list(load_wave()))
        right = [row for row in result.rows if row.side == "R"]
        assert right
        for row in right:
            assert row.status == "not_computable"

    def test_lost_packets_make_no_wrong_number(self, strategy):
        lossy = [lose_packets(s, seed) for seed, s in enumerate(signals(strategy))]
        of_strides = [metric for metric in METRICS if Trial not in metric.scopes]
        result = run_pipeline(lossy, [], Subject(70.0), PROCESSORS, of_strides)
        whole = {(row.name, row.side, round(row.t0, 1)): row for row in analysed(strategy).rows}
        kept = [row for row in result.rows if row.status == "ok"]
        lost = [row for row in result.rows if row.status != "ok"]
        assert kept
        assert lost
        assert all(row.status == "not_computable" for row in lost)
        for row in kept:
            before = whole[row.name, row.side, round(row.t0, 1)]
            assert row.t1 == pytest.approx(before.t1, abs=0.005)
            # A share over the peak of all strides changes a little with the strides that are left.
            tolerance = 0.05 if row.name.startswith("glute") else 1e-6
            assert row.value == pytest.approx(before.value, rel=tolerance)

    def test_a_trial_with_lost_packets_is_one_of_the_strides_that_are_left(self, strategy):
        lossy = [lose_packets(s, seed) for seed, s in enumerate(signals(strategy))]
        (metric,) = (metric for metric in METRICS if Trial in metric.scopes)
        for (trial, whole), (_, left) in zip(
            strides_given(metric, signals(strategy)), strides_given(metric, lossy), strict=True
        ):
            same = [(s, traces) for s, traces in whole if any(abs(s.t0 - other.t0) < 0.005 for other, _ in left)]
            assert 3 <= len(same) == len(left) < len(whole)
            assert metric.function(trial, left) == pytest.approx(metric.function(trial, same), rel=1e-6)


def strides_given(metric, recorded):
    """What a metric of a trial is given, for each leg: the trial and its strides."""
    given = []

    def kept(trial, strides):
        given.append((trial, list(strides)))
        return 0.0

    run_pipeline(recorded, [], Subject(70.0), PROCESSORS, [replace(metric, function=kept)])
    return given


def lose_packets(signal, seed, share=0.003, packet_s=0.02):
    packet = (np.arange(len(signal.time)) / signal.rate / packet_s).astype(int)
    kept = (np.random.default_rng(seed).random(packet[-1] + 1) >= share)[packet]
    return replace(signal, time=signal.time[kept], samples=signal.samples[kept])


def test_the_two_walkers_are_clearly_apart():
    for name in ("glute_braking_share", "distal_absorption", "glute_share_ratio"):
        one, other = (values(analysed(strategy), name) for strategy in ("ground_up", "proximal"))
        assert one.min() > other.max() or one.max() < other.min(), name


def test_left_and_right_swapped_are_right_and_left():
    def mirrored(signal):
        opposite = {"L": "R", "R": "L", "": ""}
        return replace(signal, channels=tuple(replace(c, side=opposite[c.side]) for c in signal.channels))

    here = analysed("ground_up")
    there = run_pipeline([mirrored(s) for s in signals("ground_up")], [], Subject(70.0), PROCESSORS, METRICS)
    opposite = {"L": "R", "R": "L"}
    swapped = {(r.name, opposite[r.side], r.t0): r.value for r in here.rows}
    assert {(r.name, r.side, r.t0) for r in there.rows} == set(swapped)
    assert all(r.value == pytest.approx(swapped[r.name, r.side, r.t0], rel=1e-9, nan_ok=True) for r in there.rows)


def test_the_profile_shows_three_axes_and_says_what_is_missing():
    lines = profile_lines(strategy_profile(analysed("ground_up").rows, METRICS))
    text = "\n".join(lines)
    assert max(len(line) for line in lines) <= 100
    assert text.count("no installed metric speaks for this axis") == 3
    assert "nan" not in text
    assert "distal_absorption" in text
