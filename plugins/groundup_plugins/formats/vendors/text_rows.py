"""Rows of numbers between two lines of a text file, where its vendor says how many columns there are."""

import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from groundup.plugin import Floats
from groundup_plugins.formats.columns import stacked
from groundup_plugins.formats.csv.cells import CellError, exact, numbers

_PIECE = 20_000
_MISSING = ["", "nan", "NaN", "NAN", "-nan", "NA", "N/A", "-", "null", "1.#QNAN", "-1.#IND"]


@dataclass(frozen=True)
class Rows:
    """Where rows stand.

    Attributes
    ----------
    path : Path
    encoding, delimiter : str
    first : int
        Lines before the first of them.
    count : int, optional
        How many there are; None: to the end of the file.
    decimal : str
    """

    path: Path
    encoding: str
    delimiter: str
    first: int
    count: int | None = None
    decimal: str = "."


def read_rows(rows: Rows, labels: list[str], notes: list[str]) -> Floats:
    """Read them.

    Parameters
    ----------
    rows : Rows
    labels : list of str
        Of all columns, for what is said of a cell; a row with more cells is an error, one with fewer ends in NaN.
    notes : list of str
        Told of cells that are no numbers.

    Returns
    -------
    ndarray, shape (N, len(labels)), float64
        NaN where nothing stands, or no number.

    Raises
    ------
    ValueError
        If there are more cells than labels, or a number has another decimal mark; the message names the line.
    """
    if rows.count == 0:
        return np.empty((0, len(labels)))
    name, odd = rows.path.name, _Odd(rows, labels)
    pieces: list[Floats] = []
    try:
        with rows.path.open(encoding=rows.encoding, errors="replace") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore", pd.errors.ParserWarning)  # of a row that is too long, which is told below
            for _ in range(rows.first):
                file.readline()
            # So many rows at a time: what pandas holds of a row is some times its numbers.
            for table in pd.read_csv(
                file, sep=r"\s+" if rows.delimiter == " " else rows.delimiter, decimal=rows.decimal, header=None,
                nrows=rows.count, low_memory=False, skip_blank_lines=rows.count is None, skipinitialspace=True,
                keep_default_na=False, na_values=_MISSING, index_col=False, names=range(len(labels) + 1),
                chunksize=_PIECE, **exact(rows.decimal),
            ):  # fmt: skip
                pieces.append(_numbers(table, odd))
    except pd.errors.EmptyDataError:
        return np.empty((0, len(labels)))
    except pd.errors.ParserError as error:
        what = str(error).strip().removeprefix("Error tokenizing data. C error: ")
        raise ValueError(f"{name}: the rows after line {rows.first} have too many cells ({what})") from error
    notes += odd.notes()
    if rows.count is None:
        say_open_end(rows.path, notes)
    return stacked(pieces) if pieces else np.empty((0, len(labels)))


def say_open_end(path: Path, notes: list[str]) -> None:
    """Say that the last line of a file has no end, as where it was cut."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 4, 0))
        end = file.read()
    if b"\n" not in end and b"\r" not in end:
        notes.append(f"{path.name}: its last line has no end: if the file was cut, its last values are, too")


@dataclass
class _Odd:
    """Cells that are no numbers: how many in each column, and the first with its line."""

    rows: Rows
    labels: list[str]
    counts: dict[str, int] = field(default_factory=dict)
    firsts: dict[str, tuple[int, str]] = field(default_factory=dict)

    def notes(self) -> list[str]:
        """A sentence for each column."""
        return [
            f'{self.rows.path.name}: {count} cells of the column "{label}" are no numbers and are given as NaN; the '
            f'first, in line {self.firsts[label][0]}, is "{self.firsts[label][1]}"'
            for label, count in self.counts.items()
        ]


def _numbers(table: pd.DataFrame, odd: _Odd) -> Floats:
    """Rows of cells as numbers."""
    rows, labels = odd.rows, odd.labels
    spare = table[len(labels)]  # a delimiter at the end of each line makes a cell in which nothing stands
    if spare.notna().any():
        line = rows.first + int(spare.index[int(np.flatnonzero(spare.notna().to_numpy())[0])]) + 1
        raise ValueError(
            f"{rows.path.name}: line {line} has more cells than there are columns in the lines above it ({len(labels)})"
        )
    found = np.empty((len(table), len(labels)))
    for column, label in enumerate(labels):
        found[:, column] = _column(table[column], label, odd)
    return found


def _column(cells: "pd.Series[Any]", label: str, odd: _Odd) -> Floats:
    rows = odd.rows
    try:
        values, bad = numbers(cells, rows.decimal, "")
    except CellError as error:
        raise ValueError(
            f'{rows.path.name}: line {rows.first + int(cells.index[error.row]) + 1}, column "{label}", has '
            f'"{error.text}", which is no number with the decimal mark "{rows.decimal}"'
        ) from error
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        odd.counts[label] = odd.counts.get(label, 0) + int(bad.sum())
        odd.firsts.setdefault(label, (rows.first + int(cells.index[at]) + 1, str(cells.iloc[at])[:40]))
    return values
