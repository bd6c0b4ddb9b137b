"""Numbers in text, as programs of any country write them."""

import math
import re

_POINT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+", re.ASCII)


def number_of(text: str) -> float | None:
    """A number as a program in any language writes it, finite; None if it is none, or could be two.

    ``"100,000000"`` is 100. ``"1,234"`` may be 1.234 or 1234, and is neither.
    """
    text = text.strip()
    if _COMMA.fullmatch(text) and not _THOUSANDS.fullmatch(text):
        text = text.replace(",", ".")
    if len(text) > 400 or not _POINT.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None
