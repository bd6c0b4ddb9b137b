"""What can be sealed: a journal, a LabRecorder file or an import, all in one shape.

Sealing our journal and importing somebody else's file are the same code; this is what they meet in.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from groundup.model.ledger import LedgerRow
from groundup.model.streams import StreamSpec
from groundup.model.subject import Subject

PROBE = np.dtype([("time", "<f8"), ("offset", "<f8"), ("round_trip", "<f8"), ("collected", "<f8")])
"""One measurement of a device clock: device time (s), what to add to get lab time (s), round trip (s; NaN when the
file does not tell), and lab time when the recorder learnt of it (s; NaN likewise)."""

ARRIVAL = np.dtype([("sample", "<i8"), ("after", "<f8"), ("by", "<f8")])
"""When a sample arrived: its number, and two times of the recorder's clock (s; NaN where the file does not tell): it
was read after the one, and had been read by the other."""

TICK = np.dtype([("began", "<f8"), ("counted", "<f8"), ("tick", "<f8"), ("stamp", "<f8"), ("arrival", "<f8")])
"""What a driver made a stamp of: when its counting began (s; it tells one count from the next), whether the
device counts (1), so that losses show in the ticks, or what comes is counted (0); then the number of a sample, or
reading of the device's clock; the stamp it gave to that (s), and when it had come (s; NaN: not told)."""

_NEAR = 1.5  # samples, from a gap to where a pause is said to begin
_PAUSE = "nothing of {} was sampled between one file and the next"

Samples = NDArray[np.generic] | list[list[bytes]]
"""A block of samples: (n, C) of the stream's NumPy type, or n lists of C byte strings."""

Block = tuple[NDArray[np.float64], Samples]
"""Device time stamps as sent, shape (n,), and their samples."""


@dataclass(frozen=True)
class SourceStream:
    """One stream, readable again and again in blocks, so that memory does not grow with its length.

    Attributes
    ----------
    id : str
        Key in the recording.
    spec : StreamSpec
        With sites, sides and units already taken from lab.toml where it gives them.
    header : str
        LSL's XML, verbatim; empty when the source has none.
    count : int
        Number of samples.
    blocks : callable
        Gives the samples from the start, in order.
    probes : structured ndarray of PROBE
    arrivals : structured ndarray of ARRIVAL
        Of some of its samples, in order; may be empty.
    ledger : tuple of LedgerRow
        This stream's.
    pauses : tuple of float
        Time stamps of samples after which nothing was sampled for a while: what is missing there is not lost.
    """

    id: str
    spec: StreamSpec
    header: str
    count: int
    blocks: Callable[[], Iterator[Block]]
    probes: NDArray[np.void] = field(default_factory=lambda: np.empty(0, PROBE))
    ledger: tuple[LedgerRow, ...] = ()
    arrivals: NDArray[np.void] = field(default_factory=lambda: np.empty(0, ARRIVAL))
    pauses: tuple[float, ...] = ()

    def without_pauses(self, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        """What its time stamps show; a gap at a pause is told as that, and nothing is lost by it."""
        if not self.pauses:
            return list(rows)
        at = np.array(self.pauses) - self.spec.latency_s
        step = _NEAR / max(self.spec.rate, 1.0)
        return [
            replace(row, kind="pause", severity="info", count=0, message=_PAUSE.format(self.id))
            if row.kind == "gap" and float(np.abs(at - row.time).min()) < step
            else row
            for row in rows
        ]


@dataclass(frozen=True)
class Source:
    """Everything that is sealed into one recording.

    Attributes
    ----------
    streams : sequence of SourceStream
    recording_id : str
        Unique; a UUID made when the recording began.
    started_utc : str
        ISO 8601.
    clock_origin : float
        Lab-clock seconds at `started_utc`; NaN where nothing tells: then it is the first sample's.
    lab_toml : str
        Verbatim, or empty.
    subject : Subject
    participant_id : str
    ledger : tuple of LedgerRow
        Rows that belong to no single stream.
    software : dict
        Name to version of what recorded or imported it.
    one_pass : callable, optional
        Gives the blocks of all streams as they lie in the source, each with the place of its stream in `streams`: one
        pass over a file instead of one a stream.
    """

    streams: Sequence[SourceStream]
    recording_id: str
    started_utc: str
    clock_origin: float
    lab_toml: str = ""
    subject: Subject = field(default_factory=Subject)
    participant_id: str = ""
    ledger: tuple[LedgerRow, ...] = ()
    software: dict[str, str] = field(default_factory=dict)
    one_pass: Callable[[], Iterator[tuple[int, Block]]] | None = None

    def blocks(self) -> Iterator[tuple[int, Block]]:
        """All samples, each stream's in order, with the place of the stream in `streams`."""
        if self.one_pass is not None:
            return self.one_pass()
        return ((index, block) for index, stream in enumerate(self.streams) for block in stream.blocks())


def padded_probes(probes: NDArray[np.float64]) -> NDArray[np.void]:
    """Probes of two or three columns as `PROBE`; what the file does not tell is NaN."""
    padded = np.empty(len(probes), PROBE)
    columns = [*np.asarray(probes, np.float64).T][:3] if len(probes) else []
    for index, name in enumerate(("time", "offset", "round_trip", "collected")):
        padded[name] = columns[index] if index < len(columns) else np.nan
    return padded
