"""A live session: an analysis, the process that measures for it, and what is published of both."""

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
class SessionSummary:
    """What a session has taken in and published.

    Attributes
    ----------
    samples : dict
        Stream id to number of samples taken in.
    events, values : int
        How many were published.
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
        self.summary = SessionSummary(measured=tuple(metric.name for metric in metrics))
        self.results: ResultCollector | None = None
        self._say, self._show, self._lossless = say, show, lossless
        self._publishing = threading.Lock()  # events are told by the loop and by the decider
        self._worker = Worker(metrics, subject, self._fault) if metrics else None

    def feed(self, taken: StreamChunk) -> ChunkResult:
        """Analyse the next samples of a stream, and pass on what came of them."""
        result = self.analysis.feed(taken.stream, taken.times, taken.samples)
        self.add_chunk(result)
        return result

    def add_chunk(self, result: ChunkResult) -> None:
        """Pass on what came of a chunk."""
        self._tell(result.events)
        if self.publisher is not None:
            self.publisher.signals(result.signals)
        if self.results is not None:
            self.results.add_chunk(result)
        for fault in result.faults:
            self._say(str(fault), "fault")

    def add_tick(self, tick: TickResult) -> None:
        """Pass on what was decided, and have measured what was completed."""
        self._tell(tick.events)
        if self.results is not None:
            self.results.add_tick(tick)
        if tick.job is not None and self._worker is not None:
            self._worker.submit(tick.job, wait=self._lossless)

    def add_notice(self, notice: str) -> None:
        """Pass on what there is to say of the time of a stream."""
        self._say(notice, "warning")
        if self.results is not None:
            self.results.note(notice)

    def look(self) -> None:
        """Pass on what has been measured by now."""
        if self._worker is None:
            return
        self._worker.watch()
        for rows in self._worker.rows():
            self.summary.values += len(rows)
            if self.publisher is not None:
                self.publisher.rows(rows)
            if self.results is not None:
                self.results.rows(rows)
            self._show(rows)

    def finish(self) -> None:
        """Decide and measure what is left."""
        for tick in self.analysis.finish():
            self.add_tick(tick)
        if self._worker is not None:
            self._worker.drain()
            self.look()

    def close(self) -> None:
        """Let go of the outlets and of the process that measures. Safe to call twice."""
        self.publisher = None
        if self._worker is not None:
            self.summary.restarts = self._worker.restarts
            self._worker.close()

    def _tell(self, events: Sequence[Event]) -> None:
        if not events:
            return
        with self._publishing:
            if self.publisher is not None:
                self.publisher.events(events)
            self.summary.events += len(events)

    def _fault(self, message: str) -> None:
        self._say(message, "fault")
        if self.results is not None:
            self.results.note(message)
