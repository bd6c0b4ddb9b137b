"""Verifying: every checksum, the schema of format 1, and equality with the source, to the bit."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from groundup.model.source import ARRIVAL, PROBE, Block, Samples, Source, SourceStream
from groundup.recording import checksums, hdf, schema, tables
from groundup.recording.blocks import CheckedBlocks, read_rows, same
from groundup.recording.checksums import Checksums, ChecksumTableError, Piece
from groundup.recording.chunks import Chunks, chunked, spans
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
            problems += _equal(file, source, sums, compared)
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
    problems += _readable(found, sums, read, later=_later(file, source) if not problems else frozenset())
    problems += _attributes(found, sums)
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


def _readable(
    found: Structure, sums: Checksums, read: Callable[[int], None], later: frozenset[str]
) -> Iterator[Problem]:
    """Read everything once, but what is looked at later."""
    there = {dataset.name: dataset for dataset in found.datasets}
    gone = sums.pieces.keys() - there.keys() - {problem.where for problem in found.unreadable}
    yield from (Problem(path, "this dataset is missing") for path in sorted(gone))
    for path, dataset in there.items():
        expected = sums.pieces.get(path, ())
        if not _whole(dataset):
            yield Problem(path, "parts of it are missing: its index of chunks is damaged")
        elif expected and len(dataset) != (rows := sum(count for _, count, _ in expected)):
            yield Problem(path, f"has {len(dataset)} rows, but {rows} were written")
        elif path in later and Chunks(dataset, expected).held_to_sums:
            read(dataset.nbytes)
        else:
            yield from _unsound(dataset, expected, read)


def _unsound(dataset: h5py.Dataset, expected: Sequence[Piece], read: Callable[[int], None]) -> Iterator[Problem]:
    """The parts of a dataset that cannot be read, or are not what was written."""
    held = not expected
    if chunked(dataset) and dataset.ndim:
        held = held or Chunks(dataset, expected).held_to_sums
    damaged = [part for part in _parts(dataset, expected, read) if isinstance(part, Problem)]
    yield from damaged
    if damaged or held:
        return
    for begin, count, value in expected:  # it was cut into other chunks since
        part = slice(begin, begin + count)
        if checksums.digest(dataset[part]) != value:
            yield _damaged(dataset, part)


def _attributes(found: Structure, sums: Checksums) -> Iterator[Problem]:
    """The attributes that are not what was written; those that somebody added are none of ours."""
    for path, expected in sums.attributes.items():
        if (item := found.paths.get(path)) is None:
            continue
        for name, value in expected.items():
            here = hdf.attr(item, name)
            if here is None or checksums.digest_of(here) != value:
                yield Problem(path, f"the attribute {name} is damaged: its checksum does not fit")


def _parts(
    dataset: h5py.Dataset, expected: Sequence[Piece] = (), read: Callable[[int], None] = lambda count: None
) -> Iterator[tuple[slice, NDArray[Any]] | Problem]:
    """A dataset, some rows at a time, or what hinders to read them; `read` is told the bytes."""
    rows = len(dataset) if dataset.ndim else 1
    chunks = Chunks(dataset, expected) if chunked(dataset) else None
    step = len(chunks.rows) if chunks else max(rows, 1) if dataset.chunks is None else dataset.chunks[0]
    for begin in range(0, rows, step):
        part = slice(begin, min(begin + step, rows))
        try:
            if chunks is not None:
                chunks.read(begin // step)
                yield part, chunks.rows[: part.stop - part.start]
            else:
                yield part, dataset[part] if dataset.ndim else dataset[()]
        except OSError:
            yield _damaged(dataset, part)
        read(dataset.nbytes * (part.stop - part.start) // max(rows, 1))


def _damaged(dataset: h5py.Dataset, part: slice) -> Problem:
    return Problem(dataset.name, f"rows {part.start} to {part.stop - 1} are damaged: a checksum does not fit")


def _whole(dataset: h5py.Dataset) -> bool:
    """Say whether every chunk is there, with its checksum.

    HDF5 has no checksum for its index of chunks, and reads a chunk that the index lost as zeros.
    """
    if dataset.chunks is None:
        return True
    found: list[tuple[int, ...]] = []
    masks = 0

    def add(chunk: Any) -> None:
        nonlocal masks
        found.append(chunk.chunk_offset)
        masks |= chunk.filter_mask

    dataset.id.chunk_iter(add)
    starts = (range(0, extent, chunk) for extent, chunk in zip(dataset.shape, dataset.chunks, strict=True))
    return masks == 0 and sorted(found) == sorted(product(*starts))


def _times(file: h5py.File, sums: Checksums) -> Iterator[Problem]:
    for name, group in file["streams"].items():
        sync = file["sync"][name]
        yield from _finite_times(sync, group, sums)
        uncertainty = sync["uncertainty"]
        negative = False
        for found in _parts(uncertainty, sums.pieces.get(uncertainty.name, ())):
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
    for found in _parts(times, sums.pieces.get(times.name, ())):
        if isinstance(found, Problem):
            yield found
        elif not differs and not (finite := np.isfinite(found[1])).all():
            missing = np.isfinite(stamps[found[0]]) & ~finite
            if stamps_kept and missing.any():
                missing &= ~(np.isnan(found[1]) & np.isnan(uncertainty[found[0]]))
            differs = bool(missing.any())
    if differs:
        yield Problem(times.name, "holds times that are no finite numbers")


def _equal(file: h5py.File, source: Source, sums: Checksums, compared: Callable[[int], None]) -> Iterator[Problem]:
    sealed, given = set(file["streams"]), {stream.id for stream in source.streams}
    for name in sorted(sealed ^ given):
        where = "journal" if name in sealed else "recording"
        yield Problem(f"/streams/{name}", f"this stream is missing in the {where}")
    if hdf.get_text(file["lab/lab_toml"]) != source.lab_toml:
        yield Problem("/lab/lab_toml", "differs from the journal")
    if hdf.attr_text(file, "recording_id") != source.recording_id:
        yield Problem("/", "the recording id differs from the journal's")
    comparing: dict[int, _Comparison] = {}
    for index, stream in enumerate(source.streams):
        if stream.id in sealed:
            yield from _equal_description(file["streams"][stream.id], stream)
            comparing[index] = _Comparison(file["streams"][stream.id], stream, sums, compared)
    for index, block in source.blocks():
        if index in comparing:
            comparing[index].add(block)
    for comparison in comparing.values():
        comparison.close()
        if comparison.problem is not None:
            yield comparison.problem


def _equal_description(group: h5py.Group, stream: SourceStream) -> Iterator[Problem]:
    if hdf.get_text(group["header"]) != stream.header:
        yield Problem(f"{group.name}/header", "differs from the journal")
    if not same(group["probes"][...], np.asarray(stream.probes, PROBE)):
        yield Problem(f"{group.name}/probes", "differ from the journal")
    if "arrivals" in group and not same(group["arrivals"][...], np.asarray(stream.arrivals, ARRIVAL)):
        yield Problem(f"{group.name}/arrivals", "differ from the journal")
    expected = tables.rows_of(tables.channels_table(stream.spec.channels))
    if tables.rows_of(group["channels"][...]) != expected:
        yield Problem(f"{group.name}/channels", "differ from the journal")
    sealed = set(tables.rows_of(group["ledger"][...]))
    if {r[2:] for r in tables.rows_of(tables.ledger_table(stream.ledger))} - {r[2:] for r in sealed}:
        yield Problem(f"{group.name}/ledger", "lacks lines of the journal")


class _Comparison:
    """A sealed stream's samples and time stamps against those of its source, as these come.

    Attributes
    ----------
    problem : Problem or None
        The first difference; what comes after it is not looked at.
    """

    def __init__(
        self, group: h5py.Group, stream: SourceStream, sums: Checksums, compared: Callable[[int], None]
    ) -> None:
        self._group, self._compared, self._begin = group, compared, 0
        self._samples, self._stamps = (
            Chunks(group[name], sums.pieces.get(f"{group.name}/{name}", ())) for name in ("samples", "timestamps")
        )
        self._given = CheckedBlocks(stream)
        self.problem: Problem | None = None
        if len(self._samples) != stream.count:
            what = f"has {len(self._samples)} samples; the journal has {stream.count}"
            self.problem = Problem(self._samples.dataset.name, what)

    def add(self, block: Block) -> None:
        """Compare a block."""
        stamps, samples = self._given.add(block)
        if self.problem is None:
            self.problem = self._difference(self._samples, samples) or self._difference(self._stamps, stamps)
            self._begin += len(stamps)
            self._compared(len(stamps))

    def close(self) -> None:
        """Take it that there is no more."""
        self._given.end()

    def _difference(self, chunks: Chunks, values: Samples) -> Problem | None:
        for index, mine, theirs in spans(self._begin, len(values), len(chunks.rows)):
            begin = self._begin + theirs.start
            try:
                if isinstance(values, list):
                    sealed = read_rows(self._group, slice(begin, begin + theirs.stop - theirs.start))
                else:
                    chunks.read(index)
                    sealed = chunks.rows[mine]
            except (OSError, RecordingError):
                return _damaged(chunks.dataset, chunks.part(index))
            if not same(sealed, values[theirs]):
                return Problem(chunks.dataset.name, f"differs from the journal in the samples from {begin}")
        return None
