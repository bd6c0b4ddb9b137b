"""A file that was made to do harm, or was damaged into it, is a sentence: no crash, no other file, little memory."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import hostile_hdf5
import numpy as np
import pytest
from made import simple_clock, source, stream

from groundup.recording import RecordingError, Stream
from groundup.recording import open as open_recording
from groundup.recording import seal as sealing

pytestmark = pytest.mark.rig

Said = dict[str, dict[str, tuple[int, str, str]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing, "follow", simple_clock)
        sealing.seal(source([stream("a", np.arange(4.0)[:, None])], lab_toml=""), made / "sound.h5")
    hostile_hdf5.make(made, made / "sound.h5")
    return made


@pytest.fixture(scope="module")
def said(folder: Path) -> Said:
    """What each command did of each file, in a process with half a gigabyte to spare."""
    pytest.importorskip("resource", reason="this system does not limit memory")
    if not Path("/proc/self/statm").exists():
        pytest.skip("this system does not tell how much memory a process has")
    program = [sys.executable, hostile_hdf5.__file__, str(folder)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: Said = json.loads(done.stdout)
    return found


@pytest.mark.survives(
    "files",
    fault="An HDF5 file was made to do harm: shapes of 2^40, external links, loops of links, deep JSON.",
    happens=(
        "`verify`, `info` and `export` end with exit status 0, 1 or 3, within half a gigabyte, and open no other file."
    ),
    said="“… is not sound”, or one sentence with the file's name",
    lost="Nothing.",
)
@pytest.mark.parametrize("name", sorted(hostile_hdf5.CHANGES))
def test_it_is_a_sentence(name: str, said: Said) -> None:
    for command, (status, output, bug) in said[name].items():
        assert not bug, f"{command}: {bug}"
        # 3: it was written, and said to be of a file that is not sound.
        assert status in (0, 1) or (status == 3 and "is not sound" in output), output
        assert "SECRET" not in output
        assert "\x1b" not in output
        assert status == 0 or f"{name}.h5" in output
    sound = name in hostile_hdf5.HARMLESS
    assert said[name]["verify"][0] == (0 if sound else 1)
    assert sound or "is not sound" in said[name]["verify"][1]


@pytest.mark.parametrize("name", sorted(hostile_hdf5.CHANGES))
def test_it_is_refused_or_read_to_its_end(name: str, folder: Path) -> None:
    with contextlib.suppress(RecordingError), open_recording(folder / f"{name}.h5") as recording:
        assert recording.software
        assert recording.lab_toml is not None
        assert len(recording.ledger)
        for one in recording.streams.values():
            read(one)


def read(one: Stream) -> None:
    assert len(one.time) == len(one.timestamps) == len(one.uncertainty) == len(one) == len(one.values())
    assert one.spec.channels
    assert one.certificate is not None
