"""The envelope equals a published one, has no lag, and never reaches across a gap."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import resample_poly

from groundup.analysis.pipeline import run_pipeline
from groundup.plugin import Channel, NotComputableError, Signal, Subject
from groundup_plugins.processors.emg_envelope import EmgEnvelope, EmgEnvelopeSettings

RATE = 2000.0


def emg(samples, rate=RATE, time=None, unit="V"):
    samples = np.asarray(samples, dtype=float).reshape(len(samples), -1)
    time = np.arange(len(samples)) / rate if time is None else time
    channels = tuple(Channel(f"c{n}", unit, "soleus", "R") for n in range(samples.shape[1]))
    return Signal("emg", "emg", time, samples, channels, rate)


def envelope(signal, **settings):
    (made,) = EmgEnvelope(EmgEnvelopeSettings(**settings)).whole(signal).signals
    return made


def noise(seconds=3.0, seed=0, channels=1):
    return np.random.default_rng(seed).normal(size=(int(seconds * RATE), channels)) * 1e-4


def test_it_equals_the_published_envelope_with_the_published_settings(shared):
    folder = shared / "walk_emg_synergies"
    names, raw = _table(folder / "raw_emg_1000hz.csv")
    _, published = _table(folder / "published_filtered_normalised.csv")
    _, cycles = _table(folder / "gait_cycles_s.csv")
    made = envelope(
        emg(raw[:, 1:], 1000.0, raw[:, 0], "uV"),
        high_pass_hz=50.0,
        low_pass_hz=0.0,
        band_order=4,
        envelope_hz=20.0,
        envelope_order=4,
    )
    # The authors drop the first and keep the next three cycles, stance and swing at 100 points each.
    parts = [(cycles[k, 0], cycles[k, 1], cycles[k + 1, 0]) for k in (1, 2, 3)]
    grid = np.concatenate([np.linspace(a, b, 100) for start, off, end in parts for a, b in ((start, off), (off, end))])
    for column, name in enumerate(names[1:]):
        ours = np.interp(grid, made.time, made.samples[:, column])
        assert np.corrcoef(ours, published[:, column + 1])[0, 1] > 0.99, name


def _table(path):
    with path.open() as file:
        rows = list(csv.reader(file))
    return rows[0], np.array([[float(value) for value in row] for row in rows[1:]])


def test_a_burst_keeps_its_place_and_its_strength():
    time = np.arange(0.0, 4.0, 1 / RATE)
    height = 1e-4 * (0.2 + np.exp(-0.5 * ((time - 2.0) / 0.15) ** 2))
    carrier = np.sin(2 * np.pi * 127.3 * time)
    made = envelope(emg(height * carrier)).samples[:, 0]
    assert time[np.argmax(made)] == pytest.approx(2.0, abs=0.002)
    # A rectified sine has 2/pi of its height.
    inner = (time > 0.5) & (time < 3.5)
    assert np.abs(made - height * 2 / np.pi)[inner].max() < 0.05 * height.max()


def test_offset_drift_and_movement_artefact_are_taken_off():
    time = np.arange(0.0, 4.0, 1 / RATE)
    quiet = noise(4.0)[:, 0]
    moved = quiet + 3e-3 + 1e-3 * np.sin(2 * np.pi * 1.5 * time) + 1e-4 * time
    inner = slice(1000, -1000)
    assert np.allclose(envelope(emg(moved)).samples[inner], envelope(emg(quiet)).samples[inner], atol=2e-6)


@pytest.mark.rig
@given(st.floats(1e-3, 1e3), st.integers(0, 5))
def test_scaling_the_emg_scales_the_envelope(factor, seed):
    raw = noise(1.0, seed)
    assert np.allclose(envelope(emg(raw * factor)).samples, factor * envelope(emg(raw)).samples, rtol=1e-9)


@pytest.mark.parametrize(("unit", "factor"), [("V", 1.0), ("mV", 1e3), ("uV", 1e6), ("µV", 1e6)])
def test_the_envelope_is_in_volts_whatever_the_unit(unit, factor):
    made = envelope(emg(noise() * factor, unit=unit))
    assert made.channels[0].unit == "V"
    assert np.allclose(made.samples, envelope(emg(noise())).samples)


def test_it_is_never_negative_and_says_how_it_was_made():
    burst = noise(4.0)
    burst[: len(burst) // 2] = 0.0
    made = envelope(emg(burst))
    assert made.samples.min() >= 0.0
    assert "20-450 Hz" in made.attrs["filter"]
    assert (made.id, made.kind, made.inputs, made.attrs["normalisation"]) == (
        "emg.envelope",
        "envelope",
        ("emg",),
        "none",
    )


def test_nothing_reaches_across_a_gap():
    raw = noise(4.0)
    loud = raw.copy()
    loud[4000:] *= 100.0
    time = np.arange(len(raw)) / RATE
    time[4000:] += 0.5
    assert np.array_equal(envelope(emg(raw, time=time)).samples[:4000], envelope(emg(loud, time=time)).samples[:4000])


def test_nan_stays_where_it_is_and_in_its_channel():
    raw = noise(4.0, channels=2)
    raw[4000:4010, 1] = np.nan
    made = envelope(emg(raw)).samples
    assert np.isfinite(made[:, 0]).all()
    assert np.flatnonzero(np.isnan(made[:, 1])).tolist() == list(range(4000, 4010))
    assert np.array_equal(made[:, 0], envelope(emg(raw[:, :1])).samples[:, 0])


def test_a_run_too_short_for_the_filter_has_no_envelope():
    time = np.concatenate((np.arange(4000) / RATE, 3.0 + np.arange(100) / RATE))
    made = envelope(emg(noise(2.05), time=time)).samples[:, 0]
    assert np.isfinite(made[:4000]).all()
    assert np.isnan(made[4000:]).all()


def test_at_1_khz_the_band_ends_below_the_nyquist_frequency():
    assert "20-450 Hz" in envelope(emg(noise(), 1000.0)).attrs["filter"]
    assert "20-446.4 Hz" in envelope(emg(noise(), 992.0)).attrs["filter"]


def test_below_800_hz_there_is_no_envelope():
    with pytest.raises(NotComputableError, match="sampled at 500 Hz and EMG needs 800 Hz"):
        envelope(emg(noise(), 500.0))


@pytest.mark.parametrize(("rate", "up", "down", "lost"), [(960.0, 24, 25, 0.006), (800.0, 4, 5, 0.02)])
def test_real_emg_of_a_slow_amplifier_keeps_its_envelope_and_says_what_is_lost(shared, rate, up, down, lost):
    raw = np.loadtxt(shared / "walk_emg_synergies" / "raw_emg_1000hz.csv", delimiter=",", skiprows=1)[:, 1:4]
    fast, slow = envelope(emg(raw, 1000.0)), envelope(emg(resample_poly(raw, up, down, axis=0), rate))
    assert "remark" not in fast.attrs
    assert f"at {rate:.0f} Hz there is no EMG from {0.45 * rate:.0f} to 450 Hz" in slow.attrs["remark"]
    for there, here in zip(fast.samples.T, slow.samples.T, strict=True):
        near = np.interp(fast.time, slow.time, here)[500:-500]
        assert np.corrcoef(near, there[500:-500])[0, 1] > 0.9997
        assert 1 - lost < near.mean() / there[500:-500].mean() <= 1.0


def test_what_a_slow_amplifier_loses_is_among_the_notes_of_the_analysis():
    signal = emg(noise(), 960.0)
    (note,) = run_pipeline([signal], [], Subject(), [EmgEnvelope], []).notes
    assert note.startswith(f"{signal.id}.envelope: at 960 Hz there is no EMG from 432 to 450 Hz")
    assert run_pipeline([emg(noise(), 999.0)], [], Subject(), [EmgEnvelope], []).notes == ()


def test_filter_corners_without_a_band_are_refused_in_a_sentence():
    with pytest.raises(NotComputableError, match="leave no band"):
        envelope(emg(noise()), high_pass_hz=500.0)


def test_an_empty_signal_gives_an_empty_envelope():
    empty = emg(noise())
    empty = replace(empty, time=empty.time[:0], samples=empty.samples[:0])
    assert envelope(empty).samples.shape == (0, 1)
