"""Two clocks are joined within the interval that is told, and never where nothing tells how they lie."""

import numpy as np
import pytest
from benchmarks.made_pairs import Clock, contacts, emg, force, pulses, recorded, walk
from taps import device, ringing, step
from taps import taps as tapped_at

from groundup.analysis.joining.channel_grids import ChannelSeries
from groundup.analysis.joining.choose import FileEvidence, NotJoinedError, by_hand, find_joint
from groundup.analysis.joining.line_fit import fit_line
from groundup.analysis.joining.pulses import pulses_of
from groundup.analysis.joining.shared_channel import SharedChannel, find_shared
from groundup.analysis.joining.shared_gait import find_gait
from groundup.analysis.joining.shared_taps import find_taps, taps_of
from groundup.analysis.joining.shared_trigger import SharedTrain, find_trigger
from groundup.analysis.joining.trains import make_train

LATER = Clock(3599.5, 100.0)  # starts an hour off, and runs 100 ppm off
SPAN = (0.0, 60.0)


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def channels(found: list[SharedChannel] | str) -> list[SharedChannel]:
    assert not isinstance(found, str), found
    return found


def trains(found: list[SharedTrain] | str) -> list[SharedTrain]:
    assert not isinstance(found, str), found
    return found


def test_one_signal_recorded_twice_tells_offset_and_drift_whatever_gain_rate_and_polarity() -> None:
    truth = force(rng(1), 60.0)
    a = recorded(rng(2), truth, Clock(), 1000.0, (0.0, 50.0), 50.0, unit="N")
    b = recorded(rng(3), truth, LATER, 100.0, (10.0, 60.0), 50.0, gain=-0.003, unit="V")
    (one,) = channels(find_shared([a], [b]))
    line = one.delay.line
    assert one.reversed
    assert abs(line.offset - LATER.lag(line.pivot)) < line.offset_half < 1e-3
    assert abs(line.drift - 100e-6) < line.drift_half < 30e-6


def test_raw_emg_recorded_twice_is_joined_to_hundredths_of_a_millisecond() -> None:
    truth = emg(rng(4), 40.0)
    noise = rng(5)
    pair = [recorded(noise, truth, clock, 1000.0, (0.0, 40.0), 3.0) for clock in (Clock(), LATER)]
    (one,) = channels(find_shared(pair[:1], pair[1:]))
    assert abs(one.delay.line.offset - LATER.lag(one.delay.line.pivot)) < one.delay.line.offset_half < 1e-4


@pytest.mark.parametrize("seed", range(4))
def test_two_people_at_one_cadence_share_no_signal(seed: int) -> None:
    random = rng(seed)
    pair = [recorded(random, force(random, 30.0), clock, 500.0, (0.0, 30.0), 50.0) for clock in (Clock(), LATER)]
    assert isinstance(find_shared(pair[:1], pair[1:]), str)


@pytest.mark.parametrize("kind", ["sine", "noise", "constant", "empty", "nan", "one sample", "square", "mains"])
def test_what_repeats_or_says_nothing_is_refused(kind: str) -> None:
    pair = []
    for name, begin, own in (("a", 0.0, rng(7)), ("b", 3.3, rng(8))):
        time = np.arange(begin, begin + 30.0, 0.004)
        noise = own.normal(size=len(time))
        values = {
            "sine": np.sin(2 * np.pi * time),
            "noise": noise,
            "constant": np.ones(len(time)),
            "empty": np.empty(0),
            "nan": np.full(len(time), np.nan),
            "one sample": np.ones(1),
            "square": np.sign(np.sin(2 * np.pi * time)),
            "mains": np.sin(100 * np.pi * time) + 1e-3 * noise,
        }[kind]
        pair.append(ChannelSeries(name, "x", "", "", time[: len(values)] + 100.0, values, 250.0))
    assert isinstance(find_shared(pair[:1], pair[1:]), str)


def test_a_force_as_regular_as_a_machine_is_ambiguous() -> None:
    pair = []
    for begin in (0.0, 0.37):
        time = np.arange(begin, begin + 60.0, 0.01)
        pair.append(ChannelSeries("s", "Fz", "N", "", time, np.abs(np.sin(np.pi * time / 1.1)) ** 3, 100.0))
    assert isinstance(find_shared(pair[:1], pair[1:]), str)


@pytest.mark.parametrize("rate", [100.0, 1000.0])
def test_pulses_are_joined_though_some_are_missing_on_either_side(rate: float) -> None:
    moments = np.sort(rng(8).uniform(1.0, 59.0, 25))
    a = pulses(rng(9), moments, Clock(), 1000.0, SPAN, missed=0.15, extra=4)
    b = pulses(rng(10), moments, LATER, rate, SPAN, missed=0.15, extra=4)
    one = trains(find_trigger([a], [b]))[0]
    assert abs(one.line.offset - LATER.lag(one.line.pivot)) <= one.line.offset_half < 1.2 / rate
    assert abs(one.line.drift - 100e-6) <= one.line.drift_half


@pytest.mark.parametrize("missing", [0, 1, 5])
def test_a_regular_train_of_pulses_is_ambiguous(missing: int) -> None:
    moments = np.arange(2.0, 58.0)
    a = pulses(rng(11), moments, Clock(), 1000.0, SPAN)
    b = pulses(rng(12), moments[missing:], LATER, 1000.0, SPAN)
    found = find_trigger([a], [b])
    assert isinstance(found, str)
    assert "ambiguous" in found


@pytest.mark.parametrize("seed", range(4))
def test_pulses_of_two_sessions_are_refused(seed: int) -> None:
    random = rng(100 + seed)
    pair = [pulses(random, np.sort(random.uniform(1.0, 59.0, 20)), clock, 1000.0, SPAN) for clock in (Clock(), LATER)]
    assert isinstance(find_trigger(pair[:1], pair[1:]), str)


def test_a_trigger_that_rests_high_gives_the_same_moments() -> None:
    time = np.arange(0.0, 20.0, 0.001)
    line = np.isin((time * 10).astype(int), [13, 27, 55, 61, 102, 171]).astype(float)
    up, down = (
        pulses_of(ChannelSeries("s", "TTL", "V", "", time, values, 1000.0)) for values in (5 * line, 5 - 5 * line)
    )
    assert up is not None
    assert down is not None
    assert np.array_equal(up.times, down.times)
    assert len(up) == 6


def test_taps_join_a_plate_and_an_imu_that_started_apart() -> None:
    when = tapped_at(8, 3)
    plate = device("plate", "plate", step, 1000.0, when, seed=4)
    imu = device("imu", "imu", ringing, 200.0, when, lag=1234.5, seed=5)
    a, b = taps_of(plate), taps_of(imu)
    assert a is not None
    assert b is not None
    one = trains(find_taps([a], [b]))[0]
    assert abs(one.line.offset + 1234.5) < one.line.offset_half < 5e-3
    other = taps_of(device("imu", "imu", ringing, 200.0, tapped_at(8, 77), lag=1234.5, seed=6))
    assert other is not None
    assert isinstance(find_taps([a], [other]), str)


@pytest.mark.parametrize("sides", [True, False])
def test_a_walk_tells_its_offset_by_how_its_strides_differ(sides: bool) -> None:
    feet = walk(rng(20), 90)
    a = contacts(rng(21), feet, Clock())
    b = contacts(rng(22), feet, LATER, sides=sides)
    one = trains(find_gait([a], [b]))[0]
    assert abs(one.line.offset - LATER.lag(one.line.pivot)) < one.line.offset_half < 0.05


def test_a_walk_as_regular_as_a_machine_is_ambiguous_by_its_strides() -> None:
    feet = walk(rng(23), 90, stride_sd=5e-4)
    pair = [contacts(rng(24 + k), feet, clock) for k, clock in enumerate((Clock(), LATER))]
    found = find_gait(pair[:1], pair[1:])
    assert isinstance(found, str)
    assert "too regular" in found


@pytest.mark.parametrize("seed", range(4))
def test_walks_of_two_people_are_never_joined_by_their_strides(seed: int) -> None:
    random = rng(200 + seed)
    pair = [contacts(random, walk(random, 60), clock) for clock in (Clock(), LATER)]
    assert isinstance(find_gait(pair[:1], pair[1:]), str)


def test_sides_that_are_swapped_in_one_file_never_move_it_by_a_step() -> None:
    feet = walk(rng(30), 90)
    a, b = contacts(rng(31), feet, Clock()), contacts(rng(32), feet, LATER)
    swapped = make_train(b.name, b.times, b.widths, b.span, 3 - b.labels)
    assert isinstance(find_gait([a], [swapped]), str)


def test_evidence_that_contradicts_itself_joins_nothing() -> None:
    truth = emg(rng(40), 30.0)
    noise = rng(41)
    signals = [recorded(noise, truth, clock, 500.0, (0.0, 30.0), 5.0) for clock in (Clock(), LATER)]
    moments = np.sort(rng(42).uniform(1.0, 29.0, 15))
    late = Clock(LATER.offset + 0.25, LATER.ppm)  # a trigger that some box delays
    lines = [pulses(noise, moments, clock, 500.0, (0.0, 30.0)) for clock in (Clock(), late)]
    files = [FileEvidence(name, [s], [p]) for name, s, p in zip("ab", signals, lines, strict=True)]
    with pytest.raises(NotJoinedError, match="contradict each other by 2"):
        find_joint(*files)
    assert find_joint(*files, by="channel").method == "channel"


def test_a_drift_is_not_said_to_be_known_where_the_overlap_is_short() -> None:
    time = np.linspace(0.0, 10.0, 20)
    short = fit_line(time, 1e-3 * rng(50).normal(size=20), np.full(20, 1e-3))
    assert short.drift_half > 50e-6
    long = fit_line(1000.0 * time, 50e-6 * 1000.0 * time + 1e-3 * rng(51).normal(size=20), np.full(20, 1e-3))
    assert long.drift_half < 1e-6
    assert abs(long.drift - 50e-6) < long.drift_half


def test_what_a_person_says_is_told_as_not_measured() -> None:
    joint = by_hand("b.csv", "a.c3d", 12.5, 0.0)
    assert "by hand: not measured" in joint.words
    assert np.isnan(joint.half_width(np.zeros(1)))
    assert not joint.drift_identified
