"""The person of a C3D file: mass and height, where it names one person."""

import numpy as np

from groundup.plugin import Subject
from groundup_plugins.formats.c3d.parameters import Parameters

MASS_NAMES = ("BODYMASS", "BODY_MASS", "MASS", "BODYWEIGHT", "BODY_WEIGHT", "WEIGHT")
HEIGHT_NAMES = ("HEIGHT", "BODYHEIGHT", "BODY_HEIGHT", "STATURE")
PERSON_GROUPS = ("PROCESSING", "SUBJECTS", "SUBJECT", "PARTICIPANT", "PATIENT", "ANTHROPOMETRY")


def subject(parameters: Parameters) -> tuple[Subject, tuple[str, ...]]:
    """Mass (kg) and height (m) of the person, and notes about what could not be used."""
    notes: list[str] = []
    mass = _one(parameters, MASS_NAMES, notes)
    if not 2.0 < mass < 400.0:
        if np.isfinite(mass):
            notes.append(f"the file's body mass, {mass:g}, is none in kg: give it in lab.toml")
        mass = float("nan")
    height = _one(parameters, HEIGHT_NAMES, notes)
    # Nobody is 3 m tall or under 3 cm: centimetres and millimetres are told by their size.
    for scale in (1.0, 1e-2, 1e-3):
        if 0.3 < height * scale < 2.8:
            return Subject(mass, height * scale), tuple(notes)
    if np.isfinite(height):
        notes.append(f"the file's body height, {height:g}, is none in m, cm or mm: give it in lab.toml")
    return Subject(mass), tuple(notes)


def _one(parameters: Parameters, names: tuple[str, ...], notes: list[str]) -> float:
    for group in PERSON_GROUPS:
        for name in names:
            values = parameters.numbers(group, name)
            values = np.unique(values[np.isfinite(values) & (values > 0)])
            if len(values) == 1:
                return float(values[0])
            if len(values) > 1:
                notes.append(f"{group}:{name} names {len(values)} people; give mass and height in lab.toml")
    return float("nan")
