"""What a device says of itself: which one it is, and how it does (battery, impedance, signal strength ...)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import Literal

HealthColour = Literal["", "green", "amber", "red"]
"""Fit; worth a look; not fit for recording; empty where no limits are known."""


@dataclass(frozen=True)
class About:
    """Which device it is, as it says itself.

    Attributes
    ----------
    model, serial, firmware : str
        Empty where it does not tell.
    more : mapping of str to str
        Whatever else is worth keeping: when it was calibrated, the serial numbers of its sensors.
    """

    model: str = ""
    serial: str = ""
    firmware: str = ""
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class HealthLevel:
    """One figure of how a device, a stream or a channel does.

    Attributes
    ----------
    name : str
        ``battery``, ``impedance``, ``signal strength``, ``temperature``, ``lost packets`` ...
    value : float
    unit : str
        ``"1"`` for a share, shown in per cent; ``ohm``, ``dBm``, ``°C``; empty for a number of things.
    amber, red : float
        From where on it is worth a look, and unfit; where `red` is less than `amber`, less is worse. NaN: not known.
    of : str
        The key of a stream, or the label of a channel; empty: the whole device.
    """

    name: str
    value: float
    unit: str = ""
    amber: float = math.nan
    red: float = math.nan
    of: str = ""

    @property
    def colour(self) -> HealthColour:
        """Green, amber or red, by the limits; empty without both."""
        if math.isnan(self.amber) or math.isnan(self.red):
            return ""
        sign = -1.0 if self.red < self.amber else 1.0
        if sign * self.value >= sign * self.red:
            return "red"
        return "amber" if sign * self.value >= sign * self.amber else "green"

    @property
    def words(self) -> str:
        """Name and value, for a person."""
        return value_words(self.name, self.value, self.unit)


def value_words(name: str, value: float, unit: str) -> str:
    """``battery 31 %``, ``impedance 38 kohm``."""
    if unit == "1":
        return f"{name} {100.0 * value:.0f} %"
    prefix, factor = next(((p, f) for p, f in (("M", 1e6), ("k", 1e3)) if unit and abs(value) >= f), ("", 1.0))
    return f"{name} {value / factor:.4g} {prefix}{unit}".rstrip()


def health_flaw(level: HealthLevel) -> str:
    """What is wrong with a level that a driver gives; empty if nothing is."""
    if not isinstance(level, HealthLevel):
        return f"{level!r:.40} is no HealthLevel"
    if not isinstance(level.name, str) or not level.name or not level.name.isprintable():
        return f"a level of health is called {level.name!r:.40}: give it a name"
    numbers = (level.value, level.amber, level.red)
    if not all(isinstance(n, Real) for n in numbers) or not math.isfinite(level.value):
        return f"{level.name} is {level.value!r:.40}: leave out what is not known"
    if math.isnan(level.amber) != math.isnan(level.red) or level.amber == level.red:
        return f"{level.name} needs two limits, amber and red, that differ, or none"
    return ""


@dataclass(frozen=True)
class DeviceRow:
    """A device that was connected while a recording ran: `About`, with when (s, lab clock) and what it is called."""

    time: float
    device: str
    model: str
    serial: str
    firmware: str
    more: Mapping[str, str]


@dataclass(frozen=True)
class HealthRow:
    """A `HealthLevel` of a recording: when (s, lab clock), of which device, stream and channel."""

    time: float
    device: str
    stream: str
    channel: str
    name: str
    value: float
    unit: str
    colour: HealthColour

    @property
    def words(self) -> str:
        """Name, value and channel, for a person."""
        return value_words(self.name, self.value, self.unit) + (f" ({self.channel})" if self.channel else "")
