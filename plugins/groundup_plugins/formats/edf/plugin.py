"""The exporters of EDF+ and BDF+: what EEG and EMG programs read."""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from groundup.plugin import Exporter, Progress, hookimpl

if TYPE_CHECKING:
    from groundup.recording import Recording


class BDFExporter(Exporter):
    """Writes BDF+: every stream at a whole number of hertz, as 24-bit numbers, with events as annotations."""

    name = "bdf"
    suffix = ".bdf"
    rearranges = True
    width: ClassVar[int] = 3
    """Bytes of a number."""

    def write(self, recording: "Recording", out: Path, progress: Progress) -> list[str]:
        """Write the recording as one file."""
        from groundup_plugins.formats.edf.writing import write_edf

        return write_edf(recording, out, progress, self.width)


class EDFExporter(BDFExporter):
    """Writes EDF+: the same as 16-bit numbers, for programs that do not know BDF."""

    name = "edf"
    suffix = ".edf"
    width = 2


@hookimpl
def groundup_exporters() -> list[type[Exporter]]:
    """Return the exporters of BDF+ and EDF+."""
    return [BDFExporter, EDFExporter]
