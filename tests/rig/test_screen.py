"""The live screen on a real terminal: its keys begin and end a trial, and stop the recording."""

import os
import subprocess
import sys
import threading

import pytest

import groundup
from tests.rig.conftest import PATIENCE_S, Rig
from tests.rig.sender import Counter

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")


def test_a_trial_by_key_is_in_the_recording(here: Rig) -> None:
    counter = Counter(fmt="float32")
    counter.start()
    ours, its = pty.openpty()
    command = [sys.executable, "-m", "groundup", "record", "--stream", counter.predicate, "-o", "x.h5", "--no-analyze"]
    environment = {**here.environment, "COLUMNS": "120", "LINES": "40", "TERM": "xterm"}
    process = subprocess.Popen(command, stdin=its, stdout=its, stderr=its, env=environment, cwd=here.cwd)
    os.close(its)
    shown = Shown(ours)
    shown.wait_for("desk: groundup.control", f": {counter.name} (")
    os.write(ours, b"tfast\n4\n")
    shown.wait_for("trial: fast")
    os.write(ours, b"m\n")
    shown.wait_for("markers 1")
    os.write(ours, b"t")
    shown.wait_for("no trial")
    os.write(ours, b"qn\x1b[15~q")
    shown.wait_for("stop the recording? y/n")
    os.write(ours, b"y")
    assert process.wait(PATIENCE_S) == 0, shown.text
    counter.stop()
    with groundup.open(here.cwd / "x.h5") as recording:
        (trial,) = recording.marked_trials()
        assert (trial.name, trial.condition) == ("fast", "walk")
        assert [event.kind for event in recording.markers()] == ["marker"]


class Shown:
    """What has been written to a terminal."""

    def __init__(self, terminal: int) -> None:
        self.text = ""
        self._from = 0
        self._news = threading.Condition()
        self._terminal = terminal
        threading.Thread(target=self._read, daemon=True).start()

    def wait_for(self, *every: str) -> None:
        """Wait until all of it stands there, in any order, after what was waited for before."""
        with self._news:
            assert self._news.wait_for(lambda: all(words in self.text[self._from :] for words in every), PATIENCE_S), (
                self.text
            )
            self._from = max(self.text.index(words, self._from) + len(words) for words in every)

    def _read(self) -> None:
        while True:
            try:
                part = os.read(self._terminal, 4096)
            except OSError:
                return
            with self._news:
                self.text += part.decode("utf-8", "replace")
                self._news.notify_all()
