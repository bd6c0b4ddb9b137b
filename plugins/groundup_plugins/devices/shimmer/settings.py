"""The settings of a Shimmer: its port, and where it is worn."""

from typing import Literal

import msgspec

from groundup.plugin import Settings, Side

EMG_INPUTS = ("1.1", "1.2", "2.1", "2.2")
"""Chip and channel of an ExG unit."""


class ShimmerElectrode(Settings, frozen=True):
    """``electrodes."1.1" = {...}``: what an input of its ExG unit is connected to.

    Attributes
    ----------
    site : str
        Muscle under the electrodes.
    side : str
        ``L`` or ``R``; empty: the side that the sensor is worn on.
    """

    site: str = ""
    side: Side = ""


class ShimmerSettings(Settings, frozen=True, kw_only=True):
    """A Shimmer3 that is paired with this computer.

    Attributes
    ----------
    port : str
        Its serial port: ``COM7``, ``/dev/rfcomm0``.
    segment : str
        Segment it is strapped to.
    side : str
        ``L`` or ``R``.
    emg_gain : int
        Gain of its ExG unit: 1, 2, 3, 4, 6, 8 or 12; 0 leaves it as it was set in Consensys.
    electrodes : table
        By input of an ExG unit, ``"1.1"``, ``"1.2"``, ``"2.1"`` and ``"2.2"`` (chip and channel).
    latency_s : float
        How late samples are when they leave the sensor, at the least; measure it with a sync event.
    """

    port: str
    segment: str = ""
    side: Side = ""
    emg_gain: Literal[0, 1, 2, 3, 4, 6, 8, 12] = 0
    electrodes: dict[str, ShimmerElectrode] = msgspec.field(default_factory=dict)
    latency_s: float = 0.0

    def __post_init__(self) -> None:
        """Refuse inputs that there are not."""
        for name in self.electrodes:
            if name not in EMG_INPUTS:
                raise ValueError(f'electrodes."{name}" is no input of an ExG unit; they are {", ".join(EMG_INPUTS)}')
