"""Verifying: every checksum, the schema of format 1, and equality with the source, to the bit."""

from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import numpy as np

from groundup.model.source import Source
from groundup.recording import checksums, schema, tables
from groundup.recording.checksums import Checksums, ChecksumTableError
from groundup.recording.comparison import compare_with_source
from groundup.recording.damage import find_changed_attributes, find_unreadable, read_parts
from groundup.recording.open_file import RecordingInUseError, open_hdf5
from groundup.recording.structure import DAMAGE, Problem, RecordingError, Structure, structure

__all__ = ["Problem", "damage_of", "verify", "verify_open"]

_NAMED = 20  # problems of a recording, each with a sentence of its own


def verify(
    path: Path | str, journal: Source | None = None, progress: Callable[[float], None] = lambda share: None
) -> list[Problem]:
    """Check a recording.

    Parameters
    ----------
    path : path
    journal : Source, optional
        What it was sealed from, to be compared with.
    progress : callable
        Told the share that is done, 0 to 1.

    Returns
    -------
    list of Problem
        Empty when all is well.

    Raises
    ------
    RecordingInUseError
        If another program is writing it.
    """
    try:
        file = open_hdf5(path)
    except RecordingInUseError:
        raise
    except RecordingError as error:
        return [Problem(str(path), str(error))]
    with file:
        tell = _Progress(file, journal, progress)
        return verify_open(file, journal, tell.compared, tell.read)


def damage_of(path: Path | str, progress: Callable[[float], None] = lambda share: None) -> tuple[str, ...]:
    """What is wrong with a recording that can be read all the same, a sentence each; empty when it is sound."""
    problems = verify(path, progress=progress)
    more = (f"{len(problems) - _NAMED} more things are wrong with {Path(path).name}",) if len(problems) > _NAMED else ()
    return (*(f"{Path(path).name} is not sound: {problem}" for problem in problems[:_NAMED]), *more)


class _Progress:
    """Every byte is read; with a journal, every sample is compared, too."""

    def __init__(self, file: h5py.File, journal: Source | None, tell: Callable[[float], None]) -> None:
        self._bytes = max(sum(dataset.nbytes for dataset in structure(file).datasets), 1)
        self._samples = sum(stream.count for stream in journal.streams) if journal is not None else 0
        self._read = self._compared = 0
        self._tell = tell

    def read(self, count: int) -> None:
        self._read += count
        self._say()

    def compared(self, samples: int) -> None:
        self._compared += samples
        self._say()

    def _say(self) -> None:
        read = self._read / self._bytes
        self._tell(min(1.0, read if not self._samples else 0.5 * read + 0.5 * self._compared / self._samples))


def verify_open(
    file: h5py.File,
    source: Source | None = None,
    compared: Callable[[int], None] = lambda samples: None,
    read: Callable[[int], None] = lambda count: None,
) -> list[Problem]:
    """Check an open HDF5 file; told are how many samples have been compared with the source, and bytes read."""
    found = structure(file)
    if found.problems:
        return found.problems
    problems: list[Problem] = []
    try:
        sums = _check_alone(file, found, source, read, problems)
    except DAMAGE as error:
        return [*problems, Problem(file.filename, f"its structure is damaged: {error}")]
    if source is not None and not problems:
        try:
            problems += compare_with_source(file, source, sums, compared)
        except ValueError as error:
            problems.append(Problem(file.filename, f"cannot be compared with its journal: {error}"))
        except DAMAGE as error:
            problems.append(Problem(file.filename, f"its structure is damaged: {error}"))
    return problems


def _check_alone(
    file: h5py.File, found: Structure, source: Source | None, read: Callable[[int], None], problems: list[Problem]
) -> Checksums:
    """Find what needs no journal; gives the checksums."""
    file.visit(lambda name: None)  # as other programs go through it: raises what they would meet
    problems += found.unreadable
    problems += schema.check(file, found)
    try:
        sums = checksums.read(file) or Checksums()
    except ChecksumTableError as error:
        problems.append(Problem(f"/{checksums.TABLE}", str(error)))
        sums = Checksums()
    problems += find_unreadable(found, sums, read, later=_later(file, source) if not problems else frozenset())
    problems += find_changed_attributes(found, sums)
    if not problems:
        problems += _times(file, sums)
    return sums


def _later(file: h5py.File, source: Source | None) -> frozenset[str]:
    """What is not read for its own sake, because it is looked at later: times, and what is compared with a journal."""
    later = {f"/sync/{name}/{kind}" for name in file["sync"] for kind in ("time", "uncertainty")}
    if source is not None:
        numbers = [name for name, group in file["streams"].items() if group["samples"].dtype.kind != "S"]
        both = {stream.id for stream in source.streams}
        later |= {f"/streams/{name}/samples" for name in numbers if name in both}
        later |= {f"/streams/{name}/timestamps" for name in file["streams"] if name in both}
    return frozenset(later)


def _times(file: h5py.File, sums: Checksums) -> Iterator[Problem]:
    for name, group in file["streams"].items():
        sync = file["sync"][name]
        yield from _finite_times(sync, group, sums)
        uncertainty = sync["uncertainty"]
        negative = False
        for found in read_parts(uncertainty, sums.pieces.get(uncertainty.name, ())):
            if isinstance(found, Problem):
                yield found
            else:
                negative = negative or bool((found[1] < 0).any())
        if negative:
            yield Problem(uncertainty.name, "holds negative uncertainties")


def _finite_times(sync: h5py.Group, group: h5py.Group, sums: Checksums) -> Iterator[Problem]:
    """A time is finite wherever the device's time stamp is, but where the ledger tells of samples without a time."""
    times, uncertainty, stamps = sync["time"], sync["uncertainty"], group["timestamps"]
    stamps_kept = any(tables.text_of(kind) == "stamps" for kind in group["ledger"]["kind"])
    differs = False
    for found in read_parts(times, sums.pieces.get(times.name, ())):
        if isinstance(found, Problem):
            yield found
        elif not differs and not (finite := np.isfinite(found[1])).all():
            missing = np.isfinite(stamps[found[0]]) & ~finite
            if stamps_kept and missing.any():
                missing &= ~(np.isnan(found[1]) & np.isnan(uncertainty[found[0]]))
            differs = bool(missing.any())
    if differs:
        yield Problem(times.name, "holds times that are no finite numbers")
