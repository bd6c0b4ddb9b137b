"""Figures of curves over the gait cycle, as SVG: forces, joints, muscles, and the impact on its way up."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from groundup.model.anatomy import SEGMENT_RANK, Side
from groundup.model.signals import Floats
from groundup.report.curves import QUANTITIES, SIDES, Curves, Quantity
from groundup.report.drawing import WIDTH_IN, When, draw, foot_off_line, panels, style, svg
from groundup.report.style import colour_of
from groundup.report.wording import Words

ByRecording = Sequence[Sequence[Curves]]
"""Curves of one recording, or of the one before and the one after."""


@dataclass(frozen=True)
class Cycle:
    """When each foot leaves the ground, percent of the gait cycle, in each recording; NaN where not known.

    Forces are known of stances; with the foot off they have their place in the cycle.
    """

    foot_offs: Sequence[Mapping[Side, float]]

    @property
    def known(self) -> bool:
        """Whether stances have a place in a cycle."""
        return all(np.isfinite(offs[side]) for offs in self.foot_offs for side in SIDES)

    def of_stance(self, x: Floats, place: int, side: Side) -> Floats:
        """Percent of the stance as percent of the cycle."""
        return x * self.foot_offs[place][side] / 100.0 if self.known else x

    @property
    def mean_foot_off(self) -> float:
        """Of both sides, in the last recording."""
        return float(np.mean([self.foot_offs[-1][side] for side in SIDES]))


@dataclass(frozen=True)
class Band:
    """Where 95 % of some people lie at each percent of the stance, in the unit that is drawn."""

    low: Floats
    high: Floats


def force_figure(
    every: ByRecording, scales: Sequence[float], cycle: Cycle, bands: Mapping[str, Band], words: Words
) -> str:
    """Ground reaction force, a panel for each direction; a grey band where there is a norm of it.

    Parameters
    ----------
    every : sequence of sequence of Curves
    scales : sequence of float
        What makes the drawn unit of newtons, for each recording.
    cycle : Cycle
    bands : mapping of force to Band
    words : Words
    """
    names = list(dict.fromkeys(c.name for curves in every for c in curves))
    with style():
        figure, axes = panels(1, len(names), (WIDTH_IN, 1.85), sharex=True)
        for axis, name in zip(axes[0], names, strict=True):
            band = bands.get(name)
            if band is not None:
                x = np.linspace(0.0, 100.0, len(band.low))
                at = x * cycle.mean_foot_off / 100.0 if cycle.known else x
                axis.fill_between(at, band.low, band.high, color=colour_of("norm"), alpha=0.3, linewidth=0, zorder=0)
            for place, curves in enumerate(every):
                for curve in (c for c in curves if c.name == name):
                    at = cycle.of_stance(curve.x, place, curve.side)
                    draw(axis, curve, scales[place], at, When(place, len(every)))
            _dress(axis, words(f"clinician.{name}"), cycle, words("clinician.cycle"), words("clinician.stance_axis"))
        return svg(figure, words("clinician.force"))


def joint_figure(every: Sequence[Mapping[Quantity, Sequence[Curves]]], cycle: Cycle, words: Words) -> str:
    """Joints over the cycle: a row for each quantity that there is, a column for each joint."""
    rows = [q for q in QUANTITIES if any(q in mine for mine in every)]
    known = {c.name for mine in every for curves in mine.values() for c in curves}
    names = [name for name in ("hip", "knee", "ankle") if name in known]
    with style():
        figure, axes = panels(len(rows), len(names), (WIDTH_IN, 1.15 * len(rows) + 0.3), sharex=True)
        for row, quantity in zip(axes, rows, strict=True):
            for axis, name in zip(row, names, strict=True):
                for place, mine in enumerate(every):
                    for curve in (c for c in mine.get(quantity, ()) if c.name == name):
                        draw(axis, curve, when=When(place, len(every)))
                last = quantity == rows[-1]
                title = f"{words(f'clinician.{name}')}: {words(f'clinician.{quantity}')}"
                _dress(axis, title, cycle, words("clinician.cycle") if last else "", "")
        return svg(figure, words("clinician.joints"))


def muscle_figure(every: ByRecording, cycle: Cycle, words: Words) -> str:
    """EMG envelopes over the cycle, a panel for each muscle."""
    names = list(dict.fromkeys(c.name for curves in every for c in curves))
    columns = 4
    rows = -(-len(names) // columns)
    with style():
        figure, axes = panels(rows, columns, (WIDTH_IN, 1.28 * rows + 0.3), sharex=True)
        scale, _ = readable([c for curves in every for c in curves])
        for index, (axis, name) in enumerate(zip(axes.flat, names, strict=False)):
            for place, curves in enumerate(every):
                for curve in (c for c in curves if c.name == name):
                    draw(axis, curve, scale, when=When(place, len(every)))
            label = words("clinician.cycle") if index + columns >= len(names) else ""
            _dress(axis, words.muscle(name), cycle, label, "")
            axis.tick_params(labelbottom=bool(label))
        for axis in axes.flat[len(names) :]:
            axis.set_visible(False)
        return svg(figure, words("clinician.muscles"))


def impact_figure(curves: Sequence[Curves], words: Words) -> str:
    """The impact wave: a row for each segment, the head at the top, as it travels up from the foot."""
    segments = sorted({c.name for c in curves}, key=lambda name: -SEGMENT_RANK[name])
    with style():
        figure, axes = panels(len(segments), 2, (WIDTH_IN, 0.48 * len(segments) + 0.45), sharex=True)
        for row, segment in zip(axes, segments, strict=True):
            for axis, side in zip(row, SIDES, strict=True):
                mine = [c for c in curves if (c.name, c.side) == (segment, side)]
                for curve in mine:
                    draw(axis, curve)
                if mine:
                    axis.axvline(0.0, color=colour_of("norm"), linewidth=0.8)
                else:
                    _empty(axis, words("clinician.no_sensor"))
            row[0].set_ylabel(f"{words.muscle(segment)}\nm/s²", rotation=0, ha="right", va="center")
        for axis, key in zip(axes[0], ("foot_left", "foot_right"), strict=True):
            axis.set_title(words(f"clinician.{key}"))
        for axis in axes[-1]:
            axis.set_xlabel(words("clinician.contact"))
        return svg(figure, words("clinician.impacts"))


def readable(curves: Sequence[Curves]) -> tuple[float, str]:
    """What makes a readable unit of the curves' own, and its name: volts of a muscle are microvolts to a reader."""
    unit = curves[0].unit
    largest = max((float(np.nanmax(np.abs(c.mean))) for c in curves if c.known), default=0.0)
    if unit == "V" and largest < 0.1:
        return (1e6, "µV") if largest < 1e-3 else (1e3, "mV")
    return 1.0, "" if unit == "1" else unit


def _dress(axis: Any, title: str, cycle: Cycle, label: str, stance_label: str) -> None:
    """Title, zero line, foot-off lines and the axis below."""
    axis.set_title(textwrap.fill(title, 34))
    axis.axhline(0.0, color=colour_of("zero"), linewidth=0.6, zorder=0)
    for side in SIDES:
        foot_off_line(axis, cycle.foot_offs[-1][side] if cycle.known else float("nan"), side)
    axis.set_xlim(0.0, 100.0)
    axis.set_xlabel(label if cycle.known or not stance_label else stance_label)


def _empty(axis: Any, text: str) -> None:
    """A panel without data says so, and has no scale that means nothing."""
    axis.set_yticks([])
    axis.text(0.5, 0.5, text, transform=axis.transAxes, ha="center", va="center", color=colour_of("faint"))
