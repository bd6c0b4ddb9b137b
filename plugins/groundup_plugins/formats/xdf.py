"""XDF files: LabRecorder's, and our own journals, by the parser that seals them."""

from pathlib import Path
from typing import ClassVar

import numpy as np

from groundup.journal import JournalDamaged, read_journal
from groundup.plugin import Imported, ImportedStream, Importer, hookimpl
from groundup.source import SourceStream


class XDFImporter(Importer):
    """Reads XDF 1.0: every stream as sent, with the clock offsets the file has."""

    name = "xdf"
    suffixes: ClassVar[tuple[str, ...]] = (".xdf",)

    @classmethod
    def sniff(cls, path: Path) -> bool:
        """Say whether the file begins as XDF does."""
        with path.open("rb") as file:
            return file.read(4) == b"XDF:"

    def read(self, path: Path) -> Imported:
        """Read the file into memory.

        Raises
        ------
        ValueError
            If it is no XDF file.
        """
        try:
            journal = read_journal(path)
        except JournalDamaged as error:
            raise ValueError(str(error)) from error
        source = journal.source
        rows = [*source.ledger, *(row for stream in source.streams for row in stream.ledger)]
        notes = tuple(row.message for row in rows if row.kind == "damaged")
        return Imported(tuple(_imported(stream) for stream in source.streams), source.subject, notes)


def _imported(stream: SourceStream) -> ImportedStream:
    blocks = list(stream.blocks())
    stamps = np.concatenate([stamps for stamps, _ in blocks]) if blocks else np.empty(0)
    probes = np.column_stack([stream.probes[key] for key in ("time", "offset", "round_trip")])
    if stream.spec.format == "string":
        text = [[value.decode("utf-8", "surrogateescape") for value in row] for _, rows in blocks for row in rows]
        return ImportedStream(stream.id, stream.spec, text, stamps, probes)
    arrays = [samples for _, samples in blocks if isinstance(samples, np.ndarray)]
    samples = np.concatenate(arrays) if arrays else np.empty((0, len(stream.spec.channels)))
    return ImportedStream(stream.id, stream.spec, samples, stamps, probes)


@hookimpl
def groundup_importers() -> list[type[Importer]]:
    """Return the importer of XDF files."""
    return [XDFImporter]
