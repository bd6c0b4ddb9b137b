"""Recordings of a few samples: the bound says how little they tell, and nothing is made up."""

import numpy as np
import pytest
from benchmarks.senders import few_samples
from benchmarks.simulated_time import probed
from numpy.typing import NDArray

from groundup.clock import ClockInput, SyncedTime, synchronise

Floats = NDArray[np.float64]


def of(stamps: Floats, rate: float) -> SyncedTime:
    probes = probed(lambda lab: lab, 20.0, 2.0, np.random.default_rng(1), float(stamps[0]) - 1.0)
    return synchronise([ClockInput("x", stamps, rate, probes)])[0]


@pytest.mark.rig
@pytest.mark.survives(
    "time",
    fault="A recording has 5 to 64 samples, late in any way, or taken by a program that sleeps.",
    happens="The bound holds their times; no loss and no jump is made up.",
    said="“…; too few samples to tell lateness from uneven sampling, which lie up to … ms apart”, in the certificate",
    lost="Nothing.",
)
def test_the_bound_of_5_to_64_samples_holds_whoever_sent_them() -> None:
    inside, certain = [], []
    for seed in range(120):
        sent = few_samples(seed)
        (one,) = synchronise([sent.stream])
        error = np.abs(one.time - sent.truth - np.median(one.time - sent.truth))
        inside.append(np.mean(1e3 * error <= one.certificate.bound_ms))
        certain.append(np.mean(error <= 1.96 * one.uncertainty))
        if np.ptp(sent.stream.timestamps[:]) > 0.0:
            assert [row.message for row in one.ledger if row.kind in ("gap", "stamps")] == [], sent.said
    assert np.mean(inside) >= 0.95
    assert np.mean(np.array(inside) >= 0.95) >= 0.95
    assert np.mean(certain) >= 0.95


@pytest.mark.parametrize("count", [2, 5, 12, 40, 63])
def test_even_stamps_are_known_well_however_few(count: int) -> None:
    one = of(500.0 + np.arange(count) / 100.0, 100.0)
    assert one.certificate.bound_ms < 0.3
    assert one.ledger == ()


@pytest.mark.parametrize("count", [5, 12, 40, 63])
def test_a_few_samples_that_bear_one_stamp_may_be_anywhere_as_far_as_they_reach(count: int) -> None:
    one = of(np.full(count, 500.0), 100.0)
    assert one.certificate.bound_ms >= 1e3 * (count - 1) / 100.0
    assert [row.severity for row in one.ledger] == ["fault"]


@pytest.mark.parametrize("count", [12, 40, 63])
def test_packets_of_a_few_samples_that_bear_one_stamp_each_are_spread(count: int) -> None:
    one = of(500.0 + np.arange(count) // 6 * 0.06, 100.0)
    np.testing.assert_allclose(np.diff(one.time), 0.01, rtol=1e-2)
    assert one.certificate.bound_ms >= 50.0
    assert "too few samples" in one.certificate.reason


@pytest.mark.parametrize("lost", [1, 3, 400])
def test_what_is_lost_of_a_few_even_samples_is_counted(lost: int) -> None:
    kept = np.delete(np.arange(40 + lost), np.arange(17, 17 + lost))
    one = of(500.0 + kept / 100.0, 100.0)
    assert [row.count for row in one.ledger if row.kind == "gap"] == [lost]
    assert np.ptp(one.time - kept / 100.0) < 1e-4


def test_a_few_samples_at_another_rate_than_stated_keep_theirs() -> None:
    one = of(500.0 + np.arange(50) / 80.0, 100.0)
    assert one.rate == pytest.approx(80.0, rel=1e-3)
    assert [row.kind for row in one.ledger] == ["rate"]
