"""Streams of one walk agree on their strides; a wrong sampling rate shows, and a right one raises no alarm."""

from dataclasses import replace

import numpy as np
import pytest

from groundup.analysis.gait.rhythm import find_rhythm
from groundup.analysis.gait.stride_period import check_stride_periods
from groundup.analysis.pipeline import run_pipeline
from groundup.model.signals import Signal
from groundup.model.streams import Channel
from groundup.model.subject import Subject

RNG = np.random.default_rng


def contacts(seed: int, seconds: float, period: float = 1.1, variation: float = 0.02) -> np.ndarray:
    rng = RNG(seed)
    times = np.cumsum(period * (1 + variation * rng.standard_normal(int(seconds / period) + 8))) - 3 * period
    return times


def phase(times: np.ndarray, walk: np.ndarray) -> np.ndarray:
    return np.interp(times, walk, np.arange(len(walk)))


def stream(kind: str, walk: np.ndarray, seconds: float, rate: float, seed: int, name: str = "") -> Signal:
    """A plate that is loaded in stance, an EMG with two bursts a stride, an IMU that swings and knocks."""
    rng = RNG(seed)
    time = np.arange(int(seconds * rate)) / rate
    turn = phase(time, walk) % 1.0
    noise = rng.standard_normal((len(time), 2))
    if kind == "plate":
        load = 700.0 * np.sin(np.pi * np.clip(turn / 0.62, 0, 1)) ** 0.5 * (turn < 0.62)
        values = np.column_stack([load, 0.2 * load * np.cos(np.pi * turn / 0.62)]) + 2.0 * noise
    elif kind == "emg":
        drive = np.exp(-0.5 * ((turn - 0.3) / 0.06) ** 2) + 0.6 * np.exp(-0.5 * ((turn - 0.75) / 0.08) ** 2) + 0.08
        values = 1e-4 * drive[:, None] * noise
    else:
        knock = np.exp(-((turn * 1.1) ** 2) / 2e-4)
        swing = np.sin(2 * np.pi * turn)
        values = np.column_stack([9.8 + 3 * swing + 20 * knock, 2 * np.cos(2 * np.pi * turn)]) + 0.3 * noise
    channels = (Channel("a"), Channel("b"))
    return Signal(name or kind, kind, 300.0 + time, values, channels, rate)


def declared(signal: Signal, rate: float) -> Signal:
    """The same samples from a file that states another rate."""
    return replace(signal, time=signal.time[0] + np.arange(len(signal.time)) / rate, rate=rate)


RATES = {"plate": 1000.0, "emg": 1000.0, "imu": 200.0}


def lab(seed: int, seconds: float = 24.0, **walk: float) -> list[Signal]:
    steps = contacts(seed, seconds, **walk)
    return [stream(kind, steps, seconds, rate, 10 * seed + n) for n, (kind, rate) in enumerate(RATES.items())]


@pytest.mark.rig
@pytest.mark.parametrize("kind", RATES)
@pytest.mark.parametrize("wrong", [0.96, 0.98, 0.99, 1.01, 1.02, 1.04])
def test_a_wrong_rate_is_found_from_twenty_strides_with_the_rate_that_is_right(kind: str, wrong: float) -> None:
    for seed in range(3):
        signals = [declared(s, s.rate * wrong) if s.kind == kind else s for s in lab(seed)]
        (found,) = check_stride_periods(signals)
        assert found.stream == kind
        assert not found.either
        assert set(found.others) == set(RATES) - {kind}
        assert found.rate_that_agrees == pytest.approx(RATES[kind], rel=0.003)
        assert found.strides >= 15
        assert f"{RATES[kind] * wrong:.6g} Hz" in str(found)


def test_five_strides_show_a_rate_that_is_four_percent_wrong() -> None:
    """A run of six: 958 Hz for 1000. What is said is right, and nothing is said of right rates."""
    found = []
    for seed in range(12):
        plate, emg, imu = lab(seed, 6.4 * 0.7, period=0.7)
        assert check_stride_periods([plate, emg, imu]) == ()
        found += check_stride_periods([plate, declared(emg, 958.0), imu])
    ratios = [one.ratio if one.stream == "emg" else 1 / one.ratio for one in found if one.either or one.stream == "emg"]
    assert len(ratios) == len(found) >= 10
    assert ratios == pytest.approx([1 / 0.958] * len(found), abs=0.012)
    assert {one.strides for one in found} <= {5, 6}


@pytest.mark.parametrize("wrong", [0.96, 1.01])
def test_of_two_streams_either_may_be_wrong(wrong: float) -> None:
    plate, emg, _ = lab(5)
    (found,) = check_stride_periods([plate, declared(emg, 1000.0 * wrong)])
    assert found.either
    assert "or else the other" in str(found)
    assert abs(np.log(found.ratio)) == pytest.approx(abs(np.log(wrong)), abs=0.003)


def test_devices_are_counted_by_kind_so_that_many_sensors_of_one_receiver_do_not_outvote_the_rest() -> None:
    walk = contacts(3, 24.0)
    signals = lab(3)[:2] + [
        declared(stream("imu", walk, 24.0, 200.0, n, f"imu{n}"), 196.0) for n in range(5)
    ]  # fmt: skip
    assert sorted(found.stream for found in check_stride_periods(signals)) == [f"imu{n}" for n in range(5)]


@pytest.mark.rig
@pytest.mark.parametrize("seconds", [10.0, 20.0, 60.0])
@pytest.mark.parametrize("variation", [0.005, 0.02, 0.04])
def test_right_rates_raise_no_alarm(seconds: float, variation: float) -> None:
    for seed in range(6):
        signals = lab(seed, seconds, period=0.7 + 0.1 * seed, variation=variation)
        assert check_stride_periods(signals) == ()


def test_a_clock_that_is_wrong_by_parts_per_million_raises_no_alarm() -> None:
    signals = lab(1, 40.0)
    assert check_stride_periods([declared(signals[0], 1000.5), *signals[1:]]) == ()


def test_a_walk_that_stops_and_goes_on_raises_no_alarm_and_still_shows_a_wrong_rate() -> None:
    walk = contacts(2, 40.0)
    walk = np.concatenate([walk[:16], walk[16:] + 3.7])
    signals = [stream(kind, walk, 40.0, rate, n) for n, (kind, rate) in enumerate(RATES.items())]
    assert check_stride_periods(signals) == ()
    (found,) = check_stride_periods([signals[0], declared(signals[1], 960.0), signals[2]])
    assert found.rate_that_agrees == pytest.approx(1000.0, rel=0.004)


def test_without_a_rhythm_or_with_few_strides_nothing_is_said() -> None:
    rng = RNG(0)
    time = np.arange(20_000) / 1000.0
    noise = [Signal(f"n{i}", "plate", time, rng.standard_normal((20_000, 2)), (Channel("a"), Channel("b")), 1000.0)
             for i in range(3)]  # fmt: skip
    assert check_stride_periods(noise) == ()
    assert all(find_rhythm(signal, 0.0, 20.0) is None for signal in noise)
    short = lab(1, 6.0)
    assert check_stride_periods([declared(short[0], 900.0), *short[1:]]) == ()
    assert check_stride_periods([]) == ()


def test_a_stream_that_sees_steps_is_compared_with_one_that_sees_strides() -> None:
    plate, emg, _ = lab(4)
    steps = contacts(4, 24.0)
    halves = np.sort(np.concatenate([steps, (steps[1:] + steps[:-1]) / 2]))
    back = stream("imu", halves, 24.0, 100.0, 9, "back")
    assert check_stride_periods([plate, emg, back]) == ()
    (found,) = check_stride_periods([plate, emg, declared(back, 102.0)])
    assert found.stream == "back"
    assert found.rate_that_agrees == pytest.approx(100.0, rel=0.004)


def test_gaps_and_nan_do_not_matter() -> None:
    signals = lab(6)
    plate = signals[0]
    values = plate.samples.copy()
    values[4000:4300] = np.nan
    keep = np.ones(len(plate.time), bool)
    keep[9000:9800] = False
    holed = replace(plate, time=plate.time[keep], samples=values[keep])
    assert check_stride_periods([holed, *signals[1:]]) == ()


def test_the_analysis_says_it_in_its_notes() -> None:
    plate, emg, imu = lab(7)
    (note,) = run_pipeline([plate, declared(emg, 960.0), imu], [], Subject(), [], []).notes
    assert "the strides of emg are" in note
    assert "Hz instead of 960 Hz would make them agree" in note
