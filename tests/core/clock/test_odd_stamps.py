"""A stream whose stamps no clock gives is sealed as sent, says that its sync is not known, and costs no other."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made import source

import groundup
from groundup.inlets.stream_monitor import StreamCounters, StreamMonitor
from groundup.model.source import PROBE, SourceStream
from groundup.model.streams import Channel, StreamSpec
from groundup.recording.info import in_words, summary
from groundup.recording.seal import seal
from groundup.recording.verify import verify

COUNT = 400
GOOD = 100.0 + np.arange(COUNT) / 100.0
SIGNS = np.where(np.arange(COUNT) % 2, 1.0, -1.0)


def but(value: float, *places: int | slice) -> np.ndarray:
    """Good stamps, but for some."""
    stamps = GOOD.copy()
    for place in places:
        stamps[place] = value
    return stamps


ODD = {
    "one nan": but(np.nan, 200),
    "the first nan": but(np.nan, 0),
    "nan and 1e308": np.where(np.arange(COUNT) % 50 == 0, np.nan, but(1e308, slice(100, 110))),
    "all nan": np.full(COUNT, np.nan),
    "infinite": but(np.inf, slice(50, 60)),
    "both infinities": SIGNS * np.inf,
    "one huge": but(1e308, 200),
    "the last huge": but(1e308, -1),
    "the first huge": but(-1e308, 0),
    "all huge": np.full(COUNT, np.finfo(float).max),
    "alternating": SIGNS * 1e308,
    "a ramp over all floats": np.linspace(-1.0, 1.0, COUNT) * 1.7e308,
    "powers of two": 2.0 ** np.linspace(-1000, 1000, COUNT),
    "denormal": (np.arange(COUNT) + 1) * 5e-324,
    "nanoseconds of the epoch": 1.7e18 + np.arange(COUNT) * 1e7,
    "any bits": np.random.default_rng(1).integers(0, 2**64, COUNT, np.uint64).view(np.float64),
}


def made(id_: str, stamps: np.ndarray, rate: float, probed: bool = True) -> SourceStream:
    values = np.arange(len(stamps), dtype="<i4")[:, None]
    times = np.arange(100.0, 104.0, 0.5) if probed else np.empty(0)
    probes = np.array([(t, 0.25, 1e-4, t + 0.25) for t in times], PROBE)
    spec = StreamSpec(id_, "IMU", rate, "int32", (Channel("a"),), hostname="pc")
    return SourceStream(id_, spec, "", len(stamps), lambda: iter([(stamps, values)]), probes)


def good_time(tmp_path: Path) -> tuple[np.ndarray, float]:
    """What the good stream has when it is alone."""
    seal(source([made("good", GOOD, 100.0)], lab_toml=""), tmp_path / "good.h5")
    with groundup.open(tmp_path / "good.h5") as recording:
        stream = recording.streams["good"]
        return stream.time, stream.certificate.bound_ms


@pytest.mark.rig
@pytest.mark.survives(
    "time",
    fault="Stamps are NaN, infinite, 1e308, alternating, or any bits.",
    happens=(
        "The stream is sealed with its stamps as sent, and the bound is unknown; the others have the times they have "
        "alone."
    ),
    said=(
        "“the time of odd is not known: …; its stamps are kept as they were sent”, and “sync unknown: …” as its "
        "certificate"
    ),
    lost="The time of that stream.",
)
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("rate", [100.0, 0.0])
@pytest.mark.parametrize("probed", [True, False])
def test_odd_stamps_are_sealed_as_sent_and_cost_no_other(tmp_path: Path, name: str, rate: float, probed: bool) -> None:
    stamps = ODD[name]
    given = source([made("good", GOOD, 100.0), made("odd", stamps, rate, probed)], lab_toml=ALIGNED)
    seal(given, tmp_path / "x.h5")
    assert verify(tmp_path / "x.h5", given) == []
    time, bound = good_time(tmp_path)
    with groundup.open(tmp_path / "x.h5") as recording:
        odd = recording.streams["odd"]
        np.testing.assert_array_equal(odd.timestamps, stamps)
        np.testing.assert_array_equal(odd.time, stamps + (0.25 if probed else 0.0))
        assert np.isnan(odd.certificate.bound_ms)
        assert odd.certificate.reason.startswith("sync unknown")
        (row,) = [row for row in recording.ledger_list() if row.severity == "fault" and row.stream == "odd"]
        assert (row.time, row.count) == (5.0, COUNT)  # as far as is known, when the recording began
        np.testing.assert_array_equal(recording.streams["good"].time, time)
        assert recording.streams["good"].certificate.bound_ms == bound
        assert {stream for stream, _ in recording.align(50.0).channels} == {"good"}
        assert recording.hdf5["aligned/samples"].shape[1] == 1


def test_what_no_clock_gives_is_told_once_and_never_that_nothing_is_lost(tmp_path: Path) -> None:
    seal(source([made("good", GOOD, 100.0), made("odd", ODD["one nan"], 100.0)], lab_toml=""), tmp_path / "x.h5")
    with groundup.open(tmp_path / "x.h5") as recording:
        good, odd = (line for line in in_words(summary(recording)).splitlines() if "channel int32" in line)
    assert "nothing lost" in good
    assert "losses unknown, sync unknown: 1 of its 400" in odd


def test_samples_that_the_clock_gives_no_time_leave_the_others_theirs(tmp_path: Path) -> None:
    stretches = np.arange(3000).reshape(-1, 100)
    sent = np.concatenate([np.tile(part, 2) if k in (7, 14, 21) else part for k, part in enumerate(stretches)])
    stamps, values = 500.0 + sent / 1000.0, sent[:, None].astype("<i4")
    probes = np.array([(t, 0.25, 1e-4, t + 0.25) for t in np.arange(500.0, 503.0, 0.5)], PROBE)
    twice = replace(made("twice", stamps, 1000.0), probes=probes, blocks=lambda: iter([(stamps, values)]))
    given = source([twice], lab_toml="")
    seal(given, tmp_path / "x.h5")
    assert verify(tmp_path / "x.h5", given) == []
    with groundup.open(tmp_path / "x.h5") as recording:
        stream = recording.streams["twice"]
        known = np.isfinite(stream.time)
        assert np.count_nonzero(~known) == 300
        np.testing.assert_allclose(stream.time[known], (stamps + 0.25)[known], atol=1e-3)
        assert np.isfinite(stream.certificate.bound_ms)
        assert "sent twice" in recording.ledger["message"].str.cat()


ALIGNED = "[record]\naligned_rate_hz = 50\n"


@pytest.mark.rig
def test_every_command_reads_a_recording_with_odd_stamps(tmp_path: Path) -> None:
    some = ("nan and 1e308", "alternating", "denormal", "any bits")
    streams = [made("good", GOOD, 100.0), *(made(f"odd{k}", ODD[name], 100.0) for k, name in enumerate(some))]
    seal(source(streams, lab_toml=""), tmp_path / "x.h5")
    script = f"""
from click.testing import CliRunner
from groundup.cli import main
path = {str(tmp_path / "x.h5")!r}
for arguments in (
    ["info", path], ["analyze", path, "--sync-event"], ["analyze", path, "--causal"], ["verify", path],
    ["report", path, "-o", path + ".html"], ["export", path, "--to", "csv", "-o", path + ".csv"],
    ["export", path, "--to", "xdf", "-o", path + ".xdf"],
):
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, (arguments, done.output, done.exception)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_stamps_that_are_no_times_owe_no_samples_and_are_no_rate() -> None:
    flow = StreamMonitor("odd", 100.0, True, 0.0)
    for stamp in (1.0, np.nan, np.inf, 1e308, -1e308, 5e-324):
        for second in range(20):
            rows = flow.look(float(second), StreamCounters(100 * second + 1, float(second), stamp * (1 + second), True))
            assert [row for row in rows if row.kind == "rate"] == []
        rows = flow.look(30.0, StreamCounters(2000, 20.0, stamp, True))
        rows += flow.look(40.0, StreamCounters(2001, 40.0, -stamp, True))
        assert all(row.count < 10_000 for row in rows)
