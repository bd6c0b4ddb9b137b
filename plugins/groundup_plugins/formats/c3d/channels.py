"""Which column of which stream becomes which point or analog channel of a C3D file, in which unit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from groundup.plugin import PLATE_TYPES, Channel, Floats, Plate
from groundup.recording import Stream
from groundup_plugins.formats.c3d.entries import cut
from groundup_plugins.formats.c3d.outputs import Outputs
from groundup_plugins.processors.plate_units import force_unit, is_voltage, length_unit, moment_unit

_LABEL, _DESCRIPTION, _UNIT = 64, 64, 16  # bytes; the parameter section has 130,560 for all
AXIS = re.compile(r"^(.+?)[ ._:-]?([xyz])$", re.IGNORECASE)


@dataclass(frozen=True)
class Column:
    """One column of a stream, and what to multiply it by."""

    stream: str
    index: int
    label: str
    unit: str
    description: str
    scale: float = 1.0


@dataclass(frozen=True)
class PlatePlace:
    """A plate, and where its first analog channel is, from 0."""

    stream: str
    plate: Plate
    first: int


@dataclass
class Contents:
    """What the file holds.

    Attributes
    ----------
    points : list of tuple of Column
        x, y and z of each marker, and of each output of a model.
    outputs : Outputs
        Which of the points are outputs of a model.
    analog : list of Column
    plates : list of PlatePlace
    unit : str
        Of all lengths; moments are in newtons times that.
    remarks : list of str
    """

    points: list[tuple[Column, Column, Column]] = field(default_factory=list)
    outputs: Outputs = field(default_factory=Outputs)
    analog: list[Column] = field(default_factory=list)
    plates: list[PlatePlace] = field(default_factory=list)
    unit: str = "mm"
    remarks: list[str] = field(default_factory=list)

    @property
    def metre(self) -> float:
        """Metres a unit of length is worth."""
        return length_unit(self.unit) or 1e-3

    def labels(self, named: Sequence[tuple[str, str]]) -> list[bytes]:
        """Labels of (stream, label) as the file has them: none empty, none twice, none longer than it takes."""
        found: dict[bytes, None] = {}
        shortened = 0
        for number, (stream, label) in enumerate(named, 1):
            plain = label.strip() or f"{stream} {number}"
            name = cut(plain, _LABEL)
            if name in found:
                name = cut(f"{stream}.{plain}", _LABEL)
            end = 2
            base = name
            while name in found:
                name = cut(base.decode("utf-8"), _LABEL - 6) + f"~{end}".encode()
                end += 1
            shortened += len(plain.encode("utf-8", "replace")) > _LABEL
            found[name] = None
        if shortened:
            self.remarks.append(f"{shortened} labels are longer than {_LABEL} bytes and are cut: C3D's names are short")
        return list(found)


def contents_of(streams: Sequence[Stream]) -> Contents:
    """Sort the columns: markers and outputs into points; plates first among the analog channels, then the others."""
    made = Contents()
    markers = {stream.id: triples(stream) for stream in streams if stream.spec.kind == "mocap"}
    units = [stream.channels[three[0]].unit for stream in streams for three in markers.get(stream.id, ())]
    known = [unit for unit in units if length_unit(unit) is not None]
    if known:
        made.unit = known[0].strip()
    taken: set[tuple[str, int]] = set()
    for stream in streams:
        for three in markers.get(stream.id, ()):
            made.points.append(_point(stream, three, made))
            taken |= {(stream.id, index) for index in three}
    for stream in streams:
        for three in triples(stream) if stream.spec.kind == "model" else ():
            if _output(stream, three, made):
                taken |= {(stream.id, index) for index in three}
    for stream in streams:
        if stream.spec.plate is not None:
            taken |= {(stream.id, index) for index in _plate(stream, stream.spec.plate, made)}
    for stream in streams:
        for index, channel in enumerate(stream.channels):
            if (stream.id, index) not in taken:
                made.analog.append(Column(stream.id, index, channel.label, channel.unit, _about(stream, channel)))
    return made


def triples(stream: Stream) -> list[tuple[int, int, int]]:
    """Columns of each marker: three in a row, NAME.x, NAME.y, NAME.z."""
    parts = [AXIS.match(channel.label.strip()) for channel in stream.channels]
    found = []
    at = 0
    while at + 2 < len(parts):
        x, y, z = parts[at : at + 3]
        if x and y and z and x[1] == y[1] == z[1] and (x[2] + y[2] + z[2]).lower() == "xyz":
            found.append((at, at + 1, at + 2))
            at += 3
        else:
            at += 1
    return found


def _point(stream: Stream, three: tuple[int, int, int], made: Contents) -> tuple[Column, Column, Column]:
    channels = [stream.channels[index] for index in three]
    metre = length_unit(channels[0].unit)
    label = AXIS.sub(r"\1", channels[0].label.strip())
    if metre is None:
        made.remarks.append(
            f"{stream.id}: {label} has no known unit of length ({channels[0].unit!r}): {made.unit} is taken"
        )
    scale = 1.0 if metre is None else _ratio(metre, made.metre)
    x, y, z = (Column(stream.id, index, label, made.unit, _about(stream, channels[0]), scale) for index in three)
    return x, y, z


def _output(stream: Stream, three: tuple[int, int, int], made: Contents) -> bool:
    """Add an output of a model; gives whether it has a group."""
    channels = [stream.channels[index] for index in three]
    label, unit = AXIS.sub(r"\1", channels[0].label.strip()), channels[0].unit
    placed = made.outputs.place(len(made.points), label, unit, made.unit) if _alike(channels) else None
    if placed is None:
        made.remarks.append(
            f"{stream.id}: {label} is in the analog channels: its axes differ in unit or place, or no group of outputs "
            f"is in {unit!r}"
        )
        return False
    x, y, z = (Column(stream.id, index, label, placed[0], _about(stream, channels[0]), placed[1]) for index in three)
    made.points.append((x, y, z))
    return True


def _alike(channels: Sequence[Channel]) -> bool:
    return len({(channel.unit, channel.site, channel.side) for channel in channels}) == 1


def _plate(stream: Stream, plate: Plate, made: Contents) -> Sequence[int]:
    """Add a plate's channels; gives the columns that are in the file with it."""
    kind = PLATE_TYPES.get(plate.type)
    if kind is None or len(stream.channels) < len(kind.channels):
        made.remarks.append(
            f"{stream.id}: a plate of type {plate.type} with {len(stream.channels)} channels is none of C3D's: "
            "its channels are analog ones"
        )
        return ()
    if kind.needs_calibration and np.asarray(plate.calibration, np.float64).shape != (6, 6):
        made.remarks.append(f"{stream.id}: type 4 without a matrix of 6 x 6 is no plate: its channels are analog ones")
        return ()
    if not kind.needs_calibration and plate.calibration is not None:
        made.remarks.append(
            f"{stream.id}: C3D has no calibration for plates of type {plate.type}: its channels are analog ones"
        )
        return ()
    if not plate.corners_m:
        made.remarks.append(f"{stream.id}: the plate has no corners, so the file does not tell where it lies")
    if kind.moments and _z_up(plate) and plate.origin_m[2]:
        made.remarks.append(
            f"{stream.id}: the plate's z axis points up, and C3D's points down: programs that do not look at the "
            "order of its corners put its centre of pressure some mm off"
        )
    made.plates.append(PlatePlace(stream.id, plate, len(made.analog)))
    used = range(len(kind.channels))
    for index in used:
        channel = stream.channels[index]
        unit, scale = channel.unit, 1.0
        if not (kind.needs_calibration or is_voltage(unit)):
            unit, scale = _of_plate(kind.channels[index], unit, made, stream.id)
        made.analog.append(Column(stream.id, index, channel.label, unit, _about(stream, channel), scale))
    return used


def _z_up(plate: Plate) -> bool:
    corners = np.asarray(plate.corners_m, np.float64)
    return len(corners) == 4 and bool(np.cross(corners[0] - corners[1], corners[0] - corners[3])[2] > 0)


def _of_plate(what: str, unit: str, made: Contents, stream: str) -> tuple[str, float]:
    """Unit and scale of a plate's channel: N, and N times the file's unit of length, as all readers expect."""
    if what.startswith("CoP"):
        wanted, now, to = made.unit, length_unit(unit), made.metre
    elif what[0] in "Ff":
        wanted, now, to = "N", force_unit(unit), 1.0
    else:
        wanted, now, to = f"N{made.unit}", moment_unit(unit), made.metre
    if now is None:
        if unit.strip() or what[0] not in "Ff":
            made.remarks.append(f"{stream}: {what} is in {unit!r}, which is no unit of it: its numbers are as sent")
            return unit, 1.0
        return wanted, 1.0  # a force without a unit is in newtons
    return wanted, _ratio(now, to)


def _ratio(now: float, wanted: float) -> float:
    """What to multiply by; exact for powers of ten."""
    return 1.0 if now == wanted else float(f"{now / wanted:.15g}")


def _about(stream: Stream, channel: Channel) -> str:
    """What a description says of a column: what it is, of which stream, where on the body."""
    kind = "EMG" if stream.spec.kind == "emg" else stream.spec.kind
    return " ".join(filter(None, (f"{kind}:", stream.id, channel.site, channel.side)))


def descriptions(columns: Sequence[Column]) -> list[bytes]:
    """Descriptions of some columns, as the file has them."""
    return [cut(column.description, _DESCRIPTION) for column in columns]


def units(columns: Sequence[Column]) -> list[bytes]:
    """Units of some columns, as the file has them."""
    return [cut(column.unit, _UNIT) for column in columns]


def corners(plate: Plate, metre: float) -> Floats:
    """Corners in the file's unit, shape (3, 4); zeros where they are not known."""
    if not plate.corners_m:
        return np.zeros((3, 4))
    return np.asarray(plate.corners_m, np.float64).T / metre
