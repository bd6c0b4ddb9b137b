"""By how many samples a filter of second-order sections is late."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Enough for a corner at a two-thousandth of the sampling rate.
_FREQUENCIES = 1 << 15
_STOPPED = 1e-6


def of_filter(sos: Floats) -> float:
    """Group delay at 0 Hz; `of_noise` for a filter that does not let 0 Hz through.

    Parameters
    ----------
    sos : ndarray, shape (sections, 6)
    """
    level = sos[:, :3].sum(axis=1)
    if (np.abs(level) <= _STOPPED * np.abs(sos[:, :3]).sum(axis=1)).any() or (sos[:, 3:].sum(axis=1) == 0).any():
        return of_noise(sos)
    steps = np.arange(3.0)
    late = sos[:, :3] @ steps / level - sos[:, 3:] @ steps / sos[:, 3:].sum(axis=1)
    return float(late.sum())


def of_noise(sos: Floats) -> float:
    """Mean group delay, weighted with the power that is let through.

    It is the delay of the power of a white noise whose strength changes slowly: the centre of the squared impulse
    response (by Parseval's theorem).
    """
    # Between the points of a transform of a real signal, so that neither 0 Hz nor the Nyquist rate is asked.
    angle = np.pi * (np.arange(_FREQUENCIES) + 0.5) / _FREQUENCIES
    turn = np.exp(-1j * np.outer(np.arange(3), angle))
    steps = np.arange(3.0)
    above, below = sos[:, :3] @ turn, sos[:, 3:] @ turn
    late = (((sos[:, :3] * steps) @ turn / above) - ((sos[:, 3:] * steps) @ turn / below)).real.sum(axis=0)
    power = np.abs(above / below).prod(axis=0) ** 2
    return float((late @ power) / power.sum())
