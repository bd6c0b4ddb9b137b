"""When declared records were taken: by the device's counter or clock, else by counting what comes."""

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import SampleClock, unwrap
from groundup_plugins.devices.wire.declaration import CLOCK, COUNTER, Declaration
from groundup_plugins.devices.wire.parsing import Rows

_UNCOUNTED_WINDOW_S = 15.0  # a loss that nobody counts is forgotten after so long


class Timing:
    """Gives records their times; one for each connection.

    Parameters
    ----------
    declared : Declaration
    wrap : float
        Where its counter or clock begins again.
    """

    def __init__(self, declared: Declaration, wrap: float) -> None:
        self._wrap = wrap
        self._last: float | None = None
        self._column: int | None = None
        self._clock: SampleClock | None = None
        labels = declared.labels
        if CLOCK in labels:
            self._column = labels.index(CLOCK)
            self._clock = SampleClock(1.0 / declared.clock_unit_s)
        elif COUNTER in labels and declared.rate > 0:
            self._column = labels.index(COUNTER)
            self._clock = SampleClock(declared.rate)
        elif declared.rate > 0:
            self._clock = SampleClock(declared.rate, _UNCOUNTED_WINDOW_S)

    def stamp(self, rows: Rows, arrived: float) -> NDArray[np.float64]:
        """Time of each record, shape (n,), on the clock that `arrived` was read from."""
        if self._clock is None:
            return np.full(len(rows.order), arrived)
        if self._column is None or len(rows.order) == 0:
            return self._clock.stamp(rows.order, arrived)
        numbers = unwrap(rows.values[:, self._column], self._wrap, self._last)
        self._last = float(numbers[-1])
        return self._clock.stamp(numbers, arrived)
