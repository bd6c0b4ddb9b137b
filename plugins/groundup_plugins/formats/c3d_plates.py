"""The force plates of a C3D file: which channels are whose, and how each plate lies in the lab."""

from dataclasses import dataclass

import numpy as np

from groundup.plugin import Floats, Plate
from groundup_plugins.formats.c3d_parameters import Parameters
from groundup_plugins.processors.plate_units import length_unit

_CHANNELS = {1: 6, 2: 6, 3: 8, 4: 6}


@dataclass(frozen=True)
class FilePlate:
    """One plate of a file.

    Attributes
    ----------
    number : int
        From 1, as the file counts.
    channels : tuple of int
        Indices of its analog channels, from 0, in the order of the C3D standard.
    plate : Plate
    """

    number: int
    channels: tuple[int, ...]
    plate: Plate


def plates(parameters: Parameters, analog_count: int) -> tuple[list[FilePlate], list[str]]:
    """The plates whose channels are in the file, and notes about those that cannot be read."""
    used = parameters.number("FORCE_PLATFORM", "USED", 0.0)
    types = parameters.numbers("FORCE_PLATFORM", "TYPE")
    table = parameters.columns("FORCE_PLATFORM", "CHANNEL")
    found: list[FilePlate] = []
    notes: list[str] = []
    for k in range(max(0, int(used)) if np.isfinite(used) else 0):
        kind = int(types[k]) if k < len(types) else 0
        if kind not in _CHANNELS:
            notes.append(
                f"plate {k + 1} is of type {kind}, which is not one of 1 to 4: its channels are kept as analog"
            )
            continue
        numbers = table[: _CHANNELS[kind], k].astype(int) if k < table.shape[1] else np.empty(0, int)
        if len(numbers) < _CHANNELS[kind] or (numbers < 1).any() or (numbers > analog_count).any():
            notes.append(f"plate {k + 1} names channels that are not in the file: it is left out")
            continue
        metre = _metres(parameters, k)
        corners = _corners(parameters, k, metre)
        if not corners:
            notes.append(f"plate {k + 1} has no corners: its own axes are taken for the lab's")
        plate = Plate(kind, corners, _origin(parameters, k, metre), _calibration(parameters, k, kind))
        found.append(FilePlate(k + 1, tuple((numbers - 1).tolist()), plate))
    return found, notes


def _metres(parameters: Parameters, k: int) -> float:
    """Metres in the file's unit of length, by POINT:UNITS, or by the size of the plate where that is empty."""
    declared = [length_unit(text) for text in parameters.texts("POINT", "UNITS")[:1]]
    if declared and declared[0] is not None:
        return declared[0]
    corners = _numbers_of(parameters, "CORNERS", k, 12)
    side = float(np.ptp(corners.reshape(4, 3), axis=0).max()) if corners is not None else 0.0
    # No plate is longer than 10 m or shorter than 10 cm, and most are given in millimetres.
    if side == 0.0 or side >= 100.0:
        return 1e-3
    return 1e-2 if side >= 10.0 else 1.0


def _numbers_of(parameters: Parameters, name: str, k: int, count: int) -> Floats | None:
    values = parameters.numbers("FORCE_PLATFORM", name)[k * count : (k + 1) * count]
    return values if len(values) == count and np.isfinite(values).all() else None


def _corners(parameters: Parameters, k: int, metre: float) -> tuple[tuple[float, float, float], ...]:
    values = _numbers_of(parameters, "CORNERS", k, 12)
    if values is None or not np.ptp(values):
        return ()
    return tuple((float(x), float(y), float(z)) for x, y, z in values.reshape(4, 3) * metre)


def _origin(parameters: Parameters, k: int, metre: float) -> tuple[float, float, float]:
    values = _numbers_of(parameters, "ORIGIN", k, 3)
    if values is None:
        return (0.0, 0.0, 0.0)
    return (float(values[0]) * metre, float(values[1]) * metre, float(values[2]) * metre)


def _calibration(parameters: Parameters, k: int, kind: int) -> tuple[tuple[float, ...], ...] | None:
    """The matrix that multiplies the column of channels; only type 4 has one, by the standard.

    The file stores it column by column, so that ezc3d's array, whose first index runs fastest in the file, already
    multiplies from the left.
    """
    if kind != 4:
        return None
    values = _numbers_of(parameters, "CAL_MATRIX", k, 36)
    if values is None or not values.any():
        return None
    return tuple(tuple(float(v) for v in row) for row in values.reshape(6, 6, order="F"))
