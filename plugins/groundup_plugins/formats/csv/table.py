"""The rows and columns of a CSV file, as pandas reads them, without those in which nothing stands."""

import re
from collections.abc import Collection

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from groundup_plugins.formats.csv.cells import clock_like, exact, missing, number_like, split
from groundup_plugins.formats.csv.layout import Layout, not_in_encoding, some
from groundup_plugins.formats.csv.settings import CsvSettings
from groundup_plugins.formats.csv.time import filled, time_columns

_PIECE = 20_000  # rows
_MISSING = """
nan NaN NAN -nan -NaN NA N/A n/a #N/A #NA <NA> null NULL None - -- #NV #DIV/0! #VALUE! 1.#IND -1.#IND 1.#QNAN -1.#QNAN
"""  # as they stand, for pandas to read a column of numbers at once; other forms are read by `numbers`


def table_of(layout: Layout, settings: CsvSettings, notes: list[str]) -> pd.DataFrame:
    """The values, a column a label, without rows and columns in which nothing stands.

    A row without values stays where no column tells the time: the rows behind it would come too early.

    Raises
    ------
    ValueError
        If the file has other columns than labels, or another table behind the first one.
    """
    name = layout.path.name
    words = {
        layout.labels.index(x) for s in settings.streams.values() if s.text for x in s.columns if x in layout.labels
    }
    try:
        table = _parsed(layout, words, _PIECE)
        if table is None:
            table = _parsed(layout, words, None)
        assert table is not None
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
            f"set delimiter, skip_rows or labels in [import.csv] of lab.toml{_divided(layout)}"
        )
    timed = bool(time_columns(layout, settings)) or any(stream.time for stream in settings.streams.values())
    return _without_blank_rows(layout, table, words, timed, notes)


def _parsed(layout: Layout, words: Collection[int], piece: int | None) -> pd.DataFrame | None:
    """The cells as pandas reads them, so many rows at a time: what it holds of a row is some times its numbers.

    None where a column has numbers in one piece and words in another: then how its numbers are written would be lost.
    """
    # The lines are counted here: where lines end in CR alone, pandas counts an empty one twice.
    with layout.path.open(encoding=layout.encoding) as file:
        for _ in range(layout.first):
            file.readline()
        read = pd.read_csv(
            file, sep=r"\s+" if layout.delimiter == " " else layout.delimiter, decimal=layout.decimal, header=None,
            names=None, low_memory=False, skip_blank_lines=True, skipinitialspace=True, keep_default_na=False,
            na_values={i: [""] if i in words else ["", *_MISSING.split()] for i in range(len(layout.labels))},
            dtype=dict.fromkeys(words, "str"),  # 007 is no 7 there, and NA a word
            chunksize=piece, **exact(layout.decimal),
        )  # fmt: skip
        if isinstance(read, pd.DataFrame):
            return read
        pieces = list(read)
    kinds = [["n" if kind.kind in "iuf" else str(kind) for kind in one.dtypes] for one in pieces]
    return pd.concat(pieces) if all(kind == kinds[0] for kind in kinds) else None


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


def _without_blank_rows(
    layout: Layout, table: pd.DataFrame, words: Collection[int], timed: bool, notes: list[str]
) -> pd.DataFrame:
    """The rows in which anything stands, but labels again; and not a last one that breaks off."""
    there = np.column_stack([filled(table[column]) for column in table.columns])
    keep = np.array(there.any(axis=1), bool)
    end = int(np.flatnonzero(keep)[-1]) if keep.any() else 0
    if (inner := int((~keep[:end]).sum())) > 0 and timed:
        notes.append(f"{layout.path.name}: {inner} rows without any value are left out")
    if not there[keep, -1].all():
        _say_short_lines(layout, notes)
    if not timed:
        keep[:end] = True
        _say_empty_lines(layout, end, notes)
    again = keep & _labels_again(layout, table)
    if again.any():
        notes.append(f"{layout.path.name}: {int(again.sum())} rows that repeat the labels are left out")
        keep &= ~again
    rows = np.flatnonzero(keep)
    if len(rows) == 0:
        raise _no_rows(layout)
    if len(rows) > 1 and not there[rows[-1], -1] and there[rows[-2], -1] and _breaks_off(layout):
        notes.append(f"{layout.path.name}: its last line breaks off and is left out")
        keep[rows[-1]] = False
    elif len(rows) > 1 and _ends_short(layout):
        notes.append(
            f'{layout.path.name}: its last line ("{_tail(layout)[-1][:60]}") has no end and its last value is shorter '
            "than the one before: if the file was cut, that value is cut, too"
        )
    kept = table if keep.all() else table[keep]
    if not timed:
        _refuse_lines_of_words(layout, kept, there[keep], words)
    return kept


def _labels_again(layout: Layout, table: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows are one of the two lines above the values once more: the labels, or their units."""
    again = np.zeros(len(table), bool)
    if all(table[column].dtype.kind in "iufb" for column in table.columns):
        return again
    for line in layout.above[-2:]:
        cells = (split(line, layout.delimiter) + [""] * table.shape[1])[: table.shape[1]]
        if all(missing(cell) or number_like(cell) for cell in cells):
            continue
        same = np.ones(len(table), bool)
        for column, text in enumerate(cells):
            kept = table[column]
            if kept.dtype.kind in "iufb":
                same &= np.isnan(np.asarray(kept, np.float64)) & missing(text)
            else:
                told = kept.fillna("").astype("str").str.strip()
                same &= np.array(told == ("" if missing(text) else text), bool)
        again |= same
    return again


def _say_short_lines(layout: Layout, notes: list[str]) -> None:
    """Say which lines have fewer cells than there are labels, and full ones behind them: a cell may have been lost."""
    if layout.delimiter == " ":
        return
    short: list[int] = []
    behind: list[int] = []  # as many as columns end before the others, at the end of the file, are no accident
    with layout.path.open(encoding=layout.encoding, errors="replace") as file:
        for number, line in enumerate(file, 1):
            if number <= layout.first or not line.strip():
                continue
            if len(split(line.rstrip("\r\n"), layout.delimiter)) < len(layout.labels):
                behind.append(number)
            else:
                short, behind = short + behind, []
    if short:
        notes.append(
            f"{layout.path.name}: {len(short)} lines have fewer cells than there are labels, the first of them line "
            f"{short[0]}: their cells are taken for those of the first columns, and may be of others"
        )


def _say_empty_lines(layout: Layout, end: int, notes: list[str]) -> None:
    """Say how many empty lines stand between the values of a file that tells no time."""
    with layout.path.open(encoding=layout.encoding, errors="replace") as file:
        filled_lines = empty = 0
        for number, line in enumerate(file, 1):
            if number > layout.first and filled_lines <= end:
                filled_lines, empty = filled_lines + bool(line.strip()), empty + (not line.strip() and filled_lines > 0)
    if empty:
        notes.append(
            f"{layout.path.name}: {empty} empty lines between the values are passed over, and no column tells the "
            "time: it goes on as if they were not there"
        )


def _refuse_lines_of_words(
    layout: Layout, table: pd.DataFrame, there: NDArray[np.bool_], words: Collection[int]
) -> None:
    """Refuse a row of nothing but words where others have numbers: another table may begin there.

    Raises
    ------
    ValueError
        If there is one; the message names the line.
    """
    if not any(_has_numbers(table[i]) for i in table.columns):
        return
    plain = [i for i in range(table.shape[1]) if table[i].dtype.kind in "iufb"]
    rest = [i for i in range(table.shape[1]) if i not in plain and i not in words]
    candidates = np.flatnonzero(~there[:, plain].any(axis=1) & there[:, rest].any(axis=1))
    for row in candidates.tolist():
        cells = {i: str(table.iat[row, i]).strip() for i in rest if there[row, i]}
        if not any(number_like(cell) or clock_like(cell) for cell in cells.values()):
            column, text = next(iter(cells.items()))
            raise ValueError(
                f"{layout.path.name}: {layout.cell(int(table.index[row]), column, text[:60])}, and no number stands in "
                "that line: cut the file there if another table begins, or take the line out"
            )


def _has_numbers(cells: "pd.Series[str]") -> bool:
    """Whether any cell of a column is a number."""
    return cells.dtype.kind in "iufb" or any(number_like(text) for text in cells.dropna().astype("str"))


def _line(layout: Layout, number: int) -> str:
    with layout.path.open(encoding=layout.encoding, errors="replace", newline="") as file:
        return next((line for at, line in enumerate(file, 1) if at == number), "")


def _tail(layout: Layout) -> list[str]:
    """The last lines, with their ends."""
    with layout.path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(file.tell() - (1 << 16), 0) // 4 * 4)
        end = file.read()
    return end.decode(layout.encoding.removesuffix("-sig"), "replace").splitlines(keepends=True)


def _breaks_off(layout: Layout) -> bool:
    """Whether the last line has fewer cells than there are labels, and no end."""
    lines = _tail(layout)
    last = lines[-1] if lines else ""
    return not last.endswith(("\n", "\r")) and len(split(last, layout.delimiter)) < len(layout.labels)


def _ends_short(layout: Layout) -> bool:
    """Whether the last line has no end, and its last cell fewer letters than the one above: it may be half of it."""
    lines = [line for line in _tail(layout) if line.strip()][-2:]
    if len(lines) < 2 or lines[-1].endswith(("\n", "\r")):
        return False
    above, last = (split(line.rstrip("\r\n"), layout.delimiter)[-1:] for line in lines)
    return len("".join(last)) < len("".join(above))
