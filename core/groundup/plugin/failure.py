"""What is wrong with a plugin that failed: the reason, the file and line of its own, and what to do about it."""

import os
import sys
import threading
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pluggy

from groundup.plugin import hookspecs

TRACEBACK = "GROUNDUP_TRACEBACK"
_GROUNDUP = f"{Path(__file__).parent.parent}{os.sep}"
_NOT_ITS_OWN = ("<frozen", str(Path(pluggy.__file__).parent), _GROUNDUP)
_LIBRARIES = {"numpy", "scipy", "pandas", "sklearn", "msgspec"}


class PluginError(RuntimeError):
    """A plugin failed, and ``GROUNDUP_STRICT_PLUGINS`` makes that an error."""


class ApiVersionError(ImportError):
    """A plugin that was written for another version of the plugin API."""


class NameTakenError(ValueError):
    """Two plugins offer something of one name."""


@dataclass(frozen=True)
class Origin:
    """Where a plugin comes from."""

    entry_point: str
    module: str
    distribution: str
    version: str

    def __str__(self) -> str:
        return f"{self.entry_point} ({self.module}, {self.distribution} {self.version})"


@dataclass(frozen=True)
class Failure:
    """A plugin that could not be loaded, or a hook of it that failed.

    Attributes
    ----------
    origin : Origin
    what : str
        ``import``, or the name of the hook.
    reason : str
        One sentence.
    where : str
        File and line.
    remedy : str
        What to do about it.
    """

    origin: Origin
    what: str
    reason: str
    where: str
    remedy: str = ""

    def __str__(self) -> str:
        at = f" at {self.where}" if self.where else ""
        return f"{self.origin}: {self.what}: {self.reason}{at}; {self.remedy}"


def failure_of(origin: Origin, what: str, error: BaseException) -> Failure:
    """The failure that an error makes."""
    return Failure(origin, what, f"{type(error).__name__}: {error}", _where(origin, error), _remedy(origin, error))


def fault_of(error: BaseException) -> str:
    """A plugin's own fault in a sentence for its author: what it raised, and in which line of its code.

    With ``GROUNDUP_TRACEBACK=1`` in the environment the whole traceback goes to standard error, too.
    """
    if os.environ.get(TRACEBACK) == "1":
        traceback.print_exception(error)
    frames = _own_frames(error)
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{where}"


def stuck_at(thread: threading.Thread, module: str) -> str:
    """Where a thread is just now, in words: the deepest line of a module, or of its package; empty: not known."""
    frame = sys._current_frames().get(thread.ident or 0)
    frames = _own(traceback.extract_stack(frame)) if frame is not None else []
    package = sys.modules.get(module.partition(".")[0])
    file = getattr(sys.modules.get(module), "__file__", None) or "?"
    place = f"{Path(file).parent}{os.sep}" if hasattr(package, "__path__") else file
    frames = [f for f in frames if f.filename.startswith(place)] or frames
    return f"{frames[-1].name}() ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""


def _own_frames(error: BaseException) -> list[traceback.FrameSummary]:
    return _own(traceback.extract_tb(error.__traceback__))


def _own(found: Iterable[traceback.FrameSummary]) -> list[traceback.FrameSummary]:
    frames = [f for f in found if not f.filename.startswith(_NOT_ITS_OWN)]
    return [f for f in frames if not _LIBRARIES & set(Path(f.filename).parts)] or frames


def _where(origin: Origin, error: BaseException) -> str:
    """The deepest line that is the plugin's or its packages', not ours and not of the import machinery."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    if frames := _own_frames(error):
        return f"{frames[-1].filename}:{frames[-1].lineno}"
    return getattr(sys.modules.get(origin.module), "__file__", None) or ""


def _remedy(origin: Origin, error: BaseException) -> str:
    without = f"to go on without it: GROUNDUP_DISABLE_PLUGINS={origin.entry_point}"
    if isinstance(error, NameTakenError):
        return f"uninstall one of the two packages, or leave this one out: {without.removeprefix('to go on ')}"
    if isinstance(error, ApiVersionError):
        return f"pip install --upgrade groundup {origin.distribution}, until the two fit; {without}"
    if isinstance(error, ModuleNotFoundError) and error.name == origin.module:
        return f"its package is damaged: pip install --force-reinstall {origin.distribution}; {without}"
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"install what it needs (pip install {error.name.partition('.')[0]}, or as its maker says); {without}"
    if isinstance(error, pluggy.PluginValidationError):
        hooks = ", ".join(name for name in vars(hookspecs) if name.startswith("groundup_"))
        return f"for its author: the hooks are {hooks}, without arguments; {without}"
    return f"tell the author of {origin.distribution}; {without}, or pip uninstall {origin.distribution}"
