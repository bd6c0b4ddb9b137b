"""The streams that are being drained: opened as they appear, watched, and opened anew when they return.

The recorder's engine or the inlets of live analysis move the samples; all else is the same for both.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import wait
from dataclasses import dataclass, field
from typing import Protocol

from groundup import lsl
from groundup.inlets.discovery import DrainedStream, Joined, StreamDiscovery, not_opened, why
from groundup.inlets.stream_monitor import StreamMonitor, counters, passed
from groundup.inlets.stream_request import StreamRequest
from groundup.inlets.workers import Workers
from groundup.lsl.stream_names import id_of_source
from groundup.model.ledger import LedgerRow
from groundup.model.streams import StreamSpec
from groundup_ext.status import InletsStatus

_LEAVE_S = 5.0
_LEAVE_POLL_S = 0.005
_DESTROYED_AT_ONCE = 256  # those that never come back keep no other waiting


class Drain(Protocol):
    """What drains inlets; each has an index there."""

    def release(self, index: int, /) -> None:
        """Drain an inlet a last time and let it go; `status` says when it is ``gone``."""

    def resume(self, index: int, handle: int, /) -> None:
        """Go on with another inlet."""

    def status(self) -> InletsStatus:
        """Counters, as of the last cycle."""


@dataclass
class OpenStreams:
    """The streams that are being drained.

    Parameters
    ----------
    requests : sequence of StreamRequest
        Of two that match, the first names the stream.
    drain : Drain
    begin : callable
        Called with an open inlet and the id of its stream; begins to drain it and returns its index.
    enter : callable
        Called with each new row of the ledger.
    companion : bool
        Whether what drivers send beside their streams comes with these.

    Attributes
    ----------
    streams : list of DrainedStream
        In the order of joining.
    """

    requests: Sequence[StreamRequest]
    drain: Drain
    begin: Callable[[lsl.OpenStream, str], int]
    enter: Callable[[LedgerRow], None]
    companion: bool = False
    streams: list[DrainedStream] = field(default_factory=list)
    _met: set[StreamRequest] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.discovery = StreamDiscovery(self.requests, self._leave)

    def absent(self) -> list[StreamRequest]:
        """Those that are required and have not joined."""
        return [request for request in self.requests if request.required and request not in self._met]

    def expect(self, device: str, request: StreamRequest) -> None:
        """Expect a stream that a device has announced: its streams stand for it among what is absent."""
        self._met |= {r for r in self.requests if r.of_device and r.id == device}
        if any(r.id == request.id for r in self.requests if not r.of_device):
            return  # lab.toml has said whether it is required, or it was announced before
        self.requests = self.discovery.requests = [*self.requests, request]
        if any(stream.open.found.matches(request.predicate) for stream in self.streams):
            self._met.add(request)

    def look(self, now: float) -> list[lsl.Found]:
        """What is on the network; what is requested of it and not drained yet is opened from now on."""
        for stream, status in zip(self.streams, self.drain.status()["streams"], strict=True):
            stream.last_arrival = max(stream.last_arrival, status.arrived)
        return self.discovery.look(self.streams, now)

    def collect(self, now: float) -> tuple[list[DrainedStream], list[DrainedStream]]:
        """Drain the streams whose inlets have opened: the new ones, and those that have come back."""
        new: list[DrainedStream] = []
        returned: list[DrainedStream] = []
        joined, rows = self.discovery.joined(now)
        for one in joined:
            if one.returns is not None:
                self._resume(one.returns, one.open, now)
                returned.append(one.returns)
                continue
            try:
                new.append(self._add(one, now))
            except (MemoryError, OverflowError) as error:
                rows.append(not_opened(one.open.found, one.request, why(error), now))
                self.discovery.pool.submit(one.open.destroy)
        for row in rows:
            self.enter(row)
        return new, returned

    def watch(self, now: float, found: Sequence[lsl.Found]) -> None:
        """Say what goes wrong with a stream, or well again."""
        status, uids = self.drain.status(), {f.uid for f in found}
        for stream, row in zip(self.streams, status["streams"], strict=True):
            if not stream.ended:
                stream.lost = stream.lost or row.lost
                present = self.discovery.present(stream, uids, now)
                # As of the last cycle: when that was held up, it is not the senders' fault.
                self._monitored(stream, stream.monitor.look(status["last_cycle"], counters(row, present)))

    def passed(self, until: float) -> bool:
        """Whether every stream that flows has passed a moment, or has nothing more to say."""
        now = lsl.clock()
        return all(
            passed(row, until, stream.monitor.rate, now)
            for stream, row in zip(self.streams, self.drain.status()["streams"], strict=True)
            if stream.monitor.rate > 0 and not stream.ended and stream.open.spec.role != "live"
        )

    def destroy(self, readers: Sequence[lsl.TextReader], patience_s: float) -> list[str]:
        """Give all inlets back at once, and some readers; ids of the streams that liblsl does not let go of in time."""
        pool = Workers(_DESTROYED_AT_ONCE, "groundup-close")
        streams = {pool.submit(stream.open.destroy): stream.id for stream in self.streams}
        _, stuck = wait([*streams, *(pool.submit(reader.destroy) for reader in readers)], patience_s)
        return [name for future, name in streams.items() if future in stuck]

    def _add(self, joined: Joined, now: float) -> DrainedStream:
        opened, request = joined.open, joined.request
        name = _free_id({stream.id for stream in self.streams}, _stem(request, opened.spec))
        index = self.begin(opened, name)
        monitor = StreamMonitor(name, opened.spec.rate, request.required, now)
        stream = DrainedStream(name, index, request, opened, monitor, now, opened.header, joined.changed)
        self.streams.append(stream)
        self._accompany(stream)
        if not request.companion:  # others that match it have what they ask for, too
            self._met |= {r for r in self.requests if r is request or opened.found.matches(r.predicate)}
        return stream

    def _resume(self, stream: DrainedStream, opened: lsl.OpenStream, now: float) -> None:
        self.drain.resume(stream.index, opened.handle)
        stream.open, stream.lost, stream.ended = opened, False, False
        self._accompany(stream)
        self._monitored(stream, stream.monitor.returned(now))

    def _accompany(self, stream: DrainedStream) -> None:
        if self.companion:
            self.discovery.accompany(stream.open.spec)

    def _monitored(self, stream: DrainedStream, rows: Sequence[LedgerRow]) -> None:
        """Enter how a stream flows; what is beside others comes and goes with them."""
        for row in rows if not stream.request.companion else ():
            self.enter(row)

    def _leave(self, stream: DrainedStream) -> None:
        """Drain a stream's inlet a last time; called from another thread.

        Raises
        ------
        OSError
            If it is not let go of, because nothing is drained any more.
        """
        waiting = threading.Event()
        self.drain.release(stream.index)
        until = lsl.clock() + _LEAVE_S
        while not self.drain.status()["streams"][stream.index].gone:
            if lsl.clock() > until:
                raise OSError(f"{stream.id} is still being drained")
            waiting.wait(_LEAVE_POLL_S)


def _stem(request: StreamRequest, spec: StreamSpec) -> str:
    """What a stream is to be called: as lab.toml has it, else as its driver, which says it in the source id."""
    named = "" if request.id and not request.of_device else id_of_source(spec.source_id)
    return named or request.id


def _free_id(taken: set[str], stem: str) -> str:
    """The next free id: s01, s02 ...; or emg, emg_2, emg_3 ... of one request."""
    number = 2 if stem else len(taken) + 1
    name = stem or f"s{number:02d}"
    while name in taken:
        name = f"{stem}_{number}" if stem else f"s{number:02d}"
        number += 1
    return name
