"""The rows and columns of a CSV file, as pandas reads them, without those in which nothing stands."""

import re

import numpy as np
import pandas as pd

from groundup_plugins.formats.csv_cells import split
from groundup_plugins.formats.csv_layout import Layout, not_in_encoding, some
from groundup_plugins.formats.csv_time import filled


def table_of(layout: Layout, notes: list[str]) -> pd.DataFrame:
    """The values, a column a label, without rows and columns in which nothing stands."""
    blank, name = layout.delimiter == " ", layout.path.name
    try:
        # The lines are counted here: where lines end in CR alone, pandas counts an empty one twice.
        with layout.path.open(encoding=layout.encoding) as file:
            for _ in range(layout.first):
                file.readline()
            table = pd.read_csv(
                file, sep=r"\s+" if blank else layout.delimiter, decimal=layout.decimal, header=None, names=None,
                low_memory=False, skip_blank_lines=True, skipinitialspace=True, keep_default_na=True,
                na_values=["-", "--", "#NV", "#DIV/0!", "#VALUE!"],
                float_precision="round_trip" if layout.decimal == "." else None,
            )  # fmt: skip
    except pd.errors.EmptyDataError as error:
        raise _no_rows(layout) from error
    except UnicodeError as error:
        raise not_in_encoding(layout.path, layout.encoding) from error
    except pd.errors.ParserError as error:
        raise ValueError(f"{name} cannot be read as declared: {_where(layout, error)}{_divided(layout)}") from error
    table.columns = pd.RangeIndex(table.shape[1])
    for column in range(table.shape[1] - 1, len(layout.labels) - 1, -1):
        if filled(table[column]).any():
            break
        table = table.drop(columns=column)  # a delimiter at the end of each line
    if table.shape[1] != len(layout.labels):
        raise ValueError(
            f"{name} has {table.shape[1]} columns and {len(layout.labels)} labels ({some(layout.labels)}): "
            f"set delimiter, skip_rows or labels in [import.csv]{_divided(layout)}"
        )
    return _without_blank_rows(layout, table, notes)


def _no_rows(layout: Layout) -> ValueError:
    return ValueError(f"{layout.path.name} has labels ({some(layout.labels)}) and no row of values")


def _where(layout: Layout, error: Exception) -> str:
    """What pandas says of a line, and the line."""
    what = str(error).strip().removeprefix("Error tokenizing data. C error: ")
    found = re.search(r"(.*in line )(\d+)(.*)", what)
    if not found:
        return what
    number = layout.first + int(found[2])
    return f'{found[1]}{number}{found[3]}: "{_line(layout, number).strip()[:80]}"'


def _divided(layout: Layout) -> str:
    return f' (columns were divided at "{layout.delimiter}"; decimal mark "{layout.decimal}")'


def _without_blank_rows(layout: Layout, table: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """The rows in which anything stands, but labels again; and not a last one that breaks off."""
    there = np.column_stack([filled(table[column]) for column in table.columns])
    keep = np.array(there.any(axis=1), bool)
    if (inner := int((~keep[: int(np.flatnonzero(keep)[-1])]).sum()) if keep.any() else 0) > 0:
        notes.append(f"{layout.path.name}: {inner} rows without any value are left out")
    first = table[0]
    if first.dtype.kind not in "iufb" and layout.names:
        again = keep & (first.fillna("").astype("str").str.strip() == _written(layout)).to_numpy(bool)
        if again.any():
            notes.append(f"{layout.path.name}: {int(again.sum())} rows that repeat the labels are left out")
            keep &= ~again
    rows = np.flatnonzero(keep)
    if len(rows) == 0:
        raise _no_rows(layout)
    if len(rows) > 1 and not there[rows[-1], -1] and there[rows[-2], -1] and _breaks_off(layout):
        notes.append(f"{layout.path.name}: its last line breaks off and is left out")
        keep[rows[-1]] = False
    return table[keep]


def _written(layout: Layout) -> str:
    """The first label as it stands in the file, or something that no cell is."""
    cells = split(_line(layout, layout.labelled), layout.delimiter) if layout.labelled else []
    return cells[0] if cells else "\0"


def _line(layout: Layout, number: int) -> str:
    with layout.path.open(encoding=layout.encoding, errors="replace", newline="") as file:
        return next((line for at, line in enumerate(file, 1) if at == number), "")


def _breaks_off(layout: Layout) -> bool:
    """Whether the last line has fewer cells than there are labels, and no end."""
    with layout.path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(file.tell() - (1 << 16), 0))
        end = file.read()
    text = end.decode(layout.encoding.removesuffix("-sig"), "replace")
    last = text.splitlines()[-1] if text else ""
    return not text.endswith(("\n", "\r")) and len(split(last, layout.delimiter)) < len(layout.labels)
