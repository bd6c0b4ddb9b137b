"""Files of OpenSim: markers (.trc), and motions, forces and other results (.mot, .sto).

Source: OpenSim's user guide, "Marker (.trc) Files" and "Storage (.sto) and Motion (.mot) Files". OpenSim's y is up,
and what is known to lie in the lab is turned so that z is: the lab's (x, y, z) are OpenSim's (x, -z, y).
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from groundup.plugin import Channel, Floats, Imported, ImportedStream, Plate
from groundup_plugins.formats.columns import columns_of
from groundup_plugins.formats.csv.rates import rate_of
from groundup_plugins.formats.names import unique
from groundup_plugins.formats.vendors.streams import new_stream
from groundup_plugins.formats.vendors.text_head import cells_of, delimiter_of, head_of
from groundup_plugins.formats.vendors.text_rows import Rows, read_rows
from groundup_plugins.processors.plate_units import length_unit

_FORCE = re.compile(r"(?P<body>.*?)_?(?P<what>[vp])(?P<axis>[xyz])", re.IGNORECASE)
_TORQUE = re.compile(r"(?P<body>.*(torque|moment).*?)_?(?P<what>m?)(?P<axis>[xyz])", re.IGNORECASE)
_PARTS = ("vx", "vy", "vz", "px", "py", "pz", "mx", "my", "mz")
_HEAD_LINES = 200
_SOME = 4  # markers seen together, to tell how tall somebody stands
_EVEN = 1e-4  # s: what times written to 4 places or so may be off


def read_trc(path: Path, encoding: str, up: str) -> Imported:
    """Read markers.

    Parameters
    ----------
    path : Path
    encoding : str
        Empty: found out.
    up : {"", "y", "z"}
        Which axis of the file is up; empty: y, unless the file speaks against it.

    Raises
    ------
    ValueError
        If its head is not that of such a file, its rows have other columns, or nothing tells which axis is up.
    """
    head = head_of(path, encoding)
    lines = head.lines
    if len(lines) < 5 or not lines[0].lower().startswith("pathfiletype"):
        raise ValueError(f"{path.name} does not begin as a .trc file does (PathFileType)")
    keys = dict(zip(lines[1].split(), lines[2].split(), strict=False))
    names = [cell for cell in cells_of(lines[3], "\t")[2:] if cell]
    rate, unit = _number(keys.get("DataRate", "")), keys.get("Units", "")
    if length_unit(unit) is None:
        raise ValueError(f'{path.name} has Units "{unit}", which is no length known here: m, cm or mm')
    labels = [f"{name}.{axis}" for name in unique(names, "marker") for axis in "xyz"]
    if not labels:
        raise ValueError(f"{path.name} names no markers in line 4")
    notes: list[str] = []
    first = 5 + (len(lines) > 5 and not lines[5].strip())
    mark = "\t" if "\t" in lines[first if first < len(lines) else 4] else " "
    table = read_rows(Rows(path, head.encoding, mark, first), ["frame", "time", *labels], notes)
    time = _times(path, table[:, 1])
    found = rate_of(time)
    if rate > 0 and found and abs(found / rate - 1) > 0.01:
        raise ValueError(f"{path.name} has DataRate {rate:g}, and its column of time goes on at {found:g} Hz")
    places = table[:, 2:].reshape(len(table), -1, 3)
    places[(places == 0).all(axis=2)] = np.nan
    if _up(path, up, _heights(places), "markers stand further apart", "opensim_markers", notes) == "y":
        places = np.stack([places[:, :, 0], -places[:, :, 2], places[:, :, 1]], axis=2)
    channels = [Channel(label, unit) for label in labels]
    faults = []
    count = _number(keys.get("NumFrames", ""))
    if count > 0 and count != len(table):
        faults.append(f"{path.name} says that it has {count:g} frames, and has {len(table)}: was it cut?")
    stream = new_stream(path, "mocap", "MoCap", rate or found, channels, places.reshape(len(table), -1), time)
    return Imported((stream,), notes=tuple(notes), faults=tuple(faults))


def _heights(places: Floats) -> Floats | None:
    """How far the markers stand apart along each axis; None where too few are seen together."""
    seen = np.asarray(np.isfinite(places).all(axis=2))
    rows = seen.sum(axis=1) >= _SOME
    if not rows.any():
        return None
    shown = np.where(seen[rows][:, :, np.newaxis], places[rows], np.nan)
    return np.asarray(np.median(np.nanmax(shown, axis=1) - np.nanmin(shown, axis=1), axis=0))


def _sizes(values: Floats) -> Floats:
    """The sum of the sizes in each column, of what is a number."""
    return np.asarray(np.where(np.isfinite(values), np.abs(values), 0.0).sum(axis=0))


def _up(path: Path, up: str, sizes: Floats | None, what: str, name: str, notes: list[str]) -> str:
    """Which axis is up: as declared; else y, as OpenSim has it.

    Raises
    ------
    ValueError
        If nothing is declared, and what should be greatest upwards is not so along y.
    """
    if up:
        return up
    if sizes is not None and np.argmax(sizes) != 1:
        other = "xyz"[int(np.argmax(sizes))]
        raise ValueError(
            f'{path.name}: its {what} along {other} than along y, and y is up in OpenSim\'s files: set up = "z" or '
            f'"y" in [import.{name}] of lab.toml'
        )
    notes.append(
        f"{path.name} does not say which axis is up: y is, as in OpenSim, and its (x, y, z) are here (x, -z, y)"
    )
    return "y"


def read_storage(path: Path, encoding: str, up: str) -> Imported:
    """Read a motion or storage file.

    Parameters
    ----------
    path : Path
    encoding : str
        Empty: found out.
    up : {"", "y", "z"}
        Which axis of the file is up; empty: y, unless the file speaks against it.

    Returns
    -------
    Imported
        A plate for each set of force, point and torque (type 1, in the axes of the lab), and all other columns as one
        stream.

    Raises
    ------
    ValueError
        If it has no line ``endheader``, no column of time, rows with other columns, or nothing tells which axis is up.
    """
    head = head_of(path, encoding, _HEAD_LINES)
    end = next((i for i, line in enumerate(head.lines) if line.strip(" ,;\t").lower() == "endheader"), None)
    if end is None or end + 1 >= len(head.lines):
        raise ValueError(f"{path.name} has no line endheader and labels behind it, as OpenSim's files have")
    keys = dict(line.strip(" ,;\t").replace(" ", "").lower().split("=", 1) for line in head.lines[:end] if "=" in line)
    at = next((i for i in range(end + 1, len(head.lines)) if head.lines[i].strip()), end)
    mark = delimiter_of(head.lines[at])  # a tab, but some were saved by a program of spreadsheets
    labels = [cell for cell in cells_of(head.lines[at], mark) if cell]
    if not labels or labels[0].lower() != "time":
        raise ValueError(f'{path.name}: its first column is "{(labels or [""])[0]}" and not time')
    if keys.get("datatype", "double") != "double":
        raise ValueError(f"{path.name} holds {keys['datatype']}: only files of plain numbers are read")
    notes: list[str] = []
    table = read_rows(Rows(path, head.encoding, mark, at + 1), labels, notes)
    time = _times(path, table[:, 0])
    rate = _even_rate(time)
    plates = _plates(labels)
    if plates:
        forces = np.sum([_sizes(table[:, places[:3]]) for places in plates.values()], axis=0)
        up = _up(path, up, forces if np.any(forces) else None, "forces are greater", "opensim_storage", notes)
    streams = [
        _plate(path, k, body, places, table, time, rate, up) for k, (body, places) in enumerate(plates.items(), 1)
    ]
    taken = {place for places in plates.values() for place in places}
    rest = [i for i in range(1, len(labels)) if i not in taken]
    angle = {"yes": "deg", "no": "rad"}.get(keys.get("indegrees", ""), "")
    if rest:
        channels = [Channel(label, _unit(label, angle)) for label in unique([labels[i] for i in rest], "column")]
        streams.append(new_stream(path, "opensim", "Model", rate, channels, columns_of(table, rest), time))
    if plates:
        notes.append(f"{path.name}: its forces are taken for those of the ground on the person, in the axes of the lab")
    faults = []
    if keys.get("nrows", "").isdigit() and int(keys["nrows"]) != len(table):
        faults.append(f"{path.name} says nRows={keys['nrows']}, and has {len(table)} rows: was it cut?")
    return Imported(tuple(streams), notes=tuple(notes), faults=tuple(faults))


def _plates(labels: Sequence[str]) -> dict[str, list[int]]:
    """Columns of force, point and torque, in this order, of each body that has all nine."""
    sets: dict[str, dict[str, int]] = {}
    for index, label in enumerate(labels):
        match = _TORQUE.fullmatch(label) or _FORCE.fullmatch(label)
        if match is None or index == 0:
            continue
        body = re.sub(r"_*(force|torque|moment)_*", "_", match["body"].lower()).strip("_")
        sets.setdefault(body, {}).setdefault(f"{match['what'].lower() or 'm'}{match['axis'].lower()}", index)
    return {body: [parts[p] for p in _PARTS] for body, parts in sets.items() if all(p in parts for p in _PARTS)}


def _plate(
    path: Path, number: int, body: str, places: Sequence[int], table: Floats, time: Floats, rate: float, up: str
) -> ImportedStream:
    """Force, point and torque as a plate of type 1: its point is on the ground, and its torque upright."""
    force, point, torque = (table[:, places[i : i + 3]] for i in (0, 3, 6))
    if up == "y":
        force = np.column_stack([force[:, 0], -force[:, 2], force[:, 1]])
        point = np.column_stack([point[:, 0], -point[:, 2]])
        free = torque[:, 1]
    else:
        point, free = point[:, :2], torque[:, 2]
    labels = [f"{body}_{part}" for part in ("Fx", "Fy", "Fz", "CoPx", "CoPy", "Tz")]
    units = ["N"] * 3 + ["m"] * 2 + ["N·m"]
    channels = [Channel(label, unit, f"plate:{number}") for label, unit in zip(labels, units, strict=True)]
    return new_stream(
        path, f"plate_{number}", "Force", rate, channels, np.column_stack([force, point, free]), time, Plate(1, ())
    )


def _unit(label: str, angle: str) -> str:
    plain = label.lower()
    if plain.endswith("_moment"):
        return "N·m"
    if plain.endswith("_force"):
        return "N"
    if re.search(r"_t[xyz]$", plain):
        return "m"
    turns = re.search(r"flexion|adduction|rotation|tilt|list|bending|extension|angle|deviation|pro_sup", plain)
    return angle if turns and not re.search(r"/(speed|activation)", plain) else ""


def _times(path: Path, time: Floats) -> Floats:
    if not len(time):
        raise ValueError(f"{path.name} has no row of values")
    wrong = (
        np.flatnonzero(~np.isfinite(time)) if not np.isfinite(time).all() else np.flatnonzero(np.diff(time) <= 0) + 1
    )
    if len(wrong):
        raise ValueError(
            f"{path.name}: the time of row {int(wrong[0]) + 1} of its values does not follow the one before"
        )
    return time


def _even_rate(time: Floats) -> float:
    """The rate of times that are spaced evenly, but for what they were rounded to; results of a simulation are not."""
    found = rate_of(time)
    steps = np.diff(time)
    return found if found and np.ptp(steps) < max(_EVEN, 0.05 * float(np.median(steps))) else 0.0


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
