"""From a journal to a recording: sealed, compared with the journal, and only then is the journal let go."""

from dataclasses import dataclass, replace
from pathlib import Path

from groundup.journal import read_journal
from groundup.lab import Lab, LabError, parse_lab
from groundup.ledger import LedgerRow
from groundup.recording.seal import Progress, seal
from groundup.recording.source_import import as_lab_knows, lab_names
from groundup.source import Source


@dataclass(frozen=True)
class Sealed:
    """A journal that was sealed.

    Attributes
    ----------
    recording : Path
    journal_kept : bool
    complete : bool
        Whether the journal had been ended cleanly.
    """

    recording: Path
    journal_kept: bool
    complete: bool


def seal_journal(
    path: Path,
    out: Path,
    *,
    lab: Lab | None = None,
    keep: bool | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Sealed:
    """Seal an XDF file, ours or LabRecorder's, into a recording.

    Parameters
    ----------
    path : Path
        The journal.
    out : Path
        The recording to make.
    lab : Lab, optional
        A lab.toml for a file that has none of its own.
    keep : bool, optional
        Whether our own journal stays after sealing; by default as its lab.toml says. Anybody else's always stays.
    overwrite : bool
        Whether an existing recording may be replaced.
    progress : callable, optional

    Raises
    ------
    JournalDamaged, SealError, OSError
        The journal is then as it was.
    """
    journal = read_journal(path)
    source, lab = with_lab(journal.source) if lab is None else (named_by(journal.source, lab), lab)
    seal(source, out, overwrite=overwrite, progress=progress)
    if keep is None:
        keep = lab.record.keep_journal if lab is not None else False
    keep = keep or not journal.ours
    if not keep:
        path.unlink()
    return Sealed(out, keep, journal.complete)


def with_lab(source: Source) -> tuple[Source, Lab | None]:
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
                stream = as_lab_knows(stream, known, f"lab.toml: [streams.{stream.id}]", source.clock_origin)
            except LabError as error:
                row = LedgerRow(source.clock_origin, stream.id, "lab", "warning", 0, str(error))
                stream = replace(stream, ledger=(*stream.ledger, row))
        streams.append(stream)
    return replace(source, streams=streams), lab


def named_by(source: Source, lab: Lab) -> Source:
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
            f"{lab.where}: [streams.{names[stream.id]}]",
            source.clock_origin,
        )
        if stream.id in names
        else stream
        for stream in source.streams
    ]
    subject = lab.subject.over(source.subject)
    return replace(source, streams=streams, lab_toml=lab.text, subject=subject, participant_id=lab.participant.id)
