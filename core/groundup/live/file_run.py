"""A live session out of a file: as if it came in now, at any speed."""

import math
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from groundup import lsl
from groundup.analysis.metrics.measure import MetricRow
from groundup.lab.tables import Lab, LabError
from groundup.live.config import greeting, live_analysis, live_metrics, published
from groundup.live.engine.engine import LiveAnalysis
from groundup.live.inputs.playback import SLICE_S, Step, play
from groundup.live.outputs.publisher import Publisher
from groundup.live.outputs.result_collector import ResultCollector
from groundup.live.session import LINGER_S, Session, SessionSummary
from groundup.model.messages import Say
from groundup.sources.open_source import open_source

_PACED_SLICE_S = 0.01


def run_file(
    path: Path,
    lab: Lab | None,
    stop: threading.Event,
    *,
    speed: float | None,
    say: Say,
    show: Callable[[Sequence[MetricRow]], None] = lambda rows: None,
) -> tuple[ResultCollector, LiveAnalysis, SessionSummary]:
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
    raw = {s.id: s.spec for s in source.streams if s.spec.raw and s.count}
    if not raw:
        raise LabError(f"{path} holds no sample of any stream: there is nothing to analyse")
    analysis = live_analysis(raw, metrics, known)
    for note in analysis.notes:
        say(note, "warning")
    forms = published(known, analysis, strict=True)
    subject = known.subject.over(source.subject)
    publisher = Publisher(metrics, forms, (), subject) if speed is not None else None
    say(greeting(raw, metrics, forms))
    session = Session(analysis, metrics, subject, publisher, say, show, lossless=True)
    session.results = ResultCollector()
    try:
        streams = [s for s in source.streams if s.id in raw]
        _play_into(session, play(analysis, streams, slice_s=SLICE_S if speed is None else _PACED_SLICE_S), stop, speed)
        session.finish()
        if publisher is not None:
            threading.Event().wait(LINGER_S)
    finally:
        session.close()
    session.summary.samples = {s.id: s.count for s in streams}
    return session.results, analysis, session.summary


def _play_into(session: Session, steps: Iterable[Step], stop: threading.Event, speed: float | None) -> None:
    """Hand what is played to the session, as fast as it goes or at a pace, until it ends or is ended."""
    start, first = lsl.clock(), math.nan
    for step in steps:
        for chunk in step.chunks:
            session.add_chunk(chunk)
        for tick in step.ticks:
            session.add_tick(tick)
        for notice in step.notices:
            session.add_notice(notice)
        session.look()
        if speed is not None and math.isfinite(step.time):
            first = step.time if math.isnan(first) else first
            stop.wait(max(0.0, start + (step.time - first) / speed - lsl.clock()))
        if stop.is_set():
            break
