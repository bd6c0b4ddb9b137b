"""The processes that work on a batch: dask's, on this computer or on an existing cluster."""

from __future__ import annotations

import importlib
import logging
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dask
from dask.utils import format_bytes
from distributed import Client, LocalCluster, Security, WorkerPlugin

_MISSING_S = 20.0
_ANSWERED_S = 10.0
_RESTARTED_S, _QUEUED_S = 60.0, 3600.0
"""How long a batch waits while it has no worker at all: processes here are started at once, jobs may lie in a queue."""


class ClusterError(RuntimeError):
    """A cluster that cannot be reached or made; the message says why."""


@dataclass(frozen=True)
class Workers:
    """Processes that files are given to.

    Attributes
    ----------
    client : distributed.Client
    local : bool
        Whether they are of this computer and of this batch alone.
    patience_s : float
        How long the batch waits when there are none.
    """

    client: Client
    local: bool
    patience_s: float

    @property
    def count(self) -> int:
        """How many files are worked on at once; 0 also where the scheduler does not answer."""
        try:
            return sum(self.client.nthreads(callback_timeout=_ANSWERED_S).values())
        except OSError:
            return 0

    @property
    def dashboard(self) -> str:
        """Address of dask's own dashboard."""
        return str(self.client.dashboard_link)

    @property
    def words(self) -> str:
        """How many and how large they are."""
        limits = [worker["memory_limit"] for worker in self.client.scheduler_info(n_workers=-1)["workers"].values()]
        size = f", each with {format_bytes(min(limits))} of memory at most" if limits and min(limits) else ""
        return f"{len(limits)} worker{'' if len(limits) == 1 else 's'}{size}"


class _OfThisBatch(WorkerPlugin):  # type: ignore[misc]
    """What a worker of this computer does before its first file."""

    def setup(self, worker: Any) -> None:
        """Leave Ctrl-C, which reaches every process of a terminal, to the batch; and import what files need.

        A process that cannot import it ends before it is given a file, and no file is blamed.
        """
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        importlib.import_module("groundup.workflows.batch.one_file")


@contextmanager
def local_workers(count: int = 0, memory: str = "auto", scratch: str | None = None) -> Iterator[Workers]:
    """Processes on this computer, one thread each: what one file does to its process, no other feels.

    Parameters
    ----------
    count : int
        0: one a core.
    memory : str
        What each may take, such as ``"4 GiB"``; ``"auto"``: an equal share of all.
    scratch : str, optional
        A folder for what dask keeps.
    """
    settings = {
        # A file that takes its worker with it is tried once more alone, by us: others must not suffer for it first.
        "distributed.scheduler.allowed-failures": 0,
        "distributed.worker.daemon": False,
        "distributed.comm.timeouts.connect": "60s",
        "distributed.scheduler.worker-ttl": None,  # a long recording in compiled code answers nobody for minutes
        "distributed.admin.low-level-log-length": 0,
        "logging": {"distributed": "critical"},
    }
    with dask.config.set(settings):
        try:
            cluster = LocalCluster(
                n_workers=count or os.cpu_count(),
                threads_per_worker=1,
                processes=True,
                memory_limit=memory,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                security=Security.temporary(),  # whoever else is on this computer may not give it work
                local_directory=scratch,
                silence_logs=logging.CRITICAL,
            )
        except (ValueError, RuntimeError, OSError) as error:
            raise ClusterError(f"no workers could be started on this computer: {error}") from error
        with cluster, Client(cluster) as client:
            client.register_plugin(_OfThisBatch())
            yield Workers(client, True, _RESTARTED_S)


@contextmanager
def workers_of(address: str) -> Iterator[Workers]:
    """The workers of an existing scheduler, which stay when the batch has ended.

    Parameters
    ----------
    address : str
        Such as ``tcp://10.0.0.1:8786``, or a scheduler's file.

    Raises
    ------
    ClusterError
        If it cannot be reached.
    """
    how = {"scheduler_file": address} if os.path.isfile(address) else {"address": address}
    try:
        client = Client(timeout=_MISSING_S, set_as_default=False, **how)
    except (OSError, TimeoutError, ValueError) as error:
        raise ClusterError(f"no scheduler answers at {address}: {error}") from error
    with client:
        yield Workers(client, False, _QUEUED_S)
