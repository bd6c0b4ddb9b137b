"""Butterworth filters that are designed once and used in every stride."""

from functools import lru_cache
from typing import Literal

import numpy as np
from scipy.signal import butter, sosfiltfilt

from groundup.analysis.signals import Floats


@lru_cache(maxsize=64)
def butterworth(order: int, corner_hz: float, kind: Literal["lowpass", "highpass"], rate: float) -> Floats:
    """Second-order sections, shape (n, 6): not to be written to."""
    sections: Floats = np.asarray(butter(order, corner_hz, kind, fs=rate, output="sos"), dtype=np.float64)
    return sections


def zero_lag(values: Floats, order: int, corner_hz: float, kind: Literal["lowpass", "highpass"], rate: float) -> Floats:
    """Filter forwards and backwards along the last axis: no lag, twice the slope."""
    pad = min(values.shape[-1] - 1, 3 * (2 * order + 1))
    filtered: Floats = sosfiltfilt(butterworth(order, corner_hz, kind, rate), values, axis=-1, padlen=pad)
    return filtered
