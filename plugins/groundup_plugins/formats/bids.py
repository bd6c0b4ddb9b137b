"""The exporter of BIDS: a data set of one recording, with EMG-BIDS and Motion-BIDS."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import msgspec

from groundup.plugin import Exporter, Progress, Settings, hookimpl

if TYPE_CHECKING:
    from groundup.recording import Recording


class BIDSSettings(Settings, frozen=True, kw_only=True):
    """``[exporters.bids]``: what BIDS asks for and no device tells; what is left out stands as ``n/a``, and is said.

    Attributes
    ----------
    task : str
        What the person did: ``walk``.
    session : str
        Which visit it was; empty for none.
    reference : str
        Against what EMG was measured: ``bipolar``, or where the reference electrode lay.
    ground : str
        Where the ground electrode lay.
    mains_hz : float
        Frequency of the mains, 50 or 60; 0 where it is not known.
    placement : str
        How the places of the electrodes were found: ``SENIAM, by palpation``.
    name : str
        Name of the data set.
    authors : tuple of str
    license : str
    """

    task: str = ""
    session: str = ""
    reference: str = ""
    ground: str = ""
    mains_hz: Annotated[float, msgspec.Meta(ge=0, le=1000)] = 0.0
    placement: str = ""
    name: str = ""
    authors: tuple[str, ...] = ()
    license: str = ""


class BIDSExporter(Exporter):
    """Writes a BIDS data set: EMG as BDF+, motion as TSV, plates as physio, events, channels, electrodes, sync."""

    name = "bids"
    suffix = ""
    rearranges = True
    settings_type: ClassVar[type[Settings]] = BIDSSettings

    def write(self, recording: "Recording", out: Path, progress: Progress) -> list[str]:
        """Write the recording as a data set of one person."""
        from groundup_plugins.formats.bids_writing import write_bids

        settings = self.settings if isinstance(self.settings, BIDSSettings) else BIDSSettings()
        return write_bids(recording, out, progress, settings)


@hookimpl
def groundup_exporters() -> list[type[Exporter]]:
    """Return the exporter of BIDS."""
    return [BIDSExporter]
