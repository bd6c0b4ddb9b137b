"""The one picture of the first page: where load is taken, where work is done, the hip, and how much works together.

Every line has its own scale with ticks, as wide as what it counts can be: what lies close on it is close. Left and
right are told apart by colour, shape and letter; the norm is a grey band.
"""

import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from groundup.report.numbers import Number
from groundup.report.page_one import Line, Scale, first_valued, is_share, page_one
from groundup.report.style import colour_of
from groundup.report.wording import Words

_WIDTH, _ROW, _FIRST = 720.0, 80.0, 2.0
_LEFT, _RIGHT = 280.0, 704.0
_TICKS = 5
# Its own style and plain colours: what makes a PDF of a page may not look into its style sheet for a picture.
_STYLE = """.strategy text { font: 11px sans-serif; fill: INK; }
.strategy .title { font-size: 14px; font-weight: bold; }
.strategy .counted, .strategy .faint, .strategy .tick { fill: FAINT; font-size: 10px; }
.strategy .middle { text-anchor: middle; } .strategy .right-end { text-anchor: end; }
.strategy .axis { stroke: FAINT; } .strategy .norm { fill: NORM; fill-opacity: 0.35; }
.strategy .left { fill: LEFT; stroke: LEFT; } .strategy .right { fill: RIGHT; stroke: RIGHT; }
.strategy .both { fill: INK; stroke: INK; } .strategy .hollow { fill: GROUND; stroke-width: 1.5; }
.strategy .body { fill: none; stroke: NORM; stroke-width: 3; stroke-linecap: round; stroke-linejoin: round; }
.strategy .lit { fill: none; stroke: INK; stroke-width: 5; stroke-linecap: round; stroke-linejoin: round; }
.strategy .spot { fill: INK; stroke: none; }"""


@dataclass(frozen=True)
class Shown:
    """What one line shows of one recording: the values, and the interval they may be held against."""

    left: float
    right: float
    middle: float
    low: float
    high: float
    n: int


def strategy_picture(every: Sequence[dict[str, Number]], words: Words) -> str:
    """Draw the picture as an ``<svg>``, with its numbers in words for who cannot see it.

    Parameters
    ----------
    every : sequence of dict
        The numbers of one recording, or of before and after.
    words : Words
    """
    lines = page_one().lines
    parts, said = [], []
    for place, line in enumerate(lines):
        drawn, text = _line(line, every, _FIRST + place * _ROW, words)
        parts.append(drawn)
        said.append(text)
    height = _FIRST + len(lines) * _ROW
    return (
        f'<svg class="strategy" viewBox="0 0 {_WIDTH:g} {height:g}" role="img" aria-label="{escape(" ".join(said))}">'
        f"<style>{_style()}</style>{''.join(parts)}</svg>"
    )


def _style() -> str:
    found = _STYLE
    for name in ("ink", "faint", "norm", "left", "right", "ground"):
        found = found.replace(name.upper(), colour_of(name))
    return found


def shown_of(name: str, numbers: Mapping[str, Number]) -> Shown:
    """Left, right and norm of a metric; by the method of the norm's people where that is another one."""
    number = numbers[name]
    norm = number.norm
    if math.isfinite(norm.low) and norm.method and norm.method in numbers and numbers[norm.method].count:
        number = numbers[norm.method]
    elif norm.method:
        return Shown(number.left, number.right, number.median, math.nan, math.nan, 0)
    return Shown(number.left, number.right, number.median, norm.low, norm.high, norm.n)


def _line(line: Line, every: Sequence[dict[str, Number]], top: float, words: Words) -> tuple[str, str]:
    name = first_valued(line.metrics, every)
    key = f"scale.{name}.title"
    title = words(key if key in words else f"picture.{line.key}.title")
    head = _figure(line.key, 34, top + 38) + _text(64, top + 26, title, "title")
    if not name:
        return head + _text(_LEFT, top + 42, words("picture.none"), "faint"), f"{title}: {words('picture.none')}."
    shown = [shown_of(name, numbers) for numbers in every if name in numbers and numbers[name].count]
    scale, share = page_one().scales[name], is_share(name, next(n[name].unit for n in every if name in n))
    low, high = _ends(scale, shown)

    def x(value: float) -> float:
        return round(_LEFT + (value - low) / (high - low) * (_RIGHT - _LEFT), 1)

    y = top + 38
    drawn = head + _wrapped(64, top + 42, words(f"scale.{name}.counted"), 38)
    drawn += _axis(low, high, x, y, share, words)
    drawn += _text(_LEFT, top + 14, "← " + words(f"scale.{name}.low"), "end")
    drawn += _text(_RIGHT, top + 14, words(f"scale.{name}.high") + " →", "end right-end")
    norm = next((one for one in reversed(shown) if math.isfinite(one.low)), None)
    if norm is not None:
        width = round(x(norm.high) - x(norm.low), 1)
        drawn += f'<rect class="norm" x="{x(norm.low)}" width="{width}" y="{y - 14}" height="28"/>'
        under = f"{words('picture.norm')} (n = {norm.n})"
    else:
        under = words("picture.no_norm")
    drawn += _text((_LEFT + _RIGHT) / 2, y + 37, under, "faint middle")
    for place, one in enumerate(shown):
        drawn += _marks(one, x, y, hollow=len(every) == 2 and place == 0)
    values = "; ".join(_said(one, name, share, words) for one in shown)
    return drawn, f"{title}: {values}."


def _said(one: Shown, name: str, share: bool, words: Words) -> str:
    def text(value: float) -> str:
        return f"{words.percent(100 * value)} %" if share else words.number(value)

    norm = f", {words('picture.norm')} {text(one.low)} – {text(one.high)}" if math.isfinite(one.low) else ""
    return f"{words('page.left')} {text(one.left)}, {words('page.right')} {text(one.right)}{norm}"


def _ends(scale: Scale, shown: Sequence[Shown]) -> tuple[float, float]:
    """The scale, stretched to what lies beyond it."""
    known = [v for one in shown for v in (one.left, one.right, one.middle, one.low, one.high) if math.isfinite(v)]
    low, high = min([scale.low, *known]), max([scale.high, *known])
    return (low, high) if high > low else (low, low + 1.0)


def _axis(low: float, high: float, x: Callable[[float], float], y: float, share: bool, words: Words) -> str:
    drawn = f'<line class="axis" x1="{_LEFT}" x2="{_RIGHT}" y1="{y}" y2="{y}"/>'
    for k in range(_TICKS):
        value = low + (high - low) * k / (_TICKS - 1)
        label = f"{100 * value:.0f} %" if share else words.number(value, 2)
        drawn += f'<line class="axis" x1="{x(value)}" x2="{x(value)}" y1="{y - 4}" y2="{y + 4}"/>'
        drawn += _text(x(value), y + 25, label, "tick middle")
    return drawn


def _marks(one: Shown, x: Callable[[float], float], y: float, hollow: bool) -> str:
    """Left a circle above the line, right a diamond below it: two that are the same hide nothing."""
    kind, drawn = (" hollow" if hollow else ""), ""
    if math.isfinite(one.left):
        drawn += f'<circle class="left{kind}" cx="{x(one.left)}" cy="{y - 6}" r="6"/>'
    if math.isfinite(one.right):
        a = x(one.right)
        drawn += f'<path class="right{kind}" d="M{a} {y - 1}l7 7l-7 7l-7 -7z"/>'
    if not math.isfinite(one.left) and not math.isfinite(one.right) and math.isfinite(one.middle):
        a = x(one.middle)
        drawn += f'<path class="both{kind}" d="M{a - 5} {y - 5}h10v10h-10z"/>'
    return drawn


def _figure(key: str, x: float, y: float) -> str:
    """A walking figure, with the part of the body that the line is of."""
    limb = f'<path class="body" d="M{x} {y - 20}v22l-9 14l-6 12m15 -26l9 13l1 14h6M{x - 15} {y + 28}l6 3"/>'
    head = f'<circle class="body" cx="{x}" cy="{y - 27}" r="5.5"/>'
    lit = {
        "load": f'<path class="lit" d="M{x + 9} {y + 15}l1 14h6"/>',
        "work": f'<path class="lit" d="M{x - 9} {y + 16}l-6 12l6 3"/>',
        "hip": f'<circle class="spot" cx="{x}" cy="{y + 1}" r="7"/>',
        "together": f'<path class="lit" d="M{x} {y + 2}l-9 14l-6 12m15 -26l9 13l1 14"/>',
    }
    return limb + head + lit.get(key, "")


def _wrapped(x: float, y: float, text: str, most: int) -> str:
    lines = textwrap.wrap(text, most)
    return "".join(_text(x, y + 12 * k, line, "counted") for k, line in enumerate(lines))


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(text)}</text>'
