"""Which files of a batch there is something to do for, and what became of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from groundup.archives.manifest import is_archive, read_manifest
from groundup.archives.notes import AGAIN
from groundup.archives.parts import MadeBy
from groundup.workflows.batch.one_file import Taken, path_text
from groundup.workflows.batch.plan import Plan, made_by
from groundup.workflows.batch.pseudonyms import label_of


@dataclass
class Summary:
    """What became of a batch.

    Attributes
    ----------
    files : int
        How many there were.
    known : int
        How many of them there was nothing to do for.
    counts : Counter
        Status to files, of those that were taken.
    wrong : list of (str, str)
        Path and reason of each file of which the archive has no values.
    computed : int
        Metrics that were computed, over all files.
    stopped : bool
        Whether it was told to stop before it came to the end.
    cpu_s : list of float
        What each file that was taken has cost.
    peak_mb : float
        The most memory that a worker has had.
    """

    files: int = 0
    known: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, str]] = field(default_factory=list)
    computed: int = 0
    stopped: bool = False
    cpu_s: list[float] = field(default_factory=list)
    peak_mb: float = 0.0

    @property
    def done(self) -> int:
        """Files of which it is known what became of them."""
        return self.known + sum(self.counts.values())

    def add(self, taken: Taken) -> None:
        """Count a file."""
        self.counts[taken.note.status] += 1
        self.computed += max(taken.computed, 0)
        if taken.computed >= 0:
            self.cpu_s.append(taken.cpu_s)
            self.peak_mb = max(self.peak_mb, taken.peak_mb)
        if taken.note.status != "ok":
            self.wrong.append((taken.path, taken.note.reason))


def to_do(plan: Plan, files: Sequence[str], again: bool = False, retry: bool = False) -> tuple[list[str], Summary]:
    """Which of these files there is something to do for, by what the archive knows and what the file system says.

    A file of the same name, size and time of change is taken for the same.

    Parameters
    ----------
    plan : Plan
    files : sequence of str
    again : bool
        Every one of them.
    retry : bool
        Also those that could not be read, or whose workers died.
    """
    summary = Summary(files=len(files))
    if again:
        return list(files), summary
    known, made = _known(plan.folder), made_by(plan)
    todo = []
    for path in files:
        row = known.get(label_of(path_text(Path(path)), plan.pseudonyms))
        if row is None or not _is_done(row, plan, made, path, retry):
            todo.append(path)
        else:
            summary.known += 1
            if row["status"] != "ok":
                summary.wrong.append((path, row["reason"]))
    return todo, summary


def _known(folder: Path) -> dict[str, dict[str, Any]]:
    """Path to what the archive knows of it."""
    if not is_archive(folder):
        return {}
    names = ["files", "status", "reason", "state", "participant", "person"]
    rows = read_manifest(folder).recordings.select(names).to_pylist()
    return {path: row | {"stat": stat} for row in rows for path, stat in json.loads(row["files"]).items()}


def _is_done(row: dict[str, Any], plan: Plan, made: MadeBy, path: str, retry: bool) -> bool:
    if row["status"] in AGAIN or row["state"] != made.state or (retry and row["status"] != "ok"):
        return False
    names = plan.pseudonyms
    if names is not None and row["status"] == "ok" and names.people.get(row["person"]) != row["participant"]:
        return False  # the table calls this person something else now
    try:
        stat = Path(path).stat()
    except OSError:
        return False
    same: bool = [stat.st_size, stat.st_mtime_ns] == row["stat"]
    return same
