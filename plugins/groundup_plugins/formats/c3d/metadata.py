"""What a C3D file tells beside its samples: events, the person, and in a group of ours how it was made."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import numpy as np

from groundup.plugin import Event
from groundup.recording import Recording
from groundup_plugins.formats.c3d.entries import Entries, cut

GROUP = "GROUNDUP"
"""The parameter group that only we write: texts are in rows, to be joined."""
_MOST_EVENTS = 2000
_MOST_TEXT = 24_000  # bytes of each of our texts
_KINDS = {"IC": "Foot Strike", "FO": "Foot Off"}
_CONTEXTS = {"L": "Left", "R": "Right"}
_ICONS = {"Foot Strike": 1, "Foot Off": 2}


def add_person(entries: Entries, recording: Recording) -> None:
    """Add id, mass (kg) and height (mm), where they are known."""
    name = recording.participant_id
    entries.integers("SUBJECTS", "USED", 1 if name else 0)
    if name:
        entries.texts("SUBJECTS", "NAMES", [cut(name, 64)])
    person = recording.participant
    if math.isfinite(person.mass_kg):
        entries.reals("PROCESSING", "BODYMASS", person.mass_kg)
    if math.isfinite(person.height_m):
        entries.reals("PROCESSING", "HEIGHT", person.height_m * 1e3)


def add_events(entries: Entries, recording: Recording, start: float) -> list[str]:
    """Add events with their contexts, in seconds from the first frame; gives what did not fit."""
    found = [event for event in events_of(recording) if math.isfinite(event.time)]
    kept = found[:_MOST_EVENTS]
    entries.integers("EVENT", "USED", len(kept))
    if not kept:
        return []
    labels = [_label(event) for event in kept]
    since = np.array([event.time for event in kept]) - start
    minutes = np.floor(since / 60.0)
    entries.texts("EVENT", "CONTEXTS", [_CONTEXTS.get(event.side, "General").encode() for event in kept])
    entries.texts("EVENT", "LABELS", [cut(label, 64) for label in labels])
    entries.reals("EVENT", "TIMES", np.vstack([minutes, since - 60.0 * minutes]))
    entries.integers("EVENT", "ICON_IDS", [_ICONS.get(label, 0) for label in labels])
    subject = cut(recording.participant_id, 64)
    entries.texts("EVENT", "SUBJECTS", [subject for _ in kept])
    notes = []
    if len(kept) < len(found):
        notes.append(f"{len(found) - len(kept)} of {len(found)} events are not in the file: it takes {_MOST_EVENTS}")
    if len(kept) > 255:
        notes.append("only programs that know EVENT:TIMES2 see more than the first 255 events")
    if any(len(label.encode("utf-8", "replace")) > 64 for label in labels):
        notes.append("texts of events longer than 64 bytes are cut")
    notes.append("confidence, source and evidence of events are not in the file")
    return notes


def events_of(recording: Recording) -> list[Event]:
    """Events that the analysis found or took over; before analysis those that came as text."""
    return sorted(recording.event_list() or recording.markers())


def _label(event: Event) -> str:
    if event.kind in _KINDS:
        return _KINDS[event.kind]
    return event.text or event.kind


def add_provenance(entries: Entries, recording: Recording, start: float, done: list[str]) -> list[str]:
    """Add the recording's id and time, certificates, what resampling did, and the ledger; gives what did not fit."""
    entries.texts(GROUP, "RECORDING_ID", [cut(recording.id, 64)])
    entries.texts(GROUP, "STARTED_UTC", [cut(recording.started_utc, 64)])
    entries.text(GROUP, "START_S", repr(start))
    notes = []
    software = [f"{name} {version}" for name, version in sorted(recording.software.items())]
    certificates = [{"stream": key, **_plain(stream.certificate)} for key, stream in recording.streams.items()]
    ledger = [_plain(row) for row in recording.ledger_list()]
    for name, what, rows in (
        ("SOFTWARE", "versions of software", software),
        ("METHOD", "sentences on resampling", done),
        ("CERTIFICATES", "certificates of sync", certificates),
        ("LEDGER", "rows of the ledger", ledger),
    ):
        text, count = fitting(rows, min(_MOST_TEXT, entries.room - 1500))
        if count:
            entries.text(GROUP, name, text)
        if count < len(rows):
            notes.append(f"{len(rows) - count} of {len(rows)} {what} are not in the file, which has no room for them")
    return notes


def fitting(rows: list[Any], most: int) -> tuple[str, int]:
    """As many rows as go into so many bytes of JSON, and their number."""
    parts = [json.dumps(row, ensure_ascii=True) for row in rows]
    size, count = 2, 0
    for part in parts:
        size += len(part) + 2
        if size > most:
            break
        count += 1
    return f"[{', '.join(parts[:count])}]", count


def _plain(row: Any) -> dict[str, Any]:
    """A struct as JSON has it; NaN is null there."""
    values = dataclasses.asdict(row)
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in values.items()
    }
