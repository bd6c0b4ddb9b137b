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

from groundup.header import spec_from_xml
from groundup.lsl.library import Info, Inlet, Resolver, clock, library_version, load, resolve
from groundup.streams import StreamSpec
from groundup_ext import _lsl

__all__ = [
    "Found", "OpenStream", "TextReader", "Watcher", "clock", "library_version", "lives", "load", "private_config",
    "private_session", "seek",
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
    """A stream on the network, as its short announcement describes it (no channel details yet)."""

    uid: str
    spec: StreamSpec
    info: Info

    def matches(self, predicate: str) -> bool:
        """Whether an LSL (XPath) predicate such as ``type='EMG'`` fits this stream."""
        if not predicate:
            return True
        return self.info.matches(predicate)


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
        self._unreadable: dict[str, str] = {}
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
                self._unreadable[uid] = str(error)
        self._known = now
        return [found for found in now.values() if found is not None]

    def unreadable(self) -> dict[str, str]:
        """Uid of each stream whose announcement cannot be read, and why: it cannot be recorded either."""
        return dict(self._unreadable)


def seek(wanted: Sequence[tuple[str, str]], timeout: float) -> list[Found]:
    """Look for outlets that have come back, until the first answers or the time is over.

    Parameters
    ----------
    wanted : sequence of (source id, uid)
        Sources, each with the uid of its old outlet, which is not meant.
    timeout : float
        In seconds.
    """
    terms = [f"(source_id={_quoted(source)} and not(uid={_quoted(uid)}))" for source, uid in wanted]
    found = []
    for info in resolve(" or ".join(terms), timeout):
        with suppress(ValueError):
            found.append(_announced(info.uid(), info))
    return found


def lives(found: Found, timeout: float = 1.0) -> bool | None:
    """Whether this very outlet still lives: it is asked for its description, and its port may be another's by now.

    Returns
    -------
    bool or None
        None if there was no answer in time: its process may be held up, or its computer gone.
    """
    try:
        return Inlet(found.info, recover=False).full_info(timeout).uid() == found.uid
    except TimeoutError:
        return None
    except OSError:
        return False


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
    return Found(uid, spec_from_xml(info.xml()), info)


class OpenStream:
    """An inlet that is open, with its full description.

    Attributes
    ----------
    found : Found
        What it was opened by.
    header : bytes
        LSL's XML, whole and as sent.
    spec : StreamSpec
    """

    def __init__(self, found: Found, buffer_s: int, timeout: float = 10.0) -> None:
        self._inlet = Inlet(found.info, buffer_s if found.spec.rate > 0 else 10 * buffer_s)
        self.found = found
        self.header = self._inlet.full_info(timeout).xml()
        self.spec = _spec(self.header, found.spec)
        self._inlet.open(timeout)

    @property
    def handle(self) -> int:
        """Address of the ``lsl_inlet``, for the C code; valid while this object lives."""
        return self._inlet.handle

    def probe(self, timeout: float) -> tuple[float, float]:
        """Measure the clock once, waiting for the answer: offset and round trip, in seconds."""
        return self._inlet.probe(timeout)

    def close(self) -> None:
        """Stop the stream; no sample comes after."""
        self._inlet.close()


class TextReader:
    """Reads a text stream sample by sample, for those few that steer a program."""

    def __init__(self, found: Found) -> None:
        self._inlet = Inlet(found.info, 60)
        self._inlet.open(5.0)
        self._samples = _lsl.Inlet(self._inlet.handle, "string", len(found.spec.channels))

    def read(self) -> list[str]:
        """What has come since the last call, the first channel of each sample; never waits."""
        _, rows = self._samples.pull()
        return [bytes(row[0]).decode("utf-8", "replace") for row in rows if isinstance(row, list) and row]


def _spec(header: bytes, announced: StreamSpec) -> StreamSpec:
    """What the full header says; where it cannot be read, what the announcement said.

    The inlet was made by the announcement: its samples are in that format and of as many channels.
    """
    try:
        spec = spec_from_xml(header)
    except ValueError:
        return announced
    if (spec.format, len(spec.channels)) == (announced.format, len(announced.channels)):
        return spec
    return announced
