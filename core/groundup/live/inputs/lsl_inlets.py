"""LSL as the source of a live analysis: the lab's streams as the lab knows them, and their samples on the lab clock."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import cast

from groundup import lsl
from groundup.headers.untrusted_xml import parse_untrusted_xml
from groundup.inlets.open_streams import OpenStreams
from groundup.inlets.stream_request import StreamRequest
from groundup.lab.apply import apply_lab
from groundup.lab.stream_tables import table_of
from groundup.lab.tables import Lab, LabError
from groundup.live.inputs.clock_notices import ClockFacts, notices_of
from groundup.lsl.control import CONTROL
from groundup.lsl.stream_names import LIVE
from groundup.model.ledger import LedgerRow
from groundup.model.signals import Floats
from groundup.model.source import Samples
from groundup.model.streams import StreamSpec
from groundup.model.subject import Subject
from groundup_ext._live import Inlets

_CAPACITY_S = 0.5


@dataclass(frozen=True)
class StreamChunk:
    """Samples of one stream, on the lab clock."""

    stream: str
    times: Floats
    samples: Samples


class LiveStreams:
    """The streams of a lab on the network.

    Parameters
    ----------
    requests : sequence of StreamRequest
    lab : Lab, optional
        Gives channels their sites, sides and units.
    say : callable
        Called with what happens to a stream, at once.

    Attributes
    ----------
    subject : Subject
        The person, as the lab and the streams know them.
    """

    def __init__(
        self,
        requests: Sequence[StreamRequest],
        lab: Lab | None = None,
        say: Callable[[LedgerRow], None] = lambda row: None,
    ) -> None:
        lsl.load()
        self._lab, self._say = lab, say
        self._inlets = Inlets()
        self._open = OpenStreams([_but_derived(r) for r in requests], self._inlets, self._begin, say)
        self._names: dict[int, str] = {}
        self._new: dict[str, StreamSpec] = {}
        self._listeners: dict[int, threading.Thread] = {}
        self._urgent: set[str] = set()
        self.subject = lab.subject if lab is not None else Subject()

    @property
    def uids(self) -> list[str]:
        """Unique ids of the outlets that are listened to."""
        return [stream.open.found.uid for stream in self._open.streams]

    def complete(self) -> bool:
        """Whether every stream that is required has joined, and none is being opened."""
        return bool(self._open.streams) and not self._open.discovery.busy and not self._open.absent()

    def absent(self) -> list[str]:
        """The streams that are required and have not joined, in words."""
        return [request.id or request.predicate for request in self._open.absent()]

    def joined(self) -> dict[str, StreamSpec]:
        """Streams that have joined since the last call, as the lab knows them."""
        new, self._new = self._new, {}
        return new

    def wait(self, seconds: float) -> list[StreamChunk]:
        """Wait for samples, at most so long, and take them: those of urgent streams first."""
        return [StreamChunk(self._names[index], times, samples) for index, times, samples in self._inlets.wait(seconds)]

    def poll_every(self, stream: str, every_s: float) -> None:
        """Take what a stream has only every so many seconds; 0: at once."""
        self._inlets.poll_every(next(s.index for s in self._open.streams if s.id == stream), every_s)

    def low_latency(self, stream: str) -> None:
        """Hear of a stream's samples the moment they are there, from now on; it takes a thread."""
        self._urgent.add(stream)
        index = next(s.index for s in self._open.streams if s.id == stream)
        before = self._listeners.get(index)
        if (before is None or not before.is_alive()) and self._inlets.claim(index):
            listener = threading.Thread(
                target=self._inlets.listen, args=(index,), name=f"groundup-{stream}", daemon=True
            )
            self._listeners[index] = listener
            listener.start()

    def stop_listeners(self) -> None:
        """Hurry no more, for good: what still comes is taken in turns. Safe to call twice."""
        self._urgent.clear()
        self._inlets.stop_listeners()
        for listener in self._listeners.values():
            listener.join()

    def counts(self) -> dict[str, int]:
        """Samples that have come of each stream."""
        status = self._inlets.status()["streams"]
        return {stream.id: status[stream.index].samples for stream in self._open.streams}

    def notices(self) -> list[str]:
        """What is known of the times of all streams; when nothing is taken any more."""
        known = [(s.id, s.monitor.rate, cast(ClockFacts, self._inlets.known(s.index))) for s in self._open.streams]
        return [notice for each in known for notice in notices_of(*each)]

    def passed(self, until: float) -> bool:
        """Whether all that was sampled before a moment has been taken, of every stream that still sends."""
        return self._open.passed(until)

    def poll(self) -> None:
        """Look once: new streams, streams gone, faults. To be called a few times a second."""
        now = lsl.clock()
        found = self._open.look(now)
        _, returned = self._open.collect(now)
        for stream in returned:
            if stream.id in self._urgent:
                self.low_latency(stream.id)
        self._open.watch(now, found)

    def close(self) -> None:
        """Let go of everything. Safe to call twice."""
        self.stop_listeners()
        self._open.discovery.close()
        for stream in self._open.streams:
            stream.open.close()

    def _begin(self, opened: lsl.OpenStream, name: str) -> int:
        now, spec = lsl.clock(), self._known(name, opened.spec)
        capacity = lsl.pull_samples(spec, _CAPACITY_S)
        index = self._inlets.add(opened.handle, spec.format, len(spec.channels), capacity, spec.rate, spec.latency_s)
        self._names[index] = name
        self._new[name] = spec
        with suppress(ValueError):
            self.subject = self.subject.over(Subject.from_xml(parse_untrusted_xml(opened.header)))
        what = "the control stream" if spec.name == CONTROL else f"{name}: {spec.name}"
        self._say(LedgerRow(now, name, "joined", "info", 0, f"{what} joined"))
        return index

    def _known(self, name: str, spec: StreamSpec) -> StreamSpec:
        table = self._lab.streams.get(name) if self._lab is not None else None
        if table is None:
            return spec
        try:
            return apply_lab(spec, table, f"{self._lab.where if self._lab else ''}: {table_of(name)}")
        except LabError as error:
            self._say(LedgerRow(lsl.clock(), name, "lab", "warning", 0, str(error)))
            return spec


def _but_derived(request: StreamRequest) -> StreamRequest:
    """The same without what a live analysis says: it is not made of itself."""
    derived = f"contains(source_id,'/{LIVE}/')"
    both = f"({request.predicate}) and not({derived})" if request.predicate else f"not({derived})"
    return replace(request, predicate=both)
