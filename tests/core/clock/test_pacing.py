"""Who paces the samples: what a program took when it woke keeps its stamps, and nothing is made up of its pauses."""

import numpy as np
import pytest
from benchmarks.senders import DEVICES, PROGRAMS, Sent
from benchmarks.simulated_time import probed
from numpy.typing import NDArray

from groundup.clock import ClockInput, SyncedTime, synchronise

Floats = NDArray[np.float64]
STEP = 0.01


def of(steps: Floats, rate: float = 100.0) -> tuple[SyncedTime, Floats]:
    """A stream with such steps between its stamps, on the lab's clock."""
    stamps = 500.0 + np.append(0.0, np.cumsum(steps))
    probes = probed(lambda lab: lab, float(stamps[-1]), 5.0, np.random.default_rng(1), 490.0)
    (one,) = synchronise([ClockInput("x", stamps, rate, probes)])
    return one, stamps


def off_ms(one: SyncedTime, truth: Floats) -> Floats:
    error = one.time - truth
    return 1e3 * np.abs(error - np.median(error))


def gaps(one: SyncedTime) -> int:
    return sum(row.count for row in one.ledger if row.kind == "gap")


@pytest.mark.survives(
    "time",
    fault="A program sleeps between its samples, so that no step is even.",
    happens="Its stamps are kept, its rate is what it sent, no loss is invented.",
    said="“… a program times the samples: their stamps are kept as they came”, in the certificate",
    lost="Nothing.",
)
@pytest.mark.parametrize("law", ["exponential", "gamma", "normal", "rare"])
@pytest.mark.parametrize("rate", [20.0, 100.0, 1000.0])
def test_a_program_that_sleeps_has_lost_nothing_and_keeps_its_stamps(law: str, rate: float) -> None:
    random = np.random.default_rng(5)
    extra = {
        "exponential": random.exponential(0.07, 8000),
        "gamma": random.gamma(3.0, 0.03, 8000),
        "normal": np.abs(random.normal(0.1, 0.03, 8000)),
        "rare": np.where(random.random(8000) < 0.9, 0.01, 0.3) * random.random(8000),
    }[law]
    one, stamps = of((1.0 + extra) / rate, rate)
    assert gaps(one) == 0
    assert one.rate == pytest.approx(7999.0 / (stamps[-1] - stamps[0]), rel=2e-3)
    assert np.percentile(off_ms(one, stamps), 95) <= one.certificate.bound_ms < 0.1
    assert "a program times the samples" in one.certificate.reason
    assert [row.severity for row in one.ledger if row.kind == "stamps"] == ["info"]


@pytest.mark.rig
@pytest.mark.parametrize("kind", DEVICES)
@pytest.mark.parametrize("seed", range(6))
def test_a_device_is_never_taken_for_a_program(kind: str, seed: int) -> None:
    (one,) = synchronise([DEVICES[kind](seed).stream])
    assert "a program times the samples" not in one.certificate.reason


@pytest.mark.survives(
    "time",
    fault="A program that sleeps between its samples is held up for a while.",
    happens="A warning of pauses; no loss is counted.",
    said="“…; … pauses of up to … s are sleep or losses, which cannot be told”",
    lost="What it did not sample.",
)
def test_a_busy_computer_makes_pauses_that_are_told_and_not_counted_as_losses() -> None:
    random = np.random.default_rng(2)
    steps = STEP * (1.0 + random.exponential(0.05, 12_000))
    steps[random.random(12_000) < 0.003] += random.exponential(0.05)
    steps[7000] += 0.7345
    one, stamps = of(steps)
    assert gaps(one) == 0
    (told,) = [row for row in one.ledger if row.kind == "stamps"]
    assert told.severity == "warning"
    assert "pauses" in told.message
    assert "cannot be told" in told.message
    assert off_ms(one, stamps).max() < 0.1


@pytest.mark.survives(
    "time",
    fault="Samples of a program that sleeps between them are lost.",
    happens="They are counted; the other times are right to 0.1 ms.",
    said="“… samples of x are missing (… s); time goes on rightly after the gap”",
    lost="The lost samples.",
)
def test_pauses_of_whole_steps_alone_are_samples_that_were_lost() -> None:
    random = np.random.default_rng(3)
    taken = np.append(0.0, np.cumsum(STEP * (1.0 + random.exponential(0.02, 12_000))))
    kept = np.ones(len(taken), bool)
    kept[random.choice(np.arange(10, 11_990), 30, replace=False)] = False
    one, stamps = of(np.diff(taken[kept]))
    assert gaps(one) == 30
    assert off_ms(one, stamps).max() < 0.1


def test_a_program_that_windows_wakes_on_its_ticks_has_lost_nothing() -> None:
    """It asks for 10 ms, gets 15.625, and twice that when it was late itself."""
    random = np.random.default_rng(4)
    ticks = 1.0 + (random.random(8000) < 0.01)
    late = random.exponential(0.05e-3, 8001)
    one, stamps = of(ticks / 64.0 + np.diff(late))
    assert gaps(one) == 0
    assert np.percentile(off_ms(one, stamps), 95) <= one.certificate.bound_ms
    assert one.rate == pytest.approx(64.0 / 1.01, rel=5e-3)


@pytest.mark.parametrize("seed", [*range(8), 5002, 5021, 5035])
def test_what_samples_slower_than_it_says_may_be_a_program_and_its_bound_says_so(seed: int) -> None:
    sent: Sent = PROGRAMS["sleeps, woken on ticks"](seed)
    (one,) = synchronise([sent.stream])
    assert gaps(one) == 0
    assert np.mean(off_ms(one, sent.truth) <= one.certificate.bound_ms) > 0.9


@pytest.mark.parametrize("tick", [10e-3, 8e-3, 15.625e-3])
@pytest.mark.parametrize("missed", [0.005, 0.03, 0.1])
def test_a_program_that_misses_ticks_of_any_length_has_lost_nothing(tick: float, missed: float) -> None:
    """It mostly wakes every second tick, and at times at the third: half a step later, and no sample less."""
    random = np.random.default_rng(9)
    steps = tick * (2.0 + (random.random(4000) < missed))
    one, stamps = of(steps + np.diff(random.exponential(0.05e-3, 4001)), 60.0)
    assert gaps(one) == 0
    assert np.percentile(off_ms(one, stamps), 95) <= one.certificate.bound_ms
    assert "a program times the samples" in one.certificate.reason


@pytest.mark.parametrize("size", [5, 10])
@pytest.mark.parametrize("counted", [True, False])
def test_a_program_that_sends_several_samples_whenever_it_wakes_has_lost_nothing(size: int, counted: bool) -> None:
    """As pylsl's `push_chunk` stamps them: the last with now, the others counted back; or all alike."""
    random = np.random.default_rng(7)
    wakes = 500.0 + np.cumsum(size * STEP + random.exponential(0.7e-3, 1500)).repeat(size)
    ago = (size - 1 - np.arange(len(wakes)) % size) * STEP
    stamps = wakes - ago if counted else wakes
    one, _ = of(np.diff(stamps))
    assert gaps(one) == 0
    assert one.rate == pytest.approx((len(wakes) - 1) / (wakes[-1] - wakes[0]), rel=1e-3)
    assert np.percentile(off_ms(one, wakes - ago), 95) <= one.certificate.bound_ms
    assert counted or np.all(np.diff(one.time) > 0.0)


def test_pauses_of_any_length_are_no_losses_even_where_some_are_of_two_steps() -> None:
    """A timer of a window system that misses its turn by 0 to 20 ms at times."""
    random = np.random.default_rng(8)
    steps = np.ceil((1.0 / 60.0 + random.exponential(0.3e-3, 7000)) * 1e3) / 1e3 + random.normal(0.0, 2e-5, 7000)
    steps += (random.random(7000) < 0.05) * random.uniform(0.0, 20e-3, 7000)
    one, stamps = of(steps, 60.0)
    assert gaps(one) == 0
    assert np.percentile(off_ms(one, stamps), 95) <= one.certificate.bound_ms


def test_a_program_whose_stamps_are_late_too_has_a_bound_that_says_so() -> None:
    random = np.random.default_rng(6)
    taken = 500.0 + np.cumsum(STEP * (1.0 + random.normal(0.1, 0.03, 20_000)))
    late = random.normal(0.0, 0.1e-3, 20_000)
    one, _ = of(np.diff(taken + late))
    error = off_ms(one, taken)
    assert 0.93 <= np.mean(error <= one.certificate.bound_ms) <= 0.995
    assert 0.90 <= np.mean(error <= 1.96e3 * one.uncertainty) <= 0.99
