"""Bars of when each muscle is on over the gait cycle: left, right, and when it normally is."""

from collections.abc import Sequence
from typing import Any

from groundup.report.curves import SIDES
from groundup.report.drawing import COLOURS, WIDTH_IN, foot_off_line, panels, style, svg
from groundup.report.figures import Cycle
from groundup.report.style import colour_of
from groundup.report.timing import MuscleTiming, Windows
from groundup.report.wording import Words


def timing_figure(timing: Sequence[MuscleTiming], cycle: Cycle, words: Words) -> str:
    """A row for each muscle, over 0 to 100 % of the cycle.

    Parameters
    ----------
    timing : sequence of MuscleTiming
    cycle : Cycle
    words : Words
    """
    muscles = list(dict.fromkeys(one.muscle for one in timing))
    with style():
        figure, ((axis,),) = panels(1, 1, (WIDTH_IN, 0.27 * len(muscles) + 0.55))
        for row, muscle in enumerate(muscles):
            mine = [one for one in timing if one.muscle == muscle]
            bars(axis, mine[0].normal, row, 0.78, colour_of("norm"), alpha=0.35)
            for one in mine:
                bars(axis, [(one.on, one.off)], row + (-0.17 if one.side == "L" else 0.17), 0.26, COLOURS[one.side])
        for side in SIDES:
            foot_off_line(axis, cycle.foot_offs[-1][side], side)
        axis.set_yticks(range(len(muscles)), [words.muscle(muscle) for muscle in muscles])
        axis.set_ylim(len(muscles) - 0.5, -0.5)
        axis.set_xlim(0.0, 100.0)
        axis.set_xlabel(words("clinician.cycle"))
        return svg(figure, words("clinician.timing"))


def bars(
    axis: Any,
    windows: Windows | Sequence[tuple[float, float]],
    y: float,
    height: float,
    colour: str,
    alpha: float = 1.0,
) -> None:
    """Windows of the cycle as bars; those over the contact are two."""
    for on, off in windows:
        for a, b in [(on, off)] if on <= off else [(on, 100.0), (0.0, off)]:
            axis.barh(y, b - a, height, a, color=colour, alpha=alpha, linewidth=0)
