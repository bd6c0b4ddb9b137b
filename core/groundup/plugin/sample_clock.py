"""When the samples of a device were taken: from its counter, and how fast the counter really runs.

A packet arrives when the network, the driver of the bus and the scheduler are done with it, never when its samples were
taken; but it never arrives before. So the numbers of its samples are laid on the straight line that lies under all
arrivals of the last minute: late packets leave no trace, and the true rate shows by itself.

What is known early is known poorly, and samples cannot be stamped again. So the stamps go with the pairs they are made
of, numbers and arrivals (`groundup.plugin.ticks`): with these a recording is sealed with hindsight.
"""

from collections import deque
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from groundup.model.stream_keys import ONE
from groundup.plugin.device import Sink
from groundup.plugin.ticks import Ticks

Floats = NDArray[np.float64]
Samples = NDArray[np.generic] | Sequence[Sequence[str]]

_BIN_S = 0.25  # of all arrivals in so much time only the most punctual is kept
_SETTLE_S = 2.0  # until the line is known well enough for the first sample to be sent
_SLEW = 0.005  # how much faster or slower than the line time runs to get to it
_JUMP_S = 0.25  # what is further off is no matter of learning
_SPAN_S = 1.5  # before so much time has gone, the nominal rate is the better guess
_EARLY_S = 0.5  # so much before its time nothing arrives: the counter has jumped
_LATE_S = 0.25  # so late for all of `_LATE_FOR_S`: samples were lost that nobody has counted
_LATE_FOR_S = 2.0
_OVERTAKEN = 64  # packets: one that more have overtaken is stamped by the line alone


class SampleClock:
    """Gives the samples of one device their times.

    Sampling times come out as a straight line in the number of the sample, whatever the packets did on their way. What
    cannot be seen is the shortest time a packet takes: that is the device's latency (`StreamSpec.latency_s`).

    Parameters
    ----------
    rate : float
        Numbers a second, as the device says: its sampling rate, or the ticks of its clock. More than 0.
    window_s : float
        How far back the line looks. A device without a counter, whose losses nobody sees, wants a shorter one.
    drift : float
        How wrong the rate may be, as a share of it: no crystal is wrong by more than a thousandth; a rate that was
        written down by hand, or kept by a program that waits, can be by some hundredths.
    counted : bool
        Whether the device itself counts. Where only what comes is counted, losses are looked for in the arrivals when a
        recording is sealed.

    Attributes
    ----------
    restarts : int
        How often the counter has started anew or jumped.
    """

    def __init__(self, rate: float, window_s: float = 60.0, drift: float = 1e-3, *, counted: bool = True) -> None:
        if not rate > 0.0:
            raise ValueError(f"a sample clock needs a rate of more than 0 Hz, not {rate:g}")
        self.restarts = 0
        self._nominal = 1.0 / rate
        self._window = window_s
        self._drift = drift
        self._counted = counted
        self._points: deque[tuple[float, float]] = deque()
        self._newest: float | None = None
        self._last: tuple[float, float] | None = None
        self._floor = -np.inf
        self._held: list[tuple[Floats, Mapping[str, Samples], float, int]] = []
        self._path: deque[tuple[float, float]] = deque(maxlen=_OVERTAKEN)
        self._ticks: Ticks | None = None
        self._late_since: float | None = None

    @property
    def nominal_rate(self) -> float:
        """Numbers a second, as the device says."""
        return 1.0 / self._nominal

    @property
    def rate(self) -> float:
        """Numbers a second, as they really come."""
        return 1.0 / self._period if self._points else 1.0 / self._nominal

    def push(
        self,
        sink: Sink,
        samples: Samples | Mapping[str, Samples],
        numbers: NDArray[np.generic],
        arrived: float,
        changes: int | None = None,
    ) -> None:
        """Push the samples of a packet, stamped, and with them what their times are made of.

        Those of the first two seconds, and of the first after a jump of the counter, are held back until the line is
        known: otherwise the lateness of the first packets would bend the beginning, and the recorder would see losses.

        Parameters
        ----------
        sink : Sink
        samples : samples, or mapping of str to samples
            Of a device's one stream, n of them; or of each stream that this packet has samples of, by key.
        numbers : ndarray, shape (n,)
            As for `stamp`.
        arrived : float
            Clock (`Sink.clock`) when the packet was there, in s.
        changes : int, optional
            `Sink.changes` when the device handed the packet over, where that was before.
        """
        counts: Floats = np.asarray(numbers, np.float64)
        if len(counts) == 0:
            return
        if self._newest is not None and self._jumped(float(counts[-1]), arrived):
            self.flush(sink)
        self._learn(float(counts[-1]), arrived)
        parts = samples if isinstance(samples, Mapping) else {ONE: samples}
        self._held.append((counts, parts, arrived, sink.changes if changes is None else changes))
        if arrived >= self._settled:
            self._push(sink)

    def release(self, sink: Sink) -> None:
        """Push what is held back if its time has come, though no packet has; a `PolledDevice` does it by itself."""
        if self._held and sink.clock() >= self._settled:
            self._push(sink)

    def flush(self, sink: Sink) -> None:
        """Push what is still held back: no more will come."""
        self._push(sink)
        if self._ticks is not None:
            self._ticks.end(sink)

    def _push(self, sink: Sink) -> None:
        held, self._held = self._held, []
        for counts, parts, arrived, changes in held:
            times = self._times(counts)
            if self._ticks is None:
                self._ticks = Ticks(self._began, self._counted, float(counts[0]), float(times[0]))
            for stream, samples in parts.items():
                sink.push(samples, times, stream, changes)
            self._ticks.add(sink, list(parts), float(counts[-1]), float(times[-1]), arrived)

    def stamp(self, numbers: NDArray[np.generic], arrived: float) -> Floats:
        """Say at once when the samples of a packet were taken, by what is known so far; a driver uses `push`.

        Parameters
        ----------
        numbers : ndarray, shape (n,)
            Counter of each sample, increasing; the last is the newest. One that wraps goes through `unwrap` first.
        arrived : float
            Clock (`Sink.clock`) when the packet was there, in s.

        Returns
        -------
        ndarray, shape (n,), float64
            Never going back, but for packets that others have overtaken.
        """
        counts: Floats = np.asarray(numbers, np.float64)
        if len(counts) == 0:
            return np.empty(0)
        self._learn(float(counts[-1]), arrived)
        return self._times(counts)

    def _learn(self, newest: float, arrived: float) -> None:
        if self._newest is None or self._jumped(newest, arrived):
            self._begin(newest, arrived)
        self._take(newest, arrived)
        self._newest = newest if self._newest is None else max(self._newest, newest)

    def _times(self, counts: Floats) -> Floats:
        newest = float(counts[-1])
        line: Floats = self._time + (counts - self._number) * self._period
        if self._last is None and float(line[0]) <= self._floor:
            # The line before went a little too far: this one begins behind it, and comes back to itself as it learns.
            self._last = float(counts[0]) - 1.0, self._floor
        if self._last is not None:
            number, time = self._last
            if newest <= number:  # others have overtaken it
                return self._before(counts, line)
            # What was learnt since is brought in slowly: a jump would look like samples lost, or taken twice.
            passed = (newest - number) * self._period
            off = float(line[-1]) - (time + passed)
            if abs(off) <= _JUMP_S:
                passed += min(max(off, -_SLEW * passed), _SLEW * passed)
                line = time + (counts - number) * (passed / (newest - number))
        stamps: Floats = np.maximum(line, self._floor)
        self._last, self._floor = (newest, float(stamps[-1])), float(stamps[-1])
        self._path.append(self._last)
        return stamps

    def _before(self, counts: Floats, line: Floats) -> Floats:
        """Stamps of samples that others have overtaken: as they would have been."""
        numbers, stamps = np.array(self._path).T
        return np.where(counts >= numbers[0], np.interp(counts, numbers, stamps), line)

    def _begin(self, number: float, arrived: float) -> None:
        self.restarts += self._newest is not None
        self._points.clear()
        self._bin = arrived
        self._period, self._number, self._time = self._nominal, number, arrived
        self._settled = arrived + _SETTLE_S
        self._began, self._ticks = arrived, None
        self._path.clear()
        self._late_since = None
        self._newest = self._last = None

    def _jumped(self, number: float, arrived: float) -> bool:
        late = arrived - (self._time + (number - self._number) * self._period)
        backwards = self._newest is not None and number < self._newest
        if late < -_EARLY_S or (backwards and late > _LATE_S):
            return True
        if late < _LATE_S:
            self._late_since = None
        elif self._late_since is None:
            self._late_since = arrived
        return self._late_since is not None and arrived - self._late_since > _LATE_FOR_S

    def _take(self, number: float, arrived: float) -> None:
        """Keep the most punctual arrival of each bin; the line goes under all of them."""
        line = self._time + (number - self._number) * self._period
        if not self._points or arrived - self._bin >= _BIN_S:
            self._bin = arrived
            self._points.append((number, arrived))
            while self._points[0][1] < arrived - self._window:
                self._points.popleft()
            self._fit()
        elif arrived - line < self._points[-1][1] - (self._time + (self._points[-1][0] - self._number) * self._period):
            self._points[-1] = number, arrived
        if arrived < self._time + (number - self._number) * self._period:
            self._number, self._time = number, arrived

    def _fit(self) -> None:
        points = self._points
        if points[-1][1] - points[0][1] < _SPAN_S:
            self._number, self._time = min(points, key=lambda p: p[1] - p[0] * self._nominal)
            return
        (x0, y0), (x1, y1) = _under(list(points))
        # A counter that stands still tells no rate: its samples are kept, and sealing sees that their times are none.
        slope = (y1 - y0) / (x1 - x0) if x1 > x0 else self._nominal
        most = self._drift * self._nominal
        self._period = min(max(slope, self._nominal - most), self._nominal + most)
        # Where the slope cannot be, the line still goes under all of them.
        self._number, self._time = min(points, key=lambda p: p[1] - p[0] * self._period)


def _under(points: list[tuple[float, float]]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Two points of the line that lies under all of them, and closest to them on average.

    It is the edge of the lower convex hull under their middle (S. Moon, P. Skelly, D. Towsley: Estimation and removal
    of clock skew from network delay measurements, INFOCOM 1999).
    """
    hull: list[tuple[float, float]] = []
    for x, y in points:
        while len(hull) > 1 and (hull[-1][1] - hull[-2][1]) * (x - hull[-2][0]) >= (y - hull[-2][1]) * (
            hull[-1][0] - hull[-2][0]
        ):
            hull.pop()
        hull.append((x, y))
    middle = sum(x for x, _ in points) / len(points)
    right = next(i for i, (x, _) in enumerate(hull) if (i and x >= middle) or i == len(hull) - 1)
    return hull[right - 1], hull[right]


def unwrap(raw: NDArray[np.generic], modulus: float, last: float | None = None) -> Floats:
    """Counter values that go on where the counter begins again at 0.

    Parameters
    ----------
    raw : ndarray, shape (n,)
        As the device sends them, 0 to less than `modulus`.
    modulus : float
        More than 0.
    last : float, optional
        What this gave for the sample before.

    Returns
    -------
    ndarray, shape (n,), float64
        As long as less than half a `modulus` is lost between two; one that was overtaken on its way goes back.
    """
    values: Floats = np.asarray(raw, np.float64)
    before = values[:1] if last is None else np.array([last])
    steps = (np.diff(np.concatenate([before, values])) + modulus / 2.0) % modulus - modulus / 2.0
    return np.asarray(before[:1] + np.cumsum(steps), np.float64) if len(values) else values
