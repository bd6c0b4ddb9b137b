"""When a byte of our journal was written, by the moments that the recorder notes with its cycles."""

import math
from array import array
from bisect import bisect_left
from collections.abc import Sequence

from groundup.journal.arrivals import Moment

_EVERY_S = 0.1  # moments are kept no closer: three hours take 2 MB


class Written:
    """Collects the moments of a journal, in the order of the file."""

    def __init__(self) -> None:
        self._bytes, self._times = array("Q"), array("d")
        self._newest: Moment | None = None

    def cycles(self, moments: Sequence[Moment]) -> None:
        """Take in cycles of our recorder."""
        for moment in moments:
            place, _, by = moment
            if math.isfinite(by):
                self._newest = moment
                if not self._times or abs(by - self._times[-1]) >= _EVERY_S:
                    self._bytes.append(place)
                    self._times.append(by)

    @property
    def last(self) -> float:
        """Lab time by which the newest that is there was read; NaN where nothing tells."""
        return self._newest[2] if self._newest is not None else math.nan

    def when(self, place: int) -> float:
        """Lab time by which what lies at a byte was read; NaN where nothing tells."""
        index = bisect_left(self._bytes, place)  # a cycle's moment lies behind what it wrote
        return self._times[index] if index < len(self._times) else self.last
