"""Live, over real LSL and out of real files: the same bits as `analyze --causal`, and what was said is recorded."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import groundup
from groundup.recording import Recording
from groundup_plugins.demo import lab_toml
from tests.rig.conftest import Rig

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
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a walk that was recorded while it was analysed live: walk.h5, its journal, and lab.toml."""
    from groundup.lsl import private_session

    folder = tmp_path_factory.mktemp("walk")
    (folder / "lab.toml").write_text(lab_toml("ground_up", 1, 20.0, 0.002) + LIVE)
    with private_session(f"groundup-live-{folder.name}-{id(folder)}") as environment:
        rig = Rig(environment, folder)
        record = rig.start(
            "record", "lab.toml", "--seconds", "9", "-o", "walk.h5", "--no-analyze",
            "--stream", "name='groundup.emg.envelope.causal'",
        )  # fmt: skip
        status = record.process.wait(100)
    assert status in (0, 3), "".join(record.output)
    assert "groundup.events" in "".join(record.output)
    return folder


def same(one: Path, other: Path) -> None:
    """Signals, events and metrics of two recordings, to the bit."""
    with groundup.open(one) as a, groundup.open(other) as b:
        assert list(a.processed) == list(b.processed)
        assert len(a.processed) >= 3
        for name in a.processed:
            assert a.processed[name].time.tobytes() == b.processed[name].time.tobytes(), name
            assert a.processed[name].samples.tobytes() == b.processed[name].samples.tobytes(), name
        assert len(a.events) > 10
        assert a.events.equals(b.events)
        for name in METRICS:
            assert len(a.metrics[name]) > 5
            assert a.metrics[name].equals(b.metrics[name]), name


def test_live_from_a_journal_is_analyze_causal_to_the_bit_at_any_speed(walk: Path, here: Rig) -> None:
    here.cwd = walk
    assert here.run("analyze", "walk.h5", "--causal").wait() == 0
    for name, options in (("j.h5", ()), ("fast.h5", ("--speed", "8"))):
        ran = here.run("live", "lab.toml", "--from", "walk.journal.xdf", "-o", name, *options)
        assert ran.wait() == 0, "".join(ran.output)
        same(walk / name, walk / "walk.h5")
    ran = here.run("live", "--from", "walk.h5", "-o", "h.h5")
    assert ran.wait() == 0, "".join(ran.output)
    same(walk / "h.h5", walk / "walk.h5")
    verified = here.run("verify", "walk.h5", "--recompute")
    assert verified.wait() == 0, "".join(verified.output)


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


def test_events_said_over_lsl_are_those_of_the_recording(walk: Path, here: Rig) -> None:
    here.cwd = walk
    ran = here.run("analyze", "walk.h5", "--causal", "--json")
    assert ran.wait() == 0
    with Recording(walk / "walk.h5") as recording:
        stream = next(s for s in recording.streams.values() if s.spec.name == "groundup.events")
        told = [json.loads(bytes(row[0])) for row in stream.values()]
        found = recording.events
        far = []
        for event in told:
            alike = found[(found["kind"] == event["kind"]) & (found["side"] == event["side"])]
            far.append(np.abs(alike["time"].to_numpy() - event["time"]).min())
        assert len(told) > 10
        # Its probes are not the recorder's: the two differ as clocks are known, and by a packet lost on one way only.
        assert np.median(far) < 1e-3
        stamped = np.array([event["time"] for event in told])
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
        player = here.start("live", "lab.toml", "--from", "walk.journal.xdf", "--speed", "0.8")
        assert listener.stdout is not None
        lines = [listener.stdout.readline().split() for _ in range(3)]
        for _, label, value, *say in lines:
            assert label in ("stride_time_L", "stride_time_R")
            assert 0.9 < float(value) < 1.3
            assert say == ["good"]
        player.kill()
    finally:
        listener.kill()
        listener.wait()


@pytest.mark.parametrize(
    ("toml", "arguments", "sentence"),
    [
        (
            '[live]\nmetrics = ["glute_braking_shar"]',
            ("--from", "walk.journal.xdf"),
            'did you mean "glute_braking_share"',
        ),
        ('[live]\npublish = ["emg.envelope.causl"]', ("--from", "walk.journal.xdf"), "emg.envelope.causal"),
        ("", ("--from", "lab.toml"), "no importer knows this kind of file"),
        ("", ("--from", "nothing.xdf"), "nothing.xdf"),
        ("", ("--seconds", "0.5"), "no stream of"),
        ("", ("--speed", "2"), "--from"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    walk: Path, rig: Rig, toml: str, arguments: tuple[str, ...], sentence: str
) -> None:
    rig.cwd = walk
    (walk / "wrong.toml").write_text(toml)
    ran = rig.run("live", "wrong.toml", *arguments)
    assert ran.wait() != 0
    text = "".join(ran.output)
    assert sentence in text
    assert "Traceback" not in text
