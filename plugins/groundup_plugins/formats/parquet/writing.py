"""A recording as a folder of Parquet tables, written a row group at a time.

``streams/ID.parquet`` is a stream as it was sent, ``aligned.parquet`` all of them at the rate of the fastest;
``participant``, ``events``, ``trials``, ``ledger``, ``curves``, ``streams`` (with the certificates) and ``metrics``
(all, one below the other) are the tables. Unit, site and side of a column are in the metadata of its field.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from groundup.files import as_text
from groundup.one_grid import Feed, common_grid, fastest, on_grid, regular_streams
from groundup.plugin import Channel, Progress
from groundup.recording import Recording, Stream
from groundup_plugins.formats.csv.writing import file_names, participant_of, plate_json
from groundup_plugins.formats.libraries import library

_ROWS = 1 << 15
_VALUES = 1 << 21  # of a row group, at most


def write_parquet(recording: Recording, out: Path, progress: Progress) -> list[str]:
    """Write all of a recording.

    Returns
    -------
    list of str
        What is not in the tables, and what was resampled for the one with all signals.

    Raises
    ------
    ValueError
        If pyarrow is not installed.
    """
    pa, pq = library("pyarrow", "pyarrow", "parquet"), library("pyarrow.parquet", "pyarrow", "parquet")
    (out / "streams").mkdir(parents=True)
    about = {"recording_id": recording.id, "started_utc": recording.started_utc, "software": recording.software}
    names = file_names(recording.streams)
    total, done = 2 * max(sum(len(stream) for stream in recording.streams.values()), 1), 0
    wrong, beyond = dict.fromkeys(recording.streams, 0), list[str]()
    for key, stream in recording.streams.items():
        schema = _schema(pa, ("time", "timestamp"), _stream_fields(pa, stream), about | {"stream": _about(stream)})
        with pq.ParquetWriter(out / "streams" / f"{names[key]}.parquet", schema) as writer:
            for time, stamps, values in stream.timed_pieces(_ROWS):
                if isinstance(values, np.ndarray):
                    columns = [_column(pa, one) for one in values.T]
                    if _beyond_doubles(values) and key not in beyond:
                        beyond.append(key)
                else:
                    rows = list(as_text(values))
                    wrong[key] += sum(not _is_utf8(text) for row in rows for text in row)
                    columns = [_column(pa, one) for one in zip(*rows, strict=True)]
                writer.write_table(pa.table([time, stamps, *columns], schema=schema))
                done += len(time)
                progress(done / total)
    notes = [
        f"{key}: {count} texts are no UTF-8: U+FFFD stands for each wrong byte" for key, count in wrong.items() if count
    ]
    notes += [
        f"aligned.parquet: {key} has whole numbers beyond 2^53, which are not exact there; in streams they are"
        for key in beyond
    ]
    notes += _aligned(recording, out / "aligned.parquet", about, progress)
    for name, table in _tables(recording):
        pq.write_table(pa.Table.from_pandas(table, preserve_index=False), out / f"{name}.parquet")
    progress(1.0)
    if len(recording.processed):
        notes.append("processed signals are not in the tables: see csv")
    return [*notes, "the clock probes and the headers of the streams are not in the tables"]


def _beyond_doubles(values: NDArray[np.generic]) -> bool:
    """Whether a number is none that 64 bits of a real one tell."""
    if values.dtype != np.int64:
        return False
    with np.errstate(invalid="ignore"):  # the greatest of all becomes one more than there is
        return bool((values.astype(np.float64).astype(np.int64) != values).any())


def _is_utf8(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _column(pa: Any, values: Any) -> Any:
    if isinstance(values, np.ndarray):
        return pa.array(np.ascontiguousarray(values))
    # Bytes that are no text in UTF-8 have no place in Parquet's strings.
    return pa.array(
        [text.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for text in values], pa.string()
    )


def _stream_fields(pa: Any, stream: Stream) -> list[Any]:
    text = stream.spec.format == "string"
    kind = pa.string() if text else pa.from_numpy_dtype(stream.samples.dtype)
    return _fields(pa, [(stream.id, channel) for channel in stream.channels], kind, prefix=False)


def _fields(pa: Any, columns: Sequence[tuple[str, Channel]], kind: Any, *, prefix: bool) -> list[Any]:
    """A field a channel, none of one name; its unit, site and side are its metadata."""
    found: dict[str, Any] = {}
    for stream, channel in columns:
        plain = f"{stream}/{channel.label}" if prefix else channel.label
        name, number = plain, 2
        while not name or name in found or name in ("time", "timestamp"):
            name, number = f"{plain}.{number}", number + 1
        known = {"stream": stream, "unit": channel.unit, "site": channel.site, "side": channel.side}
        known["label"] = channel.label if name != plain else ""  # where it is another one
        found[name] = pa.field(name, kind, metadata={key: value for key, value in known.items() if value})
    return list(found.values())


def _schema(pa: Any, times: Sequence[str], fields: list[Any], about: dict[str, Any]) -> Any:
    first = [pa.field(name, pa.float64(), metadata={"unit": "s"}) for name in times]
    return pa.schema([*first, *fields], metadata={"groundup": json.dumps(about)})


def _about(stream: Stream) -> dict[str, Any]:
    spec, certificate = stream.spec, stream.certificate
    known = {"id": stream.id, "name": spec.name, "type": spec.type, "nominal_rate": spec.rate, "rate": stream.rate}
    return known | {
        name: None if isinstance(value, float) and not np.isfinite(value) else value
        for name, value in asdict(certificate).items()
    }


def _aligned(recording: Recording, out: Path, about: dict[str, Any], progress: Progress) -> list[str]:
    """All regular signals on one clock; gives what is not in it, and what was done."""
    pa, pq = library("pyarrow", "pyarrow", "parquet"), library("pyarrow.parquet", "pyarrow", "parquet")
    streams, left_out = regular_streams(recording)
    left_out = [text.replace("is not in the file", "is not in aligned.parquet") for text in left_out]
    if not streams:
        return [*left_out, "there is no aligned.parquet: no stream of numbers has a rate"]
    try:
        grid = common_grid(recording, streams, fastest(streams))
    except ValueError as error:
        return [*left_out, f"there is no aligned.parquet: {error}"]
    placed = [on_grid(stream, grid) for stream in streams]
    remarks = [one.remark for one in placed]
    columns = [(stream.id, channel) for stream in streams for channel in stream.channels]
    fields = _fields(pa, columns, pa.float64(), prefix=True)
    schema = _schema(pa, ("time",), fields, about | {"rate": grid.rate, "method": remarks})
    feeds = [Feed(one.blocks(recording), len(one.stream.channels)) for one in placed]
    step = max(1, min(_ROWS, _VALUES // len(columns)))
    with pq.ParquetWriter(out, schema) as writer:
        for begin in range(0, len(grid), step):
            count = min(step, len(grid) - begin)
            rows = [feed.take(count).T for feed in feeds]
            arrays = [_column(pa, column) for column in chain.from_iterable(rows)]
            writer.write_table(pa.table([grid[begin : begin + count], *arrays], schema=schema))
            progress(0.5 + 0.5 * (begin + count) / len(grid))
    return [*left_out, *(f"aligned.parquet: {remark}" for remark in remarks if "resampled" in remark)]


def _tables(recording: Recording) -> Iterator[tuple[str, pd.DataFrame]]:
    about = [_about(stream) | {"plate": plate_json(stream)} for stream in recording.streams.values()]
    yield "streams", pd.DataFrame(about)
    yield "participant", pd.DataFrame([participant_of(recording)])
    for name in ("events", "trials", "ledger", "sync_events", "curves"):
        table = getattr(recording, name)
        if len(table) or name in ("events", "trials", "ledger"):
            yield name, _plain(table)
    metrics = [
        _plain(table).assign(metric=name, unit=str(table.attrs.get("unit", "")))
        for name, table in recording.metrics.items()
    ]
    if metrics:
        yield "metrics", pd.concat(metrics, ignore_index=True)


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    found = table.copy()
    found.attrs.clear()
    return found
