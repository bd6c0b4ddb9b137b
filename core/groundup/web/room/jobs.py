"""Long work of a control room: groundup commands in processes of their own, with progress, and a way to end them."""

import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from groundup.system.processes import python_command, python_environment

PROGRESS = "GROUNDUP_PROGRESS"
"""Set in a child's environment: it says on standard error, in lines ``progress 0.42``, how far it is."""

_SHARE = re.compile(r"progress (\d(?:\.\d+)?)")
_KEPT = 30
_MOST_AT_ONCE = 2
_MOST_BYTES = 1 << 24


class Job:
    """One command.

    Attributes
    ----------
    what : str
        In words, for the page.
    state : {"waits", "runs", "done", "failed", "cancelled"}
    share : float or None
        How much is done, 0 to 1, where it says so.
    said : str
        Its last word; of one that failed, why.
    page : str
        Of the folder, that it makes; empty for none.
    result : object
        The JSON of its standard output, where it is some.
    """

    def __init__(self, number: int, what: str, arguments: Sequence[str], about: str, accept: Sequence[int]) -> None:
        self.number, self.what, self.about = number, what, about
        self.arguments, self.accept = list(arguments), accept
        self.state = "waits"
        self.share: float | None = None
        self.said = ""
        self.page = ""
        self.result: Any = None
        self.began = time.monotonic()
        self.took = 0.0
        self.process: subprocess.Popen[bytes] | None = None
        self.done = threading.Event()

    def shown(self) -> dict[str, Any]:
        """For the browser."""
        seconds = self.took if self.done.is_set() else time.monotonic() - self.began
        left = seconds * (1 / self.share - 1) if self.share and self.share > 0.05 and not self.done.is_set() else None
        return {
            "number": self.number, "what": self.what, "about": self.about, "state": self.state, "share": self.share,
            "said": self.said, "page": self.page, "seconds": round(seconds, 1), "left_s": left,
        }  # fmt: skip


class Jobs:
    """Commands that run, wait, or ran lately.

    Parameters
    ----------
    folder : Path
        Where they run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._jobs: list[Job] = []
        self._next = 1
        self._room = threading.Semaphore(_MOST_AT_ONCE)
        self._lock = threading.Lock()

    def start(
        self, what: str, arguments: Sequence[str], about: str = "", accept: Sequence[int] = (0,),
        then: Callable[[Job], None] | None = None, page: str = "",
    ) -> Job:  # fmt: skip
        """Start a command, or have it wait for those before it.

        Parameters
        ----------
        what : str
        arguments : sequence of str
            Behind ``groundup``.
        about : str
            Name of the file it is about.
        accept : sequence of int
            Exit statuses that are no failure.
        then : callable, optional
            Told when it has ended well.
        page : str
            That it makes.
        """
        with self._lock:
            job = Job(self._next, what, arguments, about, accept)
            job.page = page
            self._next += 1
            self._jobs.append(job)
            ended = [one for one in self._jobs if one.done.is_set()]
            for old in ended[: max(0, len(self._jobs) - _KEPT)]:
                self._jobs.remove(old)
        threading.Thread(target=self._run, args=(job, then), name="groundup-job", daemon=True).start()
        return job

    def cancel(self, number: object) -> str:
        """End one."""
        job = next((one for one in self._jobs if one.number == number), None)
        if job is None or job.done.is_set():
            return "that has ended already"
        job.state = "cancelled"
        if job.process is not None:
            job.process.terminate()
        return f"{job.what}: cancelled"

    def shown(self) -> list[dict[str, Any]]:
        """All, the newest first, for the browser."""
        return [job.shown() for job in reversed(self._jobs)]

    def close(self) -> None:
        """End all."""
        for job in list(self._jobs):
            if not job.done.is_set():
                self.cancel(job.number)

    def _run(self, job: Job, then: Callable[[Job], None] | None) -> None:
        try:
            with self._room:
                if job.state != "cancelled":
                    self._do(job)
            if job.state == "done" and then is not None:
                then(job)
        except Exception as error:  # a disk, a plugin: the page says it
            job.state, job.said = "failed", str(error) or type(error).__name__
        finally:
            job.took = time.monotonic() - job.began
            job.done.set()

    def _do(self, job: Job) -> None:
        job.state, job.began = "runs", time.monotonic()
        job.process = process = subprocess.Popen(
            python_command("groundup", *job.arguments), env={**python_environment(), PROGRESS: "1"}, cwd=self._folder,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        hearing = threading.Thread(target=_hear, args=(job,), daemon=True)
        hearing.start()
        out = process.stdout.read(_MOST_BYTES)
        status = process.wait()
        hearing.join(5.0)
        if job.state == "cancelled":
            job.said = "cancelled"
            return
        try:
            job.result = json.loads(out)
        except ValueError:
            job.result = None
            first = out.decode("utf-8", "replace").partition("\n")[0]
            job.said = first.replace(f"{self._folder}{os.sep}", "")[:300] if status in job.accept else job.said
        job.state = "done" if status in job.accept else "failed"
        if job.state == "failed" and not job.said:
            job.said = f"it ended with status {status}"


def _hear(job: Job) -> None:
    """Take progress and last words from its standard error."""
    assert job.process is not None
    assert job.process.stderr is not None
    for raw in job.process.stderr:
        line = raw.decode("utf-8", "replace").strip()
        if found := _SHARE.fullmatch(line):
            job.share = float(found[1])
        elif line:
            job.said = line.removeprefix("Error: ")[:500]
