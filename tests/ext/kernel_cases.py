"""Every kernel that ships, with an input that makes it work: the laws are tested on all of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter

from groundup_ext import _kernels as kernels
from groundup_ext.zero import Zero

Floats = NDArray[np.float64]

BAND = butter(4, [20.0, 450.0], "bandpass", fs=2000.0, output="sos")
LOW = butter(2, 6.0, fs=2000.0, output="sos")
DELAYED = np.array([[0.0, 1.0, 0.5, 1.0, -0.5, 0.25]])
"""A section that a b0 of 0 makes unlike others."""


@dataclass(frozen=True)
class Case:
    """A kernel and whether channels are free to choose.

    Attributes
    ----------
    make : callable
        From the number of channels to a new kernel.
    channels : tuple of int
        Numbers of channels to try: fewer than lanes, more, and with a rest.
    force : bool
        Whether it wants a vertical force, not noise.
    """

    make: Callable[[int], kernels.Kernel]
    channels: tuple[int, ...] = (1, 3, 6, 17)
    force: bool = False

    def input(self, rows: int, channels: int, seed: int = 0) -> Floats:
        """Samples that it can work on."""
        random = np.random.default_rng(seed)
        if not self.force:
            return random.standard_normal((rows, channels)) + random.standard_normal(channels)
        steps = np.maximum(0.0, np.sin(np.arange(rows)[:, None] / 9.0 + np.arange(channels))) * 800.0
        return steps + 8.0 + np.arange(rows)[:, None] * 0.02 + random.standard_normal((rows, channels))


def _plate(channels: int) -> kernels.Kernel:
    matrix = np.random.default_rng(5).standard_normal((6, channels)) * 0.1
    matrix[2] = 1.0
    return kernels.Plate(matrix, origin=(0.0, 0.0, -0.04), zero=Zero(7))


CASES = {
    "sos": Case(lambda c: kernels.Sos(BAND, c)),
    "sos of many sections": Case(lambda c: kernels.Sos(np.concatenate([BAND, LOW, BAND, LOW]), c, steady=True)),
    "sos with a b0 of 0": Case(lambda c: kernels.Sos(np.concatenate([DELAYED, LOW]), c, steady=True)),
    "envelope": Case(lambda c: kernels.Envelope(BAND, LOW, c)),
    "envelope, steady, of more sections": Case(
        lambda c: kernels.Envelope(BAND, np.concatenate([LOW, LOW]), c, steady=True)
    ),
    "rectify": Case(kernels.Rectify),
    "demean": Case(lambda c: kernels.Demean(c, 40)),
    "moving_rms": Case(lambda c: kernels.MovingRms(c, 13)),
    "moving_rms of one": Case(lambda c: kernels.MovingRms(c, 1)),
    "tkeo": Case(kernels.Tkeo),
    "magnitude": Case(kernels.Magnitude, (3, 6, 9)),
    "phase": Case(lambda c: kernels.Phase(c, 11)),
    "relative_phase": Case(lambda c: kernels.RelativePhase(c, [[0, c - 1], [c // 2, 0]])),
    "resampler, decimating": Case(lambda c: kernels.Resampler(c, 1, 5)),
    "resampler, 2 to 3": Case(lambda c: kernels.Resampler(c, 3, 2, steady=True)),
    "resampler, 10 to 3": Case(lambda c: kernels.Resampler(c, 3, 10)),
    "threshold": Case(lambda c: kernels.Threshold(c, 0.5, 0.1, refractory=3)),
    "double_threshold": Case(lambda c: kernels.DoubleThreshold(c, 0.5, 2, 5)),
    "contact": Case(lambda c: kernels.Contact(c, least=4, refractory=3, zero=Zero(7)), force=True),
    "plate": Case(_plate, (6, 8), force=True),
}


def with_holes(x: Floats, seed: int = 1) -> Floats:
    """The same with missing values of every kind, alone and in runs, from the first sample on."""
    random = np.random.default_rng(seed)
    holed = x.copy()
    for _ in range(max(1, x.size // 60)):
        row, column = int(random.integers(len(x))), int(random.integers(x.shape[1]))
        holed[row : row + int(random.integers(1, 6)), column] = random.choice([np.nan, np.inf, -np.inf, 1e200])
    holed[: len(x) // 10, 0] = np.nan
    return holed
