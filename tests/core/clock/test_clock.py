"""Every stream on one clock: the error against a truth that is known, in milliseconds."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from benchmarks.simulated_time import ROWS, Case, calibration_cases, error_ms, lost_packets, make, one_loss
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from groundup.clock import ClockInput, SyncedTime, synchronise
from groundup.model.source import PROBE

Floats = NDArray[np.float64]
Keep = Callable[[NDArray[np.int64]], NDArray[np.bool_]]
NO_PROBES = np.zeros(0, PROBE)
STEADY = Case("a constant 20 ppm", seconds=600.0)


def synced(case: Case, seed: int = 1) -> tuple[SyncedTime, Floats]:
    stream, truth = make(case, seed)
    (one,) = synchronise([stream])
    return one, truth


def even(count: int, rate: float, jitter: float = 0.5e-3, seed: int = 2) -> Floats:
    """Late stamps of even sampling."""
    return 1000.0 + np.arange(count) / rate + np.random.default_rng(seed).gamma(2.0, jitter, count)


def straightened(stamps: Floats, rate: float) -> SyncedTime:
    (one,) = synchronise([ClockInput("x", stamps, rate, NO_PROBES)])
    return one


def worst_ms(time: Floats, truth: Floats) -> float:
    error = time - truth
    return float(np.abs(error - np.median(error)).max()) * 1e3


@pytest.mark.rig
@pytest.mark.parametrize(("case", "limit_ms"), ROWS, ids=[case.name for case, _ in ROWS])
def test_every_row_of_synchronising_stays_within_its_limit(case: Case, limit_ms: float) -> None:
    for seed in (101, 102):
        one, truth = synced(case, seed)
        assert error_ms(one.time, truth) < limit_ms
        assert ("clock_step" in {row.kind for row in one.ledger}) == (case.step_s != 0.0)
        assert ("gap" in {row.kind for row in one.ledger}) == (case.lose is not None)


@pytest.mark.parametrize("lost_s", [0.01, 0.5, 2.0, 4.9, 20.0])
def test_a_lost_packet_shortens_the_data_and_never_bends_time(lost_s: float) -> None:
    one, truth = synced(replace(STEADY, lose=one_loss(lost_s, 100.0)))
    assert error_ms(one.time, truth) < 0.1
    assert [(row.kind, row.count) for row in one.ledger] == [("gap", round(lost_s * 100))]


def test_a_hundred_small_losses_do_not_add_up() -> None:
    one, truth = synced(replace(STEADY, lose=lost_packets(0.01, 10)))
    assert error_ms(one.time, truth) < 0.1
    assert sum(row.count for row in one.ledger) == 60000 - len(truth)


def test_single_samples_lost_where_the_jitter_is_as_large_as_the_interval_are_found() -> None:
    stamps = even(60000, 1000.0)
    one = straightened(np.delete(stamps, [20000, 40000]), 1000.0)
    truth = np.delete(np.arange(60000) / 1000.0, [20000, 40000])
    assert [row.count for row in one.ledger] == [1, 1]
    assert error_ms(one.time, truth) < 0.05


def test_packets_whose_stamps_are_deduced_from_one_late_stamp_are_straightened() -> None:
    one, truth = synced(replace(STEADY, rate=500.0, packet=32, seconds=300.0, lose=one_loss(0.8, 500.0)))
    assert error_ms(one.time, truth) < 0.1
    assert [row.count for row in one.ledger] == [400]


def test_a_sender_that_was_held_up_and_then_sends_all_at_once_has_lost_nothing() -> None:
    stamps = even(20000, 100.0)
    held = (stamps > 1100.0) & (stamps < 1120.0)
    bunched = np.where(held, 1120.0 + np.arange(20000) * 1e-7, stamps)
    one = straightened(bunched, 100.0)
    assert worst_ms(one.time, np.arange(20000) / 100.0) < 0.5
    assert "gap" not in {row.kind for row in one.ledger}


def test_samples_that_all_bear_the_time_of_their_packet_are_spread_evenly() -> None:
    packets = np.repeat(even(1500, 12.5), 40)
    one = straightened(packets, 500.0)
    assert error_ms(one.time, np.arange(60000) / 500.0) < 0.5
    assert one.ledger == ()


def test_a_device_that_restarts_samples_anew_and_not_on_the_old_beat() -> None:
    before, after = even(6000, 100.0), even(6000, 100.0, seed=3) + 90.0037
    truth = np.concatenate([np.arange(6000) / 100.0, 90.0037 + np.arange(6000) / 100.0])
    one = straightened(np.concatenate([before, after]), 100.0)
    assert error_ms(one.time, truth) < 0.1


def test_a_device_with_exact_stamps_that_restarts_has_no_other_rate() -> None:
    truth = np.arange(3730) / 68.77
    truth[2546:] += 54.0 + 0.4 / 68.77
    one = straightened(1000.0 + truth, 68.77)
    assert worst_ms(one.time, truth) < 0.01
    assert [row.kind for row in one.ledger] == ["gap"]


def test_a_rate_that_changes_is_a_fault_with_the_right_times() -> None:
    truth = np.concatenate([np.arange(6000) / 100.0, 60.0 + np.arange(6000) / 50.0])
    stamps = truth + np.random.default_rng(5).gamma(2.0, 0.5e-3, 12000)
    one = straightened(stamps, 100.0)
    assert error_ms(one.time, truth) < 0.3
    assert [(row.kind, row.severity) for row in one.ledger] == [("rate", "fault")]
    assert "to 50.0" in one.ledger[0].message


@pytest.mark.parametrize("seed", range(40))
def test_losses_that_come_close_together_are_not_a_change_of_rate(seed: int) -> None:
    lost = np.random.default_rng(seed).uniform(size=150) < 0.05
    sent = ~np.repeat(lost, 18)
    one = straightened(even(150 * 18, 200.0, 0.0)[sent], 200.0)
    assert "rate" not in {row.kind for row in one.ledger}


@pytest.mark.rig
@pytest.mark.parametrize(("rate", "packet"), [(1000.0, 32), (2000.0, 8), (2000.0, 1)])
@pytest.mark.parametrize("seed", range(3))
def test_packets_lost_by_the_hundred_are_counted_where_the_jitter_is_as_large_as_the_interval(
    rate: float, packet: int, seed: int
) -> None:
    case = replace(STEADY, rate=rate, packet=packet, seconds=100.0, lose=lost_packets(0.01, 10))
    one, truth = synced(case, seed)
    assert error_ms(one.time, truth) < 0.1
    lost = int(100.0 * rate) - len(truth)
    assert sum(row.count for row in one.ledger) == pytest.approx(lost, abs=20)  # a packet at either end does not show


@pytest.mark.parametrize("nominal", [50.0, 100.0, 104.0])
def test_lost_packets_that_bear_one_stamp_each_are_counted_whatever_rate_is_claimed(nominal: float) -> None:
    random = np.random.default_rng(4)
    kept = np.repeat(random.random(400) >= 0.15, 16)
    kept[[0, -1]] = True
    truth = np.arange(6400) / 100.0
    stamps = np.repeat(truth[15::16] + random.gamma(2.0, 0.3e-3, 400), 16)
    one = straightened(stamps[kept], nominal)
    assert worst_ms(one.time, truth[kept]) < 160.0  # the two samples that stand for the first and last packet
    assert error_ms(one.time[1:-1], truth[kept][1:-1]) < 0.5
    assert {row.kind for row in one.ledger} == ({"gap"} if nominal == 100.0 else {"gap", "rate"})


@pytest.mark.parametrize("rate", [20.0, 4000.0])
def test_of_exact_stamps_every_loss_is_counted_and_a_few_late_ones_are_none(rate: float) -> None:
    random = np.random.default_rng(6)
    count = 4000
    lost = np.zeros(count, bool)
    lost[random.choice(np.arange(10, count - 10), 12, replace=False)] = True
    lost[2000:2020] = True
    late = np.where(random.random(count) < 0.005, random.exponential(0.05, count), 0.0)
    one = straightened((1000.0 + np.arange(count) / rate + late)[~lost], rate)
    assert error_ms(one.time, np.arange(count)[~lost] / rate) < 0.01
    assert sum(row.count for row in one.ledger) == int(lost.sum())


@pytest.mark.parametrize(("rate", "size", "share"), [(1000.0, 2, 0.0124), (673.418, 4, 0.0185), (200.0, 18, 0.05)])
def test_whole_packets_lost_between_exact_stamps_are_no_coarse_stamps(rate: float, size: int, share: float) -> None:
    random = np.random.default_rng(11)
    kept = (random.random(40_000 // size) >= share).repeat(size)
    kept[[0, -1]] = True
    truth = np.arange(len(kept))[kept] / rate
    one = straightened(1000.0 + truth, rate)
    assert worst_ms(one.time, truth) < 0.01
    assert {row.kind for row in one.ledger} == {"gap"}
    assert sum(row.count for row in one.ledger) == int((~kept).sum())


@pytest.mark.rig
@pytest.mark.parametrize("seed", range(4))
def test_many_losses_among_very_late_stamps_are_not_another_rate(seed: int) -> None:
    random = np.random.default_rng(seed)
    kept = random.random(20_000) >= 0.044
    one = straightened(even(20_000, 1000.0, 1.04e-3, seed)[kept], 1000.0)
    assert {row.kind for row in one.ledger} == {"gap"}
    assert one.rate == pytest.approx(1000.0, rel=0.01)


def test_packets_that_are_late_because_the_last_was_have_lost_nothing() -> None:
    random = np.random.default_rng(8)
    truth = np.arange(20_000) / 2000.0
    stamps = np.maximum.accumulate(truth + random.exponential(3.7e-3, 20_000))  # nothing overtakes in a queue
    one = straightened(stamps, 2000.0)
    assert error_ms(one.time, truth) < 1.5
    assert {row.kind for row in one.ledger} == set()


def test_two_probes_alone_are_a_drift_and_no_step() -> None:
    stream, truth = make(replace(STEADY, seconds=8.0, offset=lambda t: 3.0 - 460e-6 * t), 2)
    (one,) = synchronise([replace(stream, probes=stream.probes[[0, 3]])])
    assert error_ms(one.time, truth) < 0.2
    assert one.ledger == ()


def test_a_device_that_restarts_among_bursts_of_losses_is_counted_on_both_sides() -> None:
    random = np.random.default_rng(9)
    truth = np.arange(1000) / 50.0
    truth[567:] += 13.6977
    kept = random.random(200).repeat(5) >= 0.03
    one = straightened((truth + random.gamma(2.0, 0.05e-3, 1000))[kept], 50.0)
    assert error_ms(one.time, truth[kept]) < 0.2
    assert "rate" not in {row.kind for row in one.ledger}


@pytest.mark.parametrize("nominal", [25.0, 90.0, 128.0, 1000.0])
def test_a_nominal_rate_is_not_believed(nominal: float) -> None:
    one, truth = synced(replace(STEADY, nominal=nominal))
    assert error_ms(one.time, truth) < 0.1
    assert {row.kind for row in one.ledger} == {"rate"}
    assert one.rate == pytest.approx(100.0, rel=1e-3)


@pytest.mark.parametrize("jump", [-0.35, 0.35, -3.0])
def test_stamps_that_jump_are_followed_and_never_run_back(jump: float) -> None:
    stamps = even(12000, 100.0)
    stamps[6000:] += jump
    one = straightened(stamps, 100.0)
    assert np.all(np.diff(one.time) >= 0.0)
    assert error_ms(one.time[:6000], np.arange(6000.0) / 100.0) < 0.1
    assert error_ms(one.time[6400:], np.arange(5600.0) / 100.0) < 0.1


def test_events_at_random_times_that_claim_a_rate_are_kept_as_they_came() -> None:
    stamps = np.sort(np.random.default_rng(3).uniform(0.0, 600.0, 6000))
    one = straightened(stamps, 10.0)
    np.testing.assert_array_equal(one.time, stamps)
    assert [row.kind for row in one.ledger] == ["stamps"]


def test_time_stamps_that_are_exact_stay_exact() -> None:
    stamps = 1000.0 + np.arange(5000) / 500.0
    probes = np.zeros(0, PROBE)
    (synced,) = synchronise([ClockInput("x", stamps, 500.0, probes)])
    np.testing.assert_allclose(synced.time, stamps, rtol=0, atol=1e-8)
    assert np.isnan(synced.certificate.bound_ms)
    assert "no clock was measured" in synced.certificate.reason


def test_the_latency_of_a_device_is_taken_off() -> None:
    stream, _ = make(replace(STEADY, seconds=60.0), 7)
    late = ClockInput("x", stream.timestamps, 100.0, stream.probes, latency_s=0.048)
    plain, moved = synchronise([stream, late])
    np.testing.assert_allclose(plain.time - moved.time, 0.048, atol=1e-9)


def test_a_wrong_sampling_rate_is_a_fault_with_the_right_times() -> None:
    stamps = np.arange(6000) / 1000.0
    (synced,) = synchronise([ClockInput("emg", stamps, 960.0, np.zeros(0, PROBE))])
    assert [(row.kind, row.severity) for row in synced.ledger] == [("rate", "fault")]
    assert synced.rate == pytest.approx(1000.0, rel=1e-6)


@pytest.mark.parametrize("step_s", [-4.0, -0.02, 0.02, 4.0, 5000.0])
@pytest.mark.parametrize("trips", [True, False])
def test_a_clock_that_steps_is_followed_on_both_sides(step_s: float, trips: bool) -> None:
    stream, truth = make(replace(STEADY, step_s=step_s, step_at=0.4217), 3)
    if not trips:
        stream.probes["round_trip"] = stream.probes["collected"] = np.nan
    (one,) = synchronise([stream])
    assert error_ms(one.time, truth) < 0.1
    steps = [row for row in one.ledger if row.kind == "clock_step"]
    assert len(steps) == 1
    assert steps[0].time == pytest.approx(3.0 + 0.4217 * 600.0, abs=2.5)


@pytest.mark.parametrize("seconds", [10.0, 120.0])
def test_a_device_that_returns_with_another_clock_is_followed(seconds: float) -> None:
    first, truth_first = make(replace(STEADY, seconds=seconds), 1)
    second, truth_second = make(replace(STEADY, seconds=seconds, offset=lambda t: -70000.0 + 300e-6 * t), 2)
    probes = second.probes.copy()
    probes["offset"] += seconds + 1.5
    stream = replace(
        first, timestamps=np.concatenate([first.timestamps, second.timestamps]),
        probes=np.concatenate([first.probes, probes]),
    )  # fmt: skip
    (one,) = synchronise([stream])
    assert error_ms(one.time, np.concatenate([truth_first, truth_second + seconds + 1.5])) < 0.1
    assert {row.kind for row in one.ledger} >= {"clock_step", "gap"}


def test_a_probe_far_off_is_thrown_out_and_said() -> None:
    stream, truth = make(STEADY, 4)
    stream.probes["offset"][[50, 120, 121, 299]] += [3.0, -0.2, -0.2, 1e4]
    (one,) = synchronise([stream])
    assert error_ms(one.time, truth) < 0.1
    assert [(row.kind, row.count) for row in one.ledger if row.kind == "probes"] == [("probes", 4)]


def test_clocks_that_streams_share_are_fitted_together() -> None:
    streams = [replace(make(replace(STEADY, probe_every=5.0), seed)[0], id=f"s{seed}", host="pc") for seed in range(6)]
    truth = make(STEADY, 0)[1]
    together = synchronise(streams)
    alone = [synchronise([stream])[0] for stream in streams]
    assert np.mean([error_ms(s.time, truth) for s in together]) < np.mean([error_ms(s.time, truth) for s in alone])


@pytest.mark.rig
@pytest.mark.parametrize("other", [lambda t: 3.0005 + 20e-6 * t, lambda t: 3.0 + 70e-6 * t, lambda t: 8.0 - 2e-4 * t])
def test_one_host_name_can_hide_two_clocks(other: Callable[[Floats], Floats]) -> None:
    cases = [STEADY, replace(STEADY, offset=other)]
    made = [make(case, seed) for seed, case in enumerate(cases)]
    streams = [replace(stream, host="pc") for stream, _ in made]
    for one, alone, (_, truth) in zip(
        synchronise(streams), [synchronise([s])[0] for s in streams], made, strict=True
    ):  # fmt: skip
        assert error_ms(one.time, truth) < 0.02
        np.testing.assert_allclose(one.time, alone.time, rtol=0, atol=5e-5)


@pytest.mark.rig
def test_certificates_hold_what_they_say() -> None:
    """The full table is in the benchmark; here a tenth of it."""
    held = []
    for seed, case in enumerate(calibration_cases(70, 5)):
        one, truth = synced(case, seed)
        held.append((error_ms(one.time, truth), one.certificate.bound_ms))
    errors, bounds = np.array(held).T
    assert 0.9 <= np.mean(errors <= bounds) <= 1.0
    assert np.median(bounds / errors) <= 4.0


def test_uncertainty_grows_where_nothing_was_measured() -> None:
    stream, _ = make(STEADY, 1)
    (one,) = synchronise([replace(stream, probes=stream.probes[:30])])
    assert one.uncertainty[-1] > 5.0 * one.uncertainty[3000]


@pytest.mark.rig
@settings(max_examples=30, deadline=None)
@example(seed=534, rate=20.0, lost=0.18765, jitter=5e-3, shift=-611093)
@given(
    seed=st.integers(0, 10_000),
    rate=st.sampled_from([20.0, 100.0, 1000.0]),
    lost=st.floats(0.0, 0.3),
    jitter=st.sampled_from([0.0, 0.5e-3, 5e-3]),
    shift=st.integers(-1_000_000, 1_000_000),
)
def test_time_never_runs_back_and_moves_with_the_stamps(
    seed: int, rate: float, lost: float, jitter: float, shift: int
) -> None:
    random = np.random.default_rng(seed)
    stamps = np.arange(3000) / rate + random.gamma(2.0, max(jitter, 1e-12), 3000)
    stamps = stamps[random.random(3000) >= lost]
    one = straightened(stamps, rate)
    time = one.time
    assert len(time) == len(stamps)
    if "stamps" not in {row.kind for row in one.ledger}:  # kept as they came, and said
        assert np.all(np.diff(time) >= 0.0)
    moved = straightened(stamps + shift, rate).time
    np.testing.assert_allclose(moved - shift, time, rtol=0, atol=1e-6)


def test_an_irregular_stream_is_mapped_and_not_straightened() -> None:
    stream, _ = make(replace(STEADY, seconds=60.0), 7)
    markers = np.array([3.0, 3.5, 41.0])
    (synced,) = synchronise([ClockInput("markers", markers, 0.0, stream.probes)])
    np.testing.assert_allclose(synced.time, markers + 3.0 + 20e-6 * (markers + 3.0), atol=1e-4)


def test_an_empty_stream_and_a_single_sample_have_a_time_too() -> None:
    for stamps in (np.empty(0), np.array([5.0])):
        (synced,) = synchronise([ClockInput("x", stamps, 100.0, np.zeros(0, PROBE))])
        np.testing.assert_array_equal(synced.time, stamps)


@pytest.mark.parametrize(
    "stamps", [-np.arange(50.0), np.zeros(50), np.linspace(-1e307, 1e307, 50), np.full(50, np.nan)]
)
def test_time_stamps_that_make_no_sense_are_kept_and_said(stamps: Floats) -> None:
    with np.errstate(all="ignore"):
        (synced,) = synchronise([ClockInput("x", stamps, 100.0, np.zeros(0, PROBE))])
    np.testing.assert_array_equal(synced.time, stamps)
    assert [row.severity for row in synced.ledger] == ["fault"]


def test_time_stamps_that_are_no_numbers_are_counted_and_the_certificate_says_so() -> None:
    stream, truth = make(replace(STEADY, seconds=60.0), 3)
    holes = stream.timestamps.copy()
    holes[[7, 100, 101]] = [np.nan, np.inf, -np.inf]
    (one,) = synchronise([replace(stream, timestamps=holes)])
    assert [(row.kind, row.severity, row.count) for row in one.ledger] == [("stamps", "fault", 3)]
    assert "3 of its" in one.certificate.reason
    assert np.isfinite(one.certificate.bound_ms)
    known = np.isfinite(holes)
    assert np.percentile(np.abs(one.time - truth)[known], 95) < 10e-3
    (none,) = synchronise([replace(stream, timestamps=np.full(len(holes), np.nan))])
    assert np.isnan(none.certificate.bound_ms)
    assert f"none of its {len(holes)} time stamps is a number" in none.certificate.reason
    assert [row.count for row in none.ledger] == [len(holes)]


def test_a_stream_without_samples_has_a_certificate_with_its_reason() -> None:
    stream, _ = make(replace(STEADY, seconds=60.0), 3)
    (one,) = synchronise([replace(stream, timestamps=np.empty(0))])
    assert np.isnan(one.certificate.bound_ms)
    assert "it has no samples" in one.certificate.reason


def test_the_bound_of_a_single_sample_is_its_own_error_and_not_nothing() -> None:
    probes = np.zeros(10, PROBE)
    probes["time"], probes["round_trip"] = np.arange(10.0), 1e-4
    (marker,) = synchronise([ClockInput("marker", np.array([5.0]), 0.0, probes)])
    assert 1e-4 < marker.certificate.bound_ms < 1.0
