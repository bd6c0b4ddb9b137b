"""Small tables of HTML, for notebooks: text is escaped, figures keep their units."""

import math
from collections.abc import Iterable, Sequence
from html import escape


def table(header: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> str:
    """A table.

    Parameters
    ----------
    header : sequence of str
    rows : iterable of sequence
        Floats are given with four significant digits, and not at all where they are not known.
    title : str
    """
    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    body = "".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in rows)
    caption = f"<p><strong>{escape(title)}</strong></p>" if title else ""
    return f"{caption}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f'<td style="text-align:right">{number(value)}</td>'
    align = ' style="text-align:right"' if isinstance(value, int) else ' style="text-align:left"'
    return f"<td{align}>{escape(str(value))}</td>"


def number(value: float) -> str:
    """Four significant digits; a dash for what is not known."""
    return f"{value:.4g}" if math.isfinite(value) else "–"
