"""The network of streams: watched, described and opened.

liblsl is loaded when it is first needed and reads its configuration (``LSLAPICFG``) then, once.
"""

import os
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from groundup.headers.stream_header import read_header
from groundup.lsl.description import Address, addresses, answers, description
from groundup.lsl.library import Info, Inlet, Resolver, clock, library_version, load, resolve
from groundup.lsl.memory import pull_samples, queue_samples
from groundup.model.streams import StreamSpec
from groundup_ext import _lsl

__all__ = [
    "Found", "OpenStream", "TextReader", "Watcher", "clock", "library_version", "load", "private_config",
    "private_session", "pull_samples", "seek", "shown",
]  # fmt: skip

_PRIVATE_SESSION = """\
[ports]
IPv6 = disable
BasePort = {port}
PortRange = {range}
[multicast]
ResolveScope = machine
[lab]
KnownPeers = {{127.0.0.1}}
SessionID = {session}
[log]
level = -3
"""

_LOOK_EVERY_S = 0.45
_MOST_UNREADABLE = 1000
_LONGEST_SOURCE = 1000  # a question to the network is one small packet
_PORTS, _FIRST_PORT, _LAST_PORT = 160, 20000, 32000  # below those that systems give out by themselves


def private_config(name: str) -> str:
    """Write the liblsl configuration of a session that stays on this machine and meets no other.

    It has ports of its own: on one machine streams are found by their ports, and another session that fills the usual
    32 would hide them.
    """
    port = _FIRST_PORT + zlib.crc32(name.encode()) % ((_LAST_PORT - _FIRST_PORT) // _PORTS) * _PORTS
    return _PRIVATE_SESSION.format(session=name, port=port, range=_PORTS)


@contextmanager
def private_session(name: str) -> Iterator[dict[str, str]]:
    """Environment for child processes that form an LSL session of their own on this machine.

    Yields
    ------
    dict
        Environment variables to start the children with.
    """
    with tempfile.TemporaryDirectory(prefix="groundup-") as folder:
        config = Path(folder) / "lsl_api.cfg"
        config.write_text(private_config(name), encoding="utf-8")
        yield {**os.environ, "LSLAPICFG": str(config)}


@dataclass(frozen=True)
class Found:
    """A stream on the network, as its short announcement describes it (no channel details yet).

    Attributes
    ----------
    uid : str
    spec : StreamSpec
    info : Info
    refused : tuple of str
        What it announces and cannot be believed, a sentence each.
    """

    uid: str
    spec: StreamSpec
    info: Info
    refused: tuple[str, ...] = ()

    def matches(self, predicate: str) -> bool:
        """Whether an LSL (XPath) predicate such as ``type='EMG'`` fits this stream."""
        if not predicate:
            return True
        return self.info.matches(predicate)


@dataclass(frozen=True)
class Unreadable:
    """A stream on the network whose announcement cannot be read.

    Attributes
    ----------
    name, reason : str
    info : Info
    """

    name: str
    reason: str
    info: Info

    def matches(self, predicate: str) -> bool:
        """Whether an LSL (XPath) predicate fits what can be read of it."""
        return not predicate or self.info.matches(predicate)


class Watcher:
    """Keeps looking for streams in the background.

    Parameters
    ----------
    forget_after : float
        Seconds without an answer after which a stream counts as gone.
    """

    def __init__(self, forget_after: float = 3.0) -> None:
        self._resolver = Resolver(forget_after)
        self._known: dict[str, Found | None] = {}
        self._unreadable: dict[str, Unreadable] = {}
        self._looked = 0.0

    def streams(self) -> list[Found]:
        """The streams on the network now, at most `_LOOK_EVERY_S` old: the network is asked no more often either."""
        now: dict[str, Found | None] = {}
        if clock() - self._looked < _LOOK_EVERY_S:
            return [found for found in self._known.values() if found is not None]
        self._looked = clock()
        for info in self._resolver.results():
            uid = info.uid()
            if uid in self._known:  # a uid never changes its announcement, so each is read once
                now[uid] = self._known[uid]
                continue
            try:
                now[uid] = _announced(uid, info)
            except ValueError as error:
                now[uid] = None
                if len(self._unreadable) < _MOST_UNREADABLE:
                    self._unreadable[uid] = Unreadable(shown(info.name()), str(error), info)
        self._known = now
        return [found for found in now.values() if found is not None]

    def unreadable(self) -> list[Unreadable]:
        """Streams whose announcement cannot be read: they cannot be recorded either."""
        return list(self._unreadable.values())


def seek(outlets: Sequence[tuple[str, str]], timeout: float) -> list[Found]:
    """Look for outlets that have come back, until the first answers or the time is over.

    Parameters
    ----------
    outlets : sequence of (source id, uid)
        Sources, each with the uid of its old outlet, which is not meant.
    timeout : float
        In seconds.
    """
    terms = [
        f"(source_id={_quoted(source)} and not(uid={_quoted(uid)}))"
        for source, uid in outlets
        if len(source) <= _LONGEST_SOURCE and source.isprintable()  # the question to the network is one line
    ]
    found: list[Found] = []
    if not terms:
        return found
    # In brackets: liblsl puts "session_id='...' and" in front, which binds closer than "or".
    for info in resolve(f"({' or '.join(terms)})", timeout):
        with suppress(ValueError):
            found.append(_announced(info.uid(), info))
    return found


def _quoted(text: str) -> str:
    """Text as an XPath string; one with both kinds of quotes matches nothing."""
    return f"'{text}'" if "'" not in text else f'"{text}"' if '"' not in text else "''"


def _announced(uid: str, info: Info) -> Found:
    """Read a stream's announcement.

    Raises
    ------
    ValueError
        If it lacks what samples cannot be read without.
    """
    if not uid:
        raise ValueError("LSL itself cannot read what it announces")
    read = read_header(info.xml())
    return Found(uid, read.spec, info, read.refused)


class OpenStream:
    """An inlet that is open, with its full description.

    Attributes
    ----------
    found : Found
        What it was opened by.
    header : bytes
        LSL's XML, whole and as sent.
    spec : StreamSpec
    refused : tuple of str
        What cannot be believed or read of it, a sentence each.
    """

    def __init__(self, found: Found, buffer_s: int, timeout: float = 10.0) -> None:
        self.found = found
        self._inlet = Inlet(found.info, queue_samples(found.spec, buffer_s))
        try:
            self._inlet.open(timeout)
            self._address, self.header = self._asked(timeout)
            # liblsl asks once more at the first pull, and waits for ever where the outlet has gone by then: all streams
            # would wait with it, as one thread drains them.
            self._inlet.full_info(timeout)
        except BaseException:
            # Here, not where the error is read and dropped, in a thread that must not wait: liblsl may take its time.
            self._inlet.destroy()
            raise
        self.spec, self.refused = _described(self.header, found)

    @property
    def handle(self) -> int:
        """Address of the ``lsl_inlet``, for the C code; valid while this object lives."""
        return self._inlet.handle

    def is_alive(self, timeout: float = 1.0) -> bool | None:
        """Whether this very outlet still lives: it is asked for its description, and its port may be another's by now.

        Returns
        -------
        bool or None
            None if there was no answer in time, or no way to it: its process may be held up, or its computer gone.
        """
        try:
            if self._address is not None:
                return answers(self._address, self.found.uid, timeout)
            return Inlet(self.found.info, 1, recover=False).full_info(timeout).uid() == self.found.uid
        except ConnectionError:
            return False
        except OSError:
            return None

    def _asked(self, timeout: float) -> tuple[Address | None, bytes]:
        """What it says of itself, and where it was asked: there, or by liblsl where its place is not known."""
        for address in addresses(self.found.info.xml()):
            with suppress(ConnectionError):
                return address, description(address, self.found.uid, timeout)
        return None, self._inlet.full_info(timeout).xml()

    def probe(self, timeout: float) -> tuple[float, float]:
        """Measure the clock once, waiting for the answer: offset and round trip, in seconds."""
        return self._inlet.probe(timeout)

    def close(self) -> None:
        """Stop the stream; no sample comes after."""
        self._inlet.close()

    def destroy(self) -> None:
        """Give back its threads, sockets and memory; nothing may use the handle any more."""
        self._inlet.destroy()


class TextReader:
    """Reads a text stream sample by sample, for those few that steer a program."""

    def __init__(self, found: Found) -> None:
        self._open = OpenStream(found, 60, 5.0)
        self._samples = _lsl.Inlet(self._open.handle, "string", len(found.spec.channels), pull_samples(found.spec, 0.1))

    def destroy(self) -> None:
        """Give its inlet back; nothing may be read any more."""
        self._open.destroy()

    def read(self) -> list[str]:
        """What has come since the last call, the first channel of each sample; never waits."""
        _, rows = self._samples.pull()
        return [bytes(row[0]).decode("utf-8", "replace") for row in rows if isinstance(row, list) and row]


def _described(header: bytes, found: Found) -> tuple[StreamSpec, tuple[str, ...]]:
    """What the full header says, and what of it cannot be believed; where it cannot be read, what was announced.

    The inlet was made by the announcement: its samples are in that format, and of as many channels.
    """
    try:
        read = read_header(header)
    except ValueError as error:
        return found.spec, (*found.refused, str(error))
    one, other = read.spec, found.spec
    if (one.format, len(one.channels), one.rate) == (other.format, len(other.channels), other.rate):
        return one, read.refused
    return other, (*found.refused, "its header says another format, rate or channel count than its announcement")


def shown(text: str) -> str:
    """A name from the network, fit for a sentence."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text[:80]) + ("…" if len(text) > 80 else "")
