"""A recording as EDF+ or BDF+: records of a second, each stream at a whole number of hertz, events as annotations.

Neither format has a number for "not recorded": the least one stands for it, an annotation ``BAD_missing STREAM`` (which
MNE leaves out) says when, and no sample has it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from groundup.one_grid import Feed, Grid, OnGrid, common_grid, on_grid, regular_streams
from groundup.plugin import Event, Floats, Progress
from groundup.recording import Recording, Stream
from groundup_plugins.formats.edf.header import (
    MOST,
    MOST_WORDS,
    Field,
    annotation,
    annotation_records,
    annotation_text,
    header,
    signal_labels,
)
from groundup_plugins.formats.edf.numbers import limits, stored
from groundup_plugins.processors.plate_units import is_voltage

_RECORDS = 4  # written at once
_MOST_GAPS = 10_000


@dataclass(frozen=True)
class Ranged:
    """A stream on its grid.

    Attributes
    ----------
    placed : OnGrid
    low, high : ndarray, shape (C,)
        Range of each channel.
    missing : list of (float, float)
        Where a channel that is not empty has no sample: s from the start, and how long.
    empty : list of int
        Channels without a single number.
    infinite : int
        How many samples are infinite.
    whole : bool
        Whether every sample is a number that the head can tell.
    """

    placed: OnGrid
    low: Floats
    high: Floats
    missing: list[tuple[float, float]]
    empty: list[int]
    infinite: int
    whole: bool

    @property
    def stream(self) -> Stream:
        """The stream."""
        return self.placed.stream

    @property
    def rate(self) -> int:
        """Samples a record."""
        return round(self.placed.grid.rate)

    @cached_property
    def scale(self) -> Floats:
        """What to multiply each channel by, shape (C,)."""
        return np.array([_scale(self.stream, index)[1] for index in range(len(self.low))])

    @cached_property
    def limits(self) -> list[tuple[str, str]]:
        """What the least and the greatest number of each channel are worth, as the head tells it."""
        return [limits(*ends) for ends in zip(self.low * self.scale, self.high * self.scale, strict=True)]


def write_edf(recording: Recording, out: Path, progress: Progress, width: int) -> list[str]:
    """Write a recording as one file.

    Parameters
    ----------
    recording : Recording
    out : Path
    progress : callable
    width : int
        Bytes of a number: 2 for EDF+, 3 for BDF+.

    Returns
    -------
    list of str
        What the format has no place for, and what had to be changed.

    Raises
    ------
    ValueError
        If there is no stream that it can hold.
    """
    streams, notes = regular_streams(recording)
    if not streams:
        raise ValueError("it has no stream of numbers at a rate, and the format holds nothing else")
    seconds = common_grid(recording, streams, 1.0)
    return [*notes, *write_streams(recording, streams, seconds, out, progress, width), *_never(recording)]


def write_streams(
    recording: Recording, streams: Sequence[Stream], seconds: Grid, out: Path, progress: Progress, width: int
) -> list[str]:
    """Write some streams as one file, which begins with the first of these seconds.

    Returns
    -------
    list of str
        What had to be changed.
    """
    ranged = []
    for index, stream in enumerate(streams):
        rate = max(1, math.ceil((stream.spec.rate or stream.rate) - 1e-9))
        ranged.append(_ranged(recording, on_grid(stream, Grid(seconds.start, len(seconds) * rate, rate))))
        progress(0.5 * (index + 1) / len(streams))
    began = began_at(recording, seconds.start)
    offset = 0.0 if began is None else began.microsecond / 1e6
    annotations = annotation_records(
        _annotations(recording, ranged, seconds.start, offset), len(seconds), offset, width
    )
    fields = [field for one in ranged for field in _fields(one)]
    name = "BDF" if width == 3 else "EDF"
    last = Field(f"{name} Annotations", "", "", "-1", "1", len(annotations[0]) // width)
    with out.open("xb") as file:
        file.write(header([*fields, last], width, len(seconds), began, recording.participant_id))
        feeds = [Feed(one.placed.blocks(recording), len(one.stream.channels)) for one in ranged]
        for begin in range(0, len(seconds), _RECORDS):
            count = min(_RECORDS, len(seconds) - begin)
            parts = [
                stored(feed.take(count * one.rate), one.scale, one.limits, count, width, whole=one.whole)
                for feed, one in zip(feeds, ranged, strict=True)
            ]
            parts.append(np.frombuffer(b"".join(annotations[begin : begin + count]), np.uint8).reshape(count, -1))
            file.write(np.hstack(parts).data)
            progress(0.5 + 0.5 * (begin + count) / len(seconds))
    return [*_changed(ranged, width), *_texts_changed(recording)]


def _ranged(recording: Recording, placed: OnGrid) -> Ranged:
    """Read a stream once, for the range of its channels and its gaps."""
    columns = len(placed.stream.channels)
    low, high = np.full(columns, np.inf), np.full(columns, -np.inf)
    infinite, whole = 0, True
    for rows in placed.blocks(recording):
        least, most = rows.min(axis=0), rows.max(axis=0)  # NaN where one is NaN
        if not (np.isfinite(least).all() and np.isfinite(most).all()):
            finite = np.isfinite(rows)
            infinite += int(np.isinf(rows).sum())
            least, most = np.where(finite, rows, np.inf).min(axis=0), np.where(finite, rows, -np.inf).max(axis=0)
            whole = whole and bool(finite.all())
        low, high = np.minimum(low, least), np.maximum(high, most)
    empty = np.asarray(low > high)
    gaps = [] if whole or empty.all() else _gaps(recording, placed, empty)
    low, high = np.where(empty, 0.0, low), np.where(empty, 0.0, high)
    whole = whole and max(-float(low.min()), float(high.max())) < 1e-6 * MOST  # volts are told in microvolts
    return Ranged(placed, low, high, gaps, np.flatnonzero(empty).tolist(), infinite, whole)


def _gaps(recording: Recording, placed: OnGrid, empty: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Where a channel has no sample; one that never has any would make a gap of everything."""
    edges: list[int] = []
    begin, inside = 0, False
    for rows in placed.blocks(recording):
        lost = np.asarray(~np.isfinite(rows[:, ~empty]).all(axis=1))
        change = np.flatnonzero(np.diff(np.concatenate([[inside], lost]).astype(np.int8)))
        edges += (begin + change).tolist()
        begin, inside = begin + len(rows), bool(lost[-1])
    if inside:
        edges.append(begin)
    rate = placed.grid.rate
    return [(a / rate, (b - a) / rate) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _scale(stream: Stream, index: int) -> tuple[str, float]:
    """Unit and scale: the format's readers expect microvolts."""
    unit = stream.channels[index].unit.strip()
    return ("uV", 1e6) if unit == "V" and is_voltage(unit) else (unit, 1.0)


def _fields(one: Ranged) -> list[Field]:
    fields = []
    labels = signal_labels([channel.label for channel in one.stream.channels])
    for index, channel in enumerate(one.stream.channels):
        sensor = " ".join(filter(None, (one.stream.id, channel.site, channel.side)))
        fields.append(Field(labels[index], sensor, _scale(one.stream, index)[0], *one.limits[index], one.rate))
    return fields


def began_at(recording: Recording, start: float) -> datetime | None:
    """When the first sample was taken, if the recording tells."""
    try:
        began = datetime.fromisoformat(recording.started_utc)
        return began + timedelta(seconds=start - recording.clock_origin)
    except (ValueError, OverflowError):
        return None


def _annotations(recording: Recording, ranged: Sequence[Ranged], start: float, offset: float) -> list[bytes]:
    events = _events(recording)
    found = [(event.time - start, _words(event), 0.0) for event in events if math.isfinite(event.time)]
    for trial in recording.trial_list() or recording.marked_trials():
        words = f"trial {trial.name} ({trial.condition})" if trial.condition else f"trial {trial.name}"
        found.append((trial.t0 - start, words, trial.t1 - trial.t0))
    for one in ranged:
        found += [(at, f"BAD_missing {one.stream.id}", lasts) for at, lasts in one.missing[:_MOST_GAPS]]
    return [annotation(at + offset, text, lasts) for at, text, lasts in sorted(found)]


def _events(recording: Recording) -> list[Event]:
    return sorted(recording.event_list() or recording.markers())


def _words(event: Event) -> str:
    return " ".join(filter(None, (event.kind if event.kind != "marker" else "", event.side, event.text))) or event.kind


def _changed(ranged: Sequence[Ranged], width: int) -> list[str]:
    notes = [one.placed.remark for one in ranged if not one.placed.exact]
    steps = (1 << (8 * width)) - 1
    notes.append(f"values are {8 * width}-bit numbers: right to half of 1/{steps} of the range of their channel")
    for one in ranged:
        if one.missing:
            notes.append(
                f"{one.stream.id}: the least number stands where nothing was recorded, with BAD_missing beside it"
            )
        if one.empty:
            dead = ", ".join(one.stream.channels[index].label for index in one.empty)
            notes.append(f"{one.stream.id}: {dead} has no number at all: the least one stands there, not BAD_missing")
        if one.infinite:
            notes.append(f"{one.stream.id}: {one.infinite} samples are infinite: the least number stands for them, too")
        if len(one.missing) > _MOST_GAPS:
            notes.append(
                f"{one.stream.id}: only the first {_MOST_GAPS} of its {len(one.missing)} gaps have an annotation"
            )
        for index, channel in enumerate(one.stream.channels):
            low, high = map(float, one.limits[index])
            scale = _scale(one.stream, index)[1]
            if one.low[index] * scale < low or one.high[index] * scale > high:
                notes.append(f"{one.stream.id}: numbers of {channel.label} are beyond 1e300 and cut there")
            if 0 < 4 * (one.high[index] - one.low[index]) * scale < high - low:
                notes.append(
                    f"{one.stream.id}: {channel.label} is coarse: the format's 8 letters cannot tell its range"
                )
    names = [[channel.label for channel in one.stream.channels] for one in ranged]
    cut = sum(a != b.strip() for labels in names for a, b in zip(signal_labels(labels), labels, strict=True))
    if cut:
        notes.append(f"{cut} labels are not as they were: the format has 16 letters of ASCII, and none twice")
    return notes


def _texts_changed(recording: Recording) -> list[str]:
    words = [_words(event) for event in _events(recording) if math.isfinite(event.time)]
    changed = sum(annotation_text(text) != text for text in words)
    return [f"{changed} texts of events are one line of at most {MOST_WORDS} bytes there"] if changed else []


def _never(recording: Recording) -> list[str]:
    found = ["certificates of sync, the ledger, plates, mass and height are not in the file: it has no place for them"]
    found.append("the devices' own time stamps are not in the file")
    if len(recording.metrics) or len(recording.processed):
        found.append("metrics and processed signals are not in the file")
    return found
