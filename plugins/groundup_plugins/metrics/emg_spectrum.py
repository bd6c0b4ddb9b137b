"""The spectrum of the EMG: its median frequency, which falls as a muscle tires."""

from collections.abc import Iterable, Mapping

import numpy as np
from scipy.fft import next_fast_len, rfft, rfftfreq

from groundup.plugin import Metric, NotComputableError, Stride, Trace, hookimpl, metric, raw_emg
from groundup_plugins.metrics.filters import hann_window

LOW_HZ, HIGH_HZ = 20.0, 450.0
LEAST_RATE = 990.0


@metric(
    "median_frequency",
    of=Stride,
    unit="Hz",
    needs=(raw_emg(),),
    source="Stulen & De Luca 1981, IEEE Trans Biomed Eng 28:515",
    parameters={"low_hz": LOW_HZ, "high_hz": HIGH_HZ, "window": "Hann"},
)
def median_frequency(stride: Stride, muscles: Mapping[str, Trace]) -> float:
    """Frequency that halves the power of a stride's EMG between 20 and 450 Hz; of several muscles the mean.

    Comparable only for the same muscles. Not computable below 1 kHz.
    """
    return float(np.mean([_bisector(trace) for _, trace in sorted(muscles.items())]))


def _bisector(trace: Trace) -> float:
    if trace.rate < LEAST_RATE:
        raise NotComputableError(
            f"the EMG is sampled at {trace.rate:.0f} Hz, so its spectrum ends at {0.45 * trace.rate:.0f} Hz, "
            "and its median would be too low: it needs 1000 Hz"
        )
    values = (trace.values - trace.values.mean()) * hann_window(len(trace.values))
    length = next_fast_len(len(values), real=True)
    power, frequency = np.abs(rfft(values, length)) ** 2, rfftfreq(length, 1 / trace.rate)
    inside = (frequency >= LOW_HZ) & (frequency <= min(HIGH_HZ, 0.45 * trace.rate))
    frequency, total = frequency[inside], np.cumsum(power[inside])
    if not total[-1] > 0:
        raise NotComputableError(f"{trace.site} is silent in this stride")
    half = float(total[-1]) / 2
    i = int(np.searchsorted(total, half))
    # Between two lines of the spectrum the power is spread evenly.
    before = float(total[i - 1]) if i else 0.0
    step = float(frequency[1] - frequency[0])
    return float(frequency[i]) + step * ((half - before) / (float(total[i]) - before) - 0.5)


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the median frequency."""
    return [median_frequency]
