"""Results of an analysis, written into a full copy of the recording that takes its place only when it has verified.

The sealed file itself is never written to, so whatever happens to the analysis or the disk, it stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from numpy.typing import NDArray

from groundup.model.signals import Signal
from groundup.recording import checksums, hdf, schema, tables
from groundup.recording.atomic import Sink, hdf5_into, replacing
from groundup.recording.blocks import PIECE_BYTES
from groundup.recording.checksums import Checksums, ChecksumTableError
from groundup.recording.chunks import pieces
from groundup.recording.open_file import open_recording
from groundup.recording.structure import RESULTS, Problem, RecordingError, is_member, structure
from groundup.recording.verify import verify_open

if TYPE_CHECKING:
    from groundup.analysis.metrics.measure import MetricRow
    from groundup.analysis.pipeline import AnalysisResult

_REWRITTEN = ("software", "analysis_notes", "analysis_lab", "causal")
"""Attributes of the file that an analysis writes; everything but these and the results is copied as it is."""

_RESERVED = frozenset((*schema.PROCESSED_ATTRS, "plate_type", "plate_corners_m", "plate_origin_m", "plate_calibration"))


class ResultsError(RuntimeError):
    """Results that could not be written; the message says which file and why. The recording is as it was."""


@dataclass(frozen=True)
class MetricOrigin:
    """Where the values of a metric are from: attributes of ``/metrics/<name>``."""

    method: str = ""
    plugin: str = ""
    version: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    source: str = ""
    conditions: Mapping[str, Any] = field(default_factory=dict)
    norm: Mapping[str, Any] = field(default_factory=dict)
    circular: float | None = None
    reliability: Mapping[str, Any] | None = None
    method_spread: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class SignalOrigin:
    """Where a processed signal is from: attributes of ``/processed/<id>``; its inputs are the signal's own."""

    plugin: str = ""
    version: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Provenance:
    """Where everything in a result is from.

    Attributes
    ----------
    metrics : mapping of metric name to MetricOrigin
        A metric that is here and has no rows gets an empty table.
    signals : mapping of signal id to SignalOrigin
    software : mapping of name to version
        Of what analysed; added to the recording's.
    lab : mapping
        Tables of lab.toml that were told instead of the recording's own; empty where none were.
    """

    metrics: Mapping[str, MetricOrigin] = field(default_factory=dict)
    signals: Mapping[str, SignalOrigin] = field(default_factory=dict)
    software: Mapping[str, str] = field(default_factory=dict)
    lab: Mapping[str, Any] = field(default_factory=dict)


def write_results(path: Path | str, result: AnalysisResult, provenance: Provenance | None = None) -> None:
    """Put the results of an analysis into a recording, in place of those of an earlier one.

    Parameters
    ----------
    path : path
        The recording.
    result : AnalysisResult
    provenance : Provenance, optional

    Raises
    ------
    RecordingError
        If `path` is no recording.
    OSError
        If the copy cannot be written, as on a full disk.
    ResultsError
        If the results cannot be stored, or the copy does not read back as it should.
    """
    path = Path(path)
    origin = provenance or Provenance()
    _check_names(path, result, origin)
    with replacing(path, overwrite=True) as temporary:
        with open_recording(path) as sealed:
            sink = Sink(temporary)
            try:
                with hdf5_into(sink) as file:
                    _copy(sealed, file, sink)
                    _write(file, result, origin, sink)
                    _sum(path, sealed, file)
            finally:
                sink.close()
            with h5py.File(temporary, "r") as file:
                problems = verify_open(file) or _differences(sealed, file, result)
        if problems:
            raise ResultsError(f"no results were written to {path}, which is as it was: {problems[0]}")


def is_result(path: str, attribute: str = "") -> bool:
    """Whether a dataset, a group or an attribute in a recording is what an analysis writes."""
    return path.split("/")[1] in RESULTS or (path == "/" and attribute in _REWRITTEN)


def _check_names(path: Path, result: AnalysisResult, origin: Provenance) -> None:
    ids = [signal.id for signal in result.signals]
    for name in (*ids, *origin.metrics, *(row.name for row in result.rows)):
        if name in ("", ".", "..") or "/" in name or "\0" in name:
            raise ResultsError(f"no results were written to {path}: {name!r} cannot be the name of a signal or metric")
    if twice := {name for name in ids if ids.count(name) > 1}:
        raise ResultsError(f"no results were written to {path}: two signals have the id {min(twice)!r}")


def _copy(sealed: h5py.File, file: h5py.File, sink: Sink) -> None:
    """Copy all but results; chunks are copied with their checksums, so no bit can change unseen."""
    for name in sealed:
        if name in (*RESULTS, checksums.TABLE):
            continue
        link = sealed.get(name, getlink=True)
        if isinstance(link, h5py.HardLink):
            sealed.copy(name, file)
        else:
            file[name] = link  # somebody's own, to wherever
        sink.check()
    for name in sealed.attrs:
        if name != checksums.TABLE:
            file.attrs.create(name, sealed.attrs[name], dtype=sealed.attrs.get_id(name).dtype)


def _sum(path: Path, sealed: h5py.File, file: h5py.File) -> None:
    """Write the checksums: those of what was copied are carried over, so that it must still be what was sealed."""
    try:
        known = checksums.read(sealed)
    except ChecksumTableError as error:
        raise RecordingError(f"{path}: /{checksums.TABLE}: {error}") from error
    kept = known or Checksums(made=checksums.AT_ANALYSIS)
    kept = kept.only(lambda at, name: not is_result(at, name))

    def new(item: h5py.Group | h5py.Dataset) -> bool:
        return is_member(item.name) and (known is None or item.name == "/" or item.name.split("/")[1] in RESULTS)

    checksums.write(file, kept, [item for item in structure(file).objects if new(item)], pieces)


def _write(file: h5py.File, result: AnalysisResult, origin: Provenance, sink: Sink) -> None:
    hdf.put_table(file, "events", tables.events_table(result.events), tables.EVENTS.version)
    hdf.put(file, "trials", tables.trials_table(result.trials))
    if result.sync:
        hdf.put_table(file, "sync_events", tables.sync_events_table(result.sync), tables.SYNC_EVENTS.version)
    if result.curves:
        hdf.put(file, "curves", tables.curves_table(result.curves))
    processed = file.create_group("processed")
    for signal in result.signals:
        _write_signal(processed.create_group(signal.id), signal, origin.signals.get(signal.id, SignalOrigin()))
        sink.check()
    metrics = file.create_group("metrics")
    rows = _by_name(result.rows)
    for name in dict.fromkeys((*origin.metrics, *rows)):
        table = hdf.put_table(metrics, name, _metric_table(rows.get(name, ())), tables.METRICS.version)
        about = origin.metrics.get(name, MetricOrigin())
        known = {k: v for k, v in vars(about).items() if v is not None}
        hdf.set_attrs(table, {k: dict(v) if isinstance(v, Mapping) else v for k, v in known.items()})
    software = {**hdf.attr_json(file, "software", {}), **origin.software}
    hdf.set_attrs(file, {"software": software, "analysis_notes": tuple(result.notes), "causal": int(result.causal)})
    hdf.set_attrs(file, {"analysis_lab": dict(origin.lab)})


def _write_signal(group: h5py.Group, signal: Signal, about: SignalOrigin) -> None:
    hdf.put(group, "samples", np.asarray(signal.samples, np.float64))
    hdf.put(group, "time", np.asarray(signal.time, np.float64))
    hdf.put(group, "channels", tables.channels_table(signal.channels))
    own = {(f"signal.{name}" if name in _RESERVED else name): value for name, value in signal.attrs.items()}
    hdf.set_attrs(group, own)
    hdf.set_attrs(
        group,
        {
            "plugin": about.plugin,
            "version": about.version,
            "parameters": dict(about.parameters),
            "inputs": signal.inputs,
            "kind": signal.kind,
            "rate": float(signal.rate),
            **hdf.plate_attrs(signal.plate),
        },
    )


def _metric_table(rows: Iterable[MetricRow]) -> NDArray[np.void]:
    return tables.make_table(tables.METRICS, [tuple(getattr(row, column) for column in tables.METRICS) for row in rows])


def _differences(sealed: h5py.File, file: h5py.File, result: AnalysisResult) -> list[Problem]:
    """What of the copy is not as in the sealed file, or not as in the result."""
    problems = []
    for dataset in structure(sealed).datasets:
        top = dataset.name.split("/")[1]
        if top not in (*RESULTS, checksums.TABLE) and not _equal(file[dataset.name], dataset):
            problems.append(Problem(dataset.name, "the copy differs from the recording"))
    problems += [
        Problem(where, "does not read back as it was computed")
        for where, values in _expected(result)
        if not _equal(file[where], values)
    ]
    return problems


def _expected(result: AnalysisResult) -> Iterator[tuple[str, NDArray[Any]]]:
    yield "/events", tables.events_table(result.events)
    yield "/trials", tables.trials_table(result.trials)
    if result.sync:
        yield "/sync_events", tables.sync_events_table(result.sync)
    if result.curves:
        yield "/curves", tables.curves_table(result.curves)
    for signal in result.signals:
        yield f"/processed/{signal.id}/samples", np.asarray(signal.samples, np.float64)
        yield f"/processed/{signal.id}/time", np.asarray(signal.time, np.float64)
    for name, rows in _by_name(result.rows).items():
        yield f"/metrics/{name}", _metric_table(rows)


def _equal(dataset: h5py.Dataset, values: h5py.Dataset | NDArray[Any]) -> bool:
    """Whether a dataset holds the same bytes, piece by piece: an hour is read twice here."""
    if dataset.shape != values.shape:
        return False
    if not dataset.ndim:
        return bool(dataset[()].tobytes() == values[()].tobytes())
    row_bytes = max(dataset.dtype.itemsize * int(np.prod(dataset.shape[1:], dtype=np.int64)), 1)
    step = max(PIECE_BYTES // row_bytes, 1)
    pieces = (slice(i, i + step) for i in range(0, len(dataset), step))
    return all(dataset[piece].tobytes() == values[piece].tobytes() for piece in pieces)


def _by_name(rows: Iterable[MetricRow]) -> dict[str, list[MetricRow]]:
    found: dict[str, list[MetricRow]] = {}
    for row in rows:
        found.setdefault(row.name, []).append(row)
    return found
