"""Tables of vendors: read as CSV files that are declared by what their preset and their own first lines say."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Channel, Floats, Imported, ImportedStream, StreamSpec
from groundup_plugins.formats.csv.cells import TIME_UNITS
from groundup_plugins.formats.csv.rates import rate_of
from groundup_plugins.formats.csv.reading import read_csv
from groundup_plugins.formats.csv.settings import CsvSettings, CsvStream
from groundup_plugins.formats.vendors.heading import Column, Heading, heading_of
from groundup_plugins.formats.vendors.plate_proof import alone_in_its_axes
from groundup_plugins.formats.vendors.presets import Preset
from groundup_plugins.formats.vendors.settings import SessionSettings, TableSettings
from groundup_plugins.formats.vendors.streams import marked, merged, said_units, with_muscles
from groundup_plugins.formats.vendors.text_head import Head, head_of

_COUNTER = "counter"
_NEAR = 0.05  # of a rate that the devices have: their clocks are better than that
_KEY = re.compile(r"\[import\.csv\]")
_TWO_RATES = re.compile(r"rate of \[import\.csv\] is (\S+): set .*")


def read_table(path: Path, preset: Preset, settings: TableSettings) -> Imported:
    """Read a file that a vendor's program wrote.

    Raises
    ------
    ValueError
        If it is not as that program writes it, or may mean two things; the message says where, and which key decides.
    """
    head = head_of(path, settings.encoding)
    heading = heading_of(head, preset, settings)
    try:
        imported = read_csv(path, _declared(head, heading, preset, settings))
    except ValueError as error:
        raise ValueError(_in_our_words(str(error), preset)) from error
    notes = list(imported.notes)
    if head.encoding == "cp1252" and not settings.encoding:
        notes.append(f"{path.name} is no UTF-8 and was read as Windows-1252 (Latin-1)")
    streams: Sequence[ImportedStream] = imported.streams
    if preset.wraps:
        streams = _on_counter(streams, heading, preset, settings, path, notes)
    made = [_named(stream, heading.columns, path) for stream in streams]
    made = alone_in_its_axes(marked(merged(made)), path.name, notes)
    if preset.muscles and settings.sites:
        made = with_muscles(made, preset.name, notes)
    said_units(made, path.name, notes)
    rows = max((len(stream.timestamps) for stream in streams if stream.spec.format != "string"), default=0)
    faults = []
    if heading.count and rows != heading.count:
        faults.append(f"{path.name} says that it has {heading.count} rows, and has {rows}: was it cut?")
    clock = _clock(head, preset, settings, notes)
    return Imported(tuple(made), notes=tuple(notes), faults=tuple(faults), clock=clock)


def _clock(head: Head, preset: Preset, settings: TableSettings, notes: list[str]) -> str:
    """The clock that such files share, if they do and it is known of which synchronisation it is."""
    if not preset.shared_clock or not re.search(preset.shared_clock, head.text):
        return ""
    if preset.names_no_session and not (isinstance(settings, SessionSettings) and settings.same_session):
        notes.append(
            f"{head.path.name} says that it was synchronised, and not with which others: where all files of one import "
            f"are of one synchronisation, set same_session = true in [import.{preset.name}] of lab.toml, and they are "
            "put onto one clock"
        )
        return ""
    return preset.name


def _declared(head: Head, heading: Heading, preset: Preset, settings: TableSettings) -> CsvSettings:
    """The file as ``[import.csv]`` would declare it."""
    times = [column for column in heading.columns if column.time]
    rate = settings.rate or heading.rate
    name = times[0].name if times else ""
    if not times and not rate:
        raise ValueError(
            f"{head.path.name} has no column that tells the time and names no rate: set rate (Hz) in "
            f"[import.{preset.name}] of lab.toml"
        )
    counted = bool(preset.wraps and times)
    labels = [
        f"{name} [{column.unit or preset.time_unit}]"
        if column.time and not counted
        else f"{column.name} [{column.unit}]"
        for column in heading.columns
    ]
    return CsvSettings(
        delimiter=heading.delimiter,
        decimal=settings.decimal,
        thousands=settings.thousands,
        encoding=head.encoding,
        skip_rows=heading.first,
        labels=tuple(labels),
        time="" if counted or not times else name,
        time_unit_s=0.0 if counted else settings.time_unit_s,
        rate=1.0 if counted else (heading.rate if times else rate),
        streams=_streams(heading, counted),
    )


def _streams(heading: Heading, counted: bool) -> dict[str, CsvStream]:
    """A stream for each key and each column of time."""
    found: dict[str, list[Column]] = {}
    times = 0
    for column in heading.columns:
        times += column.time
        if column.stream:
            found.setdefault(f"{column.stream}@{times}", []).append(column)
    if counted:
        found[_COUNTER] = [column for column in heading.columns if column.time][:1]
    return {
        key: CsvStream(
            columns=tuple(column.name for column in columns),
            type=columns[0].what.type,
            text=columns[0].what.words,
        )
        for key, columns in found.items()
    }


def _on_counter(
    streams: Sequence[ImportedStream],
    heading: Heading,
    preset: Preset,
    settings: TableSettings,
    path: Path,
    notes: list[str],
) -> list[ImportedStream]:
    """The streams on the time that a counter tells, which begins anew at some count."""
    counter = next((stream for stream in streams if stream.id == _COUNTER), None)
    rate = settings.rate or heading.rate
    others = [stream for stream in streams if stream.id != _COUNTER]
    if not others:
        raise ValueError(f"{path.name} has no column of values beside its counter")
    counts = np.full(len(others[0].timestamps), np.nan) if counter is None else np.asarray(counter.samples)[:, 0]
    if np.isnan(counts).all():
        if not rate:
            raise ValueError(
                f"{path.name} tells no time and no rate: set rate (Hz) in [import.{preset.name}] of lab.toml"
            )
        time = np.arange(len(counts)) / rate
    else:
        once = _once(counts, others, path, notes)
        others = [replace(stream, samples=np.asarray(stream.samples)[once]) for stream in others]
        time = _seconds(counts[once], rate, preset, settings, path)
    found = rate_of(time)
    if (
        preset.rates
        and found
        and not settings.time_unit_s
        and min(abs(found / known - 1) for known in preset.rates) > _NEAR
    ):
        raise ValueError(
            f"{path.name}: its counter goes on at {found:g} Hz if 1 in it is a microsecond, and no {preset.program} "
            f"has that rate: set time_unit_s (s) in [import.{preset.name}] of lab.toml, or read it with --as csv"
        )
    if rate and found and abs(found / rate - 1) > _NEAR:
        raise ValueError(f"{path.name}: its times go on at {found:g} Hz, and its rate is said to be {rate:g} Hz")
    return [
        replace(stream, timestamps=time, spec=replace(stream.spec, rate=found or rate)) for stream in others
    ]  # fmt: skip


def _once(counts: Floats, streams: Sequence[ImportedStream], path: Path, notes: list[str]) -> NDArray[np.bool_]:
    """Which rows are no packet that is there already: a row that stands twice was written twice, not measured.

    Raises
    ------
    ValueError
        If two rows have one count and other values.
    """
    again = np.concatenate([[False], np.diff(counts) == 0])
    for row in np.flatnonzero(again).tolist():
        pairs = [np.asarray(stream.samples)[row - 1 : row + 1] for stream in streams]
        if not all(np.array_equal(before, after, equal_nan=True) for before, after in pairs):
            raise ValueError(
                f"{path.name}: row {row + 1} of its values has the counter {counts[row]:.0f} of the row before and "
                "other values: which is right? Take one of both out"
            )
    if again.any():
        notes.append(
            f"{path.name}: {int(again.sum())} rows stand there twice and are left out once, the first of them row "
            f"{int(np.flatnonzero(again)[0]) + 1} of its values"
        )
    return ~again


def _seconds(counts: Floats, rate: float, preset: Preset, settings: TableSettings, path: Path) -> Floats:
    if np.isnan(counts).any():
        row = int(np.flatnonzero(np.isnan(counts))[0])
        raise ValueError(f"{path.name} has no time in row {row + 1} of its values: take the row out")
    counts = counts + preset.wraps * np.cumsum(np.diff(counts, prepend=counts[:1]) < -preset.wraps / 2)
    back = np.flatnonzero(np.diff(counts) < 0)
    if len(back):
        raise ValueError(
            f"{path.name}: its counter goes back in row {int(back[0]) + 2} of its values: cut the file there"
        )
    if preset.time_unit == "samples":
        if not rate:
            raise ValueError(f"{path.name} names no rate: set rate (Hz) in [import.{preset.name}] of lab.toml")
        return np.asarray((counts - counts[0]) / rate)
    return np.asarray(counts * (settings.time_unit_s or TIME_UNITS[preset.time_unit]))


def _named(stream: ImportedStream, columns: Sequence[Column], path: Path) -> ImportedStream:
    """With the labels and sites of its columns, and the key that the preset gives it."""
    known = {column.name: column for column in columns}
    key = stream.id.rpartition("@")[0] or stream.id
    labels: list[str] = []
    channels = []
    for channel in stream.spec.channels:
        column = known[channel.label]
        label = column.label if column.label not in labels else column.name
        labels.append(label)
        channels.append(Channel(label, column.unit, column.site))
    spec: StreamSpec = replace(
        stream.spec, name=f"{path.stem} {key}", channels=tuple(channels), source_id=f"{path.name}:{key}"
    )
    return replace(stream, id=key, spec=spec)


def _in_our_words(text: str, preset: Preset) -> str:
    """What the reader of CSV asks for, as the table of this preset in lab.toml."""
    text = _TWO_RATES.sub(
        r"the lines above it name \1 Hz: one of both is wrong. Export it again, or go by the time column alone with "
        "--as csv",
        text,
    )
    ours = [name for name in TableSettings.__struct_fields__ if re.search(rf"\b{name}\b", text)]
    if not _KEY.search(text):
        return text
    if ours:
        return _KEY.sub(f"[import.{preset.name}]", text)
    return f"{text} (and read it with --as csv: that table says how {preset.program}'s files look otherwise)"
