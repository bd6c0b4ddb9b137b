"""The truth of the virtual walker is told from its model and agrees with its definition."""

import json

import numpy as np
import pytest
from scipy import signal

from groundup_plugins.devices.virtual_lab import Walker
from groundup_plugins.devices.virtual_lab.emg import Emg, activation
from groundup_plugins.devices.virtual_lab.forces import ground_reaction
from groundup_plugins.devices.virtual_lab.strategy import STRATEGIES
from groundup_plugins.devices.virtual_lab.truth import truth_of

T0 = 830_000.3
both_strategies = pytest.mark.parametrize("strategy", list(STRATEGIES))
GLUTES = ("gluteus_medius", "gluteus_maximus")


@both_strategies
def test_the_truth_is_json_and_names_every_contact(strategy: str) -> None:
    walker = Walker(strategy, seed=6)
    truth = json.loads(json.dumps(truth_of(walker, T0, T0 + 20.0)))
    steps = walker.contacts(T0, T0 + 20.0)
    assert [(c["ic"], c["fo"], c["side"]) for c in truth["contacts"]] == [
        (s.contact, s.foot_off, s.side) for s in steps
    ]
    assert len(truth["strides"]) == len(steps) - 2
    for stride in truth["strides"]:
        assert stride["stride_time"] == pytest.approx(stride["t1"] - stride["t0"])
    assert truth["metrics"]["load_wave_lag"]["both"] > 2 / 200  # an IMU at 200 Hz can tell it
    assert truth["metrics"]["glute_braking_share"]["both"] == pytest.approx(
        np.mean([stride["glute_braking_share"] for stride in truth["strides"]])
    )


def test_a_window_without_a_step_holds_no_truth_about_steps() -> None:
    walker = Walker()
    step = walker.contacts(T0, T0 + 2.0)[0]
    truth = truth_of(walker, step.contact + 0.01, step.contact + 0.02)
    assert truth["contacts"] == truth["stances"] == truth["strides"] == []
    assert "stride_time" not in truth["metrics"]
    assert truth["metrics"]["distal_absorption"]["both"] == pytest.approx(0.75)


@both_strategies
def test_the_gluteal_braking_share_is_the_integral_it_is_defined_as(strategy: str) -> None:
    walker = Walker(strategy)
    stride = truth_of(walker, T0, T0 + 5.0)["strides"][2]
    time = np.linspace(stride["t0"], stride["t1"], 50_001)
    braking = ground_reaction(walker, time, stride["side"]).forward < 0.0
    shares = []
    for muscle in GLUTES:
        active = activation(walker, muscle, stride["side"], time)
        shares.append(np.trapezoid(np.where(braking, active, 0.0), time) / np.trapezoid(active, time))
        assert stride[f"{muscle}_braking_share"] == pytest.approx(shares[-1], abs=0.002)
    share = np.mean(shares)
    assert stride["glute_braking_share"] == pytest.approx(share, abs=0.002)
    assert stride["glute_braking_enrichment"] == pytest.approx(share / braking.mean(), abs=0.01)


@pytest.mark.rig
@both_strategies
def test_an_ordinary_envelope_of_the_recorded_emg_finds_the_true_braking_share(strategy: str) -> None:
    walker = Walker(strategy, seed=8)
    index = np.arange(int(T0 * 2000), int((T0 + 25.0) * 2000))
    time = index / 2000.0
    emg = Emg(walker)
    raw = emg.read(index, time)[""].astype(float)
    band = signal.butter(4, (20, 450), "bandpass", fs=2000.0, output="sos")
    low = signal.butter(4, 6, fs=2000.0, output="sos")
    envelope = signal.sosfiltfilt(low, np.abs(signal.sosfiltfilt(band, raw, axis=0)), axis=0)
    truth = truth_of(walker, T0 + 1.0, T0 + 24.0)
    shares = []
    for stride in truth["strides"]:
        columns = [i for i, c in enumerate(emg.streams[""].channels) if c.site in GLUTES and c.side == stride["side"]]
        inside = (time >= stride["t0"]) & (time < stride["t1"])
        glutes = envelope[inside][:, columns]
        braking = ground_reaction(walker, time[inside], stride["side"]).forward < 0.0
        shares.append(np.mean(glutes[braking].sum(axis=0) / glutes.sum(axis=0)))
    assert np.mean(shares) == pytest.approx(truth["metrics"]["glute_braking_share"]["both"], abs=0.02)


def test_the_two_strategies_are_told_apart_by_what_is_true_of_them() -> None:
    calm, tense = (truth_of(Walker(s), T0, T0 + 20.0)["metrics"] for s in ("ground_up", "proximal"))
    assert calm["distal_absorption"]["both"] - tense["distal_absorption"]["both"] > 0.3
    assert calm["glute_braking_share"]["both"] - tense["glute_braking_share"]["both"] > 0.15
    assert tense["glute_share_ratio"]["both"] - calm["glute_share_ratio"]["both"] > 0.15
