"""The EMG of the virtual lab is noise that follows a known activation."""

import numpy as np
import pytest
from scipy import signal

from groundup.analysis.gait.stride_period import check_stride_periods
from groundup.plugin import GLUTEAL, Signal
from groundup_plugins.demo import CYCLE_S
from groundup_plugins.devices.virtual_lab import Walker
from groundup_plugins.devices.virtual_lab.device import virtual_device
from groundup_plugins.devices.virtual_lab.emg import MUSCLES, SIDES, Emg, activation
from groundup_plugins.devices.virtual_lab.sampler import Sampler
from groundup_plugins.devices.virtual_lab.settings import Part, VirtualLabSettings
from groundup_plugins.devices.virtual_lab.strategy import STRATEGIES

RATE = 2000.0
START = 1_660_000_123
PARTS: tuple[Part, ...] = ("plate_left", "emg")


def recorded(strategy: str, seconds: float = 30.0) -> tuple[Walker, np.ndarray, dict[tuple[str, str], np.ndarray]]:
    walker = Walker(strategy, seed=3)
    index = np.arange(START, START + int(seconds * RATE))
    emg = Emg(walker)
    samples = emg.read(index, index / RATE)[""].astype(float)
    return walker, index / RATE, {(c.site, c.side): samples[:, i] for i, c in enumerate(emg.streams[""].channels)}


def test_sixteen_channels_name_eight_muscles_on_both_sides_in_volts() -> None:
    channels = Emg(Walker()).streams[""].channels
    assert {(c.site, c.side) for c in channels} == {(m, s) for m in MUSCLES for s in SIDES}
    assert {c.unit for c in channels} == {"V"}
    assert len({c.label for c in channels}) == 16


@pytest.mark.rig
@pytest.mark.parametrize("strategy", list(STRATEGIES))
def test_every_channel_is_as_strong_as_its_activation_in_every_part_of_the_stride(strategy: str) -> None:
    walker, time, channels = recorded(strategy)
    for (muscle, side), volts in channels.items():
        bins = (walker.phase(time, side) * 20).astype(int)
        true = activation(walker, muscle, side, time)
        for k in range(20):
            there = bins == k
            declared = np.sqrt(np.mean(true[there] ** 2) + 1.5e-6**2 + 1.5e-6**2 / 2)
            assert np.sqrt(np.mean(volts[there] ** 2)) == pytest.approx(declared, rel=0.12)


def test_the_power_lies_between_20_and_450_hz() -> None:
    _, _, channels = recorded("ground_up")
    frequency, power = signal.welch(channels["soleus", "L"], RATE, nperseg=2000)
    inside = (frequency >= 18) & (frequency <= 452)
    assert power[~inside].sum() < 0.01 * power.sum()


def test_channels_are_independent_of_each_other() -> None:
    _, _, channels = recorded("ground_up", 20.0)
    carriers = np.corrcoef(np.array(list(channels.values())))
    assert np.abs(carriers - np.eye(16)).max() < 0.05


def test_gluteal_bursts_of_an_economical_walker_lie_in_early_stance() -> None:
    walker = Walker("ground_up")
    step = walker.contacts(100.0, 103.0)[0]
    stride = walker.step(step.number + 2).contact - step.contact
    for muscle in MUSCLES.keys() & GLUTEAL:
        time = step.contact + stride * np.arange(0.0, 1.0, 0.001)
        burst = activation(walker, muscle, step.side, time)
        assert 0.02 < np.argmax(burst) / 1000 < 0.15
        assert burst[450:800].max() < 0.2 * burst.max()


def test_a_proximal_walker_has_louder_earlier_glutes_more_tone_and_co_contraction() -> None:
    walks = {}
    for strategy in STRATEGIES:
        walker = Walker(strategy)
        step = walker.contacts(100.0, 103.0)[0]
        end = walker.step(step.number + 2).contact
        # From 20 % before contact on, so that a burst around contact is in one piece.
        time = step.contact + (end - step.contact) * np.arange(-0.2, 0.8, 0.001)
        walks[strategy] = {m: activation(walker, m, step.side, time) for m in MUSCLES}
    calm, tense = walks["ground_up"], walks["proximal"]
    for muscle in MUSCLES:
        assert tense[muscle].min() > 2.0 * calm[muscle].min()
        if muscle in GLUTEAL:
            assert tense[muscle].max() > 1.9 * calm[muscle].max()
            assert np.argmax(tense[muscle]) < np.argmax(calm[muscle]) - 20
    shin, calf = "tibialis_anterior", "soleus"
    together = {s: np.minimum(w[shin] / 150e-6, w[calf] / 120e-6).mean() for s, w in walks.items()}
    assert together["proximal"] > 2.0 * together["ground_up"]


@pytest.mark.rig
@pytest.mark.parametrize("start", [4084.1, 4084.6])
def test_muscles_tensed_between_walks_are_no_other_sampling_rate(start: float) -> None:
    """What is strongest in 40 s of it comes once in three strides: the EMG was told to tick a third too fast."""
    signals = []
    for part in PARTS:
        device = virtual_device(VirtualLabSettings(part=part, seed=1, trials_every_s=CYCLE_S))
        assert isinstance(device, Sampler)
        index = np.arange(int(start * device.rate), int((start + 45.0) * device.rate))
        (spec,), (samples,) = device.streams.values(), device.instrument.read(index, index / device.rate).values()
        signals.append(Signal(part, spec.kind, index / device.rate, samples.astype(float), spec.channels, spec.rate))
    assert check_stride_periods(signals) == ()
