"""A live session over LSL: the lab's streams analysed while they come in."""

import gc
import sys
import threading
from collections.abc import Callable, Iterable, Sequence

from groundup import lsl
from groundup.analysis.measure import MetricRow
from groundup.lab import Lab
from groundup.ledger import LedgerRow
from groundup.live.asked import greeting, live_analysis, live_metrics, published
from groundup.live.decider import Decider
from groundup.live.delivery import TICK_S
from groundup.live.from_lsl import LiveStreams
from groundup.live.publisher import Publisher
from groundup.live.session import LINGER_S, Say, Session, Told
from groundup.record.session import DESK, wanted
from groundup.streams import StreamSpec

WAIT_S = 0.5
"""How long, in stream time, a stream that says nothing is waited for."""
_PATIENCE_S, _PATIENCE_WITH_DEVICES_S = 5.0, 30.0
_POLL_S = 0.5
_CYCLE_S = 0.05
_SWITCH_S = 1e-4


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
        say(greeting(found, metrics, forms))
        session = Session(analysis, metrics, streams.subject, publisher, say, show)
        try:
            _listen(session, streams, stop, say)
            session.told.samples = streams.counts()
            streams.close()
            session.finish()
            threading.Event().wait(LINGER_S)
        finally:
            session.close()
        return session.told
    finally:
        streams.close()


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
