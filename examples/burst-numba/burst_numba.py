"""A detector in numba: one compiled function that is given one sample of one channel."""

import math
from collections.abc import Iterable

import numba
import numpy as np
from numba.types import CPointer, float64, int32
from scipy.signal import butter

from groundup.plugin import (
    EVENT_DTYPE,
    Channel,
    Detector,
    NotComputableError,
    Processor,
    Settings,
    SignalForm,
    hookimpl,
    kernels,
)

# The memory of a channel: what it is set to, and what it knows.
REST, DEVIATIONS, LEAST, SEEN, MEAN, SQUARES, LEVEL, ACTIVE, RUN, PEAK = range(10)


# `groundup_detect` of groundup/processor.h
@numba.cfunc(int32(CPointer(float64), float64, CPointer(numba.from_dtype(EVENT_DTYPE))))
def detect(m, x, events):
    if m[SEEN] < m[REST]:  # Welford's mean and sum of squares
        off = x - m[MEAN]
        m[SEEN] += 1
        m[MEAN] += off / m[SEEN]
        m[SQUARES] += off * (x - m[MEAN])
        m[LEVEL] = m[MEAN] + m[DEVIATIONS] * math.sqrt(m[SQUARES] / m[REST])
        return 0
    if x > m[LEVEL]:
        m[PEAK] = max(m[PEAK], x)
    if (x > m[LEVEL]) == (m[ACTIVE] != 0):
        m[RUN] = 0
        if m[ACTIVE] == 0:
            m[PEAK] = 0
        return 0
    m[RUN] += 1
    if m[RUN] < m[LEAST]:
        return 0
    m[ACTIVE], m[RUN] = 1 - m[ACTIVE], 0
    event = numba.carray(events, 1)[0]
    event.sample -= int(m[LEAST]) - 1
    event.kind = 0 if m[ACTIVE] else 1  # in the order of `Burst.kinds`
    if m[ACTIVE] == 0:
        event.value, m[PEAK] = m[PEAK], 0
    return 1


class BurstSettings(Settings, frozen=True):
    """The muscle rests for the first `rest_s`; a burst is above mean and `deviations` SD of that for `least_s`."""

    rest_s: float = 1.0
    deviations: float = 5.0
    least_s: float = 0.025


class Burst(Detector):
    """Bursts of every EMG channel by a threshold over its envelope (Hodges and Bui 1996)."""

    name = "burst_numba"
    accepts = "emg"
    default = False
    kinds = ("burst", "rest")
    value_unit = "channel"
    function = detect
    settings_type = BurstSettings
    settings: BurstSettings

    def filtered(self, form: SignalForm) -> kernels.Kernel:
        if form.rate < 500.0:
            raise NotComputableError(f"a burst needs EMG of 500 Hz or more, and {form.id} has {form.rate:g} Hz")
        band = butter(2, [30.0, min(300.0, 0.45 * form.rate)], "bandpass", fs=form.rate, output="sos")
        low = butter(2, 50.0, "lowpass", fs=form.rate, output="sos")
        return kernels.Envelope(band, low, len(form.channels), steady=True)

    def memory(self, form: SignalForm, channel: Channel) -> np.ndarray:
        rest, least = (max(1, round(s * form.rate)) for s in (self.settings.rest_s, self.settings.least_s))
        return np.array([rest, self.settings.deviations, least, *[0.0] * 7])


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    return [Burst]
