"""The commands of the tutorial and of the README do what they say, in their order, one after the other."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.rig.conftest import PATIENCE_S, Process, Rig

pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
pytest.importorskip("uvicorn", reason="the extra `web` is not installed")

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("docs/tutorial/first-ten-minutes.md", "README.md")

# What is written, and what is run in its place: shorter, or on the files that the pages before have made.
INSTEAD = {
    "groundup demo -o first": "groundup demo --seconds 6 -o first",
    "groundup record lab.toml": "groundup record lab.toml --seconds 1",
    "groundup view": "groundup view --port 0",
    "groundup lab": "groundup lab --no-open --port 0",
    "groundup live lab.toml --from x.journal.xdf": "groundup live first.toml --from walk.xdf",
    "groundup import walk.c3d -o walk.h5 --lab lab.toml": "groundup import walk.xdf -o walk.h5 --lab first.toml",
    "groundup replay walk.c3d": "groundup replay walk.xdf",
}
KILLED = {"groundup record first/*.toml -o broken.h5", "groundup record --stream type='EMG' -o x.h5"}
"""Recorders that the page tells the reader to kill in mid-walk."""
UNTIL_STOPPED = {
    "groundup lab": "the lab is at",
    "groundup view": "the dashboard is at",
    "groundup live lab.toml": "live: ",
}
"""What runs until it is stopped, and what it says when it does its work."""
WAITS = {"groundup replay walk.c3d"}
"""What waits for somebody who listens: test_replay.py is about that."""
STATUS = {"groundup check lab.toml": {0, 3}}  # the virtual lab has a walker in it, where nobody should move
NOT_GROUNDUP = ("make ", "py ", ".venv")  # installing: .ci/run does it


@pytest.mark.timeout(3600)  # some thirty commands, one after the other
def test_every_command_of_the_tutorial_and_then_of_the_readme(rig: Rig) -> None:
    ran = 0
    for page in PAGES:
        for block in blocks((ROOT / page).read_text(encoding="utf-8")):
            if block.startswith("groundup "):
                for line in block.splitlines():
                    prepare(rig, line)
                    run(rig, line)
                    ran += 1
            elif block.startswith("import groundup") or "\nimport groundup\n" in block:
                python(rig, block)
                ran += 1
            else:
                assert block.startswith(NOT_GROUNDUP) or not re.search(r"^groundup ", block, re.MULTILINE), block
    assert ran >= 25


def blocks(page: str) -> list[str]:
    """Code of a page in its order: indented commands, and fenced Python."""
    found = re.findall(r"^```\w*\n((?:(?!```).*\n)*)```|^((?:    \S.*\n)+)", page, re.MULTILINE)
    return [fenced or re.sub(r"^    ", "", indented, flags=re.MULTILINE) for fenced, indented in found]


def run(rig: Rig, line: str) -> None:
    words = shlex.split(line, comments=True)
    written = " ".join(words)
    words = shlex.split(INSTEAD[written]) if written in INSTEAD else words
    arguments = [str(path) for word in words[1:] for path in expanded(rig.cwd, word)]
    process = rig.start(*arguments)
    if written in KILLED:
        kill_in_mid_walk(process, rig.cwd / arguments[-1].replace(".h5", ".journal.xdf"))
        return
    if written in UNTIL_STOPPED:
        process.wait_for(UNTIL_STOPPED[written])
        process.close_input()
    if written in WAITS:
        process.close_input()
    assert process.wait() in STATUS.get(written, {0}), f"{line}\n{''.join(process.output)}"


def expanded(folder: Path, word: str) -> list[str]:
    """What a shell makes of a pattern."""
    found = sorted(os.path.relpath(path, folder) for path in folder.glob(word)) if "*" in word else []
    return found or [word]


def kill_in_mid_walk(process: Process, journal: Path) -> None:
    process.wait_for("joined")
    grown, pause, tries = 100_000, threading.Event(), int(PATIENCE_S / 0.05)
    assert any(journal.stat().st_size > grown or pause.wait(0.05) for _ in range(tries)), "it records nothing"
    process.kill()


def prepare(rig: Rig, line: str) -> None:
    """What the reader of the README has, and a test has not: a device that runs, and recordings of a walk."""
    (recording, *_), (lab, *_) = [*rig.cwd.glob("first/*.h5"), None], [*rig.cwd.glob("first/*.toml"), None]
    if line.startswith("groundup init"):
        assert lab is not None
        shutil.copy(lab, rig.cwd / "first.toml")
        rig.start("drive", "emg", "--lab", lab)
        assert any("VirtualEMG" in "".join(rig.run("streams").output) for _ in range(100)), "the device does not start"
    elif line.startswith("groundup report x.h5"):
        assert recording is not None
        for name in ("x.h5", "before.h5", "after.h5", "walk.h5"):
            shutil.copy(recording, rig.cwd / name)
        assert rig.run("export", "walk.h5", "--to", "xdf").wait() == 0
        (rig.cwd / "walk.h5").unlink()


def python(rig: Rig, code: str) -> None:
    ran = subprocess.run([sys.executable, "-c", code], cwd=rig.cwd, env=rig.environment, capture_output=True, text=True)
    assert ran.returncode == 0, f"{code}\n{ran.stderr}"
