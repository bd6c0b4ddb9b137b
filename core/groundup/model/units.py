"""Spellings of units that devices and labs use, and what brings each to SI; all are looked up in small letters."""

import math

_G = 9.80665
_METRES = {"m": 1.0, "dm": 0.1, "cm": 1e-2, "mm": 1e-3, "km": 1e3, "in": 0.0254, "ft": 0.3048}
_SQUARED_SECOND = (
    "/s^2", "/s²", "/s2", "/s/s", "/(s^2)", "/s**2", "/sec^2", "/sec2", "/sec²", "*s^-2", "·s^-2", "*s-2", "·s⁻²",
    "s^-2", " s^-2", " s-2", ".s^-2", ".s-2",
)  # fmt: skip
_SECOND = ("/s", "/sec", "/second", "*s^-1", "·s^-1", "*s-1", "·s⁻¹", " s^-1", " s-1", ".s^-1", ".s-1", "ps")


def _a_second(units: dict[str, float], ways: tuple[str, ...]) -> dict[str, float]:
    return {unit + way: factor for unit, factor in units.items() for way in ways}


ACCELERATION = {
    **_a_second(_METRES, _SQUARED_SECOND),
    **dict.fromkeys(("g", "g's", "gs", "g0", "gn", "g-force", "gravity"), _G),
    **dict.fromkeys(("mg", "milli-g", "millig"), _G / 1000),
    "gal": 1e-2,
}
"""Of acceleration, to m/s²."""
_ANGLES = {
    **dict.fromkeys(("rad", "radian", "radians"), 1.0),
    "mrad": 1e-3,
    **dict.fromkeys(("deg", "°", "degree", "degrees", "d"), math.pi / 180),
    **dict.fromkeys(("mdeg", "md"), math.pi / 180e3),
}
ANGULAR_VELOCITY = {**_a_second(_ANGLES, _SECOND), "rpm": 2 * math.pi / 60, "rev/min": 2 * math.pi / 60}
"""Of angular velocity, to rad/s."""
VOLTAGE = {
    **dict.fromkeys(("v", "volt", "volts"), 1.0),
    **dict.fromkeys(("mv", "millivolt", "millivolts"), 1e-3),
    **dict.fromkeys(("uv", "µv", "μv", "microvolt", "microvolts"), 1e-6),
    **dict.fromkeys(("nv", "nanovolt", "nanovolts"), 1e-9),
}
"""Of voltage, to V."""
FORCE = {
    **dict.fromkeys(("n", "newton", "newtons"), 1.0),
    **dict.fromkeys(("kn", "kilonewton", "kilonewtons"), 1e3),
    "mn": 1e-3,  # no plate gives meganewtons
    "dan": 10.0,
    **dict.fromkeys(("kgf", "kp", "kg", "kilopond"), _G),
    "gf": _G / 1000,
    **dict.fromkeys(("lb", "lbs", "lbf", "pound", "pounds", "poundforce", "poundsforce"), 4.4482216152605),
}
"""Of force, to N; without blanks, dots and hyphens."""
LENGTH = {
    **_METRES,
    **dict.fromkeys(("meter", "metre", "meters", "metres"), 1.0),
    **dict.fromkeys(("centimeter", "centimetre", "centimeters", "centimetres"), 1e-2),
    **dict.fromkeys(("millimeter", "millimetre", "millimeters", "millimetres"), 1e-3),
    **dict.fromkeys(("inch", "inches"), 0.0254),
    **dict.fromkeys(("foot", "feet"), 0.3048),
}
"""Of length, to m."""
SPEED = {
    **_a_second(_METRES, _SECOND[:-1]),
    **dict.fromkeys(("km/h", "kmh", "kph", "kmph", "km/hr"), 1 / 3.6),
    **dict.fromkeys(("mph", "mi/h", "mile/h", "miles/h"), 0.44704),
    **dict.fromkeys(("m/min",), 1 / 60),
}
"""Of speed, to m/s."""


def factor_of(unit: str, units: dict[str, float]) -> float | None:
    """What a unit is worth in SI, by one of the tables here; None if it is none of them."""
    return units.get(unit.strip().lower())
