"""MVNX files of Xsens MVN: what a suit of sensors and its model of the body say, read a frame at a time.

Source: what public readers take of MVNX 3 and 4. Lengths are metres, angles of joints degrees, x forward, y left, z
up. The accelerations of sensors are without gravity, so that no metric takes them for those of an accelerometer.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Channel, Imported, ImportedStream
from groundup_plugins.formats.names import unique
from groundup_plugins.formats.vendors.streams import new_stream

_XYZ, _WXYZ = ("x", "y", "z"), ("w", "x", "y", "z")
# What a frame holds: of what, its parts, their unit.
_QUANTITIES: dict[str, tuple[str, tuple[str, ...], str]] = {
    "orientation": ("segments", _WXYZ, "1"),
    "position": ("segments", _XYZ, "m"),
    "velocity": ("segments", _XYZ, "m/s"),
    "acceleration": ("segments", _XYZ, "m/s^2"),
    "angularVelocity": ("segments", _XYZ, "rad/s"),
    "angularAcceleration": ("segments", _XYZ, "rad/s^2"),
    "footContacts": ("footContactDefinition", ("",), "1"),
    "sensorFreeAcceleration": ("sensors", _XYZ, "m/s^2"),
    "sensorMagneticField": ("sensors", _XYZ, "a.u."),
    "sensorOrientation": ("sensors", _WXYZ, "1"),
    "jointAngle": ("joints", _XYZ, "deg"),
    "jointAngleXZY": ("joints", _XYZ, "deg"),
    "jointAngleErgo": ("ergonomicJointAngles", _XYZ, "deg"),
    "jointAngleErgoXZY": ("ergonomicJointAngles", _XYZ, "deg"),
    "centerOfMass": ("", _XYZ, "m"),
}
_COM = (3, 6, 9)  # position, and from version 4 on velocity and acceleration
_NEAR_MS = 1.5  # of a time that is written in whole milliseconds


@dataclass
class _Take:
    """What is read of one person."""

    rate: float = 0.0
    labels: dict[str, list[str]] = field(default_factory=dict)
    values: dict[str, list[NDArray[np.float64]]] = field(default_factory=dict)
    index: list[float] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)
    marks: list[tuple[float, str]] = field(default_factory=list)


def read_mvnx(path: Path) -> Imported:
    """Read a file.

    Raises
    ------
    ValueError
        If it is no clean XML, tells no rate, or a frame holds other numbers than its segments say.
    """
    with path.open("rb") as file:
        if re.search(rb"<!(DOCTYPE|ENTITY)", file.read(1 << 16)):
            raise ValueError(f"{path.name} declares entities, which no MVNX file does: it is not read")
    take, notes = _Take(), list[str]()
    try:
        _read(path, take, notes)
    except ET.ParseError as error:
        raise ValueError(f"{path.name} is no whole XML file ({error}): was its export cut short?") from error
    if not take.index:
        raise ValueError(f"{path.name} has no frame of type normal: export it again from MVN")
    time = _times(path, take)
    streams = [_stream(path, name, take, time, notes) for name in take.values]
    return Imported(tuple(stream for stream in streams if stream is not None), notes=tuple(notes))


def _read(path: Path, take: _Take, notes: list[str]) -> None:
    subjects = 0
    frames: ET.Element | None = None
    other: set[str] = set()
    for event, node in ET.iterparse(path, ("start", "end")):
        tag = node.tag.rpartition("}")[2]
        if event == "start":
            if tag == "subject":
                subjects += 1
                if subjects > 1:
                    raise ValueError(f"{path.name} holds several people: export each into a file of its own")
                take.rate = _number(node.get("frameRate", ""))
            frames = node if tag == "frames" else frames
            continue
        if tag in ("segments", "sensors", "joints", "ergonomicJointAngles", "footContactDefinition"):
            take.labels[tag] = unique([child.get("label", "") for child in node], tag)
        elif tag == "frame":
            if node.get("type", "normal") == "normal":
                _frame(path, node, take, other)
            if frames is not None:
                frames.clear()
    if other:
        notes.append(f"{path.name}: {', '.join(sorted(other))} of its frames are not known here and are left out")


def _frame(path: Path, node: ET.Element, take: _Take, other: set[str]) -> None:
    number = len(take.index)
    take.index.append(_number(node.get("index", str(number))))
    take.ms.append(_number(node.get("time", "nan")))
    for child in node:
        name = child.tag.rpartition("}")[2]
        if name not in _QUANTITIES:
            other.add(name)
            continue
        try:
            values = np.array((child.text or "").split(), np.float64)
        except ValueError as error:
            raise ValueError(f"{path.name}: frame {number} has {name} that are no numbers: {error}") from error
        rows = take.values.setdefault(name, [])
        if len(rows) != number or (rows and len(rows[0]) != len(values)):
            raise ValueError(f"{path.name}: frame {number} has other {name} than the frames before it")
        rows.append(values)


def _times(path: Path, take: _Take) -> NDArray[np.float64]:
    """Seconds of each frame: its number over the rate, which its milliseconds must bear out."""
    index, ms = np.array(take.index), np.array(take.ms)
    if not 0 < take.rate < 1e4:
        raise ValueError(f"{path.name} names no frameRate: export it again from MVN")
    if not np.isfinite(index).all() or (np.diff(index) <= 0).any():
        raise ValueError(f"{path.name}: the numbers of its frames do not go on")
    time = index / take.rate
    if np.isfinite(ms).all() and len(ms) > 1:
        apart = float(np.max(np.abs((ms - ms[0]) - 1000 * (time - time[0]))))
        if apart > _NEAR_MS:
            raise ValueError(
                f"{path.name}: its frames are numbered at {take.rate:g} Hz, and their times are up to {apart:.0f} ms "
                "off"
            )
    return np.asarray(time)


def _stream(path: Path, name: str, take: _Take, time: NDArray[np.float64], notes: list[str]) -> ImportedStream | None:
    rows = take.values[name]
    if len(rows) != len(time):
        raise ValueError(f"{path.name}: {len(time) - len(rows)} of its frames have no {name}")
    of, parts, unit = _QUANTITIES[name]
    labels = take.labels.get(of, []) if of else ["centre_of_mass"]
    width = len(rows[0])
    if name == "centerOfMass" and width in _COM:
        more = ("", "_velocity", "_acceleration")[: width // 3]
        units = ("m", "m/s", "m/s^2")
        channels = [
            Channel(f"centre_of_mass{kind}.{axis}", u) for kind, u in zip(more, units, strict=False) for axis in _XYZ
        ]
    elif width == len(labels) * len(parts):
        channels = [Channel(f"{label}.{part}" if part else label, unit) for label in labels for part in parts]
    elif width == 0:
        return None
    else:
        notes.append(
            f"{path.name}: {name} has {width} numbers a frame for {len(labels)} {of} of {len(parts)}: it is left out"
        )
        return None
    key = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    kind = "Other" if name == "footContacts" else "Model"
    return new_stream(path, key, kind, take.rate, channels, _table(rows), time)


def _table(rows: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.vstack(rows)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
