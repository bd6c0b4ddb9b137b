"""Resampling keeps what can be kept, lets no alias in, and leaves gaps empty."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.model.streams import Channel
from groundup.recording.align import Series, align, together

C = (Channel("x"),)


def sine(frequency: float, rate: float, seconds: float = 8.0, drift: float = 0.0, t0: float = 3.0) -> Series:
    time = t0 + np.arange(int(seconds * rate)) / rate * (1 + drift)
    return Series("s", time, np.sin(2 * np.pi * frequency * time)[:, None], rate, C)


@pytest.mark.parametrize("drift", [0.0, 50e-6])
@pytest.mark.parametrize(
    ("source", "target", "frequency"),
    [(2000, 1000, 400), (1000, 1000, 400), (200, 1000, 80), (2048, 500, 200), (7, 3, 1)],
)
def test_what_lies_in_the_pass_band_is_kept(source: float, target: float, frequency: float, drift: float) -> None:
    series = sine(frequency, source, max(8.0, 800 / source), drift)
    result = align([series], target)
    inner = (result.time > series.time[0] + 64 / min(source, target)) & (
        result.time < series.time[-1] - 64 / min(source, target)
    )
    truth = np.sin(2 * np.pi * frequency * result.time[inner])
    assert inner.sum() > 10
    np.testing.assert_allclose(result.samples[inner, 0], truth, atol=2e-4)


@pytest.mark.parametrize("frequency", [500, 600, 777, 1000])
def test_no_alias_gets_in(frequency: float) -> None:
    result = align([sine(frequency, 2000)], 1000)
    assert np.abs(result.samples[100:-100]).max() < 2e-4  # -74 dB


def test_a_constant_stays_constant_to_the_ends() -> None:
    time = np.arange(500) / 100
    result = align([Series("s", time, np.full((500, 1), 3.5), 100, C)], 37.0)
    np.testing.assert_allclose(result.samples, 3.5, rtol=1e-12)


def test_gaps_and_the_time_outside_a_stream_are_nan() -> None:
    time = np.concatenate([np.arange(0, 2, 0.01), np.arange(3, 5, 0.01)])
    gappy = Series("a", time, np.ones((len(time), 1)), 100, C)
    long = Series("b", np.arange(-1, 7, 0.01), np.zeros((800, 2)), 100, (Channel("p"), Channel("q")))
    result = align([gappy, long], 50)
    t, column = result.time, result.samples[:, 0]
    assert result.samples.shape == (len(t), 3)
    assert np.isnan(column[(t < -0.001) | ((t > 1.991) & (t < 2.999)) | (t > 4.991)]).all()
    np.testing.assert_allclose(column[((t > 0) & (t < 1.99)) | ((t > 3) & (t < 4.98))], 1.0)
    assert np.isfinite(result.samples[t < 6.98, 1:]).all()


def test_a_missing_value_in_one_channel_leaves_the_others_alone() -> None:
    time = np.arange(1000) / 100
    values = np.ones((1000, 2))
    values[500, 0] = np.nan
    values[700, 0] = np.inf
    result = align([Series("a", time, values, 100, (Channel("p"), Channel("q")))], 100)
    np.testing.assert_allclose(result.samples[:, 1], 1.0)
    assert np.isnan(result.samples[[500, 700], 0]).all()
    rest = np.delete(result.samples[:, 0], [499, 500, 501, 699, 700, 701])
    np.testing.assert_allclose(rest, 1.0)


def test_nothing_to_align_is_an_empty_matrix() -> None:
    assert align([], 100.0).samples.shape == (0, 0)
    empty = Series("a", np.empty(0), np.empty((0, 1)), 100, C)
    assert align([empty], 100.0).samples.shape == (0, 1)
    one = align([Series("a", np.array([4.0]), np.array([[7.0]]), 100, C)], 100.0)
    assert one.samples.tolist() == [[7.0]]


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="more than 0"):
        align([sine(1, 10)], rate)


@pytest.mark.rig
@settings(max_examples=30, deadline=None)
@given(source=st.floats(5, 500), target=st.floats(5, 500), count=st.integers(1, 300), scale=st.floats(-1e3, 1e3))
def test_aligning_is_linear_and_never_invents_values(source: float, target: float, count: int, scale: float) -> None:
    rng = np.random.default_rng(count)
    time, values = 10 + np.arange(count) / source, rng.standard_normal((count, 1))
    one = align([Series("a", time, values, source, C)], target)
    other = align([Series("a", time, values * scale, source, C)], target)
    np.testing.assert_allclose(other.samples, one.samples * scale, rtol=1e-9, atol=1e-9)
    assert np.nanmax(np.abs(one.samples)) < 4 * np.abs(values).max()


def test_a_stream_on_a_stray_clock_keeps_no_other_from_being_aligned() -> None:
    plate, emg = sine(1, 1000), sine(1, 2000)
    stray = sine(1, 100, t0=1.7e9)  # stamped in seconds since 1970, and never probed
    assert together([stray, plate, emg]) == [plate, emg]
    result = align(together([plate, stray, emg]), 100.0)
    assert result.samples.shape == (len(result.time), 2)
    assert np.isfinite(result.samples[10:-10]).all()
