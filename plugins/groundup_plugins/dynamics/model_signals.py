"""What inverse dynamics makes of both legs as signals: angles, moments, powers, and how far the powers may be off."""

from groundup.plugin import Channel, Floats, Side, Signal
from groundup_plugins.dynamics.power_errors import SOURCES

SIDES: tuple[Side, Side] = ("L", "R")
JOINTS = ("ankle", "knee", "hip")
QUANTITIES = (("Angles", "rad"), ("Moment", "N·m/kg"), ("Power", "W/kg"))
OUTPUTS = 3 * len(QUANTITIES) * len(JOINTS)
"""Of one leg: three axes of each quantity of each joint."""
ERRORS = len(JOINTS) * len(SOURCES)
"""Of one leg: what each source may change of the power of each joint."""
ERROR_KIND = "model_error"


def model_signal(of: Signal, samples: Floats, plates: tuple[str, ...], attrs: dict[str, float | str]) -> Signal:
    """Angles, moments and powers, shape (n, 2 * OUTPUTS), by side, joint, quantity and axis."""
    channels = tuple(
        Channel(f"{side}{joint.capitalize()}{quantity}.{axis}", unit, joint, side)
        for side in SIDES
        for joint in JOINTS
        for quantity, unit in QUANTITIES
        for axis in "xyz"
    )
    return Signal(
        f"{of.id}.inverse_dynamics", "model", of.time, samples, channels, of.rate, inputs=(of.id, *plates), attrs=attrs
    )


def error_signal(model: Signal, errors: Floats, attrs: dict[str, float | str]) -> Signal:
    """What one SD of each source changes of each power, W/kg, shape (n, 2 * ERRORS), by side, joint and source."""
    channels = tuple(
        Channel(f"{side}{joint.capitalize()}Power.{source}", "W/kg", joint, side)
        for side in SIDES
        for joint in JOINTS
        for source in SOURCES
    )
    return Signal(
        f"{model.id}.errors", ERROR_KIND, model.time, errors, channels, model.rate, inputs=(model.id,), attrs=attrs
    )
