"""A detector in C: when each muscle begins and ends to work, channel by channel, while it is recorded."""

from collections.abc import Iterable

import numpy as np
from _burst_c import detect
from scipy.signal import butter

from groundup.plugin import (
    Channel,
    Detector,
    NotComputableError,
    Processor,
    Settings,
    SignalForm,
    hookimpl,
    kernels,
)


class BurstSettings(Settings, frozen=True):
    """The muscle rests for the first `rest_s`; a burst is above mean and `deviations` SD of that for `least_s`."""

    rest_s: float = 1.0
    deviations: float = 5.0
    least_s: float = 0.025


class Burst(Detector):
    """Bursts of every EMG channel by a threshold over its envelope (Hodges and Bui 1996)."""

    name = "burst_c"
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
