"""Where the labels, the units and the first values of a CSV file stand."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from groundup_plugins.formats.csv.cells import clock_like, is_unit, missing, number_like
from groundup_plugins.formats.csv.settings import CsvSettings

COMMENTS = ("#", "%", "//")
"""What lines begin with that are for people."""


@dataclass(frozen=True)
class Heading:
    """Labels and units as they are written, the lines where they stand, and what was left out above the labels."""

    labels: list[str]
    units: list[str]
    first: int
    labelled: int = 0
    notes: tuple[str, ...] = ()


def heading_of(
    path: Path, settings: CsvSettings, lines: Sequence[str], cells: Sequence[list[str]], start: int
) -> Heading:
    """Find the labels: the line above the first values, or above a line of units.

    Parameters
    ----------
    path : Path
    settings : CsvSettings
    lines, cells : sequences
        The first lines of the file, and what stands in each.
    start : int
        How many lines are skipped.

    Raises
    ------
    ValueError
        If no line has them, or several may.
    """
    filled = [i for i in range(start, len(lines)) if lines[i].strip()]
    if not filled:
        raise ValueError(f"{path.name} has nothing in it from line {start + 1} on")
    # Of rows that end where a sensor of fewer samples has none, the longest tell how many columns there are.
    width = max(n for n, often in Counter(len(cells[i]) for i in filled).items() if often >= 0.1 * len(filled))
    row = next((i for i in filled if _is_row(cells[i], width)), None)
    if settings.labels:
        if row is not None and row > filled[0]:
            raise ValueError(
                f'{path.name}: line {filled[0] + 1} has "{lines[filled[0]][:80]}" and no values: set skip_rows = {row} '
                "in [import.csv] of lab.toml, since labels gives the labels"
            )
        return Heading(list(settings.labels), [], start)
    above = [i for i in filled if row is None or i < row]
    if row is None:  # labels and nothing else, or columns that begin with words
        above = above[: 1 + settings.units_row]
    if not above:
        raise ValueError(
            f'{path.name}: line {start + 1} has "{lines[start][:80]}", and there is no line of labels: set labels in '
            "[import.csv]"
        )
    if row is not None and (other := next((i for i in above if _is_table(cells[i])), None)) is not None:
        raise ValueError(
            f'{path.name}: line {other + 1} has {len(cells[other])} columns ("{lines[other][:60]}") and line {row + 1} '
            f"has {width}: set delimiter, decimal or thousands in [import.csv]"
            f" of lab.toml if a mark is within a number, or "
            "skip_rows"
        )
    first = above[-1] + 1 if row is None else row
    units: list[str] = []
    if len(above) > 1 and (settings.units_row or all(is_unit(cell) or not cell for cell in cells[above[-1]])):
        units = cells[above.pop()]
    label = above.pop()
    left = [i for i in above if not lines[i].startswith(COMMENTS)]
    doubt = left if settings.skip_rows else [i for i in left[-1:] if _rival(cells[i], width)]
    if doubt:
        raise ValueError(
            f'{path.name}: line {doubt[0] + 1} has "{lines[doubt[0]][:60]}" and line {label + 1} has '
            f'"{lines[label][:60]}": which has the labels? Set skip_rows in [import.csv] of lab.toml, and units_row '
            "if a line of units follows"
        )
    notes = [f'{path.name}: the lines above the labels are left out; the first: "{lines[i][:60]}"' for i in left[:1]]
    return Heading(_trimmed(_without_comment(cells[label])), units, first, label + 1, tuple(notes))


def _without_comment(cells: Sequence[str]) -> list[str]:
    """Labels in a line that begins as a comment does."""
    bare = cells[0].lstrip("#%/").strip() if cells else ""
    return [bare, *cells[1:]] if bare or not cells or cells[0] == "" else list(cells[1:])


def _is_table(cells: Sequence[str]) -> bool:
    """Whether a line of some other width holds values, too."""
    written = [cell for cell in cells if not missing(cell)]
    return len(written) > 1 and all(number_like(cell) or clock_like(cell) for cell in written)


def _rival(cells: Sequence[str], width: int) -> bool:
    """Whether a line may be one of labels, too."""
    written = [cell for cell in cells if cell]
    return len(cells) == width and len(written) > 0.5 * width and not any(number_like(cell) for cell in written)


def _trimmed(cells: Sequence[str]) -> list[str]:
    kept = list(cells)
    while kept and not kept[-1]:
        kept.pop()
    return kept


def _is_row(cells: Sequence[str], width: int) -> bool:
    """Whether a line holds values: it begins with a number, a time or nothing, and has as many cells as the others."""
    if len(cells) != width or all(missing(cell) for cell in cells):
        return False
    if cells[0] and not (number_like(cells[0]) or clock_like(cells[0]) or missing(cells[0])):
        return False
    return any(number_like(cell) or clock_like(cell) for cell in cells)
