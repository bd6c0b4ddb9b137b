"""Real processes over real LSL, each test in a session of its own."""

import os
import queue
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from groundup.journal import JournalDamagedError, read_journal
from groundup.lsl import private_session
from groundup.model.source import SourceStream

PATIENCE_S = 240.0  # only what fails takes it: on a busy machine a demo of 12 s needs more than a minute


class Process:
    """A groundup command, with its output line by line."""

    def __init__(self, arguments: Sequence[str], environment: dict[str, str], cwd: Path) -> None:
        command = [sys.executable, "-m", "groundup", *arguments]
        self.process = subprocess.Popen(
            command, env=environment, cwd=cwd, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.output: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line)
            self._lines.put(line)
        self._lines.put(None)

    def wait_for(self, *texts: str) -> None:
        """Wait until each of these has been printed, in any order."""
        missing = {text for text in texts if not any(text in line for line in self.output)}
        deadline = time.monotonic() + PATIENCE_S
        while missing:
            try:
                line = self._lines.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"it has not said {missing}:\n{''.join(self.output)}") from None
            assert line is not None, f"it ended before it said {missing}:\n{''.join(self.output)}"
            missing = {text for text in missing if text not in line}

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds, for as long as it runs."""
        deadline, pause = time.monotonic() + PATIENCE_S, threading.Event()
        while not holds():
            assert self.process.poll() is None, f"it ended before:\n{''.join(self.output)}"
            assert time.monotonic() < deadline, f"that did not happen:\n{''.join(self.output)}"
            pause.wait(0.05)

    def close_input(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def wait(self) -> int:
        """Wait until it has ended, and all that it printed is in `output`; its exit status."""
        status = self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        return status

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def recorded(journal: Path) -> dict[str, SourceStream]:
    """The streams that a journal holds by now, while it is written."""
    try:
        return {stream.id: stream for stream in read_journal(journal).source.streams}
    except (FileNotFoundError, JournalDamagedError):  # nothing is there yet
        return {}


class Rig:
    """Starts groundup commands in one private LSL session."""

    def __init__(self, environment: dict[str, str], cwd: Path) -> None:
        self.environment = environment
        self.cwd = cwd
        self.started: list[Process] = []

    def start(self, *arguments: str | Path) -> Process:
        process = Process([str(a) for a in arguments], self.environment, self.cwd)
        self.started.append(process)
        return process

    def run(self, *arguments: str | Path) -> Process:
        process = self.start(*arguments)
        process.wait()
        return process


@pytest.fixture
def rig(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """Commands in an LSL session of their own, that find no devices of other tests."""
    with private_session(f"groundup-rig-{uuid.uuid4()}") as environment:
        made = Rig({**environment, "XDG_RUNTIME_DIR": str(tmp_path_factory.mktemp("run"))}, tmp_path)
        yield made
        for process in made.started:
            if process.process.poll() is None:
                process.kill()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Rig]:
    """Commands in the LSL session of the tests themselves, for outlets that a test makes."""
    made = Rig(dict(os.environ), tmp_path)
    yield made
    for process in made.started:
        if process.process.poll() is None:
            process.kill()
