"""Whether the forces of a file are those of the plate whose corners it names: its own centre of pressure tells.

Moments about the middle of the top surface of a plate give its centre of pressure, (-My / Fz, Mx / Fz). Programs
write forces in the axes of the plate or of the lab, and moments about one point or another, and do not say which.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from groundup.plugin import Floats, ImportedStream, Plate, corners_flaw
from groundup_plugins.processors.plate_units import force_unit, length_unit, moment_unit

_LOADED_N = 50.0
_NEAR_M = 2e-3
_SOME = 10  # loaded samples, to tell by


def plate_of(corners_m: Sequence[Sequence[float]], wrench: Floats, cop_m: Floats) -> tuple[Plate | None, str]:
    """The plate, if forces, moments and centre of pressure agree that the channels are in its own axes.

    Parameters
    ----------
    corners_m : sequence, shape (4, 3)
        In the order of the C3D standard.
    wrench : ndarray, shape (N, 6)
        Fx, Fy, Fz (N), Mx, My, Mz (N·m).
    cop_m : ndarray, shape (N, 2)
        As the file has it: from the middle of the plate in its axes, or in the lab.

    Returns
    -------
    Plate or None
        Of type 2, its moments about the middle of its surface.
    str
        Why not.
    """
    flaw = corners_flaw(corners_m)
    if flaw:
        return None, f"the corners that it names {flaw}"
    corners = np.asarray(corners_m, np.float64)
    loaded = np.isfinite(wrench).all(axis=1) & np.isfinite(cop_m).all(axis=1) & (np.abs(wrench[:, 2]) > _LOADED_N)
    if loaded.sum() < _SOME:
        return None, "the plate is hardly loaded, and nothing tells in which axes its forces are"
    force, moment = wrench[loaded, :3], wrench[loaded, 3:]
    own = np.column_stack([-moment[:, 1] / force[:, 2], moment[:, 0] / force[:, 2]])
    middle, x, y = corners.mean(axis=0), corners[0] - corners[1], corners[0] - corners[3]
    x, y = x / np.linalg.norm(x), y / np.linalg.norm(y)
    in_lab = middle + own[:, :1] * x + own[:, 1:] * y
    given = cop_m[loaded]
    apart = [float(np.median(np.linalg.norm(where - given, axis=1))) for where in (own, in_lab[:, :2])]
    if min(apart) > _NEAR_M:
        return None, (
            "its forces, moments and centre of pressure do not agree in the axes of the plate "
            f"({1000 * min(apart):.3g} mm apart): they may be in the axes of the lab"
        )
    return Plate(2, tuple((float(a), float(b), float(c)) for a, b, c in corners)), ""


def alone_in_its_axes(streams: Sequence[ImportedStream], file: str, notes: list[str]) -> list[ImportedStream]:
    """The only plate of a file without corners as one in its own axes, where its centre of pressure bears it out.

    Its forces, and how its centre of pressure moves, are right then; where it lies is not known. One of several is left
    without a plate: they would lie upon each other.
    """
    plates = [
        stream for stream in streams if stream.spec.type == "Force" and stream.id.removeprefix("plate_").isdigit()
    ]
    if not plates:
        return list(streams)
    cure = f"where it lies is said in [streams.{plates[0].id}.plate] of lab.toml (type 2)"
    if len(plates) > 1:
        notes.append(
            f"{file} names no corners of its {len(plates)} plates, and none is processed until {cure}, for each"
        )
        return list(streams)
    cop = next((stream for stream in streams if stream.id == f"{plates[0].id}_cop"), None)
    if cop is None or not _agree(plates[0], cop):
        notes.append(f"{file} names no corners of its plate, and it is not processed until {cure}")
        return list(streams)
    notes.append(f"{file} names no corners of its plate: it is in its own axes until {cure}")
    own = replace(plates[0], spec=replace(plates[0].spec, plate=Plate(2, ())))
    return [own if stream is plates[0] else stream for stream in streams]


def _agree(plate: ImportedStream, cop: ImportedStream) -> bool:
    """Whether (-My / Fz, Mx / Fz) is the centre of pressure of the file: then moments are about the top's middle."""
    units = [channel.unit for channel in plate.spec.channels]
    scales = [force_unit(unit) for unit in units[:3]] + [moment_unit(unit) for unit in units[3:6]]
    columns = {channel.label.lower(): i for i, channel in enumerate(cop.spec.channels)}
    if (
        len(units) != 6
        or None in scales
        or not {"ax", "ay"} <= columns.keys()
        or len(cop.samples) != len(plate.samples)
    ):
        return False
    metres = [length_unit(cop.spec.channels[columns[label]].unit) for label in ("ax", "ay")]
    if None in metres:
        return False
    wrench = np.asarray(plate.samples, np.float64) * np.array(scales, np.float64)
    given = np.asarray(cop.samples, np.float64)[:, [columns["ax"], columns["ay"]]] * np.array(metres, np.float64)
    loaded = np.isfinite(wrench).all(axis=1) & np.isfinite(given).all(axis=1) & (np.abs(wrench[:, 2]) > _LOADED_N)
    if loaded.sum() < _SOME:
        return False
    force, moment = wrench[loaded, :3], wrench[loaded, 3:]
    own = np.column_stack([-moment[:, 1] / force[:, 2], moment[:, 0] / force[:, 2]])
    return float(np.median(np.linalg.norm(own - given[loaded], axis=1))) < _NEAR_M
