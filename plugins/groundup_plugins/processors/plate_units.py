"""What the units of a plate's channels are worth in newtons, newton metres and metres."""

import re

from groundup.plugin import FORCE, LENGTH, VOLTAGE

# "Nmm", "N.mm", "N*mm", "N·mm", "N-mm", "N mm" are one unit; so are "NM" and "Nm" (files write capitals).
_JOINT = re.compile(r"[\s.*·⋅\-_]+")


def force_unit(text: str) -> float | None:
    """Newtons a unit of force is worth, or None if the text names none."""
    return FORCE.get(_JOINT.sub("", text.lower()))


def length_unit(text: str) -> float | None:
    """Metres a unit of length is worth, or None if the text names none."""
    return LENGTH.get(_JOINT.sub("", text.lower()))


def moment_unit(text: str) -> float | None:
    """Newton metres a unit of moment is worth, or None if the text names none (a plain ``N`` does not)."""
    plain = _JOINT.sub("", text.lower())
    if plain in FORCE:  # "mN" is a force, and no metre newton
        return None
    for force, newtons in FORCE.items():
        # "Nm", "lbf·in" and the other way round, "in-lb".
        rest = (plain.removeprefix(force), plain.removesuffix(force))
        metres = next((LENGTH[part] for part in rest if part != plain and part in LENGTH), None)
        if metres is not None:
            return newtons * metres
    return None


def is_voltage(text: str) -> bool:
    """Say whether a unit is a voltage."""
    return _JOINT.sub("", text.lower()) in VOLTAGE
