"""A live session over LSL: the lab's streams analysed while they come in."""

import gc
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence

from groundup import lsl
from groundup.analysis.metrics.measure import MetricRow
from groundup.inlets.stream_request import TRIAL_CONTROL, stream_requests
from groundup.lab.tables import Lab, LabError
from groundup.live.config import greeting, live_analysis, live_metrics, published
from groundup.live.decision_thread import DecisionThread
from groundup.live.engine.alignment import TICK_S
from groundup.live.inputs.lsl_inlets import LiveStreams, StreamChunk
from groundup.live.outputs.publisher import Publisher
from groundup.live.session import LINGER_S, Session, SessionSummary
from groundup.model.ledger import LedgerRow
from groundup.model.messages import Say
from groundup.model.streams import StreamSpec

WAIT_S = 0.5
"""How long, in stream time, a stream that says nothing is waited for."""
_PATIENCE_S, _PATIENCE_WITH_DEVICES_S = 5.0, 30.0
_POLL_S = 0.5
_CYCLE_S = 0.05
_DRAIN_AT_LEAST_S, _DRAIN_AT_MOST_S = 0.1, 1.0  # a marker sent just before the end is on its way
_SWITCH_S = 1e-4


def run_lsl(
    lab: Lab,
    stop: threading.Event,
    *,
    say: Say,
    row: Callable[[LedgerRow], None],
    show: Callable[[Sequence[MetricRow]], None] = lambda rows: None,
) -> SessionSummary:
    """Analyse the streams of a lab while they come in, until `stop` is set.

    Raises
    ------
    LabError
        If lab.toml wants what is not installed, or what no processor makes.
    OSError
        If no stream came at all.
    """
    metrics = live_metrics(lab)
    streams = LiveStreams([TRIAL_CONTROL, *stream_requests(lab, ())], lab, row)
    try:
        found, early = _wait_for_streams(streams, lab, stop, say)
        if not found:
            raise OSError(f"no stream of {lab.where} was on the network; `groundup streams` lists those that are")
        analysis = live_analysis(found, metrics, lab, WAIT_S)
        for note in analysis.notes:
            say(note, "warning")
        forms = published(lab, analysis, strict=not streams.absent())
        # A collection of all that was imported would take longer than a sample may wait; nor may another thread.
        gc.collect()
        gc.freeze()
        sys.setswitchinterval(_SWITCH_S)
        publisher = Publisher(metrics, forms, streams.uids, streams.subject)
        say(greeting(found, metrics, forms))
        session = Session(analysis, metrics, streams.subject, publisher, say, show)
        try:
            _listen(session, streams, early, lab, stop, say)
            session.summary.samples = streams.counts()
            streams.close()
            for notice in streams.notices():
                say(notice, "warning")
            session.finish()
            threading.Event().wait(LINGER_S)
        finally:
            session.close()
        return session.summary
    finally:
        streams.close()


def _wait_for_streams(
    streams: LiveStreams, lab: Lab, stop: threading.Event, say: Say
) -> tuple[dict[str, StreamSpec], list[StreamChunk]]:
    """Wait until every stream that is required has joined; after a while, those that have will do.

    What has come meanwhile is given back too: the recorder has it, and a plate's zero and a filter begin with it.
    """
    until = lsl.clock() + (_PATIENCE_WITH_DEVICES_S if lab.devices else _PATIENCE_S)
    found: dict[str, StreamSpec] = {}
    early: list[StreamChunk] = []
    warned = False
    while not stop.is_set():
        streams.poll()
        found |= streams.joined()
        if streams.complete() or (found and lsl.clock() > until):
            break
        if not found and not warned and lsl.clock() > until:
            warned = True
            say(f"no stream of {lab.where} is on the network yet; still waiting (Ctrl-C stops)", "fault")
        early += streams.wait(_CYCLE_S)
    for name in streams.absent():
        say(f"{name} has not joined; it is analysed as soon as it does", "fault")
    return found, early


def _listen(
    session: Session, streams: LiveStreams, early: list[StreamChunk], lab: Lab, stop: threading.Event, say: Say
) -> None:
    """The loop: samples in, events out; what is decided, and all else, must not hold it up."""
    with DecisionThread(session) as decider:
        feeding = _Feeding(session, streams, decider)
        feeding.begin(streams.counts())
        feeding.take(early)
        early.clear()
        next_poll = 0.0
        while not stop.is_set():
            feeding.take(streams.wait(_CYCLE_S))
            decider.look()
            if lsl.clock() < next_poll:
                continue
            streams.poll()
            new = streams.joined()
            if new:
                with decider.paused():
                    add_late(new, session, streams, lab, say)
                feeding.begin(new)
            next_poll = lsl.clock() + _POLL_S
        feeding.end(lsl.clock())


def add_late(new: Mapping[str, StreamSpec], session: Session, streams: LiveStreams, lab: Lab, say: Say) -> None:
    """Analyse streams that have joined late, and publish what is asked for of them."""
    before = len(session.analysis.notes)
    session.analysis.add(new)
    for note in session.analysis.notes[before:]:
        say(note, "warning")
    if session.publisher is not None:
        session.publisher.add(published(lab, session.analysis, strict=False), streams.uids)
    try:
        published(lab, session.analysis, strict=not streams.absent())
    except LabError as error:  # the others are told all the same
        say(str(error), "fault")


class _Feeding:
    """Which streams are fed at once, and which are left to the decider: those of which nothing is said before."""

    def __init__(self, session: Session, streams: LiveStreams, decider: DecisionThread) -> None:
        self._session, self._streams, self._decider = session, streams, decider
        self._relaxed: set[str] = set()

    def begin(self, names: Iterable[str]) -> None:
        """Let new streams wait for a tick if they may; hear of those with events the moment they come."""
        publisher = self._session.publisher
        signals = publisher.published if publisher is not None else frozenset()
        for name in names:
            if not self._session.analysis.needs_low_latency(name, signals):
                self._relaxed.add(name)
                self._streams.poll_every(name, TICK_S)
            elif self._session.analysis.emits_events(name):
                self._streams.low_latency(name)

    def take(self, every: Iterable[StreamChunk]) -> None:
        """Feed samples, or have them fed."""
        for taken in every:
            if taken.stream in self._relaxed:
                self._decider.leave(taken)
            else:
                self._session.feed(taken)
        for name in self._decider.brought_events & self._relaxed:
            self._decider.brought_events.discard(name)
            if not self._session.analysis.delayed(name):
                self._feed_at_once(name)

    def end(self, until: float) -> None:
        """Take all that was sampled before a moment, whoever waits for it."""
        self._streams.stop_listeners()
        for name in self._relaxed:
            self._streams.poll_every(name, 0.0)
        while (now := lsl.clock()) < until + _DRAIN_AT_MOST_S:
            if now > until + _DRAIN_AT_LEAST_S and self._streams.passed(until):
                break
            self.take(self._streams.wait(_CYCLE_S))

    def _feed_at_once(self, name: str) -> None:
        """A stream has brought an event that nobody had announced: from now on it is fed at once."""
        with self._decider.paused():
            self._decider.catch_up()
        self._relaxed.discard(name)
        self._streams.poll_every(name, 0.0)
        self._streams.low_latency(name)
