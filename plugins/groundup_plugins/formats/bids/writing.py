"""A recording as a BIDS data set of one person: every file begins at one moment, which scans.tsv tells.

EMG and plates lie on evenly spaced times, so that a reader who counts samples is right; motion has the time of each
sample beside it. Source: Brain Imaging Data Structure 1.11, electromyography, motion, continuous recordings.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from groundup.one_grid import Grid, common_grid, regular_streams
from groundup.plugin import Progress
from groundup.recording import Recording, Stream
from groundup_plugins.formats.bids import dataset as bids_dataset
from groundup_plugins.formats.bids.channels import (
    ELECTRODE_COLUMNS,
    EMG_COLUMNS,
    MOTION_COLUMNS,
    electrode_names,
    electrode_rows,
    emg_rows,
    motion_rows,
)
from groundup_plugins.formats.bids.samples import write_motion, write_physio
from groundup_plugins.formats.bids.settings import BIDSSettings
from groundup_plugins.formats.bids.tables import NOT_KNOWN, label, labels, write_json, write_table
from groundup_plugins.formats.edf.writing import write_streams

_MOTION = ("mocap", "imu", "model")


@dataclass
class DataSet:
    """What is being written.

    Attributes
    ----------
    recording : Recording
    settings : BIDSSettings
    seconds : Grid
        A time a second from the moment at which every file begins (lab clock, s).
    root : Path
        Folder of the person, or of the visit.
    person, stem : str
        ``sub-01`` with the session if there is one; the same with the task: what names of files begin with.
    files : list of Path
        What scans.tsv names.
    notes : list of str
        What had to be changed, or is not known.
    """

    recording: Recording
    settings: BIDSSettings
    seconds: Grid
    root: Path
    person: str
    stem: str
    task: str
    files: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def path(self, folder: str, end: str) -> Path:
        """Where a file lies; its folder is made."""
        (self.root / folder).mkdir(parents=True, exist_ok=True)
        return self.root / folder / f"{self.stem}_{end}"

    def about(self, stream: Stream) -> dict[str, Any]:
        """What every sidecar says of a stream: the device, how well its time is known, what went wrong."""
        extra, start = stream.spec.extra, self.seconds.start
        known = {
            "TaskName": self.task,
            "Manufacturer": extra.get("manufacturer", ""),
            "ManufacturersModelName": extra.get("model", ""),
            "DeviceSerialNumber": extra.get("serial_number", ""),
            "SyncCertificate": stream.certificate,
            "Ledger": [
                {"time": row.time - start, "kind": row.kind, "severity": row.severity, "message": row.message}
                for row in self.recording.ledger_list()
                if row.stream in ("", stream.id)
            ],
            "StreamId": stream.id,
        }
        return {key: value for key, value in known.items() if value != ""}


def write_bids(recording: Recording, out: Path, progress: Progress, settings: BIDSSettings) -> list[str]:
    """Write a recording as a BIDS data set.

    Returns
    -------
    list of str
        What BIDS has no place for, what had to be changed, and what it asks for and nobody knows.

    Raises
    ------
    ValueError
        If there is no stream that it can hold.
    """
    streams, notes = regular_streams(recording)
    if not streams:
        raise ValueError("it has no stream of numbers at a rate, and without one there is nothing to put into BIDS")
    made = _data_set(recording, out, settings, streams)
    made.notes += notes
    muscles = [stream for stream in streams if stream.spec.kind == "emg"]
    moved = [stream for stream in streams if stream.spec.kind in _MOTION]
    others = [stream for stream in streams if stream not in muscles and stream not in moved]
    steps: list[Callable[[Progress], None]] = []
    beside = "emg" if muscles else "beh"
    keys, electrodes = labels(stream.id for stream in streams), electrode_names(muscles)
    for stream in muscles:
        end = f"recording-{keys[stream.id]}_" if len(muscles) > 1 else ""
        names = electrodes[stream.id]
        steps.append(lambda tell, stream=stream, names=names, end=end: _emg(made, stream, names, end, tell))  # type: ignore[misc]
    for stream in moved:
        steps.append(lambda tell, stream=stream: _motion(made, stream, keys[stream.id], tell))  # type: ignore[misc]
    for stream in others:
        steps.append(lambda tell, stream=stream: _physio(made, stream, beside, keys[stream.id], tell))  # type: ignore[misc]
    for number, step in enumerate(steps):
        step(lambda share, number=number: progress((number + share) / len(steps)))  # type: ignore[misc]
    for folder in dict.fromkeys([*(["emg"] if muscles else []), *(["motion"] if moved else []), *(
        [beside] if others else [])]):  # fmt: skip
        bids_dataset.write_events(recording, made.path(folder, "events.tsv"), made.seconds.start)
    made.notes += bids_dataset.write_about(recording, out, made.root, made.person, settings, made.files, made.seconds)
    progress(1.0)
    return list(dict.fromkeys([*made.notes, *_unknown(settings, bool(muscles)), *_never(recording)]))


def _data_set(recording: Recording, out: Path, settings: BIDSSettings, streams: Sequence[Stream]) -> DataSet:
    who = label(recording.participant_id, "unknown")
    task = settings.task or "unspecified"
    visit = f"_ses-{label(settings.session, 'unknown')}" if settings.session else ""
    root = out / f"sub-{who}" / visit[1:]
    root.mkdir(parents=True)
    stem = f"sub-{who}{visit}_task-{label(task, 'unspecified')}"
    seconds = common_grid(recording, streams, 1.0)
    made = DataSet(recording, settings, seconds, root, f"sub-{who}{visit}", stem, task)
    if recording.participant_id not in ("", who):
        made.notes.append(f"the participant is sub-{who}: BIDS has letters and digits only")
    return made


def _emg(made: DataSet, stream: Stream, electrodes: Sequence[str], end: str, progress: Progress) -> None:
    settings = made.settings
    data = made.path("emg", f"{end}emg.bdf")
    notes = write_streams(made.recording, [stream], made.seconds, data, progress, 3)
    made.notes += notes
    made.files.append(data)
    rate = max(1, math.ceil((stream.spec.rate or stream.rate) - 1e-9))
    sidecar = made.about(stream) | {
        "EMGPlacementScheme": "Other",
        "EMGPlacementSchemeDescription": settings.placement or "not known",
        "EMGReference": settings.reference or NOT_KNOWN,
        "EMGGround": settings.ground or NOT_KNOWN,
        "SamplingFrequency": rate,
        "PowerLineFrequency": settings.mains_hz or NOT_KNOWN,
        "RecordingType": "continuous",
        "RecordingDuration": len(made.seconds),
        "SoftwareFilters": NOT_KNOWN,
        "EMGChannelCount": len(stream.channels),
        "Methods": notes,
    }
    write_json(made.path("emg", f"{end}emg.json"), sidecar)
    rows = emg_rows(stream, electrodes, rate, settings.reference, settings.placement)
    write_table(made.path("emg", f"{end}channels.tsv"), EMG_COLUMNS, rows)
    bids_dataset.add_electrodes(
        made.root / "emg" / f"{made.person}_electrodes", ELECTRODE_COLUMNS, electrode_rows(stream, electrodes)
    )


def _motion(made: DataSet, stream: Stream, key: str, progress: Progress) -> None:
    end = f"tracksys-{key}_"
    data = made.path("motion", f"{end}motion.tsv")
    write_motion(stream, data, made.seconds.start, progress)
    made.files.append(data)
    rows = motion_rows(stream)
    kinds = [row["type"] for row in rows]
    counts = {name: kinds.count(name) for name in ("ACCEL", "GYRO", "JNTANG", "LATENCY", "MAGN", "ORNT", "POS", "VEL")}
    sidecar = made.about(stream) | {
        "SamplingFrequency": stream.spec.rate or stream.rate,
        "SamplingFrequencyEffective": stream.rate,
        "TrackingSystemName": stream.spec.name or stream.id,
        "MotionChannelCount": len(rows),
        "TrackedPointsCount": len({row["tracked_point"] for row in rows if row.get("tracked_point")}),
        "MissingValues": NOT_KNOWN,
        **{f"{name}ChannelCount": count for name, count in counts.items()},
        "MiscChannelCount": kinds.count("MISC"),
        "Methods": ["samples as sent; the channel latency is the time of each on the lab clock, from acq_time on"],
    }
    write_json(made.path("motion", f"{end}motion.json"), sidecar)
    write_table(made.path("motion", f"{end}channels.tsv"), MOTION_COLUMNS, rows)


def _physio(made: DataSet, stream: Stream, folder: str, key: str, progress: Progress) -> None:
    data = made.path(folder, f"recording-{key}_physio.tsv.gz")
    columns, rate, remark = write_physio(made.recording, stream, data, made.seconds, progress)
    if "resampled" in remark:
        made.notes.append(remark)
    sidecar = made.about(stream) | {
        "SamplingFrequency": rate,
        "StartTime": 0.0,
        "Columns": list(columns),
        **columns,
        "Methods": [remark],
    }
    if stream.spec.plate is not None:
        sidecar["ForcePlate"] = stream.spec.plate
    write_json(made.path(folder, f"recording-{key}_physio.json"), sidecar)


def _unknown(settings: BIDSSettings, muscles: bool) -> list[str]:
    asked = ["task", *(["reference", "mains_hz", "placement"] if muscles else [])]
    lacking = [key for key in asked if not getattr(settings, key)]
    if not lacking:
        return []
    return [f"BIDS asks for {', '.join(lacking)}, and nobody told: say it in [exporters.bids] of lab.toml"]


def _never(recording: Recording) -> list[str]:
    notes = ["the devices' own time stamps, the clock probes and the headers of the streams are not in BIDS"]
    if len(recording.metrics) or len(recording.processed):
        notes.append("metrics and processed signals are not in BIDS, which holds what was measured")
    return notes
