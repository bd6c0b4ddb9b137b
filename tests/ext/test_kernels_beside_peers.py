"""Kernels that filter, against SciPy, NumPy and the formulas written out; on real EMG where it is at hand."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d
from scipy.signal import butter, cheby1, ellip, hilbert, resample_poly, sosfilt, sosfilt_zi, sosfreqz, upfirdn

from groundup_ext import _kernels as kernels
from groundup_ext import group_delay
from tests.ext.kernel_cases import DELAYED

Floats = NDArray[np.float64]

FILTERS = {
    "band-pass": butter(4, [20.0, 450.0], "bandpass", fs=1000.0, output="sos"),
    "narrow": butter(8, [49.0, 51.0], "bandstop", fs=1000.0, output="sos"),
    "low": butter(2, 6.0, fs=1000.0, output="sos"),
    "odd order": butter(5, 20.0, "highpass", fs=1000.0, output="sos"),
    "elliptic": ellip(7, 0.5, 60.0, 100.0, fs=1000.0, output="sos"),
    "chebyshev": cheby1(11, 1.0, [5.0, 200.0], "bandpass", fs=1000.0, output="sos"),
    "a b0 of 0": np.concatenate([DELAYED, butter(4, 100.0, fs=1000.0, output="sos")]),
    "a negative gain": butter(4, 100.0, fs=1000.0, output="sos") * [[-3.0, -3.0, -3.0, 1, 1, 1], [1] * 6],
}


@pytest.fixture(scope="module")
def emg(shared: Path) -> NDArray[np.float32]:
    """Raw EMG of a walk, 13 muscles at 1 kHz, as a device sends it."""
    return np.loadtxt(
        shared / "walk_emg_synergies" / "raw_emg_1000hz.csv", delimiter=",", skiprows=1, usecols=range(1, 14)
    )[:8000].astype(np.float32)


def close(ours: Floats, theirs: Floats) -> None:
    """Within 1e-6 of the largest value, as promised; they are much closer."""
    assert ours.shape == theirs.shape
    assert float(np.abs(ours - theirs).max()) <= 1e-9 * float(np.abs(theirs).max())


@pytest.mark.parametrize("sos", FILTERS.values(), ids=FILTERS)
def test_sections_filter_real_emg_as_sosfilt_does(sos: Floats, emg: NDArray[np.float32]) -> None:
    close(kernels.Sos(sos, emg.shape[1]).process(emg), sosfilt(sos, emg, axis=0))


def test_a_steady_start_is_sosfilt_with_its_steady_state(emg: NDArray[np.float32]) -> None:
    for sos in (FILTERS["low"], FILTERS["band-pass"], FILTERS["elliptic"]):
        zi = sosfilt_zi(sos)[:, :, None] * emg[0]
        expected, _ = sosfilt(sos, emg, axis=0, zi=zi)
        close(kernels.Sos(sos, emg.shape[1], steady=True).process(emg), expected)


@pytest.mark.parametrize("low", ["low", "elliptic", "a b0 of 0", "a negative gain"])
def test_the_envelope_is_the_chain_of_sosfilt(low: str, emg: NDArray[np.float32]) -> None:
    for band in ("band-pass", "a negative gain", "chebyshev"):
        expected = sosfilt(FILTERS[low], np.abs(sosfilt(FILTERS[band], emg, axis=0)), axis=0)
        close(kernels.Envelope(FILTERS[band], FILTERS[low], emg.shape[1]).process(emg), expected)


def test_a_steady_envelope_begins_without_a_transient(emg: NDArray[np.float32]) -> None:
    offset = emg + np.float32(5.0)
    made = kernels.Envelope(FILTERS["band-pass"], FILTERS["low"], emg.shape[1], steady=True).process(offset)
    quiet = kernels.Envelope(FILTERS["band-pass"], FILTERS["low"], emg.shape[1], steady=True).process(emg)
    np.testing.assert_allclose(made, quiet, atol=1e-5)


def test_the_delay_of_a_filter_is_its_group_delay_at_0_hz() -> None:
    for name in ("low", "elliptic", "a b0 of 0"):
        _, response = sosfreqz(FILTERS[name], worN=[1e-4])
        assert kernels.Sos(FILTERS[name], 1).delay == pytest.approx(-float(np.angle(response[0])) / 1e-4, rel=1e-4)


@pytest.mark.rig
@pytest.mark.parametrize("name", ["band-pass", "odd order", "chebyshev", "elliptic", "a b0 of 0"])
def test_the_delay_of_noise_is_the_centre_of_the_squared_impulse_response(name: str) -> None:
    impulse = np.zeros(200_000)
    impulse[0] = 1.0
    power = sosfilt(FILTERS[name], impulse) ** 2
    assert group_delay.of_noise(FILTERS[name]) == pytest.approx(np.arange(200_000) @ power / power.sum(), rel=1e-6)


def test_an_a0_that_is_not_1_is_divided_by(emg: NDArray[np.float32]) -> None:
    twice = FILTERS["low"] * 2.0
    made = kernels.Sos(twice, emg.shape[1]).process(emg)
    close(made, sosfilt(FILTERS["low"], emg, axis=0))
    assert kernels.Sos(twice, 1).delay == pytest.approx(kernels.Sos(FILTERS["low"], 1).delay)
    assert group_delay.of_noise(twice) == pytest.approx(group_delay.of_noise(FILTERS["low"]))


def test_the_delay_of_an_envelope_is_what_a_modulated_noise_shows() -> None:
    random = np.random.default_rng(2)
    band, low = butter(4, [60.0, 100.0], "bandpass", fs=1000.0, output="sos"), FILTERS["low"]
    kernel = kernels.Envelope(band, low, 400)
    t = np.arange(4000)[:, None]
    turn = np.exp(-2j * np.pi * 0.5 * t / 1000.0)
    noise = random.standard_normal((4000, 400)) * (1.0 + 0.8 * np.cos(2 * np.pi * 0.5 * t / 1000.0))
    spectrum = (kernel.process(noise)[-2000:] * turn[-2000:]).sum()
    assert -np.angle(spectrum) * 1000.0 / (2 * np.pi * 0.5) == pytest.approx(kernel.delay, abs=4.0)


@pytest.mark.parametrize(("up", "down"), [(1, 2), (1, 10), (3, 2), (2, 3), (147, 160), (5, 1), (4, 6), (1, 1)])
def test_resampling_is_resample_poly_with_the_stated_delay(up: int, down: int, emg: NDArray[np.float32]) -> None:
    kernel = kernels.Resampler(emg.shape[1], up, down)
    late = kernel.delay * kernel.up / kernel.down
    assert late == round(late)
    x = np.concatenate([emg.astype(float), np.zeros((int(kernel.delay) + down, emg.shape[1]))])
    expected = resample_poly(emg.astype(float), up, down, axis=0)
    close(kernel.process(x)[round(late) :][: len(expected)], expected)


def test_resampling_with_taps_is_upfirdn(emg: NDArray[np.float32]) -> None:
    random = np.random.default_rng(0)
    half = random.standard_normal(30)
    taps = np.concatenate([half, [3.0], half[::-1]])
    made = kernels.Resampler(emg.shape[1], 3, 5, taps).process(emg)
    close(made, upfirdn(taps * 3, emg.astype(float), 3, 5, axis=0)[: len(made)])


def test_what_would_alias_is_gone_after_decimation() -> None:
    t = np.arange(20000) / 2000.0
    x = np.column_stack([np.sin(2 * np.pi * 10.0 * t), np.sin(2 * np.pi * 170.0 * t)])
    taps = kernels.Resampler(2, 1, 10).process(x)[200:]
    assert np.abs(taps[:, 0]).max() == pytest.approx(1.0, abs=3e-3)
    assert np.abs(taps[:, 1]).max() < 2e-3


def test_a_steady_resampler_begins_at_its_first_value() -> None:
    made = kernels.Resampler(1, 2, 5, steady=True).process(np.full((500, 1), 700.0))
    np.testing.assert_allclose(made, 700.0, rtol=1e-3)


def test_a_hole_is_resampled_into_a_hole_where_it_was() -> None:
    x = np.sin(np.arange(400.0) / 40.0)[:, None]
    x[200:220] = np.nan
    kernel = kernels.Resampler(1, 1, 2)
    made = kernel.process(x)
    assert np.flatnonzero(np.isnan(made[:, 0])).tolist() == [int(kernel.delay / 2) + i for i in range(100, 110)]


def test_demeaning_follows_its_formula(emg: NDArray[np.float32]) -> None:
    x = emg.astype(float) + 3.0
    made = kernels.Demean(x.shape[1], 100).process(x)
    mean = np.zeros(x.shape[1])
    for i, row in enumerate(x):
        mean = mean + (row - mean) / min(i + 1, 100)
        np.testing.assert_allclose(made[i], row - mean, atol=1e-12)
    np.testing.assert_allclose(made[:100], x[:100] - np.cumsum(x, axis=0)[:100] / np.arange(1, 101)[:, None], atol=1e-9)


def test_demeaning_takes_off_a_slow_drift() -> None:
    t = np.arange(20000.0)[:, None]
    made = kernels.Demean(1, 1000).process(5.0 + np.sin(t) + t * 1e-4)
    assert np.abs(made[5000:].mean()) < 0.11
    assert np.abs(made[5000:]).max() < 1.2


def test_a_moving_rms_is_the_root_of_the_mean_square(emg: NDArray[np.float32]) -> None:
    x = emg.astype(float)
    made = kernels.MovingRms(x.shape[1], 50).process(x)
    windows = np.lib.stride_tricks.sliding_window_view(x, 50, axis=0)
    close(made[49:], np.sqrt((windows**2).mean(axis=-1)))
    close(made[:49], np.sqrt(np.cumsum(x**2, axis=0)[:49] / np.arange(1, 50)[:, None]))


def test_a_burst_leaves_nothing_in_a_moving_rms() -> None:
    x = np.full((300, 1), 1e-6)
    x[100] = 1e6
    made = kernels.MovingRms(1, 20).process(x)
    np.testing.assert_allclose(made[120:], 1e-6, rtol=1e-12)


def test_a_moving_rms_leaves_out_what_is_missing() -> None:
    x = np.ones((60, 1))
    x[20:30] = np.nan
    made = kernels.MovingRms(1, 15).process(x)
    assert np.isnan(made[20:30]).all()
    np.testing.assert_array_equal(made[30:], 1.0)


def test_the_energy_operator_is_exact_on_a_sinusoid() -> None:
    """Kaiser (1990): A^2 sin^2(w), whatever the phase."""
    x = 3.0 * np.sin(0.3 * np.arange(500.0) + 0.1)[:, None]
    made = kernels.Tkeo(1).process(x)
    assert np.isnan(made[:2]).all()
    np.testing.assert_allclose(made[2:], 9.0 * np.sin(0.3) ** 2)


def test_magnitude_is_the_norm_of_each_sensor() -> None:
    x = np.random.default_rng(0).standard_normal((300, 12))
    close(kernels.Magnitude(12).process(x), np.linalg.norm(x.reshape(300, 4, 3), axis=2))
    close(kernels.Magnitude(12, 2).process(x), np.linalg.norm(x.reshape(300, 6, 2), axis=2))


def test_rectifying_is_the_absolute_value(emg: NDArray[np.float32]) -> None:
    np.testing.assert_array_equal(kernels.Rectify(emg.shape[1]).process(emg), np.abs(emg.astype(float)))


def test_the_phase_of_a_sinusoid_turns_with_it() -> None:
    period = 200
    t = np.arange(1000.0)
    made = kernels.Phase(1, period).process((5.0 - 2.0 * np.cos(2 * np.pi * t / period))[:, None])[:, 0]
    angle = np.unwrap(made[period + 1 :])
    # In the plane of place and speed a rhythm turns clockwise.
    np.testing.assert_allclose(np.diff(angle), -2 * np.pi / period, atol=2e-3)
    expected = np.angle(hilbert(-np.cos(2 * np.pi * (t[period + 1 :] - 1) / period)))
    np.testing.assert_allclose(np.exp(1j * (made[period + 1 :] + expected)), 1.0, atol=0.02)


def test_phase_is_that_of_numpy(emg: NDArray[np.float32]) -> None:
    x, window = np.cumsum(emg.astype(float), axis=0)[:, :3], 400
    speed = np.gradient(x, axis=0)[1:-1]
    centre = x[1:-1]

    def last(function: object, values: Floats) -> Floats:
        assert callable(function)
        return np.asarray(function(values, window, axis=0, origin=(window - 1) // 2))

    low, high = last(minimum_filter1d, centre), last(maximum_filter1d, centre)
    half, fastest = (high - low) / 2, last(maximum_filter1d, np.abs(speed))
    expected = np.arctan2(speed / fastest, (centre - low - half) / half)
    np.testing.assert_allclose(kernels.Phase(3, window).process(x)[window + 2 :], expected[window:], atol=1e-9)


@pytest.mark.parametrize("lag", [0.0, 0.7, -1.2, 3.0])
def test_relative_phase_is_the_lag_of_two_rhythms(lag: float) -> None:
    t = 2 * np.pi * np.arange(1500.0) / 300
    x = np.column_stack([np.cos(t), np.cos(t - lag)])
    both = kernels.Phase(2, 300).process(x)
    made = kernels.RelativePhase(2, [[0, 1]]).process(both)[400:]
    np.testing.assert_allclose(made, -lag, atol=2e-2)
