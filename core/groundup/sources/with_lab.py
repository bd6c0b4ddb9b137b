"""What lab.toml says of the streams of a file: ids, sites, sides, units, plates and latencies, put on in one place.

A journal brings its own lab.toml (`with_own_lab`), whose ids its streams have already; any file may be given one beside
it (`with_lab`), which names its streams by id or by ``match``.
"""

from collections.abc import Sequence
from dataclasses import replace

from groundup.headers.writing import header_xml
from groundup.lab.apply import apply_lab, wrong_rate
from groundup.lab.stream_tables import table_of
from groundup.lab.tables import Lab, LabError, LabStream, parse_lab
from groundup.lsl.predicate import matches
from groundup.model.ledger import LedgerRow
from groundup.model.source import Source, SourceStream
from groundup.plugin.formats import Imported, ImportedStream


def with_own_lab(source: Source) -> tuple[Source, Lab | None]:
    """The source with the sites, sides and units of its own lab.toml.

    A lab.toml that does not fit the streams is no reason not to seal: what does not fit is named in the ledger.
    """
    if not source.lab_toml:
        return source, None
    rows: list[LedgerRow] = []
    try:
        lab = parse_lab(source.lab_toml)
    except LabError as error:
        rows.append(LedgerRow(source.clock_origin, "", "lab", "warning", 0, str(error)))
        return replace(source, ledger=(*source.ledger, *rows)), None
    streams = []
    for stream in source.streams:
        known = lab.streams.get(stream.id)
        if known is not None:
            try:
                stream = as_lab_knows(stream, known, f"lab.toml: {table_of(stream.id)}", source.clock_origin)
            except LabError as error:
                row = LedgerRow(source.clock_origin, stream.id, "lab", "warning", 0, str(error))
                stream = replace(stream, ledger=(*stream.ledger, row))
        streams.append(stream)
    return replace(source, streams=streams), lab


def with_lab(source: Source, lab: Lab) -> Source:
    """The source with the ids, sites, sides and units of a lab.toml given beside the file.

    Raises
    ------
    LabError
        If the lab.toml does not fit the streams.
    """
    names = lab_names(source.streams, lab)
    streams = [
        as_lab_knows(
            replace(
                stream,
                id=names[stream.id],
                ledger=tuple(replace(row, stream=names[stream.id]) for row in stream.ledger),
            ),
            lab.streams[names[stream.id]],
            f"{lab.where}: {table_of(names[stream.id])}",
            source.clock_origin,
        )
        if stream.id in names
        else stream
        for stream in source.streams
    ]
    subject = lab.subject.over(source.subject)
    return replace(source, streams=streams, lab_toml=lab.text, subject=subject, participant_id=lab.participant.id)


def imported_with_lab(imported: Imported, lab: Lab | None) -> Imported:
    """What an importer read, with the ids, sites, sides and units of a lab.toml given beside the file.

    Raises
    ------
    LabError
        If the lab.toml does not fit the streams.
    """
    if lab is None:
        return imported
    names = lab_names(imported.streams, lab)
    streams = tuple(
        replace(s, id=names[s.id], spec=apply_lab(s.spec, lab.streams[names[s.id]])) if s.id in names else s
        for s in imported.streams
    )
    return replace(imported, streams=streams)


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
        where = f"{lab.where}: {table_of(name)}"
        try:
            predicate = lab.predicate(name)
            found = [name] if name in ids else [s.id for s in streams if matches(predicate, header_xml(s.spec))]
        except ValueError as error:
            raise LabError(f"{where}: {error}") from error
        if len(found) > 1:
            raise LabError(f"{where} matches the streams {', '.join(found)}; give each a table of its own")
        for stream_id in found:
            if stream_id in names:
                raise LabError(f"{where} matches the stream {stream_id}, as {table_of(names[stream_id])} does")
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
