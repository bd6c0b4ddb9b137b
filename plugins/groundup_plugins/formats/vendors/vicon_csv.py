"""CSV files of Vicon Nexus: a section each for devices, markers, what a model computed, and events.

A section is its name, its rate, a line of names, one of components, one of units, and rows that begin with frame and
sub-frame; an empty line ends it. Source: Nexus user guide, "ASCII file export"; a public file beside its C3D, by which
forces are those on the plate, in the axes of the lab, and moments are about the middle of the plate's surface.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from groundup.plugin import Channel, Event, Floats, Imported, ImportedStream, Side
from groundup_plugins.formats.columns import columns_of
from groundup_plugins.formats.names import unique
from groundup_plugins.formats.vendors.settings import TableSettings
from groundup_plugins.formats.vendors.streams import new_events, new_stream, said_units, with_muscles
from groundup_plugins.formats.vendors.text_head import cells_of, delimiter_of, filled_right, head_of
from groundup_plugins.formats.vendors.text_rows import Rows, read_rows, say_open_end
from groundup_plugins.processors.plate_units import is_voltage

_SECTION = re.compile(r"(devices|trajectories|model outputs|joints|segments|events)", re.IGNORECASE)
_FORCES = re.compile(r"(?P<plate>.*?) *- *(?P<what>force|moment|cop)", re.IGNORECASE)
_COMBINED = re.compile(r"combined (force|moment|cop)", re.IGNORECASE)
_NOT_EMG = re.compile(r"switch|sync|trig|digital|force|goni", re.IGNORECASE)
_LOADED_N, _SOME, _NEAR_MM = 100.0, 10, 2.0
_EVENTS = {"foot strike": "IC", "foot off": "FO"}
_SIDES: dict[str, Side] = {"left": "L", "right": "R"}


@dataclass(frozen=True)
class _Section:
    """Where a section stands; lines count from 0."""

    name: str
    rate: float
    head: tuple[list[str], ...]
    first: int
    count: int


def read_vicon(path: Path, settings: TableSettings) -> Imported:
    """Read one file.

    Raises
    ------
    ValueError
        If a section has no rate, or other columns than its lines of labels say.
    """
    head = head_of(path, settings.encoding, 5)
    mark = delimiter_of(max(head.lines, key=len)) if head.lines else ","
    mark = "," if mark == " " else mark
    notes: list[str] = []
    sections = list(_sections(path, head.encoding, mark))
    if not sections:
        raise ValueError(f"{path.name} has no section with a rate and rows of values")
    frame_rate = next((s.rate for s in sections if s.name != "devices" and s.name != "events"), 0.0)
    streams: list[ImportedStream] = []
    for section in sections:
        if section.name == "events":
            streams += _events(path, head.encoding, mark, section)
            continue
        decimal = settings.decimal or _decimal(path, head.encoding, mark, section)
        rows = Rows(path, head.encoding, mark, section.first, section.count, decimal)
        labels, parts, units = _columns(section)
        table = read_rows(
            rows, ["frame", "sub-frame", *(f"{a} {b}" for a, b in zip(labels, parts, strict=True))], notes
        )
        time = _times(path, section, table[:, :2], frame_rate)
        made = {"devices": _devices, "trajectories": _markers}.get(section.name, _model)
        streams += made(path, section, labels, parts, units, table[:, 2:], time, notes)
    taken: set[str] = set()
    for stream in streams:
        if stream.id in taken:
            raise ValueError(f"{path.name} has two sections for {stream.id}: export the trials into a file each")
        taken.add(stream.id)
    say_open_end(path, notes)
    if settings.sites:
        streams = with_muscles(streams, "vicon", notes)
    said_units(streams, path.name, notes)
    return Imported(tuple(streams), notes=tuple(notes))


def _sections(path: Path, encoding: str, mark: str) -> Iterator[_Section]:
    with path.open(encoding=encoding, errors="replace") as file:
        lines = enumerate(line.rstrip("\r\n") for line in file)
        for number, line in lines:
            if not _SECTION.match(line.lstrip('\ufeff"')):
                continue
            cells = cells_of(line, mark)
            if not _SECTION.fullmatch(cells[0].lstrip("\ufeff")) or any(cells[1:]):
                continue
            name = cells[0].lstrip("\ufeff").lower()
            about: list[list[str]] = []
            for _, text in lines:
                about.append(cells_of(text, mark))
                if len(about) == (2 if name == "events" else 4):
                    break
            try:
                rate = float(about[0][0].replace(",", "."))
            except (IndexError, ValueError) as error:
                raise ValueError(f"{path.name}: line {number + 2} has no rate for {cells[0]}") from error
            if not 0 < rate < 1e6:
                raise ValueError(f"{path.name}: line {number + 2} has a rate of {rate:g} Hz for {cells[0]}")
            first, count = number + 1 + len(about), 0
            for _, text in lines:
                if not text.strip(f"{mark} "):
                    break
                count += 1
            yield _Section(name, rate, tuple(about[1:]), first, count)


def _decimal(path: Path, encoding: str, mark: str, section: _Section) -> str:
    """A comma where values are parted by something else, and have one."""
    if mark == ",":
        return "."
    with path.open(encoding=encoding, errors="replace") as file:
        some = (line for number, line in enumerate(file) if section.first <= number < section.first + 20)
        return "," if any("," in line for line in some) else "."


def _columns(section: _Section) -> tuple[list[str], list[str], list[str]]:
    """Name, component and unit of each column behind frame and sub-frame."""
    if len(section.head) < 3:
        return [], [], []
    names, parts, units = (list(cells) for cells in section.head)
    while parts and not parts[-1]:
        parts.pop()
    width = len(parts)
    names = filled_right((names + [""] * width)[:width])[2:]
    return names, parts[2:], (units + [""] * width)[2:width]


def _times(path: Path, section: _Section, counters: Floats, frame_rate: float) -> Floats:
    """Of each row: frame 1 is at 0 s, and sub-frames are spaced evenly."""
    if not len(counters):
        return np.empty(0)
    ratio = section.rate / frame_rate if frame_rate else 0.0
    frame, part = counters[0]
    if section.name == "devices" and not ratio:
        most = np.nanmax(counters[:, 1]) + 1 if np.nanmax(counters[:, 0]) > frame else 0
        ratio = float(most) or 1.0
    rate = section.rate / ratio if section.name == "devices" else section.rate
    ratio = ratio if section.name == "devices" else 1.0
    steps = (counters[:, 0] - frame) * ratio + counters[:, 1] - part
    if not np.array_equal(steps, np.arange(len(counters))):
        at = int(np.flatnonzero(steps != np.arange(len(counters)))[0])
        raise ValueError(
            f"{path.name}: line {section.first + at + 1} has frame {counters[at, 0]:g}.{counters[at, 1]:g}, which does "
            f"not follow the one before at {section.rate:g} Hz"
        )
    return np.asarray((frame - 1) / rate + (part + np.arange(len(counters))) / section.rate)


def _devices(
    path: Path, section: _Section, labels: Sequence[str], parts: Sequence[str], units: Sequence[str], values: Floats,
    time: Floats, notes: list[str],
) -> list[ImportedStream]:  # fmt: skip
    """A stream for each plate, one for EMG and one for other channels."""
    groups: dict[str, list[int]] = {}
    plates: dict[str, str] = {}
    for index, label in enumerate(labels):
        forces = _FORCES.fullmatch(label)
        if forces:
            key = plates.setdefault(forces["plate"].lower(), f"plate_{len(plates) + 1}")
            key = f"{key}_cop" if forces["what"].lower() == "cop" else key
        elif _COMBINED.fullmatch(label):
            key = "combined_plates"
        else:
            emg = "emg" in label.lower() and is_voltage(units[index]) and not _NOT_EMG.search(label)
            key = "emg" if emg else "analog"
        groups.setdefault(key, []).append(index)
    streams = []
    for key, indices in groups.items():
        plate = re.match(r"plate_(\d+)", key)
        site = f"plate:{plate[1]}" if plate and not key.endswith("cop") else ""
        kind = "Force" if "plate" in key else "EMG" if key == "emg" else "Analog"
        names = [parts[i] for i in indices] if plate else [labels[i].rpartition(" - ")[2] for i in indices]
        if key == "combined_plates":
            names = [f"{labels[i]} {parts[i]}" for i in indices]
        channels = [Channel(name, units[i], site) for name, i in zip(unique(names, "channel"), indices, strict=True)]
        streams.append(new_stream(path, key, kind, section.rate, channels, columns_of(values, indices), time))
    for name in plates.values():
        middle = _middle(groups, name, units, values)
        notes.append(
            f"{path.name}: Nexus writes no corners of {name}{middle}: give them in [streams.{name}.plate] of lab.toml, "
            "or import the C3D"
        )
    return streams


def _middle(groups: dict[str, list[int]], name: str, units: Sequence[str], values: Floats) -> str:
    """Where the middle of a plate lies by its forces and centre of pressure, in words; empty where they do not tell."""
    own, cop = groups.get(name, []), groups.get(f"{name}_cop", [])
    if len(own) != 6 or len(cop) != 3 or [units[i] for i in (*own, *cop)] != ["N"] * 3 + ["N.mm"] * 3 + ["mm"] * 3:
        return ""
    force, moment, point = values[:, own[:3]], values[:, own[3:]], values[:, cop]
    loaded = np.abs(force[:, 2]) > _LOADED_N
    if loaded.sum() < _SOME:
        return ""
    x = point[loaded, 0] + moment[loaded, 1] / force[loaded, 2]
    y = point[loaded, 1] - moment[loaded, 0] / force[loaded, 2]
    if max(float(np.ptp(np.percentile(one, (10, 90)))) for one in (x, y)) > _NEAR_MM:
        return ""
    return f" (its middle lies at {np.median(x):.0f}, {np.median(y):.0f} mm by its centre of pressure)"


def _markers(
    path: Path, section: _Section, labels: Sequence[str], parts: Sequence[str], units: Sequence[str], values: Floats,
    time: Floats, notes: list[str],
) -> list[ImportedStream]:  # fmt: skip
    names = unique([f"{a.rpartition(':')[2] or a}.{b.lower()}" for a, b in zip(labels, parts, strict=True)], "marker")
    channels = [Channel(name, unit) for name, unit in zip(names, units, strict=True)]
    return [new_stream(path, "mocap", "MoCap", section.rate, channels, values, time)]


def _model(
    path: Path, section: _Section, labels: Sequence[str], parts: Sequence[str], units: Sequence[str], values: Floats,
    time: Floats, notes: list[str],
) -> list[ImportedStream]:  # fmt: skip
    """What a model computed, in the units that the file names: no metric uses it, for nothing tells of per kilogram."""
    key = section.name.replace(" outputs", "").replace(" ", "_")
    names = unique([f"{a}.{b.lower()}" for a, b in zip(labels, parts, strict=True)], "output")
    channels = [Channel(name, unit) for name, unit in zip(names, units, strict=True)]
    return [new_stream(path, key, "Model", section.rate, channels, values, time)]


def _events(path: Path, encoding: str, mark: str, section: _Section) -> list[ImportedStream]:
    columns = [cell.lower() for cell in section.head[0]]
    found = []
    with path.open(encoding=encoding, errors="replace") as file:
        for number, line in enumerate(file):
            if not section.first <= number < section.first + section.count:
                continue
            row = dict(zip(columns, cells_of(line.rstrip("\r\n"), mark), strict=False))
            text = next((value for name, value in row.items() if name.startswith("time")), "")
            try:
                time = float(text.replace(",", "."))
            except ValueError as error:
                raise ValueError(
                    f'{path.name}: line {number + 1} has an event at "{text}", which is no time'
                ) from error
            name, context = row.get("name", ""), row.get("context", "").lower()
            kind = _EVENTS.get(name.lower(), "marker")
            found.append(Event(time, kind, _SIDES.get(context, ""), "file", text="" if kind != "marker" else name))
    return [new_events(path, found)] if found else []
