"""The largest rate recorded without losing a sample, as far as this machine can send: 16 streams of 64 channels.

The rate is raised until a sample is lost or the sender itself falls behind; everything has to be in the file a second
after the last sample was sent. A figure that the sender set is a lower bound, and is marked so.
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
from groundup.journal import JournalDamaged, read_journal
from groundup.lsl import private_session

_STREAMS, _CHANNELS = 16, 64
_RATES = (2000, 4000, 8000, 11_000, 16_000, 22_000, 32_000, 45_000, 64_000)
_SECONDS = 4.0
_BEHIND_S = 0.5
_SENDERS = 2  # processes the streams are shared out to


def run() -> list[Row]:
    (ours, ours_limit), (theirs, theirs_limit) = _largest("groundup"), _largest("labrecorder")
    limits = f"ours ended by {ours_limit}, theirs by {theirs_limit}"
    case = f"largest rate without loss, {_STREAMS} x {_CHANNELS} channels ({limits})"
    return [Row(case, ours, "MB/s", peer(), theirs, "no less")]


def _largest(recorder: str) -> tuple[float, str]:
    """MB/s, and what kept it from being more."""
    best = 0.0
    for rate in _RATES:
        lost, behind = _try(recorder, rate)
        if behind > _BEHIND_S:
            return best, f"the sender at {_megabytes(rate):.0f} MB/s"
        if lost:
            return best, f"loss at {_megabytes(rate):.0f} MB/s"
        best = _megabytes(rate)
    return best, "the end of the search"


def _megabytes(rate: float) -> float:
    return _STREAMS * _CHANNELS * rate * 4 / 1e6


def _try(recorder: str, rate: float) -> tuple[int, float]:
    """Samples lost, and by how much the sender was late at worst."""
    prefix = f"sustained-{uuid.uuid4()}-"
    predicate = f"starts-with(name,'{prefix}')"
    loads = [Load(f"s{i}", rate, _CHANNELS) for i in range(_STREAMS)]
    with tempfile.TemporaryDirectory() as folder, private_session(prefix) as environment:
        environment["GROUNDUP_PACKET_S"] = "0.02"
        senders = [Sender(environment, prefix, loads[i::_SENDERS], _SECONDS) for i in range(_SENDERS)]
        record = _record_ours if recorder == "groundup" else _record_theirs
        file, counts = record(Path(folder), predicate, environment, senders)
        try:
            kept = sum(stream.count for stream in read_journal(file).source.streams)
        except (OSError, JournalDamaged):
            kept = 0
    return sum(sent for sent, _ in counts) - kept, max(behind for _, behind in counts)


def _record_ours(
    folder: Path, predicate: str, environment: dict[str, str], senders: list[Sender]
) -> tuple[Path, list[tuple[int, float]]]:
    command = ["-m", "groundup", "record", "--stream", predicate, "--no-analyze", "-o", str(folder / "x.h5")]
    process = subprocess.Popen(
        [sys.executable, *command], env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    counts = [sender.wait() for sender in senders]
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    while (line := process.stderr.readline()) and "sealing" not in line:
        pass
    os.killpg(process.pid, signal.SIGKILL)  # the journal is complete; sealing it is another benchmark
    process.wait()
    return folder / "x.journal.xdf", counts


def _record_theirs(
    folder: Path, predicate: str, environment: dict[str, str], senders: list[Sender]
) -> tuple[Path, list[tuple[int, float]]]:
    process = subprocess.Popen(
        [str(LABRECORDER), str(folder / "x.xdf"), predicate], env=environment, stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    counts = [sender.wait() for sender in senders]
    process.communicate(b"\n")
    return folder / "x.xdf", counts
