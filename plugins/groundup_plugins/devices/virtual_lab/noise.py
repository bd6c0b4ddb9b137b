"""Noise by sample number: two loops of unequal length, so that what is cheap to read hardly ever repeats."""

import numpy as np
from numpy.typing import NDArray

from groundup_plugins.devices.virtual_lab.chance import generator

# Coprime: the sum of the two loops repeats after their product, 11 days at 2 kHz.
_LENGTHS = (43200, 44803)


class Noise:
    """Gaussian noise of unit standard deviation, independent in each channel.

    Parameters
    ----------
    seed : int
    what : str
        Names the noise; another name is other noise.
    channels : int
    band : (low, high) in Hz, optional
        Nothing outside of it; needs `rate`. Without it the noise is white.
    rate : float, optional
        Sampling rate in Hz.
    """

    def __init__(
        self, seed: int, what: str, channels: int, band: tuple[float, float] | None = None, rate: float = 0.0
    ) -> None:
        random = generator(seed, what)
        self._loops = [_loop(random, length, channels, band, rate) for length in _LENGTHS]

    def read(self, index: NDArray[np.int64]) -> NDArray[np.float32]:
        """The noise of these sample numbers, shape (n, channels)."""
        first, second = (loop.take(index % len(loop), axis=0) for loop in self._loops)
        return np.add(first, second, out=first)


def _loop(
    random: np.random.Generator, length: int, channels: int, band: tuple[float, float] | None, rate: float
) -> NDArray[np.float32]:
    # Half of the variance from each loop. A band is cut in the frequency domain, so the loop closes without a seam.
    noise = random.standard_normal((length, channels))
    if band is not None:
        spectrum = np.fft.rfft(noise, axis=0)
        frequency = np.fft.rfftfreq(length, 1.0 / rate)
        spectrum[(frequency < band[0]) | (frequency > band[1])] = 0.0
        noise = np.fft.irfft(spectrum, length, axis=0)
    return np.asarray(noise / (noise.std(axis=0) * np.sqrt(2.0)), np.float32)
