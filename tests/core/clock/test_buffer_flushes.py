"""Samples that come all at once from a buffer spoil no rate and no other time, and are named where nothing tells."""

import numpy as np
import pytest
from benchmarks.senders import Sent, flushed, from_a_buffer

from groundup.clock import SyncedTime, synchronise
from groundup.clock.buffer_flushes import Flush, WithoutFlushes, find_flushes
from groundup.clock.stamps import Stamps


def synced(sent: Sent) -> SyncedTime:
    return synchronise([sent.stream])[0]


def named(one: SyncedTime) -> list[int]:
    return [row.count for row in one.ledger if "came at once" in row.message]


@pytest.mark.survives(
    "time",
    fault="A driver has a buffer when the recording begins, and sends all of it at one moment.",
    happens="Its samples are placed by their number before the others, whose times and rate are right.",
    said="“… samples of x, from number 0 on, came at once, from a buffer; …, and may be off by up to … s”",
    lost="When these were taken: nothing confirms it.",
)
@pytest.mark.parametrize("ppm", [0.0, 50.0])
@pytest.mark.parametrize("rate", [100.0, 1000.0])
@pytest.mark.parametrize("at_once", [500, 5000])
@pytest.mark.parametrize("after", [300, 2000, 20_000])
def test_a_buffer_sent_at_the_start_is_named_and_moves_no_other_sample(
    ppm: float, rate: float, at_once: int, after: int
) -> None:
    sent = flushed(np.random.default_rng(1), rate, 0, at_once, after, ppm)
    one = synced(sent)
    error = one.time - sent.truth
    error -= np.median(error[at_once:])
    assert np.percentile(np.abs(error[at_once:]), 95) < 0.3e-3
    assert np.abs(error[:at_once]).max() < 20e-3 * at_once / after
    assert named(one) == [at_once]
    assert {row.kind for row in one.ledger} == {"stamps"}
    assert one.rate == pytest.approx(sent.rate / (1.0 + 1e-6 * ppm), rel=2e-3)
    assert 1.96 * one.uncertainty[:at_once].min() > 0.9 * at_once / rate  # nothing says when these were taken
    assert one.uncertainty[at_once:].max() < 1e-3
    assert "came at once" in one.certificate.reason
    if at_once > 0.05 * after:
        assert one.certificate.bound_ms > 0.99e3 * at_once / rate


@pytest.mark.parametrize("rate", [100.0, 1000.0])
@pytest.mark.parametrize("at_once", [500, 5000])
@pytest.mark.parametrize("after", [300, 20_000])
def test_a_buffer_sent_behind_a_pause_that_it_fills_is_placed_in_it(rate: float, at_once: int, after: int) -> None:
    sent = flushed(np.random.default_rng(2), rate, 4000, at_once, after)
    one = synced(sent)
    error = 1e3 * np.abs(one.time - sent.truth - np.median(one.time - sent.truth))
    assert np.percentile(error, 95) < one.certificate.bound_ms < (1.0 if after > 300 else 100.0)
    assert error.max() < 5.0
    assert one.ledger == ()


def test_samples_that_a_full_buffer_dropped_are_missing_before_what_it_sent() -> None:
    sent = flushed(np.random.default_rng(3), 100.0, 4000, 3000, 4000)
    kept = np.delete(np.arange(11_000), np.arange(4000, 5000))
    one = synced(
        Sent(
            type(sent.stream)("x", sent.stream.timestamps[:][kept], 100.0, sent.stream.probes),
            sent.truth[kept],
            100.0,
            1000,
            "",
        )
    )
    error = np.abs(one.time - sent.truth[kept])
    assert np.abs(error - np.median(error)).max() < 2e-3
    assert [row.count for row in one.ledger if row.kind == "gap"] == [1000]
    assert named(one) == [2000]
    assert 1.96 * one.uncertainty[4000:6000].min() > 9.0


def test_whatever_is_sent_from_a_buffer_lies_within_the_bound() -> None:
    inside = []
    for seed in range(12):
        sent = from_a_buffer(seed)
        one = synced(sent)
        error = 1e3 * np.abs(one.time - sent.truth - np.median(one.time - sent.truth))
        inside.append(np.mean(error <= one.certificate.bound_ms))
        assert {row.kind for row in one.ledger} <= {"stamps"}, sent.said
    assert np.mean(inside) > 0.95


@pytest.mark.parametrize("packet", [1, 10, 100])
def test_packets_are_no_buffer_however_large_they_are(packet: int) -> None:
    random = np.random.default_rng(4)
    taken = 500.0 + np.arange(20_000) / 100.0
    came = np.maximum.accumulate(taken[packet - 1 :: packet] + random.uniform(0.0, 0.3, 20_000 // packet))
    assert find_flushes(Stamps(came.repeat(packet)), 100.0) == []


def test_samples_without_those_from_a_buffer_have_their_places() -> None:
    came = [Flush(0, 3), Flush(5, 6)]
    others = WithoutFlushes(Stamps(np.arange(9.0)), came)
    assert others[:].tolist() == [3.0, 4.0, 6.0, 7.0, 8.0]
    assert [others.sample(k) for k in range(5)] == [3, 4, 6, 7, 8]
    assert [others.place(k) for k in (3, 4, 6, 7, 8)] == [0, 1, 2, 3, 4]
    assert others[1:4].tolist() == [4.0, 6.0, 7.0]
    assert [others.sample(0, behind=False), others.sample(2, behind=False)] == [0, 5]
