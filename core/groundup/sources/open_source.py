"""A file as a source: a journal, another XDF file, a recording, or whatever an importer reads."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from groundup.journal import is_xdf, read_journal
from groundup.lab.tables import Lab
from groundup.model.source import ARRIVAL, PROBE, Block, Source, SourceStream
from groundup.recording import Recording, Stream
from groundup.recording.open_file import open_hdf5
from groundup.sources.from_import import source_from_import
from groundup.sources.importers import read_file
from groundup.sources.with_lab import with_lab, with_own_lab


def open_source(path: Path, lab: Lab | None = None) -> tuple[Source, Lab | None]:
    """What can be played from a file: a journal, another XDF file, a recording, or whatever an importer reads.

    Parameters
    ----------
    path : Path
    lab : Lab, optional
        A lab.toml to see its streams by, instead of the one it was recorded with.

    Raises
    ------
    ValueError
        If it is none of these; the sentence says what it is.
    """
    if not path.is_file():
        raise FileNotFoundError(2, "no such file", str(path))
    if is_xdf(path):
        source = read_journal(path).source
    elif path.suffix.lower() in (".h5", ".hdf5"):
        with Recording(path) as recording:
            source = source_of_recording(recording)
    else:
        return source_from_import(read_file(path, lab), lab), lab
    return with_own_lab(source) if lab is None else (with_lab(source, lab), lab)


def source_of_recording(recording: Recording) -> Source:
    """The raw streams of a sealed recording, as they were in the journal it was sealed from."""
    return Source(
        streams=[sealed_stream(recording, stream) for stream in recording.streams.values()],
        recording_id=recording.id,
        started_utc=recording.started_utc,
        clock_origin=recording.clock_origin,
        lab_toml=recording.lab_toml,
        subject=recording.participant,
        participant_id=recording.participant_id,
    )


def sealed_stream(recording: Recording, stream: Stream) -> SourceStream:
    """One raw stream of a recording, as it was in the journal; the recording may be closed before it is read."""
    path, name = recording.path, stream.id

    def blocks() -> Iterator[Block]:
        # By then the recording, which was looked at as a whole when it was opened, may be closed.
        with open_hdf5(path) as file:
            again = Stream(file[f"streams/{name}"], file[f"sync/{name}"])
            stamps = again.timestamps
            for part, rows in again.pieces():
                yield stamps[part], rows

    group = recording.hdf5[f"streams/{name}"]
    probes, found = np.asarray(group["probes"][...], PROBE), group.get("arrivals")
    arrivals = np.empty(0, ARRIVAL) if found is None else np.asarray(found[...], ARRIVAL)
    return SourceStream(name, stream.spec, stream.header, len(stream), blocks, probes, arrivals=arrivals)
