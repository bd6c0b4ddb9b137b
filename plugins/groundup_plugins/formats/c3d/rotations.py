"""Rotations in a C3D file: a 4 x 4 matrix of each segment and frame, in blocks of their own behind the other data.

Source: c3d.org, "The ROTATION group" (2023), as markerless systems write it; 17 numbers each: the matrix by columns,
then how far it can be trusted, below zero where the segment was not seen.
"""

from dataclasses import dataclass

import numpy as np

from groundup.plugin import Channel, Floats
from groundup_plugins.formats.c3d.file import BLOCK, Description
from groundup_plugins.formats.c3d.numbers import DEC
from groundup_plugins.formats.c3d.remarks import Remarks
from groundup_plugins.formats.names import unique

_NUMBERS = 17
_OFF = 1e-3


@dataclass(frozen=True)
class Place:
    """Where rotations lie.

    Attributes
    ----------
    start : int
        First byte.
    count : int
        Rotations.
    ratio : int
        Of each, in a frame.
    """

    start: int
    count: int
    ratio: int


@dataclass(frozen=True)
class Rotations:
    """What was found.

    Attributes
    ----------
    channels : tuple of Channel
        Nine numbers of the matrix (``r11`` ... by rows) and where its origin lies, of each rotation.
    samples : ndarray, shape (N, 12 * count)
        NaN where a segment was not seen.
    ratio : int
        Samples a frame.
    """

    channels: tuple[Channel, ...]
    samples: Floats
    ratio: int


def rotations_in(file: Description, remarks: Remarks) -> Place | None:
    """Where the rotations of a file lie, or None where it has none that can be found."""
    used, start = (next(iter(file.parameters.words("ROTATION", name).tolist()), 0) for name in ("USED", "DATA_START"))
    if used <= 0:
        return None
    ratio = file.parameters.number("ROTATION", "RATIO", 1.0)
    place = Place(max(start - 1, 0) * BLOCK, used, int(ratio))
    if not file.earliest_data <= place.start < file.size or place.ratio < 1 or ratio != place.ratio:
        remarks.faults.append(
            f"{file.name} names {place.count} rotations, at block {start} with {ratio:g} a frame, where none can be: "
            "they are left out"
        )
        return None
    return place


def read_rotations(file: Description, place: Place, frames: int, size: int, remarks: Remarks) -> Rotations | None:
    """Read them.

    Parameters
    ----------
    file : Description
    place : Place
    frames : int
        Of the file.
    size : int
        Of the whole file, in bytes.
    remarks : Remarks
        Told of what is cut short, or left out.
    """
    width = place.count * place.ratio * _NUMBERS * 4
    there = min(frames, (size - place.start) // width)
    if there < frames:
        remarks.faults.append(f"{file.name} is cut short: {there} of its {frames} frames have rotations")
    if there == 0:
        return None
    with file.path.open("rb") as stream:
        stream.seek(place.start)
        data = stream.read(there * width)
        rest = stream.read()
    if any(rest):
        remarks.faults.append(f"{file.name} goes on for {len(rest)} bytes after its rotations: they are not read")
    raw = file.numbers.floats(data) if file.numbers.processor == DEC else np.frombuffer(data, f"{file.numbers.order}f4")
    table = raw.reshape(there * place.ratio, place.count, _NUMBERS).astype(np.float64)
    matrix = table[:, :, :16].reshape(len(table), place.count, 4, 4).swapaxes(2, 3)
    kept = np.concatenate([matrix[:, :, :3, :3].reshape(len(table), place.count, 9), matrix[:, :, :3, 3]], axis=2)
    kept[~(table[:, :, 16] >= 0)] = np.nan
    if np.any(table[:, :, 16] > 0):
        remarks.left_out.append("how far its rotations can be trusted")
    _check_rate(file, place, remarks)
    return Rotations(_channels(file, place), kept.reshape(len(table), -1), place.ratio)


def _channels(file: Description, place: Place) -> tuple[Channel, ...]:
    labels = (file.parameters.texts("ROTATION", "LABELS") + [""] * place.count)[: place.count]
    names = unique(labels, "rotation")
    length = next(iter(file.parameters.texts("POINT", "UNITS")), "")
    parts = [(f"r{row}{column}", "1") for row in (1, 2, 3) for column in (1, 2, 3)] + [(a, length) for a in "xyz"]
    return tuple(Channel(f"{name}.{part}", unit) for name in names for part, unit in parts)


def _check_rate(file: Description, place: Place, remarks: Remarks) -> None:
    stated, point = file.parameters.number("ROTATION", "RATE"), file.parameters.number("POINT", "RATE")
    if stated > 0 and point > 0 and abs(stated / (point * place.ratio) - 1) > _OFF:
        remarks.notes.append(
            f"{file.name} says ROTATION:RATE {stated:g}, and has {place.ratio} rotations a frame at {point:g} Hz: the "
            "frames are believed"
        )
