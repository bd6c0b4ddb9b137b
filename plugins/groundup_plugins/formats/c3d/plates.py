"""The force plates of a C3D file: which channels are whose, and how each plate lies in the lab."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import PLATE_TYPES, Floats, Plate, corners_flaw
from groundup_plugins.formats.c3d.parameters import Parameters
from groundup_plugins.formats.c3d.remarks import Remarks
from groundup_plugins.processors.plate_units import is_voltage, length_unit, moment_unit

_UNITS = {"mm": 1e-3, "cm": 1e-2, "m": 1.0}
_DEEPEST_M, _SHALLOWEST_M = 1.0, 5e-4  # the greatest number of an ORIGIN that is not zero


@dataclass(frozen=True)
class FilePlate:
    """One plate of a file.

    Attributes
    ----------
    number : int
        From 1, as the file counts.
    channels : tuple of int
        Indices of its analog channels, from 0, in the order of the C3D standard.
    plate : Plate or None
        How it lies; None where that is not known and there are others, among which it would be put anywhere.
    """

    number: int
    channels: tuple[int, ...]
    plate: Plate | None


def plates(parameters: Parameters, known: NDArray[np.bool_], units: Sequence[str], remarks: Remarks) -> list[FilePlate]:
    """The plates whose channels are in the file; of those that cannot be read the remarks are told.

    Parameters
    ----------
    parameters : Parameters
    known : ndarray, shape (C,), bool
        Whether an analog channel can be read.
    units : sequence of str
        Of the analog channels.
    remarks : Remarks
    """
    types = parameters.numbers("FORCE_PLATFORM", "TYPE")
    count = _used(parameters, len(types), remarks)
    found: list[FilePlate] = []
    for k in range(count):
        kind = int(types[k]) if k < len(types) and np.isfinite(types[k]) else 0
        channels = _channels(parameters, k, kind, known, remarks)
        if channels is None:
            continue
        flaw = _units_flaw(kind, [units[index] for index in channels])
        if flaw:
            remarks.faults.append(f"plate {k + 1} has {flaw}: its channels are kept as analog")
            continue
        if PLATE_TYPES[kind].needs_calibration and _calibration(parameters, k, kind) is None:
            remarks.notes.append(f"plate {k + 1} is of type {kind} and has no CAL_MATRIX: give it in lab.toml")
        plate = _plate(parameters, k, kind, remarks)
        if plate is None:
            continue
        found.append(FilePlate(k + 1, channels, plate))
    return _placed(_with_channels_of_their_own(found, remarks), remarks)


def _used(parameters: Parameters, described: int, remarks: Remarks) -> int:
    used = [int(n) for n in parameters.words("FORCE_PLATFORM", "USED")[:1]]
    if not used and described:
        remarks.notes.append(f"FORCE_PLATFORM:USED is missing: the {described} plates of its TYPE are read")
        return described
    count = used[0] if used else 0
    if count > described:
        remarks.notes.append(
            f"FORCE_PLATFORM:USED is {count}, and TYPE tells of {described}: the others cannot be read as plates"
        )
    if count < described:
        remarks.notes.append(
            f"FORCE_PLATFORM:USED is {count}, and TYPE tells of {described}: only the first {count} are read as plates"
        )
    return min(count, described)


def _channels(
    parameters: Parameters, k: int, kind: int, known: NDArray[np.bool_], remarks: Remarks
) -> tuple[int, ...] | None:
    """Indices of the plate's channels, from 0, or None if they do not make a plate."""
    if kind not in PLATE_TYPES:
        known_types = f"{min(PLATE_TYPES)} to {max(PLATE_TYPES)}"
        remarks.notes.append(
            f"plate {k + 1} is of type {kind}, which is not one of {known_types}: its channels are kept as analog"
        )
        return None
    width = len(PLATE_TYPES[kind].channels)
    table = parameters.columns("FORCE_PLATFORM", "CHANNEL")
    column = table[:width, k] if k < table.shape[1] else np.empty(0)
    if len(column) < width or not ((column >= 1) & (column <= len(known))).all():
        remarks.notes.append(f"plate {k + 1} names channels that are not in the file: it is left out")
        return None
    indices = tuple(int(number) - 1 for number in column)
    if len(set(indices)) < len(indices):
        remarks.faults.append(
            f"plate {k + 1} names one channel twice (FORCE_PLATFORM:CHANNEL): its channels are kept as analog"
        )
        return None
    if not known[list(indices)].all():
        remarks.notes.append(f"plate {k + 1} has channels without a scale: the others are kept as analog")
        return None
    return indices


def _units_flaw(kind: int, units: list[str]) -> str:
    """What is wrong with the units of a plate's channels: one of them is another's."""
    volts = [is_voltage(unit) for unit in units]
    if any(volts) and not all(volts):
        return f"channels in volts and in other units ({', '.join(units)})"
    forces = units[: PLATE_TYPES[kind].forces]
    if any(moment_unit(unit) is not None for unit in forces):
        return f"moments where its forces are ({', '.join(units)})"
    return ""


def _with_channels_of_their_own(found: list[FilePlate], remarks: Remarks) -> list[FilePlate]:
    """The plates without those that share a channel: one of them is not where the file says."""
    owners = [index for plate in found for index in plate.channels]
    shared = {index for index in owners if owners.count(index) > 1}
    doubtful = [plate.number for plate in found if shared & set(plate.channels)]
    if doubtful:
        numbers = ", ".join(map(str, doubtful))
        remarks.faults.append(
            f"the plates {numbers} name the same channels (FORCE_PLATFORM:CHANNEL): they are kept as analog"
        )
    return [plate for plate in found if plate.number not in doubtful]


def _placed(found: list[FilePlate], remarks: Remarks) -> list[FilePlate]:
    """A single plate without corners is its own lab; one of several would be laid upon the others."""
    placed = []
    for one in found:
        nowhere = one.plate is not None and not one.plate.corners_m
        if nowhere and len(found) == 1:
            remarks.notes.append(f"where plate {one.number} lies is not known: its own axes are taken for the lab's")
        elif nowhere:
            remarks.faults.append(
                f"where plate {one.number} lies among the others is not known: no force is made of it until lab.toml "
                f"says [streams.plate_{one.number}.plate]"
            )
        placed.append(replace(one, plate=None) if nowhere and len(found) > 1 else one)
    return placed


def _plate(parameters: Parameters, k: int, kind: int, remarks: Remarks) -> Plate | None:
    declared = next((length_unit(text) for text in parameters.texts("POINT", "UNITS")[:1]), None)
    corners, metre = _corners(parameters, k, declared, remarks)
    origin = _origin(parameters, k, metre, remarks)
    if origin is None:
        return None
    return Plate(kind, corners, origin, _calibration(parameters, k, kind))


def _numbers_of(parameters: Parameters, name: str, k: int, count: int) -> Floats | None:
    values = parameters.numbers("FORCE_PLATFORM", name)[k * count : (k + 1) * count]
    return values if len(values) == count and np.isfinite(values).all() else None


def _corners(
    parameters: Parameters, k: int, declared: float | None, remarks: Remarks
) -> tuple[tuple[tuple[float, float, float], ...], float]:
    """Corners in metres, none if they are no plate's, and metres in their unit."""
    values = _numbers_of(parameters, "CORNERS", k, 12)
    if values is None or not np.ptp(values):
        remarks.notes.append(f"plate {k + 1} has no corners")
        return (), declared or 1e-3
    corners = values.reshape(4, 3)
    fitting = [metre for metre in _units(declared) if not corners_flaw(corners * metre)]
    if not fitting:
        flaw = corners_flaw(corners * (declared or 1e-3))
        remarks.faults.append(f"the corners of plate {k + 1} {flaw}: they are not used. Give them in lab.toml")
        return (), declared or 1e-3
    metre = fitting[0]
    if declared and metre != declared:
        name = next(name for name, unit in _UNITS.items() if unit == metre)
        remarks.notes.append(
            f"the corners of plate {k + 1} are no plate's in POINT:UNITS ({parameters.texts('POINT', 'UNITS')[0]}): "
            f"they are read in {name}"
        )
    return tuple((float(x), float(y), float(z)) for x, y, z in corners * metre), metre


def _units(declared: float | None) -> list[float]:
    """Metres in the units that may be meant: the declared one, and the usual ones, the most usual first."""
    return [unit for unit in (declared,) if unit is not None] + [unit for unit in _UNITS.values() if unit != declared]


def _origin(parameters: Parameters, k: int, metre: float, remarks: Remarks) -> tuple[float, float, float] | None:
    """ORIGIN in metres, or None if it is no plate's in any unit."""
    values = _numbers_of(parameters, "ORIGIN", k, 3)
    if values is None or not values.any():
        kind = int(parameters.numbers("FORCE_PLATFORM", "TYPE")[k])
        if PLATE_TYPES[kind].needs_origin:
            remarks.faults.append(f"plate {k + 1} is of type {kind} and has no ORIGIN: its channels are kept as analog")
            return None
        if values is None:
            remarks.notes.append(f"plate {k + 1} has no ORIGIN: its moments are taken to be about its top")
        return (0.0, 0.0, 0.0)
    greatest = float(np.abs(values).max())
    fitting = [unit for unit in _units(metre) if _SHALLOWEST_M <= greatest * unit <= _DEEPEST_M]
    if not fitting:
        remarks.faults.append(
            f"the ORIGIN of plate {k + 1} ({greatest:g}) is no plate's: its channels are kept as analog"
        )
        return None
    if fitting[0] != metre:
        name = next(name for name, unit in _UNITS.items() if unit == fitting[0])
        remarks.notes.append(f"the ORIGIN of plate {k + 1} is no plate's in the unit of its corners: read in {name}")
    x, y, z = (float(value) * fitting[0] for value in values)
    return (x, y, z)


def _calibration(parameters: Parameters, k: int, kind: int) -> tuple[tuple[float, ...], ...] | None:
    """The matrix that multiplies the column of channels; by the standard only those have one that need it.

    The file stores it column by column, so that read with its first index fastest it multiplies from the left.
    """
    if not PLATE_TYPES[kind].needs_calibration:
        return None
    values = _numbers_of(parameters, "CAL_MATRIX", k, 36)
    if values is None or not values.any():
        return None
    return tuple(tuple(float(v) for v in row) for row in values.reshape(6, 6, order="F"))
