"""Sealing: a source becomes one HDF5 recording of format 1, whole or not at all.

Raw data and their time on the lab clock are written to a temporary file, read back and compared with the source to the
bit, synced to disk and renamed. `docs/file-format.md` describes the file. Memory does not grow with the length: samples
go through in pieces, and the clock reads the time stamps back from the file that is being written.

Strings are fixed-length UTF-8, as long as the longest of their stream, with the bytes exactly as sent; since HDF5 pads
such strings with NUL, a stream of which any value ends in NUL has a dataset ``lengths`` beside ``samples``.
"""

import importlib.metadata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from groundup.clock import IN_SYNC_MS, TimeSource, follow
from groundup.clock.joint import Joint
from groundup.journal.ticks import with_ticks
from groundup.lab.tables import LabError, parse_lab
from groundup.lsl.device_status import is_status
from groundup.lsl.stream_names import is_stream_id
from groundup.model.ledger import LedgerRow
from groundup.model.source import Block, Source, SourceStream
from groundup.recording import checksums, hdf, tables
from groundup.recording.align import METHOD, Series, blocks, can_align, grid, together
from groundup.recording.atomic import CACHE_BYTES, Sink, hdf5_into, replacing
from groundup.recording.checksums import Checksums
from groundup.recording.chunks import Chunks, pieces
from groundup.recording.device_status import devices_of, health_of, options_of
from groundup.recording.lab_clock import on_lab_clock, write_sync
from groundup.recording.stream import Stream
from groundup.recording.stream_writer import SealingProgress, StreamWriter
from groundup.recording.structure import structure
from groundup.recording.verify import verify_open

Progress = Callable[[float], None]
"""Told the share that is done, 0 to 1."""


@dataclass(frozen=True)
class Joined:
    """What a recording made of other recordings has from them.

    Attributes
    ----------
    times : mapping of stream id to TimeSource
        Of every stream, or of none: then their stamps and probes are followed.
    joints : sequence of (Joint, sequence of str)
        How each file was joined, and the ids of its streams.
    """

    times: Mapping[str, TimeSource] = field(default_factory=dict)
    joints: Sequence[tuple[Joint, Sequence[str]]] = ()


class SealError(RuntimeError):
    """A source that could not be sealed; the message says which stream and why."""


class _StreamError(ValueError):
    """What one stream has, and no recording can hold."""

    def __init__(self, index: int, why: object) -> None:
        super().__init__(str(why))
        self.index = index


def seal(
    source: Source,
    out: Path,
    *,
    overwrite: bool = False,
    progress: Progress | None = None,
    joined: Joined | None = None,
) -> tuple[LedgerRow, ...]:
    """Seal a source into one HDF5 recording.

    A stream that cannot be sealed costs no other: it is left out, as a fault of the ledger.

    Parameters
    ----------
    source : Source
    out : Path
        Where the recording goes.
    overwrite : bool
        Whether an existing `out` may be replaced.
    progress : callable, optional
    joined : Joined, optional
        Of what was sealed before: the times it has, and how its files were joined.

    Returns
    -------
    tuple of LedgerRow
        The faults that say which streams were left out, and why.

    Raises
    ------
    FileExistsError
        If `out` exists and may not be replaced.
    OSError
        If it cannot be written, as on a full disk.
    SealError
        If no stream can be sealed, or what was written does not read back equal to the source.
    """
    _check_ids(source.streams)
    _keep_memory()
    left: list[LedgerRow] = []
    while True:
        try:
            _seal_all(source, out, overwrite, progress, joined or Joined())
        except _StreamError as error:
            if len(source.streams) < 2:
                raise SealError(f"{out} was not sealed: {error}") from error
            source, row = _without(source, error.index, str(error))
            left.append(row)
        else:
            return tuple(left)


def _without(source: Source, index: int, why: str) -> tuple[Source, LedgerRow]:
    """The source without one of its streams, whose ledger stays, and the fault that says so."""
    gone = source.streams[index]
    what = f"{gone.id} is not in the recording, its {gone.count} samples stay where they were recorded: {why}"
    row = LedgerRow(source.clock_origin, gone.id, "left out", "fault", gone.count, what)
    one_pass = source.one_pass

    def others() -> Iterator[tuple[int, Block]]:
        passed = one_pass() if one_pass is not None else ()
        return ((place - (place > index), block) for place, block in passed if place != index)

    ledger = (*source.ledger, *_named(gone.id, list(gone.ledger), source.clock_origin), row)
    streams = [stream for place, stream in enumerate(source.streams) if place != index]
    return replace(source, streams=streams, ledger=ledger, one_pass=others if one_pass else None), row


def _seal_all(source: Source, out: Path, overwrite: bool, progress: Progress | None, joined: Joined) -> None:
    tell = SealingProgress(source, progress)
    with replacing(Path(out), overwrite=overwrite) as temporary:
        sink = Sink(temporary)
        try:
            with hdf5_into(sink) as file:
                _write(file, source, sink, tell, joined)
        except _StreamError:
            raise
        except ValueError as error:
            raise SealError(f"{out} was not sealed: {error}") from error
        finally:
            sink.close()
        with h5py.File(temporary, "r", rdcc_nbytes=CACHE_BYTES) as file:
            problems = verify_open(file, source, tell.add)
        if problems:
            raise SealError(f"{out} was not sealed, because what was written differs from the source: {problems[0]}")


def _keep_memory() -> None:
    """Make glibc keep what is let go of, up to 64 MB, for the next piece: else it gives each back and asks for it anew.

    It learns that from the largest block that was let go of; this one is never written to, and so costs nothing.
    """
    np.empty(31 << 20, np.uint8)


def _check_ids(streams: Sequence[SourceStream]) -> None:
    seen: set[str] = set()
    for stream in streams:
        if not is_stream_id(stream.id):
            raise SealError(f"{stream.id!r} cannot be the id of a stream: it is no name that HDF5 can hold")
        if stream.id in seen:
            raise SealError(f"two streams have the id {stream.id!r}")
        seen.add(stream.id)


def _write(file: h5py.File, source: Source, sink: Sink, tell: SealingProgress, joined: Joined) -> None:
    versions = {name: importlib.metadata.version(name) for name in ("groundup", "h5py")}
    hdf.set_attrs(
        file,
        {
            "format": hdf.FORMAT,
            "format_version": hdf.VERSION,
            "recording_id": source.recording_id,
            "started_utc": source.started_utc,
            "software": {**versions, "hdf5": h5py.version.hdf5_version, **source.software},
        },
    )
    _write_lab(file.create_group("lab"), source)
    streams = file.create_group("streams")
    writers, sums = [], Checksums()
    for index, stream in enumerate(source.streams):
        with _one(index):
            group = streams.create_group(stream.id)
            hdf.set_attrs(group, {**hdf.spec_attrs(stream.spec), "index": index})
            writers.append(StreamWriter(group, stream, sink, tell, sums))
    for index, block in source.blocks():
        with _one(index):
            writers[index].add(block)
    held: dict[Chunks, NDArray[np.float64]] = {}
    clocked = []
    for index, writer in enumerate(writers):
        with _one(index):
            clocked.append(writer.close(held))
    specs = [stream.spec for stream in source.streams]
    if joined.times:
        synced = [joined.times[stream.id] for stream in source.streams]
    else:
        clocked = with_ticks(clocked, specs, lambda place: writers[place].samples)
        synced = on_lab_clock(clocked, follow)
    sync = file.create_group("sync")
    firsts = []
    for index, stream in enumerate(source.streams):
        timed, first = write_sync(sync.create_group(stream.id), clocked[index], synced[index], sink, sums)
        synced[index] = timed
        firsts.append(first)
    origin = source.clock_origin if np.isfinite(source.clock_origin) else _origin(firsts, synced)
    hdf.set_attrs(file, {"clock_origin": origin})
    for stream, timed in zip(source.streams, synced, strict=True):
        shown = stream.without_pauses(timed.ledger)
        rows = _named(stream.id, _one_fault_of_its_clock(stream.ledger, shown), origin)
        hdf.put(streams[stream.id], "ledger", tables.ledger_table(rows))
        sink.check()
    notes = _write_aligned(file, replace(source, clock_origin=origin), synced, sink)
    hdf.put(file, "ledger", tables.ledger_table(_named("", [*source.ledger, *notes], origin)))
    _write_devices(file, source)
    if joined.joints:
        hdf.put(file, "joined", tables.joined_table(joined.joints))
    checksums.write(file, sums, structure(file).objects, pieces)


def _write_devices(file: h5py.File, source: Source) -> None:
    """Write ``/devices``, ``/health`` and ``/options``, if any device said anything of itself."""
    streams = [Stream(file["streams"][s.id], file["sync"][s.id]) for s in source.streams if is_status(s.spec)]
    ids = {stream.spec.source_id: stream.id for stream in source.streams if stream.spec.source_id}
    if devices := devices_of(streams):
        hdf.put(file, "devices", tables.devices_table(devices))
    if health := health_of(streams, ids):
        hdf.put(file, "health", tables.health_table(health))
    sent = {source: Stream(file["streams"][id], file["sync"][id]) for source, id in ids.items()}
    if options := options_of(streams, sent):
        hdf.put(file, "options", tables.options_table(options))


@contextmanager
def _one(index: int) -> Iterator[None]:
    """What is wrong here is wrong with one stream; what the disk says is not."""
    try:
        yield
    except (ValueError, TypeError, ArithmeticError, MemoryError) as error:
        raise _StreamError(index, str(error) or type(error).__name__) from error


def _origin(firsts: list[float], synced: Sequence[TimeSource]) -> float:
    """Lab time of the first sample, of the streams whose time is known best."""
    bounds = [timed.certificate.bound_ms for timed in synced]
    for limit in (IN_SYNC_MS, np.finfo(np.float64).max):
        known = [t for t, bound in zip(firsts, bounds, strict=True) if bound <= limit and np.isfinite(t)]
        if known:
            return float(min(known))
    return float(min((t for t in firsts if np.isfinite(t)), default=0.0))


def _one_fault_of_its_clock(earlier: Sequence[LedgerRow], found: Sequence[LedgerRow]) -> list[LedgerRow]:
    """Both ledgers; what the recorder saw at once of a foreign clock, and sealing knows better, is one fault."""
    if not any(row.kind == "clock" and row.severity == "fault" for row in earlier):
        return [*earlier, *found]
    again = [row.kind in _OF_ITS_CLOCK and row.severity == "fault" for row in found]
    return [*earlier, *(replace(row, severity="warning") if a else row for row, a in zip(found, again, strict=True))]


_OF_ITS_CLOCK = ("clock", "stamps")


def _named(stream_id: str, rows: list[LedgerRow], origin: float) -> list[LedgerRow]:
    """The rows with the stream they are of, and with a time where they have none."""
    timed = (row if np.isfinite(row.time) else replace(row, time=origin) for row in rows)
    return [row if row.stream else replace(row, stream=stream_id) for row in timed]


def _write_lab(lab: h5py.Group, source: Source) -> None:
    hdf.put_text(lab, "lab_toml", source.lab_toml)
    participant = lab.create_group("participant")
    hdf.set_attrs(participant, {"id": source.participant_id, **source.subject.numbers})
    hdf.put(lab, "body_map", tables.body_map_table([(s.id, s.spec.channels) for s in source.streams]))


def _write_aligned(file: h5py.File, source: Source, synced: Sequence[TimeSource], sink: Sink) -> list[LedgerRow]:
    """Write ``/aligned`` if lab.toml asks for it; what hinders it is a line in the ledger, never lost data."""
    try:
        rate = parse_lab(source.lab_toml).record.aligned_rate_hz if source.lab_toml else None
        if rate is None:
            return []
        series = [
            Series(s.id, file["sync"][s.id]["time"], file["streams"][s.id]["samples"], t.rate, s.spec.channels)
            for s, t in zip(source.streams, synced, strict=True)
            if s.spec.format != "string" and can_align(file["sync"][s.id]["time"], t.rate)
        ]
        series = together(series)
        times = grid(series, rate)
    except (LabError, ValueError) as error:
        message = f"no aligned matrix was written: {error}"
        return [LedgerRow(float(source.clock_origin), "", "aligned", "warning", 0, message)]
    columns = [(s.id, c.label, c.unit, c.site, c.side) for s in series for c in s.channels]
    group = file.create_group("aligned")
    samples = hdf.create(group, "samples", (len(times), len(columns)), np.dtype("<f8"))
    time = hdf.create(group, "time", (len(times),), np.dtype("<f8"))
    for part, now, values in blocks(series, times):
        time[part] = now
        if columns:
            samples[part] = values
        sink.check()
    hdf.put(group, "channels", tables.make_table(tables.ALIGNED, columns))
    left_out = tuple(s.id for s in source.streams if s.id not in {x.id for x in series})
    hdf.set_attrs(group, {"rate": float(rate), "method": METHOD, "left_out": left_out})
    return []
