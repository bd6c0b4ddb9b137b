"""What the units of a plate's channels are worth in newtons, newton metres and metres."""

import re

from groundup.plugin import VOLTAGE

_FORCE = {"n": 1.0, "newton": 1.0, "newtons": 1.0, "kn": 1e3, "lb": 4.4482216, "lbs": 4.4482216, "lbf": 4.4482216}
_FORCE |= {"kgf": 9.80665, "kp": 9.80665, "kg": 9.80665, "dan": 10.0}
_LENGTH = {"m": 1.0, "meter": 1.0, "metre": 1.0, "meters": 1.0, "metres": 1.0, "dm": 0.1, "cm": 1e-2, "mm": 1e-3}
_LENGTH |= {"in": 0.0254, "inch": 0.0254, "ft": 0.3048}

# "Nmm", "N.mm", "N*mm", "N·mm", "N-mm", "N mm" are one unit; so are "NM" and "Nm" (files write capitals).
_JOINT = re.compile(r"[\s.*·⋅\-_]+")


def force_unit(text: str) -> float | None:
    """Newtons a unit of force is worth, or None if the text names none."""
    return _FORCE.get(_JOINT.sub("", text.lower()))


def length_unit(text: str) -> float | None:
    """Metres a unit of length is worth, or None if the text names none."""
    return _LENGTH.get(_JOINT.sub("", text.lower()))


def moment_unit(text: str) -> float | None:
    """Newton metres a unit of moment is worth, or None if the text names none (a plain ``N`` does not)."""
    plain = _JOINT.sub("", text.lower())
    for force, newtons in _FORCE.items():
        # "Nm", "lbf·in" and the other way round, "in-lb".
        rest = (plain.removeprefix(force), plain.removesuffix(force))
        metres = next((_LENGTH[part] for part in rest if part != plain and part in _LENGTH), None)
        if metres is not None:
            return newtons * metres
    return None


def is_voltage(text: str) -> bool:
    """Say whether a unit is a voltage."""
    return _JOINT.sub("", text.lower()) in VOLTAGE
