"""A sender on another clock than the one that was measured is named, placed by its arrival, and never sure of more."""

from dataclasses import replace

import numpy as np
import pytest

from groundup.clock import ClockInput, SyncedTime, synchronise
from groundup.clock.live import LiveTime
from groundup.live.inputs.playback import _Cursor
from groundup.model.source import ARRIVAL, PROBE, SourceStream
from groundup.model.streams import Channel, StreamSpec

RATE = 100.0
CLOCKS = {
    "unix": lambda t: t + 1.7e9,
    "uptime": lambda t: t + 120_345.0,
    "zero": lambda t: t,
    "ms": lambda t: 1e3 * t,
    "unix ms": lambda t: 1e3 * (t + 1.7e9),
    "µs": lambda t: 1e6 * t,
    "unix ns": lambda t: 1e9 * (t + 1.7e9),
    "samples": lambda t: np.arange(len(t), dtype=np.float64),
    "32768 Hz": lambda t: 32768.0 * t,
    "8 s late": lambda t: t + 70_992.0,
    "3 s ahead": lambda t: t + 71_003.0,
    "µs of 32 bits": lambda t: np.mod(1e6 * (t + 4290.0), 2.0**32),
    "ms of 16 bits": lambda t: np.mod(1e3 * t + 60_000.0, 2.0**16),
    "stands still": lambda t: np.zeros(len(t)),
    "begins anew every 3 s": lambda t: np.mod(t, 3.0),
    "begins anew every 11 s": lambda t: 1.7e9 + np.mod(t, 11.0),
    "samples of 8 bits": lambda t: np.arange(len(t)) % 256.0,
    "µs of 24 bits": lambda t: np.mod(1e6 * t, 2.0**24),
}


def sent(clock: str, *, known: str, seconds: float = 40.0, rate: float = RATE) -> tuple[ClockInput, np.ndarray]:
    """Samples in packets of ten that arrive some 10 ms later, stamped by a crystal 30 ppm fast; their times."""
    random = np.random.default_rng(1)
    count = int(rate * seconds)
    lab = 71_000.0 + np.arange(count) / rate
    arrived = np.repeat(lab[9::10], 10) + 0.005 + np.repeat(random.gamma(2.0, 0.005, count // 10), 10)
    probes = np.full(int(seconds / 2.0), np.nan, PROBE)
    probes["time"], probes["offset"] = 71_000.0 + 2.0 * np.arange(len(probes)), -2e-5
    rows: list[tuple[float, ...]] = []
    for by in np.arange(71_000.05, 71_000.0 + seconds, 0.5 if known == "ours" else 5.0) if known else ():
        written = by if known == "ours" else by - random.uniform(0.0, 0.5)
        k = int(np.searchsorted(arrived, written)) - 1
        if known == "ours":
            rows += [(k, by - 0.05, by)] if k >= 0 and arrived[k] > by - 0.05 else []
        elif k >= 0:
            rows += [(k, np.nan, by), (k + 1, by - 0.5, np.nan)]
    stamps = np.asarray(CLOCKS[clock]((lab - 71_000.0) * (1.0 + 3e-5)), np.float64)
    return ClockInput("muse", stamps, rate, probes, host="pc", arrivals=np.array(rows, ARRIVAL)), lab


def faults(one: SyncedTime) -> list[str]:
    return [row.message for row in one.ledger if row.severity == "fault" and row.kind == "clock"]


@pytest.mark.survives(
    "time",
    fault="A sender stamps with Unix time, uptime, milliseconds, a sample counter, or one stamp for all.",
    happens="It is named, and its samples are placed by their arrival: 95 % lie within the bound.",
    said=(
        "“muse is stamped by another clock (…), …: it is not in sync, and placed by its arrival to ±… s; stamp with "
        "local_clock(), or let LSL stamp”"
    ),
    lost="The precision of its times.",
)
@pytest.mark.parametrize("known", ["ours", "labrecorder"])
@pytest.mark.parametrize("clock", CLOCKS)
def test_another_clock_is_named_and_its_samples_lie_within_the_bound(clock: str, known: str) -> None:
    stream, lab = sent(clock, known=known)
    (one,) = synchronise([stream])
    (message,) = faults(one)
    assert "muse is stamped by another clock" in message
    assert "local_clock()" in message
    error = 1e3 * np.abs(one.time - lab)
    assert np.percentile(error, 95) < one.certificate.bound_ms
    assert np.mean(error < 1.96e3 * one.uncertainty) > 0.93
    assert one.certificate.bound_ms < (200.0 if known == "ours" else 1500.0) or "bits" in clock
    assert np.all(np.diff(one.time) > 0.0)
    assert one.rate == pytest.approx(RATE, rel=2e-2)


def test_the_measured_clock_is_never_taken_for_another() -> None:
    for known in ("ours", "labrecorder"):
        stream, lab = sent("zero", known=known)
        for late in (0.0, 0.4, 2.0):  # a camera's pipeline may need two seconds
            right = ClockInput("muse", lab - late, RATE, stream.probes, arrivals=stream.arrivals)
            (one,) = synchronise([right])
            assert faults(one) == []
            assert one.certificate.bound_ms < 0.2


@pytest.mark.survives(
    "time",
    fault="One stream of a computer is on another clock, the others are not.",
    happens="The others have the times that they have alone.",
    said="a fault of that stream",
    lost="Nothing of the others.",
)
def test_a_stream_on_another_clock_moves_no_other_of_its_host() -> None:
    other, lab = sent("unix", known="ours")
    good = ClockInput("imu", lab.copy(), RATE, other.probes, host="pc", arrivals=other.arrivals)
    alone, (_, beside) = synchronise([good])[0], synchronise([other, good])
    np.testing.assert_allclose(beside.time, alone.time, atol=1e-5)


def test_events_on_another_clock_are_placed_too() -> None:
    stream, lab = sent("unix", known="ours")
    some = np.arange(50, len(lab), 100)
    arrivals = np.array([(i, lab[k] + 0.01, lab[k] + 0.06) for i, k in enumerate(some)], ARRIVAL)
    events = ClockInput("markers", np.asarray(stream.timestamps)[some], 0.0, stream.probes, arrivals=arrivals)
    (one,) = synchronise([events])
    assert faults(one)
    assert np.abs(one.time - lab[some]).max() < 1e-3 * one.certificate.bound_ms < 0.3


def test_live_an_other_clock_is_placed_by_its_arrival_and_never_far_from_now() -> None:
    for stamp in (1.7e9, 12.0):
        live = LiveTime(RATE)
        live.probe(71_000.0, -2e-5, 1e-4, 71_000.3)
        for packet in range(100):
            now = 71_000.5 + packet / 10.0
            times = live.feed(stamp + packet / 10.0 - 0.1 + np.arange(1, 11) / RATE, now)
            assert np.abs(times - (now - 0.1 + np.arange(1, 11) / RATE)).max() < 0.2


@pytest.mark.parametrize("clock", ["unix", "ms", "stands still"])
def test_a_file_is_played_on_the_lab_clock_whatever_clock_stamped_it(clock: str) -> None:
    stream, lab = sent(clock, known="ours")
    stamps, samples = np.asarray(stream.timestamps), np.zeros((len(lab), 1), np.float32)
    spec = StreamSpec("muse", "ACC", RATE, "float32", (Channel("x"),))
    for size in (100, 4096):
        cut = [(stamps[i : i + size], samples[i : i + size]) for i in range(0, len(lab), size)]
        source = SourceStream("muse", spec, "", len(lab), lambda cut=cut: iter(cut), stream.probes, (), stream.arrivals)
        cursor = _Cursor(source)
        times = np.concatenate([part for part, _ in cursor.take(np.inf, None)])
        assert np.nanmax(np.abs(times - lab)) < 0.2


@pytest.mark.survives(
    "time",
    fault="A laptop was suspended and its clock stood still.",
    happens="The clock is followed at the very sample; times are right to 1 ms; a warning.",
    said="“the clock of emg stepped by +600.0000 s; it is followed on both sides”",
    lost="What was not sampled.",
)
@pytest.mark.parametrize("asleep", [600.0, 8.0])
def test_a_computer_that_slept_is_followed_at_the_sample_though_its_stamps_do_not_jump(asleep: float) -> None:
    count, at = 6000, 3170
    device = 500.0 + np.arange(count) / RATE
    lab = device + 7.0 + np.where(np.arange(count) >= at, asleep, 0.0)
    probes = np.full(30, np.nan, PROBE)
    probes["time"] = 500.0 + 2.0 * np.arange(30)
    probes["offset"] = 7.0 + np.where(probes["time"] > device[at], asleep, 0.0)
    rows, latest = [], -np.inf
    for k in range(9, count, 10):  # each packet of ten is read by a cycle of its own; the journal keeps two a second
        if lab[k] - latest >= 0.5 or k in (at - 1, at + 9):
            rows.append((k, lab[k] + 0.01, lab[k] + 0.06))
            latest = lab[k]
    (one,) = synchronise([ClockInput("emg", device, RATE, probes, arrivals=np.array(rows, ARRIVAL))])
    assert np.abs(one.time - lab).max() < 1e-3
    assert [row.kind for row in one.ledger if row.severity != "info"].count("clock_step") == 1


def test_how_far_away_a_clock_is_that_was_set_back_early_is_told_by_most_of_its_samples() -> None:
    one, lab = sent("zero", known="ours")
    early = np.arange(len(lab)) < 0.15 * len(lab)
    (synced,) = synchronise([replace(one, timestamps=np.where(early, lab, lab - 1000.0))])
    assert ["1000" in message and "behind the measured one" in message for message in faults(synced)[:1]] == [True]
