"""The table of steps on the first page: left, right, norm and symmetry of what is counted of a walk."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from groundup.report.numbers import Number
from groundup.report.page_one import is_share, page_one
from groundup.report.wording import Words


@dataclass(frozen=True)
class Cell:
    """A number as the file has it, and as it is shown; NaN and a dash where there is none."""

    value: float
    text: str


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes
    ----------
    metric, name, unit : str
    left, right : sequence of Cell
        One of each recording.
    norm : str
        Its interval; empty where there is none.
    symmetry : sequence of str
        One of each recording.
    """

    metric: str
    name: str
    unit: str
    left: Sequence[Cell]
    right: Sequence[Cell]
    norm: str
    symmetry: Sequence[str]


def steps_table(every: Sequence[Mapping[str, Number]], words: Words) -> tuple[list[Row], list[str]]:
    """What was counted of the steps, and the plain names of what was not.

    Parameters
    ----------
    every : sequence of mapping
        The numbers of one recording, or of two.
    words : Words
    """
    rows, missing = [], []
    for name in page_one().steps:
        numbers = [mine[name] for mine in every if name in mine and mine[name].count]
        if numbers:
            rows.append(_row(name, [mine.get(name) for mine in every], numbers[0].unit, words))
        else:
            missing.append(words.metric(name))
    return rows, missing


def _row(name: str, numbers: Sequence[Number | None], unit: str, words: Words) -> Row:
    share = is_share(name, unit)

    def cell(value: float) -> Cell:
        return Cell(value, words.percent(100.0 * value) if share else words.number(value))

    return Row(
        metric=name,
        name=words.metric(name),
        unit="%" if share else words.unit(unit),
        left=[cell(one.left if one else math.nan) for one in numbers],
        right=[cell(one.right if one else math.nan) for one in numbers],
        norm=_norm(next((one for one in reversed(numbers) if one is not None), None), cell),
        symmetry=[symmetry(one, words) for one in numbers],
    )


def _norm(number: Number | None, cell: Callable[[float], Cell]) -> str:
    norm = number.norm if number is not None else None
    if norm is None or not math.isfinite(norm.low) or norm.method:
        return ""
    return f"{cell(norm.low).text} – {cell(norm.high).text}"


def symmetry(number: Number | None, words: Words) -> str:
    """How much right differs from left, in words; empty where one of them has no value."""
    if number is None or not all(number.sides):
        return ""
    found = number.spread
    if not math.isfinite(found.asymmetry_low):
        return words("table.few")
    low, high = words.percent(found.asymmetry_low, True), words.percent(found.asymmetry_high, True)
    if found.asymmetry_low <= 0.0 <= found.asymmetry_high:
        return words("table.alike", low=low, high=high)
    key = "longer" if found.asymmetry > 0 else "shorter"
    ends = sorted((abs(found.asymmetry_low), abs(found.asymmetry_high)))
    return words(
        f"table.{key}",
        percent=words.percent(abs(found.asymmetry)),
        low=words.percent(ends[0]),
        high=words.percent(ends[1]),
    )
