"""How figures of a report are drawn: their style, a mean with its spread, thin single steps, and their SVG."""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np

from groundup.model.anatomy import Side
from groundup.model.signals import Floats
from groundup.report.curves import Curves
from groundup.report.style import colour_of

COLOURS: dict[str, str] = {"L": colour_of("left"), "R": colour_of("right"), "": colour_of("ink")}
WIDTH_IN = 7.4
_STYLE: Any = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 8,
    "axes.titlelocation": "left",
    "axes.labelsize": 7.5,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "svg.hashsalt": "groundup",
}
_LINE: dict[Side, Any] = {"L": "-", "R": (0, (4, 1.5)), "": "-"}


@dataclass(frozen=True)
class When:
    """Which of the recordings a curve is of: of two the one before is drawn paler, without its single steps."""

    place: int = 0
    of: int = 1

    @property
    def before(self) -> bool:
        """Whether it is the earlier of two."""
        return self.of == 2 and self.place == 0


def style() -> Any:
    """The context in which every figure is drawn."""
    import matplotlib

    return matplotlib.rc_context(_STYLE)


def panels(rows: int, columns: int, size: tuple[float, float], sharex: bool = False) -> tuple[Any, Any]:
    """A figure of its own, out of pyplot's global list, and its axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, sharex=sharex)


def draw(axis: Any, curve: Curves, scale: float = 1.0, x: Floats | None = None, when: When = When()) -> None:
    """Draw one quantity of one side: single steps thin, their mean, one standard deviation."""
    colour, at = COLOURS[curve.side], curve.x if x is None else x
    if when.of == 1:
        # Thin lines as a picture: as shapes, fifty strides of sixteen muscles would weigh megabytes.
        axis.plot(at, (curve.each * scale).T, color=colour, alpha=0.15, linewidth=0.6, rasterized=True)
    mean, spread = curve.mean * scale, curve.sd * scale
    if not when.before:
        axis.fill_between(at, mean - spread, mean + spread, color=colour, alpha=0.2, linewidth=0)
    axis.plot(
        at,
        mean,
        linestyle=_LINE[curve.side],
        color=colour,
        linewidth=0.9 if when.before else 1.6,
        alpha=0.6 if when.before else 1,
    )


def foot_off_line(axis: Any, percent: float, side: Side) -> None:
    """A thin dashed line where a foot leaves the ground; none where it is not known."""
    if np.isfinite(percent):
        axis.axvline(percent, color=COLOURS[side], linewidth=0.8, linestyle=(0, (2, 2)), zorder=0)


def svg(figure: Any, label: str) -> str:
    """A figure as SVG, with what it shows in words for who cannot see it."""
    from html import escape

    out = io.StringIO()
    figure.savefig(out, format="svg", dpi=144, metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    return text[text.index("<svg") :].replace("<svg", f'<svg role="img" aria-label="{escape(label)}"', 1)
