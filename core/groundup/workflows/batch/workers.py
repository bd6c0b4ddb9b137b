"""The processes that work on a batch: dask's, on this computer or on an existing cluster."""

from __future__ import annotations

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
    """

    client: Client
    local: bool

    @property
    def count(self) -> int:
        """How many files are worked on at once."""
        return sum(self.client.nthreads().values())

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


class _OnlyTheBatchIsStopped(WorkerPlugin):  # type: ignore[misc]
    """Ctrl-C reaches every process of a terminal; the batch alone says what becomes of its workers."""

    def setup(self, worker: Any) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


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
            client.register_plugin(_OnlyTheBatchIsStopped())
            yield Workers(client, local=True)


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
        yield Workers(client, local=False)
