"""CSV files of Delsys Trigno Discover: sensors, signals and rates above the values, columns of different lengths.

Source: as the package ``delsys`` reads versions 1.4 to 1.7. A signal without a column of time begins at 0 s and goes
on at its rate; its column ends before those of faster signals do.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from groundup.plugin import ACCELERATION, ANGULAR_VELOCITY, Channel, Floats, Imported, ImportedStream
from groundup_plugins.formats.csv.rates import agreed_rate, rate_of
from groundup_plugins.formats.names import unique
from groundup_plugins.formats.vendors.settings import TableSettings
from groundup_plugins.formats.vendors.streams import merged, new_stream, said_units, with_muscles
from groundup_plugins.formats.vendors.text_head import cells_of, delimiter_of, filled_right, head_of
from groundup_plugins.formats.vendors.text_rows import Rows, read_rows
from groundup_plugins.processors.plate_units import is_voltage

_TIME = re.compile(r"(.*?) ?Time Series ?\(s\)", re.IGNORECASE)
_UNIT = re.compile(r"(.*?)\s*\(([^()]*)\)")
_RATE = re.compile(r"-?([\d.,]+) ?Hz", re.IGNORECASE)
_FRAME_S = 0.0135  # a base takes a whole number of samples in it
_OFF = 0.02  # of the duration: what a channel may be longer or shorter


@dataclass(frozen=True)
class _Signal:
    """A column of values: its sensor, label, unit, rate (0: none named), and the column of its time, if it has one."""

    column: int
    sensor: str
    label: str
    unit: str
    rate: float
    time: int | None


def read_discover(path: Path, settings: TableSettings) -> Imported:
    """Read a file.

    Raises
    ------
    ValueError
        If a signal has neither a rate nor times, or is longer than the recording.
    """
    head = head_of(path, settings.encoding, 20)
    modes = next((i for i, line in enumerate(head.lines) if "sensor mode" in line.lower()), None)
    if modes is None or not 0 < modes < len(head.lines) - 2:
        raise ValueError(f"{path.name} has no line of sensor modes, as Trigno Discover writes it: export it again")
    mark = settings.delimiter or delimiter_of(head.lines[modes + 1])
    labels = cells_of(head.lines[modes + 1], mark)
    while labels and not labels[-1]:
        labels.pop()
    rates = cells_of(head.lines[modes + 2], mark)
    first = modes + 3 if any(_RATE.search(cell) for cell in rates) else modes + 2
    signals = _signals(labels, cells_of(head.lines[modes - 1], mark), rates if first == modes + 3 else [])
    notes: list[str] = []
    decimal = settings.decimal or ("," if mark != "," and _comma(head.lines[first:]) else ".")
    shown = [label or f"column {i + 1}" for i, label in enumerate(labels)]
    table = read_rows(Rows(path, head.encoding, mark, first, None, decimal), shown, notes)
    duration = _duration(head.lines[:modes], mark)
    streams = merged([_stream(path, one, signals, table, duration, settings, notes) for one in signals])
    streams = [_distinct(stream) for stream in streams]
    if settings.sites:
        streams = with_muscles(streams, "trigno_discover", notes)
    said_units(streams, path.name, notes)
    return Imported(tuple(streams), notes=tuple(notes), faults=tuple(_too_short(path, signals, len(table), duration)))


def _too_short(path: Path, signals: list[_Signal], rows: int, duration: float) -> list[str]:
    """Of the fastest signal, where the file has fewer rows than the recording lasted at its rate."""
    rates = [one.rate for one in signals if one.time is None]
    expected = max(rates, default=0.0) * duration
    if rows >= expected * (1 - _OFF) - 1:
        return []
    return [
        f"{path.name} says that it lasts {duration:g} s, at {max(rates):g} Hz {expected:.0f} rows, and has {rows}: was "
        "it cut, or is the rate another?"
    ]


def _signals(labels: list[str], sensors: list[str], rates: list[str]) -> list[_Signal]:
    names = filled_right((sensors + [""] * len(labels))[: len(labels)])
    found = []
    time: int | None = None
    for column, label in enumerate(labels):
        if _TIME.fullmatch(label):
            time = column
            continue
        match = _UNIT.fullmatch(label)
        named = _RATE.search(rates[column]) if column < len(rates) else None
        rate = float(named[1].replace(",", ".")) if named else 0.0
        name, unit = (match[1], match[2]) if match else (label, "")
        found.append(_Signal(column, names[column], name.strip(), unit.strip(), rate, time))
    return found


def _stream(
    path: Path, one: _Signal, signals: list[_Signal], table: Floats, duration: float, settings: TableSettings,
    notes: list[str],
) -> ImportedStream:  # fmt: skip
    values = table[:, one.column]
    if one.time is not None:
        time = table[:, one.time]
        there = np.isfinite(time)
        time, values = time[there], values[there]
        if (np.diff(time) < 0).any():
            raise ValueError(f"{path.name}: the times of {one.sensor}: {one.label} go back")
        rate = agreed_rate(rate_of(time), one.rate, f"{path.name}: {one.sensor}: {one.label}", notes)
    else:
        rate = one.rate or settings.rate
        if not rate:
            raise ValueError(
                f"{path.name}: {one.sensor}: {one.label} has neither a rate nor a column of time: export it with Time "
                "Series, or set rate in [import.trigno_discover]"
            )
        near = round(rate * _FRAME_S) / _FRAME_S
        rate = near if abs(near / rate - 1) < 1e-4 else rate
        values = values[: _length(path, one, values, rate, duration)]
        time = np.arange(len(values)) / rate
    key, kind = _kind(one, signals)
    channel = Channel(f"{one.sensor}: {one.label}", one.unit)
    return new_stream(path, key, kind, rate, [channel], values[:, np.newaxis], time)


def _length(path: Path, one: _Signal, values: Floats, rate: float, duration: float) -> int:
    """How many rows of a column are samples: those behind the end of the recording are empty, or zeros."""
    filled = np.flatnonzero(np.isfinite(values) & (values != 0))
    last = int(filled[-1]) + 1 if len(filled) else 0
    if not duration:
        there = np.flatnonzero(np.isfinite(values))
        return int(there[-1]) + 1 if len(there) else 0
    expected = round(rate * duration)
    if last > expected * (1 + _OFF) + 1:
        raise ValueError(
            f"{path.name}: {one.sensor}: {one.label} has {last} samples, and at {rate:g} Hz {duration:g} s have "
            f"{expected}: which rate is right? Set rate, or export it with Time Series"
        )
    return min(max(expected, last), len(values))


def _kind(one: _Signal, signals: list[_Signal]) -> tuple[str, str]:
    unit = one.unit.lower()
    if "emg" in one.label.lower() and (not unit or is_voltage(unit)):  # without a unit nothing is computed of it
        return "emg", "EMG"
    if unit in ACCELERATION or unit in ANGULAR_VELOCITY:
        sensors = list(dict.fromkeys(s.sensor for s in signals))
        return f"imu_{sensors.index(one.sensor) + 1}", "IMU"
    return "analog", "Analog"


def _distinct(stream: ImportedStream) -> ImportedStream:
    names = unique([channel.label for channel in stream.spec.channels], "signal")
    channels = tuple(replace(c, label=name) for c, name in zip(stream.spec.channels, names, strict=True))
    return replace(stream, spec=replace(stream.spec, channels=channels))


def _duration(lines: tuple[str, ...], mark: str) -> float:
    """Seconds that the head names; 0 where it names none."""
    for line in lines:
        cells = cells_of(line, mark)
        if any(word in cells[0].lower() for word in ("length", "duration")) if cells else False:
            try:
                return float(cells[-1].replace(",", "."))
            except ValueError:
                return 0.0
    return 0.0


def _comma(lines: tuple[str, ...]) -> bool:
    return any(re.search(r"\d,\d", line) for line in lines)
