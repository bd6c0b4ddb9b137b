"""The tables of a recording as NWB has them: events, trials, metrics, certificates, channels, the ledger."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from groundup.plugin import Plate
from groundup.recording import Recording, Stream
from groundup_plugins.formats.csv.writing import file_names
from groundup_plugins.formats.libraries import library

_TIMES = ("time", "t0", "t1", "reason_t0", "reason_t1")
_DESCRIPTIONS = {
    "ledger": "What went wrong while it was recorded, with a severity.",
    "devices": "Which devices were connected.",
    "health": "How devices did: battery, impedance, signal strength.",
    "sync_events": "Lags of a tap or trigger that several sensors saw.",
    "curves": "Mean and standard deviation over stance or stride.",
}


def plain(text: str) -> str:
    """Text that HDF5 takes: U+FFFD for NUL, and for each byte that is no UTF-8."""
    return text.replace("\0", "\ufffd").encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def sync_words(stream: Stream) -> str:
    """What its certificate says, for the comments of a series."""
    sure = stream.certificate
    if not math.isfinite(sure.bound_ms):
        return plain(f"Time on the lab clock: how well is not known. {sure.reason}")
    return plain(f"Time on the lab clock to +-{sure.bound_ms:.6g} ms ({sure.coverage:.0%}): {sure.reason}")


def add_tables(recording: Recording, file: Any, origin: float) -> None:
    """Add all tables to an NWBFile.

    Parameters
    ----------
    recording : Recording
    file : pynwb.NWBFile
    origin : float
        Lab time of the session's start, s: taken off all times.
    """
    _events(recording, file, origin)
    trials = recording.trial_list() or recording.marked_trials()
    if trials:
        file.add_trial_column("label", "Name of the trial")
        file.add_trial_column("condition", "How it was done")
    for trial in trials:
        file.add_trial(
            start_time=trial.t0 - origin, stop_time=trial.t1 - origin, label=plain(trial.name),
            condition=plain(trial.condition),
        )  # fmt: skip
    about = file.create_processing_module("groundup", "What is known of the streams, and what went wrong")
    about.add(_table("streams", "Streams, and how well their time is known (sync certificates).", _streams(recording)))
    about.add(_table("channels", "Unit, site and side of each channel, in their order.", _channels(recording)))
    if plates := {key: one.spec.plate for key, one in recording.streams.items() if one.spec.plate is not None}:
        about.add(_plates(plates))
    for name, description in _DESCRIPTIONS.items():
        table = getattr(recording, name)
        if len(table):
            about.add(_table(name, description, _shifted(table, origin)))
    if len(recording.metrics):
        module = file.create_processing_module("metrics", "Values of metrics; each table's description has its method")
        for key, name in file_names(recording.metrics).items():
            values = recording.metrics[key]
            if len(values):
                description = json.dumps({"metric": key, **values.attrs}, default=str)
                module.add(_table(name, plain(description), _shifted(values, origin)))


def _events(recording: Recording, file: Any, origin: float) -> None:
    events = sorted(event for event in recording.event_list() or recording.markers() if math.isfinite(event.time))
    if not events:
        return
    nwb, common = library("pynwb.event", "pynwb", "nwb"), library("hdmf.common", "hdmf", "nwb")
    columns = [
        nwb.TimestampVectorData(
            name="timestamp", description="s from the session's start", data=[event.time - origin for event in events]
        )
    ]
    for name, description in (
        ("kind", "IC: initial contact, FO: foot off, marker: words of somebody, and others"),
        ("side", "L, R, or empty"), ("source", "From what it was found"), ("confidence", "0 to 1"),
        ("trial", "Name of the trial it lies in"), ("evidence", "What its confidence was drawn from"),
        ("text", "What whoever marked it wrote"),
    ):  # fmt: skip
        values = [getattr(event, name) for event in events]
        data = values if name == "confidence" else [plain(str(value)) for value in values]
        columns.append(common.VectorData(name=name, description=description, data=data))
    description = "Events that the analysis found, or before it those that came as text"
    name = "events"
    while name in file.events:  # a stream of text of that name
        name += "_found"
    file.add_events_table(nwb.EventsTable(name=name, description=description, columns=columns))


def _streams(recording: Recording) -> pd.DataFrame:
    rows = []
    for key, name in file_names(recording.streams).items():
        stream = recording.streams[key]
        spec = stream.spec
        rows.append({
            "stream": key, "series": name, "label": spec.name, "type": spec.type, "kind": spec.kind,
            "source_id": spec.source_id, "format": spec.format, "nominal_rate": spec.rate, "rate": stream.rate,
            "latency_s": spec.latency_s, **asdict(stream.certificate),
            "extra": "; ".join(f"{name} = {value}" for name, value in spec.extra.items()),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _channels(recording: Recording) -> pd.DataFrame:
    rows = [
        {"stream": key, "label": c.label, "unit": c.unit, "site": c.site, "side": c.side}
        for key, stream in recording.streams.items()
        for c in stream.channels
    ]
    return pd.DataFrame(rows)


def _plates(plates: dict[str, Plate]) -> Any:
    """Force plates in the terms of the C3D standard; nan where corners are not known."""
    unknown = np.full((4, 3), np.nan)
    columns = {
        "stream": list(plates),
        "type": [plate.type for plate in plates.values()],
        "corners_m": np.stack([np.asarray(p.corners_m, float) if p.corners_m else unknown for p in plates.values()]),
        "origin_m": np.stack([np.asarray(plate.origin_m, float) for plate in plates.values()]),
        "calibration": [json.dumps(plate.calibration) for plate in plates.values()],
    }
    vector = library("hdmf.common", "hdmf", "nwb").VectorData
    made = [vector(name=name, description=name, data=data) for name, data in columns.items()]
    return library("hdmf.common", "hdmf", "nwb").DynamicTable(
        name="plates", description="Force plates in the terms of the C3D standard, in metres.", columns=made
    )


def _shifted(table: pd.DataFrame, origin: float) -> pd.DataFrame:
    found = table.copy()
    found.attrs.clear()
    for name in _TIMES:
        if name in found:
            found[name] = found[name] - origin
    return found


def _table(name: str, description: str, table: pd.DataFrame) -> Any:
    common = library("hdmf.common", "hdmf", "nwb")
    columns = [
        common.VectorData(name=str(column), description=str(column), data=values) for column, values in _columns(table)
    ]
    return common.DynamicTable(name=name, description=description, columns=columns)


def _columns(table: pd.DataFrame) -> Iterator[tuple[str, Any]]:
    for column in table:
        values = table[column]
        name = "label" if column == "name" else str(column)  # a column "name" would hide that of its table
        if pd.api.types.is_numeric_dtype(values):
            yield name, values.to_numpy()
        else:
            yield name, [plain(str(value)) for value in values]
