"""Our own recordings, so that they can be replayed and imported like any other file."""

from pathlib import Path
from typing import ClassVar

import h5py

from groundup.files import read_recording
from groundup.plugin import Imported, Importer, hookimpl


class RecordingImporter(Importer):
    """Reads sealed recordings: every stream as it was sent, on its device's own clock, with its probes."""

    name = "recording"
    suffixes: ClassVar[tuple[str, ...]] = (".h5", ".hdf5")

    @classmethod
    def sniff(cls, path: Path) -> bool:
        """Say whether the file begins as HDF5 does, and says that it is a recording, or cannot be opened to say it."""
        with path.open("rb") as file:
            if file.read(8) != b"\x89HDF\r\n\x1a\n":
                return False
        try:
            with h5py.File(path, "r") as recording:
                return "format" in recording.attrs
        except OSError:
            return True

    def read(self, path: Path) -> Imported:
        """Read the recording into memory.

        Raises
        ------
        ValueError
            If it is no recording, or damaged.
        """
        return read_recording(path)


@hookimpl
def groundup_importers() -> list[type[Importer]]:
    """Return the importer of recordings."""
    return [RecordingImporter]
