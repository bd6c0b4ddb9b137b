"""A CSV file as streams, as the lab declares it."""

import csv
import itertools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from groundup.plugin import Channel, Imported, ImportedStream, StreamSpec
from groundup_plugins.formats.csv_settings import CsvSettings, CsvStream

_DELIMITERS = (",", ";", "\t", "|", " ")
_UNIT = re.compile(r"^(.*?)\s*[\[(]([^\[\]()]*)[\])]\s*$")
_REGULAR = 0.05  # of an interval: what rounding and jitter may be in a file that is called regular
_LOOK_LINES = 20
_DEFAULT_ID = "csv"
_NAMED = 20  # labels at most, in an error


def read_csv(path: Path, settings: CsvSettings) -> Imported:
    """Read a CSV file.

    Raises
    ------
    ValueError
        If it is not as declared; the message says in which line or column.
    """
    delimiter = settings.delimiter or _delimiter(path, settings)
    labels, units = _header(path, settings, delimiter)
    table = _table(path, settings, delimiter, labels)
    notes: list[str] = []
    time, rate = _time(path, settings, table)
    streams = []
    for key, stream in _streams(path, settings, labels).items():
        spec = _spec(path, key, stream, units, rate)
        if stream.text:
            streams.append(_texts(key, spec, stream, table, time))
        else:
            samples = np.column_stack(
                [_numbers(table[label], label, path, settings, notes) for label in stream.columns]
            )
            streams.append(ImportedStream(key, spec, samples, time))
    return Imported(tuple(streams), notes=tuple(notes))


def _lines(path: Path, settings: CsvSettings, count: int) -> list[str]:
    try:
        with path.open(encoding=settings.encoding, errors="strict", newline="") as file:
            return [
                line.rstrip("\r\n") for line in itertools.islice(file, settings.skip_rows, settings.skip_rows + count)
            ]
    except (UnicodeDecodeError, LookupError) as error:
        raise ValueError(f"{path.name} is no text in {settings.encoding}: set encoding in [import.csv]") from error


def _delimiter(path: Path, settings: CsvSettings) -> str:
    """The delimiter that divides the first lines into the same, greatest number of parts."""
    lines = [line for line in _lines(path, settings, _LOOK_LINES) if line.strip()]
    possible = [mark for mark in _DELIMITERS if mark != settings.decimal]

    def parts(mark: str) -> int:
        counts = {len(_split(line, mark)) for line in lines}
        return counts.pop() if len(counts) == 1 else 0

    best = max(possible, key=parts)
    return best if parts(best) > 1 else ","


def _split(line: str, delimiter: str) -> list[str]:
    if delimiter == " ":
        return line.split()
    return next(csv.reader([line], delimiter=delimiter), [])


def _header(path: Path, settings: CsvSettings, delimiter: str) -> tuple[list[str], dict[str, str]]:
    """Labels of the columns, none of them empty or twice, and their units."""
    lines = _lines(path, settings, 2)
    if not lines:
        raise ValueError(f"{path.name} has no line {settings.skip_rows + 1}: skip_rows of [import.csv] skips all of it")
    raw = list(settings.labels) or _split(lines[0], delimiter)
    told = _split(lines[1], delimiter) if settings.units_row and len(lines) > 1 else []
    labels: list[str] = []
    units: dict[str, str] = {}
    for index, text in enumerate(raw):
        found = _UNIT.match(text.strip())
        label, unit = (found.group(1), found.group(2)) if found and found.group(1) else (text.strip(), "")
        label = label or f"column {index + 1}"
        label = label if label not in labels else f"{label} ({index + 1})"
        labels.append(label)
        units[label] = told[index].strip() if index < len(told) else unit
    return labels, units


def _table(path: Path, settings: CsvSettings, delimiter: str, labels: list[str]) -> pd.DataFrame:
    before = settings.skip_rows + (0 if settings.labels else 1) + int(settings.units_row)
    try:
        table = pd.read_csv(
            path, sep=r"\s+" if delimiter == " " else delimiter, decimal=settings.decimal, skiprows=before, header=None,
            names=None, encoding=settings.encoding, low_memory=False, skip_blank_lines=True, skipinitialspace=True,
            keep_default_na=True, float_precision="round_trip" if settings.decimal == "." else None,
        )  # fmt: skip
    except pd.errors.EmptyDataError:
        return pd.DataFrame({label: np.empty(0) for label in labels})
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} cannot be read as declared: {error}") from error
    if table.shape[1] != len(labels):
        raise ValueError(
            f"{path.name} has {table.shape[1]} columns and {len(labels)} labels ({_some(labels)}): "
            f'set delimiter, skip_rows or labels in [import.csv] (columns were divided at "{delimiter}")'
        )
    table.columns = pd.Index(labels)
    return table


def _time(path: Path, settings: CsvSettings, table: pd.DataFrame) -> tuple[NDArray[np.float64], float]:
    """Time of each row in s, and the sampling rate in Hz (0: irregular)."""
    label = _time_label(settings, list(table.columns))
    if label is not None:
        time = _numbers(table[label], label, path, settings, []) * settings.time_unit_s
        if not np.isfinite(time).all():
            row = int(np.flatnonzero(~np.isfinite(time))[0])
            raise ValueError(f'{path.name} has no time in row {row + 1} of its values, in the column "{label}"')
        return time, settings.rate or _rate(time)
    if not settings.rate:
        raise ValueError(
            f'{path.name} has no column "{settings.time}" that tells the time: set time or rate in [import.csv]; '
            f"its columns are {_some(list(table.columns))}"
        )
    return np.arange(len(table)) / settings.rate, settings.rate


def _time_label(settings: CsvSettings, labels: list[str]) -> str | None:
    """The column that tells the time: as it is written, else whatever its capitals."""
    if settings.time in labels:
        return settings.time
    return next((label for label in labels if label.lower() == settings.time.lower()), None)


def _some(labels: Sequence[str]) -> str:
    """The first labels, in a sentence."""
    more = len(labels) - _NAMED
    return ", ".join(labels[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _rate(time: NDArray[np.float64]) -> float:
    """Sampling rate where the rows are regular but for gaps, else 0."""
    steps = np.diff(time)
    if len(steps) < 10 or not (interval := float(np.median(steps))) > 0:
        return 0.0
    near = np.abs(steps - interval) < _REGULAR * interval
    if near.mean() < 0.95:
        return 0.0
    # Times are often rounded to milliseconds: the mean of many steps knows the rate better than any one.
    rate = 1.0 / float(steps[near].mean())
    return float(round(rate)) if abs(rate - round(rate)) < 1e-3 * rate and rate > 1.5 else rate


def _streams(path: Path, settings: CsvSettings, labels: list[str]) -> dict[str, CsvStream]:
    told = _time_label(settings, labels)
    rest = tuple(label for label in labels if label != told)
    if not settings.streams:
        return {_DEFAULT_ID: CsvStream(columns=rest, type=settings.type, name=path.stem)}
    for key, stream in settings.streams.items():
        for column in stream.columns:
            if column not in rest:
                raise ValueError(f'{path.name} has no column "{column}", which [import.csv.streams.{key}] names; '
                                 f"it has {_some(rest)}")  # fmt: skip
    return settings.streams


def _spec(path: Path, key: str, stream: CsvStream, units: dict[str, str], rate: float) -> StreamSpec:
    channels = tuple(Channel(label, units.get(label, "")) for label in stream.columns)
    kind = "Markers" if stream.text and stream.type == "Other" else stream.type
    return StreamSpec(
        stream.name or key, kind, 0.0 if stream.text else rate, "string" if stream.text else "double64", channels,
        f"{path.name}:{key}",
    )  # fmt: skip


def _numbers(
    column: "pd.Series[Any]", label: str, path: Path, settings: CsvSettings, notes: list[str]
) -> NDArray[np.float64]:
    """A column as numbers; cells that are none are NaN, and said."""
    if column.dtype.kind in "iufb":
        return np.asarray(column, np.float64)
    texts = column.astype("str") if settings.decimal == "." else column.astype("str").str.replace(",", ".", regex=False)
    values: NDArray[np.float64] = np.asarray(pd.to_numeric(texts, errors="coerce"), np.float64)
    bad = np.isnan(values) & column.notna().to_numpy()
    if bad.any():
        first = int(np.flatnonzero(bad)[0])
        notes.append(
            f'{path.name}: {int(bad.sum())} cells of the column "{label}" are no numbers and are given as NaN; the '
            f'first, in row {first + 1} of the values, is "{column.iloc[first]}"'
        )
    return values


def _texts(
    key: str, spec: StreamSpec, stream: CsvStream, table: pd.DataFrame, time: NDArray[np.float64]
) -> ImportedStream:
    words = table[list(stream.columns)].fillna("").astype("str").to_numpy()
    there = np.array([any(row) for row in words], bool) if len(words) else np.empty(0, bool)
    return ImportedStream(key, spec, [list(row) for row in words[there].tolist()], time[there])
