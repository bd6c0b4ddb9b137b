"""A live session from start to finish: over LSL, or out of a file at any speed."""

import gc
import math
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from groundup import lsl
from groundup.analysis.gait import Event
from groundup.analysis.measure import MetricRow
from groundup.analysis.wiring import ProcessStep
from groundup.explain import nearest
from groundup.lab import Lab, LabError
from groundup.ledger import LedgerRow
from groundup.live.decider import Decider
from groundup.live.delivery import TICK_S
from groundup.live.engine import Decided, LiveAnalysis, Said
from groundup.live.from_file import SLICE_S, open_source, play
from groundup.live.from_lsl import LiveStreams
from groundup.live.outcome import Outcome
from groundup.live.publisher import Publisher
from groundup.live.worker import Worker
from groundup.plugin.manager import plugins
from groundup.plugin.metric import Metric
from groundup.plugin.stage import SignalForm
from groundup.record.session import DESK, wanted
from groundup.streams import StreamSpec
from groundup.subject import Subject

WAIT_S = 0.5
"""How long, in stream time, a stream that says nothing is waited for."""
_PATIENCE_S, _PATIENCE_WITH_DEVICES_S = 5.0, 30.0
_POLL_S = 0.5
_CYCLE_S = 0.05
_LINGER_S = 0.5  # what was pushed last is still on its way when an outlet is destroyed
_PACED_SLICE_S = 0.01
_SWITCH_S = 1e-4

Say = Callable[[str], None]


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


def live_metrics(lab: Lab, names: Iterable[str] = ()) -> list[Metric]:
    """The metrics that lab.toml wants live, or those that are named.

    Raises
    ------
    LabError
        If one is not installed.
    """
    installed = plugins().metrics
    chosen = list(names) or lab.live.metrics
    for name in chosen:
        if name not in installed:
            hint = nearest(name, sorted(installed)) or "; groundup metrics lists those that are installed"
            raise LabError(f'{lab.where}: [live] metrics names "{name}", which no installed plugin measures{hint}')
    return [installed[name].item for name in dict.fromkeys(chosen)]


def live_analysis(
    streams: Mapping[str, StreamSpec], metrics: Sequence[Metric], lab: Lab | None, wait_s: float = math.inf
) -> LiveAnalysis:
    """The analysis of these streams with what is installed."""
    installed = plugins()
    return LiveAnalysis(
        streams,
        [loaded.item for loaded in installed.processors.values()],
        metrics,
        [ProcessStep(p.processor, p.input, p.output, dict(p.parameters)) for p in (lab.process if lab else ())],
        wait_s=wait_s,
        installed=[loaded.item for loaded in installed.metrics.values()],
    )


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
        self.outcome: Outcome | None = None
        self._say, self._show, self._lossless = say, show, lossless
        self._telling = threading.Lock()  # events are told by the loop and by the decider
        self._worker = Worker(metrics, subject, self._fault) if metrics else None

    def said(self, said: Said) -> None:
        """Pass on what came of a chunk."""
        self._tell(said.events)
        if self.publisher is not None:
            self.publisher.signals(said.signals)
        if self.outcome is not None:
            self.outcome.said(said)
        for fault in said.faults:
            self._say(f"!! {fault}")

    def decided(self, decided: Decided) -> None:
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
        self._say(message)
        if self.outcome is not None:
            self.outcome.note(message.removeprefix("!! "))


def run_lsl(
    lab: Lab,
    stop: threading.Event,
    *,
    say: Say,
    row: Callable[[LedgerRow], None],
    show: Callable[[Sequence[MetricRow]], None] = lambda rows: None,
) -> Told:
    """Analyse the streams of a lab while they come in, until `stop` is set.

    Raises
    ------
    LabError
        If lab.toml wants what is not installed, or what no processor makes.
    OSError
        If no stream came at all.
    """
    metrics = live_metrics(lab)
    streams = LiveStreams([DESK, *wanted(lab, ())], lab, row)
    try:
        found = _wait_for_streams(streams, lab, stop, say)
        if not found:
            raise OSError(f"no stream of {lab.where} was on the network; `groundup streams` lists those that are")
        analysis = live_analysis(found, metrics, lab, WAIT_S)
        for note in analysis.notes:
            say(f" ! {note}")
        forms = published(lab, analysis, strict=not streams.absent())
        # A collection of all that was imported would take longer than a sample may wait; nor may another thread.
        gc.collect()
        gc.freeze()
        sys.setswitchinterval(_SWITCH_S)
        publisher = Publisher(metrics, forms, streams.uids, streams.subject)
        say(_greeting(found, metrics, forms))
        session = Session(analysis, metrics, streams.subject, publisher, say, show)
        try:
            _listen(session, streams, stop, say)
            session.told.samples = streams.counts()
            streams.close()
            session.finish()
            threading.Event().wait(_LINGER_S)
        finally:
            session.close()
        return session.told
    finally:
        streams.close()


def run_file(
    path: Path,
    lab: Lab | None,
    stop: threading.Event,
    *,
    speed: float | None,
    say: Say,
    show: Callable[[Sequence[MetricRow]], None] = lambda rows: None,
) -> tuple[Outcome, LiveAnalysis, Told]:
    """Analyse a journal or recording as if it came in now.

    Parameters
    ----------
    path : Path
    lab : Lab, optional
        A lab.toml to see it by, instead of its own.
    stop : threading.Event
        Ends it early.
    speed : float, optional
        How many times as fast as it was recorded, published over LSL; None: as fast as it goes, and not published.
    say, show
        As for `Session`.

    Raises
    ------
    LabError, ValueError, OSError
        If lab.toml wants what is not there, or the file is none that can be played.
    """
    source, known = open_source(path, lab)
    known = known or Lab(text="", where=str(path))
    metrics = live_metrics(known)
    raw = {s.id: s.spec for s in source.streams if s.spec.role != "live" and s.count}
    if not raw:
        raise LabError(f"{path} holds no sample of any stream: there is nothing to analyse")
    analysis = live_analysis(raw, metrics, known)
    for note in analysis.notes:
        say(f" ! {note}")
    forms = published(known, analysis, strict=True)
    publisher = Publisher(metrics, forms, (), source.subject) if speed is not None else None
    say(_greeting(raw, metrics, forms))
    session = Session(analysis, metrics, source.subject, publisher, say, show, lossless=True)
    session.outcome = Outcome()
    try:
        start, first = lsl.clock(), math.nan
        streams = [s for s in source.streams if s.id in raw]
        for step in play(analysis, streams, slice_s=SLICE_S if speed is None else _PACED_SLICE_S):
            for said in step.said:
                session.said(said)
            for decided in step.decided:
                session.decided(decided)
            session.look()
            if speed is not None and math.isfinite(step.time):
                first = step.time if math.isnan(first) else first
                stop.wait(max(0.0, start + (step.time - first) / speed - lsl.clock()))
            if stop.is_set():
                break
        session.finish()
        if publisher is not None:
            threading.Event().wait(_LINGER_S)
    finally:
        session.close()
    session.told.samples = {s.id: s.count for s in streams}
    return session.outcome, analysis, session.told


def published(lab: Lab, analysis: LiveAnalysis, strict: bool) -> dict[str, SignalForm]:
    """The processed signals that ``[live] publish`` lists.

    Raises
    ------
    LabError
        If no processor makes one of them, and none can come with a stream that is still missing (`strict`).
    """
    made = {name: form for graph in analysis.graphs for name, form in graph.forms.items()}
    for name in lab.live.publish:
        if name not in made and strict:
            hint = nearest(name, sorted(made)) or f"; there are: {', '.join(sorted(made)) or 'none'}"
            raise LabError(f'{lab.where}: [live] publish names "{name}", a signal that no processor makes{hint}')
    return {name: made[name] for name in lab.live.publish if name in made}


def _greeting(found: Iterable[str], metrics: Sequence[Metric], forms: Iterable[str]) -> str:
    what = (
        f"live: {', '.join(found)}; metrics: {', '.join(m.name for m in metrics) or 'none ([live] metrics lists none)'}"
    )
    signals = ", ".join(forms)
    return what + (f"; publishing {signals}" if signals else "")


def _wait_for_streams(streams: LiveStreams, lab: Lab, stop: threading.Event, say: Say) -> dict[str, StreamSpec]:
    """Wait until every stream that is expected has joined; after a while, those that have will do."""
    until = lsl.clock() + (_PATIENCE_WITH_DEVICES_S if lab.devices else _PATIENCE_S)
    found: dict[str, StreamSpec] = {}
    said = False
    while not stop.is_set():
        streams.poll()
        found |= streams.joined()
        if streams.complete() or (found and lsl.clock() > until):
            break
        if not found and not said and lsl.clock() > until:
            said = True
            say(f"!! no stream of {lab.where} is on the network yet; still waiting (Ctrl-C stops)")
        streams.wait(_CYCLE_S)  # what comes before all have joined has nobody to be compared with
    for name in streams.absent():
        say(f"!! {name} has not joined; it is analysed as soon as it does")
    return found


def _listen(session: Session, streams: LiveStreams, stop: threading.Event, say: Say) -> None:
    """The loop: samples in, events out; what is decided, and all else, must not hold it up."""
    with Decider(session) as decider:
        relaxed = _relax(session, streams, streams.counts())
        next_poll = 0.0
        while not stop.is_set():
            _take(session, streams, relaxed)
            decider.look()
            if lsl.clock() < next_poll:
                continue
            streams.poll()
            new = streams.joined()
            if new:
                before = len(session.analysis.notes)
                with decider.paused():
                    session.analysis.add(new)
                relaxed |= _relax(session, streams, new)
                for note in session.analysis.notes[before:]:
                    say(f" ! {note}")
            next_poll = lsl.clock() + _POLL_S
        streams.hush()
        for stream in relaxed:
            streams.relax(stream, 0.0)
        for _ in range(3):  # what is on its way
            _take(session, streams, set())


def _relax(session: Session, streams: LiveStreams, names: Iterable[str]) -> set[str]:
    """Let those streams wait for a tick of which nothing is said before; hear of those with events at once."""
    published = session.publisher.published if session.publisher is not None else ()
    relaxed = {name for name in names if not session.analysis.hurries(name, published)}
    for name in names:
        if name in relaxed:
            streams.relax(name, TICK_S)
        elif session.analysis.tells(name):
            streams.hurry(name)
    return relaxed


def _take(session: Session, streams: LiveStreams, relaxed: set[str]) -> None:
    for taken in streams.wait(_CYCLE_S):
        said = session.analysis.feed(taken.stream, taken.times, taken.samples)
        session.said(said)
        if said.events and taken.stream in relaxed and not session.analysis.late(taken.stream):
            relaxed.discard(taken.stream)
            streams.relax(taken.stream, 0.0)
            streams.hurry(taken.stream)
