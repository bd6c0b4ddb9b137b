"""The exporter of BIDS: a data set of one recording, with EMG-BIDS and Motion-BIDS."""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from groundup.plugin import Exporter, Progress, Settings, hookimpl
from groundup_plugins.formats.bids.settings import BIDSSettings

if TYPE_CHECKING:
    from groundup.recording import Recording


class BIDSExporter(Exporter):
    """Writes a BIDS data set: EMG as BDF+, motion as TSV, plates as physio, events, channels, electrodes, sync."""

    name = "bids"
    suffix = ""
    rearranges = True
    settings_type: ClassVar[type[Settings]] = BIDSSettings

    def write(self, recording: "Recording", out: Path, progress: Progress) -> list[str]:
        """Write the recording as a data set of one person."""
        from groundup_plugins.formats.bids.writing import write_bids

        settings = self.settings if isinstance(self.settings, BIDSSettings) else BIDSSettings()
        return write_bids(recording, out, progress, settings)


@hookimpl
def groundup_exporters() -> list[type[Exporter]]:
    """Return the exporter of BIDS."""
    return [BIDSExporter]
