"""The exporter of MATLAB's MAT files, version 7.3."""

from pathlib import Path
from typing import TYPE_CHECKING

from groundup.plugin import Exporter, Progress, hookimpl

if TYPE_CHECKING:
    from groundup.recording import Recording


class MatExporter(Exporter):
    """Writes a MAT file of version 7.3: streams as sent, with their time on the lab clock, and tables, as structs."""

    name = "mat"
    suffix = ".mat"

    def write(self, recording: "Recording", out: Path, progress: Progress) -> list[str]:
        """Write the recording as one MAT file."""
        from groundup_plugins.formats.mat.writing import write_mat

        return write_mat(recording, out, progress)


@hookimpl
def groundup_exporters() -> list[type[Exporter]]:
    """Return the exporter of MAT files."""
    return [MatExporter]
