"""The spectrum of the EMG: its median frequency, which falls as a muscle tires."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

import numpy as np
from scipy.fft import next_fast_len, rfft, rfftfreq

from groundup.plugin import Floats, Metric, NotComputableError, Stride, Trace, hookimpl, metric, raw_emg
from groundup_plugins.metrics.filters import hann_window

LOW_HZ, HIGH_HZ = 20.0, 450.0
LEAST_RATE = 990.0


@metric(
    "median_frequency",
    of=Stride,
    unit="Hz",
    needs=(raw_emg(),),
    reference="Stulen & De Luca 1981, IEEE Trans Biomed Eng 28:515",
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
    length, inside, frequency = _lines(len(values), trace.rate)
    total = np.cumsum(np.abs(rfft(values, length)[inside]) ** 2)
    if not total[-1] > 0:
        raise NotComputableError(f"{trace.site} is silent in this stride")
    half = float(total[-1]) / 2
    i = int(np.searchsorted(total, half))
    # Between two lines of the spectrum the power is spread evenly.
    before = float(total[i - 1]) if i else 0.0
    step = float(frequency[1] - frequency[0])
    return float(frequency[i]) + step * ((half - before) / (float(total[i]) - before) - 0.5)


@lru_cache(maxsize=256)
def _lines(count: int, rate: float) -> tuple[int, slice, Floats]:
    """Of so many samples: how long their transform is, which of its lines are in the band, and where those lie (Hz)."""
    length = next_fast_len(count, real=True)
    frequency = rfftfreq(length, 1 / rate)
    inside = slice(int(frequency.searchsorted(LOW_HZ)), int(frequency.searchsorted(min(HIGH_HZ, 0.45 * rate), "right")))
    return length, inside, frequency[inside]


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the median frequency."""
    return [median_frequency]
