"""Filters and windows that are used in every stride: what they need is worked out once."""

from functools import lru_cache
from typing import Literal

import numpy as np
from scipy.signal import sosfilt, sosfilt_zi
from scipy.signal.windows import hann

from groundup.plugin import Floats
from groundup_plugins.processors.butterworth import sections


def zero_lag(values: Floats, order: int, corner_hz: float, kind: Literal["lowpass", "highpass"], rate: float) -> Floats:
    """Filter forwards and backwards along the last axis: no lag, twice the slope.

    As `scipy.signal.sosfiltfilt`, whose steady state is worked out anew in each call.
    """
    pad = min(values.shape[-1] - 1, 3 * (2 * order + 1))
    filters, steady = sections(order, corner_hz, kind, rate), _steady(order, corner_hz, kind, rate)
    first, last = values[..., :1], values[..., -1:]
    # Mirrored in its end points, so that it goes on smoothly.
    before, after = 2 * first - values[..., pad:0:-1], 2 * last - values[..., -2 : -pad - 2 : -1]
    whole = np.concatenate([before, values, after], axis=-1)
    for _ in range(2):
        start = steady.reshape(len(steady), *[1] * (values.ndim - 1), 2) * whole[..., :1]
        whole = sosfilt(filters, whole, axis=-1, zi=start)[0][..., ::-1]
    filtered: Floats = whole[..., pad : whole.shape[-1] - pad]
    return filtered


@lru_cache(maxsize=64)
def _steady(order: int, corner_hz: float, kind: Literal["lowpass", "highpass"], rate: float) -> Floats:
    """State of the sections that have seen a constant of 1 for ever, shape (n, 2)."""
    state: Floats = np.asarray(sosfilt_zi(sections(order, corner_hz, kind, rate)), dtype=np.float64)
    return state


@lru_cache(maxsize=256)
def hann_window(length: int) -> Floats:
    """A Hann window of a spectrum (periodic); not to be written to."""
    window: Floats = np.asarray(hann(length, sym=False), dtype=np.float64)
    return window
