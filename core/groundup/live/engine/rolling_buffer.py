"""The newest stretch of a signal: what strides are cut from live, in memory that does not grow."""

import numpy as np

from groundup.model.signals import Floats, Signal
from groundup.plugin.stage import SignalForm

_SPARE = 1.25  # so that what is kept is moved only now and then


class Track:
    """The newest samples of one signal.

    Parameters
    ----------
    form : SignalForm
    span_s : float
        How much is kept at least, where so much has come.
    """

    def __init__(self, form: SignalForm, span_s: float) -> None:
        self.form = form
        self.span_s = span_s
        room = int(span_s * form.rate * _SPARE) + 64
        self._time: Floats = np.empty(room)
        self._samples: Floats = np.empty((room, len(form.channels)))
        self._start = self._stop = 0

    def append(self, time: Floats, samples: Floats) -> None:
        """Take the next samples; where time goes back, what was before is forgotten."""
        if self._stop > self._start and time[0] < self._time[self._stop - 1]:
            self._start = self._stop = 0
        if self._stop + len(time) > len(self._time):
            self._make_room(len(time), float(time[-1]) - self.span_s)
        end = self._stop + len(time)
        self._time[self._stop : end] = time
        self._samples[self._stop : end] = samples
        self._stop = end

    def between(self, t0: float, t1: float = np.inf) -> Signal:
        """The samples with ``t0 <= time <= t1``, valid until the next `append`."""
        time = self._time[self._start : self._stop]
        i, j = (int(k) + self._start for k in np.searchsorted(time, [t0, np.nextafter(t1, np.inf)]))
        return self.form.signal(self._time[i:j], self._samples[i:j])

    def _make_room(self, count: int, since: float) -> None:
        kept = self._time[self._start : self._stop]
        first = self._start + int(np.searchsorted(kept, since))
        kept_count = self._stop - first
        if kept_count + count > len(self._time):
            room = int((kept_count + count) * _SPARE) + 64
            time, samples = np.empty(room), np.empty((room, self._samples.shape[1]))
        else:
            time, samples = self._time, self._samples
        time[:kept_count] = self._time[first : self._stop]
        samples[:kept_count] = self._samples[first : self._stop]
        self._time, self._samples = time, samples
        self._start, self._stop = 0, kept_count
