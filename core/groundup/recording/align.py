"""All channels on one time vector: resampled without aliases, on the lab clock, with NaN where nothing was recorded.

Each stream is convolved with a Kaiser-windowed sinc whose stop band (-80 dB) begins at half the lower of the two rates
and whose pass band reaches 85 % of that; the kernel is evaluated at the exact time of each output sample, so a clock
that drifts needs no second interpolation. Near the ends and gaps of a stream the kernel is cut and renormalised.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from groundup.streams import Channel

Floats = NDArray[np.float64]

_CROSSINGS = 32
_BETA = 0.1102 * (80.0 - 8.7)  # Kaiser (1974): 80 dB
# Kaiser's formula gives the width of the transition band; the cut-off is put so that it ends at the Nyquist rate.
_WIDTH = (80.0 - 7.95) / (2.285 * 2 * np.pi * _CROSSINGS)
_CUTOFF = 1.0 / (1.0 + _WIDTH / 2)
_STEPS = 512
_BLOCK = 4096

_APART_S = 3600.0

METHOD = f"Kaiser-windowed sinc, {_CROSSINGS} zero crossings a side, -80 dB from half the lower sampling rate"


class Rows(Protocol):
    """Samples that are read in slices: an array or an HDF5 dataset, shape (N, C)."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, C)."""

    def __getitem__(self, key: slice) -> NDArray[np.generic]:
        """Some rows."""


@dataclass(frozen=True)
class Series:
    """One regular stream to align.

    Attributes
    ----------
    id : str
    time : ndarray, shape (N,)
        Seconds on the lab clock.
    samples : Rows, shape (N, C)
    rate : float
        Hz; more than 0.
    channels : tuple of Channel, length C
    """

    id: str
    time: Floats
    samples: Rows
    rate: float
    channels: tuple[Channel, ...]


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
        columns = pd.MultiIndex.from_tuples(
            [(stream, channel.label) for stream, channel in self.channels], names=["stream", "label"]
        )
        return pd.DataFrame(self.samples, index=pd.Index(self.time, name="time"), columns=columns)


def can_align(time: Floats, rate: float) -> bool:
    """Say whether a stream can be resampled: regular, with times that are numbers and never run backwards."""
    return rate > 0 and bool(np.isfinite(time).all()) and not (np.diff(time) < 0).any()


def together(series: Sequence[Series]) -> list[Series]:
    """The series that were recorded together: one whose time lies an hour from that of most others is left out."""
    begins = [float(s.time[0]) for s in series if len(s.time)]
    if not begins:
        return list(series)
    middle = sorted(begins)[len(begins) // 2]
    near = [s for s in series if not len(s.time) or abs(float(s.time[0]) - middle) <= _APART_S]
    return near if 2 * len(near) > len(series) else list(series)


def grid(series: Sequence[Series], rate: float) -> Floats:
    """The common time vector: from the first sample of any stream to the last, at `rate`.

    Raises
    ------
    ValueError
        If the streams lie so far apart that nearly all of the matrix would be empty, or the rate is not positive.
    """
    if not rate > 0:
        raise ValueError(f"streams cannot be aligned at {rate} Hz; the rate must be more than 0")
    ends = [(s.time[0], s.time[-1]) for s in series if len(s.time)]
    if not ends:
        return np.empty(0)
    start, stop = min(e[0] for e in ends), max(e[1] for e in ends)
    if not stop - start <= 60.0 + 2 * sum(b - a for a, b in ends) < np.inf:
        raise ValueError(
            f"the streams lie {stop - start:.0f} s apart, much more than they last, so they are not put into one "
            "matrix; see the certificates of their clocks"
        )
    return np.asarray(start + np.arange(int(np.floor((stop - start) * rate + 1e-6)) + 1) / rate)


def blocks(series: Sequence[Series], times: Floats, rate: float) -> Iterator[tuple[slice, Floats]]:
    """The aligned matrix, some rows at a time.

    Yields
    ------
    slice, ndarray of shape (m, K)
    """
    resamplers = [_Resampler(s, rate) for s in series]
    for begin in range(0, len(times), _BLOCK):
        part = slice(begin, min(begin + _BLOCK, len(times)))
        yield part, np.hstack([r.at(times[part]) for r in resamplers])


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
    for part, values in blocks(series, times, rate):
        samples[part] = values
    return Aligned(times, samples, rate, tuple((s.id, c) for s in series for c in s.channels))


class _Resampler:
    """One stream's values at any increasing times."""

    def __init__(self, series: Series, rate: float) -> None:
        self._series = series
        # Cut-off in cycles a source sample; the kernel reaches _CROSSINGS / (2 cut-off) samples to each side.
        self._cutoff = 0.5 * _CUTOFF * min(1.0, rate / series.rate)
        self._reach = int(np.ceil(_CROSSINGS / (2 * self._cutoff)))
        step = np.diff(series.time)
        cuts = np.flatnonzero((step > 1.5 / series.rate) | (step <= 0)) + 1
        self._starts = np.concatenate([[0], cuts]).astype(np.intp)
        self._stops = np.append(cuts, len(series.time)).astype(np.intp)

    def at(self, times: Floats) -> Floats:
        """Values at `times`, shape (m, C); NaN where the stream has none."""
        series = self._series
        out = np.full((len(times), series.samples.shape[1]), np.nan)
        if len(times) == 0 or len(series.time) == 0:
            return out
        first = max(int(np.searchsorted(series.time[self._starts], times[0], "right")) - 1, 0)
        last = int(np.searchsorted(series.time[self._starts], times[-1], "right"))
        for a, b in zip(self._starts[first:last], self._stops[first:last], strict=True):
            # Half a nanosecond of slack: the end points themselves are computed, and rounded.
            i, j = np.searchsorted(times, [series.time[a] - 5e-10, series.time[b - 1] + 5e-10])
            if j > i:
                out[i:j] = self._segment(times[i:j], int(a), int(b))
        return out

    def _segment(self, times: Floats, a: int, b: int) -> Floats:
        """Values at times that lie inside the gap-free samples a to b."""
        place = np.interp(times, self._series.time[a:b], np.arange(a, b, dtype=float))
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
