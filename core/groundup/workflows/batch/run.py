"""A batch: every file given to a worker, what becomes of it collected, and the archive whole at every moment."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distributed import CancelledError, KilledWorker

from groundup.archives.collect import collect
from groundup.archives.notes import Note, write_note
from groundup.workflows.batch.one_file import Taken, path_text, take_file
from groundup.workflows.batch.plan import Plan, made_by
from groundup.workflows.batch.pseudonyms import label_of
from groundup.workflows.batch.to_do import Summary
from groundup.workflows.batch.watch import Watch
from groundup.workflows.batch.workers import ClusterError, Workers

_AHEAD = 1
"""Files that are given out beside those that are worked on: whoever is done first goes on at once."""
_CLUSTER_AHEAD = 2
"""For each worker of a cluster: one that adapts itself grows only while more files wait than it has workers."""
_COLLECT_S, _COLLECT_SHARE = 60.0, 0.05
"""How often what has been found is collected, at most; and which share of the time that may take."""
_WAIT_S = 0.2
_ANSWER_S = 5.0


@dataclass(frozen=True)
class Stop:
    """What tells a batch to stop: to finish what it has begun, or at once."""

    in_order: threading.Event = field(default_factory=threading.Event)
    at_once: threading.Event = field(default_factory=threading.Event)


Tell = Callable[[Summary], None]


def run(
    plan: Plan,
    files: Sequence[str],
    summary: Summary,
    workers: Workers,
    stop: Stop,
    tell: Tell = lambda summary: None,
    again: bool = False,
) -> Summary:
    """Take these files, each by one of the workers.

    When it is told to stop in order, files that are being worked on are finished, and no other is begun. It ends also
    when there is nobody to work: what is done by then is in the archive.

    Parameters
    ----------
    plan : Plan
    files : sequence of str
        As `to_do` gives them.
    summary : Summary
        That `to_do` gave; it is added to.
    workers : Workers
    stop : Stop
    tell : callable
        Told what has become of the batch so far, from time to time.
    again : bool
        Whether also values that are there are computed again.

    Raises
    ------
    ArchiveDiskError
        If the archive takes no more; what was found before is in it.
    OtherVersionError
        If a worker would compute by something else than this process.
    NoWorkersError
        If there have been no workers for long.
    ClusterError
        If the scheduler went away, or a worker has no groundup.
    """
    suspects: list[str] = []
    try:
        this = _Run(plan, workers, stop, tell, summary, again, Watch(workers))
        _all(this, iter(files), suspects)
        for path in suspects:
            # On its own: whoever else was on a worker that died is innocent, and this one is shown to be or not.
            twice: list[str] = []
            _all(this, iter([path]), twice)
            if twice and not stop.in_order.is_set():
                summary.add(_set_aside(plan, path))
                tell(summary)
    finally:
        collect(plan.folder)
    summary.stopped = summary.done < summary.files
    return summary


def _set_aside(plan: Plan, path: str) -> Taken:
    """Say of a file that it ends whoever works on it."""
    reason = (
        "the process that worked on it ended twice without a word: it was killed, or took more memory than it may "
        "have; try again with: --retry, and --memory or fewer --workers"
    )
    label = label_of(path_text(Path(path)), plan.pseudonyms)
    try:
        stat = Path(path).stat()
        size, changed = stat.st_size, stat.st_mtime_ns
    except OSError:
        size, changed = -1, -1
    state = made_by(plan).state
    note = Note(path=label, size=size, changed_ns=changed, status="set_aside", reason=reason, state=state)
    write_note(plan.folder, note)
    return Taken(path, note)


@dataclass
class _Run:
    """What all files of a run have in common."""

    plan: Plan
    workers: Workers
    stop: Stop
    tell: Tell
    summary: Summary
    again: bool
    watch: Watch
    collected: float = field(default_factory=time.monotonic)
    cost: float = 0.0

    def collect_sometimes(self) -> None:
        """Collect what has been found, if that is long ago."""
        if time.monotonic() - self.collected > max(_COLLECT_S, self.cost / _COLLECT_SHARE):
            begun = time.monotonic()
            collect(self.plan.folder)
            self.collected = time.monotonic()
            self.cost = self.collected - begun


def _all(run: _Run, files: Iterator[str], suspects: list[str]) -> None:
    """Give out files, some more than there are workers, until there are none, or until it is told to stop."""
    state = made_by(run.plan).state
    ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
    out: dict[str, tuple[Any, str]] = {}
    client: Any = run.workers.client
    try:
        while not run.stop.at_once.is_set():
            count = run.watch.look()
            ahead = max(count, 1) + (_AHEAD if run.workers.local else _CLUSTER_AHEAD * max(count, 1))
            while len(out) < ahead and not run.stop.in_order.is_set() and (path := next(files, None)) is not None:
                future = client.submit(take_file, run.plan, path, state, run.again, pure=False)
                out[future.key] = (future, path)
                future.add_done_callback(ended.put)
            if not out or (run.stop.in_order.is_set() and not count):
                return
            try:
                future = ended.get(timeout=_WAIT_S)
            except queue.Empty:
                run.tell(run.summary)
                continue
            path = out[future.key][1]
            if _is_killed(future):
                suspects.append(path)
            elif (taken := _answer(future)) is not None:
                run.summary.add(taken)
            else:
                future.add_done_callback(ended.put)  # its worker died with the answer: it is taken again
                continue
            del out[future.key]
            run.tell(run.summary)
            run.collect_sometimes()
    finally:
        for future, _ in out.values():
            future.cancel()


def _is_killed(future: Any) -> bool:
    """Whether the worker died of this file, or beside it; what else was wrong, and is no file's fault, is raised."""
    error = future.exception()
    if isinstance(error, KilledWorker):
        return True
    if isinstance(error, ImportError | SyntaxError):
        raise ClusterError(
            f"a worker cannot run what this computer runs ({type(error).__name__}: {error}): install the same on all"
        ) from error
    if error is not None:
        raise error
    return False


def _answer(future: Any) -> Taken | None:
    """What became of a file; None while nobody can tell."""
    try:
        taken: Taken = future.result(timeout=_ANSWER_S)
    except TimeoutError:
        return None
    except CancelledError as error:
        raise ClusterError(
            "the scheduler of the cluster went away, and with it who works on what; what is done is in the archive, "
            "and the same command goes on from there"
        ) from error
    return taken
