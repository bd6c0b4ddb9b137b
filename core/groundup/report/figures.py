"""Figures of a report, as SVG: mean and one standard deviation, every stride faint behind them."""

import io
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from groundup.analysis.profile.curve_norms import CurveNorm
from groundup.model.anatomy import SEGMENT_RANK, Side
from groundup.report.curves import Curves
from groundup.report.style import colour_of
from groundup.report.timing import MuscleTiming

COLOURS: dict[str, str] = {"L": colour_of("left"), "R": colour_of("right"), "": colour_of("ink")}
_STYLE: Any = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "svg.hashsalt": "groundup",
}
_MOST_FAINT = 40  # a hundred strides on one another are a blot
_LINE: dict[Side, str] = {"L": "-", "R": "--", "": "-"}
_WIDTH_IN = 7.4
_SIDE_NAME: dict[str, str] = {"L": "left", "R": "right", "": "both"}


def force_figure(curves: Sequence[Curves], norms: Mapping[str, CurveNorm] | None = None) -> str:
    """Ground reaction force over stance, a panel for each direction; a grey band where there is a norm of it."""
    return _grid(curves, 3, "% of stance", 2.3, norms=norms or {})


def muscle_figure(curves: Sequence[Curves], timing: Sequence[MuscleTiming] = ()) -> str:
    """EMG envelopes over the stride, a panel for each muscle; above, when it was on, in grey when it normally is."""
    return _grid(curves, 4, "% of stride", 1.6, timing)


def impact_figure(curves: Sequence[Curves]) -> str:
    """The impact wave: a row for each segment, the head at the top, as it travels up from the foot."""
    segments = sorted({c.name for c in curves}, key=lambda name: -SEGMENT_RANK[name])
    with _style():
        size = (_WIDTH_IN, 0.95 * len(segments) + 0.5)
        figure, axes = _panels(len(segments), 2, size, sharex=True)
        for row, segment in zip(axes, segments, strict=True):
            for axis, side in zip(row, ("L", "R"), strict=True):
                for curve in curves:
                    if (curve.name, curve.side) == (segment, side):
                        _draw(axis, curve)
                axis.axvline(0.0, color=colour_of("norm"), linewidth=0.8)
                axis.tick_params(labelsize=7)
            row[0].set_ylabel(f"{segment}\nm/s²", rotation=0, ha="right", va="center")
        for axis, side in zip(axes[0], ("L", "R"), strict=True):
            axis.set_title(f"contacts of the {_SIDE_NAME[side]} foot")
        for axis in axes[-1]:
            axis.set_xlabel("seconds from contact")
        return _svg(figure)


def pressure_figure(paths: Sequence[tuple[Side, str, np.ndarray]]) -> str:
    """Centre of pressure of every stance in the lab frame, in metres, a panel for each plate."""
    plates = sorted({plate for _, plate, _ in paths})
    with _style():
        figure, axes = _panels(1, len(plates), (_WIDTH_IN, 2.8))
        for axis, plate in zip(axes[0], plates, strict=True):
            for side, on, path in paths:
                if on == plate:
                    axis.plot(path[:, 0], path[:, 1], color=COLOURS[side], alpha=0.35, linewidth=0.8)
            axis.set_aspect("equal", adjustable="datalim")
            axis.set_title(f"plate {plate.removeprefix('plate:')}")
            axis.set_xlabel("x, m")
            axis.set_ylabel("y, m")
        return _svg(figure)


def event_figure(events: pd.DataFrame, origin: float) -> str:
    """When each foot met and left the ground, by what saw it; hollow where it is doubtful."""
    rows = sorted({(str(e.source), str(e.side)) for e in events.itertuples()})
    with _style():
        figure, ((axis,),) = _panels(1, 1, (_WIDTH_IN, 0.28 * len(rows) + 0.7))
        for place, (source, side) in enumerate(rows):
            mine = events[(events["source"] == source) & (events["side"] == side)]
            for kind, group in mine.groupby("kind"):
                mark = {"IC": "v", "FO": "^"}.get(str(kind), "|")
                for sure in (True, False):
                    part = group[(group["confidence"] >= 0.5) == sure]
                    colour = COLOURS[side]
                    face = colour if sure else "none"
                    axis.scatter(
                        part["time"] - origin, [place] * len(part), s=16, marker=mark, linewidths=0.8,
                        color=None if mark != "|" else colour,
                        **({} if mark == "|" else {"facecolors": face, "edgecolors": colour}),
                    )  # fmt: skip
        names = [f"{source or 'said'} {side}".strip() for source, side in rows]
        axis.set_yticks(range(len(rows)), names)
        axis.set_ylim(-0.6, len(rows) - 0.4)
        axis.set_xlabel("seconds of the recording")
        return _svg(figure)


def _grid(
    curves: Sequence[Curves],
    columns: int,
    x_label: str,
    height: float,
    timing: Sequence[MuscleTiming] = (),
    norms: Mapping[str, CurveNorm] | None = None,
) -> str:
    names = list(dict.fromkeys(c.name for c in curves))
    rows = -(-len(names) // columns)
    with _style():
        size = (_WIDTH_IN, height * rows + 0.4)
        figure, axes = _panels(rows, columns, size, sharex=True)
        for axis, name in zip(axes.flat, names, strict=False):
            mine = [c for c in curves if c.name == name]
            scale, unit = _readable(mine)
            norm = (norms or {}).get(name)
            if norm is not None and len(norm.low):
                axis.fill_between(
                    mine[0].x, norm.low, norm.high, color=colour_of("norm"), alpha=0.3, linewidth=0, zorder=0
                )
            for curve in mine:
                _draw(axis, curve, scale)
            for row, one in enumerate(one for one in timing if one.muscle == name):
                _bars(axis, [(one.on, one.off)], 0.98 - 0.12 * row, COLOURS[one.side])
                _bars(axis, one.normal, 0.93 - 0.12 * row, colour_of("norm"))
            if any(one.muscle == name for one in timing):
                low, high = axis.get_ylim()
                axis.set_ylim(low, high + 0.35 * (high - low))  # room for the bars
            axis.set_title(textwrap.fill(f"{name.replace('_', ' ')}, {unit}", 80 // columns))
            axis.axhline(0.0, color=colour_of("zero"), linewidth=0.6, zorder=0)
        for axis in axes.flat[len(names) :]:
            axis.set_visible(False)
        for index, axis in enumerate(axes.flat[: len(names)]):
            if index + columns >= len(names):
                axis.set_xlabel(x_label)
                axis.tick_params(labelbottom=True)
        return _svg(figure)


def _readable(curves: Sequence[Curves]) -> tuple[float, str]:
    """Volts of a muscle are microvolts to a reader."""
    unit = curves[0].unit
    largest = max(float(np.nanmax(np.abs(c.each))) for c in curves)
    if unit == "V" and largest < 0.1:
        return (1e6, "µV") if largest < 1e-3 else (1e3, "mV")
    return 1.0, "" if unit == "1" else unit


def _draw(axis: Any, curve: Curves, scale: float = 1.0) -> None:
    colour, each = COLOURS[curve.side], curve.each * scale
    some = each[np.linspace(0, len(each) - 1, min(len(each), _MOST_FAINT)).round().astype(int)]
    # Faint lines as a picture: as shapes, a hundred strides of sixteen muscles would weigh megabytes.
    axis.plot(curve.x, some.T, color=colour, alpha=0.15, linewidth=0.6, rasterized=True)
    mean, spread = curve.mean * scale, curve.sd * scale
    axis.fill_between(curve.x, mean - spread, mean + spread, color=colour, alpha=0.2, linewidth=0)
    axis.plot(curve.x, mean, _LINE[curve.side], color=colour, linewidth=1.4)


def _bars(axis: Any, windows: Sequence[tuple[float, float]], height: float, colour: str) -> None:
    """Windows of the cycle as bars at a height of the panel; those over the contact are two."""
    for on, off in windows:
        for a, b in [(on, off)] if on < off else [(on, 100.0), (0.0, off)]:
            axis.plot(
                [a, b], [height] * 2, transform=axis.get_xaxis_transform(), color=colour, linewidth=2.5,
                solid_capstyle="butt", zorder=3,
            )  # fmt: skip


def _style() -> Any:
    import matplotlib

    return matplotlib.rc_context(_STYLE)


def _panels(rows: int, columns: int, size: tuple[float, float], sharex: bool = False) -> tuple[Any, Any]:
    """A figure of its own, out of pyplot's global list, and its axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, sharex=sharex)


def _svg(figure: Any) -> str:
    out = io.StringIO()
    figure.savefig(out, format="svg", dpi=144, metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    return text[text.index("<svg") :]
