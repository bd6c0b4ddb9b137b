"""Points that may part thousands: ``1.139`` below ``990`` in a column that has no other number with a point."""

import csv
import itertools
import re
from collections import Counter

import numpy as np
import pandas as pd

from groundup_plugins.formats.csv.cells import number_like, split
from groundup_plugins.formats.csv.layout import Layout

_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}", re.ASCII)
_SOME = 3  # fewer whole numbers may be a last line that was cut, or one below the values
_WHOLE = re.compile(r"[+-]?\d{1,3}", re.ASCII)


def check_points(layout: Layout, table: pd.DataFrame) -> None:
    """Refuse a column whose numbers are all either whole and below 1000, or written as thousands are.

    A program that writes three decimals writes them behind every number, and one that writes as many as there are
    writes fewer behind some; what is left is a column of whole numbers, as German and other programs write them.

    Raises
    ------
    ValueError
        If there is one; the message names the line and the key to set.
    """
    doubtful = [column for column in table.columns if _doubtful(table[column])]
    if not doubtful:
        return
    found: dict[int, tuple[int, str]] = {}
    whole: Counter[int] = Counter()
    with layout.path.open(encoding=layout.encoding, errors="replace", newline="") as file:
        for number, line in enumerate(itertools.islice(file, layout.first, None), layout.first + 1):
            try:
                cells = split(line.rstrip("\r\n"), layout.delimiter)
            except (ValueError, csv.Error):
                continue
            for column in tuple(doubtful):
                text = cells[column] if column < len(cells) else ""
                if _THOUSANDS.fullmatch(text):
                    found.setdefault(column, (number, text))
                elif _WHOLE.fullmatch(text):
                    whole[column] += 1
                elif number_like(text):
                    doubtful.remove(column)  # 0.5 or 12.25: its points are decimal
    for column in doubtful:
        if column in found and whole[column] >= _SOME:
            number, text = found[column]
            raise ValueError(
                f'{layout.path.name}: line {number}, column "{layout.labels[column]}", has "{text}" among whole '
                'numbers, and nothing says what its point is: set decimal = "." or thousands = "." in [import.csv]'
                " of lab.toml"
            )


def _doubtful(cells: "pd.Series[float]") -> bool:
    """Whether the numbers of a column could all be thousands; false for nearly all columns, at little cost."""
    if cells.dtype.kind != "f":
        return False
    values = np.abs(np.asarray(cells, np.float64))
    values = values[np.isfinite(values)]
    broken = values[values != np.floor(values)]
    if len(broken) == 0 or len(broken) == len(values) or broken.min() < 1 or values.max() >= 1000:
        return False
    thousandths = broken * 1000
    return bool((np.abs(thousandths - np.round(thousandths)) < 1e-6).all())
