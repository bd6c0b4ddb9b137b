"""Where the feet are by their markers: heel and ball of each, as the usual marker sets name them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from groundup.analysis.gait.heel_markers import heel_markers
from groundup.model.anatomy import Side
from groundup.model.signals import Floats, Signal
from groundup.model.units import LENGTH, factor_of

# Plug-in Gait (LTOE), CAST and IOR (LFM2, LVMH), and what people write themselves (L_MT5, toe_left).
_PART = "TOES?|MT[1-5]|MTP[1-5]|MET[1-5]|FM[1-5]|D[15]M|FMH|SMH|VMH"
_BALL = re.compile(rf"(?:(?P<before>L|R)(?:EFT|IGHT)?(?:{_PART})|(?:{_PART})(?P<after>L|R)(?:EFT|IGHT)?)")


@dataclass(frozen=True)
class Foot:
    """Markers of one foot in m: heel and the middle of its ball, each of shape (N, 3)."""

    heel: Floats
    ball: Floats


@dataclass(frozen=True)
class Feet:
    """Feet that have markers, with the times of their frames; none where a heel or a ball has none."""

    time: Floats
    by_side: dict[Side, Foot]

    @classmethod
    def of(cls, signals: Sequence[Signal]) -> "Feet":
        """Find the markers of the feet by their names."""
        found = heel_markers(signals)
        feet: dict[Side, Foot] = {}
        time = np.zeros(0)
        for side, heel in found.items():
            balls = _balls(heel.signal, side)
            if balls and (not feet or heel.signal.time is time):
                time = heel.signal.time
                at = np.asarray(heel.signal.samples[:, list(heel.columns)] * heel.factor)
                feet[side] = Foot(at, np.asarray(np.mean(balls, axis=0)))
        return cls(time, feet)


def _balls(signal: Signal, side: Side) -> list[Floats]:
    """Markers (N, 3) at the ball of one foot, in m."""
    columns: dict[str, list[int]] = {}
    for index, channel in enumerate(signal.channels):
        name = re.sub(r"[._ ][xyz]$", "", channel.label.rsplit(":", 1)[-1], flags=re.IGNORECASE).upper()
        match = _BALL.fullmatch(name := re.sub(r"[^A-Z0-9]", "", name))
        if match is not None and (match["before"] or match["after"]) == side:
            columns.setdefault(name, []).append(index)
    found = []
    for three in columns.values():
        metres = [m for column in three if (m := factor_of(signal.channels[column].unit, LENGTH)) is not None]
        if len(three) == len(metres) == 3:
            found.append(np.asarray(signal.samples[:, three] * metres))
    return found
