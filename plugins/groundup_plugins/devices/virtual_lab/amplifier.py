"""The amplifier of the EMG: 24-bit counts over a range that its gain sets, and volts again."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Gain = Literal[10, 100, 1000]
REFERENCE_V = 4.0
"""Half of the converter's range, behind the amplifier."""
_FULL = 1 << 23


def counts(volts: Floats, gain: Gain) -> NDArray[np.int32]:
    """What the converter counts; more than its range is cut off."""
    return np.rint(volts * (gain / REFERENCE_V * _FULL)).clip(-_FULL, _FULL - 1).astype(np.int32)


def volts(counted: NDArray[np.int32], gain: Gain) -> Floats:
    """Volts at the electrodes."""
    return np.asarray(counted * (REFERENCE_V / gain / _FULL), np.float64)
