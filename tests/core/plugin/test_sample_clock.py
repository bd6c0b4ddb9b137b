"""Sampling times come from the counter and its true rate, whatever the packets do on their way."""

import numpy as np
import pytest

from groundup.clock import ClockInput, synchronise
from groundup.model.source import PROBE
from groundup.plugin import SampleClock, unwrap

MIN_DELAY = 0.002


def received(
    rate: float, seconds: float, packet: int, seed: int, start: int = 0
) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Numbers, true times and arrival of each packet: late by a gamma of 4 ms, one in a hundred by 80 ms more."""
    rng = np.random.default_rng(seed)
    packets, last = [], -np.inf
    for first in range(start, start + int(seconds * rate), packet):
        numbers = np.arange(first, first + packet)
        times = 1000.0 + (numbers - start) / rate
        late = rng.gamma(2.0, 0.002) + (0.08 if rng.random() < 0.01 else 0.0)
        last = max(last, times[-1] + MIN_DELAY + late)
        packets.append((numbers, times, last))
    return packets


def errors(clock: SampleClock, packets: list[tuple[np.ndarray, np.ndarray, float]]) -> np.ndarray:
    """How far stamps are off the true times, but for the delay that no packet is without."""
    return np.concatenate([clock.stamp(n, arrived) - times - MIN_DELAY for n, times, arrived in packets])


@pytest.mark.rig
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("ppm", [0.0, 300.0, -20_000.0])
def test_jitter_of_packets_leaves_no_trace_and_the_true_rate_shows(seed: int, ppm: float) -> None:
    rate = 2000.0 * (1.0 + ppm * 1e-6)
    clock = SampleClock(2000.0, drift=0.05)
    off = errors(clock, received(rate, 60.0, 27, seed))
    settled = off[int(10 * rate) :]
    assert np.abs(settled).max() < 0.5e-3
    assert clock.rate == pytest.approx(rate, rel=2e-5)
    assert clock.restarts == 0


def test_time_never_goes_back() -> None:
    clock = SampleClock(100.0, drift=0.05)
    stamps = np.concatenate([clock.stamp(n, arrived) for n, _, arrived in received(98.0, 60.0, 3, 5)])
    assert np.diff(stamps).min() > 0.0


def test_samples_that_were_lost_leave_a_gap_of_their_length() -> None:
    clock = SampleClock(1000.0)
    packets = received(1000.0, 30.0, 20, 1)
    del packets[700:900]
    off = errors(clock, packets)
    assert np.abs(off[10_000:]).max() < 0.5e-3
    assert clock.restarts == 0


def test_a_stall_that_is_made_up_for_bends_nothing() -> None:
    clock = SampleClock(1000.0)
    packets = received(1000.0, 30.0, 20, 2)
    stalled = [(n, t, max(arrived, 1020.0) if 1016.0 < t[-1] < 1020.0 else arrived) for n, t, arrived in packets]
    assert np.abs(errors(clock, stalled)[10_000:]).max() < 0.5e-3


def test_a_counter_that_starts_anew_is_followed() -> None:
    clock = SampleClock(500.0)
    first = received(500.0, 20.0, 10, 3)
    again = [(n, t + 30.0, arrived + 30.0) for n, t, arrived in received(500.0, 20.0, 10, 4)]
    errors(clock, first)
    off = errors(clock, again)
    assert clock.restarts == 1
    assert np.abs(off[5000:]).max() < 0.5e-3


def test_losses_that_nobody_counts_are_noticed_when_everything_comes_late() -> None:
    clock = SampleClock(1000.0, window_s=15.0)
    before = received(1000.0, 20.0, 20, 5)
    errors(clock, before)
    # A second of samples is gone, and the count goes on as if they had never been.
    after = [(n + 20_000, t + 21.0, arrived + 21.0) for n, t, arrived in received(1000.0, 20.0, 20, 6)]
    off = errors(clock, after)
    assert clock.restarts == 1
    assert np.abs(off[10_000:]).max() < 1e-3


def test_a_packet_that_was_overtaken_gets_its_own_time() -> None:
    clock = SampleClock(100.0)
    for k in range(200):
        clock.stamp(np.array([k]), 50.0 + k / 100.0)
    clock.stamp(np.array([201]), 52.01)
    late = clock.stamp(np.array([200]), 52.012)
    assert late == pytest.approx([52.0], abs=1e-3)
    assert clock.restarts == 0


def test_numbers_may_be_ticks_of_the_devices_own_clock() -> None:
    clock = SampleClock(1e6)
    for k in range(3000):
        stamp = clock.stamp(np.array([12_345_000_000 + k * 10_000]), 7.0 + k * 0.01 / 1.0001)
    assert stamp == pytest.approx([7.0 + 2999 * 0.01 / 1.0001], abs=1e-4)


@pytest.mark.parametrize("rate", [0.0, -5.0, np.nan])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="rate"):
        SampleClock(rate)


def test_a_counter_that_wraps_goes_on() -> None:
    true = np.arange(100, 2000, 7)
    pieces, last = [], None
    for part in np.array_split(true % 256, 60):
        numbers = unwrap(part, 256, last)
        last = float(numbers[-1])
        pieces.append(numbers)
    np.testing.assert_array_equal(np.concatenate(pieces), true)
    assert unwrap(np.array([3]), 256, 5.0).tolist() == [3.0]
    assert unwrap(np.empty(0), 256, 5.0).tolist() == []


class Kept:
    """Keeps what is pushed."""

    def __init__(self) -> None:
        self.got: dict[str, list[np.ndarray]] = {}
        self.times: dict[str, list[np.ndarray]] = {}
        self.told: dict[str, list[np.ndarray]] = {}

    changes = 0

    def push(self, samples: np.ndarray, timestamps: np.ndarray, stream: str = "", changes: int = 0) -> None:
        self.got.setdefault(stream, []).append(samples)
        self.times.setdefault(stream, []).append(timestamps)

    def ticks(self, rows: np.ndarray, stream: str = "") -> None:
        self.told.setdefault(stream, []).append(rows)

    def clock(self) -> float:
        raise AssertionError("the arrival is given")

    def fail(self, reason: str) -> None:
        raise AssertionError(reason)

    def all(self, stream: str = "") -> tuple[np.ndarray, np.ndarray]:
        return np.concatenate(self.got[stream]), np.concatenate(self.times[stream])


def pushed(clock: SampleClock, packets: list[tuple[np.ndarray, np.ndarray, float]], sink: Kept) -> None:
    for numbers, _, arrived in packets:
        clock.push(sink, {"up": numbers[:, None], "down": -numbers[:, None]}, numbers, arrived)


def test_the_first_seconds_wait_until_its_time_is_known() -> None:
    sink, clock = Kept(), SampleClock(2000.0)
    packets = received(2000.6, 20.0, 27, 7)
    packets[0] = (*packets[0][:2], packets[0][2] + 0.08)  # the very first is late
    early = [p for p in packets if p[2] < packets[0][2] + 1.8]
    pushed(clock, early, sink)
    assert sink.got == {}
    pushed(clock, packets[len(early) :], sink)
    for stream, sign in (("up", 1), ("down", -1)):
        samples, times = sink.all(stream)
        np.testing.assert_array_equal(sign * samples[:, 0], np.concatenate([p[0] for p in packets]))
        off = times - np.concatenate([p[1] for p in packets]) - MIN_DELAY
        assert np.abs(off).max() < 2e-3


def test_what_waits_is_pushed_when_no_more_comes() -> None:
    sink, clock = Kept(), SampleClock(100.0)
    pushed(clock, received(100.0, 0.5, 5, 8), sink)
    assert sink.got == {}
    clock.flush(sink)
    clock.flush(sink)
    assert len(sink.all("up")[0]) == 50


def test_nothing_is_lost_where_the_counter_starts_anew() -> None:
    sink, clock = Kept(), SampleClock(500.0)
    for seed, start in ((1, 0.0), (2, 3.0), (3, 3.5)):
        for numbers, _, arrived in received(500.0, 0.4 if start == 3.0 else 2.5, 10, seed):
            clock.push(sink, numbers[:, None], numbers, arrived + start)
    clock.flush(sink)
    samples, times = sink.all()
    assert len(samples) == 1250 + 200 + 1250
    assert clock.restarts == 2
    assert (np.diff(times) >= 0).all()


@pytest.mark.rig
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("rate", "nominal", "packet"), [(2000.6, 2000.0, 27), (98.0, 100.0, 1)])
def test_the_recorder_sees_no_loss_where_there_was_none(rate: float, nominal: float, packet: int, seed: int) -> None:
    sink, clock = Kept(), SampleClock(nominal, drift=1e-3 if packet > 1 else 0.05)
    packets = received(rate, 60.0, packet, seed)
    pushed(clock, packets, sink)
    clock.flush(sink)
    (synced,) = synchronise([ClockInput("x", sink.all("up")[1], nominal, np.empty(0, PROBE))])
    assert [row for row in synced.ledger if row.kind == "gap"] == []
    off = synced.time - np.concatenate([p[1] for p in packets])
    assert np.quantile(np.abs(off - np.median(off)), 0.95) < 0.5e-3
    assert synced.rate == pytest.approx(rate, rel=1e-4)


@pytest.mark.rig
@pytest.mark.parametrize("seed", range(3))
def test_packets_that_come_late_at_the_beginning_do_not_bend_it(seed: int) -> None:
    sink, clock = Kept(), SampleClock(1000.0)
    packets = received(999.85, 60.0, 10, seed)
    # A program that starts is busy: forty milliseconds late at first, and less and less for three seconds.
    busy = [(n, t, arrived + 0.04 * max(0.0, 1.0 - (t[0] - 1000.0) / 3.0)) for n, t, arrived in packets]
    pushed(clock, busy, sink)
    clock.flush(sink)
    (synced,) = synchronise([ClockInput("x", sink.all("up")[1], 1000.0, np.empty(0, PROBE))])
    off = synced.time - np.concatenate([p[1] for p in packets])
    assert np.abs(off[10_000:] - np.median(off)).max() < 1e-3
    assert np.abs(off - np.median(off)).max() < 0.04
    assert synced.rate == pytest.approx(999.85, rel=5e-4)


@pytest.mark.parametrize(("size", "moves"), [(1, 0), (1, 300), (10, 0), (10, 30)])
def test_a_counter_that_stands_still_costs_no_sample(size: int, moves: int) -> None:
    clock, sink = SampleClock(100.0), Kept()
    for packet in range(1000):
        first = min(packet, moves) * size
        numbers = np.arange(first, first + size) if packet < moves else np.full(size, first)
        clock.push(sink, np.zeros((size, 1)), numbers, packet * size / 100.0)
    clock.flush(sink)
    _, times = sink.all()
    assert len(times) == 1000 * size
    assert np.isfinite(times).all()
