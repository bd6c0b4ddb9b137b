"""The virtual person's trials: whoever records long enough has each whole, and what is done in them is known."""

from itertools import islice

import numpy as np
import pytest

from groundup.lsl.control_messages import trials_of_control
from groundup.plugin import Settings
from groundup_plugins.devices.virtual_lab import Walker
from groundup_plugins.devices.virtual_lab.emg import MUSCLES, Emg
from groundup_plugins.devices.virtual_lab.plates import ForcePlate
from groundup_plugins.devices.virtual_lab.settings import VirtualLabSettings
from groundup_plugins.devices.virtual_lab.strategy import STRATEGIES
from groundup_plugins.devices.virtual_lab.taps import Taps
from groundup_plugins.devices.virtual_lab.trials import BLOCK_S, CYCLE_S, EFFORT, messages


@pytest.mark.parametrize("start", np.linspace(1000.0, 1000.0 + CYCLE_S, 9))
def test_a_recording_of_a_cycle_and_a_block_has_each_trial_whole(start):
    end = start + CYCLE_S + BLOCK_S
    told = [(at, text) for at, text in islice(messages(CYCLE_S, start), 40) if at < end]
    assert [at for at, _ in told] == sorted(at for at, _ in told)
    lasts = {}
    for trial in trials_of_control(told, end):
        lasts[trial.condition] = max(lasts.get(trial.condition, 0.0), trial.t1 - trial.t0)
    assert {c: round(s, 6) for c, s in lasts.items()} == {"rest": 4.0, "mvic": 4.0, "reference": 8.0, "usual": 6.4}


@pytest.fixture(scope="module")
def person():
    return Walker(seed=4, taps=Taps(4, trials_every_s=CYCLE_S))


def read(instrument, t0, t1):
    index = np.arange(int(t0 * instrument.rate), int(t1 * instrument.rate))
    return instrument.read(index, index / instrument.rate)[""]


def test_nobody_walks_in_rest_and_effort_and_somebody_does_after(person):
    assert not person.contacts(5000.0, 5008.5)
    assert len(person.contacts(5009.5, 5024.4)) == pytest.approx(14.9 / 0.55, abs=3)
    for side in ("L", "R"):
        vertical = read(ForcePlate(person, side), 5000.0, 5008.5)[:, 2]
        assert np.abs(vertical).max() < 30.0  # noise, and nobody


def test_the_greatest_effort_is_as_strong_as_it_says_and_rest_is_the_amplifiers_noise(person):
    emg = Emg(person)
    drives = STRATEGIES["ground_up"].drives
    strong = read(emg, 5005.5, 5007.5)
    for column, channel in enumerate(emg.streams[""].channels):
        wanted = EFFORT * drives[channel.site].volts
        assert strong[:, column].std() == pytest.approx(wanted, rel=0.1)
    assert read(emg, 5000.5, 5003.5).std(axis=0).max() < 3e-6
    assert len(emg.streams[""].channels) == 2 * len(MUSCLES)


def test_without_trials_the_walker_is_the_same_as_ever():
    one, other = Walker(seed=4), Walker(seed=4, taps=Taps(4))
    assert one.contacts(5000.0, 5025.0) == other.contacts(5000.0, 5025.0)
    assert not list(islice(messages(0.0, 5000.0), 1))


def test_a_cycle_too_short_for_its_trials_is_refused():
    assert isinstance(VirtualLabSettings(part="emg", trials_every_s=CYCLE_S), Settings)
    with pytest.raises(ValueError, match="trials_every_s"):
        VirtualLabSettings(part="emg", trials_every_s=12.0)
