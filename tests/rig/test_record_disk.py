"""A disk that fills or fails is said at once; everything before is kept and can be recovered."""

import errno
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import groundup
from tests.rig.conftest import Process, Rig
from tests.rig.sender import Counter


@pytest.fixture
def counter() -> Iterator[Counter]:
    made = Counter(rate=10000.0)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a megabyte."""
    place = tmp_path / "small"
    place.mkdir()
    if shutil.which("mount") is None or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], check=False)
    if mounted.returncode != 0:
        pytest.skip("this system does not let root mount a file system")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that makes a disk fail."""
    library = tmp_path_factory.mktemp("faulty") / "faulty.so"
    source = Path(__file__).with_name("faulty.c")
    built = subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=False)
    if built.returncode != 0:
        pytest.skip("there is no compiler for this system")
    return library


def assert_whole(recording: Path, at_least: int) -> None:
    """What is there is a run of the counter, in order and without holes."""
    with groundup.open(recording) as opened:
        (stream,) = opened.streams.values()
        numbers = np.asarray(stream.samples)[:, 0]
    assert len(numbers) >= at_least
    assert (np.diff(numbers) == 1).all()


def recover(here: Rig, journal: Path, recording: Path) -> None:
    done = here.run("recover", journal, "-o", recording, "--no-analyze", "--json")
    assert done.wait() == 0, "".join(done.output)
    assert json.loads("".join(done.output))["complete"] is False
    assert here.run("verify", recording).wait() == 0


@pytest.mark.survives(
    "recording",
    fault="The disk is full while recording.",
    happens="The recorder stops with exit status 4. The journal is kept, and recovered to another disk.",
    said="“cannot write x.journal.xdf any more: No space left on device; the … MB before are kept”",
    lost="What came after the disk was full.",
)
def test_a_disk_that_is_full_is_said_and_all_before_is_recovered(here: Rig, counter: Counter, small_disk: Path) -> None:
    process = here.start("record", "--stream", counter.predicate, "-o", small_disk / "x.h5", "--no-analyze")
    process.wait_for("cannot write")
    assert process.wait() == 4
    assert "No space left on device" in "".join(process.output)
    journal = small_disk / "x.journal.xdf"
    assert [p.name for p in small_disk.iterdir()] == [journal.name]
    # A full disk cannot hold the recording beside the journal: the journal is then left as it is.
    size = journal.stat().st_size
    assert here.run("recover", journal, "--no-analyze").wait() != 0
    assert [p.name for p in small_disk.iterdir()] == [journal.name]
    assert journal.stat().st_size == size
    recover(here, journal, here.cwd / "x.h5")
    assert_whole(here.cwd / "x.h5", 20_000)


@pytest.mark.survives(
    "recording",
    fault="The disk is full while sealing.",
    happens="The journal is kept; exit status 4. `groundup seal … -o` on another disk makes the recording.",
    said=(
        "“x.h5 could not be sealed: …”, “The journal is kept. Free some space (or fix the disk), then: groundup "
        "recover x.journal.xdf”"
    ),
    lost="Nothing.",
)
def test_a_disk_that_fills_while_sealing_keeps_the_journal(here: Rig, small_disk: Path) -> None:
    counter = Counter(rate=10000.0, limit=26_000)  # the journal fits; the recording beside it does not
    process = here.start("record", "--stream", counter.predicate, "-o", small_disk / "x.h5", "--no-analyze")
    process.wait_for("joined")
    counter.start()
    journal = small_disk / "x.journal.xdf"
    while journal.stat().st_size < 600_000:
        counter._stop.wait(0.05)
    process.close_input()
    assert process.wait() == 4
    assert "could not be sealed" in "".join(process.output)
    assert [p.name for p in small_disk.iterdir()] == [journal.name]
    done = here.run("seal", journal, "-o", here.cwd / "x.h5", "--json")
    assert done.wait() == 0
    assert json.loads("".join(done.output))["complete"] is True
    assert_whole(here.cwd / "x.h5", 20_000)


@pytest.mark.survives(
    "recording",
    fault="The disk fails: writing or syncing gives an error.",
    happens="The recorder stops with exit status 4. What was written is recovered.",
    said="“cannot write x.journal.xdf any more: Input/output error; …”",
    lost="What came after the failure.",
)
@pytest.mark.parametrize("call", ["write", "sync"])
def test_a_disk_that_fails_is_said_and_all_before_is_recovered(
    here: Rig, counter: Counter, faulty: Path, call: str
) -> None:
    here.environment |= {
        "LD_PRELOAD": str(faulty), "FAULTY_CALL": call, "FAULTY_AFTER": "100000", "FAULTY_ERRNO": str(errno.EIO),
    }  # fmt: skip
    process: Process = here.start("record", "--stream", counter.predicate, "-o", "x.h5", "--no-analyze")
    process.wait_for("cannot write")
    assert process.wait() == 4
    text = "".join(process.output)
    assert "Input/output error" in text
    assert "groundup recover" in text
    del here.environment["LD_PRELOAD"]
    assert not (here.cwd / "x.h5").exists()
    recover(here, here.cwd / "x.journal.xdf", here.cwd / "x.h5")
    assert_whole(here.cwd / "x.h5", 2_000)


@pytest.mark.survives(
    "recording",
    fault="The disk is full before recording begins.",
    happens="The recorder ends with exit status 1 and leaves no file.",
    said="“No space left on device”",
    lost="Nothing.",
)
def test_a_disk_with_no_room_at_all_leaves_nothing_behind(here: Rig, small_disk: Path) -> None:
    with open(small_disk / "filler", "wb", buffering=0) as filler:
        while True:
            try:
                filler.write(bytes(4096))
            except OSError:
                break
    process = here.run("record", "-o", small_disk / "x.h5", "--seconds", "1")
    assert process.wait() == 1
    assert "No space left on device" in "".join(process.output)
    assert [p.name for p in small_disk.iterdir()] == ["filler"]
