"""The types of force plate of the C3D standard: which channels each has, and what it cannot be read without."""

from dataclasses import dataclass
from typing import Literal

PlateNumber = Literal[1, 2, 3, 4]


@dataclass(frozen=True)
class PlateType:
    """A type of force plate.

    Attributes
    ----------
    channels : tuple of str
        In their order; small letters are of single sensors, numbered as the corners.
    z_down : bool
        Whether its own z axis points down.
    needs_origin : bool
        Whether its moments are made of the place of its sensors.
    needs_calibration : bool
        Whether a matrix makes forces and moments of its channels.
    """

    channels: tuple[str, ...]
    z_down: bool = False
    needs_origin: bool = False
    needs_calibration: bool = False

    @property
    def forces(self) -> int:
        """How many channels are forces: the first ones."""
        return sum(name[0] in "Ff" for name in self.channels)

    @property
    def moments(self) -> bool:
        """Whether it gives moments about the origin of its sensors, in channels 4 to 6."""
        return "Mx" in self.channels

    @property
    def centre(self) -> bool:
        """Whether its own electronics give the centre of pressure, in channels 4 and 5."""
        return "CoPx" in self.channels


_SIX = ("Fx", "Fy", "Fz", "Mx", "My", "Mz")
PLATE_TYPES: dict[int, PlateType] = {
    1: PlateType(("Fx", "Fy", "Fz", "CoPx", "CoPy", "Tz")),
    2: PlateType(_SIX),
    3: PlateType(("fx12", "fx34", "fy14", "fy23", "fz1", "fz2", "fz3", "fz4"), z_down=True, needs_origin=True),
    4: PlateType(_SIX, needs_calibration=True),
}
"""By `PlateNumber`; how each is read stands in the processor ``force_plate``."""
