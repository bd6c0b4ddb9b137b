"""One bad measurement of a clock, of any size and anywhere, moves no sample; where it cannot be told, that is said."""

import numpy as np
import pytest
from benchmarks.simulated_time import probed
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.clock import ClockInput, SyncedTime, synchronise
from groundup.model.source import PROBE

RATE = 100.0
EVERY_S = 5.0
OFFSET = -4000.0


def clocked(count: int, drift: float, *, told: bool = False, seed: int = 0) -> tuple[ClockInput, np.ndarray]:
    """A stream of a clock that drifts evenly, asked every five seconds, and the lab time of its samples."""
    random = np.random.default_rng(seed)
    device = 5000.0 + np.arange(int(count * EVERY_S * RATE)) / RATE
    probes = np.full(count, np.nan, PROBE)
    probes["time"] = 5000.0 + EVERY_S * np.arange(count)
    probes["offset"] = OFFSET + drift * (probes["time"] - 5000.0) + random.normal(0.0, 1e-5, count)
    if told:
        probes["collected"] = probes["time"] + probes["offset"] + 0.3
        probes["round_trip"] = 1e-4
    return ClockInput("emg", device, RATE, probes, host="other"), device + OFFSET + drift * (device - 5000.0)


def spoil(probes: np.ndarray, at: int, off: float, how: str) -> None:
    """Make a measurement wrong: its offset, its own time, or both so that its lab time stays (LabRecorder's way)."""
    if how in ("offset", "both"):
        probes["offset"][at] += off
    if how in ("time", "both"):
        probes["time"][at] -= off


def moved(stream: ClockInput, lab: np.ndarray) -> tuple[float, SyncedTime]:
    (synced,) = synchronise([stream])
    return 1e3 * float(np.abs(synced.time - lab).max()), synced


@pytest.mark.rig
@pytest.mark.survives(
    "time",
    fault="One measurement of a clock is wrong by 10 ms to 30 years: first, last or in the middle.",
    happens="It is left out; no sample moves by 1 ms.",
    said="“a measurement of the clock of emg is off by … s and left out; it moves no sample”",
    lost="Nothing.",
)
@settings(deadline=None, max_examples=40)
@given(
    count=st.integers(3, 40),
    place=st.floats(0.0, 1.0),
    size=st.floats(-2.0, 9.0),
    back=st.booleans(),
    how=st.sampled_from(["offset", "time", "both"]),
    drift=st.floats(-5e-5, 5e-5),
    told=st.booleans(),
)
def test_one_bad_measurement_of_any_size_anywhere_moves_no_sample(
    count: int, place: float, size: float, back: bool, how: str, drift: float, told: bool
) -> None:
    stream, lab = clocked(count, drift, told=told)
    off = (-1.0 if back else 1.0) * 10.0**size
    spoil(stream.probes, round(place * (count - 1)), off, how)
    error, synced = moved(stream, lab)
    # A measurement of which only its own time is wrong says nothing wrong about a clock that hardly drifts.
    assert error < 1.0
    assert how == "time" or [row.kind for row in synced.ledger if row.severity != "info"] == ["probes"]


@pytest.mark.rig
@pytest.mark.survives(
    "time",
    fault="A measurement of a clock is NaN, infinite or 1e308.",
    happens="It is left out; no sample moves by 0.3 ms.",
    said="nothing",
    lost="Nothing.",
)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e308, -1e308])
@pytest.mark.parametrize("field", ["time", "offset", "round_trip", "collected"])
@pytest.mark.parametrize("at", [0, 5, -1])
def test_a_measurement_that_is_no_number_moves_no_sample(value: float, field: str, at: int) -> None:
    stream, lab = clocked(12, 2e-5, told=True)
    stream.probes[field][at] = value
    assert moved(stream, lab)[0] < 0.3


@pytest.mark.survives(
    "time",
    fault="The first two or the last two measurements are wrong.",
    happens="They are left out; no sample moves by 0.3 ms.",
    said="“2 measurements of the clock of emg are off, by up to … s, and left out; they move no sample”",
    lost="Nothing.",
)
@pytest.mark.parametrize("end", [slice(0, 2), slice(-2, None)])
@pytest.mark.parametrize("offs", [(4000.0, 4000.0), (-60.0, 3.0), (0.5, 0.5), (1e9, -1e9)])
def test_two_bad_measurements_in_a_row_at_an_end_move_no_sample(end: slice, offs: tuple[float, float]) -> None:
    stream, lab = clocked(12, 2e-5)
    stream.probes["offset"][end] += offs
    error, synced = moved(stream, lab)
    assert error < 0.3
    assert "2 measurements" in next(row.message for row in synced.ledger if row.kind == "probes")


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_of_three_measurements_the_two_that_agree_are_believed(bad: int) -> None:
    stream, lab = clocked(3, 2e-5)
    stream.probes["offset"][bad] += 60.0
    assert moved(stream, lab)[0] < 1.0


@pytest.mark.survives(
    "time",
    fault="Half of a few measurements contradict the other half.",
    happens="The bound is unknown, and a fault says so.",
    said=(
        "“the measurements of the clock of emg contradict each other by 60 s, and are too few to tell which is "
        "right: its sync is unknown”"
    ),
    lost="The sync of that stream.",
)
@pytest.mark.parametrize("count", [2, 4])
def test_measurements_that_contradict_each_other_half_and_half_say_that_sync_is_unknown(count: int) -> None:
    stream, _ = clocked(count, 2e-5)
    stream.probes["offset"][count // 2 :] += 60.0
    (synced,) = synchronise([stream])
    assert np.isnan(synced.certificate.bound_ms)
    assert "contradict" in synced.certificate.reason
    assert [row.severity for row in synced.ledger if row.kind == "probes"] == ["fault"]


@pytest.mark.survives(
    "time",
    fault="A clock is set seconds before the end.",
    happens="It is followed, because the stamps say so too; a warning.",
    said="“the clock of emg stepped by … s; it is followed on both sides”",
    lost="Nothing.",
)
@pytest.mark.parametrize("after_s", [1.0, 3.0, 8.0])
@pytest.mark.parametrize("step", [4.0, -4.0, 4000.0, 0.3])
def test_a_clock_that_is_set_shortly_before_the_end_is_followed_because_the_stamps_say_so(
    after_s: float, step: float
) -> None:
    stream, lab = clocked(12, 2e-5)
    at = float(lab[-1]) - after_s
    stream.timestamps[lab > at] += step  # type: ignore[index]
    late = stream.probes["time"] + stream.probes["offset"] > at
    late[-1] = True
    stream.probes["time"][late] += step
    stream.probes["offset"][late] -= step
    if after_s < EVERY_S:  # the last of all is made after the step
        stream.probes["time"][-1] += EVERY_S - 0.5
    error, synced = moved(stream, lab)
    assert error < 1.0
    assert [row.kind for row in synced.ledger if row.severity != "info"] == ["clock_step"]


@pytest.mark.parametrize("off", [4000.0, 60.0, -60.0, -1e9])
@pytest.mark.parametrize("told", [False, True])
def test_a_bad_measurement_is_named_at_the_moment_at_which_it_was_made(off: float, told: bool) -> None:
    stream, _ = clocked(12, 0.0, told=told)
    stream.probes["offset"][3] += off  # its own lab time is as wrong, and lies outside the recording
    (synced,) = synchronise([stream])
    (row,) = [row for row in synced.ledger if row.kind == "probes"]
    assert abs(row.time - (5000.0 + OFFSET + 3 * EVERY_S)) <= EVERY_S


@pytest.mark.parametrize("ppm", [500.0, -500.0])
@pytest.mark.parametrize(("every", "lasts"), [(2.0, 50.0), (5.0, 50.0), (5.0, 1e9), (2.0, 1e9)])
def test_a_clock_that_is_set_slowly_is_followed_and_loses_no_sample(ppm: float, every: float, lasts: float) -> None:
    random = np.random.default_rng(4)
    lab = 1000.0 + np.arange(30_000) / 100.0

    def device(at: np.ndarray) -> np.ndarray:
        return np.asarray(at - 3.0 + 1e-6 * ppm * np.clip(at - 1100.0, 0.0, lasts))

    stamps = device(lab + random.gamma(2.0, 0.5e-3, len(lab)))
    (one,) = synchronise([ClockInput("emg", stamps, 100.0, probed(device, 303.0, every, random, 999.0))])
    error = 1e3 * np.abs(one.time - lab - np.median(one.time - lab))
    assert min(np.mean(part < one.certificate.bound_ms) for part in np.array_split(error, 3)) > 0.93
    assert one.certificate.bound_ms < 0.7
    assert [row.kind for row in one.ledger if row.severity != "info"] == ["clock"]
