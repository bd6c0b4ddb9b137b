"""liblsl's control functions through ctypes: streams found, described, opened, closed.

pylsl brings the library; its Python layer is left out here, because it loads NumPy, which would double the memory of
a recorder that never touches a sample in Python (`docs/decisions/memory-of-the-recorder.md`). Samples go
through `groundup_ext`.
"""

import ctypes
import ctypes.util
import importlib.util
import os
import sys
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from groundup_ext import _lsl

_POINTER, _TEXT, _DOUBLE, _INT = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_double, ctypes.c_int32
_ERROR = ctypes.POINTER(ctypes.c_int32)
_DOUBLES = ctypes.POINTER(ctypes.c_double)

# Name: result, arguments. Text that liblsl allocates comes as a pointer, so that it can be given back.
_PROTOTYPES: dict[str, tuple[Any, list[Any]]] = {
    "lsl_local_clock": (_DOUBLE, []),
    "lsl_library_version": (_INT, []),
    "lsl_destroy_string": (None, [_POINTER]),
    "lsl_get_uid": (_TEXT, [_POINTER]),
    "lsl_get_xml": (_POINTER, [_POINTER]),
    "lsl_stream_info_matches_query": (_INT, [_POINTER, _TEXT]),
    "lsl_destroy_streaminfo": (None, [_POINTER]),
    "lsl_resolve_bypred": (_INT, [ctypes.POINTER(_POINTER), ctypes.c_uint32, _TEXT, _INT, _DOUBLE]),
    "lsl_create_continuous_resolver": (_POINTER, [_DOUBLE]),
    "lsl_resolver_results": (_INT, [_POINTER, ctypes.POINTER(_POINTER), ctypes.c_uint32]),
    "lsl_destroy_continuous_resolver": (None, [_POINTER]),
    "lsl_get_name": (_TEXT, [_POINTER]),
    "lsl_get_fullinfo": (_POINTER, [_POINTER, _DOUBLE, _ERROR]),
    "lsl_create_inlet_ex": (_POINTER, [_POINTER, _INT, _INT, _INT, _INT]),
    "lsl_open_stream": (None, [_POINTER, _DOUBLE, _ERROR]),
    "lsl_close_stream": (None, [_POINTER]),
    "lsl_destroy_inlet": (None, [_POINTER]),
    "lsl_time_correction_ex": (_DOUBLE, [_POINTER, _DOUBLES, _DOUBLES, _DOUBLE, _ERROR]),
}
# liblsl sets memory for five seconds of each stream aside when it is opened, whatever rate that is announced to have.
# With none set aside it takes what the samples that come need, and keeps it.
_RESERVES = ("InletBufferReserveMs", "InletBufferReserveSamples", "OutletBufferReserveMs", "OutletBufferReserveSamples")
_WARNINGS = "[log]\nlevel = -1"
"""Not every socket that is opened is told on the terminal; what goes wrong is."""
_IN_SAMPLES = 1  # transp_bufsize_samples
_MOST_STREAMS = 4096
_ERRORS = {-1: "it did not answer in time", -2: "it was lost", -3: "an argument was wrong", -4: "liblsl failed"}

_lock = threading.Lock()


@cache
def _library() -> ctypes.CDLL:
    """The liblsl that pylsl would load, with typed functions, bound to our C code.

    Raises
    ------
    OSError
        If there is none for this system.
    """
    try:
        library = ctypes.CDLL(_path())
        for name, (result, arguments) in _PROTOTYPES.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
        if hasattr(library, "lsl_set_config_content"):  # of liblsl 1.17 and later; of no effect once it is in use
            library.lsl_set_config_content(_configuration().encode("utf-8", "surrogateescape"))
    except (OSError, AttributeError) as error:
        raise OSError(f"LSL cannot be used: {error}. Install liblsl (it comes with pylsl's wheels).") from error
    with _lock:
        if not _lsl.is_bound():
            _lsl.bind(library)
    return library


def _configuration() -> str:
    """The configuration that liblsl would read, no memory set aside by announced rates, and warnings alone told."""
    text = ""
    for path in (os.environ.get("LSLAPICFG", ""), "lsl_api.cfg", "~/lsl_api/lsl_api.cfg", "/etc/lsl_api/lsl_api.cfg"):
        try:
            text = Path(path).expanduser().read_text(encoding="utf-8", errors="surrogateescape") if path else ""
        except (OSError, RuntimeError):
            continue
        if path:
            break
    kept = [line for line in text.splitlines() if line.partition("=")[0].strip() not in _RESERVES]
    log = [] if _has_log_level(kept) else [_WARNINGS]
    return "\n".join([*kept, *log, "[tuning]", *(f"{key} = 0" for key in _RESERVES), ""])


def _has_log_level(lines: Sequence[str]) -> bool:
    """Whether a configuration says how much liblsl tells."""
    section = ""
    for line in map(str.strip, lines):
        section = line if line.startswith("[") else section
        if section.startswith("[log]") and line.partition("=")[0].strip() == "level":
            return True
    return False


def _path() -> str:
    """Where the liblsl is that pylsl loads: named by ``PYLSL_LIB``, in pylsl's wheel, or installed on the system.

    Raises
    ------
    OSError
        If there is none.
    """
    if "pylsl.lib" in sys.modules:
        return str(sys.modules["pylsl.lib"].lib._name)
    named = os.environ.get("PYLSL_LIB", "")
    if os.path.isfile(named):
        return named
    package = importlib.util.find_spec("pylsl")
    folders = (package.submodule_search_locations or []) if package is not None else []
    suffix = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
    for folder in folders:
        for name in ("lsl", "lsl64", "lsl32", "liblsl", "liblsl64", "liblsl32"):
            path = Path(folder) / "lib" / f"{name}{suffix}"
            if path.exists():
                return str(path)
    installed = ctypes.util.find_library("lsl")
    if installed is None:
        raise OSError("there is no liblsl")
    return installed


def load() -> None:
    """Load liblsl now; it reads its configuration (``LSLAPICFG``) when it is first used.

    Raises
    ------
    OSError
        If there is none for this system.
    """
    _library()


def clock() -> float:
    """LSL clock of this machine, in seconds."""
    return float(_library().lsl_local_clock())


def library_version() -> int:
    """Version of liblsl: 100 times the major number, plus the minor."""
    return int(_library().lsl_library_version())


class Info:
    """A stream's description, owned here."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def __del__(self) -> None:
        if self._handle:
            _library().lsl_destroy_streaminfo(self._handle)

    @property
    def handle(self) -> int:
        """Address of the ``lsl_streaminfo``."""
        return self._handle

    def uid(self) -> str:
        """Unique id of the outlet; another after each restart."""
        return bytes(_library().lsl_get_uid(self._handle)).decode("utf-8", "replace")

    def name(self) -> str:
        """Name of the stream; of one that liblsl cannot read, why."""
        return bytes(_library().lsl_get_name(self._handle)).decode("utf-8", "replace")

    def xml(self) -> bytes:
        """The whole description as its sender wrote it, whatever bytes that are."""
        pointer = _library().lsl_get_xml(self._handle)
        if not pointer:
            return b""
        try:
            return ctypes.string_at(pointer)
        finally:
            _library().lsl_destroy_string(pointer)

    def matches(self, predicate: str) -> bool:
        """Whether an LSL (XPath) predicate fits."""
        return bool(_library().lsl_stream_info_matches_query(self._handle, predicate.encode()))


def resolve(predicate: str, timeout: float) -> list[Info]:
    """Look for streams that fit a predicate, until the first answers or the time is over."""
    buffer = (_POINTER * _MOST_STREAMS)()
    count = _library().lsl_resolve_bypred(buffer, _MOST_STREAMS, predicate.encode(), 1, timeout)
    return [Info(buffer[i] or 0) for i in range(max(0, int(count)))]


class Resolver:
    """Looks for streams in the background, until it is let go."""

    def __init__(self, forget_after: float) -> None:
        self._handle = _library().lsl_create_continuous_resolver(forget_after)
        self._buffer = (_POINTER * _MOST_STREAMS)()
        if not self._handle:
            raise OSError("LSL cannot look for streams: no network interface could be used")

    def __del__(self) -> None:
        if getattr(self, "_handle", None):
            _library().lsl_destroy_continuous_resolver(self._handle)

    def results(self) -> list[Info]:
        """The streams that answer now."""
        count = _library().lsl_resolver_results(self._handle, self._buffer, _MOST_STREAMS)
        return [Info(self._buffer[i] or 0) for i in range(max(0, int(count)))]


class Inlet:
    """An LSL inlet.

    Parameters
    ----------
    info : Info
    samples : int
        How many liblsl queues at most.
    recover : bool
        Whether liblsl looks for the outlet again when it is lost.
    """

    def __init__(self, info: Info, samples: int, recover: bool = True) -> None:
        self._letting_go = threading.Lock()  # two threads may let go of it at the end of a recording
        self.handle: int = _library().lsl_create_inlet_ex(info.handle, samples, 0, int(recover), _IN_SAMPLES) or 0
        if not self.handle:
            raise OSError("liblsl could not make an inlet for it (no memory, or too many open files)")

    def __del__(self) -> None:
        if getattr(self, "handle", 0):
            self.destroy()

    def full_info(self, timeout: float) -> Info:
        """The description with everything the sender says, however long."""
        error = ctypes.c_int32()
        handle = _library().lsl_get_fullinfo(self.handle, timeout, ctypes.byref(error))
        _check(error)
        return Info(handle)

    def open(self, timeout: float) -> None:
        """Subscribe: from now on samples are queued."""
        error = ctypes.c_int32()
        _library().lsl_open_stream(self.handle, timeout, ctypes.byref(error))
        _check(error)

    def probe(self, timeout: float) -> tuple[float, float]:
        """Measure the clock once, waiting for the answer: offset and round trip, in seconds."""
        remote, trip, error = ctypes.c_double(), ctypes.c_double(), ctypes.c_int32()
        offset = _library().lsl_time_correction_ex(
            self.handle, ctypes.byref(remote), ctypes.byref(trip), timeout, ctypes.byref(error)
        )
        _check(error)
        return float(offset), trip.value

    def close(self) -> None:
        """Unsubscribe."""
        with self._letting_go:
            if self.handle:
                _library().lsl_close_stream(self.handle)

    def destroy(self) -> None:
        """Give back its threads, sockets and memory; nothing may use it any more."""
        with self._letting_go:
            handle, self.handle = self.handle, 0
            if handle:
                _library().lsl_destroy_inlet(handle)


def _check(error: ctypes.c_int32) -> None:
    if error.value != 0:
        kind = {-1: TimeoutError, -2: ConnectionError}.get(error.value, OSError)
        raise kind(_ERRORS.get(error.value, f"liblsl error {error.value}"))
