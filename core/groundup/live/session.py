"""A live session: an analysis, the process that measures for it, and what is said of both."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from groundup.analysis.metrics.measure import MetricRow
from groundup.live.engine.engine import LiveAnalysis
from groundup.live.inputs.lsl_inlets import StreamChunk
from groundup.live.metrics.metric_worker import Worker
from groundup.live.outputs.publisher import Publisher
from groundup.live.outputs.result_collector import ResultCollector
from groundup.live.results import ChunkResult, TickResult
from groundup.model.events import Event
from groundup.model.messages import Say
from groundup.model.subject import Subject
from groundup.plugin.metric import Metric

LINGER_S = 0.5
"""How long outlets are kept at the end: what was pushed last is still on its way."""


@dataclass
class Told:
    """What a session has said.

    Attributes
    ----------
    samples : dict
        Stream id to number of samples taken in.
    events, values : int
        How many were said.
    restarts : int
        How often the process that measures had to be started again.
    measured : tuple of str
        What was measured.
    """

    samples: dict[str, int] = field(default_factory=dict)
    events: int = 0
    values: int = 0
    restarts: int = 0
    measured: tuple[str, ...] = ()


class Session:
    """An analysis, the process that measures for it, and what is published of both.

    Parameters
    ----------
    analysis : LiveAnalysis
    metrics : sequence of Metric
    subject : Subject
    publisher : Publisher, optional
    say : callable
        Told at once what goes wrong.
    show : callable
        Given the values of each stretch of time as they are there.
    lossless : bool
        Whether to wait where measuring cannot keep up, rather than to leave out.
    """

    def __init__(
        self,
        analysis: LiveAnalysis,
        metrics: Sequence[Metric],
        subject: Subject,
        publisher: Publisher | None,
        say: Say,
        show: Callable[[Sequence[MetricRow]], None] = lambda rows: None,
        *,
        lossless: bool = False,
    ) -> None:
        self.analysis, self.publisher = analysis, publisher
        self.told = Told(measured=tuple(metric.name for metric in metrics))
        self.outcome: ResultCollector | None = None
        self._say, self._show, self._lossless = say, show, lossless
        self._telling = threading.Lock()  # events are told by the loop and by the decider
        self._worker = Worker(metrics, subject, self._fault) if metrics else None

    def feed(self, taken: StreamChunk) -> ChunkResult:
        """Analyse the next samples of a stream, and pass on what came of them."""
        said = self.analysis.feed(taken.stream, taken.times, taken.samples)
        self.said(said)
        return said

    def said(self, said: ChunkResult) -> None:
        """Pass on what came of a chunk."""
        self._tell(said.events)
        if self.publisher is not None:
            self.publisher.signals(said.signals)
        if self.outcome is not None:
            self.outcome.said(said)
        for fault in said.faults:
            self._say(str(fault), "fault")

    def decided(self, decided: TickResult) -> None:
        """Pass on what was decided, and have measured what was completed."""
        self._tell(decided.events)
        if self.outcome is not None:
            self.outcome.decided(decided)
        if decided.job is not None and self._worker is not None:
            self._worker.submit(decided.job, wait=self._lossless)

    def look(self) -> None:
        """Pass on what has been measured by now."""
        if self._worker is None:
            return
        self._worker.watch()
        for rows in self._worker.rows():
            self.told.values += len(rows)
            if self.publisher is not None:
                self.publisher.rows(rows)
            if self.outcome is not None:
                self.outcome.rows(rows)
            self._show(rows)

    def finish(self) -> None:
        """Decide and measure what is left."""
        for decided in self.analysis.finish():
            self.decided(decided)
        if self._worker is not None:
            self._worker.drain()
            self.look()

    def close(self) -> None:
        """Let go of the outlets and of the process that measures. Safe to call twice."""
        self.publisher = None
        if self._worker is not None:
            self.told.restarts = self._worker.restarts
            self._worker.close()

    def _tell(self, events: Sequence[Event]) -> None:
        if not events:
            return
        with self._telling:
            if self.publisher is not None:
                self.publisher.events(events)
            self.told.events += len(events)

    def _fault(self, message: str) -> None:
        self._say(message, "fault")
        if self.outcome is not None:
            self.outcome.note(message)
