"""Values that stand on streams with a wrong clock or a wrong unit: such a number looks like any other.

A value is refused when what it needs, or the events that cut it out of time, are from a stream with a wrong sampling
rate; where nothing tells which of two streams is wrong, when it brings the two together. So it is when they are from a
stream whose numbers cannot be in the unit that is told (`groundup.analysis.plausibility`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from groundup.analysis.gait.stride_period import FILE, Disagreement
from groundup.analysis.metrics.needs import Stretch
from groundup.analysis.plausibility import Implausible
from groundup.model.anatomy import Side
from groundup.model.events import Event, SitToStand, Stance, Stride
from groundup.model.signals import Signal
from groundup.model.units import VOLTAGE, factor_of
from groundup.plugin.metric import Metric
from groundup.plugin.need import Need
from groundup.plugin.need_kinds import NEED_KINDS
from groundup.plugin.need_match import asks_for

_FOUND_BY = {"foot", "shank", "pelvis"}
"""Segments whose sensors show contacts and rises."""


@dataclass
class UnreliableStreams:
    """What is known of streams that disagree.

    Attributes
    ----------
    disagreements : sequence of Disagreement
    signals : sequence of Signal
        Raw and processed.
    events : sequence of Event
        Those that strides were cut by.
    implausible : sequence of Implausible
    """

    disagreements: Sequence[Disagreement]
    signals: Sequence[Signal]
    events: Sequence[Event]
    implausible: Sequence[Implausible] = ()
    _needed: dict[tuple[Need, Side], frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_id = {signal.id: signal for signal in self.signals}
        contacts = [event for event in self.events if event.kind == "IC"] if self._any else []
        sources = {source: self._streams_of(source) for source in {event.source for event in contacts}}
        self._contacts = {(event.time, event.side): sources[event.source] for event in contacts}

    def about(self, metric: Metric, stretch: Stretch, side: Side) -> str:
        """Why a value cannot be stood behind, as the end of "not computable, because ..."; empty when it can."""
        if not self._any:
            return ""
        on = self._cut_by(stretch, stretch.side if isinstance(stretch, Stance | Stride) else side)
        for need in metric.needs:
            on |= self._streams(need, side)
            if need.each is not None:
                on |= self._cut_by(stretch, "" if need.both else side)
        for one in self.disagreements:
            if one.stream in on and (not one.either or on & set(one.others)):
                return one.reason
        return next((one.reason for one in self.implausible if _concerns(one, metric, on)), "")

    def unobserved(self, metric: Metric) -> str:
        """Why nothing was seen that a metric could describe, if a wrong unit is why; else empty."""
        if not set(metric.scopes) & {Stance, Stride, SitToStand}:
            return ""
        return next((one.reason for one in self.implausible if self._hides(one)), "")

    def _hides(self, one: Implausible) -> bool:
        """Whether contacts and rises are found in what cannot be as it is told."""
        if one.what in ("force", "moment"):
            return True
        sites = {channel.site for id_ in one.streams for channel in self._by_id[id_].channels}
        return one.what in ("acceleration", "turning") and bool(sites & _FOUND_BY)

    @property
    def _any(self) -> bool:
        return bool(self.disagreements or self.implausible)

    def _cut_by(self, stretch: Stretch, side: Side) -> frozenset[str]:
        """Streams whose events cut a stretch of time, or the strides of a trial."""
        if isinstance(stretch, Stance | SitToStand):
            return self._streams_of(stretch.source)
        if isinstance(stretch, Stride):
            ends = ((stretch.t0, stretch.side), (stretch.t1, stretch.side))
            return frozenset[str]().union(*(self._contacts.get(end, frozenset()) for end in ends))
        inside = [
            streams
            for (time, foot), streams in self._contacts.items()
            if stretch.t0 <= time <= stretch.t1 and (not side or foot == side)
        ]
        return frozenset[str]().union(*inside)

    def _streams(self, need: Need, side: Side) -> frozenset[str]:
        """Streams that what a metric needs is made from."""
        key = (need, side)
        if key not in self._needed:
            kinds = NEED_KINDS[need.what].of
            if need.what == "distance":
                kinds = ("mocap",) if any(s.kind == "mocap" for s in self.signals) else ("grf", "foothold")
            ids = [s.id for s in self.signals if s.kind in kinds and _has(s, need, side)]
            ids += [s.id for s in self.signals if asks_for(need, s)]
            self._needed[key] = self._roots(ids)
        return self._needed[key]

    def _streams_of(self, source: str) -> frozenset[str]:
        """Streams that the events of a source were found in; `FILE` for those that came with the file."""
        raw = [
            s.id for s in self.signals if not s.inputs for c in s.channels if c.site and _names(c.site, c.side, source)
        ]
        return frozenset(raw) or frozenset([FILE])

    def _roots(self, ids: Iterable[str]) -> frozenset[str]:
        found: set[str] = set()
        for id in ids:
            signal = self._by_id.get(id)
            found |= self._roots(signal.inputs) if signal is not None and signal.inputs else {id}
        return frozenset(found)


def _concerns(one: Implausible, metric: Metric, on: frozenset[str]) -> bool:
    """Whether a metric stands on what cannot be as it is told, by the streams that it stands on."""
    if one.what == "mass":
        return any(need.what == "subject" for need in metric.needs)
    if one.what == "emg":  # what is given over the muscle's own peak is the same in any unit
        volts = factor_of(metric.unit, VOLTAGE) is not None
        return volts and bool(on & one.streams)
    return one.what != "height" and bool(on & one.streams)


def _has(signal: Signal, need: Need, side: Side) -> bool:
    every = bool(need.both or need.other or need.labels or need.name) or need.what == "legs" or not side
    return any(
        (not need.sites or c.site in need.sites or need.name == "heel") and (every or c.side in (side, ""))
        for c in signal.channels
        if c.site or need.labels or need.name
    )


def _names(site: str, side: Side, source: str) -> bool:
    return source in (site, f"imu:{site}", f"imu:{site}_{side}")
