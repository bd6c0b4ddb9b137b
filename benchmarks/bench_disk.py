"""A disk that fills or fails while it is recorded to: seconds until it is said, on screen, and by the exit status."""

import errno
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

from benchmarks.load import Load, Sender
from benchmarks.recorders import LABRECORDER, peer
from benchmarks.rows import Row
from groundup.lsl import private_session

_FAULTY = Path(__file__).parents[1] / "tests" / "rig" / "faulty.c"
_LOADS = [Load("emg", 2000, 64)]
_AFTER = 2_000_000  # bytes that the disk still takes
_PATIENCE_S = 15.0
_WORDS = {errno.ENOSPC: "a disk that is full", errno.EIO: "a disk that fails"}


def run() -> list[Row]:
    if sys.platform != "linux" or shutil.which("gcc") is None:
        print("no faulty disk: it is made with LD_PRELOAD and gcc, on Linux", file=sys.stderr)
        return []
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        library = folder / "faulty.so"
        subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(library), str(_FAULTY), "-ldl"], check=True)
        for number, words in _WORDS.items():
            (ours, ours_exit), (theirs, theirs_exit) = (
                _said(folder, library, number, recorder) for recorder in ("groundup", "labrecorder")
            )
            rows.append(Row(f"{words}: said after", ours, "s", peer(), theirs, "within 1 s"))
            rows.append(Row(f"{words}: exit status", ours_exit, "", peer(), theirs_exit, "not 0"))
    return rows


def _said(folder: Path, library: Path, number: int, recorder: str) -> tuple[float, int]:
    """Seconds from the failure to a sentence on the screen (infinite if there is none), and the exit status."""
    prefix = f"disk-{uuid.uuid4()}-"
    predicate = f"starts-with(name,'{prefix}')"
    failed = folder / f"{prefix}failed"
    # The journal's name is what the faulty disk goes by, whoever writes it.
    journal = folder / f"{prefix}x.journal.xdf"
    command = [sys.executable, "-m", "groundup", "record", "--stream", predicate, "--no-analyze", "-o",
               str(folder / f"{prefix}x.h5")]  # fmt: skip
    if recorder != "groundup":
        command = [str(LABRECORDER), str(journal), predicate]
    with private_session(prefix) as environment:
        faulty = {
            "LD_PRELOAD": str(library), "FAULTY_CALL": "write", "FAULTY_AFTER": str(_AFTER),
            "FAULTY_ERRNO": str(number), "FAULTY_MARK": str(failed),
        }  # fmt: skip
        sender = Sender(environment, prefix, _LOADS, _PATIENCE_S + 10.0)
        process = subprocess.Popen(
            command, env=environment | faulty, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        times = _listen(process)
        _wait_for(failed)
        when = os.stat(failed).st_mtime
        pause = threading.Event()
        until = time.time() + _PATIENCE_S
        while time.time() < until and not any(t >= when for t in times) and process.poll() is None:
            pause.wait(0.05)
        said = [t - when for t in times if t >= when]
        if process.poll() is None:
            process.communicate(b"\n")
        sender.stop()
    return (min(said) if said else float("inf")), process.returncode


def _listen(process: "subprocess.Popen[bytes]") -> list[float]:
    """When each line came that tells of an error."""
    times: list[float] = []
    assert process.stdout is not None
    stream = process.stdout

    def read() -> None:
        for line in stream:
            text = line.decode("utf-8", "replace").lower()
            if any(word in text for word in ("cannot write", "error", "fail", "no space")):
                times.append(time.time())

    threading.Thread(target=read, daemon=True).start()
    return times


def _wait_for(path: Path) -> None:
    pause = threading.Event()
    until = time.time() + 60.0
    while not path.exists():
        if time.time() > until:
            raise OSError("the faulty disk was never reached")
        pause.wait(0.01)
