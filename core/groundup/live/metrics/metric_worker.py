"""Metrics in a process of their own: one that crashes or hangs is said, left out, and the rest goes on.

The process takes jobs and gives back one row after the other, so that it is known what it was at when it died. It is
started again and goes on behind that value. A metric that does so again and again is switched off.
"""

import pickle
import subprocess
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence
from itertools import groupby
from queue import Empty, SimpleQueue
from typing import IO

import msgspec

from groundup.analysis.metrics.measure import MetricRow, refused, without_value
from groundup.analysis.metrics.needs import Stretch
from groundup.live.metrics.job import Job, places
from groundup.model.anatomy import Side
from groundup.model.reasons import Reason
from groundup.model.status import FAILED
from groundup.model.subject import Subject
from groundup.plugin.metric import Metric
from groundup.system.processes import python_command, python_environment

PATIENCE_S = 10.0
"""How long one value may take."""
_START_PATIENCE_S = 120.0
_STRIKES = 3
_MOST_WAITING = 200
_WAITING = 2  # jobs
_SLOW_S = 0.3
_SLOW = "it takes long, and others waited for it; groundup analyze has it"
_POLL_S = 0.02


class _WorkerDiedError(Exception):
    """The process is no more; the text says how."""


class Worker:
    """Measures jobs, in order, in a process of its own.

    Parameters
    ----------
    metrics : sequence of Metric
        Installed ones: the process loads them by their names.
    subject : Subject
    say : callable
        Told at once what went wrong.
    patience_s : float
        How long one value may take before the process is taken to hang.

    Attributes
    ----------
    restarts : int
        How often the process has been started again.
    """

    def __init__(
        self, metrics: Sequence[Metric], subject: Subject, say: Callable[[str], None], patience_s: float = PATIENCE_S
    ) -> None:
        self.restarts = 0
        self._metrics, self._subject, self._say, self._patience_s = list(metrics), subject, say, patience_s
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._done: deque[list[MetricRow]] = deque()
        self._taken = self._given = 0
        self._strikes: Counter[str] = Counter()
        self._took_s: dict[str, float] = defaultdict(float)
        self._reported_slow: set[str] = set()
        self._lossless = False
        self._deadline = float("inf")
        self._hung = self._full_reported = False
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="groundup-metrics", daemon=True)
        self._thread.start()

    def submit(self, job: Job, wait: bool = False) -> None:
        """Have a job measured; when too many wait already, wait for them too, or leave it out and say so."""
        self._lossless = self._lossless or wait
        while wait and self._given - self._taken >= _MOST_WAITING:
            self.watch()
            time.sleep(_POLL_S)
        if self._given - self._taken >= _MOST_WAITING:
            if not self._full_reported:
                self._full_reported = True
                self._say("the metrics cannot keep up: strides are left out; take fewer under [live] metrics")
            return
        self._given += 1
        self._jobs.put(job)

    def rows(self) -> list[list[MetricRow]]:
        """What has been measured since the last call: the values of each stretch together."""
        found = []
        while self._done:
            found.append(self._done.popleft())
        return found

    def watch(self) -> None:
        """End the process if it hangs; to be called now and then."""
        process = self._process
        if process is not None and time.monotonic() > self._deadline:
            self._hung = True
            process.kill()

    def drain(self) -> None:
        """Wait until all jobs are done."""
        while self._taken < self._given and self._thread.is_alive():
            self.watch()
            time.sleep(_POLL_S)

    def close(self) -> None:
        """Let go of the process; jobs that wait are left. Safe to call twice."""
        while True:
            try:
                self._jobs.get_nowait()
            except Empty:
                break
        self._jobs.put(None)
        process = self._process
        if process is not None:
            process.kill()
        self._thread.join()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                self._do(job)
            finally:
                self._taken += 1
        self._end()

    def _do(self, job: Job) -> None:
        """Measure a job, whatever becomes of the process."""
        metrics = [m for m in self._metrics if self._strikes[m.name] < _STRIKES]
        slow = self._slow(metrics)
        metrics = [m for m in metrics if m not in slow]
        todo = places(metrics, job)
        rows: list[MetricRow] = []
        while len(rows) < len(todo):
            try:
                process = self._started()
            except _WorkerDiedError as how:
                self._say(f"the process that measures cannot be started: {how}; no metrics from here on")
                self._strikes.update({m.name: _STRIKES for m in metrics})
                return
            try:
                self._ask(process, job, metrics, len(rows), len(todo), rows)
            except _WorkerDiedError as how:
                stretch, metric, side = todo[len(rows)]
                rows.append(_failed(stretch, metric, side, str(how)))
                self._strike(metric, str(how))
        for _, group in groupby(zip(todo, rows, strict=True), key=lambda pair: id(pair[0][0])):
            self._done.append([row for _, row in group])
        if slow:
            self._done.append([refused(metric, stretch, side, _SLOW) for stretch, metric, side in places(slow, job)])

    def _slow(self, metrics: Sequence[Metric]) -> list[Metric]:
        """Metrics that are left out of this job: they take long, and the strides of others wait."""
        if self._lossless or self._given - self._taken - 1 < _WAITING:
            return []
        slow = [m for m in metrics if self._took_s[m.name] > _SLOW_S]
        for m in slow:
            if m.name not in self._reported_slow:
                self._reported_slow.add(m.name)
                took = f"{self._took_s[m.name]:.1f} s a value"
                self._say(f"the metric {m.name} takes {took}, and the others wait: while they do, it is left out")
        return slow

    def _ask(
        self, process: "subprocess.Popen[bytes]", job: Job, metrics: Sequence[Metric], skip: int, upto: int,
        rows: list[MetricRow],
    ) -> None:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        self._deadline = time.monotonic() + self._patience_s
        try:
            pickle.dump((job, [m.name for m in metrics], skip), process.stdin, pickle.HIGHEST_PROTOCOL)
            process.stdin.flush()
            begun = time.monotonic()
            for _ in range(skip, upto):
                rows.append(row := _read(process.stdout))
                now = time.monotonic()
                self._took_s[row.name], begun = now - begun, now
                self._deadline = now + self._patience_s
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            raise self._how_it_died() from error
        finally:
            self._deadline = float("inf")

    def _strike(self, metric: Metric, how: str) -> None:
        self._strikes[metric.name] += 1
        self.restarts += 1
        message = f"the metric {metric.name} {how}; the process that measures is started again"
        if self._strikes[metric.name] >= _STRIKES:
            message += f", and {metric.name} is left out from here on"
        self._say(message)

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is not None:
            return self._process
        command, environment = python_command("groundup.live.metrics.metric_process"), python_environment()
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._deadline = time.monotonic() + _START_PATIENCE_S
        try:
            # By name and plain tables: the classes of a plugin are none that another process can be sent.
            chosen = {m.name: msgspec.to_builtins(m.settings) for m in self._metrics}
            pickle.dump((self._subject, chosen), process.stdin)
            process.stdin.flush()
            pickle.load(process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            raise self._how_it_died() from error
        finally:
            self._deadline = float("inf")
        return process

    def _how_it_died(self) -> _WorkerDiedError:
        process, hung = self._process, self._hung
        self._process, self._hung = None, False
        assert process is not None
        process.kill()
        status = process.wait()
        _close(process)
        if hung:
            return _WorkerDiedError(f"did not answer for {self._patience_s:g} s")
        return _WorkerDiedError(f"crashed (signal {-status})" if status < 0 else f"ended its process (status {status})")

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            _close(self._process)
            self._process = None


def _read(pipe: IO[bytes]) -> MetricRow:
    row = pickle.load(pipe)
    if not isinstance(row, MetricRow):
        raise EOFError
    return row


def _close(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:
                continue  # what was still to be flushed has nobody to read it


def _failed(stretch: Stretch, metric: Metric, side: Side, how: str) -> MetricRow:
    return without_value(metric, stretch, side, FAILED, Reason(f"it {how}"))
