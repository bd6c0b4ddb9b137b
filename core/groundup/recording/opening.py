"""The HDF5 file of a recording, opened for reading, or one sentence why it is none."""

from pathlib import Path

import h5py

from groundup.recording import hdf


class RecordingError(ValueError):
    """A file that is no recording, or cannot be read: a sentence that says which and why."""


class RecordingInUse(RecordingError):  # noqa: N818  (reads as what it says)
    """Another program has it open to write: whether it is whole cannot be said."""


def open_hdf5(path: Path | str) -> h5py.File:
    """The HDF5 file of a recording.

    Raises
    ------
    RecordingError
        If it is not there, open elsewhere, damaged, or no recording of this or an earlier format.
    """
    path = Path(path)
    if not path.is_file():
        raise RecordingError(f"{path} does not exist" if not path.exists() else f"{path} is not a file")
    try:
        known = h5py.is_hdf5(path)
        file = h5py.File(path, "r") if known else None
    except (OSError, RuntimeError) as error:
        if "unable to lock file" in str(error):
            raise RecordingInUse(f"{path} is open in another program: close it there, and try again") from error
        if isinstance(error, PermissionError):
            raise RecordingError(f"{path} cannot be read: {error.strerror}") from error
        what = "it ends too soon" if "truncated" in str(error) else "its HDF5 structure is damaged"
        raise RecordingError(f"{path} cannot be opened: {what}") from error
    if file is None:
        hint = "; if it is a journal, seal it with: groundup seal" if path.suffix == ".xdf" else ""
        raise RecordingError(f"{path} is not a groundup recording: it is no HDF5 file{hint}")
    try:
        ours = hdf.attr_text(file, "format") == hdf.FORMAT
        version = int(file.attrs.get("format_version", 0)) if ours else 0
    except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
        file.close()
        raise RecordingError(f"{path} cannot be opened: its HDF5 structure is damaged") from error
    if not ours or not 1 <= version <= hdf.VERSION:
        file.close()
        if not ours:
            raise RecordingError(f"{path} is an HDF5 file, but not a groundup recording")
        raise RecordingError(
            f"{path} has format version {version}; this groundup reads {hdf.VERSION}: install a newer one"
        )
    return file
