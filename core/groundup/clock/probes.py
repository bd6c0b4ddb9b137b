"""Measurements of one clock: when, what to add, round trip; those that were left out, and where the clock steps."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from groundup.clock.smoother import Floats

PROBE_NOISE = 2e-5
"""s; the scatter of probes on loopback, where the truth is 0."""


HARDLY_ANY = 5  # probes; with more, most of the steps from one to the next are noise
_NETWORK_S = 0.05  # by so much a network alone may put a measurement off


@dataclass(frozen=True)
class Outlier:
    """A measurement that is left out.

    Attributes
    ----------
    lab : float
        Lab time of the one beside it that is believed, in s.
    off : float
        How far its offset is from that one's, in s.
    """

    lab: float
    off: float


@dataclass(frozen=True)
class Probes:
    """Measurements of one clock, in the order of the lab's time, outliers thrown out.

    Attributes
    ----------
    time, offset, trip : ndarray, shape (K,)
        Device time, what to add to it, and round trip, in s.
    steps : tuple of int
        Index of the first probe after each step of the clock.
    outliers : tuple of Outlier
        Those thrown out.
    doubtful : bool
        Whether some of these lie at an end, so that the clock may have stepped instead.
    contrary : float
        How far too few measurements to tell which are right contradict each other, in s; else 0.
    """

    time: Floats
    offset: Floats
    trip: Floats
    steps: tuple[int, ...] = ()
    outliers: tuple[Outlier, ...] = ()
    doubtful: bool = False
    contrary: float = 0.0

    @property
    def lab(self) -> Floats:
        """Lab time of each."""
        return self.time + self.offset

    @property
    def uncertainty(self) -> float:
        """How far those left out of hardly any are off that may have been right, in s."""
        off = [abs(one.off) for one in self.outliers if abs(one.off) < _NETWORK_S]
        return max(off, default=0.0) if len(self.time) + len(self.outliers) <= HARDLY_ANY else 0.0

    @property
    def pieces(self) -> list[slice]:
        """Stretches in which the clock did not step."""
        return [slice(a, b) for a, b in pairwise((0, *self.steps, len(self.time)))]


def take_probes(probes: Probes, which: NDArray[np.generic]) -> Probes:
    """Some of them, as if the clock had not stepped."""
    return Probes(probes.time[which], probes.offset[which], probes.trip[which])
