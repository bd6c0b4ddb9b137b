"""An outlet that is gone for 3 s and back: seconds after its return until it is recorded again."""

import subprocess
import sys
import time
import uuid
from pathlib import Path

import numpy as np

from benchmarks.counting import Reader, ours, theirs
from benchmarks.recorders import Ours, Theirs, own_session, peer
from benchmarks.rows import Row

_RATE = 500.0
_SECOND = 1_000_000
_AWAY_S = 3.0
_REPEATS = 3


def run() -> list[Row]:
    with own_session() as folder:
        late = [[_away(recorder, folder, read) for _ in range(_REPEATS)] for recorder, read in _BOTH]
    goal = "within 1.5 s"
    return [Row("outlet gone 3 s and back: unrecorded after its return", max(late[0]), "s", peer(), max(late[1]), goal)]


_BOTH: tuple[tuple[type[Ours | Theirs], Reader], ...] = ((Ours, ours), (Theirs, theirs))


def _away(recorder: type[Ours | Theirs], folder: Path, read: Reader) -> float:
    prefix = f"return-{uuid.uuid4()}-"
    one = _life(prefix, 0)
    made = recorder(folder, prefix)
    if isinstance(made, Ours):
        made.wait_until_recording([None])  # type: ignore[list-item]
    else:
        time.sleep(3.0)
    time.sleep(2.0)
    one.kill()
    one.wait()
    time.sleep(_AWAY_S)
    two = _life(prefix, _SECOND)
    time.sleep(6.0)
    made.stop()
    two.kill()
    two.wait()
    numbers = read(made.path, prefix).get("only", np.empty(0))
    made.path.unlink()
    back = numbers[numbers >= _SECOND]
    return float(back[0] - _SECOND) / _RATE if len(back) else float("inf")


def _life(prefix: str, first: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.counting", f"{prefix}only", str(_RATE), str(first)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    return process
