"""The live analysis, in memory: samples on the lab clock in; processed signals, events and jobs for the metrics out.

What comes out depends on the samples alone: not on how they were cut into chunks, nor on which stream was fed first, as
long as none is later than what is waited for (`groundup.live.engine.alignment`).
"""

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from groundup.analysis.gait.segmentation import Segmentation, segment_gait
from groundup.analysis.metrics.uncertain_contacts import refused_contacts
from groundup.analysis.wiring import ProcessStep
from groundup.live.engine.alignment import Aligner, cut_at_ticks
from groundup.live.engine.graph import Graph
from groundup.live.engine.rolling_buffer import Track
from groundup.live.engine.stretch_tracker import Completed
from groundup.live.engine.trials import LiveTrials
from groundup.live.metrics.job import Job
from groundup.live.results import ChunkResult, Fault, TickResult
from groundup.lsl.control import CONTROL
from groundup.lsl.control_messages import MARKER, parse_control
from groundup.model.event_json import event_from_marker
from groundup.model.events import Event
from groundup.model.signals import Floats, Signal, known_of
from groundup.model.source import Samples
from groundup.model.streams import StreamSpec
from groundup.plugin.metric import Metric
from groundup.plugin.need_kinds import NEED_KINDS
from groundup.plugin.need_match import asks_for
from groundup.plugin.processor import Processor
from groundup.plugin.stage import SignalForm

SPAN_S = 12.0
"""How much of a wide signal is kept: the longest stride and what a metric may want around it."""
CONTEXT_S = 20.0
"""How much is kept of what tells sides and directions: forces, accelerations, contacts."""
SETTLE_S = 0.15
"""A contact may be seen this much later than it was; what it ends is decided after that."""
_NARROW = ("grf", "imu", "mocap", "treadmill")
_MARGIN_S = 0.1


@dataclass(frozen=True)
class _Piece:
    """What one stream brought of one tick."""

    signals: tuple[Signal, ...] = ()
    events: tuple[Event, ...] = ()
    texts: tuple[tuple[float, str], ...] = ()
    stream: str = ""
    control: bool = False


@dataclass
class _Lane:
    spec: StreamSpec
    graph: Graph
    form: SignalForm
    kept: bool


class LiveAnalysis:
    """Processes streams while they come in.

    Parameters
    ----------
    streams : mapping of id to StreamSpec
        As lab.toml knows them. Streams that were computed live are left out.
    processors : sequence of Processor classes
    metrics : sequence of Metric
        What is kept for them, and for how long, follows from what they need.
    steps : sequence of ProcessStep
        ``[[process]]`` of lab.toml.
    wait_s : float
        How long, in stream time, a stream is waited for; infinite where its end is known.
    installed : sequence of Metric
        All that could be chosen: when something is decided follows from what any of them needs, so that no value
        depends on which others are computed.

    Attributes
    ----------
    notes : list of str
        What cannot be processed, and why.
    graphs : list of Graph
    """

    def __init__(
        self,
        streams: Mapping[str, StreamSpec],
        processors: Sequence[type[Processor]],
        metrics: Sequence[Metric],
        steps: Sequence[ProcessStep] = (),
        *,
        wait_s: float = math.inf,
        installed: Sequence[Metric] = (),
    ) -> None:
        self.notes: list[str] = []
        self.graphs: list[Graph] = []
        self._processors, self._steps = processors, steps
        self._delivery: Aligner[_Piece] = Aligner(wait_s)
        self._lanes: dict[str, _Lane] = {}
        self._tracks: dict[str, Track] = {}
        self._metrics = metrics
        needs = [need for metric in (*metrics, *installed) for need in metric.needs]
        self._kinds = _kinds([*metrics, *installed])
        self._needs = needs
        self._event_kinds = {need.name for metric in metrics for need in metric.needs if need.what == "events"}
        self._any_events = any(need.what == "events" for need in needs)
        self._context_events: list[Event] = []
        self._known: set[str] = set()
        self._after_s = max((need.after_s for need in needs), default=0.0)
        self._around_s = max((max(n.before_s, n.after_s) for n in needs), default=0.0) + _MARGIN_S
        self._settle_s = SETTLE_S
        self._found: list[Event] = []
        self._scheduled: list[float] = []
        self._trials = LiveTrials()
        self._completed = Completed()
        self._first, self._last = math.inf, -math.inf
        self.add(streams)

    @property
    def span(self) -> tuple[float, float]:
        """From the first sample of numbers to the last (s, lab clock); endless before any."""
        return (self._first, self._last) if self._first <= self._last else (-math.inf, math.inf)

    @property
    def streams(self) -> Container[str]:
        """Ids of the streams that are expected."""
        return self._lanes

    def add(self, streams: Mapping[str, StreamSpec]) -> None:
        """Expect more streams; a ``[[process]]`` that is wrong for the first of them was said then."""
        streams = {name: spec for name, spec in streams.items() if spec.raw}
        forms = {name: _form(name, spec) for name, spec in streams.items()}
        graph = Graph([f for f in forms.values() if f.kind != "markers"], self._processors, self._steps)
        self.notes += [note for note in graph.notes if not self.graphs or note not in graph.wrong]
        self.graphs.append(graph)
        for name, spec in streams.items():
            kept = self._is_kept(graph.in_force(forms[name])) and name not in graph.replaced
            self._lanes[name] = _Lane(spec, graph, forms[name], kept)
            self._delivery.add(name, spec.rate > 0)
            if kept:
                self._tracks[name] = self._track(graph.in_force(forms[name]))
        for form in map(graph.in_force, graph.forms.values()):
            if self._is_kept(form) and form.id not in graph.replaced:
                self._tracks[form.id] = self._track(form)
        latency = max((s for name, s in graph.latency_s.items() if self._looked_at(graph, name)), default=0.0)
        if self._any_events:
            latency = max(latency, graph.events_latency_s)
        self._settle_s = max(self._settle_s, SETTLE_S + latency + self._after_s)

    def feed(self, stream: str, times: Floats, samples: Samples) -> ChunkResult:
        """Take the next samples of a stream.

        Parameters
        ----------
        stream : str
        times : ndarray, shape (n,)
            Lab clock (`groundup.clock.live.LiveTime`); samples whose time is not known (NaN) are left out.
        samples : ndarray, shape (n, C), or n lists of C byte strings
        """
        lane = self._lanes[stream]
        if len(times) and not math.isfinite(times.sum()):
            keep = np.flatnonzero(np.isfinite(times))
            times = times[keep]
            samples = samples[keep] if isinstance(samples, np.ndarray) else [samples[i] for i in keep.tolist()]
        if len(times) == 0:
            return ChunkResult()
        if not isinstance(samples, np.ndarray):
            return self._feed_text(stream, lane, times, samples)
        self._first, self._last = min(self._first, float(times.min())), max(self._last, float(times.max()))
        signals: list[Signal] = []
        events: list[Event] = []
        faults: list[Fault] = []
        numbers = np.asarray(samples, np.float64)
        for tick, part in cut_at_ticks(times, self._delivery.newest(stream)):
            fed = lane.graph.feed(stream, times[part], numbers[part])
            signals += fed.signals
            faults += fed.faults
            events += (event for event in fed.events if _is_sure(event))
            self._delivery.put(stream, tick, self._piece(lane, times[part], numbers[part], fed))
        self._delivery.reached(stream, float(times.max()))
        return ChunkResult(tuple(signals), tuple(events), tuple(faults))

    def needs_low_latency(self, stream: str, published: Container[str]) -> bool:
        """Whether something is said at once of what a stream brings: events, or a processed signal that is published.

        All else is for the metrics, and those look at whole ticks.
        """
        graph = self._lanes[stream].graph
        return self.emits_events(stream) or any(name in published for name in graph.made_of(stream))

    def emits_events(self, stream: str) -> bool:
        """Whether events may be found in what a stream brings."""
        return self._lanes[stream].graph.emits_events(stream)

    def delayed(self, stream: str) -> bool:
        """Whether events of a stream come late anyway, so that one that has come is no reason to hurry."""
        return self._lanes[stream].graph.delayed(stream)

    def reached(self, stream: str, time: float) -> None:
        """Take note that nothing from before this time will come from a stream any more."""
        self._delivery.reached(stream, time)

    def end(self, stream: str) -> None:
        """Take note that nothing will come from a stream any more."""
        self._delivery.end(stream)

    def completed(self) -> bool:
        """Whether there is more for `advance` to look at than at the last call."""
        return self._delivery.completed()

    def advance(self) -> list[TickResult]:
        """Decide what can be decided by now; another thread may `feed` meanwhile."""
        return [
            decided
            for time, pieces in self._delivery.ticks(self._next_tick)
            if (decided := self._tick(time, pieces)) is not None
        ]

    def finish(self) -> list[TickResult]:
        """Decide what is left: nothing will come any more."""
        for stream in self._lanes:
            self.end(stream)
        return self.advance()

    def _feed_text(self, stream: str, lane: _Lane, times: Floats, rows: list[list[bytes]]) -> ChunkResult:
        control = lane.spec.name == CONTROL
        for tick, part in cut_at_ticks(times, self._delivery.newest(stream)):
            texts = tuple(
                (time, text.decode("utf-8", "replace"))
                for time, row in zip(times[part].tolist(), rows[part], strict=True)
                for text in row
                if text
            )
            self._delivery.put(stream, tick, _Piece(texts=texts, stream=stream, control=control))
        self._delivery.reached(stream, float(times.max()))
        return ChunkResult()

    def _piece(self, lane: _Lane, times: Floats, samples: Floats, fed: ChunkResult) -> _Piece:
        signals = [lane.graph.in_force(signal) for signal in fed.signals if signal.id in self._tracks]
        if lane.kept:
            signals.append(lane.graph.in_force(lane.form.signal(times, samples)))
        return _Piece(tuple(signals), fed.events)

    def _next_tick(self) -> float:
        return min(self._scheduled, default=math.inf)

    def _tick(self, time: float, pieces: Sequence[_Piece]) -> TickResult | None:
        given: list[Event] = []
        markers: list[Event] = []
        for piece in pieces:
            for signal in piece.signals:
                if len(signal.time):
                    self._tracks[signal.id].append(signal.time, signal.samples)
            given += piece.events
            markers += self._read(piece)
        new = [event for event in (*given, *markers) if event.kind in ("IC", "FO", "seat_off", "standing")]
        self._found += (event for event in (*given, *markers) if event.kind not in ("fault", "marker"))
        context = [event for event in (*given, *markers) if event.kind in self._event_kinds]
        self._context_events = [event for event in (*self._context_events, *context) if event.time >= time - CONTEXT_S]
        self._known |= {event.kind for event in context}
        self._scheduled += (event.time + self._settle_s for event in new)
        unsure = [event for event in given if not _is_sure(event)]
        is_tick = self._next_tick() <= time
        if not is_tick and not unsure:
            return TickResult(time, (), tuple(markers)) if markers else None
        self._found = [event for event in self._found if event.time >= time - CONTEXT_S]
        signals = [track.between(time - track.span_s) for track in self._tracks.values()]
        cuts = segment_gait(self._found, signals, self._trials.known(time), weighed=True)
        sided = {(e.time, e.kind, e.source): e for e in cuts.events}
        events = tuple(sided.get((e.time, e.kind, e.source), e) for e in unsure)
        self._scheduled = [moment for moment in self._scheduled if moment > time]
        return TickResult(time, events, tuple(markers), self._job(time, cuts) if is_tick else None)

    def _read(self, piece: _Piece) -> list[Event]:
        """Markers among texts; what a control stream says of trials is taken in."""
        found = []
        for time, text in piece.texts:
            if piece.control and parse_control(text).get("event") != MARKER:
                ended = self._trials.take(time, text)
                if ended:
                    self._scheduled.append(time + self._settle_s)
                continue
            found.append(event_from_marker(text, time, piece.stream))
        return found

    def _job(self, time: float, cuts: Segmentation) -> Job | None:
        """What has been completed since the last job."""
        until = time - self._settle_s
        completed, uncertain = self._completed.take(cuts, until)
        done = [*completed, *self._trials.ended(until)]
        refused = refused_contacts(uncertain, self._trials.known(time))
        if not done:
            return Job((), refused=tuple(refused)) if refused else None
        t0 = min(stretch.t0 for stretch in done) - self._around_s
        t1 = max(stretch.t1 for stretch in done) + self._around_s
        kinds = _kinds([m for m in self._metrics if {type(stretch) for stretch in done} & set(m.scopes)])
        mine = [need for metric in self._metrics for need in metric.needs]
        wanted = {kind for need in mine for kind in (*NEED_KINDS[need.what].of, need.name)}
        later = [one for graph in self.graphs for one in graph.later if one[0].makes in wanted]
        taken = {name for _, name in later}
        tracks = [
            t
            for t in self._tracks.values()
            if t.form.kind in kinds or t.form.id in taken or any(asks_for(n, t.form) for n in mine)
        ]
        signals = [track.between(max(t0, time - track.span_s), t1) for track in tracks]
        return Job(
            tuple(done),
            tuple(replace(s, time=s.time.copy(), samples=s.samples.copy()) for s in signals),
            tuple(s for s in cuts.stances if s.t1 > t0),
            tuple(s for s in cuts.strides if s.t0 > t0),
            cuts.walks,
            time - SPAN_S,
            tuple(refused),
            tuple(event for event in self._sided(cuts) if t0 <= event.time <= t1),
            frozenset(self._known),
            tuple(later),
        )

    def _sided(self, cuts: Segmentation) -> list[Event]:
        """Events that metrics ask for, contacts with their sides as they were decided."""
        sided = {(e.time, e.kind, e.source): e for e in cuts.events}
        return [sided.get((e.time, e.kind, e.source), e) for e in self._context_events]

    def _looked_at(self, graph: Graph, name: str) -> bool:
        """Whether any metric could ask for a signal: for no other is a stride made to wait."""
        form = graph.forms.get(name)
        return form is not None and (form.kind in self._kinds or any(asks_for(need, form) for need in self._needs))

    def _is_kept(self, form: SignalForm) -> bool:
        if form.rate <= 0:
            return False
        # What no site names, no metric can ask for.
        measured = form.kind in _kinds(self._metrics) and any(channel.site for channel in form.channels)
        named = any(asks_for(need, form) for metric in self._metrics for need in metric.needs)
        return measured or named or form.kind in _NARROW

    def _track(self, form: SignalForm) -> Track:
        return Track(form, CONTEXT_S if form.kind in _NARROW else SPAN_S + 2 * self._around_s)


def _is_sure(event: Event) -> bool:
    """Whether it can be said at once: a contact without a side waits for what tells one."""
    return bool(event.side) or event.kind not in ("IC", "FO")


def _kinds(metrics: Sequence[Metric]) -> set[str]:
    """The kinds of signals that are looked at for these metrics."""
    return {kind for metric in metrics for need in metric.needs for kind in NEED_KINDS[need.what].kept}


def _form(name: str, spec: StreamSpec) -> SignalForm:
    kind = spec.kind if spec.format != "string" else "markers"
    return SignalForm(name, kind, spec.channels, spec.rate, spec.plate, attrs=known_of(spec))
