"""Stamps that do not go forward evenly: no two samples at one time, each where it was taken, and it is said."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.clock import ClockInput, SyncedTime, synchronise
from groundup.model.source import ARRIVAL, PROBE

RATE, COUNT = 100.0, 6000
K = np.arange(COUNT)
LAB = 1000.0 + K / RATE
OFFSET = 1e-3


def jumping(
    stamps: np.ndarray,
    *,
    known: str = "ours",
    sent: np.ndarray | None = None,
    rate: float = RATE,
    samples: np.ndarray | None = None,
) -> SyncedTime:
    """A stream whose clock was measured well, and whose samples arrived 10 ms after they were taken."""
    probes = np.full(31, np.nan, PROBE)
    probes["time"], probes["offset"] = 1000.0 + 2.0 * np.arange(31), OFFSET
    arrived = np.maximum.accumulate(LAB if sent is None else sent) + 0.01 + OFFSET
    rows: list[tuple[float, ...]] = []
    for by in np.arange(1000.05, 1060.0, 0.5 if known == "ours" else 5.0) if known else ():
        k = int(np.searchsorted(arrived, by)) - 1
        if known == "ours":
            rows += [(k, by - 0.06, by)] if k >= 0 and arrived[k] > by - 0.06 else []
        elif k >= 0:  # LabRecorder: what came before a measurement of the clock, and what after
            rows += [(k, np.nan, by), (k + 1, by - 0.5, np.nan)]
    given = ClockInput("emg", stamps, rate, probes, arrivals=np.array(rows, ARRIVAL), samples=samples)
    (one,) = synchronise([given])
    return one


def off(one: SyncedTime, lab: np.ndarray = LAB) -> float:
    return 1e3 * float(np.nanmax(np.abs(one.time - OFFSET - lab)))


def frozen(one: SyncedTime) -> int:
    known = np.sort(one.time[np.isfinite(one.time)])
    return int(np.count_nonzero(np.diff(known) < 0.05 / RATE))


def faults(one: SyncedTime) -> list[tuple[str, int]]:
    return [(row.kind, row.count) for row in one.ledger if row.severity == "fault"]


@pytest.mark.survives(
    "time",
    fault="Stamps jump by 1.6 s to 115 days, forth or back, and come back.",
    happens="Those away are placed where their number fits; no two samples share a time; a fault.",
    said=(
        "“… samples of emg, from number … on, are stamped … s too late; they are placed behind those before, where "
        "their number fits”"
    ),
    lost="Nothing, but within the first tenth of a file that has no arrivals nothing tells which are right.",
)
@settings(deadline=None, max_examples=15)
@given(
    start=st.integers(1, 4000),
    count=st.integers(1, 1500),
    away=st.floats(0.2, 7.0),
    back=st.booleans(),
    known=st.sampled_from(["ours", "labrecorder", ""]),
    jitter=st.sampled_from([0.0, 0.5e-3]),
)
def test_stamps_that_are_away_and_come_back_are_placed_where_their_number_fits(
    start: int, count: int, away: float, back: bool, known: str, jitter: float
) -> None:
    away = 10.0**away * (-1.0 if back else 1.0)
    late = np.random.default_rng(start).gamma(2.0, jitter / 2.0, COUNT) if jitter else 0.0
    one = jumping(LAB + np.where((start <= K) & (start + count > K), away, 0.0) + late, known=known)
    assert frozen(one) == 0
    if start < 0.1 * COUNT and start > 0 and not known:
        return  # whether those before or those behind it are right, nothing tells
    mine = [count for kind, count in faults(one) if kind == "stamps"]
    assert mine, "the ledger says it"
    assert off(one) < max(3.0, 1.1 * one.certificate.bound_ms)


@pytest.mark.rig
@pytest.mark.survives(
    "time",
    fault="Stamps jump for good: by six hours, 5 s back, three years.",
    happens="Each stretch is placed by its arrival; the bound says how well; a fault.",
    said=("“… samples of emg, from number … on, are stamped … s too early; they are placed by their arrival, to ±… s”"),
    lost="The precision of the stretch: less than a second.",
)
@pytest.mark.parametrize("known", ["ours", "labrecorder"])
@pytest.mark.parametrize("jump", [21600.0, -5.0, -21600.0, 1e8, -1e8, 4.0])
@pytest.mark.parametrize("at", [700, 3000, 5000])
def test_stamps_that_jump_for_good_are_each_stretch_its_own_and_its_bound_holds(
    jump: float, at: int, known: str
) -> None:
    one = jumping(LAB + np.where(at <= K, jump, 0.0), known=known)
    assert frozen(one) == 0
    assert np.all(np.diff(one.time) > 0.0)
    assert faults(one)
    assert off(one) < 1e3
    error = np.abs(one.time - OFFSET - LAB)
    assert 1e3 * np.percentile(error, 95) <= one.certificate.bound_ms
    assert one.rate == pytest.approx(RATE, rel=1e-3)


@pytest.mark.survives(
    "time",
    fault="Chunks arrive in the wrong order.",
    happens="Each sample has the time of its own stamp; the file keeps the order of arrival; a fault.",
    said="“… samples of emg, from number … on, were sent after later ones; each has the time of its own stamp”",
    lost="Nothing.",
)
@pytest.mark.parametrize("size", [7, 50, 200])
@pytest.mark.parametrize("jitter", [0.0, 1e-3])
def test_blocks_out_of_order_have_the_times_of_their_own_stamps(size: int, jitter: float) -> None:
    blocks = np.arange(COUNT // size)
    for i in range(3, len(blocks) - 2, 7):
        blocks[i], blocks[i + 1] = blocks[i + 1], blocks[i]
    sent = np.concatenate([np.arange(b * size, (b + 1) * size) for b in blocks])
    stamps = LAB + (np.random.default_rng(1).gamma(2.0, jitter / 2.0, COUNT) if jitter else 0.0)
    one = jumping(stamps[sent], sent=LAB[: len(sent)])
    assert off(one, LAB[sent]) < (3.0 if jitter else 0.01)
    assert frozen(one) == 0
    assert [kind for kind, _ in faults(one)] == ["stamps"]
    assert "sent after later ones" in one.ledger[0].message


@pytest.mark.survives(
    "time",
    fault="Chunks are sent twice.",
    happens="The second copy is kept without a time; a fault. Other values tell stamps that were set back from it.",
    said="“… are stamped as those just before them, as if sent twice; they have no time”",
    lost="Nothing.",
)
def test_blocks_that_are_sent_twice_have_a_time_once() -> None:
    twice = np.concatenate([K[:2010], K[2000:]])
    one = jumping(LAB[twice], sent=LAB[twice], samples=K[twice, None])
    untold = np.flatnonzero(np.isnan(one.time))
    np.testing.assert_array_equal(untold, np.arange(2010, 2020))
    assert off(one, LAB[twice]) < 0.01
    assert one.certificate.bound_ms < 0.1
    assert faults(one) == [("stamps", 10)]


@pytest.mark.parametrize("back", [3, 5, 30, 50])
def test_stamps_set_back_by_whole_steps_are_not_taken_for_samples_sent_twice(back: int) -> None:
    """Stamped like those just before to the last bit; only their values tell that none was sent twice."""
    stamps = LAB[np.where(K < 3000, K, K - back)]
    one = jumping(stamps, samples=K[:, None])
    error = np.abs(one.time - OFFSET - LAB)
    assert np.isfinite(error).all()
    assert 1e3 * np.percentile(error, 95) <= one.certificate.bound_ms
    assert "sent twice" not in one.ledger[0].message


@pytest.mark.parametrize("samples", [None, np.zeros((COUNT, 1))])
def test_where_no_value_tells_what_was_sent_twice_the_bound_holds_both(samples: np.ndarray | None) -> None:
    one = jumping(LAB[np.where(K < 3000, K, K - 10)], samples=samples)
    assert np.nanmax(np.abs(one.time - OFFSET - LAB)) == pytest.approx(0.1, abs=1e-3)
    assert one.certificate.bound_ms == pytest.approx(100.0, rel=0.02)
    assert "which nothing tells" in one.ledger[1].message


@pytest.mark.survives(
    "time",
    fault="The counter behind the stamps wraps: 16 bits of ms, 32 bits of µs.",
    happens="It is counted on; a fault.",
    said="“… are stamped by a counter that began anew after 65.536 s; it is counted on”",
    lost="Nothing.",
)
@pytest.mark.parametrize("period", [65.536, 4294.967296])
def test_a_counter_that_begins_anew_is_counted_on(period: float) -> None:
    begun = period - 30.0
    probes = np.full(31, np.nan, PROBE)
    probes["time"], probes["offset"] = begun + 2.0 * np.arange(31), 7.0
    stamps = np.mod(begun + K / RATE, period)
    (one,) = synchronise([ClockInput("imu", stamps, RATE, probes)])
    np.testing.assert_allclose(one.time, begun + 7.0 + K / RATE, atol=1e-5)
    assert "counter that began anew" in one.ledger[0].message


def test_late_packets_and_losses_are_no_jumps() -> None:
    random = np.random.default_rng(3)
    late = np.repeat(random.uniform(0.0, 0.3, COUNT // 10), 10)
    kept = np.repeat(random.random(COUNT // 10) > 0.02, 10)
    one = jumping((LAB + late)[kept], known="")
    assert "stamps" not in [kind for kind, _ in faults(one)]


def test_samples_that_are_a_gap_later_by_their_arrival_too_are_a_gap() -> None:
    lab = LAB + np.where(K >= 3000, 20.0, 0.0)
    one = jumping(lab, sent=lab)
    assert off(one, lab) < 0.1
    assert [(row.kind, row.count) for row in one.ledger] == [("gap", 2000)]


def test_a_recording_of_jumps_is_read_the_same_in_pieces(monkeypatch: Any) -> None:
    stamps = LAB + np.where((K >= 2000) & (K < 2500), 500.0, 0.0)
    sent = np.concatenate([K[:4000], K[4050:4100], K[4000:4050], K[4100:]])
    whole = jumping(stamps[sent], sent=LAB)
    for module in ("stamps", "order_search", "lab_time", "dejitter", "sampling_rate", "sample_counting"):
        monkeypatch.setattr(f"groundup.clock.{module}.PIECE", 1 << 12, raising=False)
    np.testing.assert_allclose(jumping(stamps[sent], sent=LAB).time, whole.time, atol=1e-6)


@pytest.mark.rig
@pytest.mark.survives(
    "time",
    fault="Packets are stamped up to 300 ms late, each by another time.",
    happens="They are not taken for stamps that jump.",
    said="nothing of stamps",
    lost="Nothing.",
)
@pytest.mark.parametrize("seed", range(6))
def test_packets_that_come_up_to_300_ms_late_are_never_set_back(seed: int) -> None:
    random = np.random.default_rng(seed)
    rate, size = float(random.choice([100.0, 500.0, 1000.0])), int(random.choice([5, 32]))
    count = int(40 * rate) // size * size
    late = np.repeat(random.uniform(0.0, 0.3, count // size), size)
    (one,) = synchronise([ClockInput("emg", 100.0 + np.arange(count) / rate + late, rate, np.empty(0, PROBE))])
    assert [row.message for row in one.ledger if row.kind == "stamps"] == []


@pytest.mark.parametrize("lost", [0, 200, 400, 1000])
def test_samples_that_were_lost_where_stamps_jump_are_in_the_bound(lost: int) -> None:
    """By measurements of the clock 5 s apart nobody can tell how many were lost: the bound is as wide as that."""
    lab = np.where(K < 3000, LAB, LAB + lost / RATE)
    found = jumping(lab - np.where(K < 3000, 0.0, 5.0) + OFFSET, known="LabRecorder", sent=lab)
    error = np.abs(found.time - OFFSET - lab)
    assert np.mean(1e3 * error <= found.certificate.bound_ms) > 0.93
    assert faults(found)
