"""Where a recording goes: the file name templates of LabRecorder's ``filename`` command, and what keeps them in place.

A template and its fields are text from the network. What they make is always below a root folder, always ends in
``.h5``, and never the name of something that exists.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path, PureWindowsPath

from groundup.lab.errors import nearest
from groundup.lsl.stream_names import journal_path

BIDS = "sub-%p/ses-%s/%m/sub-%p_ses-%s_task-%b[_acq-%a]_run-%r_%m.xdf"
"""LabRecorder's template unless another is given; what stands in brackets goes when its field is empty."""

_OPTION = re.compile(r"\{\s*(\w+)\s*:([^{}]*)\}")
_OPTIONS = ("root", "template", "task", "run", "participant", "session", "acquisition", "acq", "modality")
_PLACEHOLDER = re.compile(r"%([bpsamrn])", re.IGNORECASE)
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_SUFFIXES = (".xdf", ".xdfz", ".xdf.gz", ".h5", ".hdf5")
_FORBIDDEN = '<>:"|?*'  # no file name on Windows may have them, and a recording should travel
_MOST_RUNS = 100_000
_LONGEST = 1000


class RemoteNameError(ValueError):
    """A file name that cannot be: a sentence that says why."""


@dataclass(frozen=True)
class FileName:
    """The fields of a file name, as LabRecorder has them.

    Attributes
    ----------
    root : str
        Folder, as a client wrote it; empty for the one given at start-up.
    template : str
        With ``%p`` participant, ``%s`` session, ``%b`` task, ``%a`` acquisition, ``%m`` modality, ``%n`` or ``%r`` run
        (three digits). Empty for `BIDS`.
    task, participant, session, modality : str
        Where one is empty, LabRecorder's own stands in: ``Default``, ``P001``, ``S001``, ``eeg``.
    run : int
        The first run number to try.
    """

    root: str = ""
    template: str = ""
    task: str = ""
    run: int = 1
    participant: str = ""
    session: str = ""
    acquisition: str = ""
    modality: str = ""

    def parts(self, run: int) -> tuple[str, ...]:
        """Folders and file name below the root, without the ending.

        Raises
        ------
        RemoteNameError
            If the template makes no name, or one that leaves the root.
        """
        fields = {
            "b": self.task or "Default", "p": self.participant or "P001", "s": self.session or "S001",
            "m": self.modality or "eeg", "a": self.acquisition, "r": f"{run:03d}", "n": f"{run:03d}",
        }  # fmt: skip
        whole = _OPTIONAL.sub(lambda found: _filled(found[1], fields), self.template or BIDS)
        text = _PLACEHOLDER.sub(lambda found: fields[found[1].lower()], whole)
        if len(text) > _LONGEST:
            raise RemoteNameError(f"a file name has at most {_LONGEST} characters; this one would have {len(text)}")
        wrong = sorted(set(text) & set(_FORBIDDEN))
        if wrong:
            raise RemoteNameError(f"a file name cannot hold {' '.join(wrong)}: {text}")
        parts = [part.strip() for part in text.replace("\\", "/").split("/")]
        parts = [part for part in parts if part not in ("", ".")]
        if ".." in parts:
            raise RemoteNameError(f"a file name stays below its root folder: {text}")
        ending = next((s for s in sorted(_SUFFIXES, key=len, reverse=True) if text.strip().lower().endswith(s)), "")
        last = parts[-1][: len(parts[-1]) - len(ending)].strip() if parts else ""
        if not last:
            raise RemoteNameError(f"the template {self.template!r} makes no file name")
        return (*parts[:-1], last)

    @property
    def counts(self) -> bool:
        """Whether the run number is part of the name."""
        return any(found[1].lower() in "rn" for found in _PLACEHOLDER.finditer(self.template or BIDS))


def _filled(text: str, fields: dict[str, str]) -> str:
    return text if all(fields[found[1].lower()] for found in _PLACEHOLDER.finditer(text)) else ""


def read_options(text: str, name: FileName) -> tuple[FileName, list[str]]:
    """The fields with what a ``filename`` command sets, and what in the command could not be used, in words.

    Parameters
    ----------
    text : str
        What stands behind ``filename``: ``{root:...} {participant:...}``.
    name : FileName
        What holds for the options that are not given.
    """
    problems = []
    rest = " ".join(_OPTION.sub(" ", text).split())
    if rest or not text.strip():
        problems.append(f"options are written {{option:value}}; {rest[:80]!r} is not")
    for key, value in _OPTION.findall(text):
        option = {"acq": "acquisition"}.get(key.lower(), key.lower())
        value = value.strip()
        if option not in _OPTIONS:
            problems.append(f"there is no option {key!r}{nearest(key, _OPTIONS)}")
        elif option != "run":
            name = replace(name, **{option: value.lower() if option == "modality" else value})
        elif value.isascii() and value.isdigit() and len(value) <= 6:
            name = replace(name, run=int(value))
        else:
            problems.append(f"run is a whole number, not {value!r}")
    return name, problems


@dataclass(frozen=True)
class Places:
    """Which folders recordings may go to.

    Attributes
    ----------
    start : Path
        The folder given at start-up.
    confined : bool
        Whether a client's ``root`` must lie below it.
    windows : bool
        Whether this system has drive letters.
    """

    start: Path
    confined: bool = False
    windows: bool = os.name == "nt"

    def root(self, text: str) -> Path:
        r"""The folder that a client's ``root`` means.

        A Windows folder on a system without drives, as from a script written for LabRecorder on Windows, is taken below
        the folder of start-up: ``C:\Data`` becomes ``START/Data``.

        Raises
        ------
        RemoteNameError
            If it leaves the folder given at start-up and must not.
        """
        start = self.start.absolute()
        given = PureWindowsPath(text)
        if given.drive and not self.windows:
            if ".." in given.parts:
                raise RemoteNameError(f"the root {text} leaves {start}")
            return start.joinpath(*given.parts[1:])
        return self.allowed(start / (text if self.windows else text.replace("\\", "/")))

    def allowed(self, path: Path) -> Path:
        """The path itself, if recordings may go there; links are followed first.

        Raises
        ------
        RemoteNameError
            If it leaves the folder given at start-up and must not.
        """
        if self.confined and not path.resolve().is_relative_to(self.start.resolve()):
            raise RemoteNameError(
                f"recordings go below {self.start.absolute()} only, as this recorder was started: {path}"
            )
        return path


def free_path(
    name: FileName, places: Places, taken: Callable[[Path], bool] = lambda path: recorded(path)
) -> tuple[Path, str]:
    """The recording that a name stands for, and what to say if it is not quite the one asked for.

    Nothing that exists is touched: the run number goes up until the name is free; a template without one gets ``_2``,
    ``_3`` ... at its end.

    Raises
    ------
    RemoteNameError
        If there is no such name.
    """
    root = places.root(name.root)
    first: Path | None = None
    for step in range(_MOST_RUNS):
        folders = name.parts(name.run + step)
        last = folders[-1] if name.counts or step == 0 else f"{folders[-1]}_{step + 1}"
        path = places.allowed(root.joinpath(*folders[:-1], f"{last}.h5"))
        first = first or path
        if not taken(path):
            return path, "" if path == first else f"{first} exists and stays as it is; this is {path.name}"
    raise RemoteNameError(f"{first} and {_MOST_RUNS} names after it exist")


def recorded(path: Path) -> bool:
    """Whether a recording or its journal is there."""
    return os.path.lexists(path) or os.path.lexists(journal_path(path))
