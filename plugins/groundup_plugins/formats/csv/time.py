"""The time of the rows of a CSV file: which columns tell it, in which unit, and what they say in seconds."""

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from groundup_plugins.formats.csv.cells import TIME_UNITS, CellError, missing, numbers
from groundup_plugins.formats.csv.layout import Layout, some
from groundup_plugins.formats.csv.rates import LEAST_ROWS, check_pace
from groundup_plugins.formats.csv.settings import CsvSettings

_NAMES = frozenset(
    ("time", "timestamp", "timestamps", "zeit", "temps", "tiempo", "tempo", "abstime", "reltime", "elapsedtime")
)
_SHORT = frozenset(["t", "x"])  # the time only where a unit says so
_SUFFIX = re.compile(r"^(.*[^\s_])[\s_]+([a-zµμ]+)$", re.IGNORECASE)
_SLOW_S = 0.06  # longer between two rows, without a unit: milliseconds, or a count
_FAST_S = 1.5e-5  # shorter, without a unit: days or hours, as Excel writes a time of day
_HALF_A_DAY_S = 43200.0
_CLOCK = (
    r"^(?:(?P<day>\S+)[ T]+)?(?:(?P<h>\d{1,2}):)?(?P<m>\d{1,2}):(?P<s>\d{1,2})(?:[.,](?P<f>\d+))?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d)?$"
)


def time_columns(layout: Layout, settings: CsvSettings) -> list[int]:
    """The columns that tell the time: as they are named, whatever their capitals, else by well-known names.

    Raises
    ------
    ValueError
        If a column that lab.toml names is not there, or several may be meant.
    """
    names = layout.names
    if not settings.time:
        return []
    found = [i for i, name in enumerate(names) if name == settings.time]
    found = found or [i for i, name in enumerate(names) if name.lower() == settings.time.lower()]
    if found:
        return found
    if settings.time != "time":
        raise ValueError(
            f'{layout.path.name} has no column "{settings.time}", which time of [import.csv] names; '
            f"it has {some(layout.labels)}"
        )
    found = [i for i in range(len(names)) if tells_time(layout, i)]
    if len({names[i] for i in found}) > 1:
        several = some([names[i] for i in found])
        raise ValueError(f"{layout.path.name}: {several} may each tell the time: set time in [import.csv] of lab.toml")
    return found


def tells_time(layout: Layout, column: int) -> bool:
    """Whether a column has a name that programs give to the time."""
    name, unit = _split(layout.names[column], layout.units[column])
    bare = re.sub(r"[\W_]", "", name).lower()
    return bare in _NAMES or (bare in _SHORT and unit.lower() in TIME_UNITS)


def looks_like_time(layout: Layout, column: int) -> bool:
    """Whether a column that nobody calls the time may tell it all the same."""
    name, unit = _split(layout.names[column], layout.units[column])
    bare = re.sub(r"[\W_\d]", "", name).lower()
    return unit.lower() in TIME_UNITS or any(bare.startswith(word) for word in ("time", "zeit"))


def _split(name: str, unit: str) -> tuple[str, str]:
    """A label as ``Time_ms`` in its two parts."""
    found = _SUFFIX.match(name)
    return (found[1], found[2]) if found and not unit and found[2].lower() in TIME_UNITS else (name, unit)


def seconds(
    layout: Layout, settings: CsvSettings, column: int, cells: "pd.Series[Any]", notes: list[str]
) -> NDArray[np.float64]:
    """Times in s of some rows of a column; their index is the row of the table.

    Raises
    ------
    ValueError
        If a cell tells no time, time goes back, or its unit is in doubt; the message names the line.
    """
    try:
        values, bad = numbers(cells, layout.decimal, layout.thousands)
    except CellError as error:
        raise ValueError(
            _wrong(layout, cells, column, error.row, "set decimal or thousands in [import.csv] of lab.toml")
        ) from error
    if bad.any() and (clock := _clock_times(layout, cells, column, notes)) is not None:
        time = clock
    else:
        if not np.isfinite(values).all():
            row = int(np.flatnonzero(~np.isfinite(values))[0])
            raise ValueError(_wrong(layout, cells, column, row, ""))
        time = values * _unit(layout, settings, column, values)
    back = np.flatnonzero(np.diff(time) < 0)
    if len(back):
        row = int(back[0]) + 1
        where = layout.cell(_row(cells, row), column, str(cells.iloc[row]))
        raise ValueError(
            f'{layout.path.name}: time goes back: {where} after "{cells.iloc[row - 1]}"; '
            'cut the file there, or set time = "" and rate in [import.csv] of lab.toml if its rows are evenly spaced'
        )
    return time


def _row(cells: "pd.Series[Any]", at: int) -> int:
    return int(cells.index[at])


def _wrong(layout: Layout, cells: "pd.Series[Any]", column: int, at: int, cure: str) -> str:
    text = "" if pd.isna(cells.iloc[at]) else str(cells.iloc[at])
    row = _row(cells, at)
    cure = cure or "take the line out, or set time or skip_rows in [import.csv] of lab.toml"
    return f"{layout.path.name} has no time in row {row + 1} of its values: {layout.cell(row, column, text)}; {cure}"


def _unit(layout: Layout, settings: CsvSettings, column: int, values: NDArray[np.float64]) -> float:
    """What 1 in a time column is, in s: as declared, else as its label says, else 1 where that makes sense."""
    if settings.time_unit_s:
        return settings.time_unit_s
    _, unit = _split(layout.names[column], layout.units[column])
    label = layout.labels[column]
    if unit:
        if unit.lower() not in TIME_UNITS:
            raise ValueError(
                f'{layout.path.name}: the time column "{label}" is in "{unit}", which is no unit of time known here: '
                "set time_unit_s in [import.csv] of lab.toml"
            )
        check_pace(layout, label, unit, values * TIME_UNITS[unit.lower()])
        return TIME_UNITS[unit.lower()]
    step = float(np.median(np.diff(values))) if len(values) >= LEAST_ROWS else 0.0
    if step > _SLOW_S or 0 < step < _FAST_S:
        raise ValueError(
            f'{layout.path.name}: the time column "{label}" goes on by {step:g} from row to row and does not say its '
            "unit: set time_unit_s in [import.csv]"
            " of lab.toml (0.001 for milliseconds, 1 for seconds, 86400 for days of Excel, "
            "1 / rate for a count of samples)"
        )
    return 1.0


def _clock_times(layout: Layout, cells: "pd.Series[Any]", column: int, notes: list[str]) -> NDArray[np.float64] | None:
    """Times of day, in s since the first day began; None if the cells are none.

    Raises
    ------
    ValueError
        If a cell is none while others are, or what it says may be read in two ways.
    """
    texts = cells.fillna("").astype("str").str.strip()
    parts = texts.str.extract(_CLOCK)
    good = parts["m"].notna().to_numpy()
    if not good.any():
        return None
    doubtful = ~good | (parts["h"].isna() & parts["f"].isna()).to_numpy()
    if doubtful.any():
        row = int(np.flatnonzero(doubtful)[0])
        raise ValueError(
            _wrong(layout, cells, column, row, "a time of day is read as 12:34:56.789, or 34:56.789; or set rate")
        )
    fields = parts[["h", "m", "s"]].fillna("0").astype(np.float64)
    if (fields[["m", "s"]] >= 60).to_numpy().any() or (parts["h"].notna() & (fields["h"] >= 24)).any():
        row = int(np.flatnonzero(((fields[["m", "s"]] >= 60).any(axis=1) | (fields["h"] >= 24)).to_numpy())[0])
        raise ValueError(_wrong(layout, cells, column, row, "no clock shows this"))
    fraction = ("0." + parts["f"].fillna("0")).astype(np.float64)
    time: NDArray[np.float64] = (fields["h"] * 3600 + fields["m"] * 60 + fields["s"] + fraction).to_numpy(np.float64)
    zones = parts["zone"].fillna("").map(_zone_seconds).to_numpy(np.float64)
    # On the clock of the first row, wherever the others' stood: it may be put to summer time on the way.
    time = time - (zones - zones[0])
    return time + _days(layout, cells, column, parts["day"], time, notes)


def _zone_seconds(zone: str) -> float:
    """How far a zone such as ``+02:00`` is ahead, in s."""
    if zone in ("", "Z"):
        return 0.0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    return (-1.0 if zone.startswith("-") else 1.0) * (3600.0 * hours + 60.0 * minutes)


def _days(
    layout: Layout, cells: "pd.Series[Any]", column: int, days: "pd.Series[Any]", time: NDArray[np.float64],
    notes: list[str],
) -> NDArray[np.float64]:  # fmt: skip
    """Seconds from the beginning of the first day to that of each row's."""
    if days.isna().all() or days.nunique(dropna=False) == 1:
        midnights = np.cumsum(np.diff(time, prepend=time[:1]) < -_HALF_A_DAY_S)
        if midnights.any() and days.isna().all():
            notes.append(f"{layout.path.name}: its clock passes midnight; time goes on")
            return np.asarray(midnights * 86400.0, np.float64)
        return np.zeros(len(time))
    dates = pd.to_datetime(days, format="%Y-%m-%d", errors="coerce")
    if dates.isna().any():
        row = int(np.flatnonzero(dates.isna().to_numpy())[0])
        cure = "a date that changes is read as 2024-03-31, since the order of day and month differs between countries"
        raise ValueError(_wrong(layout, cells, column, row, cure))
    found: NDArray[np.float64] = (dates - dates.iloc[0]).dt.total_seconds().to_numpy(np.float64)
    return found


def filled(cells: "pd.Series[Any]") -> NDArray[np.bool_]:
    """Which cells say anything."""
    if cells.dtype.kind in "iub":
        return np.ones(len(cells), bool)
    there = np.array(cells.notna(), bool)
    if cells.dtype.kind != "f":
        there &= ~np.fromiter((missing(str(text)) for text in cells), bool, len(cells))
    return there
