"""A recording as MATLAB's structs, written a piece at a time.

``streams.ID`` has ``time`` (lab clock, s), ``timestamps`` (device), ``samples`` (N x C; text is a cell), ``labels``,
``units``, ``sites``, ``sides``, ``rate``, ``sync`` and what else is known; ``events``, ``trials``, ``ledger`` and
``metrics.NAME`` have a field a column: ``struct2table`` makes tables of them.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd

from groundup.files import as_text, new_hdf5
from groundup.plugin import Progress
from groundup.recording import Recording, Stream
from groundup_plugins.formats.mat.values import USER_BLOCK, MatFile, field_names, user_block

_ROWS = 1 << 15


def write_mat(recording: Recording, out: Path, progress: Progress) -> list[str]:
    """Write a recording as one MAT file.

    Returns
    -------
    list of str
        What is not in the file, and what has another name there.
    """
    notes = []
    with new_hdf5(out, USER_BLOCK) as file:
        made = MatFile(file)
        about = {"id": recording.id, "started_utc": recording.started_utc, "clock_origin": recording.clock_origin}
        made.add(
            file,
            "recording",
            about
            | {"participant": recording.participant_id, "software": recording.software}
            | recording.participant.numbers,
        )
        names = field_names(recording.streams)
        notes += [f"stream {key} is streams.{name}" for key, name in names.items() if key != name]
        streams = made.struct(file, "streams", list(names.values()))
        total, done = max(sum(len(stream) for stream in recording.streams.values()), 1), 0
        for key, stream in recording.streams.items():
            for count in _stream(made, streams, names[key], stream):
                done += count
                progress(done / total)
            if stream.spec.format == "string" and len(stream.channels) > 1:
                notes.append(f'stream {key}: its {len(stream.channels)} texts of a sample are one, with " | " between')
        for name in ("events", "trials", "ledger"):
            made.add(file, name, _columns(getattr(recording, name)))
        made.add(file, "metrics", {name: _columns(table) for name, table in recording.metrics.items()})
    with out.open("r+b") as whole:
        whole.write(user_block())
    if made.replaced:
        notes.append(f"{made.replaced} texts are no UTF-8: a question mark stands for each wrong byte")
    progress(1.0)
    if len(recording.processed):
        notes.append("processed signals are not in the file: MATLAB reads them from the recording by h5read")
    return [*notes, "the clock probes and the headers of the streams are not in the file"]


def _stream(made: MatFile, parent: h5py.Group, name: str, stream: Stream) -> Any:
    """Add a stream; gives the number of samples of each piece."""
    known = _about(stream)
    group = made.struct(parent, name, [*known, "time", "timestamps", "samples"])
    for field, value in known.items():
        made.add(group, field, value)
    count, columns = len(stream), len(stream.channels)
    time = made.matrix(group, "time", (count, 1), np.dtype(np.float64))
    stamps = made.matrix(group, "timestamps", (count, 1), np.dtype(np.float64))
    if stream.spec.format == "string":
        texts: list[str] = []
        samples = None
    else:
        samples = made.matrix(group, "samples", (count, columns), stream.samples.dtype)
    begin = 0
    rows = max(1, min(_ROWS, (1 << 18) // max(columns, 1)))
    for now, sent, values in stream.timed_pieces(rows):
        part = slice(begin, begin + len(now))
        time[0, part], stamps[0, part] = now, sent
        if samples is not None:
            if columns:  # what is empty is no matrix in the file, but its shape
                samples[:, part] = np.asarray(values).T
        else:
            texts += [" | ".join(row) if columns > 1 else row[0] for row in as_text(values)]
        begin += len(now)
        yield len(now)
    if samples is None:
        made.add(group, "samples", texts)


def _about(stream: Stream) -> dict[str, Any]:
    spec, channels = stream.spec, stream.channels
    known: dict[str, Any] = {
        "name": spec.name,
        "type": spec.type,
        "nominal_rate": spec.rate,
        "rate": stream.rate,
        "labels": [channel.label for channel in channels],
        "units": [channel.unit for channel in channels],
        "sites": [channel.site for channel in channels],
        "sides": [channel.side for channel in channels],
        "sync": asdict(stream.certificate),
    }
    if spec.plate is not None:
        plate: dict[str, Any] = {"type": spec.plate.type, "origin_m": np.asarray(spec.plate.origin_m)}
        plate["corners_m"] = np.asarray(spec.plate.corners_m, np.float64).reshape(-1, 3)
        if spec.plate.calibration is not None:
            plate["calibration"] = np.asarray(spec.plate.calibration, np.float64)
        known["plate"] = plate
    return known


def _columns(table: pd.DataFrame) -> dict[str, Any]:
    """The columns of a table: numbers, or cells of text."""
    found: dict[str, Any] = {}
    for name in table:
        column = table[name]
        numeric = pd.api.types.is_numeric_dtype(column)
        found[str(name)] = column.to_numpy() if numeric else [str(value) for value in column]
    return found
