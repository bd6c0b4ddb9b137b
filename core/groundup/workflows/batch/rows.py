"""What an analysis found, as rows of an archive."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from groundup.analysis.pipeline import AnalysisResult
from groundup.analysis.profile.conditions import Conditions, conditions_of
from groundup.archives.parts import ENCODED
from groundup.archives.schema import RECORDINGS, Table
from groundup.model.events import Trial
from groundup.model.subject import Subject
from groundup.plugin.manager import Loaded
from groundup.plugin.metric import Metric
from groundup.plugin.stage import SignalForm
from groundup.recording import Recording
from groundup.recording.tables import CURVES, curves_table, rows_of, utf8
from groundup.workflows.analysis_settings import sex_of
from groundup.workflows.analyze import parameters_of, plugin_of
from groundup.workflows.batch.identity import Identity

Clean = Callable[[str], str]
"""Takes what names a person out of a text."""


def recording_row(recording: Recording, result: AnalysisResult | None, who: Identity, clean: Clean) -> dict[str, Any]:
    """What is known of a recording, but for its checksum, its names and by what it was computed."""
    streams = list(recording.streams.values())
    bounds = [stream.certificate.bound_ms for stream in streams]
    spans = [(stream.time[0], stream.time[-1]) for stream in streams if len(stream)]
    ledger = [row.severity for row in recording.ledger_list()]
    return {
        "participant": who.participant,
        "session": who.session,
        "started_utc": recording.started_utc,
        "clock_origin": recording.clock_origin,
        "duration_s": float(max(b for _, b in spans) - min(a for a, _ in spans)) if spans else 0.0,
        "sex": sex_of(recording),
        **recording.participant.numbers,
        "devices": devices_of(recording),
        "streams": [stream.id for stream in streams],
        "sync_bounds_ms": bounds,
        "sync_bound_ms": max(bounds, key=lambda one: (math.isnan(one), one), default=math.nan),
        "ledger_infos": ledger.count("info"),
        "ledger_warnings": ledger.count("warning"),
        "ledger_faults": ledger.count("fault"),
        "notes": [clean(note) for note in (result.notes if result is not None else ())],
        "software": json.dumps(recording.software, sort_keys=True),
    }


def devices_of(recording: Recording) -> list[str]:
    """Devices as they named themselves; where none did, the streams' own names."""
    told = recording.devices.to_dict("records")
    words = [" ".join(filter(None, (row["device"], row["model"], row["serial"]))) for row in told]
    return list(dict.fromkeys(words or (stream.spec.name for stream in recording.streams.values())))


def metrics_table(
    recording: str,
    who: Identity,
    result: AnalysisResult,
    metrics: Sequence[Loaded[Metric]],
    subject: Subject,
    raw: Sequence[SignalForm],
    clean: Clean,
) -> pa.Table:
    """The values of an analysis."""
    items = [loaded.item for loaded in metrics]
    made = conditions_of(items, result.signals, result.makers, result.normalisations, result.causal)
    known = {loaded.item.name: _made(loaded, made[loaded.item.name], result, subject, raw, clean) for loaded in metrics}
    condition = _conditions(result.trials, who)
    rows = [
        {
            **_whose(recording, who),
            "condition": clean(condition(row.trial, row.t0)),
            **known[row.name],
            "trial": clean(row.trial),
            "side": row.side,
            "stride": row.stride,
            "metric": row.name,
            "value": row.value,
            "uncertainty": row.uncertainty,
            "unit": row.unit,
            "status": row.status,
            "reason": clean(row.reason),
            "t0": row.t0,
            "t1": row.t1,
            "reason_t0": row.reason_t0,
            "reason_t1": row.reason_t1,
        }
        for row in result.rows
    ]
    return table_of("metrics", rows)


def _made(
    loaded: Loaded[Metric],
    conditions: Conditions,
    result: AnalysisResult,
    subject: Subject,
    raw: Sequence[SignalForm],
    clean: Clean,
) -> dict[str, str]:
    return {
        "method": loaded.item.definition,
        "parameters": _json(parameters_of(loaded.item, result, subject, raw), clean),
        "conditions": _json(conditions, clean),
        "plugin": plugin_of(loaded),
        "version": loaded.origin.version,
    }


def _json(values: Mapping[str, Any], clean: Clean) -> str:
    """As JSON; a text among them may name a trial, and that a person."""
    cleaned = {key: clean(value) if isinstance(value, str) else value for key, value in values.items()}
    return json.dumps(cleaned, sort_keys=True, ensure_ascii=False)


def _conditions(trials: Sequence[Trial], who: Identity) -> Callable[[str, float], str]:
    """Of which condition a value or an event is: that of its trial then, or else what the name of the file tells."""

    def of(name: str, time: float) -> str:
        named = [trial for trial in trials if trial.name == name]
        mine = [trial for trial in named if trial.t0 <= time <= trial.t1] or (named if len(named) == 1 else [])
        return (mine[0].condition if mine else "") or who.condition

    return of


def events_table(recording: str, who: Identity, result: AnalysisResult, clean: Clean, with_text: bool) -> pa.Table:
    """The events of an analysis; what somebody wrote beside them only where that is wanted."""
    condition = _conditions(result.trials, who)
    rows = [
        {
            **_whose(recording, who),
            "condition": clean(condition(event.trial, event.time)),
            "trial": clean(event.trial),
            "time": event.time,
            "kind": event.kind,
            "side": event.side,
            "source": event.source,
            "confidence": event.confidence,
            "evidence": event.evidence,
            "text": event.text if with_text else "",
            "channel": event.channel,
            "value": event.value,
            "unit": event.unit,
        }
        for event in result.events
    ]
    return table_of("events", rows)


def curve_rows(recording: str, who: Identity, result: AnalysisResult) -> pa.Table:
    """The mean curves of an analysis."""
    points = (dict(zip(CURVES, row, strict=True)) for row in rows_of(curves_table(result.curves)))
    return table_of("curves", [{**_whose(recording, who), **point} for point in points])


def _whose(recording: str, who: Identity) -> dict[str, str]:
    return {"recording": recording, "participant": who.participant, "session": who.session}


def table_of(table: Table, rows: Iterable[dict[str, Any]]) -> pa.Table:
    """Rows as a table of a part; text that is no UTF-8 becomes U+FFFD."""
    columns: dict[str, list[Any]] = {name: [] for name in ENCODED[table].names}
    for row in rows:
        for name, values in columns.items():
            values.append(row[name])
    arrays = []
    for field in ENCODED[table]:
        values = columns[field.name]
        if pa.types.is_dictionary(field.type):
            arrays.append(pa.array([utf8(str(v)).decode() for v in values], pa.string()).dictionary_encode())
        else:
            arrays.append(
                pa.array([float(v) if pa.types.is_floating(field.type) else int(v) for v in values], field.type)
            )
    return pa.table(arrays, schema=ENCODED[table])


def repeated(text: str, count: int) -> pa.Array:
    """A text in every row."""
    return pa.array([utf8(text).decode()] * count, pa.string()).dictionary_encode()


def row_table(row: dict[str, Any]) -> pa.Table:
    """A row of recordings as a table of one row."""
    return pa.Table.from_pylist([{key: _clean(value) for key, value in row.items()}], RECORDINGS)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return utf8(value).decode()
    return [_clean(one) for one in value] if isinstance(value, list) else value
