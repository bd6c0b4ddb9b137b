"""What a BIDS data set has once: its description, the person, when each file begins, events, electrodes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from groundup.one_grid import Grid
from groundup.recording import Recording
from groundup_plugins.formats.bids.settings import BIDSSettings
from groundup_plugins.formats.bids.tables import write_json, write_table
from groundup_plugins.formats.edf.writing import began_at

VERSION = "1.11.1"
_PERSON = {
    "age": ("age_years", "Age of the person", "year"),
    "height": ("height_m", "Height of the person", "m"),
    "weight": ("mass_kg", "Body mass of the person", "kg"),
}
_EVENTS = {
    "trial_type": "IC: initial contact, FO: foot off, marker: words of somebody, trial: a stretch with a name",
    "side": "L, R, or n/a",
    "source": "From what it was found",
    "confidence": "0 to 1",
    "value": "What whoever marked it wrote, or the name of the trial",
    "condition": "How a trial was done",
}


def write_about(
    recording: Recording, out: Path, root: Path, person: str, settings: BIDSSettings, files: Sequence[Path],
    seconds: Grid,
) -> list[str]:  # fmt: skip
    """Write the files about the data set, the person and when the files begin.

    Returns
    -------
    list of str
        What is not known.
    """
    description: dict[str, Any] = {
        "Name": settings.name or f"Recording {recording.id}",
        "BIDSVersion": VERSION,
        "DatasetType": "raw",
        "GeneratedBy": [{"Name": "groundup", "Version": version("groundup")}],
    }
    if settings.authors:
        description["Authors"] = list(settings.authors)
    if settings.license:
        description["License"] = settings.license
    write_json(out / "dataset_description.json", description)
    (out / "README.md").write_text(
        f"# {description['Name']}\n\nA recording of a gait lab, written by groundup. All files begin at the moment "
        "that scans.tsv tells; `SyncCertificate` in a sidecar says how well the time of its samples is known.\n",
        encoding="utf-8", newline="\n",
    )  # fmt: skip
    numbers = recording.participant.numbers
    row: dict[str, Any] = {"participant_id": person.partition("_")[0]}
    row |= {name: numbers[key] for name, (key, _, _) in _PERSON.items()}
    write_table(out / "participants.tsv", ("participant_id", *_PERSON), [row])
    write_json(
        out / "participants.json",
        {name: {"Description": text, "Units": unit} for name, (_, text, unit) in _PERSON.items()},
    )
    began = began_at(recording, seconds.start)
    when = "" if began is None else began.replace(tzinfo=None).isoformat(timespec="microseconds")
    if began is not None and began.utcoffset() is not None and not began.utcoffset():
        when += "Z"
    rows = [{"filename": path.relative_to(root).as_posix(), "acq_time": when} for path in files]
    write_table(root / f"{person}_scans.tsv", ("filename", "acq_time"), rows)
    return [] if began else ["when it was recorded is not known: scans.tsv has no acq_time"]


def write_events(recording: Recording, out: Path, start: float) -> None:
    """Write events and trials, in seconds from the moment at which the files begin."""
    rows: list[dict[str, Any]] = [
        {
            "onset": event.time - start, "duration": 0.0, "trial_type": event.kind, "side": event.side,
            "source": event.source, "confidence": event.confidence, "value": event.text,
        }
        for event in recording.event_list() or recording.markers()
        if math.isfinite(event.time)
    ]  # fmt: skip
    rows += [
        {
            "onset": trial.t0 - start, "duration": trial.t1 - trial.t0, "trial_type": "trial", "value": trial.name,
            "condition": trial.condition,
        }
        for trial in recording.trial_list() or recording.marked_trials()
    ]  # fmt: skip
    rows.sort(key=lambda row: float(row["onset"]))
    write_table(out, ("onset", "duration", *_EVENTS), rows)
    write_json(out.with_suffix(".json"), {name: {"Description": text} for name, text in _EVENTS.items()})


def add_electrodes(stem: Path, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the table of electrodes, or add the rows of one more stream to it."""
    table = stem.with_name(f"{stem.name}.tsv")
    earlier = table.read_text(encoding="utf-8") if table.exists() else ""
    write_table(table, columns, rows)
    if earlier:
        body = table.read_text(encoding="utf-8").split("\n", 1)[1]
        table.write_text(earlier + body, encoding="utf-8", newline="\n")
    write_json(
        stem.with_name(f"{stem.name}.json"),
        {
            "site": {"Description": "Muscle, by the names of SENIAM's recommendations"},
            "side": {"Description": "L: left, R: right"},
        },
    )
