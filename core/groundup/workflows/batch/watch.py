"""Whether there is anybody who works on a batch: dask itself waits for workers without end."""

from __future__ import annotations

import time

from groundup.workflows.batch.workers import ClusterError, Workers

_ASKED_S = 1.0
"""How often the scheduler is asked, at most."""


class NoWorkersError(ClusterError):
    """Nobody has worked on the batch for long; the message says for how long, and what to do."""


class Watch:
    """Looks after the workers of a batch.

    Parameters
    ----------
    workers : Workers

    Attributes
    ----------
    count : int
        How many there were when it looked last.
    """

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self.count = workers.count
        self._asked = self._seen = time.monotonic()

    def look(self) -> int:
        """How many workers there are, at most a second ago.

        Raises
        ------
        NoWorkersError
            If there have been none for longer than `Workers.patience_s`.
        """
        now = time.monotonic()
        if now - self._asked >= min(_ASKED_S, self._workers.patience_s):
            self.count = self._workers.count
            self._asked = time.monotonic()
        if self.count:
            self._seen = now
        elif now - self._seen > self._workers.patience_s:
            raise NoWorkersError(_sentence(self._workers))
        return self.count


def _sentence(workers: Workers) -> str:
    kept = "what is done is in the archive, and the same command goes on from there"
    if not workers.local:
        return (
            f"the cluster has had no worker for {workers.patience_s:.0f} s: see whether its jobs are waiting or have "
            f"failed; {kept}"
        )
    return (
        f"no worker has been running for {workers.patience_s:.0f} s: they ended, and could not be started again, as "
        "when memory is short or the installation was changed meanwhile; try with fewer --workers, or --alone, which "
        f"shows what goes wrong; {kept}"
    )
