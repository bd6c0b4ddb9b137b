"""The exporter for OpenSim: markers, ground reaction forces and the file that says where these act."""

from pathlib import Path
from typing import TYPE_CHECKING

from groundup.plugin import Exporter, Progress, hookimpl

if TYPE_CHECKING:
    from groundup.recording import Recording


class OpenSimExporter(Exporter):
    """Writes a folder for OpenSim: markers as .trc, forces as .mot, external loads as .xml; y up, metres."""

    name = "opensim"
    suffix = ""
    rearranges = True

    def write(self, recording: "Recording", out: Path, progress: Progress) -> list[str]:
        """Write the recording as a folder."""
        from groundup_plugins.formats.opensim.writing import write_opensim

        return write_opensim(recording, out, progress)


@hookimpl
def groundup_exporters() -> list[type[Exporter]]:
    """Return the exporter for OpenSim."""
    return [OpenSimExporter]
