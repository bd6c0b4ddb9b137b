"""Stamps that are counted in coarse ticks make no losses up, and the bound holds what the ticks hide."""

import numpy as np
import pytest
from benchmarks.simulated_time import probed

from groundup.clock import ClockInput, SyncedTime, synchronise
from groundup.clock.quantisation import quantisation_step
from groundup.clock.stamps import Stamps

TICKS = {"a 32-bit float after a day": 1.0 / 128.0, "Windows": 1.0 / 64.0, "milliseconds": 1e-3, "seconds": 1.0}


def sealed(grain: float, rate: float, packet: int, lost: np.ndarray | None = None) -> tuple[SyncedTime, np.ndarray]:
    random = np.random.default_rng(int(rate) + packet)
    count = int(90 * rate)
    lab = 1000.0 + np.arange(count) / rate * (1.0 + 2e-5)
    late = random.gamma(2.0, 1e-4, count // packet + 1).repeat(packet)[:count]
    last = np.minimum(np.arange(count) // packet * packet + packet - 1, count - 1)
    stamps = np.floor((np.maximum.accumulate(lab[last] + late) - 3.0) / grain) * grain
    keep = np.ones(count, bool)
    keep[[] if lost is None else lost] = False
    probes = probed(lambda at: at - 3.0, 93.0, 2.0, random, 999.0)
    return synchronise([ClockInput("emg", stamps[keep], rate, probes)])[0], lab[keep]


@pytest.mark.rig
@pytest.mark.parametrize("grain", TICKS.values(), ids=TICKS.keys())
@pytest.mark.parametrize(("rate", "packet"), [(50.0, 1), (200.0, 10), (500.0, 1), (1000.0, 1), (1000.0, 10)])
def test_ticks_make_no_losses_up_and_their_bound_holds(grain: float, rate: float, packet: int) -> None:
    if rate * grain == packet == 1.0:
        pytest.skip("exact stamps of a sender that loses a sample now and then are the same")
    one, lab = sealed(grain, rate, packet)
    assert [row.message for row in one.ledger if row.severity != "info"] == []
    error = 1e3 * np.abs(one.time - lab - np.median(one.time - lab))
    assert min(np.mean(part < one.certificate.bound_ms) for part in np.array_split(error, 3)) > 0.93


def test_an_outage_of_a_sender_that_stamps_in_ticks_is_still_counted() -> None:
    one, lab = sealed(1.0 / 64.0, 200.0, 1, np.arange(8000, 8100))
    assert [row.count for row in one.ledger if row.kind == "gap"] == [100]
    assert np.ptp(one.time - lab) < 5e-3


def test_exact_stamps_of_a_sender_that_loses_samples_are_no_ticks() -> None:
    random = np.random.default_rng(1)
    for share in (0.0, 0.01, 0.2):
        kept = np.flatnonzero(random.random(20_000) >= share)
        assert quantisation_step(Stamps(50.0 + kept / 100.0), 100.0) == 0.0
        assert quantisation_step(Stamps(50.0 + kept / 100.0 + random.normal(0.0, 1e-4, len(kept))), 100.0) == 0.0


def test_exact_stamps_around_an_outage_are_no_ticks() -> None:
    stamps = 50.0 + np.arange(6000) / 100.0 + np.where(np.arange(6000) >= 3000, 20.0, 0.0)
    assert quantisation_step(Stamps(stamps), 100.0) == 0.0
