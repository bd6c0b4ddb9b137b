"""All channels on one time vector: resampled without aliases, on the lab clock, with NaN where nothing was recorded.

Each stream is convolved with a Kaiser-windowed sinc whose stop band (-80 dB) begins at half the lower of the two rates
and whose pass band reaches 85 % of that; the kernel is evaluated at the exact time of each output sample, so a clock
that drifts needs no second interpolation. Near the ends and gaps of a stream the kernel is cut and renormalised.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from groundup.clock.timestamp_flaw import plausible
from groundup.model.streams import Channel

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

_CROSSINGS = 32
_BETA = 0.1102 * (80.0 - 8.7)  # Kaiser (1974): 80 dB
# Kaiser's formula gives the width of the transition band; the cut-off is put so that it ends at the Nyquist rate.
_WIDTH = (80.0 - 7.95) / (2.285 * 2 * np.pi * _CROSSINGS)
_CUTOFF = 1.0 / (1.0 + _WIDTH / 2)
_STEPS = 512
BLOCK = 4096
"""Rows of one block of `blocks`; the last has what is left."""
_PIECE = 1 << 17

_APART_S = 3600.0

METHOD = f"Kaiser-windowed sinc, {_CROSSINGS} zero crossings a side, -80 dB from half the lower sampling rate"


class Rows(Protocol):
    """What is read in slices: an array or an HDF5 dataset, of samples, shape (N, C), or of times, shape (N,)."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, C) or (N,)."""

    def __getitem__(self, key: slice, /) -> NDArray[Any]:
        """Some rows."""


@dataclass(frozen=True)
class Series:
    """One regular stream to align.

    Attributes
    ----------
    id : str
    time : Rows, shape (N,)
        Seconds on the lab clock.
    samples : Rows, shape (N, C)
    rate : float
        Hz; more than 0.
    channels : tuple of Channel, length C
    """

    id: str
    time: Rows
    samples: Rows
    rate: float
    channels: tuple[Channel, ...]

    def __len__(self) -> int:
        return self.time.shape[0]

    @property
    def ends(self) -> tuple[float, float]:
        """Time of the first sample and of the last; of a series that has any."""
        return float(self.time[:1][0]), float(self.time[len(self) - 1 :][0])


@dataclass(frozen=True)
class Grid:
    """Evenly spaced times, made when they are sliced.

    Attributes
    ----------
    start : float
        Seconds on the lab clock.
    count : int
    rate : float
        Hz.
    """

    start: float
    count: int
    rate: float

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, part: slice) -> Floats:
        begin, end, _ = part.indices(self.count)
        return np.asarray(self.start + np.arange(begin, end) / self.rate)


@dataclass(frozen=True)
class Aligned:
    """All channels at one rate.

    Attributes
    ----------
    time : ndarray, shape (M,)
        Seconds on the lab clock.
    samples : ndarray, shape (M, K)
        NaN in gaps and outside a stream.
    rate : float
        Hz.
    channels : tuple of (str, Channel), length K
        Stream id and channel of each column.
    """

    time: Floats
    samples: Floats
    rate: float
    channels: tuple[tuple[str, Channel], ...]

    def frame(self) -> pd.DataFrame:
        """As a DataFrame: the time as index, (stream, label) as columns."""
        import pandas as pd

        columns = pd.MultiIndex.from_tuples(
            [(stream, channel.label) for stream, channel in self.channels], names=["stream", "label"]
        )
        return pd.DataFrame(self.samples, index=pd.Index(self.time, name="time"), columns=columns)


def can_align(time: Rows, rate: float) -> bool:
    """Say whether a stream can be resampled: regular, with times that are times, pass, and never run backwards."""
    count = time.shape[0]
    if count > 1 and not float(time[count - 1 :][0]) > float(time[:1][0]):
        return False
    return rate > 0 and all(
        bool(plausible(values).all()) and not (np.diff(values) < 0).any() for _, values in _pieces(time)
    )


def _pieces(time: Rows) -> Iterator[tuple[int, Floats]]:
    """Index and times of each piece; each but the first begins with the last of the one before."""
    for begin in range(0, time.shape[0], _PIECE):
        first = max(begin - 1, 0)
        yield first, time[first : begin + _PIECE]


def together(series: Sequence[Series]) -> list[Series]:
    """The series that were recorded together: one whose time lies an hour from that of most others is left out."""
    begins = [s.ends[0] for s in series if len(s)]
    if not begins:
        return list(series)
    middle = sorted(begins)[len(begins) // 2]
    near = [s for s in series if not len(s) or abs(s.ends[0] - middle) <= _APART_S]
    return near if 2 * len(near) > len(series) else list(series)


def grid(series: Sequence[Series], rate: float) -> Grid:
    """The common times: from the first sample of any stream to the last, at `rate`.

    Raises
    ------
    ValueError
        If the streams lie so far apart that nearly all of the matrix would be empty, or the rate is not positive.
    """
    if not rate > 0:
        raise ValueError(f"streams cannot be aligned at {rate} Hz; the rate must be more than 0")
    ends = [s.ends for s in series if len(s)]
    if not ends:
        return Grid(0.0, 0, rate)
    start, stop = min(e[0] for e in ends), max(e[1] for e in ends)
    if not stop - start <= 60.0 + 2 * sum(b - a for a, b in ends) < np.inf:
        raise ValueError(
            f"the streams lie {stop - start:.0f} s apart, much more than they last, so they are not put into one "
            "matrix; see the certificates of their clocks"
        )
    return Grid(start, int(np.floor((stop - start) * rate + 1e-6)) + 1, rate)


def blocks(series: Sequence[Series], times: Grid) -> Iterator[tuple[slice, Floats, Floats]]:
    """The aligned matrix, some rows at a time.

    Yields
    ------
    slice, times of shape (m,), values of shape (m, K)
    """
    resamplers = [_Resampler(s, times.rate) for s in series]
    for begin in range(0, len(times), BLOCK):
        part = slice(begin, min(begin + BLOCK, len(times)))
        now = times[part]
        yield part, now, np.hstack([r.at(now) for r in resamplers])


def align(series: Sequence[Series], rate: float) -> Aligned:
    """Resample all channels to one rate.

    Parameters
    ----------
    series : sequence of Series
    rate : float
        Hz.

    Raises
    ------
    ValueError
        As `grid`.
    """
    times = grid(series, rate)
    samples = np.full((len(times), sum(len(s.channels) for s in series)), np.nan)
    for part, _, values in blocks(series, times):
        samples[part] = values
    return Aligned(times[:], samples, rate, tuple((s.id, c) for s in series for c in s.channels))


class _Resampler:
    """One stream's values at any increasing times."""

    def __init__(self, series: Series, rate: float) -> None:
        self._series = series
        # Cut-off in cycles a source sample; the kernel reaches _CROSSINGS / (2 cut-off) samples to each side.
        self._cutoff = 0.5 * _CUTOFF * min(1.0, rate / series.rate)
        self._reach = int(np.ceil(_CROSSINGS / (2 * self._cutoff)))
        # Samples after gaps, their times and those before the gaps; and the time of every so many samples, to find
        # the others by.
        after, begins, ends, coarse = [0], [], [], []
        for first, values in _pieces(series.time):
            step = np.diff(values)
            cuts = np.flatnonzero((step > 1.5 / series.rate) | (step <= 0))
            after += (first + cuts + 1).tolist()
            begins += ([float(values[0])] if first == 0 else []) + values[cuts + 1].tolist()
            ends += values[cuts].tolist()
            coarse.append(values[-first % BLOCK :: BLOCK])
        self._starts, self._stops = after[: len(begins)], [*after[1:], len(series)]
        self._begins, self._ends = np.array(begins), [*ends, series.ends[1]] if len(series) else []
        self._coarse = np.concatenate(coarse) if coarse else np.empty(0)

    def at(self, times: Floats) -> Floats:
        """Values at `times`, shape (m, C); NaN where the stream has none."""
        series = self._series
        out = np.full((len(times), series.samples.shape[1]), np.nan)
        if len(times) == 0 or len(series) == 0:
            return out
        first = max(int(np.searchsorted(self._begins, times[0], "right")) - 1, 0)
        last = int(np.searchsorted(self._begins, times[-1], "right"))
        for k in range(first, last):
            # Half a nanosecond of slack: the end points themselves are computed, and rounded.
            i, j = np.searchsorted(times, [self._begins[k] - 5e-10, self._ends[k] + 5e-10])
            if j > i:
                out[i:j] = self._segment(times[i:j], self._starts[k], self._stops[k])
        return out

    def _place(self, times: Floats, a: int, b: int) -> Floats:
        """Sample numbers, with their fractions, at times that lie inside the gap-free samples a to b."""
        low = max(a, BLOCK * (int(np.searchsorted(self._coarse, times[0], "right")) - 1))
        high = min(b, max(BLOCK * int(np.searchsorted(self._coarse, times[-1])), low) + 1)
        return np.asarray(np.interp(times, self._series.time[low:high], np.arange(low, high, dtype=float)))

    def _segment(self, times: Floats, a: int, b: int) -> Floats:
        """Values at times that lie inside the gap-free samples a to b."""
        from scipy.sparse import csr_array  # sealing, which seldom aligns, does not wait for it

        place = self._place(times, a, b)
        low = max(a, int(place[0]) - self._reach)
        high = min(b, int(place[-1]) + self._reach + 2)
        with np.errstate(invalid="ignore"):  # a signalling NaN is still only a NaN
            values = np.asarray(self._series.samples[low:high], dtype=np.float64)
        index = np.floor(place).astype(np.intp)[:, None] + np.arange(1 - self._reach, self._reach + 1)
        weights = _kernel(np.abs(place[:, None] - index) * (2 * self._cutoff))
        weights[(index < low) | (index >= high)] = 0.0
        indptr = np.arange(len(times) + 1) * index.shape[1]
        columns = np.clip(index, low, high - 1).ravel() - low
        matrix = csr_array((weights.ravel(), columns, indptr), shape=(len(times), high - low))
        valid = np.isfinite(values)
        if valid.all():
            return np.asarray((matrix @ values) / (matrix @ np.ones(high - low))[:, None])
        with np.errstate(divide="ignore", invalid="ignore"):
            result = (matrix @ np.where(valid, values, 0.0)) / (matrix @ valid.astype(float))
        below = np.floor(place).astype(np.intp) - low
        above = np.ceil(place).astype(np.intp) - low
        return np.where(valid[below] & valid[above], result, np.nan)


def _kernel(crossings: Floats) -> Floats:
    """The windowed sinc at a distance given in zero crossings; 0 beyond the last."""
    return np.interp(crossings, _GRID, _TABLE, right=0.0)


_GRID = np.arange(_CROSSINGS * _STEPS + 1) / _STEPS
_TABLE = np.sinc(_GRID) * np.i0(_BETA * np.sqrt(1 - (_GRID / _CROSSINGS) ** 2)) / np.i0(_BETA)
