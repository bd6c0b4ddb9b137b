"""Senders of every kind: late packets, lateness that lasts, clocks that warm up, in every part of a recording."""

import numpy as np
import pytest
from benchmarks.senders import DEVICES

from groundup.clock import synchronise

_SEEDS = range(700, 708)


@pytest.mark.parametrize("kind", DEVICES)
def test_the_bound_holds_in_the_first_third_and_in_the_last(kind: str) -> None:
    """The full table is in the benchmark; here a few of each."""
    inside, certain = [], []
    for seed in _SEEDS:
        sent = DEVICES[kind](seed)
        (one,) = synchronise([sent.stream])
        error = np.abs(one.time - sent.truth - np.median(one.time - sent.truth))
        third = len(error) // 3
        for part in (slice(0, third), slice(third, -third), slice(-third, None)):
            inside.append(float(np.mean(1e3 * error[part] <= one.certificate.bound_ms)))
            certain.append(float(np.mean(error[part] <= 1.96 * one.uncertainty[part])))
    assert np.mean(np.array(inside) >= 0.9) >= 0.9
    assert np.mean(certain) >= 0.9


@pytest.mark.parametrize("seed", range(6))
def test_lateness_that_lasts_is_no_loss_and_no_other_rate(seed: int) -> None:
    sent = DEVICES["late in runs"](seed)
    (one,) = synchronise([sent.stream])
    assert {row.kind for row in one.ledger} == set()
    assert one.rate == pytest.approx(sent.rate, rel=1e-3)
