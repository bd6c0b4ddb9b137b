"""The least and the largest value in every short stretch of time: all that a screen can show of a fast signal."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

LEAST_BUCKET_S = 0.02
"""A ten-second window of such stretches has as many columns as a screen has for it."""


@dataclass(frozen=True)
class Buckets:
    """Stretches of time that are over.

    Attributes
    ----------
    time : ndarray, shape (k,)
        When each begins, s.
    low, high : ndarray, shape (k, C), float32
        NaN where every sample was.
    """

    time: Floats
    low: Singles
    high: Singles


class MinMax:
    """Reduces a stream as it arrives; what comes out does not depend on how it was cut into chunks.

    Parameters
    ----------
    channels : int
    rate : float
        Hz; of a slow stream every stretch holds one sample.
    """

    def __init__(self, channels: int, rate: float) -> None:
        self.bucket_s = max(LEAST_BUCKET_S, 1.0 / rate) if rate > 0 else LEAST_BUCKET_S
        self._channels = channels
        self._open: tuple[int, Floats, Floats] | None = None

    def feed(self, time: Floats, samples: Floats) -> Buckets:
        """Take samples in the order of time; those of a clock that stepped back begin anew.

        Parameters
        ----------
        time : ndarray, shape (n,)
        samples : ndarray, shape (n, C)
        """
        good = np.isfinite(time)
        if not good.all():
            time, samples = time[good], samples[good]
        if len(time) == 0:
            return self._made([], [], [])
        index = np.floor(time / self.bucket_s).astype(np.int64)
        starts = np.append(0, np.flatnonzero(np.diff(index)) + 1)
        low = np.fmin.reduceat(samples, starts, axis=0)
        high = np.fmax.reduceat(samples, starts, axis=0)
        numbers = index[starts].tolist()
        if self._open is not None:
            number, before_low, before_high = self._open
            if number == numbers[0]:
                low[0], high[0] = np.fmin(low[0], before_low), np.fmax(high[0], before_high)
            else:
                numbers.insert(0, number)
                low, high = np.vstack([before_low, low]), np.vstack([before_high, high])
        self._open = numbers[-1], low[-1], high[-1]
        return self._made(numbers[:-1], low[:-1], high[:-1])

    def _made(self, numbers: list[int], low: object, high: object) -> Buckets:
        shape = (len(numbers), self._channels)
        time = np.array(numbers, np.float64) * self.bucket_s
        with np.errstate(over="ignore"):
            return Buckets(time, *(np.asarray(v, np.float32).reshape(shape) for v in (low, high)))
