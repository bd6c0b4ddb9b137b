"""A recording as a C3D file: points, plates, EMG and other analog channels on one clock, events, the person.

Written without a library, a piece at a time: those there are keep the whole file in memory. Numbers are Intel's 32-bit
reals, so that a value is right to 6e-8 of itself. Source: The C3D File Format User Guide.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from groundup.one_grid import Feed, Grid, OnGrid, common_grid, fastest, on_grid, regular_streams
from groundup.plugin import PLATE_TYPES, Floats, Progress
from groundup.recording import Recording, Stream
from groundup_plugins.formats.c3d import channels
from groundup_plugins.formats.c3d.channels import Column, Contents
from groundup_plugins.formats.c3d.entries import BLOCK, Entries, cut
from groundup_plugins.formats.c3d.metadata import add_events, add_person, add_provenance
from groundup_plugins.formats.c3d.outputs import UNIT_NAMES

_FRAME_RATE = 100.0  # Hz, about, of a file without markers
_MOST_WORD = 65535
_BYTES = 1 << 20  # of frames written at once


@dataclass(frozen=True)
class Rates:
    """One clock: `per_frame` analog samples a frame, `frames` frames from `start` on (lab clock, s)."""

    start: float
    point_rate: float
    per_frame: int
    frames: int

    @property
    def points(self) -> Grid:
        """Times of the frames."""
        return Grid(self.start, self.frames, self.point_rate)

    @property
    def analog(self) -> Grid:
        """Times of the analog samples."""
        return Grid(self.start, self.frames * self.per_frame, self.point_rate * self.per_frame)


def write_c3d(recording: Recording, out: Path, progress: Progress) -> list[str]:
    """Write a recording as one C3D file.

    Returns
    -------
    list of str
        What C3D has no place for, and what had to be changed.

    Raises
    ------
    ValueError
        If it has no stream that C3D can hold, or more channels than C3D can.
    """
    streams, left_out = regular_streams(recording)
    if not streams:
        raise ValueError("it has no stream of numbers at a rate, and C3D holds nothing else")
    made = channels.contents_of(streams)
    rates = _rates(recording, streams, made)
    placed = {stream.id: (on_grid(stream, rates.points), on_grid(stream, rates.analog)) for stream in streams}
    of_points = {three[0].stream for three in made.points}
    of_analog = {column.stream for column in made.analog}
    done = [placed[key][0].remark for key in sorted(of_points)] + [placed[key][1].remark for key in sorted(of_analog)]
    section, left = _parameters(recording, made, rates, done)
    with out.open("xb") as file:  # without zeros to the end of a block: ezc3d takes them for frames of a long file
        file.write(_header(made, rates, len(section) // BLOCK))
        file.write(section)
        missing = huge = 0
        for share, frames, lost, beyond in _frames(recording, made, rates, placed):
            file.write(frames)
            missing, huge = missing + lost, huge + beyond
            progress(share)
    progress(1.0)
    if missing:
        left.append(f"{missing} analog samples are missing and stand as NaN: C3D has no mark for them")
    if huge:
        left.append(f"{huge} numbers are beyond 3.4e38 and stand as infinity: C3D has no greater ones")
    changed = [remark for remark in done if "resampled" in remark]
    return list(dict.fromkeys([*left_out, *made.remarks, *left, *changed, *_never(recording)]))


def _rates(recording: Recording, streams: list[Stream], made: Contents) -> Rates:
    of_points = {three[0].stream for three in made.points}
    of_analog = {column.stream for column in made.analog}
    point_rate = fastest([s for s in streams if s.id in of_points])
    analog_rate = fastest([s for s in streams if s.id in of_analog])
    if not point_rate:
        per_frame = max(1, min(int(np.ceil(analog_rate / _FRAME_RATE - 1e-6)), _MOST_WORD // len(made.analog)))
        point_rate = analog_rate / per_frame
    else:
        per_frame = max(1, int(np.ceil(analog_rate / point_rate - 1e-6)))
    point_rate = float(str(np.float32(point_rate)))  # what the file can hold, in the shortest digits
    if max(per_frame * len(made.analog), len(made.points), per_frame) > _MOST_WORD:
        raise ValueError(
            f"C3D counts points, and analog samples of a frame, to {_MOST_WORD}, and there are {len(made.points)} "
            f"points and {per_frame} x {len(made.analog)} samples"
        )
    grid = common_grid(recording, streams, point_rate)
    return Rates(grid.start, point_rate, per_frame, len(grid))


def _header(made: Contents, rates: Rates, blocks: int) -> bytes:
    head = struct.pack(
        "<2B5HfHHf", 2, 80, len(made.points), rates.per_frame * len(made.analog), 1, min(rates.frames, _MOST_WORD), 0,
        -1.0, 2 + blocks, rates.per_frame if made.analog else 0, rates.point_rate,
    )  # fmt: skip
    return head.ljust(BLOCK, b"\x00")


def _parameters(recording: Recording, made: Contents, rates: Rates, done: list[str]) -> tuple[bytes, list[str]]:
    """The parameter section, and what did not fit."""
    notes: list[str] = []
    blocks = 0
    for _ in range(2):  # POINT:DATA_START stands in what it counts
        entries = Entries()
        _point_group(entries, made, rates, 2 + blocks)
        _analog_group(entries, made, rates)
        _plate_group(entries, made)
        _trial_group(entries, rates)
        add_person(entries, recording)
        notes = add_events(entries, recording, rates.start)
        notes += add_provenance(entries, recording, rates.start, done)
        blocks = len(entries.section()) // BLOCK
    return entries.section(), notes


def _point_group(entries: Entries, made: Contents, rates: Rates, data_start: int) -> None:
    firsts = [three[0] for three in made.points]
    entries.integers("POINT", "USED", _word(len(made.points)))
    entries.integers("POINT", "FRAMES", _word(min(rates.frames, _MOST_WORD)))
    entries.reals("POINT", "SCALE", -1.0)
    entries.reals("POINT", "RATE", rates.point_rate)
    entries.integers("POINT", "DATA_START", data_start)
    entries.reals("POINT", "LONG_FRAMES", float(rates.frames))
    entries.texts("POINT", "UNITS", [cut(made.unit, 8)])
    labels = made.labels([(one.stream, one.label) for one in firsts])
    entries.texts("POINT", "LABELS", labels)
    entries.texts("POINT", "DESCRIPTIONS", channels.descriptions(firsts))
    for group in dict.fromkeys(made.outputs.groups.values()):
        entries.texts("POINT", group, [labels[point] for point, of in made.outputs.groups.items() if of == group])
        entries.texts("POINT", UNIT_NAMES[group], [cut(made.outputs.unit(group), 16)])


def _analog_group(entries: Entries, made: Contents, rates: Rates) -> None:
    count = len(made.analog)
    entries.integers("ANALOG", "USED", _word(count))
    entries.texts("ANALOG", "LABELS", made.labels([(one.stream, one.label) for one in made.analog]))
    entries.texts("ANALOG", "DESCRIPTIONS", channels.descriptions(made.analog))
    entries.texts("ANALOG", "UNITS", channels.units(made.analog))
    entries.reals("ANALOG", "GEN_SCALE", 1.0)
    entries.reals("ANALOG", "SCALE", np.ones(count))
    entries.integers("ANALOG", "OFFSET", np.zeros(count))
    entries.reals("ANALOG", "RATE", rates.point_rate * rates.per_frame)
    entries.texts("ANALOG", "FORMAT", [b"SIGNED"])


def _plate_group(entries: Entries, made: Contents) -> None:
    count = len(made.plates)
    entries.integers("FORCE_PLATFORM", "USED", count)
    entries.integers("FORCE_PLATFORM", "ZERO", [0, 0])  # no frames are named as the baseline
    if not count:
        return
    kinds = [PLATE_TYPES[one.plate.type] for one in made.plates]
    width = max(len(kind.channels) for kind in kinds)
    numbers = np.zeros((width, count))
    for k, (one, kind) in enumerate(zip(made.plates, kinds, strict=True)):
        numbers[: len(kind.channels), k] = one.first + 1 + np.arange(len(kind.channels))
    origins = [np.asarray(one.plate.origin_m) / made.metre for one in made.plates]
    entries.integers("FORCE_PLATFORM", "TYPE", [one.plate.type for one in made.plates])
    entries.integers("FORCE_PLATFORM", "CHANNEL", numbers)
    entries.reals(
        "FORCE_PLATFORM", "CORNERS", np.dstack([channels.corners(one.plate, made.metre) for one in made.plates])
    )
    entries.reals("FORCE_PLATFORM", "ORIGIN", np.column_stack(origins))
    if any(kind.needs_calibration for kind in kinds):
        matrices = [np.eye(6) if one.plate.calibration is None else one.plate.calibration for one in made.plates]
        entries.reals("FORCE_PLATFORM", "CAL_MATRIX", np.dstack([np.asarray(m, np.float64) for m in matrices]))


def _trial_group(entries: Entries, rates: Rates) -> None:
    last = rates.frames
    entries.integers("TRIAL", "ACTUAL_START_FIELD", [1, 0])
    entries.integers("TRIAL", "ACTUAL_END_FIELD", [_word(last % 65536), _word(last // 65536)])
    entries.reals("TRIAL", "CAMERA_RATE", rates.point_rate)
    entries.texts("MANUFACTURER", "SOFTWARE", [b"groundup"])


def _word(count: int) -> int:
    """A count as 16 bits hold it: readers take those below zero for what lies above 32,767."""
    return count - 65536 if count > 32767 else count


def _frames(
    recording: Recording, made: Contents, rates: Rates, placed: dict[str, tuple[OnGrid, OnGrid]]
) -> Iterator[tuple[float, bytes, int, int]]:
    """Share done, bytes, missing analog samples and numbers that became infinite, of some frames at a time."""
    axes = [column for three in made.points for column in three]
    whole = np.array([place not in made.outputs.groups for place in range(len(made.points))], bool)
    points = _feeds(recording, axes, {key: both[0] for key, both in placed.items()})
    analog = _feeds(recording, made.analog, {key: both[1] for key, both in placed.items()})
    numbers = 4 * len(made.points) + rates.per_frame * len(made.analog)
    step = max(1, _BYTES // (4 * numbers))
    for begin in range(0, rates.frames, step):
        count = min(step, rates.frames - begin)
        rows = np.empty((count, numbers), "<f4")
        with np.errstate(over="ignore", invalid="ignore"):
            places = _seen(_taken(points, axes, count), whole).reshape(count, -1) if axes else np.empty((count, 0))
            values = _taken(analog, made.analog, count * rates.per_frame)
            exact = np.hstack([places, values.reshape(count, -1)])
            rows[:] = exact
        beyond = int((np.isinf(rows) & np.isfinite(exact)).sum())
        yield (begin + count) / rates.frames, rows.tobytes(), int(np.isnan(values).sum()), beyond


def _feeds(recording: Recording, columns: list[Column], placed: dict[str, OnGrid]) -> dict[str, Feed]:
    keys = {column.stream: placed[column.stream] for column in columns}
    return {key: Feed(one.blocks(recording), len(one.stream.channels)) for key, one in keys.items()}


def _taken(feeds: dict[str, Feed], columns: list[Column], count: int) -> Floats:
    """The next rows of some columns, in the file's units, shape (count, columns)."""
    rows = {key: feed.take(count) for key, feed in feeds.items()}
    out = np.empty((count, len(columns)))
    for place, column in enumerate(columns):
        out[:, place] = rows[column.stream][:, column.index] * column.scale
    return out


def _seen(axes: Floats, whole: NDArray[np.bool_]) -> Floats:
    """x, y, z and residual of each point; a point that was not seen is at 0 and has the residual -1.

    A marker is seen if all its axes are there (`whole`), an output if any is: the others stand as NaN.
    """
    xyz = axes.reshape(len(axes), -1, 3)
    there = np.isfinite(xyz)
    seen = np.asarray(np.where(whole, there.all(axis=2), there.any(axis=2)))
    out = np.zeros((*xyz.shape[:2], 4))
    out[:, :, :3] = np.where(seen[:, :, None], xyz, 0.0)
    out[:, :, 3] = np.where(seen, 0.0, -1.0)
    return out


def _never(recording: Recording) -> list[str]:
    found = ["values are 32-bit numbers, right to 6e-8 of themselves: C3D has no longer ones"]
    if len(recording.metrics) or len(recording.processed):
        found.append("metrics and processed signals are not in the file: C3D holds what was measured")
    found.append("the devices' own time stamps are not in the file")
    if len(recording.trials):
        found.append("trials are not in the file: C3D is one trial")
    return found
