"""Markers at the heels, found by the names that marker sets give them, and how they stand and are carried."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from groundup.analysis.metrics.channel_groups import ChannelGroup, cut, positions
from groundup.model.anatomy import Side
from groundup.model.signals import Floats, Signal
from groundup.model.units import LENGTH, factor_of
from groundup.plugin.not_computable import NotComputableError

# Plug-in Gait (LHEE), CAST and IOR (LCA, LFCC), and what people write themselves (L_Heel, heel_left).
_PART = "HEEL?|CALC?|CALCANEUS|FCC|CA"
_HEEL = re.compile(rf"(?:(?P<before>L|R)(?:EFT|IGHT)?(?:{_PART})|(?:{_PART})(?P<after>L|R)(?:EFT|IGHT)?)")
_FLAT_S = (0.1, 0.25)
"""After contact, in walking, the heel stands still on the ground or the belt."""
_MOST_UNSTEADY_M = 0.01
_SIDES: tuple[Side, Side] = ("L", "R")


@dataclass(frozen=True)
class HeelPosition:
    """Where a foot stood.

    Attributes
    ----------
    place : ndarray, shape (2,)
        x, y in the lab, m.
    time : float
        When it was there, s.
    carried : ndarray, shape (2,)
        How fast it was carried meanwhile, m/s, if that was seen; else NaN.
    """

    place: Floats
    time: float
    carried: Floats


def heel_markers(signals: Sequence[Signal]) -> dict[Side, ChannelGroup]:
    """The marker on each foot: what lab.toml calls the foot, else what is named as a heel; of both feet, or of none."""
    declared = {p.side: p for p in reversed(positions(signals, "mocap")) if p.site == "foot" and p.side in _SIDES}
    if len(declared) == len(_SIDES):
        return declared
    for signal in signals:
        columns: dict[Side, list[int]] = {}
        factors: dict[Side, set[float]] = {"L": set(), "R": set()}
        for index, channel in enumerate(signal.channels if signal.kind == "mocap" else ()):
            name = re.sub(r"[._ ][xyz]$", "", channel.label.rsplit(":", 1)[-1], flags=re.IGNORECASE).upper()
            found = _HEEL.fullmatch(re.sub(r"[^A-Z0-9]", "", name))
            metres = factor_of(channel.unit, LENGTH)
            if found is not None and metres is not None:
                side: Side = "L" if (found["before"] or found["after"]) == "L" else "R"
                columns.setdefault(side, []).append(index)
                factors[side].add(metres)
        if all(len(columns.get(side, ())) == 3 and len(factors[side]) == 1 for side in _SIDES):
            return {
                side: ChannelGroup(signal, tuple(found), "foot", side, "m", factors[side].pop())
                for side, found in columns.items()
            }
    return {}


def heel_position(heel: ChannelGroup, contact: float) -> HeelPosition:
    """Where a heel stood after a contact, and how fast a belt carried it.

    Raises
    ------
    NotComputableError
        If the marker was not seen, or moved as no foot that stands does.
    """
    trace = cut(heel, contact + _FLAT_S[0], contact + _FLAT_S[1])
    since = trace.time - trace.time.mean()
    place = trace.values[:, :2].mean(axis=0)
    carried = since @ trace.values[:, :2] / (since @ since)
    rest = trace.values[:, :2] - place - np.outer(since, carried)
    if float(np.sqrt((rest**2).sum(axis=1).mean())) > _MOST_UNSTEADY_M:
        raise NotComputableError(f"{heel.name} does not stand still after the contact: the heel is not on the ground")
    return HeelPosition(place, float(trace.time.mean()), carried)


def at(heel: ChannelGroup, time: float) -> Floats:
    """Where a heel is at one moment, from above (m)."""
    near = cut(heel, time - 1 / heel.signal.rate, time + 1 / heel.signal.rate)
    return np.array([np.interp(time, near.time, near.values[:, axis]) for axis in range(2)])
