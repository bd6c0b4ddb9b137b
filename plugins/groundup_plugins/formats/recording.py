"""Our own recordings, so that they can be replayed and imported like any other file."""

from pathlib import Path
from typing import ClassVar

import numpy as np

import groundup
from groundup.plugin import Imported, ImportedStream, Importer, hookimpl
from groundup.recording.stream import Stream


class RecordingImporter(Importer):
    """Reads sealed recordings: every stream as it was sent, on its device's own clock, with its probes."""

    name = "recording"
    suffixes: ClassVar[tuple[str, ...]] = (".h5", ".hdf5")

    @classmethod
    def sniff(cls, path: Path) -> bool:
        """Say whether the file begins as HDF5 does."""
        with path.open("rb") as file:
            return file.read(8) == b"\x89HDF\r\n\x1a\n"

    def read(self, path: Path) -> Imported:
        """Read the recording into memory.

        Raises
        ------
        ValueError
            If it is no recording, or damaged.
        """
        with groundup.open(path) as recording:
            streams = tuple(_imported(stream) for stream in recording.streams.values())
            return Imported(streams, recording.participant)


def _imported(stream: Stream) -> ImportedStream:
    stamps = np.asarray(stream.timestamps, np.float64)
    probes = stream.probes[["time", "offset", "round_trip"]].to_numpy(np.float64)
    values = stream.values()
    if isinstance(values, list):
        text = [[value.decode("utf-8", "surrogateescape") for value in row] for row in values]
        return ImportedStream(stream.id, stream.spec, text, stamps, probes)
    return ImportedStream(stream.id, stream.spec, values, stamps, probes)


@hookimpl
def groundup_importers() -> list[type[Importer]]:
    """Return the importer of recordings."""
    return [RecordingImporter]
