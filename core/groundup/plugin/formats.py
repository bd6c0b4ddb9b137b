"""The contract of an importer: a file of another program, as streams."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from groundup.streams import StreamSpec
from groundup.subject import Subject


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
    """

    id: str
    spec: StreamSpec
    samples: NDArray[np.generic] | Sequence[Sequence[str]]
    timestamps: NDArray[np.float64]
    probes: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 3)))


@dataclass(frozen=True)
class Imported:
    """What an importer reads: streams, the person if the file tells, and what it had to leave out.

    Events of the file come as a stream of type ``Markers``: one JSON object of the ``/events`` columns a sample
    (`groundup.analysis.events.event_json`), so that importing, replaying and recording treat them alike.
    """

    streams: tuple[ImportedStream, ...]
    subject: Subject = field(default_factory=Subject)
    notes: tuple[str, ...] = ()


class Importer(ABC):
    """Reads the files of another program."""

    name: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]
    """File name endings, with the dot, in lower case."""

    @classmethod
    def sniff(cls, path: Path) -> bool:
        """Say whether this file is one of mine; by default, by its suffix."""
        return path.suffix.lower() in cls.suffixes

    @abstractmethod
    def read(self, path: Path) -> Imported:
        """Read the file.

        Raises
        ------
        ValueError
            If it is damaged or not of this format; the message says what and where.
        """
