"""The network of streams: pylsl for finding and opening, liblsl's C functions for the samples.

pylsl loads liblsl when it is imported, and liblsl reads its configuration (``LSLAPICFG``) once, so both happen only
when a command needs the network.
"""

import ctypes
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundup.streams import StreamSpec, spec_from_xml
from groundup_ext import _lsl

PRIVATE_SESSION = """\
[ports]
IPv6 = disable
[multicast]
ResolveScope = machine
[lab]
KnownPeers = {{127.0.0.1}}
SessionID = {session}
[log]
level = -3
"""
"""liblsl configuration of a session that stays on this machine and meets no other."""

_LOOK_EVERY_S = 0.45
_lock = threading.Lock()


def pylsl() -> Any:
    """Load the ``pylsl`` module, its library bound to our C code.

    Raises
    ------
    OSError
        If there is no liblsl for this system.
    """
    try:
        import pylsl as module
        from pylsl.lib import lib
    except (ImportError, RuntimeError) as error:
        raise OSError(f"LSL cannot be used: {error}. Install liblsl (it comes with pylsl's wheels).") from error
    with _lock:
        if not _lsl.is_bound():
            _lsl.bind(lib)
    return module


def clock() -> float:
    """LSL clock of this machine, in seconds."""
    return float(pylsl().local_clock())


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
        config.write_text(PRIVATE_SESSION.format(session=name), encoding="utf-8")
        yield {**os.environ, "LSLAPICFG": str(config)}


@dataclass(frozen=True)
class Found:
    """A stream on the network, as its short announcement describes it (no channel details yet)."""

    uid: str
    spec: StreamSpec
    info: Any

    def matches(self, predicate: str) -> bool:
        """Whether an LSL (XPath) predicate such as ``type='EMG'`` fits this stream."""
        if not predicate:
            return True
        from pylsl.lib import lib

        query = lib.lsl_stream_info_matches_query
        query.restype = ctypes.c_int32
        return bool(query(self.info.obj, predicate.encode()))


class Watcher:
    """Keeps looking for streams in the background.

    Parameters
    ----------
    forget_after : float
        Seconds without an answer after which a stream counts as gone.
    """

    def __init__(self, forget_after: float = 3.0) -> None:
        self._resolver = pylsl().ContinuousResolver(forget_after=forget_after)
        self._known: dict[str, Found | None] = {}
        self._looked = 0.0

    def streams(self) -> list[Found]:
        """The streams on the network now, at most `_LOOK_EVERY_S` old: the network is asked no more often either."""
        now: dict[str, Found | None] = {}
        if clock() - self._looked < _LOOK_EVERY_S:
            return [found for found in self._known.values() if found is not None]
        self._looked = clock()
        for info in self._resolver.results():
            uid = info.uid()
            # A uid never changes its announcement, so each is read once.
            now[uid] = self._known[uid] if uid in self._known else _announced(uid, info)
        self._known = now
        return [found for found in now.values() if found is not None]


def _announced(uid: str, info: Any) -> Found | None:
    """Read a stream's announcement; None if it cannot be read, and so cannot be recorded either."""
    try:
        return Found(uid, spec_from_xml(info.as_xml()), info)
    except (ValueError, UnicodeDecodeError):
        return None


class OpenStream:
    """An inlet that is open, with its full description.

    Attributes
    ----------
    header : str
        LSL's XML, whole.
    spec : StreamSpec
    """

    def __init__(self, found: Found, buffer_s: int, timeout: float = 10.0) -> None:
        module = pylsl()
        size = buffer_s if found.spec.rate > 0 else 10 * buffer_s
        self._inlet = module.StreamInlet(found.info, max_buflen=size, processing_flags=0, recover=True)
        self.uid = found.uid
        self.info = found.info
        self.header = str(self._inlet.info(timeout).as_xml())
        self.spec = _spec(self.header, found.spec)
        self._inlet.open_stream(timeout)

    @property
    def handle(self) -> int:
        """Address of the ``lsl_inlet``, for the C code; valid while this object lives."""
        return int(self._inlet.obj.value)

    def probe(self, timeout: float) -> tuple[float, float]:
        """Measure the clock once, waiting for the answer: offset and round trip, in seconds."""
        from pylsl.lib import lib

        function = lib.lsl_time_correction_ex
        function.restype = ctypes.c_double
        remote, trip, error = ctypes.c_double(), ctypes.c_double(), ctypes.c_int32()
        outputs = (ctypes.byref(remote), ctypes.byref(trip), ctypes.c_double(timeout), ctypes.byref(error))
        offset = float(function(self._inlet.obj, *outputs))
        if error.value != 0:
            raise OSError(f"{self.spec.name} did not answer when its clock was measured")
        return offset, trip.value

    def close(self) -> None:
        """Stop the stream; the handle is not valid after."""
        self._inlet.close_stream()


class TextReader:
    """Reads a text stream sample by sample, for those few that steer a program."""

    def __init__(self, found: Found) -> None:
        self._inlet = pylsl().StreamInlet(found.info, max_buflen=60, recover=True)
        self._inlet.open_stream(5.0)

    def read(self) -> list[str]:
        """What has come since the last call, the first channel of each sample; never waits."""
        texts = []
        while (sample := self._inlet.pull_sample(timeout=0.0)[0]) is not None:
            texts.append(str(sample[0]))
        return texts


def _spec(header: str, announced: StreamSpec) -> StreamSpec:
    """What the full header says; where it cannot be read, what the announcement said."""
    try:
        return spec_from_xml(header)
    except ValueError:
        return announced
