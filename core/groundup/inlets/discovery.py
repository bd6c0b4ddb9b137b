"""Finding and opening: which streams on the network are drained, and which of them has come back.

liblsl reconnects an inlet by itself, but only 1.6 to 2.3 s after the outlet's return, never to an outlet without a
source id, and not when two outlets share one (``docs/decisions/reconnecting.md``). So whoever comes back is opened
anew: the dead inlet is drained and closed first, so that no sample comes twice.
"""

import math
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from groundup import lsl
from groundup.inlets.descriptors import Descriptors
from groundup.inlets.stream_monitor import SILENT_S, StreamMonitor
from groundup.inlets.stream_request import STATUS_REQUEST, TICKS_REQUEST, StreamRequest
from groundup.inlets.workers import Workers
from groundup.lsl.companion_streams import companion_sources, is_companion
from groundup.lsl.ticks import are_ticks
from groundup.model.ledger import LedgerRow, Severity
from groundup.model.streams import StreamSpec

_BUFFER_S = 60  # what liblsl queues in front of a stalled disk; its memory is taken at once
_SEEK_S = 0.7  # known peers are asked after half a second
_SEEK_AFTER_S = 0.4  # a regular stream that has been silent for this long may be on its way back
_SEEK_AT_MOST = 100  # names in one question to the network
_AGAIN_AFTER_S = 5.0  # a stream that could not be opened is tried again
_ASK_EVERY_S = 0.5
_OPENED_AT_ONCE = 64
_MOST_COMPLAINTS = 1000
_SOON_S = 2.0  # a stream that takes longer to open is late


@dataclass
class DrainedStream:
    """A stream that is being drained.

    Attributes
    ----------
    id : str
    index : int
        Of what drains it.
    request : StreamRequest
    open : lsl.OpenStream
        Its newest inlet.
    monitor : StreamMonitor
    last_arrival : float
        Lab time of its newest sample as far as it is known now, or of joining.
    header : bytes
        As it was when it joined.
    changed : DrainedStream, optional
        The stream that it was before it came back with another format, rate or number of channels.
    lost : bool
        Whether its inlet is of no use any more: liblsl has given it up, or it was closed because its outlet is no more.
    ended : bool
        Whether its sender has said that it is done.
    left : lsl.OpenStream, optional
        The inlet that was let go of last, under `leaving`: two threads may find at once that it is dead.
    """

    id: str
    index: int
    request: StreamRequest
    open: lsl.OpenStream
    monitor: StreamMonitor
    last_arrival: float
    header: bytes = b""
    changed: "DrainedStream | None" = None
    lost: bool = False
    ended: bool = False
    left: lsl.OpenStream | None = None
    leaving: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)


class _GoneError(OSError):
    """An outlet that discovery still names is no more."""


@dataclass(frozen=True)
class Joined:
    """A stream whose inlet is open.

    Attributes
    ----------
    open : lsl.OpenStream
    request : StreamRequest
    returns : DrainedStream or None
        The stream that goes on with it.
    changed : DrainedStream or None
        The stream that it was before it came back with another format, rate or number of channels.
    """

    open: lsl.OpenStream
    request: StreamRequest
    returns: DrainedStream | None = None
    changed: DrainedStream | None = None


@dataclass(frozen=True)
class _Opening:
    """A stream that is being opened, since when."""

    found: lsl.Found
    request: StreamRequest
    since: float
    future: Future[Joined]


@dataclass
class StreamDiscovery:
    """Watches the network and opens what is requested, each in a thread of its own.

    Parameters
    ----------
    requests : sequence of StreamRequest
        Of two that match, the first names the stream.
    leave : callable
        Drains a stream's inlet a last time; when it returns, the inlet may be closed.
    """

    requests: Sequence[StreamRequest]
    leave: Callable[[DrainedStream], None]
    _opening: dict[str, _Opening] = field(default_factory=dict)
    _not_before: dict[str, float] = field(default_factory=dict)
    _complained: set[tuple[str, ...]] = field(default_factory=set)
    _asked: dict[str, tuple[float, Future[bool | None]]] = field(default_factory=dict)
    _sought: Future[list[lsl.Found]] | None = None
    _beside: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        # So many that those which never answer keep no other from being opened.
        self.pool = Workers(_OPENED_AT_ONCE, "groundup-open")
        self._watcher = lsl.Watcher()
        self._descriptors = Descriptors()

    @property
    def busy(self) -> bool:
        """Whether a stream that was found is still being opened."""
        return bool(self._opening)

    def look(self, streams: Sequence[DrainedStream], now: float) -> list[lsl.Found]:
        """Find what is on the network, and begin to open what is requested and not drained yet."""
        found = self._watcher.streams()
        known = {s.open.found.uid for s in streams if not s.lost} | self._opening.keys()
        for one in [*found, *self._seek(streams, now)]:
            if one.uid in known or self._not_before.get(one.uid, 0.0) > now:
                continue
            request = self._request(one)
            if request is None:
                # These are requested as soon as a stream of their driver is drained.
                self._not_before[one.uid] = now if is_companion(one.spec) else math.inf
                continue
            same = [s for s in streams if _same_source(s.open.spec, one.spec)]
            if same and (self._in_doubt(same) or self._is_opening(one.spec)):
                continue  # one after the other, so that two do not return as the same stream
            self._opening[one.uid] = _Opening(one, request, now, self.pool.submit(self._open, one, request, same))
            known.add(one.uid)
        return found

    def _request(self, found: lsl.Found) -> StreamRequest | None:
        if is_companion(found.spec):
            request = TICKS_REQUEST if are_ticks(found.spec) else STATUS_REQUEST
            return request if found.spec.source_id in self._beside else None
        return next((r for r in self.requests if found.matches(r.predicate)), None)

    def accompany(self, spec: StreamSpec) -> None:
        """Drain also what the driver of a stream sends beside it."""
        self._beside.update(companion_sources(spec))

    def joined(self, now: float) -> tuple[list[Joined], list[LedgerRow]]:
        """The streams that have opened since the last call, and what there is to say of those that could not."""
        done: list[Joined] = []
        rows: list[LedgerRow] = []
        for uid in [uid for uid, opening in self._opening.items() if opening.future.done()]:
            opening = self._opening.pop(uid)
            error = opening.future.exception()
            if error is None:
                done.append(opening.future.result())
                if done[-1].returns is not None:
                    self._asked.pop(done[-1].returns.id, None)  # that was the outlet before
                continue
            self._not_before[uid] = now + _AGAIN_AFTER_S  # if it is still there by then
            if not isinstance(error, _GoneError):
                rows += self._once(not_opened(opening.found, opening.request, why(error), now), opening.found)
        for found in self._watcher.unreadable():
            request = next((r for r in self.requests if found.matches(r.predicate)), None)
            severity: Severity = "warning" if request is None or request.required is False else "fault"
            message = f"{found.name} is on the network and cannot be recorded: {found.reason}"
            rows += self._once(LedgerRow(now, "", "unopened", severity, 0, message))
        return done, rows

    def unfinished(self, now: float) -> list[LedgerRow]:
        """What there is to say at the end of streams that are still being opened."""
        rows: dict[tuple[str, str, str], LedgerRow] = {}
        for one in self._opening.values():  # of a source that comes and goes, the first: in the order of the beginning
            spec, lasted = one.found.spec, now - one.since
            if lasted > _SOON_S:
                row = not_opened(one.found, one.request, f"it had not answered after {lasted:.1f} s, at the end", now)
                rows.setdefault((spec.name, spec.type, spec.source_id), row)
        return list(rows.values())

    def present(self, stream: DrainedStream, uids: set[str], now: float) -> bool:
        """Whether a stream's outlet is there: seen on the network, or answering when it is asked itself.

        The inlet of one that is certainly no more is let go at once: before liblsl, a second after the loss, could
        reconnect it. One that only does not answer may be held up, and then sends everything later.
        """
        seen = stream.open.found.uid in uids
        if stream.lost or (seen and not _may_return(stream, now)):
            return not stream.lost
        since, asked = self._asked.get(stream.id, (-math.inf, None))
        if (asked is None or (asked.done() and now - since > _ASK_EVERY_S)) and not self._is_opening(stream.open.spec):
            self._asked[stream.id] = now, self.pool.submit(self._ask, stream)
        answered = asked is not None and asked.done() and asked.exception() is None and asked.result() is True
        return seen or answered or asked is None or (not asked.done() and not stream.monitor.gone)

    def _ask(self, stream: DrainedStream) -> bool | None:
        opened = stream.open
        alive = opened.is_alive()
        if alive is False:
            self._let_go(stream, opened)
        return alive

    def _let_go(self, stream: DrainedStream, opened: lsl.OpenStream) -> None:
        """Have an inlet drained a last time and give it back, once, whoever finds that its outlet is no more.

        By the time that a second finds it, the stream may have come back by another inlet, which is drained.
        """
        with stream.leaving:
            if stream.open is not opened or stream.left is opened:
                return
            self.leave(stream)
            stream.left = opened
            opened.close()
            opened.destroy()
            stream.lost = True

    def close(self) -> None:
        """Open nothing more; what is being opened is not waited for."""
        self.pool.shutdown()

    def _open(self, found: lsl.Found, request: StreamRequest, same: Sequence[DrainedStream]) -> Joined:
        """Open a stream; if it is one that was drained and whose outlet is no more, that one is let go before."""
        before = [(stream, stream.open) for stream in same]
        dead = [(s, opened) for s, opened in before if opened.found.uid == found.uid or _is_dead(s, opened)]
        gone = [stream for stream, _ in dead]
        for stream, opened in dead:
            self._let_go(stream, opened)
            if opened.found.uid != found.uid:
                self._not_before[opened.found.uid] = math.inf  # discovery names the dead for a while
            elif opened.is_alive() is False:
                raise _GoneError(found.uid)
        with self._descriptors.reserved():
            opened = lsl.OpenStream(found, _BUFFER_S)
        returns = next((s for s in gone if _shape(s.open.spec) == _shape(found.spec)), None)
        return Joined(opened, request, returns, gone[-1] if gone and returns is None else None)

    def _is_opening(self, spec: StreamSpec) -> bool:
        """Whether a stream of the same source is being opened."""
        return any(_same_source(other.found.spec, spec) for other in self._opening.values())

    def _in_doubt(self, streams: Sequence[DrainedStream]) -> bool:
        """Whether one of them is being asked whether it still lives."""
        return any(s.id in self._asked and not self._asked[s.id][1].done() for s in streams)

    def _seek(self, streams: Sequence[DrainedStream], now: float) -> list[lsl.Found]:
        """Ask the network for streams that may be on their way back, more often than it is watched."""
        found: list[lsl.Found] = []
        if self._sought is not None:
            if not self._sought.done():
                return found
            found = self._sought.result() if self._sought.exception() is None else []
        away = [s.open for s in streams if not s.ended and s.open.spec.source_id and _may_return(s, now)]
        sources = [(o.spec.source_id, o.found.uid) for o in away[:_SEEK_AT_MOST]]
        self._sought = self.pool.submit(lsl.seek, sources, _SEEK_S) if sources else None
        return found

    def _once(self, row: LedgerRow, found: lsl.Found | None = None) -> list[LedgerRow]:
        """The row, if the same was not said of this source before: one that flaps has another uid each time."""
        spec = found.spec if found is not None else None
        key = (row.message, *((spec.name, spec.type, spec.source_id, spec.hostname) if spec is not None else ()))
        if key in self._complained or len(self._complained) >= _MOST_COMPLAINTS:
            return []
        self._complained.add(key)
        return [row]


def not_opened(found: lsl.Found, request: StreamRequest, reason: str, now: float) -> LedgerRow:
    """What the ledger says of a stream that was found, is requested, and is not drained."""
    name = f"{request.id}: {lsl.shown(found.spec.name)}" if request.id else lsl.shown(found.spec.name)
    who = f"{name} (source id {lsl.shown(found.spec.source_id)})" if found.spec.source_id else name
    severity: Severity = "warning" if request.required is False else "fault"
    return LedgerRow(now, request.id, "unopened", severity, 0, f"{who} was found and could not be opened: {reason}")


def why(error: BaseException) -> str:
    """The reason in an error, in words."""
    if isinstance(error, MemoryError):
        return "there is not enough memory"
    return (error.strerror if isinstance(error, OSError) else "") or str(error) or type(error).__name__


def _same_source(one: StreamSpec, other: StreamSpec) -> bool:
    """Whether two streams are of one source, by what it says of itself; without a source id, by where it is."""
    if one.source_id or other.source_id:
        return (one.source_id, one.name, one.type) == (other.source_id, other.name, other.type)
    return (one.hostname, one.name, one.type) == (other.hostname, other.name, other.type)


def _shape(spec: StreamSpec) -> tuple[str, int, float]:
    """What must be equal for samples to go on in the same stream."""
    return spec.format, len(spec.channels), spec.rate


def _is_dead(stream: DrainedStream, opened: lsl.OpenStream) -> bool:
    """Whether its outlet is no more; one that neither answers nor sends while its like is there counts as dead."""
    alive = opened.is_alive()
    return alive is False or (alive is None and lsl.clock() - stream.last_arrival > SILENT_S)


def _may_return(stream: DrainedStream, now: float) -> bool:
    gone, rate = stream.monitor.gone, stream.monitor.rate
    return gone or stream.lost or (rate > 0 and now - stream.last_arrival > max(_SEEK_AFTER_S, 5.0 / rate))
