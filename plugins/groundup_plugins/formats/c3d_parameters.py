"""A C3D file's parameters, read so that an absent, empty or oddly shaped one gives "nothing" and never an error."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from groundup.plugin import Floats, Subject


@dataclass(frozen=True)
class Parameters:
    """Parameters by group and name, without regard to capitals.

    Attributes
    ----------
    groups : dict
        Group name to parameter name to value, all names in capitals.
    """

    groups: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of(cls, tree: Mapping[str, Any]) -> "Parameters":
        """From what ezc3d calls ``parameters``."""
        groups: dict[str, dict[str, Any]] = {}
        for group, members in tree.items():
            values = groups.setdefault(str(group).strip().upper(), {})
            for name, node in members.items():
                if isinstance(node, Mapping) and "value" in node:
                    values.setdefault(str(name).strip().upper(), node["value"])
        return cls(groups)

    def has(self, group: str, name: str) -> bool:
        """Whether the parameter exists and holds something."""
        value = self.groups.get(group, {}).get(name)
        return value is not None and np.size(np.asarray(value, dtype=object)) > 0

    def numbers(self, group: str, name: str) -> Floats:
        """Numeric values in the order of the file (first index fastest), shape (n,); empty if there are none."""
        value = self.groups.get(group, {}).get(name)
        try:
            return np.asarray([] if value is None else value, dtype=np.float64).ravel(order="F")
        except (TypeError, ValueError):
            return np.empty(0)

    def columns(self, group: str, name: str) -> Floats:
        """The same with its last index as columns: shape (k, n), one column a plate or an event."""
        value = self.groups.get(group, {}).get(name)
        try:
            array = np.asarray([] if value is None else value, dtype=np.float64)
        except (TypeError, ValueError):
            return np.empty((0, 0))
        if array.ndim == 0 or array.size == 0:
            return np.empty((0, 0))
        return array.reshape(-1, 1) if array.ndim == 1 else array.reshape(-1, array.shape[-1], order="F")

    def number(self, group: str, name: str, default: float = float("nan")) -> float:
        """The first numeric value."""
        values = self.numbers(group, name)
        return float(values[0]) if len(values) else default

    def texts(self, group: str, name: str) -> list[str]:
        """Text values, continued through NAME2, NAME3 ... as files with more than 255 of them do."""
        members = self.groups.get(group, {})
        texts: list[str] = []
        for part in [name, *(f"{name}{n}" for n in range(2, 100))]:
            if part not in members:
                break
            value = members[part]
            texts += [value] if isinstance(value, str) else [str(text) for text in np.asarray(value).ravel(order="F")]
        return [text.replace("\x00", "").strip() for text in texts]


_MASS_NAMES = ("BODYMASS", "BODY_MASS", "MASS", "BODYWEIGHT", "BODY_WEIGHT", "WEIGHT")
_HEIGHT_NAMES = ("HEIGHT", "BODYHEIGHT", "BODY_HEIGHT", "STATURE")
_PERSON_GROUPS = ("PROCESSING", "SUBJECTS", "SUBJECT", "PARTICIPANT", "PATIENT", "ANTHROPOMETRY")


def subject(parameters: Parameters) -> tuple[Subject, tuple[str, ...]]:
    """Mass (kg) and height (m) of the person, and notes about what could not be used."""
    notes: list[str] = []
    mass = _one(parameters, _MASS_NAMES, notes)
    if not 2.0 < mass < 400.0:
        mass = float("nan")
    height = _one(parameters, _HEIGHT_NAMES, notes)
    # Nobody is 3 m tall or under 3 cm: centimetres and millimetres are told by their size.
    for scale in (1.0, 1e-2, 1e-3):
        if 0.3 < height * scale < 2.8:
            return Subject(mass, height * scale), tuple(notes)
    return Subject(mass), tuple(notes)


def _one(parameters: Parameters, names: tuple[str, ...], notes: list[str]) -> float:
    for group in _PERSON_GROUPS:
        for name in names:
            values = parameters.numbers(group, name)
            values = np.unique(values[np.isfinite(values) & (values > 0)])
            if len(values) == 1:
                return float(values[0])
            if len(values) > 1:
                notes.append(f"{group}:{name} names {len(values)} people; give mass and height in lab.toml")
    return float("nan")
