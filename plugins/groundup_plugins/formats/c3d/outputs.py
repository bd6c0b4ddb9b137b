"""Which group of a C3D file an output of a model belongs to, and in which unit: ANGLES, MOMENTS, POWERS, FORCES ...

As Vicon writes them: degrees, newton millimetres, watts and newtons, with ``/kg`` where they are for each kilogram of
body mass. A group has one unit; an output that has another one is a scalar.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from groundup_plugins.processors.plate_units import length_unit

_KG = re.compile(r"\s*/\s*kg$", re.IGNORECASE)
_GROUPS = {
    "rad": ("ANGLES", "deg", 180 / math.pi),
    "deg": ("ANGLES", "deg", 1.0),
    "nm": ("MOMENTS", "Nmm", 1e3),
    "nmm": ("MOMENTS", "Nmm", 1.0),
    "w": ("POWERS", "W", 1.0),
    "n": ("FORCES", "N", 1.0),
}
_OF_MASS = ("MOMENTS", "POWERS", "FORCES")
UNIT_NAMES = {"ANGLES": "ANGLE_UNITS", "MOMENTS": "MOMENT_UNITS", "POWERS": "POWER_UNITS", "FORCES": "FORCE_UNITS",
              "SCALARS": "SCALAR_UNITS", "MODELED_MARKERS": "MODELED_MARKER_UNITS"}  # fmt: skip
"""The parameter that names the unit of each group."""


@dataclass
class Outputs:
    """Modelled outputs, as they come.

    Attributes
    ----------
    groups : dict of int to str
        Group of each, by its place among the points.
    units : dict of str to str
        Unit of each group.
    """

    groups: dict[int, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)

    def place(self, point: int, label: str, unit: str, file_unit: str) -> tuple[str, float] | None:
        """Find the group of an output.

        Parameters
        ----------
        point : int
            Its place among the points.
        label, unit : str
            Its own.
        file_unit : str
            Of all lengths in the file.

        Returns
        -------
        (str, float) or None
            Its unit there, and what to multiply by; None where its unit is in no group that is still free.
        """
        for group, there, scale in (_natural(label, unit, file_unit), ("SCALARS", unit, 1.0)):
            if group and (there is None or self.units.setdefault(group, there) == there):
                self.groups[point] = group
                return unit if there is None else there, scale
        return None

    def unit(self, group: str) -> str:
        """Unit of a group."""
        return self.units.get(group, "N")


def _natural(label: str, unit: str, file_unit: str) -> tuple[str, str | None, float]:
    """Group, unit and scale of an output by its unit; no group where none fits, no unit where any would do."""
    plain = _KG.sub("", unit.strip())
    per_kg = "/kg" if plain != unit.strip() else ""
    group, there, scale = _GROUPS.get(re.sub(r"[ .·⋅*]", "", plain).lower(), ("", "", 1.0))
    if group and (not per_kg or group in _OF_MASS):
        return group, there + per_kg, scale
    if unit == "%" and "normali" in label.lower():
        return "FORCES", None, 1.0  # a share of body weight has no group of its own; readers know it by its name
    metre, wanted = length_unit(unit), length_unit(file_unit)
    if metre and wanted:
        return "MODELED_MARKERS", file_unit, float(f"{metre / wanted:.15g}")
    return "", "", 1.0
