"""What arrival says against stamps that seem sound is said: events that jump, clocks that stood still, all late."""

import numpy as np
import pytest
from benchmarks.simulated_time import probed

from groundup.clock import ClockInput, SyncedTime, synchronise
from groundup.model.source import ARRIVAL


def arrivals_of(came: np.ndarray) -> np.ndarray:
    """What the recorder notes: of a cycle of 50 ms, twice a second, its last sample."""
    cycle = np.ceil(np.maximum.accumulate(came) / 0.05)
    rows: list[tuple[float, float, float]] = []
    for k in np.flatnonzero(np.append(np.diff(cycle) > 0, True)).tolist():
        by = cycle[k] * 0.05
        if not rows or by - rows[-1][2] >= 0.5:
            rows.append((k, by - 0.05, by))
    return np.array(rows, ARRIVAL)


def probes(until: float) -> np.ndarray:
    return probed(lambda at: at - 3.0, until - 998.0, 5.0, np.random.default_rng(1), 999.0)


def told(one: SyncedTime) -> list[str]:
    return [f"{row.severity}: {row.message}" for row in one.ledger if row.severity != "info"]


def events(stamps: np.ndarray, lab: np.ndarray, *, arrived: bool) -> SyncedTime:
    arrivals = arrivals_of(lab + 0.01) if arrived else np.empty(0, ARRIVAL)
    return synchronise([ClockInput("marks", stamps, 0.0, probes(float(lab[-1])), arrivals=arrivals)])[0]


@pytest.mark.parametrize("arrived", [True, False])
@pytest.mark.parametrize("off", [3600.0, -3600.0, 30.0, -12.0])
def test_events_of_which_a_part_jumps_are_never_said_to_be_in_sync(off: float, arrived: bool) -> None:
    lab = 1001.0 + np.sort(np.random.default_rng(2).uniform(0.0, 300.0, 150))
    stamps = lab - 3.0
    stamps[60:90] += off
    one = events(stamps, lab, arrived=arrived)
    (message,) = told(one)
    assert message.startswith("fault")
    assert np.isnan(one.certificate.bound_ms)
    assert np.isnan(one.uncertainty).all()


@pytest.mark.parametrize("arrived", [True, False])
def test_sound_events_are_said_nothing_about(arrived: bool) -> None:
    lab = 1001.0 + np.sort(np.random.default_rng(2).uniform(0.0, 300.0, 150))
    one = events(lab - 3.0, lab, arrived=arrived)
    assert told(one) == []
    assert one.certificate.bound_ms < 0.1


@pytest.mark.parametrize(
    ("off", "said"), [(-1.0, "arrives"), (-4.0, "arrives"), (0.6, "stamped"), (0.0, ""), (-0.3, "")]
)
def test_samples_that_all_arrive_long_after_their_stamps_or_before_are_told(off: float, said: str) -> None:
    lab = 1001.0 + np.arange(6000) / 100.0
    stream = ClockInput("emg", lab - 3.0 + off, 100.0, probes(float(lab[-1])), arrivals=arrivals_of(lab + 0.01))
    rows = told(synchronise([stream])[0])
    assert len(rows) == bool(said)
    assert all(said in row and row.startswith("warning") for row in rows)


def test_a_sensor_whose_clock_stood_still_while_it_slept_is_placed_by_arrival() -> None:
    device = 998.0 + np.arange(12_000) / 100.0
    lab = device + 3.0 + np.where(np.arange(12_000) >= 6000, 7200.0, 0.0)
    stream = ClockInput("imu", device, 100.0, probes(float(lab[-1])), arrivals=arrivals_of(lab + 0.01))
    one = synchronise([stream])[0]
    assert any(row.startswith("fault") and "by their arrival" in row for row in told(one))
    assert np.percentile(np.abs(one.time - lab), 99) < 1e-3 * one.certificate.bound_ms


def test_samples_that_were_held_back_and_catch_up_keep_their_stamps() -> None:
    lab = 1001.0 + np.arange(6000) / 100.0
    for held in (slice(2000, 4000), slice(2000, 6000)):
        came = lab + 0.01
        came[held] = came[held][-1] + np.arange(held.stop - held.start) * 1e-3
        stream = ClockInput("imu", lab - 3.0, 100.0, probes(float(lab[-1])), arrivals=arrivals_of(came))
        one = synchronise([stream])[0]
        assert told(one) == []
        assert np.abs(one.time - lab).max() < 1e-3


@pytest.mark.parametrize("ppm", [300.0, -300.0])
def test_a_clock_that_was_measured_to_drift_the_wrong_way_is_told_by_arrivals(ppm: float) -> None:
    lab = 1001.0 + np.arange(30_000) / 100.0
    drift = 1e-6 * ppm * (lab - 1001.0)
    wrong = probes(float(lab[-1]))
    wrong["offset"] -= 2e-6 * ppm * (wrong["time"] + 3.0 - 1001.0)
    stream = ClockInput("emg", lab - 3.0 - drift, 100.0, wrong, arrivals=arrivals_of(lab + 0.01))
    one = synchronise([stream])[0]
    (row,) = told(one)
    assert "than was measured" in row
    error = np.abs(one.time - lab - np.median(one.time - lab))
    assert np.percentile(error, 95) < 1e-3 * one.certificate.bound_ms < 4.0 * error.max()


@pytest.mark.parametrize("seed", range(3))
def test_arrivals_that_are_late_by_chance_run_away_from_nothing(seed: int) -> None:
    random = np.random.default_rng(seed)
    lab = 1001.0 + np.arange(30_000) / 100.0
    came = np.maximum.accumulate(lab + random.gamma(2.0, 20e-3, len(lab)))
    stream = ClockInput("emg", lab - 3.0, 100.0, probes(float(lab[-1])), arrivals=arrivals_of(came))
    assert told(synchronise([stream])[0]) == []
