"""By how many samples a filter of second-order sections is late."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_STOPPED = 1e-6
_DOUBLINGS = 40
_RUNG_DOWN = 1e-12


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
    """Mean group delay, weighted with the power that is let through; NaN for a filter that does not ring down.

    It is the delay of the power of a white noise whose strength changes slowly: the centre of the squared impulse
    response h (by Parseval's theorem). With h[0] = D and h[k] = C A^(k-1) B, its sums are those of the matrices
    A^k B B' A'^k, which are added up by doubling.
    """
    step, out = _linear(sos)
    a, b, c, d = step[:, :-1], step[:, -1], out[:-1], out[-1]
    power = np.outer(b, b)  # of the first `count` samples
    late = power.copy()  # the same, each times its place
    count = 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(_DOUBLINGS):
            late = late + a @ (late + count * power) @ a.T
            power = power + a @ power @ a.T
            a, count = a @ a, 2.0 * count
            if np.abs(a).max() < _RUNG_DOWN:
                return float((c @ late @ c) / (d * d + c @ power @ c))
    return float("nan")


def _linear(sos: Floats) -> tuple[Floats, Floats]:
    """The next state (rows) and the output, as what they take of the state and, last, of the input."""
    now = np.eye(2 * len(sos) + 1)
    step = np.zeros((2 * len(sos), 2 * len(sos) + 1))
    x = now[-1]
    for i, (b0, b1, b2, a0, a1, a2) in enumerate(sos):
        y = (b0 * x + a0 * now[2 * i]) / a0
        step[2 * i] = (b1 * x - a1 * y) / a0 + now[2 * i + 1]
        step[2 * i + 1] = (b2 * x - a2 * y) / a0
        x = y
    return step, x
