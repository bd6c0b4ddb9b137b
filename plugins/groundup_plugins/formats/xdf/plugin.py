"""XDF files: LabRecorder's and our own journals in, what LabRecorder would have written out."""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from groundup.files import is_xdf, read_xdf
from groundup.plugin import Exporter, Imported, Importer, Progress, hookimpl

if TYPE_CHECKING:
    from groundup.recording import Recording


class XDFImporter(Importer):
    """Reads XDF 1.0, compressed or not: every stream as sent, with the clock offsets the file has."""

    name = "xdf"
    suffixes: ClassVar[tuple[str, ...]] = (".xdf", ".xdfz", ".xdf.gz")

    @classmethod
    def sniff(cls, path: Path) -> bool:
        """Say whether the file begins as XDF does."""
        return is_xdf(path)

    def read(self, path: Path) -> Imported:
        """Read the file into memory.

        Raises
        ------
        ValueError
            If it is no XDF file.
        """
        return read_xdf(path)


class XDFExporter(Exporter):
    """Writes XDF 1.0: every stream as it was sent, on its own clock, with its header and clock offsets."""

    name = "xdf"
    suffix = ".xdf"

    def write(self, recording: "Recording", out: Path, progress: Progress) -> list[str]:
        """Write the recording as one XDF file."""
        from groundup_plugins.formats.xdf.writing import write_xdf

        return write_xdf(recording, out, progress)


@hookimpl
def groundup_importers() -> list[type[Importer]]:
    """Return the importer of XDF files."""
    return [XDFImporter]


@hookimpl
def groundup_exporters() -> list[type[Exporter]]:
    """Return the exporter of XDF files."""
    return [XDFExporter]
