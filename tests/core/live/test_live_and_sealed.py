"""Live and sealed agree on losses, rate and order of every kind of sender, or live says why it cannot know."""

from collections.abc import Callable

import numpy as np
import pytest
from benchmarks.senders import DEVICES, PROGRAMS, Sent
from benchmarks.simulated_time import Case, lost_packets, make, one_loss
from numpy.typing import NDArray

from groundup.clock import ClockInput, SyncedTime, synchronise
from groundup.clock.live import LiveTime
from groundup.live.inputs.clock_notices import ClockFacts, notices_of
from groundup.live.inputs.playback import _Cursor
from groundup.model.source import ARRIVAL, PROBE, SourceStream
from groundup.model.streams import Channel, StreamSpec

Floats = NDArray[np.float64]
UNKNOWABLE = ("cannot be told from lost ones", "nobody can tell")


def live(stream: ClockInput, size: int = 0) -> tuple[Floats, ClockFacts, str]:
    """Times, what is known, and what is said of it; fed in chunks of a size, or at once."""
    clock = LiveTime(stream.rate)
    clock.probes(stream.probes)
    stamps = np.asarray(stream.timestamps)
    chunks = np.split(stamps, range(size, len(stamps), size)) if size else [stamps]
    time = np.concatenate([clock.feed(chunk) for chunk in chunks])
    known: ClockFacts = clock.known  # type: ignore[assignment]
    return time, known, "\n".join(notices_of("x", stream.rate, known))


def missing(sealed: SyncedTime) -> int:
    return sum(row.count for row in sealed.ledger if row.kind == "gap")


def timed_by_program(sealed: SyncedTime) -> bool:
    return any("a program times" in row.message for row in sealed.ledger)


def assert_agreed(stream: ClockInput) -> None:
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
    assert_agreed(ClockInput("x", np.asarray(sent.stream.timestamps)[:stop], sent.stream.rate, sent.stream.probes))


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
    stream = ClockInput("x", stamps[kept], 100.0, make(Case("x", seconds=10.0), 1)[0].probes[:0])
    _, known, _ = live(stream)
    assert known["lost"] == missing(synchronise([stream])[0]) == 30


def test_samples_whose_stamps_jump_are_said_to_have_no_time() -> None:
    number = np.arange(3000)
    away = 500.0 + number / 100.0 + np.where((number >= 1000) & (number < 1005), 2e5, 0.0)
    for stamps in (away, 500.0 + number / 100.0 - np.where(number >= 1500, 5.0, 0.0)):
        time, known, said = live(ClockInput("x", stamps, 100.0, make(Case("x", seconds=10.0), 1)[0].probes[:0]))
        assert known["untimed"] == np.isnan(time).sum() > 0
        assert f"{known['untimed']} samples of x have no time" in said
        assert "the ledger of the recording" in said


K = np.arange(6000)
EVEN = 1000.0 + K / 100.0


def played(
    stamps: Floats, *, known: str = "ours", rate: float = 100.0, off: dict[int, float] | None = None
) -> tuple[Floats, list[str], SyncedTime]:
    """Times and words of live out of a file, and the same sealed; taken evenly, each read 10 ms later, at 1000 s on."""
    taken = 1000.0 + np.arange(len(stamps)) / rate
    probes = np.full(31, np.nan, PROBE)
    probes["time"], probes["offset"] = 1000.0 + 2.0 * np.arange(31), 1e-3
    if known == "ours":
        probes["collected"] = probes["time"] + 0.02
    for number, seconds in (off or {}).items():
        probes["offset"][number] += seconds
    rows: list[tuple[float, ...]] = []
    for by in np.arange(1000.05, taken[-1], 0.5 if known == "ours" else 5.0) if known else ():
        k = int(np.searchsorted(taken, by - 0.011)) - 1
        rows += [(k, by - 0.06, by)] if known == "ours" else [(k, np.nan, by), (k + 1, by - 0.5, np.nan)]
    arrivals = np.array(rows, ARRIVAL)
    spec = StreamSpec("x", "EMG", rate, "float32", (Channel("a"),))
    blocks = [(stamps[i : i + 1000], np.zeros((len(stamps[i : i + 1000]), 1))) for i in range(0, len(stamps), 1000)]
    cursor = _Cursor(SourceStream("x", spec, "", len(stamps), lambda: iter(blocks), probes, (), arrivals))
    time = np.concatenate([part for part, _ in cursor.take(np.inf, None)])
    return (
        time - 1e-3,
        list(cursor.notices()),
        synchronise([ClockInput("x", stamps, rate, probes, arrivals=arrivals)])[0],
    )


@pytest.mark.rig
@pytest.mark.parametrize("known", ["ours", "labrecorder", ""])
@pytest.mark.parametrize("away", [-3e4, -40.0, 7200.0, 1.7e9])
@pytest.mark.parametrize(("start", "count"), [(2222, 77), (900, 3000)])
def test_live_nothing_is_missing_because_stamps_were_away_and_came_back(
    known: str, away: float, start: int, count: int
) -> None:
    there = (start <= K) & (start + count > K)
    time, said, sealed = played(EVEN + np.where(there, away, 0.0), known=known)
    assert missing(sealed) == 0
    assert not [line for line in said if "are missing" in line]
    assert [line for line in said if "have no time" in line]
    sure = (start > K) | (start + count + 310 < K)
    np.testing.assert_allclose(time[sure], EVEN[sure], atol=2e-3)
    wrong = int(np.sum(np.abs(time - EVEN) > 2e-3))
    said_of = [line for line in said if f"live, {wrong} samples of x, whose stamps jumped" in line]
    assert wrong == 0 or said_of, said


@pytest.mark.rig
@pytest.mark.survives(
    "time",
    fault="One measurement of a clock is off, by milliseconds or days, at the end or before.",
    happens="Live goes on by those before, as sealing does: nothing moves, nothing is called missing.",
    said="nothing",
    lost="Nothing.",
)
@pytest.mark.parametrize("known", ["ours", "labrecorder", ""])
@pytest.mark.parametrize("number", [7, -2, -1])
@pytest.mark.parametrize("seconds", [-4000.0, -60.0, -3.0, -0.1, 0.02, 0.4, 3.0, 60.0, 1e5])
def test_one_measurement_that_is_off_moves_no_sample_live(known: str, number: int, seconds: float) -> None:
    time, said, sealed = played(EVEN, known=known, off={number: seconds})
    np.testing.assert_allclose(time, EVEN, atol=1e-3)
    np.testing.assert_allclose(sealed.time - 1e-3, EVEN, atol=1e-3)
    assert said == []


@pytest.mark.parametrize("known", ["ours", ""])
@pytest.mark.parametrize("seconds", [-60.0, -3.0, 3.0, 60.0])
def test_a_first_measurement_that_is_off_makes_no_loss_live_and_is_said(known: str, seconds: float) -> None:
    """The one behind it could be the wrong one as well: until two agree, live goes on by the first."""
    time, said, _ = played(EVEN, known=known, off={0: seconds})
    assert not [line for line in said if "are missing" in line]
    assert [line for line in said if f"off by {abs(seconds):g} s" in line], said
    np.testing.assert_allclose(time[1000:], EVEN[1000:], atol=2e-3)


def test_a_clock_whose_measurements_agree_is_followed_live_though_no_stamp_jumped() -> None:
    time, said, _ = played(EVEN, known="", off=dict.fromkeys(range(15, 31), 3.0))
    np.testing.assert_allclose(time[:3000], EVEN[:3000], atol=2e-3)
    np.testing.assert_allclose(time[3500:], EVEN[3500:] + 3.0, atol=2e-3)
    assert [line for line in said if "off by 3 s" in line]
    assert not [line for line in said if "are missing" in line]


def test_what_was_lost_while_stamps_were_away_is_counted_live_as_in_the_file() -> None:
    kept = (K < 2500) | (K >= 2530)
    stamps = (EVEN + np.where((K >= 2000) & (K < 3000), 7200.0, 0.0))[kept]
    for known in ("ours", ""):
        _, said, sealed = played(stamps, known=known)
        assert missing(sealed) == 30
        assert any(line.startswith("30 samples of x are missing") for line in said), said


@pytest.mark.parametrize(("rate", "size"), [(100.0, 7), (100.0, 20), (1000.0, 100), (1000.0, 7), (2000.0, 33)])
@pytest.mark.parametrize("late", [0.0, 0.2e-3])
def test_live_chunks_in_the_wrong_order_are_left_out_and_said(rate: float, size: int, late: float) -> None:
    blocks = np.arange(len(K) // size)
    for i in range(3, len(blocks) - 2, 7):
        blocks[i], blocks[i + 1] = blocks[i + 1], blocks[i]
    sent = np.concatenate([np.arange(b * size, (b + 1) * size) for b in blocks])
    truth = 1000.0 + sent / rate
    time, said, sealed = played(truth + np.random.default_rng(1).exponential(late or 1e-9, len(sent)), rate=rate)
    assert any("sent after later ones" in row.message for row in sealed.ledger)
    assert missing(sealed) == 0
    assert not [line for line in said if "are missing" in line]
    assert sum("have no time" in line or "whose stamps go back" in line for line in said) >= 1, said
    there = np.isfinite(time)
    assert 0.7 < there.mean() < 0.99
    held = sum(int(line.split()[1]) for line in said if "whose stamps go back" in line)
    assert np.sum(np.abs(time - truth)[there] > 3e-3) <= held < 0.05 * len(K)


def test_stamps_jumped_for_good_are_said_live_to_be_off_by_this() -> None:
    for by in (5.0, 3600.0):
        _, said, sealed = played(EVEN - np.where(K >= 3000, by, 0.0))
        assert any(row.severity == "fault" for row in sealed.ledger)
        assert any(f"2700 samples of x, whose stamps jumped by up to {by:g} s" in line for line in said), said


@pytest.mark.parametrize("known", ["ours", "labrecorder"])
@pytest.mark.parametrize("away", [1.7e9, 6e4, -900.0])
def test_a_file_of_a_sender_on_another_clock_says_so_live(away: float, known: str) -> None:
    time, said, sealed = played(EVEN + away, known=known)
    assert any("by another clock" in row.message for row in sealed.ledger)
    assert any("stamped by another clock" in line for line in said)
    assert np.abs(time - EVEN).max() < 1.0


def test_live_a_clock_less_far_off_than_any_sleep_is_said_by_the_arrival_of_its_samples() -> None:
    for away, words in ((3.0, "after they arrived"), (-30.0, "or more after its stamp")):
        clock = LiveTime(100.0)
        clock.probe(1000.0, 0.0, 1e-4, 1000.0)
        for chunk in range(20):
            clock.feed(1000.0 + away + np.arange(50) / 100.0 + chunk / 2.0, 1000.5 + chunk / 2.0)
        assert words in "\n".join(notices_of("x", 100.0, clock.known))  # type: ignore[arg-type]


def test_a_stream_on_another_clock_is_said_to_be_placed_by_its_arrival() -> None:
    clock = LiveTime(100.0)
    clock.probe(71360.0, 0.0, 1e-4, 71360.0)
    for chunk in range(20):
        clock.feed(1.7e9 + np.arange(50) / 100.0 + chunk / 2.0, 71360.5 + chunk / 2.0)
    assert "stamped by another clock" in "\n".join(notices_of("x", 100.0, clock.known))  # type: ignore[arg-type]
