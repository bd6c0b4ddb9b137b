"""What a file of format 1 must hold: every group, dataset, type, length and attribute."""

from collections.abc import Iterator
from dataclasses import dataclass

import h5py
import numpy as np

from groundup.recording import hdf, tables
from groundup.streams import DTYPES, FORMATS

STREAM_ATTRS = ("name", "type", "source_id", "hostname", "role", "rate", "format", "latency_s", "inputs", "index")
SYNC_ATTRS = ("bound_ms", "coverage", "asymmetry_ms", "reason", "rate")
ROOT_ATTRS = ("format", "format_version", "recording_id", "started_utc", "clock_origin", "software")
PROCESSED_ATTRS = ("plugin", "version", "parameters", "inputs", "kind", "rate")
METRIC_ATTRS = ("method", "plugin", "version", "parameters", "inputs", "source")


@dataclass(frozen=True)
class Problem:
    """Something that is wrong with a recording.

    Attributes
    ----------
    where : str
        Path in the file, such as ``/streams/emg/samples``.
    message : str
        What is wrong.
    """

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


def check(file: h5py.File) -> Iterator[Problem]:
    """Compare a file with format 1.

    Yields
    ------
    Problem
    """
    yield from _attrs(file, ROOT_ATTRS)
    for name in ("lab", "streams", "sync"):
        if not isinstance(file.get(name), h5py.Group):
            yield Problem(f"/{name}", "this group is missing")
            return
    yield from _lab(file["lab"])
    yield from _table(file, "ledger", tables.LEDGER)
    for name in file["streams"]:
        group = file["streams"][name]
        if not isinstance(group, h5py.Group):
            yield Problem(group.name, "is a dataset where a group is expected")
        else:
            yield from _stream(group, file["sync"].get(name))
    for name in file["sync"]:
        if name not in file["streams"]:
            yield Problem(f"/sync/{name}", "there is no such stream")
    yield from _results(file)
    yield from _storage(file)


def _lab(lab: h5py.Group) -> Iterator[Problem]:
    yield from _dataset(lab, "lab_toml", kind="S", shape=(1,))
    yield from _table(lab, "body_map", tables.BODY_MAP)
    if not isinstance(lab.get("participant"), h5py.Group):
        yield Problem("/lab/participant", "this group is missing")
    else:
        yield from _attrs(lab["participant"], ("id", "mass_kg", "height_m"))


def _stream(group: h5py.Group, sync: h5py.Group | None) -> Iterator[Problem]:
    yield from _attrs(group, STREAM_ATTRS)
    fmt = hdf.attr_text(group, "format")
    if fmt not in FORMATS:
        yield Problem(group.name, f"the format {fmt!r} is none of {', '.join(FORMATS)}")
        return
    samples = group.get("samples")
    if not isinstance(samples, h5py.Dataset) or samples.ndim != 2:
        yield Problem(f"{group.name}/samples", "this dataset of samples x channels is missing")
        return
    count, columns = samples.shape
    if samples.dtype.kind != "S" if fmt == "string" else samples.dtype != np.dtype(DTYPES[fmt]):
        yield Problem(samples.name, f"holds {samples.dtype}, which is not {fmt}")
    if "lengths" in group:
        yield from _dataset(group, "lengths", kind="u", shape=samples.shape)
    yield from _dataset(group, "timestamps", kind="f", shape=(count,))
    yield from _dataset(group, "header", kind="S", shape=(1,))
    yield from _table(group, "channels", tables.CHANNELS, columns)
    yield from _table(group, "probes", tables.PROBES)
    if "arrivals" in group:  # of files older than that there are none
        yield from _table(group, "arrivals", tables.ARRIVALS)
    yield from _table(group, "ledger", tables.LEDGER)
    path = group.name.replace("/streams/", "/sync/", 1)
    if not isinstance(sync, h5py.Group):
        yield Problem(path, "this group is missing")
        return
    yield from _attrs(sync, SYNC_ATTRS)
    yield from _dataset(sync, "time", kind="f", shape=(count,))
    yield from _dataset(sync, "uncertainty", kind="f", shape=(count,))


def _results(file: h5py.File) -> Iterator[Problem]:
    if "events" in file:
        yield from _table(file, "events", tables.EVENTS)
    if "trials" in file:
        yield from _table(file, "trials", tables.TRIALS)
    if "sync_events" in file:
        yield from _table(file, "sync_events", tables.SYNC_EVENTS)
    for name in file.get("metrics", ()):
        yield from _table(file["metrics"], name, tables.METRICS)
        yield from _attrs(file["metrics"][name], METRIC_ATTRS)
    for name in file.get("processed", ()):
        group = file["processed"][name]
        yield from _attrs(group, PROCESSED_ATTRS)
        yield from _matrix(group, tables.CHANNELS)
    if "aligned" in file:
        yield from _attrs(file["aligned"], ("rate", "method", "left_out"))
        yield from _matrix(file["aligned"], tables.ALIGNED)


def _matrix(group: h5py.Group, columns: tables.Columns) -> Iterator[Problem]:
    samples = group.get("samples")
    if not isinstance(samples, h5py.Dataset) or samples.ndim != 2 or samples.dtype != np.float64:
        yield Problem(f"{group.name}/samples", "this dataset of samples x channels (float64) is missing")
        return
    yield from _dataset(group, "time", kind="f", shape=samples.shape[:1])
    yield from _table(group, "channels", columns, samples.shape[1])


def _attrs(target: h5py.Group | h5py.Dataset, names: tuple[str, ...]) -> Iterator[Problem]:
    for name in names:
        if name not in target.attrs:
            yield Problem(target.name, f"the attribute {name} is missing")


def _dataset(parent: h5py.Group, name: str, *, kind: str, shape: tuple[int, ...]) -> Iterator[Problem]:
    where = f"{parent.name.rstrip('/')}/{name}"
    dataset = parent.get(name)
    if not isinstance(dataset, h5py.Dataset):
        yield Problem(where, "this dataset is missing")
    elif dataset.shape != shape:
        yield Problem(where, f"has the shape {dataset.shape}, but {shape} is expected")
    elif dataset.dtype.kind != kind or (kind == "f" and dataset.dtype != np.float64):
        yield Problem(where, f"holds {dataset.dtype}, which format 1 does not have there")


def _table(parent: h5py.Group, name: str, columns: tables.Columns, rows: int | None = None) -> Iterator[Problem]:
    where = f"{parent.name.rstrip('/')}/{name}"
    table = parent.get(name)
    if not isinstance(table, h5py.Dataset):
        yield Problem(where, "this table is missing")
        return
    if table.dtype.names != tuple(columns) or table.ndim != 1:
        yield Problem(where, f"has the columns {table.dtype.names}, but {tuple(columns)} are expected")
        return
    for column, kind in columns.items():
        found = table.dtype[column]
        if found.kind != "S" if kind == "text" else found != np.dtype(kind):
            yield Problem(where, f"the column {column} holds {found}, which format 1 does not have there")
    if rows is not None and len(table) != rows:
        yield Problem(where, f"has {len(table)} rows, but {rows} are expected")


def _storage(file: h5py.File) -> Iterator[Problem]:
    for dataset in datasets(file):
        if dataset.chunks is None or not dataset.fletcher32:
            yield Problem(dataset.name, "has no checksums (it is not chunked with Fletcher-32)")


def datasets(file: h5py.File) -> list[h5py.Dataset]:
    """Every dataset of a file."""
    paths: list[str] = []
    file.visit(paths.append)
    return [item for path in sorted(paths) if isinstance(item := file[path], h5py.Dataset)]
