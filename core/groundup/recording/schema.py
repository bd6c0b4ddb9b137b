"""What a file of format 1 must hold: every group, dataset, type, length and attribute."""

from collections.abc import Iterator

import h5py
import numpy as np
from h5py import h5a

from groundup.clock.certificate import CERTIFICATE, LATER
from groundup.model.streams import DTYPES, FORMATS
from groundup.model.subject import OF_THE_PERSON
from groundup.recording import hdf, tables
from groundup.recording.columns import Columns
from groundup.recording.structure import Problem, Structure, is_member

STREAM_ATTRS = ("name", "type", "source_id", "hostname", "role", "rate", "format", "latency_s", "inputs", "index")
SYNC_ATTRS = (*(name for name in CERTIFICATE if name not in LATER), "rate")
ROOT_ATTRS = ("format", "format_version", "recording_id", "started_utc", "clock_origin", "software")
PROCESSED_ATTRS = ("plugin", "version", "parameters", "inputs", "kind", "rate")
METRIC_ATTRS = ("method", "plugin", "version", "parameters", "inputs", "source")

_NUMBERS = frozenset(
    (
        "rate",
        "latency_s",
        "index",
        *(name for name in CERTIFICATE if name != "reason"),
        "clock_origin",
        "format_version",
    )
) | {*OF_THE_PERSON, "causal", "circular"}
_LISTS = frozenset(("inputs", "left_out", "analysis_notes"))
_OBJECTS = frozenset(
    ("software", "parameters", "extra", "conditions", "norm", "reliability", "method_spread", "checksums")
)


def check(file: h5py.File, found: Structure) -> Iterator[Problem]:
    """Compare a file with format 1.

    Parameters
    ----------
    file : h5py.File
    found : Structure
        What there is in it, with no problems.

    Yields
    ------
    Problem
    """
    yield from _attrs(file, ROOT_ATTRS, ("analysis_notes", "analysis_lab", "causal", "checksums"))
    for name in ("lab", "streams", "sync"):
        if not isinstance(file.get(name), h5py.Group):
            yield Problem(f"/{name}", "this group is missing")
            return
    yield from _lab(found, file["lab"])
    yield from _table(found, "/ledger", tables.LEDGER)
    said = (("devices", tables.DEVICES), ("health", tables.HEALTH), ("options", tables.OPTIONS))
    for name, columns in (*said, ("joined", tables.JOINED)):
        if name in file:  # older files, devices that say nothing, and files that were not joined have none
            yield from _table(found, f"/{name}", columns)
    if "checksums" in file:
        yield from _table(found, "/checksums", tables.CHECKSUMS)
    for name in file["streams"]:
        group = file["streams"][name]
        if not isinstance(group, h5py.Group):
            yield Problem(group.name, "is a dataset where a group is expected")
        else:
            yield from _stream(found, group, file["sync"].get(name))
    for name in file["sync"]:
        if name not in file["streams"]:
            yield Problem(f"/sync/{name}", "there is no such stream")
    yield from _results(found, file)
    for path, dataset in found.paths.items():
        ours = isinstance(dataset, h5py.Dataset) and is_member(path)
        if ours and (dataset.chunks is None or not dataset.fletcher32):
            yield Problem(path, "has no checksums (it is not chunked with Fletcher-32)")


def _lab(found: Structure, lab: h5py.Group) -> Iterator[Problem]:
    yield from _dataset(found, "/lab/lab_toml", kind="S", shape=(1,))
    yield from _table(found, "/lab/body_map", tables.BODY_MAP)
    if not isinstance(lab.get("participant"), h5py.Group):
        yield Problem("/lab/participant", "this group is missing")
    else:
        first = tuple(key for key, number in OF_THE_PERSON.items() if number.since_first)
        yield from _attrs(lab["participant"], ("id", *first), tuple(OF_THE_PERSON.keys() - set(first)))


def _stream(found: Structure, group: h5py.Group, sync: h5py.Group | None) -> Iterator[Problem]:
    yield from _attrs(group, STREAM_ATTRS, ("extra",))
    yield from _plate(group)
    fmt = hdf.attr_text(group, "format")
    if fmt not in FORMATS:
        yield Problem(group.name, f"the format {fmt!r} is none of {', '.join(FORMATS)}")
        return
    where = group.name
    if _reported(found, f"{where}/samples"):
        return
    samples = found.paths.get(f"{where}/samples")
    if not isinstance(samples, h5py.Dataset) or samples.ndim != 2:
        yield Problem(f"{where}/samples", "this dataset of samples x channels is missing")
        return
    count, columns = samples.shape
    if samples.dtype.kind != "S" if fmt == "string" else samples.dtype != np.dtype(DTYPES[fmt]):
        yield Problem(samples.name, f"holds {samples.dtype}, which is not {fmt}")
    if "lengths" in group:
        yield from _dataset(found, f"{where}/lengths", kind="u", shape=samples.shape)
    yield from _dataset(found, f"{where}/timestamps", kind="f", shape=(count,))
    yield from _dataset(found, f"{where}/header", kind="S", shape=(1,))
    yield from _table(found, f"{where}/channels", tables.CHANNELS, columns)
    yield from _table(found, f"{where}/probes", tables.PROBES)
    if "arrivals" in group:  # of files older than that there are none
        yield from _table(found, f"{where}/arrivals", tables.ARRIVALS)
    yield from _table(found, f"{where}/ledger", tables.LEDGER)
    path = where.replace("/streams/", "/sync/", 1)
    if not isinstance(sync, h5py.Group):
        yield Problem(path, "this group is missing")
        return
    yield from _attrs(sync, SYNC_ATTRS, tuple(LATER))
    yield from _dataset(found, f"{path}/time", kind="f", shape=(count,))
    yield from _dataset(found, f"{path}/uncertainty", kind="f", shape=(count,))


def _results(found: Structure, file: h5py.File) -> Iterator[Problem]:
    if "events" in file:
        yield from _table(found, "/events", tables.EVENTS)
    if "trials" in file:
        yield from _table(found, "/trials", tables.TRIALS)
    if "sync_events" in file:
        yield from _table(found, "/sync_events", tables.SYNC_EVENTS)
    if "curves" in file:
        yield from _table(found, "/curves", tables.CURVES)
    for name in ("metrics", "processed", "aligned"):
        if name in file and not isinstance(file[name], h5py.Group):
            yield Problem(f"/{name}", "is a dataset where a group is expected")
            return
    for name in file.get("metrics", ()):
        where = f"/metrics/{name}"
        yield from _table(found, where, tables.METRICS)
        table = found.paths[where] if where in found.paths else file["metrics"][name]
        yield from _attrs(table, METRIC_ATTRS, ("conditions", "norm", "circular", "reliability", "method_spread"))
    for name in file.get("processed", ()):
        group = file["processed"][name]
        if not isinstance(group, h5py.Group):
            yield Problem(group.name, "is a dataset where a group is expected")
            return
        yield from _attrs(group, PROCESSED_ATTRS)
        yield from _plate(group)
        yield from _matrix(found, group, tables.CHANNELS)
    if "aligned" in file:
        yield from _attrs(file["aligned"], ("rate", "method", "left_out"))
        yield from _matrix(found, file["aligned"], tables.ALIGNED)


def _matrix(found: Structure, group: h5py.Group, columns: Columns) -> Iterator[Problem]:
    where = group.name
    if _reported(found, f"{where}/samples"):
        return
    samples = found.paths.get(f"{where}/samples")
    if not isinstance(samples, h5py.Dataset) or samples.ndim != 2 or samples.dtype != np.float64:
        yield Problem(f"{where}/samples", "this dataset of samples x channels (float64) is missing")
        return
    yield from _dataset(found, f"{where}/time", kind="f", shape=samples.shape[:1])
    yield from _table(found, f"{where}/channels", columns, samples.shape[1])


def _attrs(
    target: h5py.Group | h5py.Dataset, names: tuple[str, ...], optional: tuple[str, ...] = ()
) -> Iterator[Problem]:
    for name in names + optional:
        if h5a.exists(target.id, name.encode()):
            yield from _attr(target, name)
        elif name in names:
            yield Problem(target.name, f"the attribute {name} is missing")


def _attr(target: h5py.Group | h5py.Dataset, name: str) -> Iterator[Problem]:
    value = hdf.attr(target, name)
    if name in _NUMBERS:
        if not isinstance(value, int | float | np.integer | np.floating):
            yield Problem(target.name, f"the attribute {name} is no number")
    elif not isinstance(value, bytes | str):
        yield Problem(target.name, f"the attribute {name} is no text, or too long")
    elif name in _OBJECTS and not isinstance(hdf.json_of(value, None), dict):
        yield Problem(target.name, f"the attribute {name} is no JSON object")
    elif name in _LISTS and not all(isinstance(one, str) for one in hdf.json_of(value, (None,))):
        yield Problem(target.name, f"the attribute {name} is no JSON list of text")


def _plate(group: h5py.Group) -> Iterator[Problem]:
    if "plate_type" in group.attrs:
        try:
            hdf.read_plate(group)
        except (TypeError, ValueError):
            yield Problem(group.name, "its attributes describe no force plate")


def _reported(found: Structure, where: str) -> bool:
    """Whether a dataset is not to be read, which is told where the structure is looked at."""
    return any(problem.where == where for problem in found.unreadable)


def _dataset(found: Structure, where: str, *, kind: str, shape: tuple[int, ...]) -> Iterator[Problem]:
    if _reported(found, where):
        return
    dataset = found.paths.get(where)
    if not isinstance(dataset, h5py.Dataset):
        yield Problem(where, "this dataset is missing")
    elif dataset.shape != shape:
        yield Problem(where, f"has the shape {dataset.shape}, but {shape} is expected")
    elif dataset.dtype.kind != kind or (kind == "f" and dataset.dtype != np.float64):
        yield Problem(where, f"holds {dataset.dtype}, which format 1 does not have there")


def _table(found: Structure, where: str, columns: Columns, rows: int | None = None) -> Iterator[Problem]:
    if _reported(found, where):
        return
    table = found.paths.get(where)
    if not isinstance(table, h5py.Dataset):
        yield Problem(where, "this table is missing")
        return
    dtype, version = table.dtype, hdf.attr_number(table, "table_version", 1)
    expected = columns.of_version(int(min(version, columns.version)) if version >= 1 else 1)
    if version > columns.version:  # of a later groundup: what it has no more is not missed
        expected = {name: kind for name, kind in expected.items() if name in (dtype.names or ())}
    if table.ndim != 1 or not set(expected) <= set(dtype.names or ()):
        yield Problem(where, f"has the columns {dtype.names}, but {tuple(expected)} are expected")
        return
    for column, kind in expected.items():
        holds = dtype[column]
        if holds.kind != "S" if kind == "text" else holds != np.dtype(kind):
            yield Problem(where, f"the column {column} holds {holds}, which format 1 does not have there")
    if rows is not None and len(table) != rows:
        yield Problem(where, f"has {len(table)} rows, but {rows} are expected")
