"""LSL as the source of a live analysis: the lab's streams found, opened, drained, and opened anew when they return."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import cast

from groundup import lsl
from groundup.headers.untrusted_xml import parse_untrusted_xml
from groundup.lab.tables import Lab, LabError, apply_lab
from groundup.live.inputs.clock_notices import Known, told_of_time
from groundup.lsl.control import CONTROL
from groundup.lsl.stream_names import LIVE
from groundup.model.ledger import LedgerRow
from groundup.model.signals import Floats
from groundup.model.source import Samples
from groundup.model.streams import StreamSpec
from groundup.model.subject import Subject
from groundup.record.discovery import Joined, Recorded, StreamDiscovery, StreamRequest
from groundup.record.stream_monitor import StreamMonitor, counters, passed
from groundup_ext._live import Inlets

_LEAVE_S = 5.0
_LEAVE_POLL_S = 0.005
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
    wanted : sequence of StreamRequest
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
        wanted: Sequence[StreamRequest],
        lab: Lab | None = None,
        say: Callable[[LedgerRow], None] = lambda row: None,
    ) -> None:
        lsl.load()
        self._wanted, self._lab, self._say = [_but_derived(w) for w in wanted], lab, say
        self._inlets = Inlets()
        self._joining = StreamDiscovery(self._wanted, self._leave)
        self._streams: list[Recorded] = []
        self._names: dict[int, str] = {}
        self._new: dict[str, StreamSpec] = {}
        self._listeners: dict[int, threading.Thread] = {}
        self._urgent: set[str] = set()
        self.subject = lab.subject if lab is not None else Subject()

    @property
    def uids(self) -> list[str]:
        """Unique ids of the outlets that are listened to."""
        return [stream.open.found.uid for stream in self._streams]

    def complete(self) -> bool:
        """Whether every stream that is expected has joined, and none is being opened."""
        joined = {stream.wanted for stream in self._streams}
        return bool(self._streams) and not self._joining.busy and all(w in joined for w in self._wanted if w.expected)

    def absent(self) -> list[str]:
        """The streams that are expected and have not joined, in words."""
        joined = {stream.wanted for stream in self._streams}
        return [w.id or w.predicate for w in self._wanted if w.expected and w not in joined]

    def joined(self) -> dict[str, StreamSpec]:
        """Streams that have joined since the last call, as the lab knows them."""
        new, self._new = self._new, {}
        return new

    def wait(self, seconds: float) -> list[StreamChunk]:
        """Wait for samples, at most so long, and take them: those of urgent streams first."""
        return [StreamChunk(self._names[index], times, samples) for index, times, samples in self._inlets.wait(seconds)]

    def poll_every(self, stream: str, every_s: float) -> None:
        """Take what a stream has only every so many seconds; 0: at once."""
        self._inlets.poll_every(next(s.index for s in self._streams if s.id == stream), every_s)

    def low_latency(self, stream: str) -> None:
        """Hear of a stream's samples the moment they are there, from now on; it takes a thread."""
        self._urgent.add(stream)
        index = next(s.index for s in self._streams if s.id == stream)
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
        status = self._inlets.status()
        return {stream.id: status[stream.index].samples for stream in self._streams}

    def told(self) -> list[str]:
        """What is known of the times of all streams; when nothing is taken any more."""
        known = [(s.id, s.flow.rate, cast(Known, self._inlets.known(s.index))) for s in self._streams]
        return [told for each in known for told in told_of_time(*each)]

    def passed(self, until: float) -> bool:
        """Whether all that was sampled before a moment has been taken, of every stream that still sends."""
        now, status = lsl.clock(), self._inlets.status()
        return all(passed(status[s.index], until, s.flow.rate, now) for s in self._streams if s.flow.rate > 0)

    def poll(self) -> None:
        """Look once: new streams, streams gone, faults. To be called a few times a second."""
        now = lsl.clock()
        status = self._inlets.status()
        for stream in self._streams:
            stream.heard = max(stream.heard, status[stream.index].arrived)
        found = self._joining.look(self._streams, now)
        joined, rows = self._joining.joined(now)
        for one in joined:
            if one.returns is None:
                self._add(one, now)
            else:
                self._inlets.resume(one.returns.index, one.open.handle)
                one.returns.open, one.returns.lost, one.returns.ended = one.open, False, False
                self._enter(one.returns.flow.returned(now))
                if one.returns.id in self._urgent:
                    self.low_latency(one.returns.id)
        self._enter(rows)
        status, uids = self._inlets.status(), {f.uid for f in found}
        for stream in self._streams:
            stream.lost = stream.lost or status[stream.index].lost
            present = self._joining.present(stream, uids, now)
            self._enter(stream.flow.look(self._inlets.last_cycle, counters(status[stream.index], present)))

    def close(self) -> None:
        """Let go of everything. Safe to call twice."""
        self.stop_listeners()
        self._joining.close()
        for stream in self._streams:
            stream.open.close()

    def _add(self, joined: Joined, now: float) -> None:
        opened, wanted = joined.open, joined.wanted
        name, spec = self._id(wanted), opened.spec
        spec = self._known(name, spec, now)
        capacity = lsl.pull_samples(spec, _CAPACITY_S)
        index = self._inlets.add(opened.handle, spec.format, len(spec.channels), capacity, spec.rate, spec.latency_s)
        flow = StreamMonitor(name, spec.rate, wanted.matters(spec.rate), now, wanted.optional)
        self._streams.append(Recorded(name, index, index, wanted, opened, flow, now))
        self._names[index] = name
        self._new[name] = spec
        with suppress(ValueError):
            self.subject = self.subject.over(Subject.from_xml(parse_untrusted_xml(opened.header)))
        what = "the control stream" if spec.name == CONTROL else f"{name}: {spec.name}"
        self._enter([LedgerRow(now, name, "joined", "info", 0, f"{what} joined")])

    def _id(self, wanted: StreamRequest) -> str:
        taken = {stream.id for stream in self._streams}
        stem, number = wanted.id, 2 if wanted.id else len(taken) + 1
        name = stem or f"s{number:02d}"
        while name in taken:
            name = f"{stem}_{number}" if stem else f"s{number:02d}"
            number += 1
        return name

    def _known(self, name: str, spec: StreamSpec, now: float) -> StreamSpec:
        table = self._lab.streams.get(name) if self._lab is not None else None
        if table is None:
            return spec
        try:
            return apply_lab(spec, table, f"{self._lab.where if self._lab else ''}: [streams.{name}]")
        except LabError as error:
            self._enter([LedgerRow(now, name, "lab", "warning", 0, str(error))])
            return spec

    def _leave(self, stream: Recorded) -> None:
        """Drain a stream's inlet a last time; called from another thread.

        Raises
        ------
        OSError
            If it is not let go of, because nothing is drained any more.
        """
        waiting = threading.Event()
        self._inlets.release(stream.index)
        until = lsl.clock() + _LEAVE_S
        while not self._inlets.status()[stream.index].gone:
            if lsl.clock() > until:
                raise OSError(f"{stream.id} is still being drained")
            waiting.wait(_LEAVE_POLL_S)

    def _enter(self, rows: Sequence[LedgerRow]) -> None:
        for row in rows:
            self._say(row)


def _but_derived(wanted: StreamRequest) -> StreamRequest:
    """The same without what a live analysis says: it is not made of itself."""
    derived = f"contains(source_id,'/{LIVE}/')"
    return replace(
        wanted, predicate=f"({wanted.predicate}) and not({derived})" if wanted.predicate else f"not({derived})"
    )
