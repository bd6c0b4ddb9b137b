"""Seconds lost when the recorder is killed (kill -9) at random moments: the worst of each stream.

GROUNDUP_KILLS says how often ours is killed (20), LabRecorderCLI a fifth as often.
"""

import os
import random
import time
import uuid
from pathlib import Path

import numpy as np

from benchmarks.counting import RATES, Lab, Reader, ours, theirs
from benchmarks.recorders import Ours, Theirs, own_session, peer
from benchmarks.rows import Row
from groundup import lsl
from groundup.workflows.seal_journal import seal_journal

_LONGEST_S = 4.0


def run() -> list[Row]:
    kills = int(os.environ.get("GROUNDUP_KILLS", "20"))
    prefix = f"kills-{uuid.uuid4()}-"
    with own_session() as folder:
        lab = Lab(prefix)
        chance = random.Random(1)
        worst: list[dict[str, float]] = [dict.fromkeys(RATES, 0.0), dict.fromkeys(RATES, 0.0)]
        for number in range(kills):
            _worse(worst[0], _kill(Ours(folder, prefix), lab, chance, prefix, ours))
            if number % 5 == 0:
                _worse(worst[1], _kill(Theirs(folder, prefix), lab, chance, prefix, theirs))
        lab.close()
    names = {name: f"{rate:g} Hz" if rate else "markers" for name, rate in RATES.items()}
    return [
        Row(f"lost at the worst of {kills} kills, {what}", worst[0][name], "s", peer(), worst[1][name], "at most 0.1 s")
        for name, what in names.items()
    ]


def _kill(recorder: Ours | Theirs, lab: Lab, chance: random.Random, prefix: str, read: Reader) -> dict[str, float]:
    """Record, kill, recover, and compare with what was sent."""
    recorder.wait_until_recording(list(lab.streams.values()))
    since = lsl.clock()
    time.sleep(chance.uniform(0.0, _LONGEST_S))
    killed = lsl.clock()
    recorder.kill()
    if isinstance(recorder, Ours):
        seal_journal(recorder.journal, recorder.path)  # what `groundup recover` does; raises if it does not verify
    kept = read(recorder.path, prefix)
    _remove(recorder.path)
    lost = {}
    for name, stream in lab.streams.items():
        numbers = kept.get(name, np.empty(0, np.int64))
        if len(numbers) > 1 and (np.diff(numbers) != 1).any():
            raise ValueError(f"{name} has holes: {numbers[np.flatnonzero(np.diff(numbers) != 1)]}")
        lost[name] = stream.lost_s(int(numbers[-1]) if len(numbers) else None, killed, since)
    return lost


def _worse(worst: dict[str, float], lost: dict[str, float]) -> None:
    for name, seconds in lost.items():
        worst[name] = max(worst[name], seconds)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
