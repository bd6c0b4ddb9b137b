"""The two force plates under the belts, as type 2 plates give their signals: forces and moments in plate axes."""

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Channel, Plate, StreamSpec
from groundup_plugins.devices.virtual_lab.forces import ground_reaction
from groundup_plugins.devices.virtual_lab.noise import Noise
from groundup_plugins.devices.virtual_lab.walker import Floats, Foot, Walker

RATE = 1000.0
AZ0 = -0.040
"""Height of the surface over the sensors' origin, in plate axes (z down), m."""
_LENGTH, _WIDTH, _GAP = 1.60, 0.50, 0.01
_OFFSET = {"L": (1.8, -2.4, 6.5, 0.7, -1.1, 0.3), "R": (-2.1, 1.2, -4.2, -0.5, 0.9, -0.4)}  # N and N·m, unloaded
_KNOCK = np.array((0.05, -0.08, -1.0, 0.02, -0.03, 0.0))  # a knock from above, a little off the middle
_NOISE = np.array((0.3, 0.3, 0.6, 0.08, 0.08, 0.05), np.float32)


def plate_geometry(side: Foot) -> Plate:
    """The plate under one belt. Lab axes: x forward, y left, z up; plate axes: x left, y forward, z down."""
    middle = _middle(side)
    x, y = _LENGTH / 2, _WIDTH / 2
    corners = ((x, middle + y, 0.0), (x, middle - y, 0.0), (-x, middle - y, 0.0), (-x, middle + y, 0.0))
    return Plate(type=2, corners_m=corners, origin_m=(0.0, 0.0, AZ0))


def clean_channels(walker: Walker, time: Floats, side: Foot) -> Floats:
    """Fx, Fy, Fz (N), Mx, My, Mz (N·m) without offset and noise, shape (n, 6).

    As in C3D files of type 2 plates: the force that acts on the walker, in plate axes (so Fz is negative under load),
    and its moments about the sensors' origin, ``M = r x F`` with ``r = (CoPx, CoPy, az0)``.
    """
    ground = ground_reaction(walker, time, side)
    fx, fy, fz = ground.left, ground.forward, -ground.up
    x, y = ground.cop_left - _middle(side) * (ground.up > 0), ground.cop_forward
    moments = (y * fz - AZ0 * fy, AZ0 * fx - x * fz, x * fy - y * fx - ground.free_moment)
    return np.stack((fx, fy, fz, *moments), axis=1)


class ForcePlate:
    """One plate: plate 1 lies under the left belt, plate 2 under the right."""

    rate = RATE

    def __init__(self, walker: Walker, side: Foot) -> None:
        self._walker, self._side = walker, side
        self._noise = Noise(walker.seed, f"plate {side}", 6)
        self._offset = np.array(_OFFSET[side])
        number = 1 if side == "L" else 2
        units = ("N", "N", "N", "Nm", "Nm", "Nm")
        channels = tuple(
            Channel(f"{label}{number}", unit, f"plate:{number}", side)
            for label, unit in zip(("Fx", "Fy", "Fz", "Mx", "My", "Mz"), units, strict=True)
        )
        name = "VirtualPlateLeft" if side == "L" else "VirtualPlateRight"
        self.streams = {"": StreamSpec(name, "Force", RATE, "float32", channels, plate=plate_geometry(side))}

    def tare(self) -> float:
        """Take the amplifier's offset off what is sampled from now on; what Fz showed unloaded, in N."""
        fz = float(self._offset[2])
        self._offset = np.zeros(6)
        return fz

    def read(self, index: NDArray[np.int64], time: Floats) -> dict[str, NDArray[np.float32]]:
        """Samples with these numbers and times."""
        signal = clean_channels(self._walker, time, self._side) + self._offset
        signal += self._walker.taps.plate(time)[:, None] * _KNOCK
        return {"": np.asarray(signal + self._noise.read(index) * _NOISE, np.float32)}


def _middle(side: Foot) -> float:
    return (_WIDTH + _GAP) / 2 * (1.0 if side == "L" else -1.0)
