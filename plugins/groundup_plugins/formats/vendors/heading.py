"""The lines above a vendor's values: which columns there are, and which stream, type and unit each is by its preset."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from groundup_plugins.formats.vendors.presets import Columns, Preset
from groundup_plugins.formats.vendors.settings import TableSettings
from groundup_plugins.formats.vendors.text_head import Head, cells_of, delimiter_of

_REST = Columns(r".*", "analog")


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes
    ----------
    name : str
        Its label with what tells it from others of the same label.
    label, unit : str
    stream : str
        Key of its stream; empty: it is left out, or tells the time.
    what : Columns
    site : str
    time : bool
        Whether it tells the time.
    """

    name: str
    label: str
    unit: str
    stream: str
    what: Columns
    site: str
    time: bool


@dataclass(frozen=True)
class Heading:
    """What stands above the values.

    Attributes
    ----------
    columns : tuple of Column
    delimiter : str
    first : int
        Lines before the values.
    rate : float
        Hz; 0 where no line names it.
    count : int
        Rows of values; 0 where no line names it.
    """

    columns: tuple[Column, ...]
    delimiter: str
    first: int
    rate: float
    count: int


def heading_of(head: Head, preset: Preset, settings: TableSettings) -> Heading:
    """Find the labels, and what each of them is.

    Raises
    ------
    ValueError
        If there is no line of labels as this program writes it.
    """
    if preset.names:
        return _unlabelled(head, preset, settings)
    pattern = re.compile(rf"\W*(?:{preset.labels})", re.IGNORECASE)
    place = next((i for i, line in enumerate(head.lines) if pattern.match(line)), None)
    if place is None:
        raise ValueError(
            f"{head.path.name} has no line of labels as {preset.program} writes it: read it as a plain table "
            "with --as csv"
        )
    delimiter = settings.delimiter or delimiter_of(head.lines[place])
    cells = _trimmed(cells_of(head.lines[place], delimiter))
    pairs = [_label_and_unit(cell, preset) for cell in cells]
    first = place + 1
    if preset.units_row and first < len(head.lines):
        row = cells_of(head.lines[first], delimiter)
        if not _has_number(row):
            pairs = [(label, _at(row, i) or unit) for i, (label, unit) in enumerate(pairs)]
            first += 1
    above = "\n".join(head.lines[:place])
    rate, count = (re.search(pattern, above) if pattern else None for pattern in (preset.rate, preset.count))
    if first >= len(head.lines):
        raise ValueError(f"{head.path.name} has labels and no row of values")
    columns = _columns(pairs, preset, settings)
    return Heading(columns, delimiter, first, float(rate[1]) if rate else 0.0, int(count[1]) if count else 0)


def _unlabelled(head: Head, preset: Preset, settings: TableSettings) -> Heading:
    """Of a file without a line of labels, whose columns are known by their place."""
    line = next((text for text in head.lines if text.strip()), "")
    delimiter = settings.delimiter or delimiter_of(line)
    count = len(_trimmed(cells_of(line, delimiter)))
    if count == 0 or count % len(preset.names):
        raise ValueError(
            f"{head.path.name} has {count} columns, and {preset.program} writes {len(preset.names)} a plate "
            f"({', '.join(preset.names)}): read it as a plain table with --as csv"
        )
    if delimiter == "," and not settings.delimiter and "." not in "".join(head.lines):
        raise ValueError(
            f"{head.path.name} has whole numbers only, or its comma is the decimal mark: set delimiter in "
            f"[import.{preset.name}] of lab.toml"
        )
    pairs = [(name, "") for name in preset.names] * (count // len(preset.names))
    return Heading(_columns(pairs, preset, settings), delimiter, 0, 0.0, 0)


def _columns(pairs: Sequence[tuple[str, str]], preset: Preset, settings: TableSettings) -> tuple[Column, ...]:
    labels = [label for label, _ in pairs]
    given = iter(settings.units)
    counts: Counter[str] = Counter()
    sensors: dict[str, str] = {}
    found = []
    for index, (label, unit) in enumerate(pairs):
        counts[label.lower()] += 1
        time = bool(preset.time) and re.fullmatch(preset.time, label, re.IGNORECASE) is not None
        if not time and settings.units:
            unit = unit or next(given, "")
        what, match = _what(label, unit, labels, preset)
        groups = match.groupdict() if match else {}
        number = groups.get("n") or str(counts[label.lower()])
        sensor = groups.get("sensor") or ""
        named = sensor if sensor.isdigit() or not sensor else sensors.setdefault(sensor.lower(), str(len(sensors) + 1))
        name = label or f"column {index + 1}"
        name = name if labels.count(label) == 1 and label else f"{name} ({index + 1})"
        found.append(
            Column(
                name,
                label or name,
                (unit or what.unit).replace("(", "").replace(")", ""),
                "" if time else what.stream.format(n=number, sensor=named),
                what,
                what.site.format(n=number),
                time,
            )
        )
    return tuple(found)


def _what(label: str, unit: str, labels: Sequence[str], preset: Preset) -> tuple[Columns, re.Match[str] | None]:
    """The first entry of the preset that fits."""
    for what in preset.columns:
        match = re.fullmatch(what.label, label, re.IGNORECASE)
        if match is None or (what.in_unit and not re.fullmatch(what.in_unit, unit, re.IGNORECASE)):
            continue
        if not what.beside or any(re.fullmatch(what.beside, other, re.IGNORECASE) for other in labels):
            return what, match
    return _REST, None


def _label_and_unit(cell: str, preset: Preset) -> tuple[str, str]:
    match = re.fullmatch(preset.unit_in_label, cell)
    if match is None or not match["label"]:
        return cell, ""
    groups = match.groupdict()
    return match["label"].strip(), (groups.get("unit") or groups.get("unit2") or "").strip()


def _trimmed(cells: Sequence[str]) -> list[str]:
    kept = list(cells)
    while kept and not kept[-1]:
        kept.pop()
    return kept


def _at(cells: Sequence[str], index: int) -> str:
    return cells[index] if index < len(cells) else ""


def _has_number(cells: Sequence[str]) -> bool:
    return any(re.fullmatch(r"[+-]?[\d.,]+(?:[eE][+-]?\d+)?", cell) for cell in cells)
