"""The exporter of Neurodata Without Borders (NWB 2)."""

from pathlib import Path
from typing import TYPE_CHECKING

from groundup.plugin import Exporter, Progress, hookimpl

if TYPE_CHECKING:
    from groundup.recording import Recording


class NWBExporter(Exporter):
    """Writes NWB: streams as sent, on the lab clock, with electrodes, devices, events, metrics, certificates."""

    name = "nwb"
    suffix = ".nwb"

    def write(self, recording: "Recording", out: Path, progress: Progress) -> list[str]:
        """Write the recording as one NWB file."""
        from groundup_plugins.formats.nwb.writing import write_nwb

        return write_nwb(recording, out, progress)


@hookimpl
def groundup_exporters() -> list[type[Exporter]]:
    """Return the exporter of NWB."""
    return [NWBExporter]
