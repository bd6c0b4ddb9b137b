"""TSV files of Qualisys Track Manager: markers, rigid bodies, analog channels, and a force plate each.

Source: heads that public files and readers of QTM's TSV format show. Lengths are in mm, forces in N, moments in N·m.
A marker that was not seen stands as three zeros, or as nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from groundup.plugin import Channel, Event, Floats, Imported, ImportedStream
from groundup_plugins.formats.names import unique
from groundup_plugins.formats.vendors.plate_proof import plate_of
from groundup_plugins.formats.vendors.streams import new_events, new_stream
from groundup_plugins.formats.vendors.text_head import cells_of, head_of
from groundup_plugins.formats.vendors.text_rows import Rows, read_rows

_KEY = re.compile(r"[A-Z][A-Z0-9_]+")
_OFF = 0.2  # of a frame: what times of 5 places are rounded by
_LINES = 400  # events are a line each
_CORNERS = ("POSX_POSY", "NEGX_POSY", "NEGX_NEGY", "POSX_NEGY")
"""In the order of the C3D standard."""
_BODY = ("X", "Y", "Z", "Roll", "Pitch", "Yaw", "Residual", *(f"Rot[{k}]" for k in range(9)))
_UNITS = {"FORCE": "N", "MOMENT": "Nm", "COP": "mm"}


@dataclass(frozen=True)
class _File:
    """The head of a file.

    Attributes
    ----------
    path : Path
    keys : dict
        The words behind each key.
    events : tuple
        Name, frame and time of each.
    labels : list of str
        Of a line of labels above the values; empty where there is none.
    rows : Rows
    """

    path: Path
    keys: dict[str, list[str]]
    events: tuple[list[str], ...]
    labels: list[str]
    rows: Rows

    def number(self, *names: str) -> float:
        """What stands behind one of these keys; NaN where none has a number."""
        for name in names:
            try:
                return float(self.keys[name][0])
            except (KeyError, IndexError, ValueError):
                continue
        return np.nan


def read_qualisys(path: Path, encoding: str = "") -> Imported:
    """Read one file.

    Raises
    ------
    ValueError
        If it has no head, or other columns than its head says.
    """
    file = _opened(path, encoding)
    notes: list[str] = []
    rate = file.number("FREQUENCY")
    if not 0 < rate < 1e6:
        raise ValueError(f"{path.name} has no FREQUENCY: export it again with its header")
    if "MARKER_NAMES" in file.keys:
        streams = [_markers(file, rate, notes)]
    elif "BODY_NAMES" in file.keys:
        streams = [_bodies(file, rate, notes)]
    elif "CHANNEL_NAMES" in file.keys or "ANALOG_NAMES" in file.keys:
        streams = [_analog(file, rate, notes)]
    elif any(label.upper().startswith("FORCE_") for label in file.labels):
        streams = [_force(file, rate, notes)]
    else:
        raise ValueError(
            f"{path.name} names no markers (MARKER_NAMES), bodies, analog channels or forces: export it again with its "
            "header and the labels of its columns"
        )
    count = file.number("NO_OF_FRAMES", "NO_OF_SAMPLES")
    faults = []
    if count > 0 and len(streams[0].timestamps) != int(count):
        faults.append(
            f"{path.name} says that it has {int(count)} rows, and has {len(streams[0].timestamps)}: was it cut?"
        )
    streams += _events(file, rate)
    stamp = " ".join(file.keys.get("TIME_STAMP", [])).strip()
    return Imported(
        tuple(streams), notes=tuple(notes), faults=tuple(faults), clock=f"qualisys {stamp}" if stamp else ""
    )


def _opened(path: Path, encoding: str) -> _File:
    head = head_of(path, encoding, _LINES)
    keys: dict[str, list[str]] = {}
    events = []
    first = 0
    for line in head.lines:
        cells = cells_of(line, "\t")
        if not cells or not _KEY.fullmatch(cells[0]) or (cells[0].startswith("FORCE_") and len(cells) > 3):
            break
        if cells[0] == "EVENT":
            events.append(cells[1:])
        keys[cells[0]] = _filled(cells[1:])
        first += 1
    while first < len(head.lines) and not head.lines[first].strip():
        first += 1
    labels = cells_of(head.lines[first], "\t") if first < len(head.lines) else []
    if any(_number(cell) for cell in labels):
        labels = []
    else:
        first += 1
    rows = Rows(path, head.encoding, "\t", first)
    return _File(path, keys, tuple(events), _filled(labels), rows)


def _filled(cells: Sequence[str]) -> list[str]:
    kept = list(cells)
    while kept and not kept[-1]:
        kept.pop()
    return kept


def _number(text: str) -> bool:
    return re.fullmatch(r"[+-]?\d[\d.]*(?:[eE][+-]?\d+)?", text) is not None


def _values(file: _File, labels: list[str], rate: float, notes: list[str]) -> tuple[Floats, Floats]:
    """Times and values; columns of frame and time may stand before them."""
    before = _before(file, len(labels))
    table = read_rows(file.rows, [*("frame", "time")[:before], *labels], notes)
    if not len(table):
        raise ValueError(f"{file.path.name} has no row of values")
    values = table[:, before:]
    if before:
        return _checked(file, table[:, 1], rate), values
    begin = file.number("FIRST_SAMPLE", "FIRST_FRAME")
    start = (begin - 1) / rate if np.isfinite(begin) else 0.0
    return start + np.arange(len(values)) / rate, values


def _before(file: _File, count: int) -> int:
    """How many columns stand before the values: frame and time, or none; a tab may end each row."""
    with file.rows.path.open(encoding=file.rows.encoding, errors="replace") as text:
        rows = (line for number, line in enumerate(text) if number >= file.rows.first and line.strip())
        width = len(next(rows, "").rstrip("\r\n").split("\t"))
    if width in (count + 2, count + 3):
        return 2
    if width in (count, count + 1) or width == 1:
        return 0
    raise ValueError(
        f"{file.path.name} has {width} columns in line {file.rows.first + 1}, and its head names {count}: is a name "
        "missing, or a tab within one?"
    )


def _checked(file: _File, time: Floats, rate: float) -> Floats:
    """The times that stand in the rows, on the frames that they are rounded from: a row that is missing is a gap."""
    if not np.isfinite(time).all() or (np.diff(time) <= 0).any():
        raise ValueError(f"{file.path.name}: its column of time does not go on from row to row")
    frames = (time - time[0]) * rate
    whole = np.rint(frames)
    if (
        (np.abs(frames - whole) > _OFF).any()
        or (np.diff(whole) < 1).any()
        or (len(time) > 1 and np.diff(whole).min() > 1)
    ):
        raise ValueError(f"{file.path.name}: its column of time does not go on at its FREQUENCY, {rate:g} Hz")
    return np.asarray(time[0] + whole / rate)


def _markers(file: _File, rate: float, notes: list[str]) -> ImportedStream:
    names = unique(file.keys["MARKER_NAMES"], "marker")
    labels = [f"{name}.{axis}" for name in names for axis in "xyz"]
    time, values = _values(file, labels, rate, notes)
    places = values.reshape(len(values), -1, 3)
    places[(places == 0).all(axis=2)] = np.nan
    return new_stream(file.path, "mocap", "MoCap", rate, [Channel(label, "mm") for label in labels], values, time)


def _bodies(file: _File, rate: float, notes: list[str]) -> ImportedStream:
    names = unique(file.keys["BODY_NAMES"], "body")
    labels = [f"{name}.{part}" for name in names for part in _BODY]
    time, values = _values(file, labels, rate, notes)
    whole = values.reshape(len(values), -1, len(_BODY))
    whole[(whole[:, :, 7:] == 0).all(axis=2)] = np.nan  # no rotation has nine zeros
    units = ["mm"] * 3 + ["deg"] * 3 + ["mm"] + ["1"] * 9
    channels = [Channel(label, units[i % len(_BODY)]) for i, label in enumerate(labels)]
    return new_stream(file.path, "bodies", "Model", rate, channels, values, time)


def _analog(file: _File, rate: float, notes: list[str]) -> ImportedStream:
    labels = unique(file.keys.get("CHANNEL_NAMES") or file.keys["ANALOG_NAMES"], "channel")
    time, values = _values(file, labels, rate, notes)
    notes.append(
        f"{file.path.name}: QTM writes no unit of analog channels: give them one, and EMG its muscles, in lab.toml"
    )
    return new_stream(file.path, "analog", "Analog", rate, [Channel(label) for label in labels], values, time)


def _force(file: _File, rate: float, notes: list[str]) -> ImportedStream:
    labels = [label for label in file.labels if label.upper() not in ("SAMPLE", "FRAME", "TIME")]
    time, values = _values(file, labels, rate, notes)
    number = re.search(r"_f_?(\d+)$", file.path.stem)
    key = f"plate_{number[1]}" if number else "plate_1"
    site = key.replace("_", ":")
    known = [label.upper() for label in labels]
    wanted = [f"{what}_{axis}" for what in ("FORCE", "MOMENT", "COP") for axis in "XYZ"]
    order = [known.index(label) for label in wanted if label in known]
    rest = [i for i in range(len(labels)) if i not in order]
    units = [next((u for name, u in _UNITS.items() if label.startswith(name)), "") for label in known]
    plate = None
    corners = [[file.number(f"FORCE_PLATE_CORNER_{corner}_{axis}") / 1000 for axis in "XYZ"] for corner in _CORNERS]
    if len(order) == 9:
        plate, why = plate_of(corners, values[:, order[:6]], values[:, order[6:8]] / 1000)
        if plate is None:
            notes.append(
                f"{file.path.name}: {why}: its place is not used; declare it in [streams.{key}.plate] of lab.toml"
            )
    shown = (order[:6] if plate is not None else order) + rest
    channels = [Channel(labels[i], units[i], site) for i in shown]
    return new_stream(file.path, key, "Force", rate, channels, values[:, shown], time, plate)


def _events(file: _File, rate: float) -> list[ImportedStream]:
    found = []
    for cells in file.events:
        numbers = [float(cell) for cell in cells[1:] if _number(cell)]
        if cells and numbers:
            time = numbers[1] if len(numbers) > 1 else (numbers[0] - 1) / rate
            found.append(Event(time, "marker", source="file", text=cells[0]))
    return [new_events(file.path, found)] if found else []
