"""Sealing: a source becomes one HDF5 recording of format 1, whole or not at all.

Raw data and their time on the lab clock are written to a temporary file, read back and compared with the source to the
bit, synced to disk and renamed. `docs/file-format.md` describes the file.

Strings are fixed-length UTF-8, as long as the longest of their stream, with the bytes exactly as sent; since HDF5 pads
such strings with NUL, a stream of which any value ends in NUL has a dataset ``lengths`` beside ``samples``.
"""

import importlib.metadata
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np

from groundup.clock import Certificate, Clocked, Synced, synchronise
from groundup.lab import LabError, parse_lab
from groundup.ledger import LedgerRow
from groundup.recording import hdf, tables
from groundup.recording.align import METHOD, Series, blocks, can_align, grid, together
from groundup.recording.atomic import Sink, hdf5_into, replacing
from groundup.recording.blocks import checked, even, piece_rows, string_array, string_lengths, string_shape
from groundup.recording.tables import utf8
from groundup.recording.verify import verify_open
from groundup.source import PROBE, Source, SourceStream
from groundup.streams import DTYPES

Progress = Callable[[float], None]
"""Told the share that is done, 0 to 1."""


class SealError(RuntimeError):
    """A source that could not be sealed; the message says which stream and why."""


def seal(source: Source, out: Path, *, overwrite: bool = False, progress: Progress | None = None) -> None:
    """Seal a source into one HDF5 recording.

    Parameters
    ----------
    source : Source
    out : Path
        Where the recording goes.
    overwrite : bool
        Whether an existing `out` may be replaced.
    progress : callable, optional

    Raises
    ------
    FileExistsError
        If `out` exists and may not be replaced.
    OSError
        If it cannot be written, as on a full disk.
    SealError
        If the source contradicts itself, or what was written does not read back equal to it.
    """
    _check_ids(source.streams)
    tell = _Progress(source, progress)
    with replacing(Path(out), overwrite=overwrite) as temporary:
        sink = Sink(temporary)
        try:
            with hdf5_into(sink) as file:
                _write(file, source, sink, tell)
        except ValueError as error:
            raise SealError(f"{out} was not sealed: {error}") from error
        finally:
            sink.close()
        with h5py.File(temporary, "r") as file:
            problems = verify_open(file, source, tell.compared)
        if problems:
            raise SealError(f"{out} was not sealed, because what was written differs from the source: {problems[0]}")


def _check_ids(streams: Sequence[SourceStream]) -> None:
    seen: set[str] = set()
    for stream in streams:
        if (
            stream.id in ("", ".", "..")
            or "/" in stream.id
            or "\0" in stream.id
            or utf8(stream.id).decode() != stream.id
        ):
            raise SealError(f"{stream.id!r} cannot be the id of a stream: it is no name that HDF5 can hold")
        if stream.id in seen:
            raise SealError(f"two streams have the id {stream.id!r}")
        seen.add(stream.id)


class _Progress:
    """Half of the work is writing, half comparing."""

    def __init__(self, source: Source, tell: Progress | None) -> None:
        self._total = max(2 * sum(s.count for s in source.streams), 1)
        self._done = 0
        self._tell = tell

    def compared(self, samples: int) -> None:
        self._done += samples
        if self._tell is not None:
            self._tell(min(self._done / self._total, 1.0))

    wrote = compared


def _write(file: h5py.File, source: Source, sink: Sink, tell: _Progress) -> None:
    versions = {name: importlib.metadata.version(name) for name in ("groundup", "h5py")}
    hdf.set_attrs(
        file,
        {
            "format": hdf.FORMAT,
            "format_version": hdf.VERSION,
            "recording_id": source.recording_id,
            "started_utc": source.started_utc,
            "clock_origin": float(source.clock_origin),
            "software": {**versions, "hdf5": h5py.version.hdf5_version, **source.software},
        },
    )
    _write_lab(file.create_group("lab"), source)
    streams = file.create_group("streams")
    clocked = []
    for index, stream in enumerate(source.streams):
        group = streams.create_group(stream.id)
        hdf.set_attrs(group, {**hdf.spec_attrs(stream.spec), "index": index})
        clocked.append(_write_stream(group, stream, sink, tell))
        sink.check()
    synced = _on_lab_clock(clocked)
    sync = file.create_group("sync")
    for stream, timed in zip(source.streams, synced, strict=True):
        _write_sync(sync.create_group(stream.id), stream, timed)
        hdf.put(streams[stream.id], "ledger", tables.ledger_table(_named(stream.id, [*stream.ledger, *timed.ledger])))
        sink.check()
    notes = _write_aligned(file, source, synced, sink)
    hdf.put(file, "ledger", tables.ledger_table([*source.ledger, *notes]))


def _named(stream_id: str, rows: list[LedgerRow]) -> list[LedgerRow]:
    return [row if row.stream else replace(row, stream=stream_id) for row in rows]


def _write_lab(lab: h5py.Group, source: Source) -> None:
    hdf.put_text(lab, "lab_toml", source.lab_toml)
    participant = lab.create_group("participant")
    subject = source.subject
    hdf.set_attrs(
        participant,
        {"id": source.participant_id, "mass_kg": float(subject.mass_kg), "height_m": float(subject.height_m)},
    )
    hdf.put(lab, "body_map", tables.body_map_table([(s.id, s.spec.channels) for s in source.streams]))


def _write_stream(group: h5py.Group, stream: SourceStream, sink: Sink, tell: _Progress) -> Clocked:
    """Write what came in; what the clock needs of it comes back."""
    columns = len(stream.spec.channels)
    text = stream.spec.format == "string"
    longest, nul = string_shape(stream) if text else (0, False)
    dtype = h5py.string_dtype("utf-8", longest) if text else np.dtype(DTYPES[stream.spec.format])
    samples = hdf.create(group, "samples", (stream.count, columns), dtype)
    lengths = hdf.create(group, "lengths", (stream.count, columns), np.dtype("<u4")) if nul else None
    stamps = np.empty(stream.count)
    begin = 0
    for part_stamps, part in even(checked(stream), piece_rows(dtype, columns, samples.chunks[0])):
        rows = slice(begin, begin + len(part_stamps))
        stamps[rows] = part_stamps
        if columns:
            samples[rows] = string_array(part, dtype, columns) if isinstance(part, list) else part
        if lengths is not None and isinstance(part, list):
            lengths[rows] = string_lengths(part, columns)
        begin = rows.stop
        sink.check()
        tell.wrote(len(part_stamps))
    hdf.put(group, "timestamps", stamps)
    hdf.put(group, "channels", tables.channels_table(stream.spec.channels))
    hdf.put(group, "probes", np.asarray(stream.probes, PROBE))
    hdf.put_text(group, "header", stream.header)
    return Clocked(
        id=stream.id,
        timestamps=stamps,
        rate=stream.spec.rate,
        probes=stream.probes,
        latency_s=stream.spec.latency_s,
        host=stream.spec.hostname,
    )


def _on_lab_clock(clocked: Sequence[Clocked]) -> list[Synced]:
    """Time of every stream; one whose stamps make no sense to the clock never keeps the others from being sealed."""
    try:
        return synchronise(clocked)
    except (ArithmeticError, ValueError, IndexError) as error:
        if len(clocked) > 1:
            return [synced for stream in clocked for synced in _on_lab_clock([stream])]
        return [_unmapped(stream, error) for stream in clocked]


def _unmapped(stream: Clocked, error: Exception) -> Synced:
    """The device's own time, moved by the middle of its probes: no more is known, and the certificate says so."""
    offsets = np.asarray(stream.probes["offset"], np.float64)
    offset = float(np.median(offsets)) if len(offsets) and np.isfinite(offsets).all() else 0.0
    count = len(stream.timestamps)
    reason = f"its time stamps could not be mapped to the lab clock ({error})"
    known = stream.timestamps[np.isfinite(stream.timestamps)]
    begin = float(known[0]) + offset if len(known) else offset
    row = LedgerRow(begin, stream.id, "clock", "fault", count, f"{reason}; they are given as the device sent them")
    return Synced(
        time=stream.timestamps + offset - stream.latency_s,
        uncertainty=np.full(count, np.nan),
        rate=stream.rate,
        certificate=Certificate(np.nan, np.nan, np.nan, reason),
        ledger=(row,),
    )


def _write_sync(group: h5py.Group, stream: SourceStream, synced: Synced) -> None:
    for name, values in (("time", synced.time), ("uncertainty", synced.uncertainty)):
        if np.shape(values) != (stream.count,):
            raise ValueError(
                f"stream {stream.id}: the clock gave {np.shape(values)} for {name} of {stream.count} samples"
            )
        hdf.put(group, name, np.asarray(values, np.float64))
    certificate = synced.certificate
    hdf.set_attrs(
        group,
        {
            "bound_ms": float(certificate.bound_ms),
            "coverage": float(certificate.coverage),
            "asymmetry_ms": float(certificate.asymmetry_ms),
            "reason": certificate.reason,
            "rate": float(synced.rate),
        },
    )


def _write_aligned(file: h5py.File, source: Source, synced: Sequence[Synced], sink: Sink) -> list[LedgerRow]:
    """Write ``/aligned`` if lab.toml asks for it; what hinders it is a line in the ledger, never lost data."""
    try:
        rate = parse_lab(source.lab_toml).record.aligned_rate_hz if source.lab_toml else None
        if rate is None:
            return []
        series = [
            Series(s.id, t.time, file["streams"][s.id]["samples"], t.rate, s.spec.channels)
            for s, t in zip(source.streams, synced, strict=True)
            if s.spec.format != "string" and can_align(t.time, t.rate)
        ]
        series = together(series)
        times = grid(series, rate)
    except (LabError, ValueError) as error:
        message = f"no aligned matrix was written: {error}"
        return [LedgerRow(float(source.clock_origin), "", "aligned", "warning", 0, message)]
    columns = [(s.id, c.label, c.unit, c.site, c.side) for s in series for c in s.channels]
    group = file.create_group("aligned")
    samples = hdf.create(group, "samples", (len(times), len(columns)), np.dtype("<f8"))
    for part, values in blocks(series, times, rate):
        if columns:
            samples[part] = values
        sink.check()
    hdf.put(group, "time", times)
    hdf.put(group, "channels", tables.make_table(tables.ALIGNED, columns))
    left_out = tuple(s.id for s in source.streams if s.id not in {x.id for x in series})
    hdf.set_attrs(group, {"rate": float(rate), "method": METHOD, "left_out": left_out})
    return []
