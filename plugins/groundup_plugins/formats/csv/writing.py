"""A recording as a folder of CSV files, written a piece at a time.

``streams/ID.csv`` has the lab's time, the device's own time stamp, and a column for each channel, with its unit behind
the label. ``streams.csv``, ``channels.csv``, ``participant.csv``, ``events.csv``, ``trials.csv``, ``curves.csv``,
``ledger.csv``, ``metrics/NAME.csv`` and ``processed/ID.csv`` are the tables. Numbers have as many digits as it takes to
read them back to the bit.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from groundup.files import as_text
from groundup.plugin import Channel, Progress
from groundup.recording import Recording, Stream
from groundup_plugins.formats.processed import processed_channels, processed_pieces

_DIGITS = {"float32": "%.9g", "float64": "%.17g"}
_PIECE = 4096


def write_csv(recording: Recording, out: Path, progress: Progress) -> list[str]:
    """Write all of a recording.

    Returns
    -------
    list of str
        What CSV has no place for.
    """
    (out / "streams").mkdir(parents=True)
    total, done = max(sum(len(stream) for stream in recording.streams.values()), 1), 0
    names = file_names(recording.streams)
    for key, stream in recording.streams.items():
        with _open(out / "streams" / f"{names[key]}.csv") as file:
            for count in _stream(file, stream):
                done += count
                progress(done / total)
    _frame(out / "streams.csv", _about_streams(recording))
    _frame(out / "channels.csv", _about_channels(recording))
    _frame(out / "participant.csv", pd.DataFrame([participant_of(recording)]))
    for name in ("events", "trials", "sync_events", "curves", "ledger"):
        table = getattr(recording, name)
        if len(table) or name in ("events", "trials", "ledger"):
            _frame(out / f"{name}.csv", table)
    for key, file_name in file_names(recording.metrics).items():
        (out / "metrics").mkdir(exist_ok=True)
        _frame(out / "metrics" / f"{file_name}.csv", recording.metrics[key])
    for key, file_name in file_names(recording.processed).items():
        (out / "processed").mkdir(exist_ok=True)
        with _open(out / "processed" / f"{file_name}.csv") as file:
            _signal(file, recording, key)
    return ["the clock probes and the headers of the streams are not in the files: CSV has no place for them"]


def participant_of(recording: Recording) -> dict[str, Any]:
    """The person as a row: id, and what is known of them."""
    return {"id": recording.participant_id, **recording.participant.numbers}


def _open(path: Path) -> Any:
    # Whatever bytes a sender called text come out as they came in.
    return path.open("x", encoding="utf-8", errors="surrogateescape", newline="")


def file_names(keys: Iterable[str]) -> dict[str, str]:
    """A file name for each key that every system takes, no two of them the same."""
    found: dict[str, str] = {}
    for key in keys:
        name = re.sub(r"[^\w.-]", "_", key).strip(".") or "_"
        taken = {other.lower() for other in found.values()}
        number = 1
        while (name if number == 1 else f"{name}_{number}").lower() in taken:
            number += 1
        found[key] = name if number == 1 else f"{name}_{number}"
    return found


def _header(channels: Sequence[Channel], before: Sequence[str]) -> list[str]:
    return [*before, *(f"{c.label} [{c.unit}]" if c.unit else c.label for c in channels)]


def _stream(file: Any, stream: Stream) -> Iterator[int]:
    table = csv.writer(file)
    table.writerow(_header(stream.channels, ("time", "timestamp")))
    for time, stamps, values in stream.timed_pieces(_PIECE):
        if isinstance(values, np.ndarray):
            _rows(file, [time, stamps], values)
        else:
            texts = zip(time.tolist(), stamps.tolist(), as_text(values), strict=True)
            table.writerows([f"{when:.17g}", f"{stamp:.17g}", *row] for when, stamp, row in texts)
        yield len(time)


def _signal(file: Any, recording: Recording, key: str) -> None:
    csv.writer(file).writerow(_header(processed_channels(recording, key), ("time",)))
    for time, samples in processed_pieces(recording, key, _PIECE):
        _rows(file, [time], samples)


def _rows(file: Any, before: list[NDArray[np.float64]], values: NDArray[Any]) -> None:
    """Rows of numbers: some columns of time, then the channels."""
    digits = _DIGITS.get(values.dtype.name, "%d")
    pattern = ",".join(["%.17g"] * len(before) + [digits] * values.shape[1]) + "\r\n"
    columns = [column.tolist() for column in before]
    rows = zip(*columns, values.tolist(), strict=True)
    file.write("".join([pattern % (*row[:-1], *row[-1]) for row in rows]))


def _frame(path: Path, table: pd.DataFrame) -> None:
    with _open(path) as file:
        table.to_csv(file, index=False, float_format="%.17g", lineterminator="\r\n")


def _about_streams(recording: Recording) -> pd.DataFrame:
    rows = []
    for key, stream in recording.streams.items():
        spec, certificate = stream.spec, stream.certificate
        rows.append(
            {
                "id": key,
                "name": spec.name,
                "type": spec.type,
                "source_id": spec.source_id,
                "format": spec.format,
                "channels": len(spec.channels),
                "samples": len(stream),
                "nominal_rate": spec.rate,
                "rate": stream.rate,
                "latency_s": spec.latency_s,
                "bound_ms": certificate.bound_ms,
                "coverage": certificate.coverage,
                "asymmetry_ms": certificate.asymmetry_ms,
                "in_sync": certificate.reason,
                "plate": plate_json(stream),
                "plugin": spec.extra.get("plugin", ""),
                "plugin_version": spec.extra.get("plugin_version", ""),
            }
        )
    return pd.DataFrame(rows)


def plate_json(stream: Stream) -> str:
    """Type, corners, origin and calibration of a stream's plate as JSON; empty where it is none."""
    return "" if stream.spec.plate is None else json.dumps(asdict(stream.spec.plate))


def _about_channels(recording: Recording) -> pd.DataFrame:
    rows = [
        {"stream": key, "label": c.label, "unit": c.unit, "site": c.site, "side": c.side}
        for key, stream in recording.streams.items()
        for c in stream.channels
    ]
    return pd.DataFrame(rows, columns=["stream", "label", "unit", "site", "side"])
