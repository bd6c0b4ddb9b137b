"""Rows of numbers between two lines of a text file, where its vendor says how many columns there are."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from groundup.plugin import Floats
from groundup_plugins.formats.csv_cells import CellError, numbers

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
    name = rows.path.name
    try:
        with rows.path.open(encoding=rows.encoding, errors="replace") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore", pd.errors.ParserWarning)  # of a row that is too long, which is told below
            for _ in range(rows.first):
                file.readline()
            table = pd.read_csv(
                file, sep=r"\s+" if rows.delimiter == " " else rows.delimiter, decimal=rows.decimal, header=None,
                nrows=rows.count, low_memory=False, skip_blank_lines=rows.count is None, skipinitialspace=True,
                keep_default_na=False, na_values=_MISSING, index_col=False, names=range(len(labels) + 1),
                float_precision="round_trip" if rows.decimal == "." else None,
            )  # fmt: skip
    except pd.errors.EmptyDataError:
        return np.empty((0, len(labels)))
    except pd.errors.ParserError as error:
        what = str(error).strip().removeprefix("Error tokenizing data. C error: ")
        raise ValueError(f"{name}: the rows after line {rows.first} have too many cells ({what})") from error
    spare = table[len(labels)]  # a delimiter at the end of each line makes a cell in which nothing stands
    if spare.notna().any():
        row = int(np.flatnonzero(spare.notna().to_numpy())[0])
        raise ValueError(
            f"{name}: line {rows.first + row + 1} has more cells than there are columns in the lines above "
            f"it ({len(labels)})"
        )
    found = np.empty((len(table), len(labels)))
    for column, label in enumerate(labels):
        found[:, column] = _column(rows, table[column], label, notes)
    return found


def _column(rows: Rows, cells: "pd.Series[Any]", label: str, notes: list[str]) -> Floats:
    try:
        values, bad = numbers(cells, rows.decimal, "")
    except CellError as error:
        raise ValueError(
            f'{rows.path.name}: line {rows.first + error.row + 1}, column "{label}", has "{error.text}", which is no '
            f'number with the decimal mark "{rows.decimal}"'
        ) from error
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        notes.append(
            f'{rows.path.name}: {int(bad.sum())} cells of the column "{label}" are no numbers and are given as NaN; '
            f'the first, in line {rows.first + at + 1}, is "{str(cells.iloc[at])[:40]}"'
        )
    return values
