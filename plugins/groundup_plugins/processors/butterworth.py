"""Butterworth filters, designed once: the design costs more than filtering a stride, or a second of what comes live."""

from functools import lru_cache
from typing import Literal

import numpy as np
from scipy.signal import butter

from groundup.plugin import Floats

Kind = Literal["lowpass", "highpass", "bandpass"]


@lru_cache(maxsize=256)
def sections(order: int, corner_hz: float | tuple[float, float], kind: Kind, rate: float) -> Floats:
    """Second-order sections, shape (n, 6); not to be written to.

    Parameters
    ----------
    order : int
    corner_hz : float, or two of a band-pass
    kind : {"lowpass", "highpass", "bandpass"}
    rate : float
        Hz.
    """
    designed: Floats = np.asarray(butter(order, corner_hz, kind, fs=rate, output="sos"), dtype=np.float64)
    return designed
