"""Filter, resampler, magnitude and orientation: what peers say, live and offline, the same bits for any chunks."""

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import butter, resample_poly, sosfilt, sosfiltfilt
from test_causal import cuts, run, same

from groundup.analysis.wiring import ProcessStep
from groundup.plugin import Channel, NotComputableError, Processor, Signal
from groundup_plugins.processors.filtering import Filter, FilterSettings
from groundup_plugins.processors.magnitude import Magnitude
from groundup_plugins.processors.orientation import Orientation, OrientationSettings
from groundup_plugins.processors.resampling import Resample, ResampleSettings

RATE = 200.0
needs_vqf = pytest.mark.skipif(find_spec("vqf") is None, reason="the package vqf is not installed")


def noise(n=1500, channels=2, seed=0):
    samples = np.random.default_rng(seed).normal(size=(n, channels))
    return Signal("x", "other", np.arange(n) / RATE, samples, tuple(Channel(f"c{i}") for i in range(channels)), RATE)


def imu(n=1500, seed=0, acc="m/s^2", gyr="rad/s", sites=(("foot", "L"), ("shank", "R"))):
    random = np.random.default_rng(seed)
    samples, channels = [], []
    for site, side in sites:
        turn = np.cumsum(random.normal(scale=0.05, size=(n, 3)), axis=0)
        samples += [turn, random.normal(loc=(0, 0, 9.81), scale=0.5, size=(n, 3))]
        channels += [Channel(f"gyr_{a}", gyr, site, side) for a in "xyz"]
        channels += [Channel(f"acc_{a}", acc, site, side) for a in "xyz"]
    time = np.arange(n) / RATE
    return Signal("imu", "imu", time, np.hstack(samples), tuple(channels), RATE)


def holed(signal, gap=True):
    signal.samples[200:203, 0] = np.nan
    signal.samples[0] = np.nan
    if gap:
        signal.time[len(signal.time) // 2 :] += 1.0
    return signal


STEPS = {
    "filter": (Filter, ProcessStep("filter", "x", "", {"corners_hz": [6.0]})),
    "resample": (Resample, ProcessStep("resample", "x", "", {"rate_hz": 75.0})),
    "magnitude": (Magnitude, ProcessStep("magnitude", "imu")),
    "orientation": (Orientation, ProcessStep("orientation", "imu")),
}


@pytest.mark.parametrize("name", ["filter", "resample", "magnitude", pytest.param("orientation", marks=needs_vqf)])
@settings(max_examples=20, deadline=None)
@given(cuts=cuts, seed=st.integers(0, 3))
def test_the_bits_do_not_depend_on_the_chunks(name, cuts, seed):
    processor, step = STEPS[name]
    signal = holed(noise(seed=seed) if step.input == "x" else imu(seed=seed))
    signals, _ = same(signal, [c % 1500 for c in cuts], steps=[step], processors=[processor])
    assert len(signals) == 1


@pytest.mark.parametrize(
    ("options", "design"),
    [
        ({"corners_hz": (6.0,), "order": 4}, (4, 6.0, "lowpass")),
        ({"corners_hz": (1.0,), "type": "high_pass"}, (2, 1.0, "highpass")),
        ({"corners_hz": (5.0, 30.0), "type": "band_pass"}, (2, (5.0, 30.0), "bandpass")),
        ({"corners_hz": (49.0, 51.0), "type": "band_stop"}, (2, (49.0, 51.0), "bandstop")),
    ],
)
def test_a_filter_is_scipys(options, design):
    signal = noise()
    sections = butter(*design, fs=RATE, output="sos")
    (whole,) = Filter(FilterSettings(**options)).whole(signal).signals
    inner = slice(600, 900)
    np.testing.assert_allclose(whole.samples[inner], sosfiltfilt(sections, signal.samples, axis=0)[inner], atol=1e-5)
    parameters = {**options, "corners_hz": list(options["corners_hz"])}
    live = run(signal, steps=[ProcessStep("filter", "x", "y", parameters)], processors=[Filter])[0]["y"]
    expected = sosfilt(sections, signal.samples, axis=0)
    np.testing.assert_allclose(live.samples[inner], expected[inner], atol=1e-6)
    assert (whole.kind, live.kind) == ("filtered", "filtered")
    assert live.time[0] < 0.0, "its delay is taken off"


def test_a_slow_wave_is_where_it_was_after_a_causal_low_pass():
    signal = noise()
    signal.samples[:, 0] = np.sin(2 * np.pi * 0.5 * signal.time)
    live = run(signal, steps=[STEPS["filter"][1]], processors=[Filter])[0]["x.filtered"]
    np.testing.assert_allclose(live.samples[400:, 0], np.sin(2 * np.pi * 0.5 * live.time[400:]), atol=0.005)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"corners_hz": (5.0, 6.0)}, "one corner"),
        ({"corners_hz": (5.0,), "type": "band_pass"}, "two corners"),
        ({"corners_hz": (6.0, 5.0), "type": "band_pass"}, "lower one first"),
    ],
)
def test_corners_that_make_no_filter_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        FilterSettings(**options)


def test_what_the_rate_leaves_no_room_for_is_a_sentence():
    with pytest.raises(NotComputableError, match="sampled at 200 Hz, too slowly for a corner of 100 Hz"):
        Filter(FilterSettings(corners_hz=(100.0,))).whole(noise())
    with pytest.raises(NotComputableError, match="no simple ratio of the 200 Hz of x"):
        Resample(ResampleSettings(rate_hz=0.01)).whole(noise())


@pytest.mark.parametrize("rate", [100.0, 75.0, 400.0, 50.0])
def test_resampled_is_scipys_and_in_time(rate):
    signal = noise()
    up, down = (rate / RATE).as_integer_ratio()
    (whole,) = Resample(ResampleSettings(rate_hz=rate)).whole(signal).signals
    expected = resample_poly(signal.samples, up, down, axis=0)
    count = len(expected)
    assert whole.samples.shape == expected.shape
    inner = slice(int(0.2 * count), int(0.8 * count))
    np.testing.assert_allclose(whole.samples[inner], expected[inner], atol=1e-9)
    np.testing.assert_allclose(whole.time, np.arange(count) / rate, atol=1e-9)
    assert whole.rate == rate
    live = run(signal, steps=[ProcessStep("resample", "x", "y", {"rate_hz": rate})], processors=[Resample])[0]["y"]
    at = np.round((live.time - 0.0) * rate).astype(int)
    np.testing.assert_allclose(live.time, at / rate, atol=1e-9)
    middle = (at > 0.2 * count) & (at < 0.8 * count)
    np.testing.assert_allclose(live.samples[middle], expected[at[middle]], atol=1e-9)


def test_a_gap_stays_where_it_was_after_resampling():
    signal = noise()
    signal.time[700:] += 3.0
    (whole,) = Resample(ResampleSettings(rate_hz=100.0)).whole(signal).signals
    assert np.diff(whole.time).max() == pytest.approx(3.01, abs=0.006)
    assert len(whole.time) == 750


def test_the_length_of_a_vector_does_not_depend_on_how_the_sensor_was_put_on():
    signal = imu()
    signal.samples[5, 3] = np.nan
    (made,) = Magnitude(Processor.settings_type()).whole(signal).signals
    assert [(c.label, c.unit, c.site, c.side) for c in made.channels][:2] == [
        ("|gyr|", "rad/s", "foot", "L"),
        ("|acc|", "m/s^2", "foot", "L"),
    ]
    expected = np.linalg.norm(signal.samples.reshape(len(signal.samples), -1, 3), axis=2)
    np.testing.assert_allclose(made.samples, expected, rtol=1e-12)
    assert np.isnan(made.samples[5, 1])


def test_channels_that_are_no_vectors_are_refused():
    with pytest.raises(NotComputableError, match="no three channels"):
        Magnitude(Processor.settings_type()).whole(imu(sites=(("foot", "L"),)).__class__(**{
            **vars(noise()), "channels": (Channel("a", "V"), Channel("b", "N"))
        }))  # fmt: skip


def angle(q, p):
    return np.degrees(2 * np.arccos(np.clip(np.abs((q * p).sum(axis=1)), 0, 1)))


def up(q):
    """Where the vertical points in the sensor's frame."""
    w, x, y, z = q.T
    return np.column_stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)])


@needs_vqf
def test_orientation_online_is_near_offline_on_a_real_sensor(shared):
    data = np.load(shared / "orientation_imu" / "imu_data.npz")
    gyr, acc = data["gyr"], data["acc"]
    rate = float(data["sampling_rate"])
    units = ("deg/s",) * 3 + ("g",) * 3
    samples = np.hstack([np.degrees(gyr), acc / 9.80665])
    channels = tuple(Channel(f"c{i}", unit, "shank", "L") for i, unit in enumerate(units))
    signal = Signal("imu", "imu", np.arange(len(gyr)) / rate, samples, channels, rate)
    (whole,) = Orientation(OrientationSettings()).whole(signal).signals
    live = run(signal, range(0, len(gyr), 37), steps=[ProcessStep("orientation", "imu")], processors=[Orientation])
    made = live[0]["imu.orientation"]
    assert [c.label for c in made.channels] == ["shank_L_qw", "shank_L_qx", "shank_L_qy", "shank_L_qz"]
    tilt = angle(whole.samples, made.samples)[int(5 * rate) :]
    assert np.sqrt(np.mean(tilt**2)) < 0.5  # measured 0.40, the slow drift of the heading included
    inclination = np.degrees(np.arccos(np.clip((up(whole.samples) * up(made.samples)).sum(axis=1), -1.0, 1.0)))
    assert np.sqrt(np.mean(inclination[int(5 * rate) :] ** 2)) < 0.18  # measured 0.170
    np.testing.assert_allclose(np.linalg.norm(made.samples, axis=1), 1.0, atol=1e-9)


@needs_vqf
def test_a_missing_sample_is_missing_and_harms_no_other():
    signal = imu()
    broken = replace(signal, samples=signal.samples.copy())
    broken.samples[400:402, 2] = np.nan
    steps = [ProcessStep("orientation", "imu")]
    whole, holes = (
        run(s, steps=steps, processors=[Orientation])[0]["imu.orientation"].samples for s in (signal, broken)
    )
    assert np.flatnonzero(np.isnan(holes[:, 0])).tolist() == [400, 401]
    assert np.isfinite(holes[:, 4:]).all()
    assert angle(whole[500:, :4], holes[500:, :4]).max() < 1.0


@needs_vqf
def test_an_imu_without_a_gyroscope_says_what_is_missing():
    with pytest.raises(NotComputableError, match=r"no accelerometer .* with a gyroscope"):
        Orientation(OrientationSettings()).whole(imu(gyr="V"))
