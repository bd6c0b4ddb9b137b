"""An imported file as a source: a C3D or XDF is sealed by the same code as our own journal."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

from groundup.lab.tables import Lab, LabError, LabStream, apply_lab, wrong_rate
from groundup.lsl.predicate import matches
from groundup.model.ledger import LedgerRow
from groundup.model.source import PROBE, Block, Samples, Source, SourceStream
from groundup.model.streams import StreamSpec, desc_xml

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
        LedgerRow(origin, "", "missing", "warning", 0, f"lab.toml's [streams.{name}] fits no stream of this file")
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


def lab_names(streams: Sequence[ImportedStream | SourceStream], lab: Lab | None) -> dict[str, str]:
    """Which table of lab.toml describes which stream of a file: the stream's id to the lab's.

    Raises
    ------
    LabError
        If a table matches two streams, or two tables one stream.
    """
    names: dict[str, str] = {}
    if lab is None:
        return names
    ids = {stream.id for stream in streams}
    for name, table in lab.streams.items():
        where = f"{lab.where}: [streams.{name}]"
        try:
            wanted = lab.predicate(name)
            found = [name] if name in ids else [s.id for s in streams if matches(wanted, header_xml(s.spec))]
        except ValueError as error:
            raise LabError(f"{where}: {error}") from error
        if len(found) > 1:
            raise LabError(f"{where} matches the streams {', '.join(found)}; give each a table of its own")
        for stream_id in found:
            if stream_id in names:
                raise LabError(f"{where} matches the stream {stream_id}, as [streams.{names[stream_id]}] does")
            names[stream_id] = name
        if not found and table.match == "" and table.channels:
            known = ", ".join(sorted(ids)) or "none"
            raise LabError(f"{where} fits no stream of the file; it has {known}")
    return names


def as_lab_knows(stream: SourceStream, table: LabStream, where: str, origin: float) -> SourceStream:
    """The stream with the lab's sites, sides, units, plate and latency, and a fault if its rate is not the lab's.

    Raises
    ------
    LabError
        If the stream has no channel of a label that lab.toml names.
    """
    wrong = wrong_rate(stream.spec, table, where)
    rows = (LedgerRow(origin, stream.id, "rate", "fault", 0, wrong),) if wrong else ()
    return replace(stream, spec=apply_lab(stream.spec, table, where), ledger=(*stream.ledger, *rows))


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
    )
    if name is None or lab is None:
        return made
    return as_lab_knows(made, lab.streams[name], f"{lab.where}: [streams.{name}]", origin)


def _samples(part: NDArray[np.generic] | Sequence[Sequence[str]]) -> Samples:
    if isinstance(part, np.ndarray) and part.dtype.kind not in "OUS":
        return part
    return [[v if isinstance(v, bytes) else str(v).encode("utf-8", "surrogateescape") for v in row] for row in part]


def padded_probes(probes: NDArray[np.float64]) -> NDArray[np.void]:
    """Probes of two or three columns as `PROBE`; what the file does not tell is NaN."""
    padded = np.empty(len(probes), PROBE)
    columns = [*np.asarray(probes, np.float64).T][:3] if len(probes) else []
    for index, field in enumerate(("time", "offset", "round_trip", "collected")):
        padded[field] = columns[index] if index < len(columns) else np.nan
    return padded


def header_xml(spec: StreamSpec) -> str:
    """A header as LSL would have sent it, so that the stream is described the same wherever it came from."""
    shown = replace(
        spec,
        channels=tuple(replace(c, label=_xml(c.label), unit=_xml(c.unit), site=_xml(c.site)) for c in spec.channels),
        type=_xml(spec.type),
        extra={key: _xml(value) for key, value in spec.extra.items()},
    )
    info = ET.Element("info")
    for key, value in (
        ("name", spec.name),
        ("type", spec.type),
        ("channel_count", str(len(spec.channels))),
        ("nominal_srate", repr(float(spec.rate))),
        ("channel_format", spec.format),
        ("source_id", spec.source_id),
        ("hostname", spec.hostname),
    ):
        ET.SubElement(info, key).text = _xml(value)
    info.append(ET.fromstring(desc_xml(shown)))
    return ET.tostring(info, encoding="unicode", xml_declaration=False)


def _xml(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    allowed = (c if c >= " " or c in "\t\n\r" else "�" for c in text)
    return "".join("�" if c in "\ufffe\uffff" or "\ud800" <= c <= "\udfff" else c for c in allowed)
