"""When declared records were taken: by the device's counter or clock, else by counting what comes."""

from collections.abc import Callable

import numpy as np

from groundup.plugin import SampleClock, Sink, unwrap
from groundup_plugins.devices.wire.declaration import CLOCK, COUNTER, Declaration
from groundup_plugins.devices.wire.parsing import Rows

_WINDOW_S = 60.0
_DRIFT = 0.05  # what is declared by hand, and paced by a loop, may be so wrong
_UNCOUNTED_WINDOW_S = 15.0  # a loss that nobody counts is forgotten after so long


class Timing:
    """Pushes records with their times; one for each connection.

    Parameters
    ----------
    declared : Declaration
    wrap : float
        Where its counter or clock begins again.
    make : callable
        Makes a sample clock of a rate, a window, a drift, and whether the device counts (`PolledDevice.sample_clock`).
    """

    def __init__(self, declared: Declaration, wrap: float, make: Callable[..., SampleClock]) -> None:
        self._declared = declared
        self._wrap = wrap
        self._last: float | None = None
        self._column: int | None = None
        self._clock: SampleClock | None = None
        labels = declared.labels
        if CLOCK in labels:
            self._column = labels.index(CLOCK)
            self._clock = make(1.0 / declared.clock_unit_s, _WINDOW_S, _DRIFT)
        elif COUNTER in labels and declared.rate > 0:
            self._column = labels.index(COUNTER)
            self._clock = make(declared.rate, _WINDOW_S, _DRIFT)
        elif declared.rate > 0:
            self._clock = make(declared.rate, _UNCOUNTED_WINDOW_S, _DRIFT, counted=False)

    def push(self, sink: Sink, rows: Rows, arrived: float, stream: str = "") -> None:
        """Push records that were there at `arrived`, in s of the sink's clock, to the stream of a key."""
        if len(rows.order) == 0:
            return
        samples = self._declared.samples(rows.values)
        if self._clock is None:
            sink.push(samples, np.full(len(rows.order), arrived), stream)
            return
        numbers = np.asarray(rows.order, np.float64)
        if self._column is not None:
            numbers = unwrap(rows.values[:, self._column], self._wrap, self._last)
            self._last = float(numbers[-1])
        self._clock.push(sink, {stream: samples}, numbers, arrived)
