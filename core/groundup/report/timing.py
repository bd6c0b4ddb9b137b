"""When each muscle was on in the cycle, beside its normal phases: too early, too long, out of phase, in percent."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from groundup.analysis.profile import circular
from groundup.model.anatomy import Side
from groundup.model.events import Stride
from groundup.model.status import OK
from groundup.recording import Recording
from groundup.report.chosen import Chosen

SIDES: tuple[Side, Side] = ("L", "R")
Windows = tuple[tuple[float, float], ...]
"""On and off, percent of the cycle; where off is the smaller number the window goes over the contact."""


@dataclass(frozen=True)
class MuscleTiming:
    """One muscle of one leg: the median over the trials, percent of the cycle.

    Attributes
    ----------
    muscle, side : str
    on, off : float
        Of its main burst.
    in_phase : float
        Percent of the time it is on in which it normally is.
    normal : Windows
        Its normal phases, stretched to the stance and swing of this side.
    """

    muscle: str
    side: Side
    on: float
    off: float
    in_phase: float
    normal: Windows

    @property
    def usual(self) -> tuple[float, float]:
        """The normal phase that the burst shares most time with, or else lies nearest to."""
        middle = self.on + _length(self.on, self.off) / 2
        return min(self.normal, key=lambda w: abs(float(circular.difference(middle, w[0] + _length(*w) / 2, 100.0))))

    @property
    def early(self) -> float:
        """How much before its normal phase it is on; negative: after."""
        return float(circular.difference(self.on, self.usual[0], 100.0))

    @property
    def longer(self) -> float:
        """How much longer than its normal phase it is on; negative: shorter."""
        return _length(self.on, self.off) - _length(*self.usual)


def muscle_timing(recording: Recording, strides: Sequence[Stride], chosen: Chosen) -> list[MuscleTiming]:
    """Every muscle whose on and off are among the metrics of the chosen part of a recording."""
    found: dict[tuple[str, Side], dict[str, float]] = {}
    normal: dict[str, Mapping[str, float]] = {}
    for table in recording.metrics.values():
        about = table.attrs.get("parameters") or {}
        if "muscle" not in about or "shows" not in about:
            continue
        normal[about["muscle"]] = about
        good = table[table["status"] == OK]
        rows = good[chosen.mask(good["t0"].to_numpy(), good["t1"].to_numpy())]
        for side in SIDES:
            values = rows["value"][rows["side"] == side].to_numpy()
            if len(values):
                middle = float(circular.median(values, table.attrs.get("circular")))
                found.setdefault((about["muscle"], side), {})[about["shows"]] = middle
    return [
        MuscleTiming(muscle, side, at["on"], at["off"], at["in phase"], _stretched(normal[muscle], strides, side))
        for (muscle, side), at in found.items()
        if {"on", "off", "in phase"} <= at.keys()
    ]


def _stretched(about: Mapping[str, float], strides: Sequence[Stride], side: Side) -> Windows:
    """Normal phases that a metric names, with stance and swing as long as they are on this side."""
    offs = [(s.foot_off - s.t0) / (s.t1 - s.t0) for s in strides if s.side == side and not math.isnan(s.foot_off)]
    normal_off = about["normal_foot_off_percent"]
    foot_off = 100.0 * float(np.mean(offs)) if offs else normal_off
    numbers = sorted(int(key.split("_")[2]) for key in about if key.startswith("normal_on_"))
    windows = [[about[f"normal_{edge}_{number}_percent"] for edge in ("on", "off")] for number in numbers]
    edges = np.interp(np.array(windows), [0.0, normal_off, 100.0], [0.0, foot_off, 100.0])
    return tuple((float(on), float(off)) for on, off in edges)


def _length(on: float, off: float) -> float:
    return (off - on) % 100.0
