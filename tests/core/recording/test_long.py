"""A stream longer than what is held at once: the same time, the same file, no more memory."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from benchmarks.simulated_time import Case, error_ms, lost_packets, make, one_loss, swing

from groundup.clock import ClockInput, follow, synchronise
from groundup.clock.stamps import PIECE
from groundup.model.source import PROBE

LONG = Case("long", rate=2000.0, seconds=3.5 * PIECE / 2000.0, jitter=0.1e-3, offset=swing(15.0))


@pytest.mark.rig
@pytest.mark.parametrize("lose", [None, one_loss(0.95, 2000.0), lost_packets(0.0002, 20)], ids=["none", "one", "many"])
def test_losses_anywhere_in_a_long_stream_are_counted_and_never_bend_time(lose: object) -> None:
    stream, truth = make(LONG.with_(lose=lose), 3)
    (one,) = synchronise([stream])
    assert len(stream.timestamps) > 3 * PIECE
    assert error_ms(one.time, truth) < 0.1
    assert sum(row.count for row in one.ledger if row.kind == "gap") == pytest.approx(
        7 * PIECE // 2 - len(truth), abs=2
    )
    assert (np.diff(one.time) > 0).all()


@pytest.mark.rig
@pytest.mark.parametrize("step_s", [0.0, 4.0, -4.0])
def test_stamps_in_a_file_have_the_time_of_stamps_in_memory(tmp_path: Path, step_s: float) -> None:
    stream, truth = make(LONG.with_(lose=one_loss(0.5, 2000.0), step_s=step_s), 4)
    (whole,) = synchronise([stream])
    assert error_ms(whole.time, truth) < 0.1
    with h5py.File(tmp_path / "stamps.h5", "w") as file:
        stamps = file.create_dataset("stamps", data=stream.timestamps, chunks=(1000,))
        (followed,) = follow([replace(stream, timestamps=stamps)])
        assert (followed.ledger, followed.certificate) == (whole.ledger, whole.certificate)
        for size in (PIECE, 77_777):
            pieces = list(followed.pieces(size))
            assert [part for part, _, _ in pieces][-1].stop == len(truth)
            np.testing.assert_array_equal(np.concatenate([time for _, time, _ in pieces]), whole.time)
            np.testing.assert_array_equal(np.concatenate([sd for _, _, sd in pieces]), whole.uncertainty)


def test_a_long_irregular_stream_is_mapped_with_its_clock_and_keeps_stamps_that_are_none() -> None:
    random = np.random.default_rng(5)
    stamps = np.sort(random.uniform(0.0, 1000.0, 2 * PIECE))
    stamps[[0, PIECE, -1]] = np.nan
    probes = np.zeros(500, PROBE)
    probes["time"], probes["offset"], probes["round_trip"] = np.arange(500) * 2.0, 7.0, 1e-4
    (one,) = synchronise([ClockInput("x", stamps, 0.0, probes, latency_s=0.5)])
    np.testing.assert_allclose(one.time, stamps + 6.5, atol=1e-6)
    assert np.isnan(one.time[[0, PIECE, -1]]).all()


_PEAK = """
import resource, sys
from pathlib import Path
import numpy as np
from groundup.recording.seal import seal
from groundup.model.source import PROBE, Source, SourceStream
from groundup.model.streams import Channel, StreamSpec
count = int(sys.argv[1])
def blocks():
    for begin in range(0, count, 10_000):
        size = min(10_000, count - begin)
        yield 5.0 + np.arange(begin, begin + size) / 2000.0, np.full((size, 2), begin, np.float32)
spec = StreamSpec("x", "EMG", 2000.0, "float32", (Channel("a"), Channel("b")))
streams = [SourceStream(f"s{i}", spec, "", count, blocks, np.empty(0, PROBE)) for i in range(2)]
seal(Source(streams, "id", "", 0.0), Path(sys.argv[2]))
assert not {"pandas", "scipy", "matplotlib"} & set(sys.modules), "half the memory, for what sealing does not need"
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.rig
@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is told in other units, or not at all")
def test_sealing_takes_no_more_memory_for_a_longer_recording(tmp_path: Path) -> None:
    def peak_mb(count: int) -> float:
        command = [sys.executable, "-c", _PEAK, str(count), str(tmp_path / f"{count}.h5")]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout) / 1024

    # Held, the times of the longer one alone would take 100 MB more.
    assert peak_mb(5 * PIECE // 2 * 4) < peak_mb(5 * PIECE // 2) + 30.0
