"""When each muscle is active, while it is recorded: the offline detectors on the last second, a quarter of one late."""

from dataclasses import replace

import numpy as np

from groundup.plugin import Channel, Floats, Made, SignalForm, Stage
from groundup_plugins.processors.onsets import BASELINE_S, Method, active, band_passed

_BLOCK_S = 0.1
_AHEAD_S = 0.15
"""What a detector looks at after a sample, at most: a gap that may be closed, and the tail of a smoothing filter."""
_SEEN_S = 1.0


class EmgOnsetStage(Stage):
    """Causal form of `EmgOnset`.

    Every tenth of a second a channel's last second is looked at, against the quietest half second so far; NaN until
    there has been a second. What is told of a sample is what the detector says 0.15 s later.
    """

    def __init__(self, taken: SignalForm, method: Method) -> None:
        self._rate, self._method = taken.rate, method
        self._block, self._ahead = round(_BLOCK_S * taken.rate), round(_AHEAD_S * taken.rate)
        self._rest_length = round(BASELINE_S * taken.rate)
        self._seen_length = round(_SEEN_S * taken.rate)
        self.latency_s = (self._block + self._ahead) / taken.rate
        self.form = replace(
            taken, id=f"{taken.id}.active", kind="activity", inputs=(taken.id,), attrs={"method": method},
            channels=tuple(Channel(c.label, "1", c.site, c.side) for c in taken.channels),
        )  # fmt: skip
        self.reset()

    def reset(self) -> None:
        """Know nothing of the muscles."""
        assert self.form is not None
        width = len(self.form.channels)
        self._seen = np.full((self._seen_length, width), np.nan)
        self._rest = np.full((self._rest_length, width), np.nan)
        self._quietest = np.full(width, np.inf)
        self._part = np.empty((self._block, width))
        self._filled = 0
        self._decided = np.full((self._block, width), np.nan)

    def process(self, time: Floats, samples: Floats) -> Made:
        """What is known of the samples of a quarter of a second ago."""
        made = np.empty(samples.shape)
        at = 0
        while at < len(samples):
            stop = min(len(samples), at + self._block - self._filled)
            part = slice(self._filled, self._filled + stop - at)
            self._part[part] = samples[at:stop]
            made[at:stop] = self._decided[part]
            self._filled += stop - at
            at = stop
            if self._filled == self._block:
                self._filled = 0
                self._look()
        return Made(made)

    def _look(self) -> None:
        """Judge the block that lies far enough back for what follows to be known."""
        self._seen = np.concatenate([self._seen[self._block :], self._part])
        stop = len(self._seen) - self._ahead
        judged = slice(stop - self._block, stop)
        for column in range(self._seen.shape[1]):
            seen = self._seen[:, column]
            self._decided[:, column] = np.nan
            if not np.isfinite(seen).all():
                continue
            self._learn_rest(column, seen)
            if np.isfinite(self._rest[:, column]).all() and self._quietest[column] > 0:
                both = np.concatenate([self._rest[:, column], seen])
                found = active(both, self._rate, self._method, slice(0, self._rest_length))
                self._decided[:, column] = found[self._rest_length :][judged]

    def _learn_rest(self, column: int, seen: Floats) -> None:
        """Keep the quietest half second: of the middle of what is seen, where the filter has no edge."""
        middle = slice((len(seen) - self._rest_length) // 2, (len(seen) + self._rest_length) // 2)
        power = float((band_passed(seen, self._rate)[middle] ** 2).sum())
        if power < self._quietest[column]:
            self._quietest[column] = power
            self._rest[:, column] = seen[middle]
