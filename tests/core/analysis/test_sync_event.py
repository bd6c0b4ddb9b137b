"""A sync event is found where sensors share one, and the lag is right; what they do not share is not computable."""

import numpy as np
import pytest
from taps import device, knock, ringing, spike, step, taps

from groundup.analysis.sync_events.sync_event import SyncLag, find_sync
from groundup.model.anatomy import SEGMENT_RANK
from groundup.model.signals import Signal
from groundup.model.status import NOT_COMPUTABLE, OK
from groundup.model.streams import Channel


def lag_of(found: tuple[SyncLag, ...], stream: str, reference: str) -> float:
    by_id = {lag.stream: lag for lag in found}
    return by_id[stream].lag_s - by_id[reference].lag_s


@pytest.mark.rig
@pytest.mark.parametrize("shape", [ringing, knock, spike, step])
@pytest.mark.parametrize(("rate", "corner"), [(1000.0, None), (1000.0, 0.4), (2000.0, 0.25)])
def test_the_lag_is_right_within_a_millisecond(shape: object, rate: float, corner: float | None) -> None:
    for seed in range(2):
        when = taps(2, seed)
        streams = [device("plate", "plate", step, 1000.0, when, seed=seed)]
        streams.append(device("other", "imu", shape, rate, when, lag=0.0123, seed=seed + 50, corner=corner))
        assert abs(lag_of(find_sync(streams), "other", "plate") - 0.0123) < 0.001


@pytest.mark.rig
@pytest.mark.parametrize("rate", [100.0, 200.0])
def test_at_low_rates_the_lag_is_right_within_a_quarter_of_a_sample_as_a_rule(rate: float) -> None:
    errors, inside = [], []
    for shape in (step, ringing):
        for corner in (None, 0.25):
            for seed in range(2):
                when = taps(3, seed)
                a = device("plate", "plate", step, 1000.0, when, seed=seed)
                b = device("imu", "imu", shape, rate, when, lag=-0.031, seed=seed + 50, corner=corner)
                found = next(lag for lag in find_sync([a, b]) if lag.stream == "imu")
                errors.append((found.lag_s + 0.031) * rate)
                inside.append(found.low_s <= -0.031 <= found.high_s)
    assert np.sqrt(np.mean(np.square(errors))) < 0.25
    assert np.mean(inside) >= 0.95


def test_one_tap_gives_a_lag_with_a_wider_interval() -> None:
    def width(count: int) -> float:
        when = taps(count, 3)
        streams = [device("plate", "plate", step, 1000.0, when), device("imu", "imu", ringing, 200.0, when, seed=9)]
        found = find_sync(streams)[1]
        assert found.status == OK
        assert len(found.times) == count
        assert found.low_s <= 0.0 <= found.high_s
        return found.high_s - found.low_s

    assert width(1) > 1.1 * width(5)  # not √5: what the waveform hides of its beginning is the same in every tap


def test_a_trigger_on_a_spare_channel_is_shared() -> None:
    rng = np.random.default_rng(2)
    moments = np.cumsum(0.4 + rng.random(5))

    def with_trigger(name: str, rate: float, lag: float) -> Signal:
        time = np.arange(0.0, 8.0, 1 / rate) + 0.3 / rate
        line = 5.0 * ((time[:, None] > moments) & (time[:, None] < moments + 0.05)).any(axis=1)
        noise = rng.standard_normal((len(time), 1))
        return Signal(name, "emg", time + lag, np.hstack([noise, line[:, None]]), (Channel("m"), Channel("ttl")), rate)

    found = find_sync([with_trigger("emg", 2000.0, 0.0), with_trigger("plate", 1000.0, 0.02)])
    assert abs(lag_of(found, "plate", "emg") - 0.02) < 0.0005
    assert all(len(lag.times) == 10 for lag in found)  # both edges of each pulse


@pytest.mark.parametrize("rates", [(2000.0, 1000.0), (1000.0, 100.0)])
def test_the_lag_that_a_trigger_shows_lies_between_the_samples_that_hold_it(rates: tuple[float, float]) -> None:
    rng = np.random.default_rng(5)
    moments = np.cumsum(0.4 + rng.random(8))

    def line(name: str, rate: float, lag: float) -> Signal:
        time = np.arange(0.0, 10.0, 1 / rate) + rng.random() / rate
        up = ((time[:, None] > moments) & (time[:, None] < moments + 0.05)).any(axis=1)
        return Signal(name, "emg", time + lag, 5.0 * up[:, None], (Channel("ttl"),), rate)

    found = next(lag for lag in find_sync([line("a", rates[0], 0.0), line("b", rates[1], 0.0137)]) if lag.lag_s)
    put_in = 0.0137 if found.stream == "b" else -0.0137
    assert found.low_s <= put_in <= found.high_s
    assert (
        found.high_s - found.low_s < 1 / rates[1]
    )  # one sample of the slower would show; all edges together show more


@pytest.mark.rig
def test_a_slow_filter_at_a_high_rate_does_not_make_a_tap_late() -> None:
    when = taps(3, 6)
    plate = device("plate", "plate", step, 1000.0, when)
    slow = device("slow", "imu", ringing, 2000.0, when, lag=0.005, corner=0.05, seed=3)
    assert lag_of(find_sync([plate, slow]), "slow", "plate") == pytest.approx(0.005, abs=0.001)


def test_a_shock_that_travels_up_the_body_is_not_shared() -> None:
    when = taps(3, 1)
    worn = [
        device(segment, "imu", ringing, 400.0, when, lag=0.012 * place, seed=place, site=segment)
        for segment, place in SEGMENT_RANK.items()
    ]
    found = find_sync(worn)
    assert all("travels up the body" in lag.reason for lag in found)
    assert all(np.isnan(lag.lag_s) for lag in found)


def test_two_worn_sensors_alone_cannot_tell_a_tap_from_a_shock_but_with_a_plate_they_can() -> None:
    when = taps(3, 4)
    worn = [device(s, "imu", ringing, 400.0, when, seed=n, site=s) for n, s in enumerate(("foot", "pelvis"))]
    assert all(lag.status != OK for lag in find_sync(worn))
    found = find_sync([*worn, device("plate", "plate", step, 1000.0, when, seed=8)])
    assert [lag.status for lag in found] == [OK] * 3


def test_streams_in_which_nothing_stands_out_or_without_enough_rate_say_so() -> None:
    when = taps(3, 2)
    still = device("still", "emg", spike, 1000.0, ())
    slow = device("slow", "imu", ringing, 20.0, when)
    found = {lag.stream: lag for lag in find_sync([device("plate", "plate", step, 1000.0, when), still, slow])}
    assert found["still"].reason == "nothing stands out in it"
    assert found["slow"].reason == "it has 20 Hz, and an onset needs 50 Hz or more"
    assert found["plate"].status != OK  # alone with its taps


def test_a_stream_without_a_sample_shares_nothing_and_stops_no_other() -> None:
    when = taps(3, 2)
    plate, emg = device("plate", "plate", step, 1000.0, when), device("emg", "emg", spike, 2000.0, when, seed=5)
    empty = Signal("empty", "imu", np.empty(0), np.empty((0, 2)), plate.channels, 100.0)
    found = {lag.stream: lag for lag in find_sync([plate, empty, emg])}
    assert found["empty"].reason == "it has no regular sampling rate"
    assert found["plate"].status == found["emg"].status == OK


@pytest.mark.parametrize("shape", [step, None])
def test_stamps_that_nobody_could_straighten_stop_no_other_stream(shape: object) -> None:
    when = taps(3, 2)
    plate, emg = device("plate", "plate", step, 1000.0, when), device("emg", "emg", spike, 2000.0, when, seed=5)
    packed = device("packed", "imu", step, 100.0, when)
    values = packed.samples if shape else np.repeat(np.arange(len(packed.time))[:, None] // 90 % 2, 2, axis=1) * 1.0
    late, turned = np.repeat(packed.time[::40], 40)[: len(values)], packed.time.copy()
    turned[400:402] = turned[401], np.nan
    for time, reason in ((late, "no 6 samples of it in a row have time stamps that increase"), (turned, None)):
        odd = Signal("packed", "imu", time, values, packed.channels, 100.0)
        found = {lag.stream: lag for lag in find_sync([plate, odd, emg])}
        assert found["plate"].status == found["emg"].status == OK
        assert reason is None or found["packed"].reason == f"{reason}"
        assert shape is None or reason is not None or found["packed"].status == OK


def test_the_steps_of_a_walk_are_no_sync_event() -> None:
    rng = np.random.default_rng(1)
    steps = 1.0 + np.cumsum(0.55 + 0.01 * rng.standard_normal(25))
    foot = device("foot", "imu", knock, 400.0, steps, seconds=16.0)
    plate = device("plate", "plate", step, 1000.0, steps, seconds=16.0, seed=2)
    assert all(lag.reason == "all that stands out in it are the contacts of feet"
               for lag in find_sync([foot, plate]))  # fmt: skip


def test_somebody_who_steps_on_a_plate_is_no_tap() -> None:
    when = [3.0]
    foot = device("foot", "imu", knock, 400.0, when)
    plate = device("plate", "plate", lambda s: np.minimum(s / 0.005, 1.0) * np.clip((0.39 - s) / 0.01, 0, 1), 1e3, when)
    newton = Signal(plate.id, "plate", plate.time, 700.0 * plate.samples, (Channel("Fz", "N"), Channel("Fy", "N")), 1e3)
    assert all(lag.status != OK for lag in find_sync([foot, newton]))


def test_what_happens_by_chance_at_about_the_same_time_is_not_shared() -> None:
    a = device("a", "imu", ringing, 500.0, [1.1, 2.9, 4.0, 5.3, 6.6])
    b = device("b", "emg", spike, 1000.0, [1.2, 2.2, 3.4, 4.6, 6.0], seed=7)
    assert all(lag.status != OK for lag in find_sync([a, b]))


def test_no_streams_no_lags() -> None:
    assert find_sync([]) == ()


@pytest.mark.parametrize("lag", [0.3, -0.3, 0.7])
@pytest.mark.parametrize("count", [3, 5])
def test_regular_taps_of_a_stream_that_is_very_late_are_not_taken_for_the_next_ones(lag: float, count: int) -> None:
    when = 1.5 + 0.5 * np.arange(count)
    plate = device("plate", "plate", step, 1000.0, when)
    found = find_sync([plate, device("imu", "imu", ringing, 1000.0, when, lag=lag, seed=9)], "plate")
    assert found[1].status == NOT_COMPUTABLE
    assert "more than 0.25 s" in found[1].reason


def test_a_lag_that_jumps_is_not_told_by_the_taps_before() -> None:
    when = taps(10, 3) + np.where(np.arange(10) < 5, 0.0, 0.04)
    plate = device("plate", "plate", step, 1000.0, taps(10, 3))
    found = find_sync([plate, device("imu", "imu", ringing, 1000.0, when, seed=9)], "plate")
    assert found[1].status == NOT_COMPUTABLE
    assert "not constant" in found[1].reason
