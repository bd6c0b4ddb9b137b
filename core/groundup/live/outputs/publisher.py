"""What live says to other programs, as LSL streams: events, metrics, and the processed signals that are asked for.

All are stamped in this process's LSL clock at the time of what they describe, and name the uids of what they were made
from. A recorder keeps them with the role ``live``.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from groundup.analysis.metrics.measure import MetricRow
from groundup.lsl.outlet import Outlet
from groundup.lsl.stream_names import LIVE, LIVE_EVENTS, LIVE_METRICS, source_prefix
from groundup.model.anatomy import Side
from groundup.model.event_json import event_json
from groundup.model.events import Event, Stride
from groundup.model.signals import Signal
from groundup.model.streams import Channel, StreamSpec
from groundup.model.subject import Subject
from groundup.plugin.metric import Metric
from groundup.plugin.stage import SignalForm


def metric_channels(metrics: Sequence[Metric]) -> list[tuple[str, Side, str]]:
    """Name, side and unit of each channel of ``groundup.metrics``."""
    found: list[tuple[str, Side, str]] = []
    for metric in metrics:
        sides: tuple[Side, ...] = ("L", "R") if metric.scopes == (Stride,) else ("L", "R", "")
        found += [(metric.name, side, metric.unit) for side in sides]
    return found


class Publisher:
    """The outlets of a live analysis.

    Parameters
    ----------
    metrics : sequence of Metric
    signals : mapping of id to SignalForm
        The processed signals to publish.
    uids : sequence of str
        Of the streams that all of it is made from.
    subject : Subject, optional
    """

    def __init__(
        self,
        metrics: Sequence[Metric],
        signals: Mapping[str, SignalForm],
        uids: Sequence[str] = (),
        subject: Subject | None = None,
    ) -> None:
        self._subject = subject
        channels = metric_channels(metrics)
        self._places = {(name, side): place for place, (name, side, _) in enumerate(channels)}
        self._events = self._outlet(
            StreamSpec(LIVE_EVENTS, "Markers", 0.0, "string", (Channel("json"),), role="live", inputs=tuple(uids))
        )
        self._metrics = None
        if channels:
            labels = tuple(Channel(f"{name}_{side}" if side else name, unit, "", side) for name, side, unit in channels)
            spec = StreamSpec(LIVE_METRICS, "Metrics", 0.0, "double64", labels, role="live", inputs=tuple(uids))
            self._metrics = self._outlet(spec)
        self._signals: dict[str, Outlet] = {}
        self.add(signals, uids)

    def add(self, signals: Mapping[str, SignalForm], uids: Sequence[str]) -> None:
        """Publish these processed signals too, unless they are; `uids` as above."""
        for name, form in signals.items():
            if name not in self._signals:
                title, inputs = f"groundup.{name}", tuple(uids)
                spec = StreamSpec(title, form.kind, form.rate, "double64", form.channels, role="live", inputs=inputs)
                self._signals[name] = self._outlet(spec)

    @property
    def published(self) -> frozenset[str]:
        """Ids of the processed signals that are published."""
        return frozenset(self._signals)

    def events(self, events: Sequence[Event]) -> None:
        """Publish events."""
        if events:
            self._events.push([[event_json(event)] for event in events], [event.time for event in events])

    def rows(self, rows: Sequence[MetricRow]) -> None:
        """Publish the values of one stretch of time as one sample, stamped at its end; what is not there is NaN."""
        if self._metrics is None or not rows:
            return
        values = np.full((1, len(self._places)), np.nan)
        for row in rows:
            place = self._places.get((row.name, row.side))
            if place is not None:
                values[0, place] = row.value
        self._metrics.push(values, [rows[0].t1])

    def signals(self, signals: Sequence[Signal]) -> None:
        """Publish the next samples of those signals that are published."""
        for signal in signals:
            outlet = self._signals.get(signal.id)
            if outlet is not None:
                outlet.push(np.ascontiguousarray(signal.samples, np.float64), signal.time)

    def _outlet(self, spec: StreamSpec) -> Outlet:
        return Outlet(spec, source_prefix(LIVE) + spec.name, self._subject)
