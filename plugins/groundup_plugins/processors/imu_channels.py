"""Which channels of an IMU stream are one sensor: vectors of three, by unit, site and side."""

from collections.abc import Mapping
from dataclasses import dataclass

from groundup.plugin import ACCELERATION, ANGULAR_VELOCITY, Channel, Side, SignalForm

MAGNETIC = {"t": 1e6, "mt": 1e3, "ut": 1.0, "µt": 1.0, "μt": 1.0, "gauss": 100.0, "au": 1.0, "a.u.": 1.0}
"""Spellings of the unit of a magnetic field, and what brings each to µT."""

__all__ = ["ACCELERATION", "ANGULAR_VELOCITY", "MAGNETIC", "Vector", "vectors"]


@dataclass(frozen=True)
class Vector:
    """Three channels that are one vector.

    Attributes
    ----------
    columns : tuple of int
    channel : Channel
        The first of them.
    """

    columns: tuple[int, int, int]
    channel: Channel

    @property
    def place(self) -> tuple[str, Side]:
        """Site and side."""
        return self.channel.site, self.channel.side

    def factor(self, units: Mapping[str, float]) -> float | None:
        """What its unit is worth, or None if it is none of these."""
        return units.get(self.channel.unit.strip().lower())


def vectors(form: SignalForm) -> list[Vector]:
    """Runs of three channels of one unit, site and side, in order."""
    found: list[Vector] = []
    start = 0
    while start + 3 <= len(form.channels):
        three = form.channels[start : start + 3]
        if len({(c.unit, c.site, c.side) for c in three}) == 1:
            found.append(Vector((start, start + 1, start + 2), three[0]))
            start += 3
        else:
            start += 1
    return found
