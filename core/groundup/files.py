"""The files of the house, for formats: what XDF files hold, and what recordings do, without reaching behind the API."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

import groundup
from groundup.model.streams import DTYPES

__all__ = ["as_text", "file_times", "is_xdf", "new_hdf5", "read_file", "read_recording", "read_xdf"]
from groundup.plugin.formats import Imported, ImportedStream


@contextmanager
def new_hdf5(out: Path, user_block: int = 0) -> Iterator[h5py.File]:
    """A new HDF5 file to write to; on a full disk it ends in an error, where the HDF5 library crashes the program.

    Parameters
    ----------
    out : Path
        Not there yet.
    user_block : int
        Bytes before it that HDF5 leaves alone: 0, or a power of 2 from 512.

    Raises
    ------
    OSError
        If it cannot be written; told when all has been.
    """
    from groundup.recording.atomic import Sink, hdf5_into

    with closing(Sink(out)) as sink, hdf5_into(sink, user_block) as file:
        yield file


def is_xdf(path: Path) -> bool:
    """Whether a file begins as XDF does, compressed or not."""
    from groundup.journal import is_xdf as begins

    return begins(path)


def read_xdf(path: Path) -> Imported:
    """Read an XDF file, LabRecorder's or a journal of ours, by the parser that seals them.

    Raises
    ------
    ValueError
        If it is no XDF file.
    """
    from groundup.journal import read_journal

    source = read_journal(path).source
    rows = [*source.ledger, *(row for stream in source.streams for row in stream.ledger)]
    notes = tuple(row.message for row in rows if row.kind in ("damaged", "header"))
    streams = []
    for stream in source.streams:
        blocks = list(stream.blocks())
        stamps = np.concatenate([stamps for stamps, _ in blocks]) if blocks else np.empty(0)
        probes = np.column_stack([stream.probes[key] for key in ("time", "offset", "round_trip")])
        arrays = [samples for _, samples in blocks if isinstance(samples, np.ndarray)]
        samples: NDArray[np.generic] | list[list[str]]
        if stream.spec.format == "string":
            samples = [row for _, rows in blocks for row in as_text(rows)]
        else:
            samples = (
                np.concatenate(arrays)
                if arrays
                else np.empty((0, len(stream.spec.channels)), DTYPES[stream.spec.format])
            )
        streams.append(ImportedStream(stream.id, stream.spec, samples, stamps, probes))
    return Imported(tuple(streams), source.subject, notes)


def read_recording(path: Path) -> Imported:
    """Read a sealed recording: every stream as it was sent, on its device's own clock, with its probes.

    What is in it although its checksums do not fit is a fault.

    Raises
    ------
    ValueError
        If it is no recording, or damaged.
    """
    from groundup.recording.verify import damage_of

    with groundup.open(path) as recording:
        try:
            streams = []
            for stream in (*recording.streams.values(), *recording.companions.values()):
                values = stream.values()
                samples = values if isinstance(values, np.ndarray) else list(as_text(values))
                probes = stream.probes[["time", "offset", "round_trip"]].to_numpy(np.float64)
                stamps = np.asarray(stream.timestamps, np.float64)
                streams.append(ImportedStream(stream.id, stream.spec, samples, stamps, probes))
            return Imported(tuple(streams), recording.participant, faults=damage_of(path))
        except (KeyError, OSError, RuntimeError) as error:  # what HDF5 raises where bytes are wrong
            raise ValueError(f"{path} is damaged: {error}") from error


def read_file(path: Path) -> Imported:
    """Read a file with the installed importer that knows it.

    Raises
    ------
    ValueError
        If none knows it, or it is damaged.
    """
    from groundup.sources.importers import import_file

    return import_file(path)


def file_times(stream: ImportedStream) -> NDArray[np.float64]:
    """Times of a stream, shape (N,), in s; those of a device clock with probes are brought onto the file's own."""
    from groundup.sources.from_import import file_times as times

    return times(stream)


def as_text(rows: object) -> Iterator[list[str]]:
    """Rows of byte strings as text; bytes that are no UTF-8 survive the way there and back."""
    if not isinstance(rows, list):
        raise TypeError(f"rows of text are lists, not {type(rows).__name__}")
    for row in rows:
        yield [value.decode("utf-8", "surrogateescape") for value in row]
