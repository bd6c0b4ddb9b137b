"""Everything a live analysis has said, put together as a result that can be stored and compared."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from groundup.analysis.gait.strides import trial_at
from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.pipeline import AnalysisResult
from groundup.analysis.sound_events import near
from groundup.live.engine.engine import LiveAnalysis
from groundup.live.results import ChunkResult, TickResult
from groundup.model.events import Event, SitToStand, Stance, Stride, Trial
from groundup.model.signals import Signal


@dataclass
class ResultCollector:
    """Collects what is said."""

    _parts: dict[str, list[Signal]] = field(default_factory=dict)
    _events: list[Event] = field(default_factory=list)
    _markers: list[Event] = field(default_factory=list)
    _stretches: list[Stance | Stride | SitToStand | Trial] = field(default_factory=list)
    _rows: list[MetricRow] = field(default_factory=list)
    _notes: list[str] = field(default_factory=list)

    def add_chunk(self, result: ChunkResult) -> None:
        """Take in what came of a chunk."""
        for signal in result.signals:
            self._parts.setdefault(signal.id, []).append(signal)
        self._events += result.events
        self._notes += (str(fault) for fault in result.faults)

    def add_tick(self, tick: TickResult) -> None:
        """Take in what was decided at a tick."""
        self._events += tick.events
        self._markers += tick.markers
        if tick.job is not None:
            self._stretches += tick.job.stretches

    def rows(self, rows: Iterable[MetricRow]) -> None:
        """Take in values of metrics."""
        self._rows += rows

    def note(self, text: str) -> None:
        """Take in what went wrong."""
        self._notes.append(text)

    def result(self, analysis: LiveAnalysis) -> AnalysisResult:
        """All of it, as an offline analysis would give it."""
        trials = [stretch for stretch in self._stretches if isinstance(stretch, Trial)]
        markers, far = near(self._markers, analysis.span)
        every = sorted([*self._events, *markers])
        events = [replace(e, trial=e.trial or trial_at(trials, e.time, e.time)) for e in every]
        makers = {name: maker for graph in analysis.graphs for name, maker in graph.makers.items()}
        return AnalysisResult(
            signals=tuple(_joined(parts) for _, parts in sorted(self._parts.items())),
            events=tuple(events),
            trials=tuple(trials),
            stances=tuple(s for s in self._stretches if isinstance(s, Stance)),
            strides=tuple(s for s in self._stretches if isinstance(s, Stride)),
            rises=tuple(s for s in self._stretches if isinstance(s, SitToStand)),
            rows=tuple(sorted(self._rows, key=lambda row: (row.name, row.t1, row.t0, row.side))),
            makers={name: makers[name] for name in self._parts},
            notes=tuple(dict.fromkeys([*far, *analysis.notes, *self._notes])),
            causal=True,
        )


def _joined(parts: list[Signal]) -> Signal:
    return replace(
        parts[0],
        time=np.concatenate([part.time for part in parts]),
        samples=np.concatenate([part.samples for part in parts]),
    )
