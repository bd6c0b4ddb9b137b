"""The HDF5 file of a recording, opened for reading, or one sentence why it is none."""

from pathlib import Path

import h5py

from groundup.recording import hdf, schema
from groundup.recording.structure import DAMAGE, Problem, RecordingError, structure, variable_text


class RecordingInUseError(RecordingError):
    """Another program has it open to write: whether it is whole cannot be said."""


def open_recording(path: Path | str) -> h5py.File:
    """The HDF5 file of a recording that has everything format 1 asks for; no data have been read yet.

    Raises
    ------
    RecordingError
        If it is not there, open elsewhere, damaged, not whole, or no recording of this or an earlier format.
    """
    file = open_hdf5(path)
    try:
        missing = [name for name in ("lab", "ledger", "streams", "sync") if name not in file]
        if missing:
            raise RecordingError(f"{path} is not whole: it lacks /{', /'.join(missing)}; see: groundup verify {path}")
        problem = _first_problem(file)
        if problem is not None:
            raise RecordingError(f"{path} is not whole: {problem}; see: groundup verify {path}")
    except BaseException:
        file.close()
        raise
    return file


def _first_problem(file: h5py.File) -> Problem | None:
    found = structure(file)
    try:
        return next(iter((*found.problems, *found.unreadable)), None) or next(schema.check(file, found), None)
    except DAMAGE as error:
        return Problem("/", f"its structure is damaged: {error}")


def open_hdf5(path: Path | str) -> h5py.File:
    """The HDF5 file of a recording, of which nothing but its format has been looked at.

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
    except DAMAGE as error:
        if "unable to lock file" in str(error):
            raise RecordingInUseError(f"{path} is open in another program: close it there, and try again") from error
        if isinstance(error, PermissionError):
            raise RecordingError(f"{path} cannot be read: {error.strerror}") from error
        what = "it ends too soon" if "truncated" in str(error) else "its HDF5 structure is damaged"
        raise RecordingError(f"{path} cannot be opened: {what}") from error
    if file is None:
        hint = "; if it is a journal, seal it with: groundup seal" if path.suffix in (".xdf", ".xdfz") else ""
        raise RecordingError(f"{path} is not a groundup recording: it is no HDF5 file{hint}")
    try:
        ours = _format(file) == hdf.FORMAT
        version = hdf.attr_number(file, "format_version", 0.0) if ours else 0.0
    except DAMAGE as error:
        file.close()
        raise RecordingError(f"{path} cannot be opened: its HDF5 structure is damaged") from error
    if not ours or not 1 <= version <= hdf.VERSION:
        file.close()
        if not ours:
            raise RecordingError(f"{path} is an HDF5 file, but not a groundup recording")
        raise RecordingError(
            f"{path} has format version {version:g}; this groundup reads {hdf.VERSION}: install a newer one"
        )
    return file


def is_recording(path: Path) -> bool:
    """Whether a file is taken for a recording: HDF5 that says so, or that is too damaged to say anything."""
    if not h5py.is_hdf5(path):
        return False
    try:
        with h5py.File(path, "r") as file:
            return _format(file) == hdf.FORMAT
    except DAMAGE:
        return True


def _format(file: h5py.File) -> str:
    """What it says that it is; other programs write text of variable length, too."""
    if "format" in file.attrs and variable_text(file, "format"):
        return str(file.attrs["format"])
    return hdf.attr_text(file, "format")
