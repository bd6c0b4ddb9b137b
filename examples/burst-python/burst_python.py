"""A detector in Python: when each muscle begins and ends to work, channel by channel, while it is recorded."""

import math
from collections.abc import Iterable

from scipy.signal import butter

from groundup.plugin import (
    Channel,
    Detection,
    Detector,
    NotComputableError,
    Processor,
    Search,
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

    name = "burst_python"
    accepts = "emg"
    default = False
    kinds = ("burst", "rest")
    value_unit = "channel"
    settings_type = BurstSettings
    settings: BurstSettings

    def filtered(self, form: SignalForm) -> kernels.Kernel:
        if form.rate < 500.0:
            raise NotComputableError(f"a burst needs EMG of 500 Hz or more, and {form.id} has {form.rate:g} Hz")
        band = butter(2, [30.0, min(300.0, 0.45 * form.rate)], "bandpass", fs=form.rate, output="sos")
        low = butter(2, 50.0, "lowpass", fs=form.rate, output="sos")
        return kernels.Envelope(band, low, len(form.channels), steady=True)

    def detect(self, form: SignalForm, channel: Channel) -> Search:
        rest, least = (max(1, round(s * form.rate)) for s in (self.settings.rest_s, self.settings.least_s))
        mean = squares = peak = 0.0
        for seen in range(1, rest + 1):  # Welford's mean and sum of squares
            x = yield
            off = x - mean
            mean += off / seen
            squares += off * (x - mean)
        level = mean + self.settings.deviations * math.sqrt(squares / rest)
        active, run, found = False, 0, None
        while True:
            x = yield found
            found = None
            if x > level:
                peak = max(peak, x)
            if (x > level) == active:
                run = 0
                peak = peak if active else 0.0
                continue
            run += 1
            if run == least:
                active, run = not active, 0
                found = Detection("burst" if active else "rest", back=least - 1, value=math.nan if active else peak)
                peak = peak if active else 0.0


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    return [Burst]
