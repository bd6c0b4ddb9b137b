"""Streams on evenly spaced times, some rows at a time: for exporters of formats that have one clock and one rate.

A stream that lies on those times is taken as it is; every other is resampled (`groundup.recording.align`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundup.recording import Recording, Stream, align
from groundup.recording.align import Grid

__all__ = ["Feed", "Grid", "OnGrid", "common_grid", "fastest", "on_grid", "regular_streams"]

Floats = NDArray[np.float64]

ON_GRID_S = 5e-6
"""How far a sample may lie from its place on the grid for the stream to be taken as it is."""
_SAME_RATE = 1e-3


def regular_streams(recording: Recording) -> tuple[list[Stream], list[str]]:
    """The streams that can lie on one grid, and a sentence for each that cannot.

    Returns
    -------
    list of Stream
        Numbers at a rate, as devices sent them, with samples.
    list of str
    """
    found, left_out = [], []
    for key, stream in recording.streams.items():
        why = _why_not(recording, stream)
        if why:
            left_out.append(f"stream {key} is not in the file: {why}")
        else:
            found.append(stream)
    near = {series.id for series in align.together([_series_of(recording, stream) for stream in found])}
    left_out += [
        f"stream {stream.id} is not in the file: its time lies an hour or more from that of the others"
        for stream in found
        if stream.id not in near
    ]
    return [stream for stream in found if stream.id in near], left_out


def _why_not(recording: Recording, stream: Stream) -> str:
    spec = stream.spec
    if spec.format == "string":
        return "it is text; what it tells of is among the events"
    if not spec.raw:
        return "it was computed live from others"
    if not len(stream):
        return "it has no samples"
    if not stream.channels:
        return "it has no channels"
    if not stream.rate > 0:
        return "it is irregular, and this format has one rate"
    time = _series_of(recording, stream).time
    return "" if align.can_align(time, stream.rate) else "its times do not go forwards"


def common_grid(recording: Recording, streams: Sequence[Stream], rate: float) -> Grid:
    """Times from the first sample of any of these streams to the last, at a rate (Hz).

    Raises
    ------
    ValueError
        If they lie so far apart that nearly all of the matrix would be empty.
    """
    return align.grid([_series_of(recording, stream) for stream in streams], rate)


def _series_of(recording: Recording, stream: Stream) -> align.Series:
    """A stream as the aligner takes it, its times and samples read when they are sliced."""
    time = recording.hdf5[f"sync/{stream.id}/time"]
    return align.Series(stream.id, time, stream.samples, stream.rate, stream.channels)


@dataclass(frozen=True)
class OnGrid:
    """One stream on a grid.

    Attributes
    ----------
    stream : Stream
    grid : Grid
    exact : bool
        Whether its samples are taken as they are; else it is resampled.
    first : int or None
        Row of the first sample, where the samples lie in rows one after the other without a gap.
    """

    stream: Stream
    grid: Grid
    exact: bool
    first: int | None = None

    def blocks(self, recording: Recording) -> Iterator[Floats]:
        """Rows of the grid in their order, shape (m, C) each; NaN where the stream has no sample."""
        if self.first is not None:
            yield from self._in_a_row(self.first)
        elif self.exact:
            yield from self._taken()
        else:
            for _, _, values in align.blocks([_series_of(recording, self.stream)], self.grid):
                yield values

    def _in_a_row(self, first: int) -> Iterator[Floats]:
        count = len(self.stream)
        for begin in range(0, len(self.grid), align.BLOCK):
            end = min(begin + align.BLOCK, len(self.grid))
            part = slice(min(max(begin - first, 0), count), min(max(end - first, 0), count))
            with np.errstate(invalid="ignore"):  # a signalling NaN is still only a NaN
                rows = np.asarray(self.stream.values(part)).astype(np.float64, copy=False)
            if len(rows) < end - begin:
                out = np.full((end - begin, rows.shape[1]), np.nan)
                at = first + part.start - begin
                out[at : at + len(rows)] = rows
                rows = out
            yield rows

    def _taken(self) -> Iterator[Floats]:
        columns = len(self.stream.channels)
        pieces = self.stream.timed_pieces(align.BLOCK)
        place, rows = np.empty(0, np.int64), np.empty((0, columns))
        for begin in range(0, len(self.grid), align.BLOCK):
            end = min(begin + align.BLOCK, len(self.grid))
            while (not len(place) or place[-1] < end) and (piece := next(pieces, None)) is not None:
                place = np.concatenate([place, _places(piece[0], self.grid)])
                with np.errstate(invalid="ignore"):  # a signalling NaN is still only a NaN
                    rows = np.concatenate([rows, np.asarray(piece[2]).astype(np.float64)])
            count = int(np.searchsorted(place, end))
            out = np.full((end - begin, columns), np.nan)
            out[place[:count] - begin] = rows[:count]
            place, rows = place[count:], rows[count:]
            yield out

    @property
    def remark(self) -> str:
        """What was done to its samples, in a sentence."""
        if self.exact:
            return f"{self.stream.id}: samples as recorded, each within {ON_GRID_S * 1e6:g} µs of its place"
        return (
            f"{self.stream.id}: resampled from {self.stream.rate:.6g} Hz to {self.grid.rate:.6g} Hz "
            f"({align.METHOD}); NaN in gaps and outside the stream"
        )


def on_grid(stream: Stream, grid: Grid) -> OnGrid:
    """Find out whether a stream lies on a grid."""
    ends = _ends_on(stream, grid)
    if ends is None:
        return OnGrid(stream, grid, exact=False)
    first, last = ends
    return OnGrid(stream, grid, exact=True, first=first if last - first + 1 == len(stream) else None)


def _ends_on(stream: Stream, grid: Grid) -> tuple[int, int] | None:
    """Rows of the first and the last sample of a stream that lies on a grid; None of one that does not."""
    if abs(stream.rate - grid.rate) > _SAME_RATE * grid.rate:
        return None
    first, last = 0, -1
    for time in stream.time_pieces():
        place = _places(time, grid)
        if np.abs(time - (grid.start + place / grid.rate)).max(initial=0.0) > ON_GRID_S:
            return None
        if place[0] <= last or place[-1] >= len(grid) or (np.diff(place) <= 0).any():
            return None
        first, last = int(place[0]) if last < 0 else first, int(place[-1])
    return first, last


def _places(time: Floats, grid: Grid) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.rint((time - grid.start) * grid.rate).astype(np.int64)


class Feed:
    """Blocks of any length, taken as many rows at a time as asked for."""

    def __init__(self, blocks: Iterator[Floats], columns: int) -> None:
        self._blocks = blocks
        self._rest = np.empty((0, columns))

    def take(self, count: int) -> Floats:
        """The next rows; NaN after the last."""
        parts, have = [self._rest], len(self._rest)
        while have < count and (block := next(self._blocks, None)) is not None:
            parts.append(block)
            have += len(block)
        rows = np.concatenate(parts) if len(parts) > 1 else self._rest
        self._rest = rows[count:]
        if len(rows) >= count:
            return rows[:count]
        return np.concatenate([rows, np.full((count - len(rows), rows.shape[1]), np.nan)])


def fastest(streams: Sequence[Stream]) -> float:
    """The highest announced rate of some streams, Hz; 0 of none."""
    return max((stream.spec.rate or stream.rate for stream in streams), default=0.0)
