"""What the library says of recordings, read by a process of its own: ``python -m ....recording_facts FILE ...``.

A line of JSON a file, in their order. A file that is damaged, or long, holds nobody up.
"""

import json
import math
import sys
from pathlib import Path
from typing import Any

from groundup.recording import Recording
from groundup.recording.info import summary

NOTHING: dict[str, Any] = {
    "state": "sound", "why": "", "started": None, "participant": "", "seconds": None, "trials": [], "streams": 0,
    "sync_ms": None, "lost": 0, "faults": [], "warnings": 0, "strides": 0, "computable": 0, "metrics": 0,
}  # fmt: skip
"""A row of which nothing is known yet."""


def facts(path: Path) -> dict[str, Any]:
    """What a row says of a recording.

    Raises
    ------
    RecordingError
        If it is none.
    """
    with Recording(path) as recording:
        about = summary(recording)
        begin = about["clock_origin"] or 0.0
        trials = [
            {"name": trial.name, "condition": trial.condition, "t0": trial.t0 - begin, "t1": trial.t1 - begin}
            for trial in recording.trial_list() or recording.marked_trials()
        ]
    kept = [stream for stream in about["streams"] if stream["id"] != "desk" and stream["samples"]]
    bounds = [stream["sync_bound_ms"] for stream in kept]
    known = [bound for bound in bounds if bound is not None and math.isfinite(bound)]
    lost = [stream["lost_samples"] for stream in kept]
    ledger = about["ledger"]
    counts = about["metrics"].values()
    return {
        **NOTHING,
        "started": about["started_utc"],
        "participant": about["participant"]["id"],
        "seconds": about["duration_s"],
        "trials": trials,
        "streams": len(kept),
        "sync_ms": max(known) if known and len(known) == len(bounds) else None,
        "lost": None if None in lost else sum(lost),
        "faults": [row["message"] for row in ledger if row["severity"] == "fault"][:20],
        "warnings": sum(row["severity"] == "warning" for row in ledger),
        "strides": about["strides"],
        "metrics": len(counts),
        "computable": sum(one["computable"] > 0 for one in counts),
    }


def main(paths: list[str]) -> None:
    """Say it of each."""
    for path in paths:
        try:
            found = facts(Path(path))
        except Exception as error:  # damaged, open elsewhere, gone: a row that says so
            found = {**NOTHING, "state": "unreadable", "why": str(error)}
        print(json.dumps(found, default=str), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
