"""Live, over real LSL and out of real files: the same bits as `analyze --causal`, and what was said is recorded."""

import json
import re
import shutil
import subprocess
import sys
import threading
import uuid
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import groundup
from groundup.analysis.pipeline import AnalysisResult
from groundup.lab.tables import load_lab, parse_lab
from groundup.live.config import live_analysis
from groundup.live.file_run import run_file
from groundup.live.inputs.playback import play
from groundup.live.metrics.job import Measurer
from groundup.live.outputs.result_collector import ResultCollector
from groundup.lsl import private_session
from groundup.model.source import SourceStream
from groundup.plugin.manager import plugins
from groundup.recording import Recording
from groundup.sources.open_source import open_source
from groundup.workflows.analyze import analyze, recompute
from groundup_plugins.demo import lab_toml
from tests.conftest import Once
from tests.rig.conftest import Rig, recorded

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
METRICS = ("stance_time", "stride_time", "glute_braking_share", "glute_share_ratio", "load_wave_lag")
LIVE = f"""
[live]
metrics = {json.dumps(METRICS)}
publish = ["emg.envelope.causal"]

[record]
keep_journal = true
"""


@pytest.fixture(scope="module")
def walk(once: Once, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a walk that was recorded while it was analysed live: walk.h5, its journal, and lab.toml."""
    return Path(shutil.copytree(once("live-walk", record_live), tmp_path_factory.mktemp("live") / "walk"))


def record_live(folder: Path) -> None:
    (folder / "lab.toml").write_text(lab_toml("ground_up", 1, 20.0, 0.002) + LIVE)
    with private_session(f"groundup-live-{uuid.uuid4()}") as environment:
        record = Rig(environment, folder).start(
            "record", "lab.toml", "-o", "walk.h5", "--no-analyze", "--stream", "name='groundup.emg.envelope.causal'"
        )
        try:
            record.wait_until(lambda: long_enough(folder / "walk.journal.xdf"))
            record.close_input()
            assert record.wait() in (0, 3), "".join(record.output)
        finally:
            record.kill()


def long_enough(journal: Path) -> bool:
    """Whether seven seconds of every stream are recorded, and live analysis has said something of some of them."""
    counts = {stream.spec.name: stream.count for stream in recorded(journal).values()}
    enough = counts.get("groundup.events", 0) > 12 and counts.get("groundup.metrics", 0) > 5
    return enough and counts.get("groundup.emg.envelope.causal", 0) > 5500 and counts["VirtualEMG"] > 7 * 2000


def same(result: AnalysisResult, path: Path) -> None:
    """Signals, events and metrics of a result, to the bit those of a recording."""
    with groundup.open(path) as stored:
        assert [signal.id for signal in result.signals] == list(stored.processed)
        assert len(result.signals) >= 3
        for signal in result.signals:
            assert signal.time.tobytes() == stored.processed[signal.id].time.tobytes(), signal.id
            assert signal.samples.tobytes() == stored.processed[signal.id].samples.tobytes(), signal.id
        assert len(result.events) > 10
        assert list(result.events) == stored.event_list()
        for name in METRICS:
            table = stored.metrics[name]
            rows = [row for row in result.rows if row.name == name]
            assert len(rows) == len(table) > 5
            for row, known in zip(rows, table.to_dict("records"), strict=True):
                assert {key: repr(value) for key, value in known.items()} == {
                    key: repr(value) for key, value in asdict(row).items() if key != "name"
                }


def test_live_from_a_journal_is_analyze_causal_to_the_bit_at_any_speed(walk: Path, here: Rig) -> None:
    here.cwd = walk
    ran = here.run("live", "lab.toml", "--from", "walk.journal.xdf", "-o", "j.h5")
    assert ran.wait() == 0, "".join(ran.output)
    lab = load_lab(walk / "lab.toml")
    causal = analyze(walk / "walk.h5", causal=True).result
    same(causal, walk / "j.h5")
    for file, speed in (("walk.journal.xdf", 20.0), ("walk.h5", None)):
        results, analysis, _ = run_file(walk / file, lab, threading.Event(), speed=speed, say=print)
        same(results.result(analysis), walk / "walk.h5")
    with Recording(walk / "walk.h5") as recording:
        assert recording.causal
        same(recompute(recording), walk / "j.h5")


@cache
def played(walk: Path, chunk: int | None, seconds: bool) -> AnalysisResult:
    """The journal, or a second of what is not by an IMU in it, in chunks of so many samples."""
    source, lab = open_source(walk / "walk.journal.xdf")
    metrics = [plugins().metrics[name].item for name in METRICS]
    streams = [s for s in source.streams if s.spec.role != "live" and s.count and not (seconds and "imu" in s.id)]
    if seconds:
        streams = [cut_short(stream, 1500) for stream in streams]
    analysis = live_analysis({s.id: s.spec for s in streams}, metrics, lab)
    measurer, results = Measurer(metrics, source.subject), ResultCollector()
    for step in play(analysis, streams, chunk=chunk):
        for chunk in step.chunks:
            results.add_chunk(chunk)
        for tick in step.ticks:
            results.add_tick(tick)
            if tick.job is not None:
                results.rows(measurer.rows(tick.job))
    return results.result(analysis)


@pytest.mark.parametrize("chunk", [1, 3, 20, 211, 997])
def test_chunks_of_a_real_journal_change_no_bit(walk: Path, chunk: int) -> None:
    """A second of it sample by sample, all of it in larger chunks."""
    one, other = played(walk, None, chunk <= 20), played(walk, chunk, chunk <= 20)
    assert [s.samples.tobytes() for s in one.signals] == [s.samples.tobytes() for s in other.signals]
    assert [s.time.tobytes() for s in one.signals] == [s.time.tobytes() for s in other.signals]
    assert one.events == other.events
    assert [repr(row) for row in one.rows] == [repr(row) for row in other.rows]


def cut_short(stream: SourceStream, count: int) -> SourceStream:
    """The first samples of a stream."""
    stamps, samples = next(iter(stream.blocks()))
    return replace(stream, count=count, blocks=lambda: iter([(stamps[:count], samples[:count])]))


def test_what_was_said_at_the_time_is_recorded_with_the_role_live(walk: Path) -> None:
    with Recording(walk / "walk.h5") as recording:
        by_name = {stream.spec.name: stream for stream in recording.streams.values()}
        raw = {s.id for s in recording.streams.values() if s.spec.role != "live"}
        assert {"emg", "plate_left", "plate_right"} <= raw
        for name in ("groundup.events", "groundup.metrics", "groundup.emg.envelope.causal"):
            assert by_name[name].spec.role == "live"
            assert len(by_name[name].spec.inputs) >= 10
        assert by_name["groundup.metrics"].spec.format == "double64"
        envelope = by_name["groundup.emg.envelope.causal"]
        assert len(envelope) > 5000
        assert float(np.nanmax(np.asarray(envelope.samples))) < 1.0
        # Nothing that was said is taken for something that was measured.
        assert all("groundup" not in event.source for event in recording.markers())
        assert {signal.id for signal in recording.signals()} <= raw


def test_events_said_over_lsl_are_those_of_the_recording(walk: Path) -> None:
    analyze(walk / "walk.h5", causal=True)
    with Recording(walk / "walk.h5") as recording:
        stream = next(s for s in recording.streams.values() if s.spec.name == "groundup.events")
        events = [json.loads(bytes(row[0])) for row in stream.values()]
        found = recording.events
        far = []
        for event in events:
            alike = found[(found["kind"] == event["kind"]) & (found["side"] == event["side"])]
            far.append(np.abs(alike["time"].to_numpy() - event["time"]).min())
        assert len(events) > 10
        # Its probes are not the recorder's: the two differ as clocks are known, and by a packet lost on one way only.
        assert np.median(far) < 1e-3
        stamped = np.array([event["time"] for event in events])
        np.testing.assert_allclose(np.asarray(stream.timestamps), stamped, rtol=0, atol=1e-9)


def test_a_program_of_twenty_lines_hears_the_metrics(walk: Path, here: Rig) -> None:
    here.cwd = walk
    program = EXAMPLES / "biofeedback.py"
    assert len([line for line in program.read_text().splitlines() if line]) <= 22
    listener = subprocess.Popen(
        [sys.executable, str(program), "stride_time", "0.5", "2.0"],
        env=here.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert listener.stdout is not None
        lines: list[str] = []
        pause = threading.Event()
        threading.Thread(target=lambda: lines.extend(listener.stdout or ()), daemon=True).start()
        while len(lines) < 3:  # a listener that was late hears the next walk
            player = here.start("live", "lab.toml", "--from", "walk.journal.xdf", "--speed", "0.8")
            while len(lines) < 3 and player.process.poll() is None:
                pause.wait(0.05)
            assert listener.poll() is None
            player.kill()
        for line in lines[:3]:
            _, label, value, *say = line.split()
            assert label in ("stride_time_L", "stride_time_R")
            assert 0.9 < float(value) < 1.3
            assert say == ["good"]
    finally:
        listener.kill()
        listener.wait()


@pytest.mark.parametrize(
    ("toml", "file", "sentence"),
    [
        ('[live]\nmetrics = ["glute_braking_shar"]', "walk.journal.xdf", 'did you mean "glute_braking_share"'),
        ('[live]\npublish = ["emg.envelope.causl"]', "walk.journal.xdf", 'did you mean "emg.envelope.causal"'),
        ("", "lab.toml", "no importer knows this kind of file"),
        ("", "nothing.xdf", "nothing.xdf"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(walk: Path, toml: str, file: str, sentence: str) -> None:
    with pytest.raises((ValueError, OSError), match=re.escape(sentence)):
        run_file(walk / file, parse_lab(toml), threading.Event(), speed=None, say=print)


def test_without_any_stream_live_says_so(rig: Rig) -> None:
    (rig.cwd / "lab.toml").write_text("[streams.emg]\n")
    ran = rig.run("live", "lab.toml", "--seconds", "1")
    assert ran.wait() == 1
    assert "no stream of lab.toml was on the network" in "".join(ran.output)
    assert "Traceback" not in "".join(ran.output)
