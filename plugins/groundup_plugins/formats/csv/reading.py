"""A CSV file as streams, as the lab declares it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from groundup.plugin import Channel, Imported, ImportedStream, StreamSpec
from groundup_plugins.formats.csv.cells import CellError, number_like, numbers
from groundup_plugins.formats.csv.layout import Layout, layout_of, some
from groundup_plugins.formats.csv.points import check_points
from groundup_plugins.formats.csv.rates import check_rate, check_stated
from groundup_plugins.formats.csv.settings import CsvSettings, CsvStream
from groundup_plugins.formats.csv.table import table_of
from groundup_plugins.formats.csv.time import filled, looks_like_time, seconds, tells_time, time_columns

_DEFAULT_ID = "csv"
_EXACT = 2**53  # whole numbers beyond it have no place in a float64


def read_csv(path: Path, settings: CsvSettings) -> Imported:
    """Read a CSV file.

    Raises
    ------
    ValueError
        If it is not as declared, or can be read in two ways; the message says in which line and column, and what to
        declare.
    """
    layout = layout_of(path, settings)
    notes = list(layout.notes)
    table = table_of(layout, settings, notes)
    if not settings.decimal and not settings.thousands and layout.decimal == ".":
        check_points(layout, table)
    file = _File(layout, settings, table, time_columns(layout, settings), notes)
    streams = [_stream(file, key, stream) for key, stream in _streams(file).items()]
    if file.times:
        check_stated(layout, settings, [stream.spec.rate for stream in streams if stream.spec.rate])
    return Imported(tuple(streams), notes=tuple(notes))


@dataclass(frozen=True)
class _File:
    """A table, its columns by their place, and which of them tell the time."""

    layout: Layout
    settings: CsvSettings
    table: pd.DataFrame
    times: list[int]
    notes: list[str]

    @property
    def name(self) -> str:
        return self.layout.path.name

    def time_of(self, column: int) -> int | None:
        """The column that tells the time of another: the one before it."""
        return max((t for t in self.times if t <= column), default=self.times[0] if self.times else None)

    def place(self, key: str, label: str) -> int:
        """The column of a label."""
        if label in self.layout.labels:
            place = self.layout.labels.index(label)
            if place not in self.times and self.layout.names.count(label) > 1:
                same = [i for i, name in enumerate(self.layout.names) if name == label and i != place]
                more = some([self.layout.labels[i] for i in same])
                self.notes.append(
                    f'{self.name}: several columns have the label "{label}": stream {key} has the first; the '
                    f"others are named {more} in [import.csv.streams]"
                )
            return place
        raise ValueError(
            f'{self.name} has no column "{label}", which [import.csv.streams.{key}] names; it has '
            f"{some([x for i, x in enumerate(self.layout.labels) if i not in self.times])}"
        )


def _streams(file: _File) -> dict[str, CsvStream]:
    """What is declared; else a stream of all columns, or one a time column."""
    settings, layout = file.settings, file.layout
    if settings.streams:
        return settings.streams
    columns = [i for i in range(len(layout.labels)) if i not in file.times and not _nameless_index(file, i)]
    columns = [i for i in columns if not _words(file, i) and not _more_time(file, i)]
    if not columns:
        raise ValueError(f"{file.name} has no column of numbers beside its time; its columns are {some(layout.labels)}")
    stem = layout.path.stem
    if len(file.times) < 2:
        labels = tuple(layout.labels[i] for i in columns)
        return {_DEFAULT_ID: CsvStream(columns=labels, type=settings.type, name=stem)}
    found = {}
    for number, time in enumerate(file.times, 1):
        labels = tuple(layout.labels[i] for i in columns if file.time_of(i) == time)
        if labels:
            found[f"{_DEFAULT_ID}{number}"] = CsvStream(columns=labels, type=settings.type, name=f"{stem} {number}")
    return found


def _nameless_index(file: _File, column: int) -> bool:
    """Whether a column is the number of the row, which pandas writes without a label; other values need a label."""
    if file.layout.names[column]:
        return False
    cells = file.table[column]
    if column == 0 and cells.dtype.kind in "iu" and np.array_equal(np.diff(cells), np.ones(max(len(cells) - 1, 0))):
        return True
    there = np.flatnonzero(filled(cells))
    if len(there) == 0:
        return True
    where = file.layout.cell(int(file.table.index[there[0]]), column, str(cells.iloc[there[0]]))
    raise ValueError(
        f"{file.name}: {where} and no label stands above it: set labels "
        'in [import.csv] of lab.toml, or decimal = "," and delimiter if it is half of a number'
    )


def _more_time(file: _File, column: int) -> bool:
    """Whether a column that nobody declared tells the time once more: the device's own, as beside ours."""
    cells = file.table[column]
    if not file.times or not tells_time(file.layout, column) or cells.dtype.kind not in "iuf":
        return False
    values = np.asarray(cells, np.float64)[filled(cells)]
    if len(values) < 2 or (np.diff(values) < 0).any():
        return False
    clock = file.layout.labels[file.time_of(column) or 0]
    file.notes.append(
        f'{file.name}: the column "{file.layout.labels[column]}" tells the time, too, and is left out: "{clock}" is '
        "gone by; name it in a stream of [import.csv.streams] to keep it"
    )
    return True


def _words(file: _File, column: int) -> bool:
    """Whether a column that nobody declared has words and no number at all."""
    cells = file.table[column]
    if cells.dtype.kind in "iufb":
        return False
    texts = cells[filled(cells)].astype("str")
    if len(texts) == 0 or any(number_like(text) for text in texts):
        return False
    label = file.layout.labels[column]
    file.notes.append(
        f'{file.name}: the column "{label}" has words ("{texts.iloc[0]}") and is left out: name it in a stream of '
        "[import.csv.streams] with text = true to keep it"
    )
    return True


def _stream(file: _File, key: str, stream: CsvStream) -> ImportedStream:
    layout = file.layout
    places = [file.place(key, label) for label in stream.columns]
    clock = file.place(key, stream.time) if stream.time else _clock(file, key, places)
    time, rate, rows = _times(file, clock, places)
    _check_other_clocks(file, clock, time)
    channels = tuple(Channel(layout.labels[i], layout.units[i]) for i in places)
    kind = "Markers" if stream.text and stream.type == "Other" else stream.type
    spec = StreamSpec(
        stream.name or key, kind, 0.0 if stream.text else rate, "string" if stream.text else "double64", channels,
        f"{layout.path.name}:{key}",
    )  # fmt: skip
    table = file.table if rows.all() else file.table[rows]  # no copy where none is needed: it may be as large as memory
    if stream.text:
        return _texts(key, spec, table[places], time)
    samples = np.empty((len(time), len(places)))
    for column, place in enumerate(places):
        samples[:, column] = _numbers(file, table[place], place)
    return ImportedStream(key, spec, samples, time)


def _clock(file: _File, key: str, places: Sequence[int]) -> int | None:
    clocks = {file.time_of(place) for place in places}
    if len(clocks) > 1:
        raise ValueError(
            f"{file.name}: the columns of [import.csv.streams.{key}] follow more than one time column: declare a "
            "stream for each"
        )
    return clocks.pop() if clocks else None


def _times(
    file: _File, clock: int | None, places: Sequence[int]
) -> tuple[NDArray[np.float64], float, NDArray[np.bool_]]:
    """Time of each row in s, the sampling rate in Hz (0: irregular), and which rows of the table they are."""
    layout, settings, table = file.layout, file.settings, file.table
    if clock is None:
        if not settings.rate:
            raise ValueError(
                f'{file.name} has no column "{settings.time}" that tells the time: set time or rate in [import.csv]'
                f" of lab.toml; "
                f"its columns are {some(layout.labels)}"
            )
        return np.arange(len(table)) / settings.rate, settings.rate, np.ones(len(table), bool)
    there = filled(table[clock])
    used = np.zeros(len(table), bool)
    for place in places:
        used |= filled(table[place])
    if (lost := np.flatnonzero(used & ~there)).size:
        row = int(table.index[lost[0]])
        raise ValueError(
            f"{file.name} has no time in row {row + 1} of its values: {layout.cell(row, clock, '')}; take the line "
            "out, or set time or rate in [import.csv] of lab.toml"
        )
    time = seconds(layout, settings, clock, table[clock][there], file.notes)
    return time, check_rate(layout, settings, time, file.notes), there


def _check_other_clocks(file: _File, clock: int | None, time: NDArray[np.float64]) -> None:
    """Refuse a file with a second time column of another pace, of which nobody says whose it is."""
    if clock is None or len(time) < 3 or file.settings.streams:
        return
    for column in range(len(file.layout.labels)):
        cells = file.table[column]
        if column in file.times or not looks_like_time(file.layout, column) or cells.dtype.kind not in "iuf":
            continue
        other = np.asarray(cells, np.float64)[filled(cells)]
        if len(other) < 3 or (np.diff(other) <= 0).any():
            continue
        mine, its = float(np.median(np.diff(time))), float(np.median(np.diff(other)))
        if len(other) != len(time) or abs(its / mine - 1) > 0.01:
            label = file.layout.labels[column]
            raise ValueError(
                f'{file.name}: the column "{label}" looks like the time of other columns than "'
                f'{file.layout.labels[clock]}": declare streams in [import.csv.streams], each with its time'
            )


def _numbers(file: _File, cells: "pd.Series[Any]", column: int) -> NDArray[np.float64]:
    """A column as numbers; cells that are none are NaN, and said.

    Raises
    ------
    ValueError
        If a cell may be another number than the one that its marks say.
    """
    layout = file.layout
    try:
        values, bad = numbers(cells, layout.decimal, layout.thousands)
    except CellError as error:
        row = int(cells.index[error.row])
        percent = error.text.endswith("%")
        cure = 'take the "%" out of the column' if percent else "set decimal or thousands in [import.csv] of lab.toml"
        raise ValueError(
            f"{file.name}: {layout.cell(row, column, error.text)}, which is no number with the decimal mark "
            f'"{layout.decimal}": {cure}'
        ) from error
    if (large := int((np.abs(values[np.isfinite(values)]) >= _EXACT).sum())) > 0:
        file.notes.append(
            f'{file.name}: {large} numbers of the column "{layout.labels[column]}" are {_EXACT} or more and rounded '
            "to 16 digits: name it in a stream of [import.csv.streams] with text = true to keep them all"
        )
    if bad.any():
        first = int(np.flatnonzero(bad)[0])
        row = int(cells.index[first])
        file.notes.append(
            f'{file.name}: {int(bad.sum())} cells of the column "{layout.labels[column]}" are no numbers and are given '
            f'as NaN; the first, in row {row + 1} of the values, is "{cells.iloc[first]}" (line {layout.line_of(row)})'
        )
    return values


def _texts(key: str, spec: StreamSpec, table: pd.DataFrame, time: NDArray[np.float64]) -> ImportedStream:
    words = table.fillna("").astype("str").to_numpy()
    there = np.array([any(row) for row in words], bool) if len(words) else np.empty(0, bool)
    return ImportedStream(key, spec, [list(row) for row in words[there].tolist()], time[there])
