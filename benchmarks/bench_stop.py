"""A clean stop: seconds of the end that are lost, of any stream, and how long stopping takes."""

import time
import uuid

from benchmarks.counting import Lab, Reader, ours, theirs
from benchmarks.recorders import Ours, Theirs, own_session, peer
from benchmarks.rows import Row
from groundup import lsl

_RECORD_S = 3.0
_REPEATS = 3


def run() -> list[Row]:
    prefix = f"stop-{uuid.uuid4()}-"
    with own_session() as folder:
        lab = Lab(prefix)
        mine, other = [], []
        for _ in range(_REPEATS):
            mine.append(_stop(Ours(folder, prefix), lab, prefix, ours))
            other.append(_stop(Theirs(folder, prefix), lab, prefix, theirs))
        lab.close()
    (lost, took), (their_lost, they_took) = (map(max, zip(*runs, strict=True)) for runs in (mine, other))
    return [
        Row("lost at a clean stop, worst stream", lost, "s", peer(), their_lost, "nothing"),
        Row("time to stop, ours sealed and verified", took, "s", peer(), they_took),
    ]


def _stop(recorder: Ours | Theirs, lab: Lab, prefix: str, read: Reader) -> tuple[float, float]:
    recorder.wait_until_recording(list(lab.streams.values()))
    since = lsl.clock()
    time.sleep(_RECORD_S)
    stopped = lsl.clock()
    recorder.stop()
    took = lsl.clock() - stopped
    kept = read(recorder.path, prefix)
    recorder.path.unlink()
    lost = [
        stream.lost_s(int(kept[name][-1]) if len(kept.get(name, [])) else None, stopped, since)
        for name, stream in lab.streams.items()
    ]
    return max(lost), took
