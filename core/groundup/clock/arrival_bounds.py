"""When samples arrived, on the clock of their stamps: what that allows to be added to them, and where a clock slept."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundup.clock.smoother import Floats

ARRIVAL_S = 1.0  # by so much an arrival may differ from what is believed
LONGEST_GAP_S = 60.0  # after which a stream may go on with its own stamps, away or not
_SLEPT_S, _FEW_ARRIVALS = 5.0, 4
_READ_S = 0.05  # samples of so long are read at once


@dataclass(frozen=True)
class ArrivalBounds:
    """When samples arrived, on the clock of their stamps.

    Attributes
    ----------
    sample : ndarray of int, shape (K,)
        In order.
    stamp : ndarray, shape (K,)
        Of each, in s.
    after, by : ndarray, shape (K,)
        It was read after the one and by the other; NaN where nothing tells.
    """

    sample: NDArray[np.int64]
    stamp: Floats
    after: Floats
    by: Floats

    def of(self, start: int, stop: int, first: float, last: float) -> tuple[float, float]:
        """Bounds of what is to be added to the stamps of these samples, `first` to `last`; infinite if none is known.

        They arrived after those that were known to have arrived before them, and before those behind them.
        """
        i, j = np.searchsorted(self.sample, [start, stop]).tolist()
        least = [*(self.after[i:j] - self.stamp[i:j]), *(self.after[max(i - 2, 0) : i] - first)]
        most = [*(self.by[i:j] - self.stamp[i:j]), *(self.by[j : j + 2] - last)]
        if i == 0 and len(self.by):
            least.append(float(np.nanmin([self.by[:2], self.after[:2]])) - LONGEST_GAP_S - first)
        return max((float(t) for t in least if t == t), default=-np.inf), min(
            (float(t) for t in most if t == t), default=np.inf
        )

    def slept(self, rate: float) -> NDArray[np.int64]:
        """Samples before which the clock that stamps them stood still: from there on all arrive later, for good."""
        known = np.isfinite(self.after) & np.isfinite(self.by)
        sample, least = self.sample[known], (self.after - self.stamp)[known]
        if len(least) < 2 * _FEW_ARRIVALS:
            return np.empty(0, np.int64)
        low = np.minimum.accumulate(least[::-1])[::-1]
        found, end = [], len(least)
        for k in (np.flatnonzero(np.diff(low) > _SLEPT_S)[::-1] + 1).tolist():
            # What was held back catches up; a clock that stood still stays behind.
            if end - k >= _FEW_ARRIVALS and float(np.ptp(least[k:end])) < ARRIVAL_S:
                found.append(max(int(sample[k - 1]) + 1, int(sample[k]) - round(_READ_S * rate)))
            end = k
        return np.array(sorted(found), np.int64)

    def usual(self) -> float:
        """How late samples arrive in the usual way, as far as that is seen."""
        late = self.by - self.stamp
        late = late[np.isfinite(late) & (np.abs(late) < LONGEST_GAP_S)]
        return max(float(np.median(late)), 0.0) if len(late) else 0.0
