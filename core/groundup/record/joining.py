"""Finding and opening: which streams on the network are recorded, and which of them has come back.

liblsl reconnects an inlet by itself, but only 1.6 to 2.3 s after the outlet's return, never to an outlet without a
source id, and not when two outlets share one (``docs/decisions/own-reconnect.md``). So whoever comes back is opened
anew: the dead inlet is drained and closed first, so that no sample comes twice.
"""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from groundup import lsl
from groundup.lsl.ticks import are_ticks, source_of
from groundup.record.flow import SILENT_S, Flow
from groundup.streams import StreamSpec

_BUFFER_S = 60  # what liblsl queues in front of a stalled disk; its memory is taken at once
_SEEK_S = 0.7  # known peers are asked after half a second
_SEEK_AFTER_S = 0.4  # a regular stream that has been silent for this long may be on its way back
_SEEK_AT_MOST = 100  # names in one question to the network
_AGAIN_AFTER_S = 5.0  # a stream that could not be opened is tried again
_ASK_EVERY_S = 0.5


@dataclass(frozen=True)
class Wanted:
    """A stream to record.

    Attributes
    ----------
    id : str
        Key in the recording; empty for "number them as they join".
    predicate : str
        LSL (XPath) predicate; empty matches every stream.
    required : bool
        Whether its absence is a fault.
    asked : bool
        Whether it was asked for by its own predicate, so that its absence is a fault, too.
    optional : bool
        Whether lab.toml says that it is not required, so that nothing that befalls it is a fault.
    """

    id: str = ""
    predicate: str = ""
    required: bool = False
    asked: bool = False
    optional: bool = False

    @property
    def expected(self) -> bool:
        """Whether a recording without it is not what was wanted."""
        return self.required or self.asked

    def matters(self, rate: float) -> bool:
        """Whether it is a fault when such a stream stalls, leaves or runs at another rate than it says.

        A stream of markers that nobody asked for by name may end when its program does.
        """
        return self.expected or (rate > 0 and not self.optional)


TICKS_WANTED = Wanted("ticks", optional=True)
"""What drivers make their time stamps of: recorded with their streams, whichever these are."""


@dataclass
class Recorded:
    """A stream that is being recorded.

    Attributes
    ----------
    id : str
    number : int
        XDF stream number.
    index : int
        Of the engine.
    wanted : Wanted
    open : lsl.OpenStream
        Its newest inlet.
    flow : Flow
    heard : float
        Lab time of its newest sample as far as it is known now, or of joining.
    header : bytes
        As it was when it joined.
    lost : bool
        Whether its inlet is of no use any more: liblsl has given it up, or it was closed because its outlet is no more.
    ended : bool
        Whether its sender has said that it is done.
    """

    id: str
    number: int
    index: int
    wanted: Wanted
    open: lsl.OpenStream
    flow: Flow
    heard: float
    header: bytes = b""
    lost: bool = False
    ended: bool = False


class _GoneError(OSError):
    """An outlet that discovery still names is no more."""


@dataclass(frozen=True)
class Joined:
    """A stream whose inlet is open.

    Attributes
    ----------
    open : lsl.OpenStream
    wanted : Wanted
    returns : Recorded or None
        The stream that goes on with it.
    changed : Recorded or None
        The stream that it was before it came back with another format, rate or number of channels.
    """

    open: lsl.OpenStream
    wanted: Wanted
    returns: Recorded | None = None
    changed: Recorded | None = None


@dataclass
class Joining:
    """Watches the network and opens what is wanted, each in a thread of its own.

    Parameters
    ----------
    wanted : sequence of Wanted
        Of two that match, the first names the stream.
    leave : callable
        Drains a recorded stream's inlet a last time; when it returns, the inlet may be closed.
    """

    wanted: Sequence[Wanted]
    leave: Callable[[Recorded], None]
    _opening: dict[str, tuple[lsl.Found, Future[Joined]]] = field(default_factory=dict)
    _not_before: dict[str, float] = field(default_factory=dict)
    _complained: set[str] = field(default_factory=set)
    _asked: dict[str, tuple[float, Future[bool | None]]] = field(default_factory=dict)
    _sought: Future[list[lsl.Found]] | None = None
    _ticks: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.pool = ThreadPoolExecutor(8, thread_name_prefix="groundup-open")
        self._watcher = lsl.Watcher()

    @property
    def busy(self) -> bool:
        """Whether a stream that was found is still being opened."""
        return bool(self._opening)

    def look(self, streams: Sequence[Recorded], now: float) -> list[lsl.Found]:
        """Find what is on the network, and begin to open what is wanted and not recorded yet."""
        found = self._watcher.streams()
        known = {s.open.found.uid for s in streams if not s.lost} | self._opening.keys()
        for one in [*found, *self._seek(streams, now)]:
            if one.uid in known or self._not_before.get(one.uid, 0.0) > now:
                continue
            wanted = self._wanted(one)
            if wanted is None:
                # Ticks are wanted as soon as a stream of their driver is recorded.
                self._not_before[one.uid] = now if are_ticks(one.spec) else math.inf
                continue
            kin = [s for s in streams if _kin(s.open.spec, one.spec)]
            if kin and (self._in_doubt(kin) or self._is_opening(one.spec)):
                continue  # one after the other, so that two do not return as the same stream
            self._opening[one.uid] = one, self.pool.submit(self._open, one, wanted, kin)
            known.add(one.uid)
        return found

    def _wanted(self, found: lsl.Found) -> Wanted | None:
        if are_ticks(found.spec):
            return TICKS_WANTED if found.spec.source_id in self._ticks else None
        return next((w for w in self.wanted if found.matches(w.predicate)), None)

    def accompany(self, spec: StreamSpec) -> None:
        """Record also what the driver of a stream makes its time stamps of, if it tells."""
        if source_of(spec):
            self._ticks.add(source_of(spec))

    def joined(self, now: float) -> tuple[list[Joined], list[str]]:
        """The streams that have opened since the last call, and complaints about those that could not."""
        done, complaints = [], []
        for uid in [uid for uid, (_, future) in self._opening.items() if future.done()]:
            _, future = self._opening.pop(uid)
            error = future.exception()
            if error is None:
                done.append(future.result())
                if done[-1].returns is not None:
                    self._asked.pop(done[-1].returns.id, None)  # that was the outlet before
                continue
            self._not_before[uid] = now + _AGAIN_AFTER_S  # if it is still there by then
            if not isinstance(error, _GoneError):
                complaints += self._once(uid, f"a stream was seen but could not be opened: {error}")
        for uid, reason in self._watcher.unreadable().items():
            complaints += self._once(uid, f"a stream on the network cannot be recorded: {reason}")
        return done, complaints

    def present(self, stream: Recorded, uids: set[str], now: float) -> bool:
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
        return seen or answered or asked is None or (not asked.done() and not stream.flow.gone)

    def _ask(self, stream: Recorded) -> bool | None:
        lives = lsl.lives(stream.open.found)
        if lives is False:
            self._let_go(stream)
        return lives

    def _let_go(self, stream: Recorded) -> None:
        self.leave(stream)
        stream.open.close()
        stream.lost = True

    def close(self) -> None:
        """Open nothing more."""
        self.pool.shutdown(wait=False, cancel_futures=True)

    def _open(self, found: lsl.Found, wanted: Wanted, kin: Sequence[Recorded]) -> Joined:
        """Open a stream; if it is one that was recorded and whose outlet is no more, that one is let go before."""
        gone = [s for s in kin if s.open.found.uid == found.uid or _is_dead(s)]
        for stream in gone:
            self._let_go(stream)
            if stream.open.found.uid != found.uid:
                self._not_before[stream.open.found.uid] = math.inf  # discovery names the dead for a while
            elif lsl.lives(found) is False:
                raise _GoneError(found.uid)
        opened = lsl.OpenStream(found, _BUFFER_S)
        returns = next((s for s in gone if _shape(s.open.spec) == _shape(found.spec)), None)
        return Joined(opened, wanted, returns, gone[-1] if gone and returns is None else None)

    def _is_opening(self, spec: StreamSpec) -> bool:
        """Whether a stream of the same source is being opened."""
        return any(_kin(other.spec, spec) for other, _ in self._opening.values())

    def _in_doubt(self, streams: Sequence[Recorded]) -> bool:
        """Whether one of them is being asked whether it still lives."""
        return any(s.id in self._asked and not self._asked[s.id][1].done() for s in streams)

    def _seek(self, streams: Sequence[Recorded], now: float) -> list[lsl.Found]:
        """Ask the network for streams that may be on their way back, more often than it is watched."""
        found: list[lsl.Found] = []
        if self._sought is not None:
            if not self._sought.done():
                return found
            found = self._sought.result() if self._sought.exception() is None else []
        away = [s.open for s in streams if not s.ended and s.open.spec.source_id and _may_return(s, now)]
        wanted = [(o.spec.source_id, o.found.uid) for o in away[:_SEEK_AT_MOST]]
        self._sought = self.pool.submit(lsl.seek, wanted, _SEEK_S) if wanted else None
        return found

    def _once(self, uid: str, complaint: str) -> list[str]:
        if uid in self._complained:
            return []
        self._complained.add(uid)
        return [complaint]


def _kin(one: StreamSpec, other: StreamSpec) -> bool:
    """Whether two streams are of one source, by what it says of itself; without a source id, by where it is."""
    if one.source_id or other.source_id:
        return (one.source_id, one.name, one.type) == (other.source_id, other.name, other.type)
    return (one.hostname, one.name, one.type) == (other.hostname, other.name, other.type)


def _shape(spec: StreamSpec) -> tuple[str, int, float]:
    """What must be equal for samples to go on in the same stream."""
    return spec.format, len(spec.channels), spec.rate


def _is_dead(stream: Recorded) -> bool:
    """Whether its outlet is no more; one that neither answers nor sends while its like is there counts as dead."""
    lives = lsl.lives(stream.open.found)
    return lives is False or (lives is None and lsl.clock() - stream.heard > SILENT_S)


def _may_return(stream: Recorded, now: float) -> bool:
    flow = stream.flow
    return flow.gone or stream.lost or (flow.rate > 0 and now - stream.heard > max(_SEEK_AFTER_S, 5.0 / flow.rate))
