"""A value with its interval, and the norm it is held against, as a small picture on one line."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from groundup.analysis.profile.circular import difference
from groundup.analysis.profile.strategy_profile import Entry

_WIDTH, _HEIGHT, _MARGIN = 240.0, 22.0, 8.0
_DIAMOND = ((-4, 0), (0, -4), (4, 0), (0, 4))
_DRAWN = ("low", "median", "high", "left", "right", "norm_low", "norm_high", "norm_value")


def strip(entries: Sequence[Entry]) -> str:
    """Draw values on one axis: of one recording, or of two below each other.

    Parameters
    ----------
    entries : sequence of Entry

    Returns
    -------
    str
        An ``<svg>``; empty when there is nothing to show.
    """
    entries = _unrolled(entries)
    values: list[float] = [v for e in entries for v in (getattr(e, name) for name in _DRAWN)]
    known = [v for v in values if math.isfinite(v)]
    if not any(math.isfinite(e.median) for e in entries):
        return ""
    a, b = min(known), max(known)
    room = (b - a) * 0.08 or max(abs(a) * 0.1, 1e-3)
    a, b = a - room, b + room

    def x(value: float) -> float:
        return round(_MARGIN + (value - a) / (b - a) * (_WIDTH - 2 * _MARGIN), 2)

    height = _HEIGHT * len(entries)
    parts = [f'<line class="axis" x1="{_MARGIN}" x2="{_WIDTH - _MARGIN}" y1="{height - 1}" y2="{height - 1}"/>']
    for place, entry in enumerate(entries):
        y = _HEIGHT * (place + 0.5)
        if math.isfinite(entry.norm_low):
            at, width = x(entry.norm_low), round(x(entry.norm_high) - x(entry.norm_low), 2)
            parts.append(f'<rect class="norm" x="{at}" width="{width}" y="{y - 9}" height="18"/>')
            if entry.held_by_method:
                diamond = " ".join(f"{round(x(entry.norm_value) + a, 2)},{y + b}" for a, b in _DIAMOND)
                parts.append(f'<polygon class="held" points="{diamond}"/>')
        if math.isfinite(entry.low):
            parts.append(f'<line class="interval" x1="{x(entry.low)}" x2="{x(entry.high)}" y1="{y}" y2="{y}"/>')
        for side, value in (("left", entry.left), ("right", entry.right)):
            if math.isfinite(value):
                parts.append(f'<circle class="{side}" cx="{x(value)}" cy="{y}" r="3"/>')
        if math.isfinite(entry.median):
            parts.append(
                f'<line class="median" x1="{x(entry.median)}" x2="{x(entry.median)}" y1="{y - 7}" y2="{y + 7}"/>'
            )
    inside = "".join(parts)
    return f'<svg class="strip" viewBox="0 0 {_WIDTH} {height}" aria-hidden="true">{inside}</svg>'


def _unrolled(entries: Sequence[Entry]) -> list[Entry]:
    """Values that go round, laid on a straight line around the first median."""
    middle = next((entry.median for entry in entries if math.isfinite(entry.median)), math.nan)
    found = []
    for entry in entries:
        if entry.period is not None:
            laid: dict[str, Any] = {
                name: middle + float(difference(middle, getattr(entry, name), entry.period)) for name in _DRAWN
            }
            if laid["norm_high"] < laid["norm_low"]:  # it goes on from low, whichever end the median is nearer to
                laid["norm_high"] += entry.period
            entry = replace(entry, **laid)
        found.append(entry)
    return found
