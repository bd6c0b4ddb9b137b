"""The contracts of formats: an importer reads a file of another program as streams, an exporter writes one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from groundup.lab.settings import Settings
from groundup.model.streams import StreamSpec
from groundup.model.subject import Subject

if TYPE_CHECKING:
    from groundup.recording import Recording


@dataclass(frozen=True)
class ImportedStream:
    """One stream of an imported file.

    Attributes
    ----------
    id : str
        Key of the stream in the recording.
    spec : StreamSpec
    samples : ndarray, shape (N, C), or N lists of C strings
        As the file has them; numbers are not rescaled.
    timestamps : ndarray, shape (N,), float64
        Seconds, on the file's own clock.
    probes : ndarray, shape (P, 2) or (P, 3)
        Device time, offset (and round-trip time, NaN when the file has none) of each clock measurement.
    pauses : tuple of float
        Time stamps of samples after which nothing was sampled for a while, as between two files: what is missing there
        is not lost.
    """

    id: str
    spec: StreamSpec
    samples: NDArray[np.generic] | Sequence[Sequence[str]]
    timestamps: NDArray[np.float64]
    probes: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 3)))
    pauses: tuple[float, ...] = ()


@dataclass(frozen=True)
class Imported:
    """What an importer reads: streams, the person if the file tells, what it had to leave out, and what is wrong.

    Events of the file come as a stream of type ``Markers``: one JSON object of the ``/events`` columns a sample
    (`groundup.model.event_json.event_json`), so that importing, replaying and recording treat them alike.

    Attributes
    ----------
    streams : tuple of ImportedStream
    subject : Subject
    notes : tuple of str
        What was left out or had to be chosen, a sentence each: warnings of the recording's ledger.
    faults : tuple of str
        Where the file is damaged, cut short or contradicts itself, a sentence each: faults of the ledger.
    clock : str
        The clock that the times are of, where other files of it have the same: such files go into one recording as
        they are. Empty where the times mean something within this file only.
    """

    streams: tuple[ImportedStream, ...]
    subject: Subject = field(default_factory=Subject)
    notes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    clock: str = ""


class Importer(ABC):
    """Reads the files of another program.

    Parameters
    ----------
    settings : Settings, optional
        What ``[import.NAME]`` of lab.toml says of these files, as `settings_type`; without one its defaults.
    """

    name: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]
    """File name endings, with the dot, in lower case."""
    settings_type: ClassVar[type[Settings]] = Settings
    """Struct of the importer's keys in ``[import.NAME]``; every key has a default."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = self.settings_type() if settings is None else settings

    @classmethod
    def sniff(cls, path: Path) -> bool:
        """Say whether this file is one of mine; by default, by its suffix.

        An importer that looks into the file here is asked before those that go by the suffix alone.
        """
        return path.suffix.lower() in cls.suffixes

    @abstractmethod
    def read(self, path: Path) -> Imported:
        """Read the file.

        Raises
        ------
        ValueError
            If it is damaged or not of this format; the message says what and where.
        """


Progress = Callable[[float], None]
"""Told the share that is done, 0 to 1."""


class Exporter(ABC):
    """Writes a recording for another program, a piece at a time: memory does not grow with its length."""

    name: ClassVar[str]
    """What ``groundup export --to`` asks for."""
    suffix: ClassVar[str]
    """Ending of the file it makes, with the dot; empty if it makes a folder."""
    rearranges: ClassVar[bool] = False
    """Whether streams do not come back one by one: the format has one clock, to which they are resampled, or other
    groups of channels."""
    settings_type: ClassVar[type[Settings]] = Settings
    """Struct of the exporter's keys in ``[exporters.NAME]``; every key has a default."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = self.settings_type() if settings is None else settings

    @abstractmethod
    def write(self, recording: Recording, out: Path, progress: Progress) -> list[str]:
        """Write the recording.

        Parameters
        ----------
        recording : Recording
            Open; what it holds is not changed.
        out : Path
            Does not exist yet: a file or a folder of that name is made. It gets its real name when all is well.
        progress : callable
            To be told the share that is done, 0 to 1.

        Returns
        -------
        list of str
            What the format has no place for and was left out, a sentence each.

        Raises
        ------
        ValueError
            If the recording cannot be told in this format at all; the message says why.
        OSError
            If it cannot be written.
        """
