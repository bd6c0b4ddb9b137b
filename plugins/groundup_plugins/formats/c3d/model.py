"""What the mocap system computed of markers and plates: angles, moments, powers and forces, in SI units.

Programs write results per kilogram of body mass under units without it (Plug-in Gait: moments in N·mm/kg as "Nmm",
powers in W/kg as "W"). Which it is, is told by their size: the ground carries about 10 N for each kilogram.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from groundup.plugin import Channel, Floats, Side
from groundup_plugins.formats.c3d.own import is_own, stated_places
from groundup_plugins.formats.c3d.parameters import Parameters
from groundup_plugins.formats.c3d.remarks import Remarks

GROUPS = ("ANGLES", "FORCES", "MOMENTS", "POWERS", "SCALARS", "MODELED_MARKERS", "REACTIONS")
_UNITS = {"ANGLES": "ANGLE", "FORCES": "FORCE", "MOMENTS": "MOMENT", "POWERS": "POWER", "SCALARS": "SCALAR",
          "MODELED_MARKERS": "MODELED_MARKER", "REACTIONS": "REACTION"}  # fmt: skip
_USUAL = {"ANGLES": "deg", "FORCES": "N", "MOMENTS": "Nmm", "POWERS": "W"}
_SI = {
    "deg": ("rad", math.pi / 180),
    "degrees": ("rad", math.pi / 180),
    "rad": ("rad", 1.0),
    "n": ("N", 1.0),
    "nmm": ("N·m", 1e-3),
    "nm": ("N·m", 1.0),
    "w": ("W", 1.0),
    "mw": ("W", 1e-3),
}
_KINETIC = ("FORCES", "MOMENTS", "POWERS")
_JOINT = re.compile(r"(?:.*:)?([LR])(Ankle|Knee|Hip)(Angles|Moment|Power|Force)s?", re.IGNORECASE)
_SUPPORT = re.compile(r"(?:.*:)?[LR](GroundReaction|Ankle)Force", re.IGNORECASE)
_PER_KG, _WHOLE = (4.0, 40.0), 60.0
"""Greatest force of a step: so many N/kg of a body that moves on its feet; from so many N on it is that of a person."""
_GREATEST = 95  # percentile of what is no rest; a single frame may be a marker that was taken for another
_REST = 0.05  # of the greatest
_LIKELY = {"MOMENTS": (0.01, 1.0), "POWERS": (0.01, 10.0)}
"""Greatest of a joint over the greatest force: a lever in m, a speed in m/s."""
_AXES = "xyz"


@dataclass(frozen=True)
class Model:
    """Modelled outputs.

    Attributes
    ----------
    channels : tuple of Channel
        Three of each output, in its order; joints have a site and a side.
    samples : ndarray, shape (frames, channels)
    declared : str
        What the file says of their units, where that is not what they are stored in.
    """

    channels: tuple[Channel, ...]
    samples: Floats
    declared: str


def modelled(parameters: Parameters) -> dict[str, str]:
    """Labels of points that are no points, with the group (ANGLES, POWERS ...) that says so."""
    return {label: group for group in GROUPS for label in parameters.texts("POINT", group) if label}


def read_model(
    parameters: Parameters, labels: Sequence[str], points: Floats, file: str, remarks: Remarks
) -> Model | None:
    """The modelled outputs of a file, or None where it has none.

    Parameters
    ----------
    parameters : Parameters
    labels : sequence of str
        Of all points.
    points : ndarray, shape (frames, P, 3)
        As stored.
    file : str
        Its name.
    remarks : Remarks
        Told of what is missing, and of units that nobody knows.
    """
    groups = modelled(parameters)
    found = [index for index, label in enumerate(labels) if label in groups]
    lost = [label for label in groups if label not in labels]
    if lost:
        remarks.notes.append(
            f"{file} names {len(lost)} modelled outputs that it does not hold ({_some(lost)}): they are not there"
        )
    if not found:
        return None
    units = {g: _declared(parameters, g) for g in GROUPS if any(groups[labels[i]] == g for i in found)}
    stated = stated_places(parameters, "POINT", len(labels)) if is_own(parameters) else None
    per_kg: bool | None = False
    sure = set(_KINETIC)
    if stated is None:
        per_kg = _per_kilogram(labels, groups, points)
        _tell(units, per_kg, file, remarks)
        sure = _sure(parameters, labels, groups, points, per_kg, file, remarks)
    channels: list[Channel] = []
    samples = np.empty((len(points), 3 * len(found)))
    for place, index in enumerate(found):
        label = labels[index]
        unit, factor = _unit(parameters, groups[label], label, per_kg)
        known = groups[label] not in _KINETIC or groups[label] in sure
        site, side = _place(label, known) if stated is None else stated[index]
        channels += (Channel(f"{label}.{axis}", unit, site, side) for axis in _AXES)
        samples[:, 3 * place : 3 * place + 3] = points[:, index] * factor
    return Model(tuple(channels), samples, ", ".join(f"{group} {unit}" for group, unit in units.items()))


def _per_kilogram(labels: Sequence[str], groups: dict[str, str], points: Floats) -> bool | None:
    """Whether forces are per kilogram, by the greatest; None where nothing tells."""
    most = _support(labels, groups, points)
    if _PER_KG[0] <= most <= _PER_KG[1]:
        return True
    return False if most >= _WHOLE else None


def _support(labels: Sequence[str], groups: dict[str, str], points: Floats) -> float:
    """Greatest force under a foot, as stored."""
    return _greatest([i for i, k in enumerate(labels) if groups.get(k) == "FORCES" and _SUPPORT.fullmatch(k)], points)


def _greatest(columns: Sequence[int], points: Floats) -> float:
    """Greatest size of some outputs, as stored, of what is not at rest; 0 where there is none."""
    peaks = [0.0]
    for index in columns:
        size = np.linalg.norm(points[:, index], axis=1)
        size = size[np.isfinite(size)]
        moving = size[size > _REST * size.max(initial=0.0)]
        if len(moving):
            peaks.append(float(np.percentile(moving, _GREATEST)))
    return max(peaks)


def _sure(
    parameters: Parameters, labels: Sequence[str], groups: dict[str, str], points: Floats, per_kg: bool | None,
    file: str, remarks: Remarks,
) -> set[str]:  # fmt: skip
    """The kinetic groups whose unit is sure: beside the forces their size is that of a person's joints."""
    per_kilogram = {group for group in _KINETIC if _plain(_declared(parameters, group))[1] == "kg"}
    if per_kg is None:
        return per_kilogram
    found = set(_KINETIC)
    force = _support(labels, groups, points) * _SI.get(_plain(_declared(parameters, "FORCES"))[0], ("", 1.0))[1]
    for group, (least, most) in _LIKELY.items():
        if group in per_kilogram and not per_kg:
            continue
        columns = [i for i, label in enumerate(labels) if groups.get(label) == group and _JOINT.fullmatch(label)]
        size = _greatest(columns, points) * _SI.get(_plain(_declared(parameters, group))[0], ("", 1.0))[1]
        if size and not least <= size / force <= most:
            found.discard(group)
            remarks.notes.append(
                f"{file}: its {group} are {size / force:.2g} times its forces if their unit is "
                f"{_declared(parameters, group)}, which cannot be: no metric uses them. Give their channels a site, "
                "side and unit in lab.toml"
            )
    return found


def _plain(declared: str) -> tuple[str, str]:
    """A unit, and what it is given for each of."""
    plain, _, per = declared.replace(" ", "").replace(".", "").replace("·", "").lower().partition("/")
    return plain, per


def _declared(parameters: Parameters, group: str) -> str:
    return next(iter(parameters.texts("POINT", f"{_UNITS[group]}_UNITS")), "") or _USUAL.get(group, "")


def _unit(parameters: Parameters, group: str, label: str, per_kg: bool | None) -> tuple[str, float]:
    """The unit that an output is stored in, and the factor to it; what is in no known unit stays as it is."""
    declared = _declared(parameters, group)
    if group == "MODELED_MARKERS":
        return next(iter(parameters.texts("POINT", "UNITS")), declared), 1.0
    if "normalised" in label.lower() or "normalized" in label.lower():
        return "%", 1.0
    plain, per = _plain(declared)
    if group not in _UNITS or plain not in _SI or group == "SCALARS" or per not in ("", "kg"):
        return declared, 1.0
    unit, factor = _SI[plain]
    return (f"{unit}/kg" if group in _KINETIC and (per or per_kg) else unit), factor


def _place(label: str, sure: bool) -> tuple[str, Side]:
    """Joint and side of an output; none where its unit is not sure, so that nothing is computed of it."""
    joint = _JOINT.fullmatch(label)
    if joint is None or not sure:
        return "", ""
    return joint[2].lower(), "L" if joint[1].upper() == "L" else "R"


def _tell(units: Mapping[str, str], per_kg: bool | None, file: str, remarks: Remarks) -> None:
    plain = [f"{group} in {units[group]}" for group in _KINETIC if "/" not in units.get(group, "/")]
    if plain and per_kg is None:
        remarks.notes.append(
            f"{file} says {', '.join(plain)}, and nothing tells whether that is for each kg of body mass: no metric "
            "uses them. Give their channels a site, side and unit in lab.toml"
        )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (" ..." if len(names) > 3 else "")
