"""An imported file as a source: a C3D or XDF is sealed by the same code as our own journal."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from groundup.clock import ClockInput, synchronise
from groundup.headers.writing import header_xml
from groundup.lab.stream_tables import table_of
from groundup.lab.tables import Lab
from groundup.model.ledger import LedgerRow
from groundup.model.source import Block, Samples, Source, SourceStream, padded_probes
from groundup.sources.with_lab import as_lab_knows, lab_names

if TYPE_CHECKING:
    from groundup.plugin.formats import Imported, ImportedStream

_BLOCK = 4096


def source_from_import(
    imported: Imported, lab: Lab | None = None, *, started_utc: str = "", software: dict[str, str] | None = None
) -> Source:
    """Make a source of an imported file.

    The lab clock is the file's own clock. A stream that lab.toml names, by its id or its ``match``, gets the lab's id,
    sites, sides, units and plate. What the importer had to leave out and what is wrong with the file is in
    the ledger.

    Parameters
    ----------
    imported : Imported
    lab : Lab, optional
    started_utc : str
        When the file says it was recorded, ISO 8601; empty when it does not say.
    software : dict, optional
        Name to version of what read the file.

    Raises
    ------
    LabError
        If lab.toml names a channel that the stream does not have, or matches two streams with one table.
    """
    names = lab_names(imported.streams, lab)
    origin = math.nan  # that of the first sample, once it is on the lab clock
    streams = tuple(_stream(stream, names.get(stream.id), lab, origin) for stream in imported.streams)
    missing = [] if lab is None else sorted(set(lab.streams) - set(names.values()))
    absent = tuple(
        LedgerRow(origin, "", "missing", "warning", 0, f"lab.toml's {table_of(name)} fits no stream of this file")
        for name in missing
    )
    subject = imported.subject if lab is None else lab.subject.over(imported.subject)
    return Source(
        streams=streams,
        recording_id=str(uuid.uuid4()),
        started_utc=started_utc,
        clock_origin=origin,
        lab_toml="" if lab is None else lab.text,
        subject=subject,
        participant_id="" if lab is None else lab.participant.id,
        ledger=(
            *absent,
            *(LedgerRow(origin, "", "import", "warning", 0, note) for note in imported.notes),
            *(LedgerRow(origin, "", "import", "fault", 0, fault) for fault in imported.faults),
        ),
        software=dict(software or {}),
    )


def _stream(stream: ImportedStream, name: str | None, lab: Lab | None, origin: float) -> SourceStream:
    def blocks() -> Iterator[Block]:
        stamps = np.asarray(stream.timestamps, np.float64)
        for begin in range(0, len(stamps), _BLOCK):
            part = slice(begin, begin + _BLOCK)
            yield stamps[part], _samples(stream.samples[part])

    made = SourceStream(
        id=name or stream.id,
        spec=stream.spec,
        header=header_xml(stream.spec),
        count=len(stream.timestamps),
        blocks=blocks,
        probes=padded_probes(stream.probes),
        pauses=stream.pauses,
    )
    if name is None or lab is None:
        return made
    return as_lab_knows(made, lab.streams[name], f"{lab.where}: {table_of(name)}", origin)


def _samples(part: NDArray[np.generic] | Sequence[Sequence[str]]) -> Samples:
    if isinstance(part, np.ndarray) and part.dtype.kind not in "OUS":
        return part
    return [[v if isinstance(v, bytes) else str(v).encode("utf-8", "surrogateescape") for v in row] for row in part]


def file_times(stream: ImportedStream) -> NDArray[np.float64]:
    """The file's own time stamps; those of several device clocks are first brought onto one."""
    stamps = np.asarray(stream.timestamps, dtype=np.float64)
    if len(stream.probes) == 0:
        return stamps
    spec = stream.spec
    clocked = ClockInput(stream.id, stamps, spec.rate, padded_probes(stream.probes), spec.latency_s, spec.hostname)
    return synchronise([clocked])[0].time
