"""A recording as an NWB file, by pynwb; samples are written a piece at a time into the room that it made."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from groundup.files import new_hdf5
from groundup.plugin import Progress
from groundup.recording import Recording
from groundup_plugins.formats.csv.writing import file_names
from groundup_plugins.formats.libraries import library
from groundup_plugins.formats.nwb.series import Room, add_stream
from groundup_plugins.formats.nwb.tables import add_tables, plain
from groundup_plugins.formats.processed import processed_channels, processed_pieces

_ROWS = 1 << 15
_AGELESS = "P0Y/P130Y"
_UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)


def write_nwb(recording: Recording, out: Path, progress: Progress) -> list[str]:
    """Write a recording as one NWB file.

    Returns
    -------
    list of str
        What is not in the file, and what had to be changed.

    Raises
    ------
    ValueError
        If pynwb or ndx-pose is not installed.
    """
    library("ndx_pose", "ndx-pose", "nwb")
    io = library("pynwb", "pynwb", "nwb").NWBHDF5IO
    made, origin, notes = _file(recording)
    devices = _Devices(recording, made)
    rooms: dict[str, Room] = {}
    for key, name in file_names(recording.streams).items():
        rooms[key] = Room()
        stream = recording.streams[key]
        if not len(stream):
            notes.append(f"stream {key} has no samples: only the tables tell of it")
            continue
        notes.append(add_stream(stream, name, made, devices.of(key), origin, rooms[key]))
    processed = _processed(recording, made)
    add_tables(recording, made, origin)
    with new_hdf5(out) as file:
        writer = io(file=file, mode="w")
        writer.write(made)
        _fill(recording, rooms, processed, origin, progress)
        file.flush()
    progress(1.0)
    return [
        *filter(None, notes),
        "the device's own time stamps, the clock probes and the headers of the streams are not in the file",
    ]


def _file(recording: Recording) -> tuple[Any, float, list[str]]:
    """The NWBFile, lab time of its session's start, and what is not known."""
    notes = []
    try:
        began = datetime.fromisoformat(recording.started_utc)
        began = began if began.tzinfo else began.replace(tzinfo=UTC)
        when = ""
    except ValueError:
        began, when = _UNKNOWN, " When it was recorded is not known: the start time is made up."
        notes.append("when it was recorded is not known, and NWB needs a date: 1970-01-01 stands there, and says so")
    origin = recording.clock_origin if math.isfinite(recording.clock_origin) else 0.0
    if not math.isfinite(recording.participant.age_years):
        notes.append(f"the age is not known, and NWB needs one: {_AGELESS} stands there, which everybody's lies in")
    nwb, files = library("pynwb", "pynwb", "nwb"), library("pynwb.file", "pynwb", "nwb")
    person, who = recording.participant, plain(recording.participant_id)
    numbers = {name: value for name, value in person.numbers.items() if math.isfinite(value)}
    made = nwb.NWBFile(
        session_description=f"A recording of groundup. Time 0 is {origin!r} s on its lab clock.{when}",
        identifier=plain(recording.id) or "unknown",
        session_start_time=began,
        was_generated_by=[[plain(name), plain(version)] for name, version in recording.software.items()] or None,
        notes=plain("\n".join(recording.notes)) or None,
        subject=files.Subject(
            subject_id=who or "unknown",
            species="Homo sapiens",
            sex="U",
            age=f"P{round(person.age_years * 365.25)}D" if "age_years" in numbers else _AGELESS,
            weight=f"{person.mass_kg:g} kg" if "mass_kg" in numbers else None,
            description=json.dumps(numbers),
        ),
    )
    if recording.lab_toml.strip():
        made.add_scratch(plain(recording.lab_toml), name="lab_toml", description="The lab.toml it was recorded with")
    return made, origin, notes


class _Devices:
    """The devices of a recording: one for each first part of the streams' ids."""

    def __init__(self, recording: Recording, file: Any) -> None:
        table = recording.devices
        self._known = {str(row["device"]): row for row in table.to_dict("records")} if len(table) else {}
        self._streams, self._file = recording.streams, file

    def of(self, stream: str) -> Any:
        """The device of a stream."""
        device = stream.partition(".")[0]
        name = device.replace("/", "_").replace(":", "_")
        if name in self._file.devices:
            return self._file.devices[name]
        known, spec = self._known.get(device, {}), self._streams[stream].spec
        parts = {key: known.get(key) or spec.extra.get(key, "") for key in ("model", "firmware", "plugin")}
        words = ", ".join(f"{key} {plain(str(value))}" for key, value in parts.items() if value)
        serial = plain(str(known.get("serial") or spec.extra.get("serial_number", "")))
        return self._file.create_device(
            name=name, description=words or f"What sent the stream {plain(spec.name)}",
            serial_number=serial or None,
        )  # fmt: skip


def _processed(recording: Recording, file: Any) -> list[tuple[str, Room]]:
    """Add the processed signals; gives the name of each and the room for its samples."""
    group = recording.hdf5.get("processed")
    if group is None or not len(group):
        return []
    nwb = library("pynwb", "pynwb", "nwb")
    room_for = library("hdmf.backends.hdf5", "hdmf", "nwb").H5DataIO
    module = file.create_processing_module("processed", "Signals that processors made of the streams")
    rooms = []
    for key, name in file_names(sorted(group)).items():
        samples = group[key]["samples"]
        channels = [(channel.label, channel.unit) for channel in processed_channels(recording, key)]
        if not len(samples):
            continue
        room = Room(room_for(shape=(len(samples),), dtype=np.dtype(np.float64)))
        room.parts.append((room_for(shape=samples.shape, dtype=samples.dtype), list(range(samples.shape[1]))))
        units = {unit for _, unit in channels}
        about = {key: str(value) for key, value in group[key].attrs.items()}
        module.add(
            nwb.TimeSeries(
                name=name,
                data=room.parts[0][0],
                timestamps=room.time,
                unit=units.pop() or "n/a" if len(units) == 1 else "see description",
                description=plain(json.dumps({"channels": channels, **about})),
            )
        )
        rooms.append((key, room))
    return rooms


def _fill(
    recording: Recording, rooms: dict[str, Room], processed: list[tuple[str, Room]], origin: float, progress: Progress
) -> None:
    total = sum(len(recording.streams[key]) for key, room in rooms.items() if room.parts)
    total += sum(len(recording.hdf5[f"processed/{key}/time"]) for key, _ in processed)
    done = 0
    for key, room in rooms.items():
        begin = 0
        for time, _, values in recording.streams[key].timed_pieces(_ROWS) if room.parts else ():
            room.fill(slice(begin, begin + len(time)), time - origin, np.asarray(values))
            begin, done = begin + len(time), done + len(time)
            progress(done / total)
    for key, room in processed:
        begin = 0
        for time, samples in processed_pieces(recording, key, _ROWS):
            room.fill(slice(begin, begin + len(time)), time - origin, samples)
            begin, done = begin + len(time), done + len(time)
            progress(done / total)
