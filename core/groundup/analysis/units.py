"""Spellings of units that devices and labs use, and what brings each to SI."""

import math

_G = 9.80665
ACCELERATION = {"m/s^2": 1.0, "m/s²": 1.0, "m/s2": 1.0, "m/s/s": 1.0, "m*s^-2": 1.0, "g": _G, "mg": _G / 1000}
"""Of acceleration, to m/s²."""
TURNING = {"rad/s": 1.0, "rad*s^-1": 1.0, "deg/s": math.pi / 180, "°/s": math.pi / 180, "dps": math.pi / 180}
"""Of angular velocity, to rad/s."""
VOLTAGE = {
    **dict.fromkeys(("v", "volt", "volts"), 1.0),
    **dict.fromkeys(("mv", "millivolt", "millivolts"), 1e-3),
    **dict.fromkeys(("uv", "µv", "μv", "microvolt", "microvolts"), 1e-6),
    **dict.fromkeys(("nv", "nanovolt", "nanovolts"), 1e-9),
}
"""Of voltage, to V; looked up in small letters."""
