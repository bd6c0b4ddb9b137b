"""CSV: tables of numbers in, by a declaration in lab.toml; recordings out, a file for each stream and each table."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from groundup.plugin import Exporter, Imported, Importer, Progress, Settings, hookimpl
from groundup_plugins.formats.csv.settings import CsvSettings

if TYPE_CHECKING:
    from groundup.recording import Recording


class CsvImporter(Importer):
    """Reads text files of rows and columns; ``[import.csv]`` of lab.toml says how they look."""

    name = "csv"
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".txt")
    settings_type: ClassVar[type[Settings]] = CsvSettings

    def read(self, path: Path) -> Imported:
        """Read the file into memory.

        Raises
        ------
        ValueError
            If it is not as declared; the message says in which line or column.
        """
        # Imported here: pandas is slow to load, and a lab may never see a CSV file.
        from groundup_plugins.formats.csv.reading import read_csv

        settings = self.settings
        try:
            imported = read_csv(path, settings if isinstance(settings, CsvSettings) else CsvSettings())
        except ValueError as error:
            raise ValueError(_shown(str(error))) from error
        return replace(imported, notes=tuple(_shown(note) for note in imported.notes))


def _shown(text: str) -> str:
    """A sentence with cells of the file in it, fit for a terminal."""
    return "".join(c if c.isprintable() else " " if c in "\t\n" else "\ufffd" for c in text)


class CsvExporter(Exporter):
    """Writes a folder: ``streams/ID.csv`` for each stream, and a file for each table."""

    name = "csv"
    suffix = ""

    def write(self, recording: "Recording", out: Path, progress: Progress) -> list[str]:
        """Write the recording as a folder of CSV files."""
        from groundup_plugins.formats.csv.writing import write_csv

        return write_csv(recording, out, progress)


@hookimpl
def groundup_importers() -> list[type[Importer]]:
    """Return the importer of CSV files."""
    return [CsvImporter]


@hookimpl
def groundup_exporters() -> list[type[Exporter]]:
    """Return the exporter to CSV files."""
    return [CsvExporter]
