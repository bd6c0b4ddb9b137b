"""Another program's file made a recording."""

from collections.abc import Sequence
from pathlib import Path

from groundup.journal import is_xdf
from groundup.lab.tables import Lab
from groundup.lsl.versions import software
from groundup.recording import Recording
from groundup.recording.seal import Progress, seal
from groundup.sources.from_import import source_from_import
from groundup.sources.importers import importer_of, read_file
from groundup.workflows.seal_journal import seal_journal


class NothingImportedError(RuntimeError):
    """A file that holds no sample that can be read; the message says why."""


def import_one(
    file: Path, output: Path, lab: Lab | None = None, importer: str = "", progress: Progress | None = None
) -> None:
    """Make a recording of a file; the file is left as it is.

    Parameters
    ----------
    file, output : Path
    lab : Lab, optional
        Gives the channels their sites.
    importer : str
        Name of the one to read it with; empty: who knows the file.
    progress : callable, optional

    Raises
    ------
    ImportFailedError, JournalInUseError, LabError, OSError
        If it cannot be read.
    """
    if is_xdf(file) and not importer:
        # The same code that seals our own journals, at any length of file.
        seal_journal(file, output, lab=lab, keep=True, progress=progress)
        return
    # What the lab says is put on once, by the source; the importer's own ids are what its tables match.
    reader = importer_of(file, importer)
    made_by = {f"{reader.origin.distribution}:{reader.item.name}": reader.origin.version}
    source = source_from_import(read_file(file, lab, importer), lab, software={**software(), **made_by})
    seal(source, output, progress=progress)


def refuse_nothing(files: Sequence[Path], output: Path) -> None:
    """Delete a recording of which nothing could be read, and say why.

    Raises
    ------
    NothingImportedError
    """
    with Recording(output) as recording:
        rows = recording.ledger_list()
        lost = not recording.streams or any(row.severity == "fault" for row in rows)
        if not lost or any(len(stream) for stream in recording.streams.values()):
            return
    output.unlink()
    why = "; ".join(dict.fromkeys(row.message for row in rows if row.severity != "info"))
    raise NothingImportedError(
        f"{', '.join(map(str, files))} holds no sample that can be read{': ' + why if why else ''}"
    )
