"""What a recording gives when it is replayed over LSL into live: what the same file gives, and all of it."""

import json
import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pylsl
import pytest
from numpy.typing import NDArray
from pylsl.util import LostError

from groundup.analysis.pipeline import AnalysisResult
from groundup.lab.tables import parse_lab
from groundup.live.file_run import run_file
from groundup.live.outputs.publisher import metric_channels
from groundup.model.events import Event
from groundup.plugin import Channel, Imported, ImportedStream, StreamSpec
from groundup.plugin.manager import plugins
from groundup.recording.seal import seal
from groundup.sources.from_import import source_from_import
from groundup.testing.people import walker
from tests.rig.conftest import PATIENCE_S, Rig

Floats = NDArray[np.float64]
TYPE = {"plate": "Force", "emg": "EMG", "imu": "IMU"}
WALKER = ("plate_L", "plate_R", "emg", "imu_footL", "imu_shankR", "imu_pelvis")
METRICS = ("stance_time", "stride_time", "grf_peak_1", "glute_braking_share", "median_frequency")
SIGNALS = ("emg.envelope.causal", "plate_L.grf.causal", "plate_R.grf.causal")
NEAR_S = 0.05  # far less than between two contacts of one foot
PER_S = 20.0  # by how much of itself a value may change when clocks are a second apart, for small errors
HELD = 100.0
"""The file begins here, with a stream that nobody takes but the test: so it plays when the test hears everything."""


@dataclass(frozen=True)
class Heard:
    """What live said of a replayed walk, by its own clock: the test's, since it is one computer.

    Attributes
    ----------
    expected : AnalysisResult
        Of the file.
    shift : float
        From the time of the file to the time at which it was played.
    signals : dict
        Id to times and samples.
    events : list of Event
    values : ndarray, shape (n, C)
        Of the metrics, with their times in the first column.
    """

    expected: AnalysisResult
    shift: float
    signals: dict[str, tuple[Floats, Floats]]
    events: list[Event]
    values: Floats

    def clock_error(self, signal: str) -> Floats:
        """By how much a published signal's times are wrong."""
        expected = next(s for s in self.expected.signals if s.id == signal)
        return self.signals[signal][0] - expected.time - self.shift

    def worst_clock(self) -> float:
        """How well the clocks were known: tenths of a millisecond, or milliseconds where the machine is very busy."""
        return max(float(np.abs(self.clock_error(signal)).max()) for signal in SIGNALS)


def walk_file(folder: Path) -> Path:
    """Somebody who walks for some seconds, as a recording."""
    person = walker(t0=HELD, seconds=5.5)
    signals = [s for s in person.signals if s.id in WALKER]
    specs = [StreamSpec(s.id, TYPE[s.kind], s.rate, "double64", s.channels, plate=s.plate) for s in signals]
    streams = [ImportedStream(s.id, spec, s.samples, s.time) for s, spec in zip(signals, specs, strict=True)]
    held = StreamSpec("held", "Markers", 0.0, "string", (Channel("word"),))
    streams.append(ImportedStream("held", held, [["begins"]], np.array([HELD])))
    seal(source_from_import(Imported(tuple(streams))), folder / "walk.h5")
    return folder / "walk.h5"


def lab_text() -> str:
    entries = "".join(f"[streams.{name}]\nmatch = \"name='{name}'\"\n" for name in WALKER)
    return f"[participant]\nmass_kg = 70\n{entries}[live]\nmetrics = {[*METRICS]}\npublish = {[*SIGNALS]}\n"


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Heard:
    return hear(tmp_path_factory.mktemp("over-lsl"))


def hear(folder: Path) -> Heard:
    """A walk, replayed by one process, analysed by another, and heard by this one."""
    file, text = walk_file(folder), lab_text()
    (folder / "lab.toml").write_text(text)
    rig = Rig(dict(os.environ), folder)
    try:
        live, player = rig.start("live", "lab.toml"), rig.start("replay", file)
        said = {name: Listener(f"groundup.{name}") for name in ("events", "metrics", *SIGNALS)}
        held = Listener("held")
        outcome, analysis, _ = run_file(file, parse_lab(text), threading.Event(), speed=None, say=print)
        player.wait_for("staying until")
        live.close_input()
        assert live.wait() == 0, "".join(live.output)
    finally:
        for process in rig.started:
            process.kill()
    (begun,), _ = held.all()
    return Heard(
        outcome.result(analysis),
        float(begun) - HELD,
        {name: (said[name].all()[0], np.array(said[name].all()[1])) for name in SIGNALS},
        [Event(**json.loads(row[0])) for row in said["events"].all()[1]],
        np.column_stack(said["metrics"].all()),
    )


class Listener:
    """Takes all that a stream says, until its sender is gone."""

    def __init__(self, name: str) -> None:
        (info,) = pylsl.resolve_byprop("name", name, 1, PATIENCE_S)
        self.inlet = pylsl.StreamInlet(info, max_buflen=60, recover=False)
        self.inlet.open_stream(PATIENCE_S)
        self.times: list[float] = []
        self.rows: list[list[Any]] = []
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        with suppress(LostError):
            while True:
                rows, times = self.inlet.pull_chunk(timeout=0.1)
                self.times += times
                self.rows += rows

    def all(self) -> tuple[Floats, list[list[Any]]]:
        """Times and rows, when its sender is gone."""
        self.thread.join(PATIENCE_S)
        assert not self.thread.is_alive()
        return np.array(self.times), self.rows


def test_processed_signals_are_those_of_the_file_to_the_bit_from_the_first_sample_to_the_last(heard: Heard) -> None:
    for name in SIGNALS:
        expected = next(s for s in heard.expected.signals if s.id == name)
        assert heard.signals[name][1].shape == expected.samples.shape
        assert heard.signals[name][1].tobytes() == expected.samples.tobytes()


def test_events_are_those_of_the_file_at_its_times_by_the_clock_of_their_stream(heard: Heard) -> None:
    """How well that clock is known is the machine's: `python -m benchmarks over_lsl` holds it against 0.1 ms."""

    def key(event: Event) -> tuple[str, str, str, float]:
        return event.kind, event.side, event.source, event.confidence

    told, expected = sorted(heard.events), [e for e in heard.expected.events if e.kind != "marker"]
    assert len(expected) > 20
    assert sorted(map(key, told)) == sorted(map(key, expected))
    for one in told:
        off = min((one.time - heard.shift - e.time for e in expected if key(e) == key(one)), key=abs)
        assert abs(off) <= NEAR_S
        if one.source.startswith("plate:"):
            error = heard.clock_error(f"plate_{one.side}.grf.causal")
            at = int(np.searchsorted(heard.signals[f"plate_{one.side}.grf.causal"][0], one.time))
            assert off == pytest.approx(float(error[min(at, len(error) - 1)]), abs=1e-5)


def test_metrics_are_those_of_the_file(heard: Heard) -> None:
    places = {
        (n, side): i for i, (n, side, _) in enumerate(metric_channels([plugins().metrics[m].item for m in METRICS]))
    }
    known = [row for row in heard.expected.rows if np.isfinite(row.value)]
    assert {row.name for row in known} == set(METRICS)
    for row in known:
        near = heard.values[np.abs(heard.values[:, 0] - heard.shift - row.t1) <= NEAR_S]
        values = near[:, 1 + places[row.name, row.side]]
        # A sample may lie on the other side of a contact by the clock's error.
        assert np.isclose(values, row.value, rtol=0.01 + PER_S * heard.worst_clock()).any(), row
    assert int(np.isfinite(heard.values[:, 1:]).sum()) == len(known)
