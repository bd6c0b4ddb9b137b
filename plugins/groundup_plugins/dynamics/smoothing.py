"""One low-pass filter for markers and forces, forwards and backwards: no lag.

Both have the same corner: a foot that is slowed down by a force which is not smoothed as its acceleration is makes
peaks in the moments of knee and hip that are not there (Kristianslund, Krosshaug & van den Bogert 2012, J Biomech
45:666).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation
from scipy.signal import sosfiltfilt

from groundup.plugin import Floats
from groundup_plugins.processors.butterworth import sections

ORDER = 2
"""In each direction: together of the fourth order, 6 dB down at the corner."""

MOST_AWAY_M = 0.01


def smooth(values: Floats, corner_hz: float, rate: float) -> Floats:
    """Filter along the first axis, without lag.

    Parameters
    ----------
    values : ndarray, shape (n, k)
        Finite; n at least 2.
    corner_hz, rate : float
        Hz.
    """
    pad = min(int(3 * rate / corner_hz), len(values) - 1)
    return np.asarray(sosfiltfilt(sections(ORDER, corner_hz, "lowpass", rate), values, axis=0, padlen=pad))


def jumps(values: Floats, smoothed: Floats, corner_hz: float, rate: float) -> NDArray[np.bool_]:
    """Where a marker, shape (n, 3), is so far from its smoothed path that another was taken for it, and 0.1 s around.

    In walks it is 1 mm away and less. What jumps bends the smoothed path before and after it.
    """
    far = np.sqrt(((values - smoothed) ** 2).sum(axis=1)) > MOST_AWAY_M
    return (
        np.asarray(binary_dilation(far, iterations=max(1, round(2 * edge_s(corner_hz) * rate)))) if far.any() else far
    )


def edge_s(corner_hz: float) -> float:
    """How far from its ends (s) what was filtered is not believed: the filter saw one side only."""
    return 1.0 / corner_hz
