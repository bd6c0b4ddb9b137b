"""Onsets of EMG bursts whose true onset is known."""

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from groundup.plugin import Channel, NotComputableError, Signal
from groundup_plugins.processors.emg_onset import EmgOnset, EmgOnsetSettings
from groundup_plugins.processors.onsets import active, spans

RATE = 1000.0
METHODS = ("tkeo", "hodges_bui", "double_threshold")


def bursts(seed, ratio_db=20.0, rate=RATE, seconds=10.0):
    """Noise in the band of EMG, louder in five bursts; and when these begin and end."""
    random = np.random.default_rng(seed)
    time = np.arange(int(seconds * rate)) / rate
    begins = 1.0 + 1.8 * np.arange(5) + random.uniform(-0.2, 0.2, 5)
    ends = begins + random.uniform(0.3, 0.6, 5)
    band = butter(2, (20.0, 0.4 * rate), "bandpass", fs=rate, output="sos")
    quiet, loud = (sosfiltfilt(band, random.normal(size=len(time))) for _ in range(2))
    on = ((time[:, None] >= begins) & (time[:, None] < ends)).any(axis=1)
    return 1e-5 * (quiet + on * 10 ** (ratio_db / 20) * loud), begins, ends


@pytest.mark.parametrize(("method", "within_s"), [("tkeo", 0.015), ("hodges_bui", 0.03), ("double_threshold", 0.015)])
def test_every_burst_is_found_once_and_in_time(method, within_s):
    for seed in range(5):
        emg, begins, ends = bursts(seed)
        found = spans(active(emg, RATE, method), RATE)
        assert [a for a, _ in found] == pytest.approx(begins, abs=within_s)
        assert [b for _, b in found] == pytest.approx(ends, abs=2 * within_s)


@pytest.mark.parametrize("method", METHODS)
def test_scale_and_offset_do_not_matter(method):
    emg, _, _ = bursts(0)
    assert np.array_equal(active(emg, RATE, method), active(1e6 * emg + 3.0, RATE, method))


@pytest.mark.parametrize("method", METHODS)
def test_rest_alone_is_hardly_ever_active(method):
    shares = [active(bursts(seed, -60.0)[0], RATE, method).mean() for seed in range(5)]
    assert np.mean(shares) < 0.02


def test_a_known_rest_is_used():
    emg, begins, _ = bursts(3)
    found = spans(active(emg, RATE, "tkeo", slice(0, 700)), RATE)
    assert [a for a, _ in found] == pytest.approx(begins, abs=0.015)


def test_too_short_too_slow_or_dead_is_not_computable():
    for emg, rate in ((np.ones(500), RATE), (bursts(0)[0], 100.0), (np.zeros(5000), RATE)):
        with pytest.raises(NotComputableError):
            active(emg, rate)


def test_the_processor_gives_zeros_and_ones_and_leaves_gaps_alone():
    emg, begins, _ = bursts(1)
    time = np.arange(len(emg)) / RATE
    keep = (time < 4.9) | (time > 5.2)
    samples = np.column_stack([emg, np.full(len(emg), np.nan)])[keep]
    channels = (Channel("a", "V", "soleus", "R"), Channel("b", "V", "soleus", "L"))
    (made,) = EmgOnset(EmgOnsetSettings()).whole(Signal("emg", "emg", time[keep], samples, channels, RATE)).signals
    assert made.kind == "activity"
    assert set(np.unique(made.samples[:, 0])) == {0.0, 1.0}
    assert np.isnan(made.samples[:, 1]).all()
    first = made.time[np.flatnonzero(made.samples[:, 0])[0]]
    assert first == pytest.approx(begins[0], abs=0.02)
