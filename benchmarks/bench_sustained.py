"""The largest rate recorded without losing a sample, as far as this machine can send: 16 streams at 2 kHz.

They get more and more channels until, three times over, a sample is lost, the file lags behind, or the sender does. A
second after the last sample was sent, nearly all has to be in the file. A figure that the sender set is a lower bound,
and is marked so.
"""

import os
import signal
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

from benchmarks.load import Load, Sender
from benchmarks.recorders import LABRECORDER, peer
from benchmarks.rows import Row
from groundup.journal import JournalDamagedError, read_journal
from groundup.lsl import private_session

_STREAMS, _RATE = 16, 2000.0
_CHANNELS = (64, 128, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096)
# More samples a second instead would fill the memory: LabRecorderCLI queues 360 s of each stream, and liblsl takes the
# place of that at once.
_SECONDS = 4.0
_BEHIND_S = 0.5
_TRIES = 3
_IN_FILE = 0.95  # of the values' bytes, a second after the last was sent
_SENDERS = 2  # processes the streams are shared out to


def run() -> list[Row]:
    (ours, ours_limit), (theirs, theirs_limit) = _largest("groundup"), _largest("labrecorder")
    limits = f"ours ended by {ours_limit}, theirs by {theirs_limit}"
    case = f"largest rate without loss, {_STREAMS} streams at {_RATE:g} Hz ({limits})"
    return [Row(case, ours, "MB/s", peer(), theirs, "no less")]


def _largest(recorder: str) -> tuple[float, str]:
    """MB/s, and what kept it from being more."""
    best = 0.0
    for channels in _CHANNELS:
        for _ in range(_TRIES):
            trouble = _try(recorder, channels)
            if not trouble:
                break
        if trouble:
            return best, f"{trouble} at {_megabytes(channels):.0f} MB/s"
        best = _megabytes(channels)
    return best, "the end of the search"


def _megabytes(channels: int) -> float:
    return _STREAMS * channels * _RATE * 4 / 1e6


_SENDER, _LOSS, _LAG = "a sender that fell behind", "loss", "a file that lagged"


def _try(recorder: str, channels: int) -> str:
    """What went wrong; empty if nothing did."""
    prefix = f"sustained-{uuid.uuid4()}-"
    predicate = f"starts-with(name,'{prefix}')"
    loads = [Load(f"s{i}", _RATE, channels) for i in range(_STREAMS)]
    with tempfile.TemporaryDirectory() as folder, private_session(prefix) as environment:
        environment["GROUNDUP_PACKET_S"] = "0.02"
        senders = [Sender(environment, prefix, loads[i::_SENDERS], _SECONDS) for i in range(_SENDERS)]
        record = _record_ours if recorder == "groundup" else _record_theirs
        file, counts, size = record(Path(folder), predicate, environment, senders)
        try:
            kept = sum(stream.count for stream in read_journal(file).source.streams)
        except (OSError, JournalDamagedError):
            kept = 0
    sent = sum(number for number, _ in counts)
    if max(behind for _, behind in counts) > _BEHIND_S:
        return _SENDER
    if kept != sent:
        return _LOSS
    return _LAG if size < _IN_FILE * sent * channels * 4 else ""


def _record_ours(
    folder: Path, predicate: str, environment: dict[str, str], senders: list[Sender]
) -> tuple[Path, list[tuple[int, float]], int]:
    command = ["-m", "groundup", "record", "--stream", predicate, "--no-analyze", "-o", str(folder / "x.h5")]
    process = subprocess.Popen(
        [sys.executable, *command], env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    file = folder / "x.journal.xdf"
    counts = [sender.wait() for sender in senders]
    size = file.stat().st_size
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    while (line := process.stderr.readline()) and "sealing" not in line:
        pass
    os.killpg(process.pid, signal.SIGKILL)  # the journal is complete; sealing it is another benchmark
    process.wait()
    return file, counts, size


def _record_theirs(
    folder: Path, predicate: str, environment: dict[str, str], senders: list[Sender]
) -> tuple[Path, list[tuple[int, float]], int]:
    process = subprocess.Popen(
        [str(LABRECORDER), str(folder / "x.xdf"), predicate], env=environment, stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    file = folder / "x.xdf"
    counts = [sender.wait() for sender in senders]
    size = file.stat().st_size
    process.communicate(b"\n")
    return file, counts, size
