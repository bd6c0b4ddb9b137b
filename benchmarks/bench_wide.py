"""Loads that strain a recorder: samples lost of 64 streams of 64 channels, and of one of 2048, all at 2 kHz."""

import json
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

from benchmarks.load import Load, Sender
from benchmarks.recorders import LABRECORDER, peer
from benchmarks.rows import Row
from groundup.journal import read_journal
from groundup.lsl import private_session

_SECONDS = 10.0
_SENDERS = 2  # processes the streams are shared out to: one alone cannot send so much


def run() -> list[Row]:
    rows = []
    for name, loads in (
        ("64 x 64 channels x 2 kHz", [Load(f"s{i}", 2000, 64) for i in range(64)]),
        ("1 x 2048 channels x 2 kHz", [Load("one", 2000, 2048)]),
    ):
        (ours, sent), (theirs, _) = _lost(loads, "groundup"), _lost(loads, "labrecorder")
        rows.append(Row(f"lost of {sent} samples, {name}", ours, "samples", peer(), theirs, "none"))
    return rows


def _lost(loads: list[Load], recorder: str) -> tuple[int, int]:
    """Samples lost, and sent."""
    prefix = f"wide-{uuid.uuid4()}-"
    predicate = f"starts-with(name,'{prefix}')"
    with tempfile.TemporaryDirectory() as folder, private_session(prefix) as environment:
        environment["GROUNDUP_PACKET_S"] = "0.05"
        out = Path(folder) / "x.xdf"
        command = [sys.executable, "-m", "groundup", "record", "--stream", predicate, "--no-analyze", "-o"]
        command = (
            [*command, f"{out}.h5", "--json"] if recorder == "groundup" else [str(LABRECORDER), str(out), predicate]
        )
        shares = [loads[i::_SENDERS] for i in range(_SENDERS) if loads[i::_SENDERS]]
        senders = [Sender(environment, prefix, share, _SECONDS) for share in shares]
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        sent = 0
        for sender in senders:
            count, behind = sender.wait()
            assert behind < 2.0, f"the machine could not send this load: {behind:.1f} s behind"
            sent += count
        printed, _ = process.communicate("\n" if recorder == "labrecorder" else None)
        if recorder == "groundup":
            return sent - sum(json.loads(printed)["samples"].values()), sent
        return sent - sum(stream.count for stream in read_journal(out).source.streams), sent
