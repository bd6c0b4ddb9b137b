"""What is taken for a flaw of an EMG channel, offline and live: the numbers, the settings, and the powers compared."""

from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft
from scipy.signal.windows import hann

from groundup.plugin import Floats, Settings

Positive = Annotated[float, msgspec.Meta(gt=0)]

DEAD, CLIPPED, MAINS, MOVED = 1.0, 2.0, 3.0, 4.0
FLAWS: dict[str, float | str] = {
    "flaw_1": "is dead (it does not change)",
    "flaw_2": "is clipped",
    "flaw_3": "is mostly mains hum",
    "flaw_4": "has a motion artefact",
}
CLIPPED_SAMPLES = 3
STEPS_TO_A_RAIL = 20.0
"""A signal of a few steps of the converter is often at its greatest value, and not clipped."""
_BAND_HZ = (20.0, 450.0)
_LOW_HZ = (1.0, 15.0)
_MAINS_HZ = (50.0, 60.0)


class EmgQualitySettings(Settings, frozen=True):
    """Settings of the EMG quality.

    Attributes
    ----------
    mains_share : float
        Mains hum (50 or 60 Hz and harmonics) is flagged when it is more than this share of the power from 20 to 450 Hz
        of a second ...
    mains_of_active : float
        ... and more than this share of that power when the muscle is active.
    motion_ratio : float
        A motion artefact is more power from 1 to 15 Hz than so many times that from 20 to 450 Hz, of that second and of
        seconds in which the muscle is active.
    """

    mains_share: Positive = 0.5
    mains_of_active: Positive = 0.05
    motion_ratio: Positive = 10.0


class Spectra:
    """Powers of stretches of equal length.

    Parameters
    ----------
    length : int
        Samples in each.
    rate : float
        Hz.
    single : bool
        Whether time matters more than the seventh digit.
    """

    def __init__(self, length: int, rate: float, single: bool = False) -> None:
        self._dtype = np.float32 if single else np.float64
        self._frequency: Floats = np.fft.rfftfreq(length, 1 / rate).astype(np.float64)
        self._bands = [
            np.searchsorted(self._frequency, [low, np.nextafter(high, np.inf)]).tolist()
            for low, high in (_BAND_HZ, _LOW_HZ)
        ]
        self._lines = [self._lines_of(mains) for mains in _MAINS_HZ]
        self._weight = hann(length, sym=False)

    def powers(self, pieces: Floats) -> Floats:
        """Power in the EMG's band, in the mains lines and at low frequencies.

        Parameters
        ----------
        pieces : ndarray, shape (n, length)

        Returns
        -------
        ndarray, shape (n, 3)
            No numbers where the power of a piece is greater than its precision holds.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            spectrum = rfft(((pieces - pieces.mean(axis=1, keepdims=True)) * self._weight).astype(self._dtype), axis=1)
            power = spectrum.real**2 + spectrum.imag**2
            below: Floats = np.zeros((len(power), power.shape[1] + 1))
            np.cumsum(power, axis=1, dtype=np.float64, out=below[:, 1:])
            band, low = (below[:, last] - below[:, first] for first, last in self._bands)
            return np.column_stack([band, np.maximum(*(self._over(below, lines) for lines in self._lines)), low])

    def _lines_of(self, mains: float) -> NDArray[np.int64]:
        """Where a line of the mains, and its neighbourhood, begin and end: a row of four for each harmonic."""
        lines = np.arange(mains, min(_BAND_HZ[1], 0.95 * self._frequency[-1]), mains)
        edges = [lines - 8.0, lines - 2.0, np.nextafter(lines + 2.0, np.inf), np.nextafter(lines + 8.0, np.inf)]
        return np.searchsorted(self._frequency, np.column_stack(edges))

    @staticmethod
    def _over(below: Floats, lines: NDArray[np.int64]) -> Floats:
        """Power of lines that stands out of their neighbourhood."""
        a, b, c, d = lines.T
        line, around = below[:, c] - below[:, b], below[:, b] - below[:, a] + below[:, d] - below[:, c]
        total: Floats = np.maximum(line - (c - b) * around / np.maximum(b - a + d - c, 1), 0.0).sum(axis=1)
        return total
