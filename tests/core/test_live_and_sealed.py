"""Live and sealed agree on losses, rate and order of every kind of sender, or live says why it cannot know."""

from collections.abc import Callable

import numpy as np
import pytest
from benchmarks.senders import DEVICES, PROGRAMS, Sent
from benchmarks.simulated_time import Case, lost_packets, make, one_loss
from numpy.typing import NDArray

from groundup.clock import Clocked, Synced, synchronise
from groundup.clock.live import LiveTime
from groundup.live.told_of_time import Known, told_of_time

Floats = NDArray[np.float64]
UNKNOWABLE = ("cannot be told from lost ones", "nobody can tell")


def live(stream: Clocked, size: int = 0) -> tuple[Floats, Known, str]:
    """Times, what is known, and what is said of it; fed in chunks of a size, or at once."""
    clock = LiveTime(stream.rate)
    clock.probes(stream.probes)
    stamps = np.asarray(stream.timestamps)
    chunks = np.split(stamps, range(size, len(stamps), size)) if size else [stamps]
    time = np.concatenate([clock.feed(chunk) for chunk in chunks])
    known: Known = clock.known  # type: ignore[assignment]
    return time, known, "\n".join(told_of_time("x", stream.rate, known))


def missing(sealed: Synced) -> int:
    return sum(row.count for row in sealed.ledger if row.kind == "gap")


def timed_by_program(sealed: Synced) -> bool:
    return any("a program times" in row.message for row in sealed.ledger)


def assert_agreed(stream: Clocked) -> None:
    sealed = synchronise([stream])[0]
    time, known, said = live(stream)
    if known["lost"] != missing(sealed):
        assert any(reason in said for reason in UNKNOWABLE), f"{known} against {missing(sealed)}, and {said!r}"
    assert known["rate"] == pytest.approx(sealed.rate, rel=0.01)
    assert known["woken"] == timed_by_program(sealed)
    there = time[np.isfinite(time)]
    assert (np.diff(there) >= 0.0).all()
    assert len(there) + known["untimed"] == len(time)
    assert ("have no time" in said) == (known["untimed"] > 0)


@pytest.mark.parametrize(
    "kind", ["sleeps", "sleeps and stalls", "hardly late", "jitter of 20 ms", "late by 0 to 300 ms"]
)
@pytest.mark.parametrize("seed", [2, 4])
def test_live_and_sealed_agree_or_live_says_why(kind: str, seed: int) -> None:
    sent = (DEVICES | PROGRAMS)[kind](seed)
    stop = min(len(sent.truth), 20_000)
    assert_agreed(Clocked("x", np.asarray(sent.stream.timestamps)[:stop], sent.stream.rate, sent.stream.probes))


@pytest.mark.parametrize(
    "case",
    [
        Case("even", seconds=60.0, jitter=0.0),
        Case("a little late", seconds=60.0),
        Case("packets lost", seconds=60.0, lose=lost_packets(0.02, 3)),
        Case("cut off for two seconds", seconds=60.0, lose=one_loss(2.0, 100.0)),
        Case("another rate than stated", seconds=60.0, nominal=90.0),
    ],
    ids=lambda case: case.name,
)
def test_of_a_device_that_is_hardly_late_live_counts_what_the_file_counts(case: Case) -> None:
    stream, _ = make(case, 5)
    _, known, _ = live(stream)
    assert known["lost"] == missing(synchronise([stream])[0])
    assert_agreed(stream)


@pytest.mark.parametrize("make_sent", [PROGRAMS["sleeps"], PROGRAMS["sleeps and stalls"]], ids=["sleeps", "stalls"])
def test_the_stamps_of_a_program_are_kept_live_and_nothing_is_made_up(make_sent: Callable[[int], Sent]) -> None:
    for seed in (11, 12, 13):
        sent = make_sent(seed)
        time, known, said = live(sent.stream)
        assert known["lost"] == sent.lost == 0
        assert "each keeps the time of its own stamp" in said
        late = np.isfinite(time) & (np.arange(len(time)) > 1000)  # who paces them shows after 512 steps
        error = (time - sent.truth)[late]
        assert np.percentile(np.abs(error - np.median(error)), 95) < 0.2e-3


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_who_paces_a_stream_does_not_depend_on_how_it_was_cut(size: int) -> None:
    stream = PROGRAMS["sleeps and stalls"](2).stream
    np.testing.assert_array_equal(live(stream, size)[0], live(stream)[0])


def test_whole_packets_that_a_program_lost_are_counted_live_as_in_the_file() -> None:
    random = np.random.default_rng(3)
    stamps = 500.0 + np.cumsum(0.01 + random.exponential(0.02e-3, 6000))
    kept = np.ones(6000, bool)
    for begin in range(1000, 6000, 500):
        kept[begin : begin + 3] = False
    stream = Clocked("x", stamps[kept], 100.0, make(Case("x", seconds=10.0), 1)[0].probes[:0])
    _, known, _ = live(stream)
    assert known["lost"] == missing(synchronise([stream])[0]) == 30


def test_samples_whose_stamps_jump_are_said_to_have_no_time() -> None:
    number = np.arange(3000)
    away = 500.0 + number / 100.0 + np.where((number >= 1000) & (number < 1005), 2e5, 0.0)
    for stamps in (away, 500.0 + number / 100.0 - np.where(number >= 1500, 5.0, 0.0)):
        time, known, said = live(Clocked("x", stamps, 100.0, make(Case("x", seconds=10.0), 1)[0].probes[:0]))
        assert known["untimed"] == np.isnan(time).sum() > 0
        assert f"{known['untimed']} samples of x have no time" in said
        assert "the ledger of the recording" in said


def test_a_stream_on_another_clock_is_said_to_be_placed_by_its_arrival() -> None:
    clock = LiveTime(100.0)
    clock.probe(71360.0, 0.0, 1e-4, 71360.0)
    for chunk in range(20):
        clock.feed(1.7e9 + np.arange(50) / 100.0 + chunk / 2.0, 71360.5 + chunk / 2.0)
    assert "stamped by another clock" in "\n".join(told_of_time("x", 100.0, clock.known))  # type: ignore[arg-type]
