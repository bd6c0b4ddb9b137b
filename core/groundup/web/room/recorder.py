"""The recorder of a control room: a process that outlives it, asked over its control port."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from groundup.system.processes import python_command, python_environment
from groundup.web.room.memory import Memory

LOOK_S = 0.5
_START_S = 60.0  # plugins load, lab.toml is held against them, devices are started
_ANSWER_S = 30.0  # a start waits until all that is there is being recorded
_AGAIN_S = 3.0
_MOST_STARTS = 4  # that end at once, before a person has to look
_PORT = re.compile(r"waiting for commands on \S+ port (\d+)")
_SAID = 4000  # characters of its last words


class RecorderError(RuntimeError):
    """What the recorder could not do: a sentence for the person at the page."""


class RecorderLink:
    """Starts the recorder of a folder, or finds the one that runs, and asks it.

    Parameters
    ----------
    folder : Path
        Where recordings go.
    lab : Path
        The lab.toml; it may not be there yet: then nothing is started.
    memory : Memory

    Attributes
    ----------
    status : dict
        What it said last; empty while there is none.
    why : str
        Why there is none, or empty.
    """

    def __init__(self, folder: Path, lab: Path, memory: Memory) -> None:
        self._folder, self._lab, self._memory = folder, lab, memory
        self.status: dict[str, Any] = {}
        self.why = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._wanted = threading.Event()
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._starts = 0
        self._crashed = ""
        self._thread = threading.Thread(target=self._run, name="groundup-recorder-link", daemon=True)
        self._thread.start()

    @property
    def crashed(self) -> str:
        """What to tell of a recorder that ended while it recorded; until `forget`."""
        return self._crashed

    def want(self) -> None:
        """Have one run from now on."""
        self._starts = 0
        self._wanted.set()

    def forget(self) -> None:
        """Its end has been seen."""
        self._crashed = ""

    @property
    def recording(self) -> bool:
        """Whether it records."""
        return self.status.get("state") in ("recording", "stopping")

    def ask(self, line: str) -> str:
        """Send a command, and give its answer.

        Raises
        ------
        RecorderError
            If there is no recorder, or it could not do it.
        """
        if not self._port:
            raise RecorderError(self.why or "the recorder is not ready yet: wait until its devices are started")
        try:
            answer = _asked(self._port, line, _ANSWER_S)
        except (OSError, ValueError) as error:
            raise RecorderError(f"the recorder does not answer ({error}); what it has recorded is on disk") from error
        if answer.startswith("ERROR"):
            raise RecorderError(answer.removeprefix("ERROR").strip())
        return answer.removeprefix("OK").strip()

    def end(self) -> None:
        """End it, so that lab.toml is read anew and devices are let go.

        Raises
        ------
        RecorderError
            If it records.
        """
        with self._lock:
            self._look()
            if self.recording:
                raise RecorderError("a recording runs: stop it first")
            self._wanted.clear()
            pid = self.status.get("pid")
            self._port, self.status = 0, {}
            self._memory.put(recorder=None)
        if isinstance(pid, int):
            _end(pid, self._process)
        self._process = None

    def close(self) -> None:
        """Ask no more; one that records goes on, another ends."""
        self._ended.set()
        self._thread.join()
        if not self.recording:
            with contextlib.suppress(RecorderError):
                self.end()

    def _run(self) -> None:
        while not self._ended.is_set():
            with self._lock:
                try:
                    self._step()
                except Exception as error:  # the page says it; the next look may go better
                    self.why = f"the recorder cannot be asked: {error}"
            self._ended.wait(LOOK_S)

    def _step(self) -> None:
        if not self._port:
            known = self._memory.get("recorder") or {}
            self._port = known.get("port", 0) if isinstance(known, dict) else 0
        if self._port and self._look():
            return
        if self._wanted.is_set() and self._lab.exists():
            self._start()

    def _look(self) -> bool:
        """Hear how it does; False when there is none."""
        if not self._port:
            return False
        was = self.recording, self.status.get("file", "")
        try:
            status = json.loads(_asked(self._port, "status", 5.0))
            if status.get("root") != str(self._folder.absolute()):
                raise ValueError("another program listens there")
        except TimeoutError:
            self.why = "the recorder does not answer; if it still records, that goes on"
            return True
        except (OSError, ValueError, AttributeError):
            if was[0]:
                self._crashed = f"The recorder ended in the middle of {Path(str(was[1])).name}."
            self._port, self.status = 0, {}
            self._memory.put(recorder=None)
            return False
        self.status, self.why = status, ""
        return True

    def _start(self) -> None:
        if self._starts >= _MOST_STARTS:
            return
        self._starts += 1
        log = self._memory.log
        command = python_command(
            "groundup", "record", str(self._lab), "--remote", "--without-live", "--port", "0",
            "--root", str(self._folder),
        )  # fmt: skip
        apart: dict[str, Any] = (
            {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}  # type: ignore[attr-defined,unused-ignore]
            if sys.platform == "win32"
            else {"start_new_session": True}  # a Ctrl-C here ends no recording
        )
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, env=python_environment(), cwd=self._folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                **apart,
            )  # fmt: skip
        self._process = process
        self.why = "the recorder is being started"
        until = time.monotonic() + _START_S
        while time.monotonic() < until and not self._ended.wait(0.05):
            said = _last(log)
            if found := _PORT.search(said):
                self._port = int(found[1])
                self._memory.put(recorder={"port": self._port, "pid": process.pid})
                self._look()
                return
            if process.poll() is not None:
                lines = [line.strip() for line in said.splitlines() if line.strip()]
                self.why = f"The recorder cannot start: {lines[-1].removeprefix('Error: ') if lines else 'no reason'}"
                self._ended.wait(_AGAIN_S)
                return
        if not self._ended.is_set():
            self.why = f"the recorder did not come up within {_START_S:g} s"
        _end(process.pid, process)

    def said(self) -> list[str]:
        """Its last words, a line each."""
        return [line for line in _last(self._memory.log).splitlines() if line.strip()][-20:]


def _asked(port: int, line: str, timeout: float) -> str:
    """One command over a connection of its own, and the line that answers it."""
    with socket.create_connection(("127.0.0.1", port), timeout=2.0) as line_to:
        line_to.settimeout(timeout)
        line_to.sendall(f"{' '.join(line.split())}\n".encode())
        answer = b""
        while not answer.endswith(b"\n"):
            piece = line_to.recv(1 << 16)
            if not piece:
                raise ValueError("the line was cut")
            answer += piece
    return answer.decode("utf-8", "replace").strip()


def _last(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - _SAID))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def _end(pid: int, process: "subprocess.Popen[bytes] | None") -> None:
    """Ask a process to end in order, and wait for it: its devices must be free for whoever comes next."""
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGTERM)
    if sys.platform == "win32" and (process is None or process.pid != pid):
        time.sleep(1.0)  # whether it lives cannot be asked there without telling it something
        return
    until = time.monotonic() + 30.0
    while time.monotonic() < until:
        if process is not None and process.pid == pid:
            if process.poll() is not None:
                return
        else:
            try:
                os.kill(pid, 0)
            except OSError:
                return
        time.sleep(0.05)
