"""A clock that stood still, or was set while it ran and then stepped: times are right, or said not to be known."""

import struct
from pathlib import Path

import numpy as np
import pytest
from benchmarks.simulated_time import probed
from tests.ext.xdf_files import (
    CLOCK_OFFSET,
    HEADER,
    SAMPLES,
    STREAM_HEADER,
    foreign_file,
    header_xml,
    number_samples,
)

from groundup.clock import ClockInput, synchronise
from groundup.journal import load_synchronised

CHUNK_S, EVERY_S = 0.5, 5.0


def suspended(path: Path, asleep: float, at: float, *, apart: bool) -> np.ndarray:
    """Write what LabRecorder does of a laptop that was suspended; lab times of its samples.

    `apart`: another program has put all measurements behind all samples, so that no order of arrival is left.
    """
    random = np.random.default_rng(round(10 * at))
    lab = 1000.0 + np.arange(round(100.0 * (300.0 + asleep))) / 100.0
    lab = lab[(lab < 1000.0 + at) | (lab >= 1000.0 + at + asleep)]

    def clock(t: np.ndarray) -> np.ndarray:
        return np.asarray(t - 500.0 - np.clip(t - 1000.0 - at, 0.0, asleep))

    stamps, written = clock(lab) + random.gamma(2.0, 0.3e-3, len(lab)), []
    for end in np.arange(1000.0 + CHUNK_S, lab[-1] + 2 * CHUNK_S, CHUNK_S):
        mine = np.flatnonzero((lab >= end - CHUNK_S) & (lab < end))
        if len(mine):
            written.append((end, SAMPLES, number_samples(1, stamps[mine].tolist(), mine.astype("<i4")[:, None])))
    for now in np.arange(1000.0, lab[-1], EVERY_S):
        if not at <= now - 1000.0 < at + asleep:
            device = float(clock(now))
            offset = now - device + random.normal(0.0, 2e-5)
            written.append((now + 0.2, CLOCK_OFFSET, struct.pack("<Idd", 1, device, offset)))
    written.sort(key=lambda one: (apart and one[1] == CLOCK_OFFSET, one[0]))
    head = [(HEADER, b"<info/>"), (STREAM_HEADER, struct.pack("<I", 1) + header_xml("a", 100.0, "int32", 1))]
    path.write_bytes(foreign_file([*head, *((tag, content) for _, tag, content in written)]))
    return lab


@pytest.mark.rig
@pytest.mark.survives(
    "time",
    fault="A laptop is suspended while LabRecorder records it: its clock stands still, and its stamps show nothing",
    happens="All times are right but those between two measurements of the clock, whose uncertainty holds both places",
    said="“… samples of … were stamped between two measurements between which the clock stepped, or stood still …”",
    lost="The certain time of up to some seconds of samples",
)
@pytest.mark.parametrize("asleep", [0.5, 1.5, 10.0, 60.0, 3600.0])
@pytest.mark.parametrize("at", [101.0, 103.3, 104.9])
@pytest.mark.parametrize("apart", [False, True])
def test_samples_beside_a_suspension_are_right_or_said_to_be_unknown(
    tmp_path: Path, asleep: float, at: float, apart: bool
) -> None:
    lab = suspended(tmp_path / "x.xdf", asleep, at, apart=apart)
    ((_, one),) = load_synchronised(tmp_path / "x.xdf").values()
    error = np.abs(one.time - lab)
    wrong = error > 5e-3
    assert np.count_nonzero(wrong) <= 100.0 * (EVERY_S + 0.5)
    assert (error[wrong] <= 1.96 * one.uncertainty[wrong]).all()
    assert np.mean(1e3 * error <= one.certificate.bound_ms + 1.0) >= 0.95
    (fault,) = [row for row in one.ledger if row.severity == "fault"]
    assert fault.count >= np.count_nonzero(wrong)
    assert "nothing tells before or after which" in fault.message


@pytest.mark.rig
@pytest.mark.survives(
    "time",
    fault="A clock is set slowly (NTP slews it by 500 ppm) and then steps",
    happens="Both are followed: the samples are counted on the lab's clock",
    said="“the clock of emg was set while it ran, by … ppm …”, “the clock of emg stepped by … s; it is followed …”",
    lost="Nothing",
)
@pytest.mark.parametrize("ppm", [500.0, -300.0])
@pytest.mark.parametrize("every", [2.0, 5.0])
@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize(("step", "later"), [(0.3, 0.0), (-0.3, 20.0), (-2.0, -150.0), (0.02, 0.0)])
def test_a_clock_that_is_slewed_and_steps_is_followed(
    ppm: float, every: float, told: bool, step: float, later: float
) -> None:
    random = np.random.default_rng(4)
    lab = 1000.0 + np.arange(30_000) / 100.0

    def device(at: np.ndarray) -> np.ndarray:
        slewed = 1e-6 * ppm * np.clip(at - 1150.0, 0.0, 60.0)
        return np.asarray(at - 3.0 + slewed + step * (at >= 1210.0 + later))

    stamps, probes = device(lab + random.gamma(2.0, 0.5e-3, len(lab))), probed(device, 303.0, every, random, 999.0)
    if not told:  # as LabRecorder's files have it
        probes["round_trip"] = probes["collected"] = np.nan
    (one,) = synchronise([ClockInput("emg", stamps, 100.0, probes)])
    error = 1e3 * np.abs(one.time - lab - np.median(one.time - lab))
    assert min(np.mean(part <= one.certificate.bound_ms) for part in np.array_split(error, 6)) >= 0.93
    assert one.certificate.bound_ms < 1.0
    assert {row.kind for row in one.ledger if row.severity != "info"} == {"clock", "clock_step"}


@pytest.mark.parametrize("seed", range(30))
def test_no_event_beside_a_suspension_is_wrong_and_sure(seed: int) -> None:
    random = np.random.default_rng(seed)
    asleep, at = float(random.choice([1.0, 10.0, 100.0])), 1100.0 + random.uniform(0.0, 5.0)
    lab = np.sort(1000.0 + random.uniform(0.0, 300.0 + asleep, int(300.0 / random.choice([0.7, 3.0, 8.0]))))
    lab = lab[(lab < at) | (lab >= at + asleep)]

    def clock(t: np.ndarray) -> np.ndarray:
        return np.asarray(t - 500.0 - np.clip(t - at, 0.0, asleep))

    probes = probed(clock, 300.0 + asleep, EVERY_S, random, 1000.0)
    made = probes["time"] + probes["offset"]
    probes = probes[(made < at - 0.01) | (made >= at + asleep)]
    probes["round_trip"] = probes["collected"] = np.nan
    (one,) = synchronise([ClockInput("m", clock(lab), 0.0, probes)])
    error = np.abs(one.time - lab)
    wrong = error > 5e-3
    assert (error[wrong] <= 1.96 * one.uncertainty[wrong]).all()
    assert sum(row.count for row in one.ledger if row.kind == "stamps") >= np.count_nonzero(wrong)
