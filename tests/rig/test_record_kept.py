"""No stream costs another, and no journal goes before all in it is sealed: real outlets, real files, real kills."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import groundup
from tests.rig.conftest import Process, Rig, recorded
from tests.rig.sender import Counter

_SENDER = Path(__file__).with_name("odd_sender.py")


@contextmanager
def odd(here: Rig, source: str, label: str = "x", size: int = 0, stamps: str = "sound") -> Iterator[None]:
    """A sender of odd things while the block runs."""
    command = [sys.executable, str(_SENDER), label, str(size), stamps, source]
    process = subprocess.Popen(command, env=here.environment)
    try:
        yield
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def counter() -> Iterator[Counter]:
    made = Counter()
    made.start()
    yield made
    made.stop()


def record(here: Rig, *predicates: str, name: str = "x", lab: str | None = None) -> Process:
    wanted = [part for predicate in predicates for part in ("--stream", predicate)]
    process = here.start("record", *([lab] if lab else []), *wanted, "-o", f"{name}.h5", "--no-analyze")
    for _ in predicates:
        process.wait_for("joined")
    process.wait_until(lambda: has_samples(here, name, len(predicates)))
    return process


def has_samples(here: Rig, name: str, streams: int) -> bool:
    """Whether half a second of each stream is in the journal."""
    return sum(s.count >= 50 for s in recorded(here.cwd / f"{name}.journal.xdf").values()) >= streams


def stop(process: Process, signal_: signal.Signals = signal.SIGTERM) -> int:
    process.process.send_signal(signal_)
    return process.wait()


def ledger(recording: Path, severity: str = "fault") -> str:
    with groundup.open(recording) as opened:
        return "\n".join(row.message for row in opened.ledger_list() if row.severity == severity)


def assert_run(numbers: np.ndarray, at_least: int) -> None:
    """What is there is a run of numbers, in order and without holes."""
    assert len(numbers) >= at_least
    assert (np.diff(numbers) == 1).all()


@pytest.mark.survives(
    "recording",
    fault="A sender has a control character in a label, a header of 17 MiB, or stamps of NaN or 1e308.",
    happens=(
        "It is sealed with all its samples, and so are the others; exit status 3, but 0 where the stamps are sound."
    ),
    said="“its sync is unknown” while it records, “its stamps are kept as they were sent” in the ledger",
    lost="Nothing.",
)
@pytest.mark.parametrize(
    ("label", "size", "stamps"),
    [("L TA\\x1b", 0, "sound"), ("x", 17 << 20, "sound"), ("x", 0, "nan"), ("x", 0, "huge"), ("x", 0, "alternating")],
    ids=["control character", "17 MiB header", "nan", "huge", "alternating"],
)
def test_a_stream_of_odd_things_is_sealed_and_costs_no_other(
    here: Rig, counter: Counter, label: str, size: int, stamps: str
) -> None:
    with odd(here, counter.name + "-odd", label, size, stamps):
        process = record(here, counter.predicate, f"name='{counter.name}-odd'")
        status = stop(process)
    output = "".join(process.output)
    assert "the recorder failed" not in output
    assert status == (0 if stamps == "sound" else 3), output
    with groundup.open(here.cwd / "x.h5") as recording:
        streams = {stream.spec.name: stream for stream in recording.streams.values()}
        assert_run(np.asarray(streams[counter.name].samples)[:, 0], 50)
        assert streams[counter.name].certificate.bound_ms < 100.0
        strange = streams[counter.name + "-odd"]
        assert_run(np.asarray(strange.samples)[:, 0], 50)
        assert strange.spec.channels[0].label == label.replace("\\x1b", "\ufffd")
        assert np.isnan(strange.certificate.bound_ms) == (stamps != "sound")
        assert len(strange.header) > size
    if stamps != "sound":  # one fault: of the recorder where it saw it, else of what sealed it
        rows = ledger(here.cwd / "x.h5", "fault"), ledger(here.cwd / "x.h5", "warning")
        assert "its stamps are kept as they were sent" in "\n".join(rows)
        (fault,) = rows[0].splitlines()
        assert "its sync is unknown" in fault or "is not known" in fault
    assert here.run("verify", "x.h5").wait() == 0


@pytest.mark.survives(
    "recording",
    fault="Another program truncates, deletes or replaces the journal while it is written.",
    happens=(
        "A fault within seconds; exit status 3. Where it was deleted or replaced, everything is written again at the "
        "end. Where bytes were cut off, the rest is sealed and the journal kept."
    ),
    said=(
        "“… was cut short by another program: … bytes of what was recorded are gone”, “… was deleted, moved or "
        "replaced by another program while it was written; …”, “… samples of s01 were recorded, … are in the journal”"
    ),
    lost="What was cut off; nothing of a deleted or replaced one.",
)
@pytest.mark.parametrize("how", ["truncated", "deleted", "replaced", "cut"])
def test_a_journal_that_is_harmed_while_it_is_written_is_said_at_once_and_kept(
    here: Rig, counter: Counter, how: str
) -> None:
    process = record(here, counter.predicate)
    path = here.cwd / "x.journal.xdf"
    if how == "truncated":
        os.truncate(path, 0)
    elif how == "cut":
        os.truncate(path, path.stat().st_size - 500)
    elif how == "deleted":
        path.unlink()
    else:
        (here.cwd / "other").write_bytes(path.read_bytes())
        os.replace(here.cwd / "other", path)
    process.wait_for("by another program")
    assert stop(process) == 3
    output = "".join(process.output)
    assert "by another program" in ledger(here.cwd / "x.h5")
    with groundup.open(here.cwd / "x.h5") as recording:
        (stream,) = recording.streams.values()
        numbers = np.asarray(stream.samples)[:, 0]
    if how in ("deleted", "replaced"):  # nothing was lost: the recorder still had the file
        assert_run(numbers, 50)
    else:
        assert "the journal is kept" in output
        assert "samples of s01 were recorded" in ledger(here.cwd / "x.h5")
        assert path.exists()


@pytest.mark.survives(
    "recording",
    fault="The recorder is killed, and the first header of a stream in the journal is damaged.",
    happens="The stream is recovered with its name, its labels and its samples: headers are written again and again.",
    said="“a chunk of … is garbled: … bytes at byte … of … are left out”",
    lost="Nothing of the stream.",
)
def test_a_header_is_written_again_while_it_records(here: Rig, counter: Counter) -> None:
    process = record(here, counter.predicate)
    path, name = here.cwd / "x.journal.xdf", counter.name.encode()
    process.wait_until(lambda: path.read_bytes().count(b"<name>" + name) >= 2)
    process.kill()
    journal = bytearray(path.read_bytes())
    journal[journal.index(b"<name>" + name)] ^= 0xFF
    path.write_bytes(journal)
    assert here.run("recover", "x.journal.xdf").wait() == 3
    assert "is garbled" in ledger(here.cwd / "x.h5")
    with groundup.open(here.cwd / "x.h5") as recording:
        (stream,) = recording.streams.values()
        assert (stream.spec.name, stream.spec.channels) == (counter.name, counter.spec.channels)
        assert_run(np.asarray(stream.samples)[:, 0], 50)


@pytest.mark.survives(
    "recording",
    fault="The terminal or the connection closes (SIGHUP).",
    happens="The recorder stops as with Ctrl-C, and seals; exit status 0.",
    said="nothing: all is well",
    lost="Nothing.",
)
def test_a_terminal_that_closes_seals(here: Rig, counter: Counter) -> None:
    usual = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # of tests under nohup it is ignored, and children inherit it
    process = record(here, counter.predicate)
    assert stop(process, signal.SIGHUP) == 0
    signal.signal(signal.SIGHUP, usual)
    with groundup.open(here.cwd / "x.h5") as recording:
        (stream,) = recording.streams.values()
        assert_run(np.asarray(stream.samples)[:, 0], 50)
    assert not (here.cwd / "x.journal.xdf").exists()


@pytest.mark.survives(
    "recording",
    fault="Two recorders run with one lab.toml, or an unsealed journal lies beside.",
    happens="Both record; a warning on the screen and in the ledger.",
    said=(
        "“another groundup record runs with lab.toml: both record the same streams, and each starts the devices”, "
        "“killed.journal.xdf lies unsealed: its recorder was killed, or is about to seal it. To seal it: "
        "groundup recover killed.journal.xdf”"
    ),
    lost="Nothing.",
)
def test_journals_that_lie_unsealed_and_recorders_on_one_lab_toml_are_said(here: Rig, counter: Counter) -> None:
    (here.cwd / "lab.toml").write_text(f'[streams.k]\nmatch = "{counter.predicate}"\n')
    killed = record(here, counter.predicate, name="killed")
    killed.kill()
    first = here.start("record", "lab.toml", "-o", "x.h5", "--no-analyze")
    first.wait_for("killed.journal.xdf lies unsealed", "joined")
    second = here.start("record", "lab.toml", "-o", "y.h5", "--no-analyze")
    for process in (first, second):
        process.wait_for("another groundup record runs with lab.toml")
    for process, name in ((first, "x"), (second, "y")):
        assert stop(process) == 0, "".join(process.output)
        said = ledger(here.cwd / f"{name}.h5", "warning")
        assert "another groundup record runs with lab.toml" in said
    assert "killed.journal.xdf lies unsealed" in ledger(here.cwd / "x.h5", "warning")
    assert here.run("recover", ".", "--no-analyze").wait() == 0
    assert "was not ended" in ledger(here.cwd / "killed.h5", "warning")
    assert sorted(p.name for p in here.cwd.glob("*.journal.xdf")) == []


@pytest.mark.survives(
    "recording",
    fault="Somebody seals a journal while it is being recorded.",
    happens="It is refused with exit status 1; recording goes on.",
    said=(
        "“x.journal.xdf is in use: a recorder is writing it, or it is just being sealed. Stop the recorder, or wait”"
    ),
    lost="Nothing.",
)
def test_a_journal_that_is_being_written_is_not_sealed(here: Rig, counter: Counter) -> None:
    process = record(here, counter.predicate)
    sealing = here.run("seal", "x.journal.xdf", "-o", "y.h5")
    assert sealing.wait() == 1
    assert "is in use" in "".join(sealing.output)
    assert stop(process) == 0


@pytest.mark.survives(
    "recording",
    fault="Sealing fails for another reason than the disk.",
    happens="The journal is kept; exit status 5; `groundup recover` seals it later.",
    said="“… could not be sealed: …”, without a word of disk space",
    lost="Nothing.",
)
def test_a_sealing_that_fails_for_another_reason_than_the_disk_is_told_as_what_it_is(
    here: Rig, counter: Counter
) -> None:
    process = record(here, counter.predicate)
    (here.cwd / "x.h5").mkdir()
    assert stop(process) == 5
    output = "".join(process.output)
    assert "could not be sealed" in output
    assert "Free some space" not in output
    (here.cwd / "x.h5").rmdir()
    assert here.run("recover", "x.journal.xdf", "--no-analyze").wait() == 0


@pytest.mark.survives(
    "recording",
    fault="More streams than the system gives file descriptors for (`ulimit -n`).",
    happens="Those that open are recorded, the others are tried again; exit status 3.",
    said="“… was found and could not be opened: there are not enough file descriptors for it: record fewer streams, …”",
    lost="The streams that are named.",
)
def test_with_too_few_file_descriptors_what_opens_is_recorded_and_the_rest_is_named(here: Rig) -> None:
    resource = pytest.importorskip("resource", reason="this system has no such limit")
    if not hasattr(resource, "prlimit"):
        pytest.skip("this system limits no other process")
    counters = [Counter(100.0) for _ in range(8)]
    for each in counters:
        each.start()
    wanted = " or ".join(f"name='{each.name}'" for each in counters)
    process = here.start("record", "--stream", wanted, "-o", "x.h5", "--no-analyze")
    resource.prlimit(process.process.pid, resource.RLIMIT_NOFILE, (70, 70))
    process.wait_for("joined", "not enough file descriptors for it")
    process.wait_until(lambda: has_samples(here, "x", 1))
    assert stop(process) == 3, "".join(process.output)
    for each in counters:
        each.stop()
    said = ledger(here.cwd / "x.h5")
    with groundup.open(here.cwd / "x.h5") as recording:
        recorded_names = {stream.spec.name for stream in recording.streams.values()}
        assert recorded_names
        for stream in recording.streams.values():
            assert_run(np.asarray(stream.samples)[:, 0], 1)
    assert all(each.name in recorded_names or each.name in said for each in counters), said


@pytest.mark.survives(
    "recording",
    fault="The folder of the recording is deleted while it is written.",
    happens="The journal is written again, in its folder or in the person's own; exit status 5.",
    said="“x.journal.xdf was deleted, moved or replaced by another program while it was written; …”",
    lost="Nothing.",
)
def test_a_folder_that_is_deleted_in_mid_recording_loses_nothing(here: Rig, counter: Counter, tmp_path: Path) -> None:
    here.cwd = tmp_path / "gone"
    here.cwd.mkdir()
    process = record(here, counter.predicate)
    shutil.rmtree(here.cwd)
    process.wait_for("by another program")
    status = stop(process)
    output = "".join(process.output)
    assert status == 5, output  # where it was started is no more, so nothing can be found by a name that begins there
    assert "[Errno" not in output
    here.cwd.mkdir(exist_ok=True)
    # Everything is there; that its journal was deleted is a fault of the recording all the same.
    assert here.run("recover", "x.journal.xdf", "--no-analyze").wait() == 3, output
    with groundup.open(here.cwd / "x.h5") as recording:
        (stream,) = recording.streams.values()
        assert_run(np.asarray(stream.samples)[:, 0], 50)
